//go:build linux

package shell

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"

	"traybell/desktop/settings"
	"traybell/shared/protocol"
)

// childFolder makes the test binary the real program, with its settings there: the program needs the process's first goroutine.
const childFolder = "TRAYBELL_TEST_FOLDER"

func TestMain(m *testing.M) {
	if folder := os.Getenv(childFolder); folder != "" {
		ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
		defer stop()
		if err := Run(ctx, Options{Folder: folder, Trust: os.Getenv("TRAYBELL_TEST_TRUST"), Password: "geheim", Version: "test"}); err != nil {
			fmt.Fprintln(os.Stderr, "Run:", err)
			os.Exit(3)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// hub speaks ACP to one desktop after another, over real TLS and WebSocket.
type hub struct {
	*httptest.Server
	came chan *desk
}

// desk is one desktop that came.
type desk struct {
	t    *testing.T
	conn *websocket.Conn
	done chan struct{}
}

func newHub(t *testing.T) *hub {
	h := &hub{came: make(chan *desk)}
	h.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		d := &desk{t: t, conn: conn, done: make(chan struct{})}
		select {
		case h.came <- d:
			<-d.done
		case <-t.Context().Done():
		}
		_ = conn.CloseNow()
	}))
	t.Cleanup(h.Close)
	return h
}

func (h *hub) next(t *testing.T) *desk {
	t.Helper()
	select {
	case d := <-h.came:
		return d
	case <-time.After(20 * time.Second):
		t.Fatal("no desktop came")
		return nil
	}
}

// read waits for the next action of a name.
func (d *desk) read(name string) protocol.Message {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(d.t.Context(), 20*time.Second)
	defer cancel()
	for {
		_, frame, err := d.conn.Read(ctx)
		if err != nil {
			d.t.Fatalf("waiting for %s: %v", name, err)
		}
		m, err := protocol.Parse(frame)
		if err != nil {
			d.t.Fatal(err)
		}
		if m.Name == name {
			return m
		}
	}
}

func (d *desk) write(kind protocol.Type, name, re string, data any) {
	d.t.Helper()
	m, err := protocol.New(kind, name, data)
	if err != nil {
		d.t.Fatal(err)
	}
	m.Re = re
	frame, err := json.Marshal(m)
	if err != nil {
		d.t.Fatal(err)
	}
	if err := d.conn.Write(d.t.Context(), websocket.MessageText, frame); err != nil {
		d.t.Fatal(err)
	}
}

// screen starts an X server of its own with a window manager and returns its DISPLAY.
func screenOf(t *testing.T) string {
	t.Helper()
	for _, program := range []string{"Xvfb", "openbox", "xdotool", "dbus-run-session"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skip("no virtual desktop to test on: " + err.Error())
		}
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	xvfb := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", "1280x900x24", "-nolisten", "tcp")
	xvfb.ExtraFiles = []*os.File{w}
	start(t, xvfb)
	_ = w.Close()
	number, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		t.Fatalf("Xvfb told no display: %v", err)
	}
	display := ":" + strings.TrimSpace(number)
	wm := exec.Command("openbox")
	wm.Env = append(os.Environ(), "DISPLAY="+display)
	start(t, wm)
	return display
}

func start(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
}

// The program itself, on a desktop of its own: it trusts, signs in, shows a call, tells the hub so, opens its window at a second start, and ends.
func TestADayOfTheDesktop(t *testing.T) {
	display, hub, folder := screenOf(t), newHub(t), t.TempDir()
	host, port, wrong := settings.CheckServer(hub.URL)
	if wrong != nil {
		t.Fatal(wrong)
	}
	if err := settings.In(folder).Save(settings.Own{Server: host, Port: port, Extension: "101", Desktop: "this-one", ToldNoTray: true}); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	env := append(os.Environ(), "DISPLAY="+display, "WAYLAND_DISPLAY=", "LANG=en_US.UTF-8", "XDG_RUNTIME_DIR="+t.TempDir(),
		childFolder+"="+folder, "TRAYBELL_TEST_TRUST="+protocol.Fingerprint(hub.Certificate().Raw))
	var output bytes.Buffer
	program := exec.Command("dbus-run-session", "--", self)
	program.Env, program.Stdout, program.Stderr = env, &output, &output
	program.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := program.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- program.Wait() }()
	t.Cleanup(func() {
		_ = syscall.Kill(-program.Process.Pid, syscall.SIGKILL)
		if t.Failed() {
			t.Log(output.String())
		}
	})

	d := hub.next(t)
	open := d.read(protocol.SessionOpen)
	var o protocol.OpenSession
	if err := open.Decode(&o); err != nil {
		t.Fatal(err)
	}
	if o.Extension != "101" || o.Password != "geheim" || o.Client.Desktop != "this-one" || o.Client.Language != "en" {
		t.Errorf("it signs in as %+v", o)
	}
	d.write(protocol.Event, protocol.SessionOpened, open.ID, protocol.OpenedSession{
		Agent: protocol.Agent{Login: "anna", Name: "Anna", Extensions: []string{"101"}, Rights: []string{"ticket"}}, Settings: settings.Default(), Hub: "1",
	})
	d.write(protocol.Event, protocol.CallEvent, "", protocol.Call{
		ID: "main:1.0", Direction: protocol.Incoming, State: protocol.Ringing, Number: "84951234567", Started: time.Now(),
		Caller: protocol.Caller{Status: protocol.Unknown}, Legs: []protocol.Leg{{Extension: "101", State: protocol.Ringing}},
	})
	shown := d.read(protocol.CallShown)
	if !strings.Contains(string(shown.Data), "main:1.0") {
		t.Errorf("what is shown: %s", shown.Data)
	}
	d.write(protocol.Notification, protocol.Accepted, shown.ID, struct{}{})
	close(d.done) // the hub goes away, and the desktop comes back by itself
	d = hub.next(t)
	open = d.read(protocol.SessionOpen)

	second := exec.Command(self)
	second.Env = env
	if out, err := second.CombinedOutput(); err == nil || !strings.Contains(string(out), "runs already") {
		t.Errorf("a second start: %v, %s", err, out)
	}
	soon, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	find := exec.CommandContext(soon, "xdotool", "search", "--sync", "--onlyvisible", "--name", "^Settings")
	find.Env = env
	if out, err := find.CombinedOutput(); err != nil {
		t.Errorf("after a second start no settings are open: %v %s", err, out)
	}

	if err := syscall.Kill(-program.Process.Pid, syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case <-ended:
	case <-time.After(10 * time.Second):
		t.Fatal("it does not end")
	}
	close(d.done)
	own, err := settings.In(folder).Load()
	if err != nil || own.Server != host || own.Desktop != "this-one" {
		t.Errorf("after its day the settings are %+v, %v", own, err)
	}
	if text, err := os.ReadFile(settings.In(folder).Path()); err != nil || strings.Contains(string(text), "geheim") {
		t.Errorf("the password is in the settings file: %v", err)
	}
	if text, err := os.ReadFile(filepath.Join(folder, "traybell.log")); err != nil || strings.Contains(string(text), "geheim") {
		t.Errorf("the password is in the log: %v", err)
	}
}

// Without a screen, the program says so and ends.
func TestWithoutAScreen(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program := exec.Command(self)
	program.Env = append(os.Environ(), "DISPLAY=", "WAYLAND_DISPLAY=", "XDG_RUNTIME_DIR="+t.TempDir(), childFolder+"="+t.TempDir())
	out, err := program.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "no display: start traybell inside a desktop session") {
		t.Errorf("%v, %s", err, out)
	}
}
