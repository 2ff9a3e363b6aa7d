//go:build linux

package shell

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"traybell/desktop/settings"
	"traybell/shared/protocol"
	"traybell/test/tray"
)

const panelConf = `[General]
panels=panel1
iconTheme=hicolor
[panel1]
plugins=taskbar,statusnotifier
position=Bottom
panelSize=40
iconSize=32
width=100
width-percent=true
alignment=0
background-color=@Variant(\0\0\0\x43\x1\xff\xff\xee\xee\xee\xee\xf0\xf0\0\0)
[taskbar]
type=taskbar
alignment=Left
[statusnotifier]
type=statusnotifier
alignment=Right
`

// A real panel shows another icon for each state.
func TestPanelShowsTray(t *testing.T) {
	if _, err := exec.LookPath("lxqt-panel"); err != nil {
		t.Skip("no panel to look at: " + err.Error())
	}
	display, hub, folder := screenOf(t), newHub(t), t.TempDir()
	bus, err := tray.Bus(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	if err := os.MkdirAll(filepath.Join(home, "lxqt"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(home, "lxqt", "panel.conf"), []byte(panelConf), 0o600); err != nil {
		t.Fatal(err)
	}
	panel := exec.Command("lxqt-panel")
	panel.Env = append(os.Environ(), "DISPLAY="+display, "DBUS_SESSION_BUS_ADDRESS="+bus, "XDG_CONFIG_HOME="+home,
		"XDG_CACHE_HOME="+home, "XDG_RUNTIME_DIR="+home, "HOME="+home, "QT_QPA_PLATFORM=xcb")
	start(t, panel)

	host, port, _ := settings.CheckServer(hub.URL)
	then := time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)
	if err := settings.In(folder).Save(settings.Own{
		Server: host, Port: port, Extension: "101", Desktop: "me", Language: "en", Seen: then,
	}); err != nil {
		t.Fatal(err)
	}
	p := &program{t: t, display: display}
	p.until("the panel", func() bool {
		_, err := p.tool("xdotool", "search", "--onlyvisible", "--class", "lxqt-panel")
		return err == nil
	})
	p = run(t, display,
		Options{Folder: folder, Trust: protocol.Fingerprint(hub.Certificate().Raw), Password: "geheim"}, nil,
		"DBUS_SESSION_BUS_ADDRESS="+bus)
	corner := func() string { // the panel's right end
		sum, _ := p.tool("sh", "-c", `import -window root -crop 60x40+1220+860 +repage rgb:- | md5sum`)
		return sum
	}
	seen := map[string]string{}
	var pictures []string
	looks := func(name string) {
		t.Helper()
		p.until("the icon of "+name, func() bool {
			now := corner()
			if _, known := seen[now]; known || now == "" {
				return false
			}
			again := corner()
			if again != now {
				return false
			}
			seen[now] = name
			return true
		})
		if dir := os.Getenv(screenshots); dir != "" {
			file := filepath.Join(t.TempDir(), name+".png")
			out, err := p.tool("import", "-window", "root", "-crop", "160x40+1120+860", "+repage", file)
			if err != nil {
				t.Fatal(err, out)
			}
			pictures = append(pictures, "-label", name, file)
		}
	}
	seen[corner()] = "nothing"
	d := hub.next(t)
	open := d.read(protocol.SessionOpen)
	looks("no connection")
	d.write(protocol.Event, protocol.SessionOpened, open.ID, protocol.OpenedSession{
		Agent: protocol.Agent{Login: "anna", Name: "Anna", Extensions: []string{"101"}}, Settings: settings.Default(),
		Hub:  "1",
		PBXs: []protocol.PBX{{ID: "main", State: protocol.PBXWorking}},
	})
	list := d.read(protocol.HistoryList)
	looks("connected")
	call := protocol.Call{
		ID: "main:4.0", Direction: protocol.Incoming, State: protocol.Ringing, Number: "84951234567",
		Started: time.Now(),
		Caller:  protocol.Caller{Status: protocol.Unknown},
		Legs:    []protocol.Leg{{Extension: "101", State: protocol.Ringing}},
	}
	d.write(protocol.Event, protocol.CallEvent, "", call)
	looks("ringing")
	call.State, call.Legs[0].State = protocol.Answered, protocol.Answered
	d.write(protocol.Event, protocol.CallEvent, "", call)
	looks("in a call")
	call.State, call.Ended, call.Legs = protocol.Ended, time.Now(), nil
	d.write(protocol.Event, protocol.CallEvent, "", call)
	d.write(protocol.Event, protocol.PBXEvent, "", protocol.PBX{
		ID: "main", State: protocol.PBXConnecting, Reason: "connection refused",
	})
	looks("warning")
	d.write(protocol.Notification, protocol.HistoryAnswer, list.ID, protocol.History{Calls: []protocol.Call{
		{ID: "main:3.0", Missed: true, Number: "3", State: protocol.Ended, Started: then.Add(2 * time.Hour)},
	}})
	looks("warning, missed calls")
	d.write(protocol.Event, protocol.PBXEvent, "", protocol.PBX{ID: "main", State: protocol.PBXWorking})
	looks("missed calls")
	if dir := os.Getenv(screenshots); dir != "" {
		args := append([]string{"montage", "-font", "DejaVu-Sans", "-background", "white"}, pictures...)
		args = append(args, "-tile", "1x", "-geometry", "+8+6", filepath.Join(dir, "tray-lxqt.png"))
		if out, err := p.tool(args...); err != nil {
			t.Error(err, out)
		}
	}
	p.end()
	close(d.done)
	if len(seen) < 7 {
		t.Error(fmt.Sprint("the panel showed only ", seen))
	}
}
