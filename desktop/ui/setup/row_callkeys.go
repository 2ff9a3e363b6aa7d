package setup

import (
	"strings"

	"traybell/desktop/settings"
	"traybell/desktop/ui/control"
)

// callKeyRows set the hotkeys for calls. They are held only while a call can be answered and so on:
// whether another program has them shows then.
func callKeyRows(f *Form) (rows []row) {
	if f.in.TryHotkey == nil {
		return nil
	}
	names := map[string]string{
		settings.KeyOfAnswer: "settings.key_answer", settings.KeyOfHangup: "settings.key_hangup",
		settings.KeyOfHold: "settings.key_hold", settings.KeyOfDial: "settings.key_dial",
	}
	for _, key := range settings.CallKeyNames() {
		was := f.in.Own.CallKey(key)
		keys := control.NewField(f.texts, was, f.texts.Say("settings.hotkey_off"), f.texts.Say("settings.key_hint"),
			settings.CheckHotkey)
		rows = append(rows, row{label: f.texts.Say(names[key]), control: keys.Box, read: func(r *Result) bool {
			if text := strings.TrimSpace(keys.Entry.Text); keys.Valid() && text != was {
				*r.Own.Hotkeys.Of(key) = &text
			}
			return keys.Valid()
		}})
	}
	return rows
}
