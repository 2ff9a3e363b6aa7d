package dial

import (
	"strings"

	"traybell/shared/protocol"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// edit saves the number that Enter would dial, or renames or removes one of the agent's own.
type edit struct {
	view   *View
	of     Number
	open   *widget.Button
	name   *widget.Entry
	keep   *widget.Button
	remove *widget.Button
	row    *fyne.Container
}

func newEdit(v *View) *edit {
	e := &edit{view: v, open: widget.NewButton(v.texts.Say("dial.save"), nil), name: widget.NewEntry()}
	e.open.OnTapped = e.toggle
	e.name.SetPlaceHolder(v.texts.Say("dial.name"))
	e.name.OnChanged = func(text string) {
		if strings.TrimSpace(text) == "" {
			e.keep.Disable()
		} else {
			e.keep.Enable()
		}
	}
	e.keep = widget.NewButtonWithIcon(v.texts.Say("dial.keep"), theme.ConfirmIcon(), e.save)
	e.name.OnSubmitted = func(string) { e.save() }
	e.remove = widget.NewButtonWithIcon(v.texts.Say("dial.remove"), theme.DeleteIcon(), func() {
		v.do.Remove(e.of.Number)
	})
	e.row = container.NewBorder(nil, nil, nil, container.NewHBox(e.keep, e.remove), e.name)
	e.row.Hide()
	return e
}

// offer follows what Enter dials. Extensions of colleagues, the company's numbers and hidden ones are
// not saved.
func (e *edit) offer(of Number, ok bool) {
	if !ok || of != e.of {
		e.row.Hide()
	}
	e.of = of
	own := of.Kind == protocol.NumberPersonal
	if own {
		e.open.SetText(e.view.texts.Say("dial.change"))
		e.remove.Show()
	} else {
		e.open.SetText(e.view.texts.Say("dial.save"))
		e.remove.Hide()
	}
	if own || ok && of.Kind != protocol.NumberColleague && of.Kind != protocol.NumberBook &&
		!strings.HasPrefix(of.Number, protocol.Alias) {
		e.open.Show()
	} else {
		e.open.Hide()
	}
}

func (e *edit) toggle() {
	if e.row.Visible() {
		e.row.Hide()
		e.view.layOut()
		return
	}
	e.name.SetText(e.of.Name)
	e.name.OnChanged(e.of.Name)
	e.row.Show()
	e.view.layOut()
	if c := fyne.CurrentApp().Driver().CanvasForObject(e.name); c != nil {
		c.Focus(e.name)
	}
}

func (e *edit) save() {
	if name := strings.TrimSpace(e.name.Text); name != "" {
		e.view.do.Save(e.of.Number, name)
	}
}
