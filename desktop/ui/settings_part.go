package ui

import (
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// settingsPart is one group of settings on a tab.
type settingsPart interface {
	content() fyne.CanvasObject
	// read writes into the result what the agent wants. Where a field is wrong it says so beside
	// it, and returns false.
	read(r *SettingsResult) bool
}

// settingsRow is one setting among others of its group: what it is called, what it is set with, and
// what that means. A file of its own builds it; the group's list names it.
type settingsRow struct {
	label   string // in the agent's language
	control fyne.CanvasObject
	// read is as the part's; nil where the control does what it says at once.
	read func(r *SettingsResult) bool
	// locked: the administrator has set it, which the row says below the control; the control is
	// disabled by who built it.
	locked bool
}

// rowsBelow lays out rows below a heading; the labels of all groups are of one width, so that the
// whole tab has two columns.
func (f *SettingsForm) rowsBelow(title string, rows []settingsRow) fyne.CanvasObject {
	box := container.NewVBox()
	if title != "" {
		box.Add(section(title))
	}
	for _, r := range rows {
		if r.locked {
			r.control = tight(container.NewBorder(nil, nil, nil, f.newLock(), r.control),
				caption(f.texts.Say("settings.locked")))
		}
		box.Add(container.NewBorder(nil, nil, container.NewVBox(container.New(narrow(labelWidth), wrapped(r.label))),
			nil, r.control))
	}
	return box
}

// section begins a group: its title over a line.
func section(title string) fyne.CanvasObject {
	return container.NewVBox(tight(heading(title), widget.NewSeparator()))
}

// labelWidth is that of the left column.
const labelWidth = 170

// readRows reads each row, so that every field that is wrong says so.
func readRows(rows []settingsRow, r *SettingsResult) bool {
	valid := true
	for _, row := range rows {
		if row.read != nil {
			valid = row.read(r) && valid
		}
	}
	return valid
}

// page is a tab's contents, clear of the scroll bar.
func page(content fyne.CanvasObject) fyne.CanvasObject {
	over := newWheel()
	over.scroll = container.NewVScroll(container.NewStack(container.New(layout.NewCustomPaddedLayout(theme.Padding(),
		theme.Padding(), 0, theme.Padding()*3),
		content),
		over))
	return over.scroll
}

// wheel lies over a tab and hears the pointer's wheel, and nothing else: a field scrolls its own
// text, and would keep the wheel from the tab.
type wheel struct {
	widget.BaseWidget
	scroll *container.Scroll
}

func newWheel() *wheel {
	w := &wheel{}
	w.ExtendBaseWidget(w)
	return w
}

// CreateRenderer draws nothing.
func (w *wheel) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(container.NewWithoutLayout())
}

// Scrolled implements fyne.Scrollable.
func (w *wheel) Scrolled(e *fyne.ScrollEvent) { w.scroll.Scrolled(e) }

// narrow gives its contents a width and their own height.
type narrow float32

// Layout fills the room.
func (narrow) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		o.Resize(size)
	}
}

// MinSize is as wide as was asked, at the usual size of text.
func (n narrow) MinSize(objects []fyne.CanvasObject) fyne.Size {
	size := fyne.NewSize(float32(n)*textSize(), 0)
	for _, o := range objects {
		size = size.Max(fyne.NewSize(0, o.MinSize().Height))
	}
	return size
}

func label(text string) *widget.Label { return widget.NewLabel(text) }

func wrapped(text string) *widget.Label {
	l := widget.NewLabel(text)
	l.Wrapping = fyne.TextWrapWord
	return l
}

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
