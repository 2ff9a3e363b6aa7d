package ui

import (
	"traybell/assets/translations"
	"traybell/desktop/settings"
)

// languageRow sets the language.
func languageRow(f *SettingsForm) settingsRow {
	names, codes := []string{f.texts.Say("settings.follow_admin")}, []string{""}
	for _, l := range translations.Languages() {
		names, codes = append(names, l.Name), append(codes, l.Code)
	}
	language := newChoice(names, codes, f.in.Own.Language)
	locked := f.force.Locked(settings.KeyLanguage)
	if locked {
		language.Disable()
	}
	return settingsRow{
		label: f.texts.Say("settings.language"), control: language.Select, locked: locked,
		read: func(r *SettingsResult) bool {
			if !locked {
				r.Own.Language = language.value()
			}
			return true
		},
	}
}
