package ui

import "fyne.io/fyne/v2"

// optionsPart is the group "Options", in this order; each row has a file (settings_row_*.go).
type optionsPart struct {
	form *SettingsForm
	rows []settingsRow
}

func newOptionsPart(f *SettingsForm) *optionsPart {
	return &optionsPart{form: f, rows: []settingsRow{
		cornerRow(f),
		monitorRow(f),
		showRow(f),
		scaleRow(f),
		textScaleRow(f),
		contrastRow(f),
		hotkeyRow(f),
		languageRow(f),
		internalRow(f),
		quietRow(f),
		systemRow(f),
		exchangeRow(f),
	}}
}

func (p *optionsPart) content() fyne.CanvasObject {
	return p.form.rowsBelow(p.form.texts.Say("settings.options"), p.rows)
}

func (p *optionsPart) read(r *SettingsResult) bool { return readRows(p.rows, r) }
