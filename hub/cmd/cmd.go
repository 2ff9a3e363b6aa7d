// Package cmd is the hub's command line, one file a command.
package cmd

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"

	"traybell/hub/config"
	"traybell/shared/printable"

	"github.com/alecthomas/kong"
)

type commands struct {
	ShowVersion kong.VersionFlag `name:"version" help:"Print the version."`

	Serve    serve      `cmd:"" help:"Run the hub."`
	Setup    setupCmd   `cmd:"" help:"Set up a first hub.yml, or change it: asks for PBX, help desk and agents, tries them, starts the hub."`
	Reload   reload     `cmd:"" help:"Have the running hub read hub.yml now, and say whether it is in use."`
	Health   health     `cmd:"" help:"Ask the hub on this computer whether it serves, for health checks of containers."`
	Backup   backup     `cmd:"" help:"Copy the database of a hub, which may be running."`
	Check    check      `cmd:"" help:"Check hub.yml, then connect to the PBX, the directories and the help desk."`
	Demo     demoCmd    `cmd:"" help:"Run a hub with its own hub.yml and a simulated PBX that places calls."`
	CDR      cdrCmd     `cmd:"" name:"cdr" help:"Call detail records."`
	Number   number     `cmd:"" help:"Show step by step how the hub reads a number."`
	Numbers  numbers    `cmd:"" help:"List called numbers without a tracking entry, guessed endpoints, and the entries to add."`
	Why      why        `cmd:"" help:"Explain why a call opened a popup for an agent, or did not."`
	Rule     rule       `cmd:"" help:"Show what the rules of hub.yml did to past calls, and what those of a changed file would do."`
	TestCall testCall   `cmd:"" name:"test-call" help:"Place a test call for an agent and show each step of its way."`
	Audit    auditCmd   `cmd:"" help:"Show who changed what: on the pages, by REST and on the command line."`
	Tail     tail       `cmd:"" help:"Follow the calls live, step by step."`
	JoinLink joinLink   `cmd:"" name:"join-link" help:"Print the link that sets up an agent's desktop. It holds no password."`
	Recorded recorded   `cmd:"" name:"recordings" help:"List the recordings of all calls with a number, and delete them on request of the person."`
	Notes    notes      `cmd:"" help:"Show the agents' notes on a number, and who blocked it."`
	Schema   schema     `cmd:"" help:"Print the JSON Schema of hub.yml, for editors."`
	Agents   agentsCmd  `cmd:"" help:"Manage the agents in hub.yml."`
	Passwd   passwd     `cmd:"" help:"Hash a password for hub.yml."`
	Token    tokenCmd   `cmd:"" help:"Make a token for a program that uses the REST interface."`
	Webhook  webhookCmd `cmd:"" help:"Send a test to a webhook of hub.yml."`
	Version  versionCmd `cmd:"" help:"Print the version."`
}

// build is the version of this program.
type build string

// streams are where a command writes: what was asked for goes to out, messages go to err.
type streams struct{ out, err io.Writer }

// configFlag is the --config flag.
type configFlag struct {
	Config string `help:"The configuration file." default:"/etc/traybell/hub.yml" type:"path" short:"c"`
}

// load reads hub.yml without the checks that only a running hub needs.
func (f configFlag) load() (*config.Config, error) { return config.Load(f.Config) }

// Main runs the command in os.Args and returns the exit code. SIGINT and SIGTERM end it.
func Main(version string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := Run(ctx, version, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		failed(os.Stderr, err)
		return 1
	}
	return 0
}

// failed prints why a command failed.
func failed(to io.Writer, err error) { printable.Fprintf(to, "%s\n", printable.Lines(err.Error())) }

// Run runs one command; no arguments mean --help. What it writes is printable. It exits the process
// where args are not valid, and after --help and --version.
func Run(ctx context.Context, version string, args []string, out, errs io.Writer) error {
	if len(args) == 0 {
		args = []string{"--help"}
	}
	out, errs = printable.NewWriter(out), printable.NewWriter(errs)
	var cmd commands
	parser := kong.Must(&cmd, kong.Name("traybell-hub"),
		kong.Description("The traybell hub: shows calls to help desk agents and creates their tickets."),
		kong.Vars{"temp": os.TempDir(), "version": "traybell-hub " + version}, kong.Writers(out, errs),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(build(version), streams{out, errs}))
	chosen, err := parser.Parse(args)
	parser.FatalIfErrorf(err)
	return chosen.Run()
}
