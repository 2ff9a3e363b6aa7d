package shell

import (
	"errors"

	"traybell/desktop/hotkey"
	"traybell/desktop/platform"
	"traybell/desktop/settings"
	"traybell/desktop/ui"
	"traybell/desktop/ui/idle"

	"fyne.io/fyne/v2"
)

// access is what the program knows of eyes and hands that differ. It belongs to the shell's
// goroutine.
type access struct {
	systemContrast bool   // the system asks for high contrast
	asked          bool   // it was asked
	theme          string // of the windows, as it was set last
	hotkey         string // as it was taken last
	hotkeyFailed   string // why it cannot be had, a sentence
}

// setAccess brings the size of text, the contrast and the hotkey into force.
func (s *shell) setAccess() {
	if s.app == nil {
		return
	}
	if !s.access.asked {
		s.access.asked = true
		go func() {
			high := platform.HighContrast(s.ctx)
			s.post(func() {
				if high {
					s.access.systemContrast = true
					s.settingsChanged()
				}
			})
		}()
	}
	own := s.kept()
	s.look.Size = own.TextSize()
	s.look.Contrast = s.access.systemContrast || own.Contrast == settings.HighContrast
	theme := ui.NewTheme(s.look.Contrast, s.look.Size)
	if name := theme.Name(); name != s.access.theme {
		s.access.theme = name
		s.loop.Do(func() { s.app.Settings().SetTheme(theme) })
	}
	if wanted := s.wantedHotkey(); wanted != s.access.hotkey || s.access.hotkeyFailed != "" {
		s.access.hotkeyFailed = s.takeHotkey(wanted)
		if s.access.hotkey = wanted; s.access.hotkeyFailed != "" {
			s.log.Warn("no hotkey", "reason", s.access.hotkeyFailed)
		}
	}
}

func (s *shell) wantedHotkey() string {
	if own := s.kept().Hotkey; own != nil {
		return *own
	}
	return hotkey.Usual
}

// takeHotkey makes a combination give the newest popup the keyboard, and says why it cannot in a
// sentence.
func (s *shell) takeHotkey(text string) (failed string) {
	keyboard, ok := s.host.(platform.Keyboard)
	if !ok {
		return ""
	}
	key, err := hotkey.Parse(text)
	if err == nil {
		err = keyboard.SetHotkey(key, s.typeIntoPopup)
	}
	switch {
	case err == nil:
		return ""
	case errors.Is(err, platform.ErrHotkeyTaken):
		return s.texts.SayWith("settings.hotkey_taken", map[string]any{"Keys": text})
	}
	return s.texts.SayWith("settings.hotkey_failed", map[string]any{"Keys": text, "Reason": err.Error()})
}

// typeIntoPopup is what the hotkey does; it is called by the host, which is not held up though the
// shell may wait for it at this moment.
func (s *shell) typeIntoPopup() {
	go s.post(func() {
		if p, ok := s.popups.(interface{ Keyboard() }); ok { // the desktop's own notifications have keys of their own
			p.Keyboard()
		}
	})
}

// tryHotkey is for the settings: what cannot be had is not taken, and the one before stays. It
// belongs to Fyne's goroutine.
func (s *shell) tryHotkey(text string) (failed string) {
	s.ask(func() {
		if failed = s.takeHotkey(text); failed != "" {
			s.access.hotkeyFailed = s.takeHotkey(s.access.hotkey)
			return
		}
		s.access.hotkey, s.access.hotkeyFailed = text, ""
	})
	return failed
}

// accessFor adds to the settings what they need for it.
func (s *shell) accessFor(in *ui.SettingsInput) {
	if _, ok := s.host.(platform.Keyboard); ok {
		in.TryHotkey, in.HotkeyFailed = s.tryHotkey, s.access.hotkeyFailed
	}
}

// hookKeys has a window's keys heard before its widgets hear them.
func hookKeys(window fyne.Window, press func(fyne.KeyName, fyne.KeyModifier) bool, after, pointer func()) {
	idle.HookKeys(window, idle.KeyHooks{Press: press, After: after, Pointer: pointer})
}
