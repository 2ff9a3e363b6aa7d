package popups

import (
	"errors"

	"traybell/desktop/hotkey"
	"traybell/desktop/platform"
	"traybell/desktop/settings"
	"traybell/desktop/system"
	"traybell/desktop/ui"
)

// access is the state of the accessibility settings.
type access struct {
	contrast bool   // the system asks for high contrast
	dark     bool   // the system has a dark look
	asked    bool   // its last value
	theme    string // of the windows
	hotkey   string // the last one that was tried
	failed   string // why it is not available, a sentence
}

// setAccess applies the size of text, the contrast and the hotkey.
func (p *Popups) setAccess() {
	if !p.Display.HasWindows() {
		return
	}
	if !p.access.asked {
		p.access.asked, p.access.dark = true, p.Display.Dark
		go func() {
			contrast, dark := system.HighContrast(p.Context), p.Display.Dark
			if p.Display.AskDark {
				dark = system.Dark(p.Context)
			}
			if contrast || dark != p.Display.Dark {
				p.Post(func() {
					p.access.contrast, p.access.dark = contrast, dark
					p.Update()
					p.Restaged()
				})
			}
		}()
	}
	own := p.Preferences.Kept()
	p.look.Size = own.TextSize()
	p.look.Contrast = p.access.contrast || own.Contrast == settings.HighContrast
	p.look.Dark = own.Theme == settings.Dark || own.Theme != settings.Light && p.access.dark
	theme := ui.NewTheme(p.look.Dark, p.look.Contrast, p.look.Size)
	if name := theme.Name(); name != p.access.theme {
		p.access.theme = name
		p.Display.SetTheme(theme)
	}
	if wanted := p.Preferences.Hotkey(); wanted != p.access.hotkey || p.access.failed != "" {
		p.access.failed = p.takeHotkey(wanted)
		if p.access.hotkey = wanted; p.access.failed != "" {
			p.Log.Warn("hotkey not available", "reason", p.access.failed)
		}
	}
}

// HasHotkeys reports whether the system has hotkeys.
func (p *Popups) HasHotkeys() bool {
	_, ok := p.Display.Host.(platform.Keyboard)
	return ok
}

// HotkeyFailed says in a sentence why the hotkey is not available, empty if it is.
func (p *Popups) HotkeyFailed() string { return p.access.failed }

// takeHotkey sets the hotkey that gives the newest popup the keyboard.
func (p *Popups) takeHotkey(text string) (failed string) {
	keyboard, ok := p.Display.Host.(platform.Keyboard)
	if !ok {
		return ""
	}
	key, err := hotkey.Parse(text)
	if err == nil {
		err = keyboard.SetHotkey("popup", key, p.typeIntoPopup)
	}
	switch {
	case err == nil:
		return ""
	case errors.Is(err, platform.ErrHotkeyTaken):
		return p.Texts.SayWith("settings.hotkey_taken", map[string]any{"Keys": text})
	}
	return p.Texts.SayWith("settings.hotkey_failed", map[string]any{"Keys": text, "Reason": err.Error()})
}

// typeIntoPopup is called by the host for the hotkey. It must not block: the owner may be waiting
// for the host.
func (p *Popups) typeIntoPopup() {
	go p.Post(func() {
		if s, ok := p.now.(interface{ Keyboard() }); ok { // notifications have keys of the desktop's
			s.Keyboard()
		}
	})
}

// TryHotkey sets a hotkey, or returns why it is not available and restores the previous one.
func (p *Popups) TryHotkey(text string) (failed string) {
	if failed = p.takeHotkey(text); failed != "" {
		p.access.failed = p.takeHotkey(p.access.hotkey)
		return failed
	}
	p.access.hotkey, p.access.failed = text, ""
	return ""
}
