package control

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Row is an entry of a list of people or numbers: an icon, a name with what is known of it below, and a
// number at the end.
type Row struct {
	widget.BaseWidget
	Icon                *widget.Icon
	Name, About, Number *widget.Label
}

// Named returns the labels for a name and for what is known of it, which stands below in small letters.
func Named() (name, about *widget.Label) {
	name, about = widget.NewLabel(""), widget.NewLabel("")
	name.TextStyle.Bold, name.Truncation = true, fyne.TextTruncateEllipsis
	about.SizeName, about.Truncation = theme.SizeNameCaptionText, fyne.TextTruncateEllipsis
	return name, about
}

// NewRow returns an empty row.
func NewRow() *Row {
	r := &Row{Icon: widget.NewIcon(nil), Number: widget.NewLabel("")}
	r.Name, r.About = Named()
	r.Number.Alignment = fyne.TextAlignTrailing
	r.ExtendBaseWidget(r)
	return r
}

// CreateRenderer implements fyne.Widget.
func (r *Row) CreateRenderer() fyne.WidgetRenderer {
	left := container.NewPadded(container.NewCenter(container.NewGridWrap(fyne.NewSquareSize(20), r.Icon)))
	return widget.NewSimpleRenderer(container.NewBorder(nil, nil, left, container.NewCenter(r.Number),
		Tight(r.Name, r.About)))
}
