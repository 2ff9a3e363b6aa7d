//go:build linux

package shell

import (
	"testing"
	"time"

	"traybell/desktop/settings"
	"traybell/shared/protocol"
)

// The window of calls asks the hub for the earlier ones, and shows them when they come.
func TestEarlierCalls(t *testing.T) {
	display, hub, folder := screenOf(t), newHub(t), t.TempDir()
	host, port, _ := settings.CheckServer(hub.URL)
	if err := settings.In(folder).Save(settings.Own{Server: host, Port: port, Extension: "101", Desktop: "me", ToldNoTray: true}); err != nil {
		t.Fatal(err)
	}
	p := run(t, display, Options{Folder: folder, Trust: protocol.Fingerprint(hub.Certificate().Raw), Password: "geheim", Open: "calls"}, withBus)
	d := hub.next(t)
	open := d.read(protocol.SessionOpen)
	p.window("^Calls")
	picture := func() string {
		sum, _ := p.tool("sh", "-c", `import -window "$(xdotool getwindowfocus)" rgb:- | md5sum`)
		return sum
	}
	p.settled()
	empty := picture()
	d.write(protocol.Event, protocol.SessionOpened, open.ID, protocol.OpenedSession{
		Agent: protocol.Agent{Login: "anna", Name: "Anna", Extensions: []string{"101"}}, Settings: settings.Default(), Hub: "1",
	})
	list := d.read(protocol.HistoryList)
	then := time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)
	d.write(protocol.Notification, protocol.HistoryAnswer, list.ID, protocol.History{Calls: []protocol.Call{
		{ID: "main:2.0", Direction: protocol.Incoming, State: protocol.Ended, Number: "84951234567", Display: "+7 495 123-45-67", Started: then.Add(time.Minute), Missed: true},
		{ID: "main:1.0", Direction: protocol.Incoming, State: protocol.Ended, Number: "84957654321", Display: "+7 495 765-43-21", Started: then, Ticket: &protocol.Ticket{Number: "2026112010000011"}},
	}})
	p.until("the calls in the window", func() bool { return picture() != empty })
	p.settled()
	p.picture("window")
	p.end()
	close(d.done)
}
