//go:build linux

package screen_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"traybell/desktop/hotkey"
	"traybell/desktop/model"
	"traybell/desktop/platform"
	"traybell/desktop/platform/xtest"
)

// TestHotkey types into a terminal while a call arrives, presses the hotkey and Enter, which
// requests the ticket, then Escape, and types again. No key gets lost or reaches the wrong window.
func TestHotkey(t *testing.T) {
	d := xtest.Start(t, "1280x800x24")
	d.Openbox()
	typed := filepath.Join(t.TempDir(), "typed")
	d.Spawn("xterm", "-geometry", "80x24+0+0", "-e", "sh", "-c", "stty -icanon; cat > "+typed)
	terminal := strings.TrimSpace(d.Run("xdotool", "search", "--sync", "--onlyvisible", "--class", "xterm"))
	d.Run("xdotool", "windowfocus", "--sync", terminal)
	has := func(text string) func() bool {
		return func() bool { got, _ := os.ReadFile(typed); return string(got) == text }
	}
	d.Run("xdotool", "type", "before ")
	xtest.Until(t, "first words in the terminal", has("before "))

	host, p, events := present(t, nil)
	k, err := hotkey.Parse(hotkey.Usual)
	if err != nil {
		t.Fatal(err)
	}
	keyboard := host.(platform.Keyboard)
	if err := keyboard.SetHotkey("popup", k, p.Keyboard); err != nil {
		t.Fatal(err)
	}
	p.SetCards([]model.Card{ringing(1)})
	xtest.Until(t, "the popup", func() bool { return events.has("shown main:1") })
	corner := func(name string) string { // part of the screen with the popup, without the terminal
		img := screenshot(t, name)
		return string(img.Pix[img.PixOffset(0, 500):])
	}
	plain := corner("hotkey-before")
	d.Run("xdotool", "key", "Return")
	d.Run("xdotool", "type", "ring ")
	xtest.Until(t, "words typed while the phone rings", has("before \nring "))

	d.Run("xdotool", "key", "ctrl+alt+j")
	xtest.Until(t, "the ring around OK", func() bool { return corner("hotkey-ring") != plain })
	d.Run("xdotool", "key", "Return")
	xtest.Until(t, "OK by Enter", func() bool { return events.has("ok main:1 ivan") })
	d.Run("xdotool", "key", "x") // ignored by the card and not passed to the terminal
	d.Run("xdotool", "key", "Escape")
	xtest.Until(t, "the popup without the keyboard", func() bool { return corner("hotkey-after") == plain })
	d.Run("xdotool", "type", "after")
	xtest.Until(t, "words typed afterwards", has("before \nring after"))
	if got := strings.TrimSpace(d.Run("xdotool", "getwindowfocus")); got != terminal {
		t.Errorf("focus: %s, want the terminal %s", got, terminal)
	}

	other, err := platform.NewHost(platform.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if err := other.(platform.Keyboard).SetHotkey("popup", k, func() {}); !errors.Is(err, platform.ErrHotkeyTaken) {
		t.Errorf("taken hotkey: %v", err)
	}
	if err := keyboard.SetHotkey("popup", hotkey.Keys{}, nil); err != nil {
		t.Fatal(err)
	}
	if err := other.(platform.Keyboard).SetHotkey("popup", k, func() {}); err != nil {
		t.Errorf("released hotkey: %v", err)
	}

	pressed := make(chan string, 10)
	hold := func(name, text string) error {
		k, err := hotkey.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		return keyboard.SetHotkey(name, k, func() { pressed <- name })
	}
	if err := errors.Join(hold("answer", "F3"), hold("hangup", "Ctrl+Alt+L")); err != nil {
		t.Fatal(err)
	}
	if err := hold("hold", "F3"); !errors.Is(err, platform.ErrHotkeyTaken) {
		t.Errorf("one key for two: %v", err)
	}
	d.Run("xdotool", "key", "F3")
	d.Run("xdotool", "key", "ctrl+alt+l")
	if first, second := <-pressed, <-pressed; first != "answer" || second != "hangup" {
		t.Errorf("pressed %s, %s", first, second)
	}
	if err := hold("answer", ""); err != nil {
		t.Fatal(err)
	}
	d.Run("xdotool", "key", "F3") // the terminal's
	d.Run("xdotool", "key", "ctrl+alt+l")
	if got := <-pressed; got != "hangup" {
		t.Errorf("pressed %s after it was released", got)
	}
}
