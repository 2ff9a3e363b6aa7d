//go:build e2e

package e2e

import (
	"context"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"traybell/hub/app"
	"traybell/hub/compile"
	"traybell/test/e2e/phones"
	"traybell/test/lab"
)

// fence is a code block of the page: its language and its text.
var fence = regexp.MustCompile("(?ms)^```(console|yaml|csv)\n(.*?)^```$")

// mover runs the commands of docs/moving-from-opc.md in order.
type mover struct {
	t       *testing.T
	ctx     context.Context //nolint:containedctx // the test's
	dir     string
	here    *strings.Replacer // replaces the page's addresses and paths by the lab's
	pbx     *lab.Asterisk
	znuny   lab.Znuny
	program string
	log     hubLog
	hub     *app.App
	steps   int
}

// TestMovingFromOPC follows the moving guide on Asterisk 22 and Znuny: it writes the files of the
// page, runs its commands and compares their output with the page.
func TestMovingFromOPC(t *testing.T) {
	page, err := os.ReadFile("../../docs/moving-from-opc.md")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	m := &mover{t: t, ctx: ctx, dir: t.TempDir(), znuny: lab.StartZnuny(t), pbx: lab.StartAsterisk(t, "22")}
	_, rest, _ := strings.Cut(m.znuny.DSN(), "@tcp(")
	address, _, _ := strings.Cut(rest, ")")
	m.here = strings.NewReplacer(
		"/etc/traybell/", m.dir+"/", "/var/lib/traybell", m.dir, "pbx.example.com:5038", lab.AMI,
		"https://desk.example.com/otrs", m.znuny.URL,
	)
	m.program = filepath.Join(m.dir, "traybell-hub")
	out, err := exec.CommandContext(ctx, "go", "build", "-o", m.program, "traybell/hub").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for name, text := range map[string]string{
		"pbx.secret": lab.AMIPassword, "desk.secret": m.znuny.Password,
		"otrs.dsn": "traybell:readonly-1@tcp(" + address + ")/otrs2",
	} {
		m.must(os.WriteFile(filepath.Join(m.dir, name), []byte(text+"\n"), 0o600))
	}
	for _, block := range fence.FindAllStringSubmatch(string(page), -1) {
		if block[1] == "console" {
			m.console(block[2])
		} else {
			m.file(block[2])
		}
	}
	if m.hub == nil {
		t.Fatal("the page never starts the hub")
	}
	m.must(m.hub.Stop())
	t.Logf("%d commands of the page, as it says", m.steps)
}

func (m *mover) must(err error) {
	m.t.Helper()
	if err != nil {
		m.t.Fatal(err)
	}
}

// file writes a block to the file in its first line, which also says where to add the rest.
func (m *mover) file(block string) {
	m.t.Helper()
	head, text, _ := strings.Cut(block, "\n")
	name, added := strings.CutSuffix(strings.TrimPrefix(head, "# "), ", added")
	flags := os.O_CREATE | os.O_WRONLY | os.O_TRUNC
	if added {
		flags = os.O_WRONLY | os.O_APPEND
	}
	f, err := os.OpenFile(filepath.Join(m.dir, filepath.Base(name)), flags, 0o600)
	m.must(err)
	defer f.Close()
	_, err = io.WriteString(f, m.here.Replace(text)+"\n")
	m.must(err)
}

// console runs each command of a block and compares its output with the lines that follow it.
func (m *mover) console(block string) {
	m.t.Helper()
	for command := range strings.SplitSeq("\n"+block, "\n$ ") {
		command, want, _ := strings.Cut(command, "\n")
		if command = m.here.Replace(strings.TrimSpace(command)); command == "" {
			continue
		}
		out := m.give(command)
		m.steps++
		for line := range strings.Lines(m.here.Replace(want)) {
			if line = strings.TrimSpace(line); line == "" {
				continue
			}
			parts := strings.Split(line, "…")
			for i := range parts {
				parts[i] = regexp.QuoteMeta(parts[i])
			}
			if !regexp.MustCompile(strings.Join(parts, ".*")).MatchString(out) {
				m.t.Errorf("$ %s\ndoes not say: %s\nbut:\n%s", command, line, out)
			}
		}
	}
}

// give runs a command and returns its output.
func (m *mover) give(command string) string {
	m.t.Helper()
	var out string
	var err error
	switch name, rest, _ := strings.Cut(command, " "); {
	case strings.HasPrefix(command, "traybell-hub serve "):
		return m.serve(rest)
	case name == "traybell-hub":
		out, err = m.run(strings.Fields(rest))
		if strings.HasPrefix(rest, "why ") { // decisions are written with a delay
			until(m.ctx, m.t, "the call has a story", func() bool {
				out, err = m.run(strings.Fields(rest))
				return err == nil && !strings.Contains(out, "No such call")
			})
		}
	case name == "asterisk":
		out, err = m.pbx.CLI(m.ctx, strings.Trim(strings.TrimPrefix(rest, "-rx "), `"`))
	case name == "mysql":
		for statement := range strings.SplitSeq(strings.Trim(strings.TrimPrefix(rest, "otrs2 -e "), `"`), "; ") {
			if out, err = m.znuny.SQL(m.ctx, statement); err != nil {
				break
			}
		}
	case strings.HasPrefix(command, "bin/otrs.Console.pl "):
		out, err = m.znuny.Console(m.ctx, rest)
	case name == "cat":
		until(m.ctx, m.t, "the call is in the file", func() bool {
			raw, err := exec.CommandContext(m.ctx, "sh", "-c", command).Output()
			out = string(raw)
			return err == nil && strings.Count(out, "\n") > 0
		})
	default:
		m.t.Fatalf("the page has a command that this test does not know: %s", command)
	}
	if err != nil {
		m.t.Fatalf("$ %s\n%v\n%s", command, err, out)
	}
	return out
}

// run runs the hub's program.
func (m *mover) run(args []string) (string, error) {
	c := exec.CommandContext(m.ctx, m.program, args...)
	c.Dir = m.dir
	out, err := c.CombinedOutput()
	return string(out), err
}

// serve starts the hub and places calls, as the page says.
func (m *mover) serve(string) string {
	m.t.Helper()
	path := filepath.Join(m.dir, "hub.yml")
	text, err := os.ReadFile(path)
	m.must(err)
	// Other hubs may use the port, and tickets are written without the default grace of two
	// minutes.
	m.must(os.WriteFile(path, append([]byte("listen: 127.0.0.1:0\ncdr: {grace: 0s}\n"), text...), 0o600))
	cfg, err := compile.Load(path)
	m.must(err)
	m.hub, err = app.New(m.ctx, app.Options{
		Config: cfg, Version: "test", Log: slog.New(slog.NewTextHandler(&m.log, nil)),
	})
	m.must(err)
	m.must(m.hub.Start(m.ctx))
	until(m.ctx, m.t, "the PBX works", func() bool { return strings.Contains(m.log.String(), "state=working") })
	said := m.log.String()

	trunk, err := phones.ListenTrunk("127.0.1.50")
	m.must(err)
	defer trunk.Close()
	phone, err := phones.Listen("101", "127.0.1.101")
	m.must(err)
	defer phone.Close()
	caller, err := trunk.Call(m.ctx, "74950000001", "89167654321", "Ivan")
	m.must(err)
	at101, err := phone.WaitRinging(m.ctx)
	m.must(err)
	m.must(at101.Answer(m.ctx))
	m.must(at101.WaitHeard(m.ctx))
	m.must(caller.HangUp(m.ctx))
	until(m.ctx, m.t, "the hub sees the end", func() bool { return strings.Contains(m.log.String(), "state=ended") })
	return said
}
