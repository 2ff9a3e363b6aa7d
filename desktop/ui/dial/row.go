package dial

import (
	"traybell/desktop/ui/control"
	"traybell/shared/protocol"

	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// newRow returns a row of the list: what a number is, whose, and the number.
func newRow() *control.Row {
	r := control.NewRow()
	r.About.Importance = widget.LowImportance
	return r
}

func fill(r *control.Row, n Number) {
	switch n.Kind {
	case protocol.NumberColleague:
		r.Icon.SetResource(theme.NewThemedResource(theme.AccountIcon()))
	case protocol.NumberCustomer:
		r.Icon.SetResource(theme.NewThemedResource(theme.HomeIcon()))
	case protocol.NumberBook:
		r.Icon.SetResource(theme.NewThemedResource(theme.ListIcon()))
	case protocol.NumberPersonal:
		r.Icon.SetResource(theme.NewThemedResource(theme.DocumentSaveIcon()))
	default:
		r.Icon.SetResource(theme.NewThemedResource(theme.HistoryIcon()))
	}
	name, number := n.Name, n.Display
	if name == "" {
		name, number = n.Display, ""
	}
	r.Name.SetText(name)
	r.About.SetText(n.About)
	r.Number.SetText(number)
}
