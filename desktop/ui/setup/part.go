package setup

import (
	"strconv"

	"traybell/desktop/ui/control"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// part is a group of settings on a tab.
type part interface {
	content() fyne.CanvasObject
	// read writes the fields into r. It returns false if one is invalid, which shows its problem.
	read(r *Result) bool
}

// row is a setting in a group.
type row struct {
	label   string // translated
	control fyne.CanvasObject
	// read is like part.read. It is nil if the control acts at once.
	read func(r *Result) bool
	// locked by the administrator, as noted below the control, which is disabled by its row.
	locked bool
}

// rowsBelow places rows below a heading. Labels have the same width in all groups of a tab.
func (f *Form) rowsBelow(title string, rows []row) fyne.CanvasObject {
	box := container.NewVBox()
	if title != "" {
		box.Add(section(title))
	}
	for _, r := range rows {
		if r.locked {
			r.control = control.Tight(container.NewBorder(nil, nil, nil, control.NewLock(f.texts), r.control),
				control.Caption(f.texts.Say("settings.locked")))
		}
		name := container.New(control.Narrow(labelWidth), control.Wrapped(r.label))
		box.Add(container.NewBorder(nil, nil, container.NewVBox(name), nil, r.control))
	}
	return box
}

// section is the title of a group with a line.
func section(title string) fyne.CanvasObject {
	return container.NewVBox(control.Tight(control.Heading(title), widget.NewSeparator()))
}

// labelWidth is the width of the left column.
const labelWidth = 170

// readRows reads all rows, so that every invalid field shows its problem.
func readRows(rows []row, r *Result) bool {
	valid := true
	for _, row := range rows {
		if row.read != nil {
			valid = row.read(r) && valid
		}
	}
	return valid
}

// page is the contents of a tab, with space for the scroll bar.
func page(content fyne.CanvasObject) fyne.CanvasObject {
	over := newWheel()
	over.scroll = container.NewVScroll(container.NewStack(container.New(layout.NewCustomPaddedLayout(theme.Padding(),
		theme.Padding(), 0, theme.Padding()*3),
		content),
		over))
	return over.scroll
}

// wheel covers a tab and handles the mouse wheel only: entries would scroll their own text instead
// of the tab.
type wheel struct {
	widget.BaseWidget
	scroll *container.Scroll
}

func newWheel() *wheel {
	w := &wheel{}
	w.ExtendBaseWidget(w)
	return w
}

// CreateRenderer implements fyne.Widget. It draws nothing.
func (w *wheel) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(container.NewWithoutLayout())
}

// Scrolled implements fyne.Scrollable.
func (w *wheel) Scrolled(e *fyne.ScrollEvent) { w.scroll.Scrolled(e) }

func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func percent(scale float32) string {
	if scale == 0 {
		return ""
	}
	return strconv.Itoa(int(scale*100 + 0.5))
}
