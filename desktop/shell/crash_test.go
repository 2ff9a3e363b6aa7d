//go:build linux

package shell

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"traybell/desktop/crash"
	"traybell/desktop/settings"
	"traybell/shared/protocol"
)

// A fault in a C library ends the program. It restarts, signs in and shows a card; the report has
// the stack.
func TestRestartAfterCrash(t *testing.T) {
	display, hub, folder := screenOf(t), newHub(t), t.TempDir()
	host, port, _ := settings.CheckServer(hub.URL)
	opts := Options{
		Folder: folder, Server: host, Port: port, Extension: "101",
		Trust: protocol.Fingerprint(hub.Certificate().Raw), Password: "geheim", Watch: true, Version: "1.2.3",
	}
	p := run(t, display, opts, noBus)
	defer func() { // the restarted program is not this test's child
		endAll(t, folder)
		<-p.ended //nolint:errcheck // standard error, which all of them have, is closed by the last
	}()
	signIn := func() {
		d := hub.next(t)
		open := d.read(protocol.SessionOpen)
		d.write(protocol.Event, protocol.SessionOpened, open.ID, protocol.OpenedSession{
			Agent: protocol.Agent{Login: "anna", Name: "Anna"}, Settings: settings.Default(), Hub: "1",
		})
	}
	signIn()
	if err := p.cmd.Process.Signal(syscall.SIGSEGV); err != nil {
		t.Fatal(err)
	}
	signIn()
	reports := crash.Reports(folder)
	if len(reports) != 1 {
		t.Fatalf("%d reports", len(reports))
	}
	report, err := os.ReadFile(reports[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"traybell 1.2.3 on linux/", "SIGSEGV", "goroutine "} {
		if !strings.Contains(string(report), want) {
			t.Errorf("the report lacks %q", want)
		}
	}
	if strings.Contains(string(report), "geheim") {
		t.Error("the report has the password")
	}
	p.until("the log entry about it", func() bool {
		return strings.Contains(p.output.String(), "restarted after a crash")
	})
	p.until("the card on the screen", func() bool {
		out, err := p.tool("xdotool", "search", "--onlyvisible", "--name", "^traybell$")
		return err == nil && out != ""
	})
	p.picture("crashed")
}

// endAll kills every process with this text in its environment.
func endAll(t *testing.T, text string) {
	t.Helper()
	environments, err := filepath.Glob("/proc/[0-9]*/environ")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range environments {
		environment, err := os.ReadFile(path)
		if err != nil || !bytes.Contains(environment, []byte(text)) {
			continue
		}
		if pid, err := strconv.Atoi(strings.Split(path, "/")[2]); err == nil {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
}
