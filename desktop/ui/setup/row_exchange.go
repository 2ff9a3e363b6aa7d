package setup

import (
	"traybell/desktop/ui/control"

	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// exchangeRow exports and imports the settings.
func exchangeRow(f *Form) row {
	say := f.texts.Say
	return row{label: say("settings.exchange"), control: control.Tight(container.NewHBox(
		widget.NewButtonWithIcon(say("settings.export"), theme.DownloadIcon(), f.do.Export),
		widget.NewButtonWithIcon(say("settings.import"), theme.UploadIcon(), f.do.Import),
	), control.Caption(say("settings.exchange_hint")))}
}
