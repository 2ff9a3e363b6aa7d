package setup

import (
	"strings"

	"traybell/desktop/hotkey"
	"traybell/desktop/settings"
	"traybell/desktop/ui/control"

	"fyne.io/fyne/v2/theme"
)

// textScaleRow sets the text size of windows and cards.
func textScaleRow(f *Form) row {
	size := control.NewField(f.texts, number(f.in.Own.TextScale), "100", f.texts.Say("settings.text_scale_hint"),
		func(text string) *settings.Problem {
			_, wrong := settings.CheckTextScale(text)
			return wrong
		})
	return row{
		label: f.texts.Say("settings.text_scale"), control: size.Box, read: func(r *Result) bool {
			r.Own.TextScale, _ = settings.CheckTextScale(size.Entry.Text)
			return size.Valid()
		},
	}
}

// themeRow chooses light or dark.
func themeRow(f *Form) row {
	say := f.texts.Say
	theme := control.NewChoice(
		[]string{say("settings.theme_system"), say("settings.theme_light"), say("settings.theme_dark")},
		[]string{"", settings.Light, settings.Dark},
		f.in.Own.Theme,
	)
	return row{label: say("settings.theme"), control: theme.Select, read: func(r *Result) bool {
		r.Own.Theme = theme.Value()
		return true
	}}
}

// contrastRow sets the contrast.
func contrastRow(f *Form) row {
	say := f.texts.Say
	contrast := control.NewChoice([]string{say("settings.contrast_system"), say("settings.contrast_high")}, []string{
		"", settings.HighContrast,
	}, f.in.Own.Contrast)
	return row{label: say("settings.contrast"), control: contrast.Select, read: func(r *Result) bool {
		r.Own.Contrast = contrast.Value()
		return true
	}}
}

// hotkeyRow sets the hotkey. Conflicts are detected on save, by registering it.
func hotkeyRow(f *Form) row {
	say, was := f.texts.Say, hotkey.Usual
	if own := f.in.Own.Hotkey; own != nil {
		was = *own
	}
	if f.in.TryHotkey == nil { // not supported on this system
		none := control.NewField(f.texts, "", "", say("settings.hotkey_none"), nil)
		none.Entry.Disable()
		return row{label: say("settings.hotkey"), control: none.Box}
	}
	keys := control.NewField(
		f.texts,
		was,
		say("settings.hotkey_off"),
		say("settings.hotkey_hint"),
		settings.CheckHotkey,
	)
	if f.in.HotkeyFailed != "" {
		keys.Below.Set(f.in.HotkeyFailed, theme.ColorNameError)
	}
	return row{label: say("settings.hotkey"), control: keys.Box, read: func(r *Result) bool {
		if !keys.Valid() {
			return false
		}
		text := strings.TrimSpace(keys.Entry.Text)
		if text == was && f.in.HotkeyFailed == "" {
			return true
		}
		if failed := f.in.TryHotkey(text); failed != "" && text != was {
			keys.Below.Set(failed, theme.ColorNameError)
			return false
		}
		if text != was {
			r.Own.Hotkey = &text
		}
		return true
	}}
}
