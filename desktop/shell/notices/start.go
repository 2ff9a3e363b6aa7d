package notices

import (
	"cmp"
	"errors"
	"strings"

	"traybell/assets/translations"
	"traybell/desktop/settings"
	"traybell/desktop/shell/preferences"
	"traybell/desktop/ui"
	"traybell/desktop/windows/setup"
)

// TellStart shows cards about problems before the start.
func (b *Board) TellStart(err error, crashed bool) {
	if crashed {
		b.Warn("crashed", "notice.crashed", b.texts.Say("notice.crashed_why"))
	}
	if broken, ok := errors.AsType[*settings.Broken](err); ok {
		b.Keep("settings", "notice.settings_broken",
			b.texts.SayWith("notice.settings_broken_why", map[string]any{"Aside": broken.Aside}))
	}
	file, ok := errors.AsType[*preferences.ComputerError](err)
	if !ok {
		return
	}
	reason := file.Err.Error()
	if wrong, ok := errors.AsType[*settings.FileError](file.Err); ok {
		reason = setup.WrongFile(b.texts, wrong)
	}
	b.Keep("computer", "notice.computer",
		b.texts.SayWith("settings.file_of", map[string]any{"File": file.Path, "Reason": reason}))
}

// WithoutDisplay is the text of About where there is no display for its window.
func WithoutDisplay(texts *translations.Texts, a ui.About) string {
	return strings.Join([]string{
		texts.SayWith("notice.no_display_why", map[string]any{"File": a.Settings}),
		texts.Say("about.connection") + ": " + a.Connection,
		texts.Say("about.version") + ": " + cmp.Or(a.Version, texts.Say("about.none")),
		texts.Say("about.popups") + ": " + a.Popups,
		texts.Say("about.log") + ": " + a.Log,
	}, "\n")
}
