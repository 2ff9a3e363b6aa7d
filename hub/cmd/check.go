package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"traybell/hub/app"
	"traybell/hub/config"
	"traybell/hub/directory"
)

// checkTime is the time limit for each server, checkListen how long a PBX is observed for a call
// that proves that the manager user receives call events.
const (
	checkTime   = 20 * time.Second
	checkListen = 3 * time.Second
)

type check struct {
	configFlag
	Offline bool `help:"Only check the file; connect to no server."`
}

// Run compiles hub.yml as serve does and, unless offline, connects to every server in it. It
// returns an error if there are problems.
func (c check) Run(ctx context.Context, to streams) error {
	cfg, err := app.Load(c.Config)
	if err != nil {
		return err
	}
	for _, w := range cfg.Warnings() {
		fmt.Fprintln(to.out, "warning:", w)
	}
	p, err := app.Compile(cfg)
	if err != nil {
		return err
	}
	r := &report{out: to.out}
	r.print("hub.yml: %s, %s, %s, %s: no problems", count(len(cfg.PBX), "PBX", "PBXs"),
		count(len(cfg.Agents), "agent", "agents"), count(len(cfg.Tracking), "tracked number", "tracked numbers"),
		count(len(cfg.Directories), "directory", "directories"))
	if c.Offline {
		return nil
	}
	if err := writable(cfg.DataDir); err != nil {
		r.fail("data_dir: %v", err)
	}
	checkPBXs(ctx, cfg, p.Connections, r.print, r.fail)
	checkDirectories(ctx, cfg, p, r.print, r.fail)
	checkHelpDesk(ctx, cfg, r.print, r.fail)
	return r.result()
}

// report prints findings and counts them.
type report struct {
	out                io.Writer
	warnings, problems int
}

// print prints a line; one that begins with ! is a warning.
func (r *report) print(format string, args ...any) {
	if strings.HasPrefix(format, "  !") {
		r.warnings++
	}
	_, _ = fmt.Fprintf(r.out, format+"\n", args...)
}

func (r *report) fail(format string, args ...any) {
	r.problems++
	r.print("  ✗ "+format, args...)
}

func (r *report) result() error {
	switch {
	case r.problems > 0:
		return fmt.Errorf("%s found", count(r.problems, "problem", "problems"))
	case r.warnings > 0:
		r.print("OK, with warnings (!)")
	default:
		r.print("OK")
	}
	return nil
}

// writable creates a file, as the database will.
func writable(folder string) error {
	f, err := os.CreateTemp(folder, ".check-*")
	if err != nil {
		return fmt.Errorf("not writable: %w; create the folder and make the hub's user its owner", err)
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// checkDirectories reads all of them, without a time limit.
func checkDirectories(ctx context.Context, cfg *config.Config, p app.Parts, print, fail func(string, ...any)) {
	d := p.Directory(slog.New(slog.DiscardHandler))
	_ = d.Refresh(ctx) // Status has the errors
	for _, s := range d.Status() {
		print("directory %s:", s.Name)
		if s.LastError != "" {
			fail("%s", strings.TrimPrefix(s.LastError, "directory "+s.Name+": "))
			if read := (directory.Copies{Folder: cfg.DataDir}).Age(s.Name); !read.IsZero() {
				print("  ! the hub will use the customers of %s, read %s ago", read.Format(time.DateTime),
					time.Since(read).Round(time.Second))
			}
			continue
		}
		print("  ✓ %s with %s, read in %s", count(s.Rows, "customer", "customers"),
			count(s.Numbers, "number", "numbers"), s.Took.Round(time.Millisecond))
		for _, problem := range s.Problems {
			print("  ! %s", problem)
		}
		if rest := s.Troubles - len(s.Problems); rest > 0 {
			print("  ! and %d more", rest)
		}
	}
}

func checkHelpDesk(ctx context.Context, cfg *config.Config, print, fail func(string, ...any)) {
	print("help desk (%s):", cfg.HelpDesk.Type)
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	seen, err := app.CheckHelpDesk(ctx, cfg)
	for _, s := range seen {
		print("  ✓ %s", s)
	}
	for _, e := range split(err) {
		fail("%v", e)
	}
	if keys, _ := cfg.Queueless(); len(keys) > 0 {
		fail("No tickets for %s: no queue is set. See the warnings above.", strings.Join(keys, ", "))
	}
}

// split returns the parts of a joined error.
func split(err error) []error {
	var joined interface{ Unwrap() []error }
	if errors.As(err, &joined) {
		return joined.Unwrap()
	}
	if err == nil {
		return nil
	}
	return []error{err}
}

// count formats a number of things; -1 means that the manager user may not ask for it.
func count(n int, one, many string) string {
	switch n {
	case -1:
		return "an unknown number of " + many
	case 1:
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
