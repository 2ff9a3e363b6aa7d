package main

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

type people struct {
	Import importAgents `cmd:"" help:"Take agents from a CSV file into hub.yml. Nothing is written where anything is wrong."`
}

type importAgents struct {
	File          string `arg:"" optional:"" help:"The CSV file: login;name;extensions;teams;rights;password in any order." type:"path"`
	Config        string `help:"The configuration." default:"/etc/traybell/hub.yml" type:"path" short:"c"`
	Template      bool   `help:"Print a CSV file to begin with, and do nothing else."`
	DryRun        bool   `help:"Say what would change, and write nothing."`
	Print         bool   `help:"Print the agents as YAML instead of changing hub.yml."`
	Passwords     string `help:"The file for passwords that are made up; left out: beside hub.yml, with the time in its name." type:"path"`
	ShowPasswords bool   `help:"Print the passwords that are made up instead of writing them into a file."`
	Encoding      string `help:"How the CSV file is encoded: auto, utf-8, utf-16, windows-1251 or windows-1252. auto takes what is not UTF-8 for windows-1251." default:"auto"`
}

// Run is the command. What it says goes to standard error; only what is asked for (--template,
// --print, --show-passwords) goes to standard output.
func (i importAgents) Run(ctx context.Context) error {
	if i.Template {
		_, err := io.WriteString(os.Stdout, roster.Template)
		return err
	}
	if i.File == "" {
		return errors.New("name the CSV file; traybell-hub agents import --template prints one to begin with")
	}
	raw, err := readSheet(i.File)
	if err != nil {
		return err
	}
	sheet, err := roster.ReadSheet(i.File, raw, i.Encoding)
	if err != nil {
		return wrong(err)
	}
	text, err := os.ReadFile(i.Config)
	if err != nil {
		return fmt.Errorf("%w; name it with --config", err)
	}
	cfg, err := config.Parse(i.Config, text)
	if err != nil {
		return fmt.Errorf("hub.yml must be right before agents are added:\n%w", err)
	}
	plan, err := roster.NewPlan(cfg, sheet)
	if err != nil {
		return wrong(err)
	}
	if err := plan.Hash(ctx); err != nil {
		return wrong(err)
	}
	changed, err := plan.Apply(i.Config, text)
	if err != nil && !i.Print {
		return err
	}
	fmt.Fprint(os.Stderr, plan.Report())
	switch {
	case i.DryRun:
		fmt.Fprintln(os.Stderr, "Nothing was written (--dry-run).")
		return nil
	case !plan.Changes():
		fmt.Fprintln(os.Stderr, "There is nothing to write.")
		return nil
	}
	return i.write(plan, text, changed)
}

// largestSheet is how large a CSV file may be, in bytes: a wrong path must not fill the memory.
const largestSheet = 16 << 20

func readSheet(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close() //nolint:errcheck // it is only read
	raw, err := io.ReadAll(io.LimitReader(file, largestSheet+1))
	if err == nil && len(raw) > largestSheet {
		err = fmt.Errorf("%s is larger than %d MiB: this is no list of agents", path, largestSheet>>20)
	}
	return raw, err
}

func wrong(err error) error { return fmt.Errorf("%w\nNothing was written", err) }

// write keeps the passwords first: agents whose passwords nobody knows are worse than passwords of
// no agents.
func (i importAgents) write(plan *roster.Plan, was, text []byte) error {
	now := time.Now()
	passwords, count := plan.MadeUp()
	file := i.Passwords
	switch {
	case count == 0:
	case i.ShowPasswords:
		if _, err := os.Stdout.Write(passwords); err != nil {
			return err
		}
	default:
		if file == "" {
			file = filepath.Join(filepath.Dir(i.Config), "agents-passwords-"+now.Format("20060102-150405")+".csv")
		}
		if err := roster.WriteSecret(file, passwords); err != nil {
			return wrong(fmt.Errorf("the file for the passwords: %w", err))
		}
		fmt.Fprintf(os.Stderr,
			"%d passwords were made up: %s, which you alone can read; hand them out, then delete it.\n", count, file)
	}
	if i.Print {
		_, err := io.WriteString(os.Stdout, plan.Block())
		return err
	}
	backup, err := roster.Replace(i.Config, was, text, now)
	if err != nil {
		if count > 0 && !i.ShowPasswords {
			_ = os.Remove(file) // they open nothing
		}
		return wrong(err)
	}
	fmt.Fprintf(os.Stderr, "%s was written, and a hub that runs takes it over; what it was is in %s.\n", i.Config,
		backup)
	if cfg, err := config.Load(i.Config); err == nil {
		for _, w := range cfg.Warnings() {
			fmt.Fprintln(os.Stderr, "warning:", strings.TrimSpace(w.Text))
		}
	}
	return nil
}
