package setup

import (
	"traybell/assets/translations"
	"traybell/desktop/settings"
	"traybell/desktop/ui/control"
)

// languageRow sets the language.
func languageRow(f *Form) row {
	names, codes := []string{f.texts.Say("settings.follow_admin")}, []string{""}
	for _, l := range translations.Languages() {
		names, codes = append(names, l.Name), append(codes, l.Code)
	}
	language := control.NewChoice(names, codes, f.in.Own.Language)
	locked := f.force.Locked(settings.KeyLanguage)
	if locked {
		language.Disable()
	}
	return row{
		label: f.texts.Say("settings.language"), control: language.Select, locked: locked,
		read: func(r *Result) bool {
			if !locked {
				r.Own.Language = language.Value()
			}
			return true
		},
	}
}
