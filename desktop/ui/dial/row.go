package dial

import (
	"traybell/desktop/ui/control"
	"traybell/shared/protocol"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// row is a number in the list: what it is, whose, and the number.
type row struct {
	widget.BaseWidget
	kind        *widget.Icon
	name, about *widget.Label
	number      *widget.Label
}

func newRow() *row {
	r := &row{
		kind: widget.NewIcon(nil), name: widget.NewLabel(""), about: widget.NewLabel(""), number: widget.NewLabel(""),
	}
	r.name.TextStyle.Bold, r.name.Truncation = true, fyne.TextTruncateEllipsis
	r.about.SizeName, r.about.Truncation = theme.SizeNameCaptionText, fyne.TextTruncateEllipsis
	r.about.Importance = widget.LowImportance
	r.number.Alignment = fyne.TextAlignTrailing
	r.ExtendBaseWidget(r)
	return r
}

// CreateRenderer implements fyne.Widget.
func (r *row) CreateRenderer() fyne.WidgetRenderer {
	left := container.NewPadded(container.NewCenter(container.NewGridWrap(fyne.NewSquareSize(20), r.kind)))
	return widget.NewSimpleRenderer(container.NewBorder(nil, nil, left, container.NewCenter(r.number),
		control.Tight(r.name, r.about)))
}

func (r *row) show(n Number) {
	switch n.Kind {
	case protocol.NumberColleague:
		r.kind.SetResource(theme.NewThemedResource(theme.AccountIcon()))
	case protocol.NumberCustomer:
		r.kind.SetResource(theme.NewThemedResource(theme.HomeIcon()))
	case protocol.NumberBook:
		r.kind.SetResource(theme.NewThemedResource(theme.ListIcon()))
	case protocol.NumberPersonal:
		r.kind.SetResource(theme.NewThemedResource(theme.DocumentSaveIcon()))
	default:
		r.kind.SetResource(theme.NewThemedResource(theme.HistoryIcon()))
	}
	name, number := n.Name, n.Display
	if name == "" {
		name, number = n.Display, ""
	}
	r.name.SetText(name)
	r.about.SetText(n.About)
	r.number.SetText(number)
}
