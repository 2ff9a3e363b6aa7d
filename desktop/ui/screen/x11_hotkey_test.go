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

// TestHotkey types into a terminal while a call comes, presses the hotkey and Enter, which asks for
// the ticket, and then Escape: what is typed from then on is the terminal's again. Nothing is lost,
// and nothing typed for the terminal presses anything.
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
	xtest.Until(t, "the terminal's first words", has("before "))

	host, p, heard := present(t, nil)
	k, err := hotkey.Parse(hotkey.Usual)
	if err != nil {
		t.Fatal(err)
	}
	keyboard := host.(platform.Keyboard)
	if err := keyboard.SetHotkey(k, p.Keyboard); err != nil {
		t.Fatal(err)
	}
	p.SetCards([]model.Card{ringing(1)})
	xtest.Until(t, "the popup", func() bool { return heard.has("shown main:1") })
	corner := func(name string) string { // where the popup is, and not the terminal
		img := screenshot(t, name)
		return string(img.Pix[img.PixOffset(0, 500):])
	}
	plain := corner("hotkey-before")
	d.Run("xdotool", "key", "Return")
	d.Run("xdotool", "type", "ring ")
	xtest.Until(t, "what was typed while the phone rings", has("before \nring "))

	d.Run("xdotool", "key", "ctrl+alt+j")
	xtest.Until(t, "the ring around OK", func() bool { return corner("hotkey-ring") != plain })
	d.Run("xdotool", "key", "Return")
	xtest.Until(t, "OK by Enter", func() bool { return heard.has("ok main:1 ivan") })
	d.Run("xdotool", "key", "x") // means nothing on a card, and is not the terminal's
	d.Run("xdotool", "key", "Escape")
	xtest.Until(t, "the popup without the keyboard", func() bool { return corner("hotkey-after") == plain })
	d.Run("xdotool", "type", "after")
	xtest.Until(t, "what was typed afterwards", has("before \nring after"))
	if got := strings.TrimSpace(d.Run("xdotool", "getwindowfocus")); got != terminal {
		t.Errorf("the focus is at %s, not at the terminal %s", got, terminal)
	}

	other, err := platform.NewHost(platform.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if err := other.(platform.Keyboard).SetHotkey(k, func() {}); !errors.Is(err, platform.ErrHotkeyTaken) {
		t.Errorf("a hotkey that another program has: %v", err)
	}
	if err := keyboard.SetHotkey(hotkey.Keys{}, nil); err != nil {
		t.Fatal(err)
	}
	if err := other.(platform.Keyboard).SetHotkey(k, func() {}); err != nil {
		t.Errorf("a hotkey that the other program has given up: %v", err)
	}
}
