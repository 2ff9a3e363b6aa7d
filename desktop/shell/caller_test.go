//go:build linux

package shell

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"traybell/desktop/settings"
	"traybell/shared/protocol"
)

// The agent presses the category's icon on a card and, by keyboard, marks the caller as unwelcome,
// blocks the number and unblocks it.
func TestCallerWindow(t *testing.T) {
	for _, one := range []struct{ language, theme, title string }{
		{"en", "light", "^Caller"}, {"ru", "dark", "^Абонент"},
	} {
		t.Run(one.language, func(t *testing.T) {
			p, d := atACall(t, one.language, one.theme, protocol.Rights()...)
			p.window(one.title)
			p.picture("category")
			p.keys("Right") // from yellow to red
			p.tab(1)
			p.write("Sells carpets")
			p.tab(4) // the reason, ask, cancel, save
			p.keys("space")
			set := d.read(protocol.CategorySet)
			var category protocol.SetCategory
			if err := set.Decode(&category); err != nil || category != (protocol.SetCategory{
				Number: "+74951234567", Color: protocol.Red, Comment: "Sells carpets",
			}) {
				t.Errorf("category.set: %+v %v", category, err)
			}
			p.changes(func() {
				d.write(protocol.Error, protocol.CategorySet, set.ID, protocol.Failure{
					Code: protocol.Invalid, Text: "The database is away.", Retry: true,
				})
			})
			p.picture("refused")
			p.keys("Return")
			set = d.read(protocol.CategorySet)
			note := protocol.Category{
				Number: "+74951234567", Color: protocol.Red, Comment: "Sells carpets", Author: "Anna",
				Changed: time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC),
			}
			d.write(protocol.Event, protocol.CategoryEvent, set.ID, note)
			p.until("the window's end", func() bool { return p.windows() == "" })

			p.pressCategory()
			p.window(one.title)
			p.tab(2) // the comment, the reason
			p.write("He shouts")
			p.tab(1)
			p.changes(func() { p.keys("space") }) // ask
			p.picture("confirm")
			p.keys("Tab", "space") // the first button cancels
			block := d.read(protocol.CallerBlock)
			var b protocol.BlockCaller
			if err := block.Decode(&b); err != nil || b.Reason != "He shouts" || b.Number != "+74951234567" {
				t.Errorf("caller.block: %+v %v", b, err)
			}
			p.changes(func() {
				d.write(protocol.Notification, protocol.CallerBlocked, block.ID, protocol.BlockedCaller{
					Number: b.Number, Blocked: true, Reason: b.Reason, By: "Anna",
					At: time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC),
				})
			})
			p.picture("blocked")
			p.keys("shift+Tab", "space") // from cancel back to unblock
			unblock := d.read(protocol.CallerUnblock)
			p.changes(func() {
				d.write(protocol.Notification, protocol.CallerBlocked, unblock.ID, protocol.BlockedCaller{
					Number: b.Number, By: "Anna",
				})
			})
			p.picture("unblocked")
			p.end()
			close(d.done)
		})
	}
}

// atACall is a program with a ringing call after a click on its category icon.
func atACall(t *testing.T, language, theme string, rights ...protocol.Right) (*program, *desk) {
	t.Helper()
	p, d := at(t, settings.Own{Language: language}, theme, rights...)
	d.ring()
	d.read(protocol.CallShown)
	p.pressCategory()
	return p, d
}

// at is a signed-in program with these settings.
func at(t *testing.T, own settings.Own, theme string, rights ...protocol.Right) (*program, *desk) {
	t.Helper()
	display, hub, folder := screenOf(t), newHub(t), t.TempDir()
	own.Server, own.Port, _ = settings.CheckServer(hub.URL)
	own.Extension, own.Desktop, own.ToldNoTray = "101", "me", true
	if err := settings.In(folder).Save(own); err != nil {
		t.Fatal(err)
	}
	opts := Options{Folder: folder, Trust: protocol.Fingerprint(hub.Certificate().Raw), Password: "geheim"}
	p := run(t, display, opts, withBus, "FYNE_THEME="+theme)
	d := hub.next(t)
	open := d.read(protocol.SessionOpen)
	d.write(protocol.Event, protocol.SessionOpened, open.ID, protocol.OpenedSession{
		Agent: protocol.Agent{
			Login: "anna", Name: "Anna", Extensions: []string{"101"}, Rights: slices.Clone(rights),
		},
		Settings: settings.Default(), Hub: "1",
		PBXs: []protocol.PBX{
			{ID: "main", State: protocol.PBXWorking, Ring: true}, {ID: "branch", State: protocol.PBXWorking},
		},
	})
	return p, d
}

// ring sends a call of a known customer.
func (d *desk) ring() protocol.Call {
	d.t.Helper()
	call := protocol.Call{
		ID: "main:1.0", Direction: protocol.Incoming, State: protocol.Ringing, Number: "84951234567",
		Display: "+7 495 123-45-67", E164: "+74951234567", Started: time.Now(),
		Caller: protocol.Caller{
			Status:    protocol.Known,
			Customers: []protocol.Customer{{Login: "ada", Name: "Ada Lovelace", Company: "Analytical Engines"}},
			Category: protocol.Category{
				Color: protocol.Yellow, Comment: "Asks for discounts", Author: "Boris",
				Changed: time.Date(2026, 11, 2, 9, 30, 0, 0, time.UTC),
			},
		},
		Legs: []protocol.Leg{{Extension: "101", State: protocol.Ringing}},
	}
	d.write(protocol.Event, protocol.CallEvent, "", call)
	return call
}

// pressCategory clicks the category icon of the only card, at its top right below the bar.
func (p *program) pressCategory() {
	p.t.Helper()
	p.pressAt("card", 360, 71)
}

// pressAt clicks a point of the only card, and saves a picture before.
func (p *program) pressAt(picture string, x, y int) {
	p.t.Helper()
	p.picture(picture)
	// A new card ignores clicks at first.
	if out, err := p.tool("xdotool", "search", "--onlyvisible", "--name", "^traybell$", "mousemove", "--window", "%1",
		strconv.Itoa(x), strconv.Itoa(y), "sleep", "0.5", "click", "1"); err != nil {
		p.t.Fatal(err, out)
	}
	// a card under the pointer may cover the window's buttons
	if out, err := p.tool("xdotool", "mousemove", "5", "5"); err != nil {
		p.t.Fatal(err, out)
	}
}

// settled waits until the picture of the focused window stops changing.
func (p *program) settled() {
	p.t.Helper()
	last, times := "", 0
	p.until("a picture that stays", func() bool {
		sum, err := p.sum()
		if err != nil || sum != last {
			last, times = sum, 0
			return false
		}
		times++
		return times >= 4
	})
}

// changes waits until the focused window shows what do has brought about.
func (p *program) changes(do func()) {
	p.t.Helper()
	before, err := p.sum()
	if err != nil {
		p.t.Fatal(err, before)
	}
	do()
	p.until("another picture", func() bool {
		sum, err := p.sum()
		return err == nil && sum != before
	})
	p.settled()
}

// sum identifies the picture of the focused window.
func (p *program) sum() (string, error) {
	return p.tool("sh", "-c", `import -window "$(xdotool getwindowfocus)" rgb:- | md5sum`)
}
