package setup

import (
	"traybell/desktop/ui/control"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
)

// optionsPart is the group "Options", in this order; each row has a file (row_*.go).
type optionsPart struct {
	form *Form
	rows []row
	hint string // below the rows
}

func newOptionsPart(f *Form) *optionsPart {
	p := &optionsPart{form: f, rows: []row{
		cornerRow(f),
		monitorRow(f),
		showRow(f),
		scaleRow(f),
		textScaleRow(f),
		themeRow(f),
		contrastRow(f),
		hotkeyRow(f),
	}}
	p.rows = append(p.rows, callKeyRows(f)...)
	p.rows = append(p.rows,
		languageRow(f),
		internalRow(f),
		quietRow(f),
		systemRow(f),
		updatesRow(f),
		exchangeRow(f),
	)
	return p
}

func (p *optionsPart) content() fyne.CanvasObject {
	rows := p.form.rowsBelow(p.form.texts.Say("settings.options"), p.rows)
	if p.hint == "" {
		return rows
	}
	return container.NewVBox(rows, control.Caption(p.hint))
}

func (p *optionsPart) read(r *Result) bool { return readRows(p.rows, r) }
