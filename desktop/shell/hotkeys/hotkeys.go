// Package hotkeys holds the agent's global hotkeys for calls. A key is taken from other programs only
// while it can do something. It belongs to the shell's goroutine.
package hotkeys

import (
	"errors"
	"log/slog"

	"traybell/assets/translations"
	"traybell/desktop/hotkey"
	"traybell/desktop/platform"
	"traybell/desktop/settings"
	"traybell/shared/protocol"
)

// Calls say which call a key is about.
type Calls interface {
	Keyed(what protocol.Control) (call string, ok bool)
}

// Hotkeys are the keys that are held. All fields are needed.
type Hotkeys struct {
	Keyboard platform.Keyboard // nil: the system has no hotkeys
	Calls    Calls
	Texts    *translations.Texts
	Log      *slog.Logger
	Post     func(func()) // runs a function on the shell's goroutine
	Own      func() settings.Own
	Control  func(call string, what protocol.Control)
	MayDial  func() bool
	Dial     func()           // calls the selected number
	Refused  func(why string) // a key is not available; a sentence

	held map[string]string // by name of the key: what is held, or was refused
}

// controls are what the keys do, the first that a call offers.
var controls = map[string][]protocol.Control{
	settings.KeyOfAnswer: {protocol.ControlAnswer}, settings.KeyOfHangup: {protocol.ControlHangup},
	settings.KeyOfHold: {protocol.ControlHold, protocol.ControlResume},
}

// Update holds the keys that can do something now, and no others.
func (h *Hotkeys) Update() {
	if h.Keyboard == nil {
		return
	}
	if h.held == nil {
		h.held = map[string]string{}
	}
	own := h.Own()
	for _, name := range settings.CallKeyNames() {
		text := ""
		if _, _, ok := h.about(name); ok || name == settings.KeyOfDial && h.MayDial() {
			text = own.CallKey(name)
		}
		if h.held[name] == text {
			continue
		}
		h.held[name] = text
		key, err := hotkey.Parse(text)
		if err == nil {
			// the host calls it, and the shell's goroutine may be waiting for the host
			err = h.Keyboard.SetHotkey(name, key, func() { go h.Post(func() { h.press(name) }) })
		}
		if err != nil {
			h.refused(text, err)
		}
	}
}

// about returns what a key does with which call now.
func (h *Hotkeys) about(name string) (call string, what protocol.Control, ok bool) {
	for _, what := range controls[name] {
		if call, ok := h.Calls.Keyed(what); ok {
			return call, what, true
		}
	}
	return "", "", false
}

func (h *Hotkeys) press(name string) {
	if name == settings.KeyOfDial {
		h.Dial()
	} else if call, what, ok := h.about(name); ok {
		h.Control(call, what)
	}
}

func (h *Hotkeys) refused(text string, err error) {
	h.Log.Warn("hotkey not available", "hotkey", text, "reason", err)
	if errors.Is(err, platform.ErrHotkeyTaken) {
		h.Refused(h.Texts.SayWith("settings.hotkey_taken", map[string]any{"Keys": text}))
		return
	}
	h.Refused(h.Texts.SayWith("settings.hotkey_failed", map[string]any{"Keys": text, "Reason": err.Error()}))
}
