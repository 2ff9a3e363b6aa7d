package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"traybell/hub/app"
	"traybell/hub/compile"
	"traybell/hub/computer"
	"traybell/hub/config"
	"traybell/hub/config/document"
	"traybell/hub/directory"
	"traybell/hub/helpdesk"
	"traybell/hub/visibility"
	"traybell/shared/printable"
)

// checkTime is the time limit for each server, checkListen how long a PBX is observed for a call
// that proves that the manager user receives call events.
const (
	checkTime   = 20 * time.Second
	checkListen = 3 * time.Second
)

type check struct {
	configFlag
	Offline bool `help:"Only check the file and the files that it names; connect to no server." xor:"how"`
	Send    bool `help:"Create a ticket that is marked as a test in the help desk." xor:"how"`
}

// Run compiles hub.yml as serve does and, unless offline, tries all that serve needs of this
// computer and connects to every server. It returns an error if there are problems.
func (c check) Run(ctx context.Context, to streams) error {
	cfg, err := compile.Load(c.Config)
	if err != nil {
		return err
	}
	for _, w := range cfg.Warnings() {
		printable.Fprintf(to.out, "warning: %s\n", printable.Lines(w.Error()))
	}
	p, err := compile.Hub(cfg)
	if err != nil {
		return err
	}
	r := &report{out: to.out}
	if !c.Offline {
		cfg, p = checkPeople(ctx, cfg, p, r)
	}
	r.print("hub.yml: %s, %s, %s, %s: no problems", count(len(cfg.PBX), "PBX", "PBXs"),
		count(len(cfg.Agents), "agent", "agents"), count(len(cfg.Tracking), "tracked number", "tracked numbers"),
		count(len(cfg.Directories), "directory", "directories"))
	r.visibility(ctx, cfg, p)
	r.print("this computer:")
	if c.Offline {
		r.results(computer.CheckCertificate(cfg))
		return r.result()
	}
	r.results(computer.Check(ctx, cfg))
	checkPBXs(ctx, cfg, p.Connections, r.print, r.fail)
	checkDirectories(ctx, cfg, p, r.print, r.fail)
	for _, desk := range cfg.Desks() {
		checkHelpDesk(ctx, cfg, desk, r.print, r.fail)
		if c.Send {
			sendTicket(ctx, cfg, desk, r.print, r.fail)
		}
	}
	if keys, _ := cfg.Queueless(); len(keys) > 0 {
		r.fail("No tickets for %s: no queue is set. See the warnings above.", strings.Join(keys, ", "))
	}
	checkWebhooks(ctx, p, r.print, r.fail)
	checkProvider(ctx, cfg, r)
	checkRecordings(ctx, cfg, p, r)
	checkAnnouncements(ctx, p, r)
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
	_, _ = printable.Fprintf(r.out, format+"\n", args...)
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

// results prints what works, what should be fixed and the parts of a joined error.
func (r *report) results(works, doubts []string, err error) {
	for _, s := range works {
		r.print("  ✓ %s", s)
	}
	for _, s := range doubts {
		r.print("  ! %s", s)
	}
	for _, e := range split(err) {
		r.fail("%v", shown(e))
	}
}

// shown returns an error to be printed: one of hub.yml with the lines that it is about.
func shown(err error) any {
	if document.ProblemsOf(err) != nil {
		return printable.Lines(err.Error())
	}
	return err
}

// visibility prints which calls tracking hides, and which extensions agents share.
func (r *report) visibility(ctx context.Context, cfg *config.Config, p compile.Parts) {
	works, doubts := visibility.Of(p)
	if s, err := app.OpenDatabase(ctx, cfg); err == nil { // computer.Check reports an error
		if counted := visibility.HiddenCalls(ctx, cfg, s); counted != "" {
			doubts = append(doubts, counted)
		}
		_ = s.Close() // only read
	}
	if shared := visibility.SharedExtensions(p); len(shared) > 0 { // no doubt: nothing in hub.yml could dispel it
		works = append(
			works,
			fmt.Sprintf("shared by agents, whom the password tells apart: %s. `traybell-hub passwd "+
				"--extension %s` refuses a password that another agent of the extension has, and so do agents import "+
				"and the hub", strings.Join(shared, ", "), shared[0]),
		)
	}
	if len(works)+len(doubts) > 0 {
		r.print("agents and tracked numbers:")
	}
	r.results(works, doubts, nil)
}

// checkDirectories reads all of them, without a time limit.
func checkDirectories(ctx context.Context, cfg *config.Config, p compile.Parts, print, fail func(string, ...any)) {
	d := p.Directory(slog.New(slog.DiscardHandler))
	_ = d.Refresh(ctx) // Status has the errors
	for i, s := range d.Status() {
		print("directory %s:", s.Name)
		if s.LastError != "" {
			fail("%s", strings.TrimPrefix(s.LastError, "directory "+s.Name+": "))
			if read := (directory.Copies{Folder: cfg.DataDir}).Age(s.Name); !read.IsZero() {
				print("  ! the hub will use the customers of %s, read %s ago", read.Format(time.DateTime),
					time.Since(read).Round(time.Second))
			}
			continue
		}
		if s.Fault != "" {
			fail("%s", s.Fault)
		} else {
			print("  ✓ %s with %s, read in %s", count(s.Rows, "customer", "customers"),
				count(s.Numbers, "number", "numbers"), s.Took.Round(time.Millisecond))
			print("  ✓ of them have a number: %d, a name: %d, an e-mail address: %d, a login: %d, a company: %d",
				s.Filled.Number, s.Filled.Name, s.Filled.Email, s.Filled.Login, s.Filled.Company)
		}
		switch number, tried, err := d.TryLook(ctx, s.Name); {
		case tried && err != nil:
			fail("lookup: %v", err)
		case tried:
			print("  ✓ asked for %s, the server finds the customer", number)
		}
		for _, problem := range s.Problems {
			switch {
			case problem.Key != "":
				print("  ! %s", shown(cfg.Problem(fmt.Sprintf("directories[%d].%s", i, problem.Key), problem.Text)))
			case problem.Text != s.Fault:
				print("  ! %s", problem)
			}
		}
		if rest := s.Troubles - len(s.Problems); rest > 0 {
			print("  ! and %d more", rest)
		}
	}
}

func checkHelpDesk(
	ctx context.Context, cfg *config.Config, desk config.ConfiguredDesk, print, fail func(string, ...any),
) {
	print("%s:", strings.Replace("help desk "+desk.Name+" ("+desk.Type+")", "  ", " ", 1))
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	seen, err := app.CheckHelpDesk(ctx, cfg, desk)
	printFound(seen, print)
	for _, e := range split(err) {
		fail("%v", shown(e))
	}
}

// printFound prints what works and what does not.
func printFound(found []string, print func(string, ...any)) {
	for _, s := range found {
		if doubt, ok := strings.CutPrefix(s, helpdesk.Doubt); ok {
			print("  ! %s", doubt)
		} else {
			print("  ✓ %s", s)
		}
	}
}

// sendTicket creates a test ticket.
func sendTicket(
	ctx context.Context, cfg *config.Config, desk config.ConfiguredDesk, print, fail func(string, ...any),
) {
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	worked, err := app.TryHelpDesk(ctx, cfg, desk)
	printFound(worked, print)
	if err != nil {
		fail("%v", shown(err))
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
