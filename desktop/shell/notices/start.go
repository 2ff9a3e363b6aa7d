package notices

import (
	"errors"

	"traybell/desktop/settings"
	"traybell/desktop/shell/preferences"
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
