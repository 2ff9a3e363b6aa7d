package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"traybell/hub/app"
	"traybell/hub/audit"
	"traybell/hub/config"
	"traybell/hub/hubfile"
	"traybell/hub/roster"
	"traybell/shared/bounded"
	"traybell/shared/printable"
)

type agentsCmd struct {
	Import importAgents `cmd:"" help:"Add and change agents in hub.yml from a CSV file. Writes nothing if there are problems."`
}

type importAgents struct {
	File string `arg:"" optional:"" help:"The CSV file: login;name;extensions;teams;rights;password in any order." type:"path"`
	configFlag
	Template      bool   `help:"Print an example of the CSV file."`
	DryRun        bool   `help:"Print the changes and write nothing."`
	Print         bool   `help:"Print the agents as YAML instead of changing hub.yml."`
	Passwords     string `help:"The file for generated passwords. Default: a file next to hub.yml, with the time in its name." type:"path"`
	ShowPasswords bool   `help:"Print generated passwords instead of writing them to a file."`
	Encoding      string `help:"The encoding of the CSV file: auto, utf-8, utf-16, windows-1251, windows-1252, windows-1250, koi8-r and others. auto recognises it." default:"auto"`
}

// Run imports the agents. Standard output gets only the results of --template, --print and
// --show-passwords.
func (i importAgents) Run(ctx context.Context, to streams) error {
	if i.Template {
		_, err := io.WriteString(to.out, roster.Template)
		return err
	}
	if i.File == "" {
		return errors.New("no CSV file given; traybell-hub agents import --template prints an example")
	}
	raw, err := readSheet(i.File)
	if err != nil {
		return err
	}
	sheet, err := roster.ReadSheet(i.File, raw, i.Encoding)
	if err != nil {
		return nothingWritten(err)
	}
	text, err := bounded.ReadFile(i.Config, config.MaxFile)
	if err != nil {
		return fmt.Errorf("%w; set --config", err)
	}
	cfg, err := config.Parse(i.Config, text)
	if err != nil {
		return fmt.Errorf("fix hub.yml first:\n%w", err)
	}
	plan, err := roster.NewPlan(cfg, sheet)
	if err != nil {
		return nothingWritten(err)
	}
	if err := plan.Hash(ctx); err != nil {
		return nothingWritten(err)
	}
	changed, err := plan.Apply(i.Config, text)
	if err != nil && !i.Print {
		return err
	}
	printable.Fprintf(to.err, "%s", printable.Lines(plan.Report()))
	switch {
	case i.DryRun:
		printable.Fprintf(to.err, "Nothing was written (--dry-run).\n")
		return nil
	case !plan.Changes():
		printable.Fprintf(to.err, "Nothing to change.\n")
		return nil
	}
	return i.write(ctx, cfg, plan, text, changed, to)
}

// maxSheet limits the size of a CSV file, in bytes: a wrong path must not fill the memory.
const maxSheet = 16 << 20

func readSheet(path string) ([]byte, error) {
	raw, err := bounded.ReadFile(path, maxSheet)
	var large *bounded.TooLargeError
	if errors.As(err, &large) {
		err = fmt.Errorf("%w: not a list of agents", err)
	}
	return raw, err
}

func nothingWritten(err error) error { return fmt.Errorf("%w\nNothing was written", err) }

// write writes the passwords first: lost passwords are worse than passwords without an agent.
func (i importAgents) write(ctx context.Context, cfg *config.Config, plan *roster.Plan, was, text []byte,
	to streams,
) error {
	now := time.Now()
	passwords, generated := plan.Generated()
	file := i.Passwords
	switch {
	case generated == 0:
	case i.ShowPasswords:
		if _, err := to.out.Write(passwords); err != nil {
			return err
		}
	default:
		var err error
		if file == "" {
			base := filepath.Join(filepath.Dir(i.Config), "agents-passwords-"+now.Format("20060102-150405"))
			file, err = hubfile.WriteNew(base, ".csv", passwords)
		} else {
			err = hubfile.WriteSecret(file, passwords)
		}
		if err != nil {
			return nothingWritten(fmt.Errorf("write passwords: %w", err))
		}
		printable.Fprintf(to.err, "%s generated: %s (readable only by you). Hand them out, then delete the file.\n",
			count(generated, "password", "passwords"), file)
	}
	if i.Print {
		_, err := io.WriteString(to.out, plan.Block())
		return err
	}
	backup, err := hubfile.Replace(i.Config, was, text, now)
	if err != nil {
		if generated > 0 && !i.ShowPasswords {
			_ = os.Remove(file) // the passwords are not in use
		}
		return nothingWritten(err)
	}
	printable.Fprintf(to.err, "%s written; a running hub reloads it. Backup: %s\n", i.Config, backup)
	if err := app.KeepChange(ctx, cfg, audit.Entry{
		Action: "agents.import", Object: i.Config, Detail: strings.TrimSpace(plan.Report()),
	}); err != nil {
		printable.Fprintf(to.err, "warning: this change is not in the audit: %s\n", err)
	}
	if cfg, err := config.Load(i.Config); err == nil {
		for _, w := range cfg.Warnings() {
			printable.Fprintf(to.err, "warning: %s\n", strings.TrimSpace(w.Text))
		}
	}
	return nil
}
