package ui

import (
	"strings"

	"traybell/desktop/hotkey"
	"traybell/desktop/settings"

	"fyne.io/fyne/v2/theme"
)

// textScaleRow sets the text size of windows and cards.
func textScaleRow(f *SettingsForm) settingsRow {
	size := newField(f.texts, number(f.in.Own.TextScale), "100", f.texts.Say("settings.text_scale_hint"),
		func(text string) *settings.Problem {
			_, wrong := settings.CheckTextScale(text)
			return wrong
		})
	return settingsRow{
		label: f.texts.Say("settings.text_scale"), control: size.box, read: func(r *SettingsResult) bool {
			r.Own.TextScale, _ = settings.CheckTextScale(size.entry.Text)
			return size.valid()
		},
	}
}

// contrastRow sets the contrast.
func contrastRow(f *SettingsForm) settingsRow {
	say := f.texts.Say
	contrast := newChoice([]string{say("settings.contrast_system"), say("settings.contrast_high")}, []string{
		"", settings.HighContrast,
	}, f.in.Own.Contrast)
	return settingsRow{label: say("settings.contrast"), control: contrast.Select, read: func(r *SettingsResult) bool {
		r.Own.Contrast = contrast.value()
		return true
	}}
}

// hotkeyRow sets the hotkey. Conflicts are detected on save, by registering it.
func hotkeyRow(f *SettingsForm) settingsRow {
	say, was := f.texts.Say, hotkey.Usual
	if own := f.in.Own.Hotkey; own != nil {
		was = *own
	}
	if f.in.TryHotkey == nil { // not supported on this system
		none := newField(f.texts, "", "", say("settings.hotkey_none"), nil)
		none.entry.Disable()
		return settingsRow{label: say("settings.hotkey"), control: none.box}
	}
	keys := newField(f.texts, was, say("settings.hotkey_off"), say("settings.hotkey_hint"), settings.CheckHotkey)
	if f.in.HotkeyFailed != "" {
		keys.below.set(f.in.HotkeyFailed, theme.ColorNameError)
	}
	return settingsRow{label: say("settings.hotkey"), control: keys.box, read: func(r *SettingsResult) bool {
		if !keys.valid() {
			return false
		}
		text := strings.TrimSpace(keys.entry.Text)
		if text == was && f.in.HotkeyFailed == "" {
			return true
		}
		if failed := f.in.TryHotkey(text); failed != "" && text != was {
			keys.below.set(failed, theme.ColorNameError)
			return false
		}
		if text != was {
			r.Own.Hotkey = &text
		}
		return true
	}}
}
