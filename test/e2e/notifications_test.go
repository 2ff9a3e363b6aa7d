//go:build e2e

package e2e

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"traybell/desktop/platform/xtest"
	"traybell/test/tray"
)

// dunstrc sets a menu program that always chooses the same entry.
const dunstrc = `[global]
dmenu = %pick%
format = "<b>%s</b>\n%b"
markup = full
width = 420
height = 400
offset = 20x20
history_length = 20
`

// shown returns the title and body of each notification that dunst shows.
type shown struct {
	Data [][]map[string]struct {
		Data any `json:"data"`
	} `json:"data"`
}

// TestNotificationsWithoutADisplay runs traybell without an X display: a call is shown as a
// notification, its button creates the ticket, the notification is updated with the ticket number,
// and closes when the call ends. A real dunst on a separate display shows the notifications.
func TestNotificationsWithoutADisplay(t *testing.T) {
	w := newWorkplace(t)
	d, printed := startDunst(t, w)
	desktop := w.desktop("DISPLAY=", "WAYLAND_DISPLAY=")
	w.said(desktop, `no X display: popups are notifications.*notifications="?dunst`)
	w.said(desktop, `settings=\S+settings.json`)
	text := func() string {
		out, err := exec.Command("dunstctl", "history").Output()
		if err != nil {
			return ""
		}
		var all shown
		if json.Unmarshal(out, &all) != nil {
			return ""
		}
		var said []string
		for _, group := range all.Data {
			for _, n := range group {
				for _, key := range []string{"summary", "body", "urgency"} {
					if s, ok := n[key].Data.(string); ok {
						said = append(said, s)
					}
				}
			}
		}
		return strings.Join(said, "\n")
	}
	displayed := func(n string) func() bool {
		return func() bool {
			out, err := exec.Command("dunstctl", "count", "displayed").Output()
			return err == nil && strings.TrimSpace(string(out)) == n
		}
	}
	missed := w.call()
	xtest.Until(t, "the notification of the call", displayed("1"))
	missed.GiveUp()
	xtest.Until(t, "the end of the call's notification", displayed("0"))
	c := w.call()
	xtest.Until(t, "the notification of the next call", displayed("1"))
	picture(t, d, "notification-ringing")
	d.Run("dunstctl", "context")
	number := w.ticket()
	c.Answer("101")
	w.said(printed, regexp.QuoteMeta(number))
	xtest.Until(t, "the same notification", displayed("1"))
	picture(t, d, "notification-ticket")
	c.End()
	d.Run("dunstctl", "close-all") // dunst lists only closed notifications as history
	xtest.Until(t, "nothing on the screen", displayed("0"))
	said := text()
	for _, want := range []string{"84951234567", "Ivan", number} {
		if !strings.Contains(strings.NewReplacer(" ", "", "-", "", "(", "", ")", "").Replace(said), want) {
			t.Errorf("the notifications did not say %q:\n%s", want, said)
		}
	}
}

// startDunst starts a session bus, a display, and dunst on both, and sets them in the test's
// environment.
func startDunst(t *testing.T, w *workplace) (*xtest.Display, *lines) {
	t.Helper()
	bus, err := tray.Host(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	d := xtest.Start(t, "1280x800x24")
	d.Run("xsetroot", "-solid", "#3a5a78")
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", bus)
	pick := filepath.Join(w.dir, "pick")
	if err := os.WriteFile(pick, []byte("#!/bin/sh\ngrep -m1 'OK'\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(w.dir, "dunstrc")
	if err := os.WriteFile(config, []byte(strings.ReplaceAll(dunstrc, "%pick%", pick)), 0o600); err != nil {
		t.Fatal(err)
	}
	// dunstctl answers only while dunst runs.
	printed := newLines()
	start(t, printed, nil, "dunst", "-conf", config, "-print")
	xtest.Until(t, "dunst", func() bool { return exec.Command("dunstctl", "count").Run() == nil })
	return d, printed
}

// TestNotificationsByChoice has a display but chooses notifications, as for a screen reader: a call
// is shown as a notification, without a card.
func TestNotificationsByChoice(t *testing.T) {
	w := newWorkplace(t)
	d, printed := startDunst(t, w)
	if err := os.MkdirAll(filepath.Join(w.dir, "desktop"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(w.dir, "desktop", "settings.json"), []byte(`{"show_as": "notifications"}`),
		0o600); err != nil {
		t.Fatal(err)
	}
	w.desktop()
	c := w.call()
	w.said(printed, "Incoming call")
	w.said(w.hub, "popup shown")
	// finding none is an error
	cards, _ := exec.Command("xdotool", "search", "--onlyvisible", "--name", "^traybell$").Output()
	if n := len(strings.Fields(string(cards))); n != 0 {
		t.Errorf("%d cards in addition to the notification", n)
	}
	d.Run("dunstctl", "context")
	w.said(printed, w.ticket())
	c.GiveUp()
}

func picture(t *testing.T, d *xtest.Display, name string) {
	t.Helper()
	dir := os.Getenv("TRAYBELL_SCREENSHOTS")
	if dir == "" {
		return
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	d.Run("import", "-window", "root", filepath.Join(dir, name+".png"))
}
