package hotkeys

import (
	"log/slog"
	"strings"
	"testing"

	"traybell/desktop/hotkey"
	"traybell/desktop/platform"
	"traybell/desktop/settings"
	"traybell/desktop/ui/uitest"
	"traybell/shared/protocol"
)

// keyboard is the system's, on which another program has F9.
type keyboard struct {
	held    map[string]string
	pressed map[string]func()
	changes int
}

func (k *keyboard) SetHotkey(name string, keys hotkey.Keys, pressed func()) error {
	k.changes++
	delete(k.held, name)
	if keys.Key == "F9" {
		return platform.ErrHotkeyTaken
	}
	if keys.Key != "" {
		k.held[name], k.pressed[name] = keys.String(), pressed
	}
	return nil
}

// calls offer what there is in it.
type calls map[protocol.Control]string

func (c calls) Keyed(what protocol.Control) (string, bool) { return c[what], c[what] != "" }

func TestKeysAreHeldWhileTheyDoSomething(t *testing.T) {
	k, now, own := &keyboard{held: map[string]string{}, pressed: map[string]func(){}}, calls{}, settings.Own{}
	done := make(chan string, 10)
	var refused []string
	mayDial := false
	h := &Hotkeys{
		Keyboard: k, Calls: now, Texts: uitest.English(t), Log: slog.New(slog.DiscardHandler),
		Post: func(f func()) { f() }, Own: func() settings.Own { return own },
		Control: func(call string, what protocol.Control) { done <- string(what) + " " + call },
		MayDial: func() bool { return mayDial }, Dial: func() { done <- "dial" },
		Refused: func(why string) { refused = append(refused, why) },
	}
	shows := func(what, want string) {
		t.Helper()
		h.Update()
		var held []string
		for _, name := range settings.CallKeyNames() {
			if k.held[name] != "" {
				held = append(held, name+" "+k.held[name])
			}
		}
		if got := strings.Join(held, ", "); got != want {
			t.Errorf("%s: %s, want %s", what, got, want)
		}
	}
	shows("without a call", "")
	now[protocol.ControlAnswer], now[protocol.ControlHangup] = "main:1", "main:1"
	shows("while it rings", "answer F3, hangup F4")
	k.pressed[settings.KeyOfAnswer]()
	if got := <-done; got != "answer main:1" {
		t.Errorf("pressed %s", got)
	}
	delete(now, protocol.ControlAnswer)
	shows("while it is answered", "hangup F4")
	before := k.changes
	shows("again", "hangup F4")
	if k.changes != before {
		t.Error("keys are taken again for nothing")
	}
	hold := "Ctrl+F5"
	own.Hotkeys.Hold, now[protocol.ControlResume] = &hold, "main:1"
	shows("with another key", "hangup F4, hold Ctrl+F5")
	k.pressed[settings.KeyOfHold]()
	if got := <-done; got != "resume main:1" {
		t.Errorf("pressed %s", got)
	}
	taken := "F9"
	own.Hotkeys.Dial, mayDial = &taken, true
	for range 2 { // a refusal is said once
		shows("with a key of another program", "hangup F4, hold Ctrl+F5")
	}
	if len(refused) != 1 || !strings.Contains(refused[0], "F9") {
		t.Errorf("%q", refused)
	}
	free := "F8"
	own.Hotkeys.Dial = &free
	shows("with a free one", "hangup F4, hold Ctrl+F5, dial F8")
	k.pressed[settings.KeyOfDial]()
	if got := <-done; got != "dial" {
		t.Errorf("pressed %s", got)
	}
	none := ""
	own.Hotkeys.Hangup = &none
	clear(now)
	shows("after the call", "dial F8")
}
