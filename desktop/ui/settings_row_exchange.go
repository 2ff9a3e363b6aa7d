package ui

import (
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// exchangeRow exports and imports the settings.
func exchangeRow(f *SettingsForm) settingsRow {
	say := f.texts.Say
	return settingsRow{label: say("settings.exchange"), control: tight(container.NewHBox(
		widget.NewButtonWithIcon(say("settings.export"), theme.DownloadIcon(), f.do.Export),
		widget.NewButtonWithIcon(say("settings.import"), theme.UploadIcon(), f.do.Import),
	), caption(say("settings.exchange_hint")))}
}
