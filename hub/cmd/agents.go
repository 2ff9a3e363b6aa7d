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

	"traybell/hub/config"
	"traybell/hub/roster"
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
	Encoding      string `help:"The encoding of the CSV file: auto, utf-8, utf-16, windows-1251 or windows-1252. auto reads text that is not UTF-8 as windows-1251." default:"auto"`
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
	text, err := os.ReadFile(i.Config)
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
	fmt.Fprint(to.err, plan.Report())
	switch {
	case i.DryRun:
		fmt.Fprintln(to.err, "Nothing was written (--dry-run).")
		return nil
	case !plan.Changes():
		fmt.Fprintln(to.err, "Nothing to change.")
		return nil
	}
	return i.write(plan, text, changed, to)
}

// maxSheet limits the size of a CSV file, in bytes: a wrong path must not fill the memory.
const maxSheet = 16 << 20

func readSheet(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close() //nolint:errcheck // only read
	raw, err := io.ReadAll(io.LimitReader(file, maxSheet+1))
	if err == nil && len(raw) > maxSheet {
		err = fmt.Errorf("%s is larger than %d MiB: not a list of agents", path, maxSheet>>20)
	}
	return raw, err
}

func nothingWritten(err error) error { return fmt.Errorf("%w\nNothing was written", err) }

// write writes the passwords first: lost passwords are worse than passwords without an agent.
func (i importAgents) write(plan *roster.Plan, was, text []byte, to streams) error {
	now := time.Now()
	passwords, count := plan.Generated()
	file := i.Passwords
	switch {
	case count == 0:
	case i.ShowPasswords:
		if _, err := to.out.Write(passwords); err != nil {
			return err
		}
	default:
		if file == "" {
			file = filepath.Join(filepath.Dir(i.Config), "agents-passwords-"+now.Format("20060102-150405")+".csv")
		}
		if err := roster.WriteSecret(file, passwords); err != nil {
			return nothingWritten(fmt.Errorf("write passwords: %w", err))
		}
		fmt.Fprintf(to.err, "%d passwords generated: %s (readable only by you). Hand them out, then delete the file.\n",
			count, file)
	}
	if i.Print {
		_, err := io.WriteString(to.out, plan.Block())
		return err
	}
	backup, err := roster.Replace(i.Config, was, text, now)
	if err != nil {
		if count > 0 && !i.ShowPasswords {
			_ = os.Remove(file) // the passwords are not in use
		}
		return nothingWritten(err)
	}
	fmt.Fprintf(to.err, "%s written; a running hub reloads it. Backup: %s\n", i.Config, backup)
	if cfg, err := config.Load(i.Config); err == nil {
		for _, w := range cfg.Warnings() {
			fmt.Fprintln(to.err, "warning:", strings.TrimSpace(w.Text))
		}
	}
	return nil
}
