package cmd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"time"

	"traybell/hub/app"
	"traybell/hub/audit"
	"traybell/hub/compile"
	"traybell/hub/computer"
	"traybell/hub/config"
	"traybell/hub/control"
	"traybell/hub/pbx"
	"traybell/hub/setup"
	"traybell/shared/bounded"
	"traybell/shared/printable"

	"golang.org/x/term"
)

// packagedExample is what the packages copy to hub.yml once.
const packagedExample = "/usr/share/traybell-hub/hub.yml"

type setupCmd struct {
	configFlag
	Given    setup.Answers `embed:""`
	Agent    []string      `help:"Add an agent, or change the one with the login: login, extensions (with commas between them), name, as in anna:101,201:'Anna Petrova'. A new one gets a generated password. Repeat it for more." placeholder:"LOGIN:EXTENSION[:NAME]" sep:"none"`
	Answers  string        `help:"YAML file with answers; see --template." placeholder:"FILE" type:"path"`
	Template bool          `help:"Print an example of the file of answers."`
	New      bool          `help:"Write a new hub.yml. The one that is there is kept as a backup."`
	DataDir  string        `help:"data_dir of a new hub.yml." default:"/var/lib/traybell" placeholder:"DIR"`
	Ask      bool          `help:"Ask for what is missing, at a terminal." default:"true" negatable:""`
	Untried  bool          `help:"Write hub.yml although the PBX or the help desk does not work yet."`
	Start    bool          `help:"Start the service." default:"true" negatable:""`
}

// Run asks, tries, writes and starts. Until everything is known and tried, nothing is written.
func (s setupCmd) Run(ctx context.Context, to streams) error {
	if s.Template {
		_, err := io.WriteString(to.out, setup.Template)
		return err
	}
	answers, err := s.answers(to)
	if err != nil {
		return err
	}
	current, err := s.current(to)
	if err != nil {
		return err
	}
	if err := s.named(current.Problems(answers), answers); err != nil {
		return err
	}
	try := trial{current: current, to: to}
	if answers, err = s.complete(ctx, current, answers, &try); err != nil {
		return err
	}
	draft, err := s.draft(ctx, current, answers, &try)
	if err != nil {
		return err
	}
	if err := s.write(ctx, draft, to); err != nil {
		return err
	}
	return s.start(ctx, to)
}

// answers are those of the file and of the command line.
func (s setupCmd) answers(to streams) (a setup.Answers, err error) {
	if s.Answers != "" {
		text, err := bounded.ReadFile(s.Answers, config.MaxFile)
		if err != nil {
			return a, fmt.Errorf("read the answers: %w", err)
		}
		read, warnings, err := setup.Read(s.Answers, filepath.Dir(s.Answers), text)
		if err != nil {
			return a, err
		}
		for _, w := range warnings {
			printable.Fprintf(to.err, "warning: %s\n", printable.Lines(w.Error()))
		}
		a = read
	}
	given := s.Given
	if err := given.ReadSecrets(); err != nil {
		if p, ok := errors.AsType[setup.Problem](err); ok {
			err = fmt.Errorf("%s: %w", flag(p.Key), err)
		}
		return a, err
	}
	a = a.Over(given)
	for _, text := range s.Agent {
		one, err := setup.ParseAgent(text)
		if err != nil {
			return a, fmt.Errorf("--agent: %w", err)
		}
		a.Agents = append(a.Agents, one)
	}
	return a, nil
}

// flag is the flag of a key of the file of answers.
func flag(key string) string { return "--" + strings.NewReplacer(".", "-", "_", "-").Replace(key) }

// named is the error of answers that cannot be used, with their flags or their places in the file.
func (s setupCmd) named(problems []setup.Problem, a setup.Answers) error {
	if len(problems) == 0 {
		return nil
	}
	var lines []string
	for _, p := range problems {
		where := s.Answers + ": " + p.Key
		switch {
		case p.Key == "":
			where = s.Config
		case p.Key == "agents" && p.Agent >= len(a.Agents)-len(s.Agent):
			where = "--agent"
		case p.Key == "agents":
			where = fmt.Sprintf("%s: agents[%d]", s.Answers, p.Agent)
		case s.Given.Has(p.Key) || s.Answers == "":
			where = flag(p.Key)
		}
		lines = append(lines, where+": "+p.Text)
	}
	return nothingWritten(errors.New(strings.Join(lines, "\n")))
}

// current reads the hub.yml that is there. The example of the packages counts as none.
func (s setupCmd) current(to streams) (setup.Current, error) {
	c := setup.Current{Path: s.Config, DataDir: s.DataDir}
	text, err := bounded.ReadFile(s.Config, config.MaxFile)
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	if err != nil {
		return c, err
	}
	c.Text = text
	if example, err := os.ReadFile(packagedExample); s.New || err == nil && bytes.Equal(example, text) {
		return c, nil
	}
	if c.Config, err = config.Parse(s.Config, text, compile.Check); err != nil {
		return c, fmt.Errorf("fix hub.yml first, or write a new one with --new, which keeps a backup:\n%w", err)
	}
	printable.Fprintf(to.err, "%s is there: what is not asked for stays as it is.\n", s.Config)
	return c, nil
}

// complete asks for all answers if there are none, or else for the missing ones.
func (s setupCmd) complete(ctx context.Context, c setup.Current, a setup.Answers, try *trial) (setup.Answers, error) {
	missing := a.Missing(c.Config)
	none := reflect.DeepEqual(a, setup.Answers{})
	asks := s.Ask && term.IsTerminal(int(os.Stdin.Fd()))
	switch {
	case !asks && len(missing) > 0:
		if s.Answers == "" {
			for i, key := range missing {
				missing[i] = flag(key)
			}
		}
		return a, fmt.Errorf("not given: %s. Run this at a terminal to be asked, or use a file of answers: "+
			"traybell-hub setup --template", strings.Join(missing, ", "))
	case !asks || !none && len(missing) == 0:
		return a, nil
	}
	if none {
		missing = nil
	}
	d := setup.Dialogue{
		Terminal: newTerminal(os.Stdin, try.to.err), Current: c, Only: missing,
		TryPBX: func(ctx context.Context, a setup.Answers) setup.Outcome { return try.shown(ctx, a, try.pbx) },
		TryHelpDesk: func(ctx context.Context, a setup.Answers) setup.Outcome {
			return try.shown(ctx, a,
				try.helpDesk)
		},
	}
	a, err := d.Complete(ctx, a)
	try.asked = err == nil
	return a, err
}

// draft makes hub.yml. What was not tried in the dialogue is tried now.
func (s setupCmd) draft(ctx context.Context, c setup.Current, a setup.Answers, try *trial) (*setup.Draft, error) {
	if !try.asked && !s.Untried {
		outcome, err := try.run(ctx, a, try.pbx, try.helpDesk)
		switch {
		case err != nil:
			return nil, nothingWritten(err)
		case outcome != setup.Works:
			return nil, errors.New("nothing was written; --untried writes it nevertheless")
		}
	}
	if err := setup.Folder(s.Config); err != nil {
		return nil, err
	}
	draft, err := setup.NewDraft(ctx, c, a)
	if err != nil {
		return nil, nothingWritten(err)
	}
	return draft, nil
}

func (s setupCmd) write(ctx context.Context, d *setup.Draft, to streams) error {
	for _, report := range d.Report {
		printable.Fprintf(to.err, "%s", printable.Lines(report))
	}
	if !d.Changed() {
		printable.Fprintf(to.err, "%s needs no change.\n", s.Config)
		return nil
	}
	if err := errors.Join(ctx.Err(), d.Check(compile.Check), d.DataFolder()); err != nil {
		d.Discard()
		return nothingWritten(err)
	}
	files, backup, err := d.Write(time.Now())
	if err != nil {
		return nothingWritten(err)
	}
	for _, file := range files {
		what := ""
		if filepath.Ext(file) == ".csv" {
			what = ": generated passwords, readable only by you. Hand them out, then delete the file"
		}
		printable.Fprintf(to.err, "written: %s%s\n", file, what)
	}
	if backup != "" {
		printable.Fprintf(to.err, "the former one: %s\n", backup)
	}
	cfg, err := config.Load(s.Config)
	if err != nil {
		return err
	}
	if d.Config != nil {
		if err := app.KeepChange(ctx, cfg, audit.Entry{Action: "setup", Object: s.Config}); err != nil {
			printable.Fprintf(to.err, "warning: this change is not in the audit: %s\n", err)
		}
	}
	for _, w := range cfg.Warnings() {
		printable.Fprintf(to.err, "warning: %s\n", strings.TrimSpace(w.Text))
	}
	return nil
}

// start starts the service, or says how to, and prints the join links.
func (s setupCmd) start(ctx context.Context, to streams) error {
	cfg, err := config.Load(s.Config)
	if err != nil {
		return err
	}
	switch {
	case !s.Start || !setup.HasService(ctx, s.Config):
		printable.Fprintf(to.err, "Start the hub, then print the link of each agent:\n"+
			"  traybell-hub serve --config %s\n  traybell-hub join-link --config %[1]s EXTENSION\n", s.Config)
		return nil
	case setup.Running(ctx):
		if err := control.Reload(ctx, cfg.DataDir); err != nil {
			return err
		}
		printable.Fprintf(to.err, "The hub runs and has read it.\n")
	default:
		if err := setup.Start(ctx); err != nil {
			return err
		}
		printable.Fprintf(to.err, "The hub runs, and starts with the computer: systemctl status %s\n", setup.Unit)
	}
	return s.links(cfg, to)
}

// mostLinks are printed; a larger office has its own way to hand them out.
const mostLinks = 50

func (s setupCmd) links(cfg *config.Config, to streams) error {
	for i, a := range cfg.Agents {
		if i == mostLinks {
			printable.Fprintf(to.err, "… and %d more: traybell-hub join-link EXTENSION\n", len(cfg.Agents)-i)
			break
		}
		link, err := joinLink{Extension: a.Extensions[0], configFlag: s.configFlag}.link(cfg)
		if err != nil {
			return err
		}
		printable.Fprintf(to.out, "%s (%s): %s\n", a.Name, a.Extensions[0], link)
	}
	printable.Fprintf(to.err, "Pages: %s\nA call for a test: traybell-hub test-call --agent LOGIN\n",
		computer.PublicURL(cfg, cfg.Listen))
	return nil
}

// trial tries answers before anything is written.
type trial struct {
	current setup.Current
	to      streams
	asked   bool // the person has seen the results
}

// tried is a part of a trial.
type tried func(context.Context, setup.Answers, *config.Config, *report) setup.Outcome

// run tries parts of the answers. The error is that of hub.yml.
func (t *trial) run(ctx context.Context, a setup.Answers, parts ...tried) (worst setup.Outcome, err error) {
	text, err := t.current.Edit(a, setup.Inline)
	if err != nil {
		return setup.Fails, err
	}
	cfg, err := config.Parse(t.current.Path, text, compile.Check)
	if err != nil {
		return setup.Fails, err
	}
	for _, part := range parts {
		worst = max(worst, part(ctx, a, cfg, &report{out: t.to.err}))
	}
	return worst, nil
}

// shown is run for a dialogue, in which an error is shown, too.
func (t *trial) shown(ctx context.Context, a setup.Answers, part tried) setup.Outcome {
	outcome, err := t.run(ctx, a, part)
	if err != nil {
		(&report{out: t.to.err}).fail("%v", shown(err))
	}
	return outcome
}

// pbx tries the PBX if the answers are about it.
func (t *trial) pbx(ctx context.Context, a setup.Answers, cfg *config.Config, r *report) setup.Outcome {
	if reflect.DeepEqual(a.PBX, setup.PBX{}) {
		return setup.Works
	}
	p, err := compile.Hub(cfg)
	if err != nil {
		r.fail("%v", shown(err))
		return setup.Fails
	}
	id := a.PBXOf(t.current.Config).ID
	i := slices.IndexFunc(p.Connections, func(c pbx.Config) bool { return c.Name == id })
	if i < 0 {
		return setup.Works // not enabled
	}
	outcome := setup.Works
	r.print("pbx %s (%s):", id, p.Connections[i].Address)
	checkPBX(ctx, p.Connections[i], r.print, func(key, text string) {
		r.fail("%s", text)
		outcome = setup.Fails
		if key == "username" {
			outcome = setup.Refuses
		}
	})
	return outcome
}

func (t *trial) helpDesk(ctx context.Context, a setup.Answers, cfg *config.Config, r *report) setup.Outcome {
	desk, ok := cfg.Desk(a.HelpDesk.Name)
	if !ok || reflect.DeepEqual(a.HelpDesk, setup.HelpDesk{}) || desk.Type == config.Builtin {
		return setup.Works
	}
	checkHelpDesk(ctx, cfg, desk, r.print, r.fail)
	if r.problems > 0 {
		return setup.Fails
	}
	return setup.Works
}
