// Package cmd is the hub's command line, one file a command.
package cmd

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"traybell/hub/config"

	"github.com/alecthomas/kong"
)

type commands struct {
	ShowVersion kong.VersionFlag `name:"version" help:"Print the version."`

	Serve    serve      `cmd:"" help:"Run the hub."`
	Check    check      `cmd:"" help:"Check hub.yml, then connect to the PBX, the directories and the help desk."`
	Demo     demoCmd    `cmd:"" help:"Run a hub with its own hub.yml and a simulated PBX that places calls."`
	CDR      cdrCmd     `cmd:"" name:"cdr" help:"Call detail records."`
	Number   number     `cmd:"" help:"Show step by step how the hub reads a number."`
	Numbers  numbers    `cmd:"" help:"List called numbers without a tracking entry, and the entries to add."`
	Why      why        `cmd:"" help:"Explain why a call opened a popup for an agent, or did not."`
	Tail     tail       `cmd:"" help:"Follow the calls live, step by step."`
	JoinLink joinLink   `cmd:"" name:"join-link" help:"Print the link that sets up an agent's desktop. It holds no password."`
	Notes    notes      `cmd:"" help:"Show the agents' notes on a number, and who blocked it."`
	Schema   schema     `cmd:"" help:"Print the JSON Schema of hub.yml, for editors."`
	Agents   agentsCmd  `cmd:"" help:"Manage the agents in hub.yml."`
	Passwd   passwd     `cmd:"" help:"Hash a password for hub.yml."`
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
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// Run runs one command; no arguments mean --help. It exits the process where args are not valid,
// and after --help and --version.
func Run(ctx context.Context, version string, args []string, out, errs io.Writer) error {
	if len(args) == 0 {
		args = []string{"--help"}
	}
	var cmd commands
	parser := kong.Must(&cmd, kong.Name("traybell-hub"),
		kong.Description("The traybell hub: shows calls to help desk agents and creates their tickets."),
		kong.Vars{"temp": os.TempDir(), "version": "traybell-hub " + version}, kong.Writers(out, errs),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(build(version), streams{out, errs}))
	chosen, err := parser.Parse(args)
	parser.FatalIfErrorf(err)
	return chosen.Run()
}
