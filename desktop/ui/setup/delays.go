package setup

import (
	"strconv"

	"traybell/desktop/settings"
	"traybell/desktop/ui/control"
	"traybell/shared/protocol"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// delaysPart sets the kinds of popups and their delays.
type delaysPart struct {
	form  *Form
	kinds []*kindRow // incoming, answer, warning
}

func newDelaysPart(f *Form) *delaysPart {
	say, popups := f.texts.Say, f.force.Popups
	return &delaysPart{form: f, kinds: []*kindRow{
		newKindRow(f, say("settings.incoming"), settings.KeyIncoming, popups.Incoming),
		newKindRow(f, say("settings.answer"), settings.KeyAnswer, popups.Answer),
		newKindRow(f, say("settings.warning"), settings.KeyWarning, popups.Warning),
	}}
}

func (p *delaysPart) content() fyne.CanvasObject {
	say := p.form.texts.Say
	columns := func(cells ...fyne.CanvasObject) fyne.CanvasObject {
		return container.NewGridWithColumns(len(cells), cells...)
	}
	line := func(name, cells, end fyne.CanvasObject) fyne.CanvasObject {
		return container.NewBorder(nil, nil, container.New(control.Narrow(labelWidth), name),
			container.New(control.Narrow(testWidth), end), cells)
	}
	box := container.NewVBox(section(say("settings.delays")), line(
		widget.NewLabel(""),
		columns(
			container.NewCenter(widget.NewLabel(say("settings.show_popup"))),
			widget.NewLabel(say("settings.appear")),
			widget.NewLabel(say("settings.show")),
			widget.NewLabel(say("settings.disappear")),
		),
		widget.NewLabel(""),
	))
	for _, k := range p.kinds {
		test := widget.NewButton(say("settings.test"), func() { p.test(k) })
		cells := line(control.Wrapped(k.name),
			columns(container.NewCenter(k.enabledControl()), k.appear.Entry, k.show.Entry, k.disappear.Entry), test)
		box.Add(control.Tight(cells, k.below))
	}
	box.Add(container.NewBorder(nil, nil, container.New(control.Narrow(labelWidth)), nil,
		control.Caption(say("settings.show_zero"))))
	return box
}

// testWidth is the width of the buttons.
const testWidth = 100

// test shows a popup with the delays of the form.
func (p *delaysPart) test(k *kindRow) {
	if !k.valid() {
		return
	}
	popups := p.form.force.Popups
	for i, on := range []*protocol.PopupKind{&popups.Incoming, &popups.Answer, &popups.Warning} {
		if p.kinds[i].valid() {
			*on = p.kinds[i].current()
		}
		if p.kinds[i] == k {
			on.Enabled = true
		}
	}
	p.form.do.Test(k.key, popups)
}

func (p *delaysPart) read(r *Result) bool {
	valid := true
	for _, k := range p.kinds {
		valid = k.valid() && valid
	}
	if !valid {
		return false
	}
	hub := p.form.in.Hub.Popups
	r.Own.Incoming = p.kinds[0].result(hub.Incoming)
	r.Own.Answer = p.kinds[1].result(hub.Answer)
	r.Own.Warning = p.kinds[2].result(hub.Warning)
	return true
}

// kindRow is the settings of one kind of popup, with a shared line for problems.
type kindRow struct {
	form                    *Form
	name, key               string
	enabled                 *widget.Check
	appear, show, disappear *control.Field
	note                    *control.Note
	below                   *fyne.Container // contains the note, aligned with the fields
}

func newKindRow(f *Form, name, key string, in protocol.PopupKind) *kindRow {
	r := &kindRow{form: f, name: name, key: key, enabled: widget.NewCheck("", nil), note: control.NewNote()}
	r.below = container.New(layout.NewCustomPaddedLayout(0, 0, labelWidth, 0), r.note)
	r.below.Hide()
	r.enabled.SetChecked(in.Enabled)
	if f.force.Locked(key + ".enabled") {
		r.enabled.Disable()
		r.setNote(f.texts.Say("settings.locked"), theme.ColorNamePlaceHolder)
	}
	delay := func(part string, ms, most int) *control.Field {
		d := control.NewField(f.texts, strconv.Itoa(ms), "", "", func(text string) *settings.Problem {
			_, wrong := settings.CheckDelay(text, most)
			return wrong
		})
		d.Entry.OnChanged = func(string) { r.valid() }
		if f.force.Locked(key + part) {
			d.Lock(strconv.Itoa(ms))
			r.setNote(f.texts.Say("settings.locked"), theme.ColorNamePlaceHolder)
		}
		return d
	}
	r.appear = delay(".appear", in.Appear, settings.MaxFade)
	r.show = delay(".show", in.Show, settings.MaxShow)
	r.disappear = delay(".disappear", in.Disappear, settings.MaxFade)
	return r
}

// setNote shows a text below the fields. It takes no space if empty.
func (r *kindRow) setNote(text string, color fyne.ThemeColorName) {
	r.note.Set(text, color)
	if text == "" {
		r.below.Hide()
	} else {
		r.below.Show()
	}
}

// enabledControl is the check, with a lock icon if it is locked.
func (r *kindRow) enabledControl() fyne.CanvasObject {
	if !r.enabled.Disabled() {
		return r.enabled
	}
	return container.NewHBox(r.enabled, control.NewLock(r.form.texts))
}

// current returns the valid delays of the form.
func (r *kindRow) current() protocol.PopupKind {
	ms := func(d *control.Field) int {
		n, _ := settings.CheckDelay(d.Entry.Text, settings.MaxShow)
		return n
	}
	return protocol.PopupKind{
		Enabled: r.enabled.Checked, Appear: ms(r.appear), Show: ms(r.show), Disappear: ms(r.disappear),
	}
}

func (r *kindRow) valid() bool {
	for _, d := range []*control.Field{r.appear, r.show, r.disappear} {
		if !d.Valid() {
			r.setNote(d.Below.Text(), theme.ColorNameError)
			return false
		}
	}
	if !r.enabled.Disabled() && !r.appear.Locked && !r.show.Locked && !r.disappear.Locked {
		r.setNote("", theme.ColorNamePlaceHolder)
	}
	return true
}

// result returns what differs from the administrator's settings.
func (r *kindRow) result(hub protocol.PopupKind) settings.Kind {
	var k settings.Kind
	if on := r.enabled.Checked; on != hub.Enabled && !r.enabled.Disabled() {
		k.Enabled = &on
	}
	other := func(d *control.Field, hub int) *int {
		ms, wrong := settings.CheckDelay(d.Entry.Text, settings.MaxShow)
		if wrong != nil || d.Locked || ms == hub {
			return nil
		}
		return &ms
	}
	k.Appear, k.Show, k.Disappear = other(r.appear, hub.Appear), other(r.show, hub.Show), other(r.disappear,
		hub.Disappear)
	return k
}
