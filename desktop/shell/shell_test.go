//go:build linux

package shell

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"traybell/desktop/settings"
	"traybell/shared/protocol"

	"github.com/coder/websocket"
)

// hub serves ACP to one desktop after another, over real TLS and WebSocket.
type hub struct {
	*httptest.Server
	came chan *desk
}

// desk is a connected desktop.
type desk struct {
	t    *testing.T
	conn *websocket.Conn
	said chan []byte // its messages, read continuously for its pings
	done chan struct{}
}

func newHub(t *testing.T) *hub {
	h := &hub{came: make(chan *desk)}
	h.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		d := &desk{t: t, conn: conn, said: make(chan []byte, 1000), done: make(chan struct{})}
		go func() {
			defer close(d.said)
			for {
				_, frame, err := conn.Read(t.Context())
				if err != nil {
					return
				}
				d.said <- frame
			}
		}()
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

// read waits for the next action with a name.
func (d *desk) read(name string) protocol.Message {
	d.t.Helper()
	late := time.After(patience)
	for {
		var frame []byte
		var there bool
		select {
		case frame, there = <-d.said:
		case <-late:
		}
		if !there {
			d.t.Fatalf("in vain waited for %s", name)
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

// The program trusts the hub, signs in, shows a call and reports it, reconnects, opens its window
// at a second start, and exits.
func TestDay(t *testing.T) {
	display, hub, folder := screenOf(t), newHub(t), t.TempDir()
	host, port, wrong := settings.CheckServer(hub.URL)
	if wrong != nil {
		t.Fatal(wrong)
	}
	if err := settings.In(folder).Save(settings.Own{
		Server: host, Port: port, Extension: "101", Desktop: "this-one", ToldNoTray: true,
	}); err != nil {
		t.Fatal(err)
	}
	p := run(t, display, Options{
		Folder: folder, Trust: protocol.Fingerprint(hub.Certificate().Raw), Password: "geheim", Version: "test",
	}, withBus)

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
		Agent: protocol.Agent{
			Login: "anna", Name: "Anna", Extensions: []string{"101"}, Rights: []protocol.Right{protocol.RightTicket},
		},
		Settings: settings.Default(), Hub: "1",
	})
	d.write(protocol.Event, protocol.CallEvent, "", protocol.Call{
		ID: "main:1.0", Direction: protocol.Incoming, State: protocol.Ringing, Number: "84951234567",
		Started: time.Now(),
		Caller:  protocol.Caller{Status: protocol.Unknown},
		Legs:    []protocol.Leg{{Extension: "101", State: protocol.Ringing}},
	})
	shown := d.read(protocol.CallShown)
	if !strings.Contains(string(shown.Data), "main:1.0") {
		t.Errorf("what is shown: %s", shown.Data)
	}
	d.write(protocol.Notification, protocol.Accepted, shown.ID, struct{}{})
	close(d.done) // the hub disconnects, the desktop reconnects
	d = hub.next(t)
	d.read(protocol.SessionOpen)

	if out, err := p.second().CombinedOutput(); err == nil || !strings.Contains(string(out), "is already running") {
		t.Errorf("a second start: %v, %s", err, out)
	}
	p.window("^Calls")
	p.end()
	close(d.done)
	own, err := settings.In(folder).Load()
	if err != nil || own.Server != host || own.Desktop != "this-one" {
		t.Errorf("afterwards the settings are %+v, %v", own, err)
	}
	if text, err := os.ReadFile(settings.In(folder).Path()); err != nil || strings.Contains(string(text), "geheim") {
		t.Errorf("the password is in the settings file: %v", err)
	}
	if text, err := os.ReadFile(filepath.Join(folder, "traybell.log")); err != nil || strings.Contains(string(text),
		"geheim") {
		t.Errorf("the password is in the log: %v", err)
	}
}

// Without a screen the program prints an error and exits.
func TestWithoutScreen(t *testing.T) {
	program := child(t, Options{Folder: t.TempDir()}, noBus)
	program.Env = append(program.Env, "DISPLAY=")
	out, err := program.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "no display: start traybell inside a desktop session") {
		t.Errorf("%v, %s", err, out)
	}
}
