package ui

import (
	"strconv"

	"traybell/desktop/settings"
	"traybell/shared/protocol"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// delaysPart is whether there are popups of each kind, and how long they take.
type delaysPart struct {
	form  *SettingsForm
	kinds []*kindRow // incoming, answer, warning
}

func newDelaysPart(f *SettingsForm) *delaysPart {
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
		return container.NewBorder(nil, nil, container.New(narrow(labelWidth), name),
			container.New(narrow(testWidth), end), cells)
	}
	box := container.NewVBox(section(say("settings.delays")), line(label(""),
		columns(container.NewCenter(label(say("settings.show_popup"))), label(say("settings.appear")),
			label(say("settings.show")), label(say("settings.disappear"))), label("")))
	for _, k := range p.kinds {
		test := widget.NewButton(say("settings.test"), func() { p.test(k) })
		cells := line(wrapped(k.name),
			columns(container.NewCenter(k.switches()), k.appear.entry, k.show.entry, k.disappear.entry), test)
		box.Add(tight(cells, k.below))
	}
	box.Add(container.NewBorder(nil, nil, container.New(narrow(labelWidth)), nil, caption(say("settings.show_zero"))))
	return box
}

// testWidth is that of the buttons at the ends of the rows.
const testWidth = 100

// test shows a popup of a kind as the form has it.
func (p *delaysPart) test(k *kindRow) {
	if !k.valid() {
		return
	}
	popups := p.form.force.Popups
	for i, on := range []*protocol.PopupKind{&popups.Incoming, &popups.Answer, &popups.Warning} {
		if p.kinds[i].valid() {
			*on = p.kinds[i].now()
		}
		if p.kinds[i] == k {
			on.Enabled = true
		}
	}
	p.form.do.Test(k.key, popups)
}

func (p *delaysPart) read(r *SettingsResult) bool {
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

// kindRow are the settings of one kind of popup; what is wrong with any of them is said below all
// rows.
type kindRow struct {
	form                    *SettingsForm
	name, key               string
	enabled                 *widget.Check
	appear, show, disappear *field
	note                    *note
	below                   *fyne.Container // the note, where the fields are
}

func newKindRow(f *SettingsForm, name, key string, in protocol.PopupKind) *kindRow {
	r := &kindRow{form: f, name: name, key: key, enabled: widget.NewCheck("", nil), note: newNote()}
	r.below = container.New(layout.NewCustomPaddedLayout(0, 0, labelWidth, 0), r.note)
	r.below.Hide()
	r.enabled.SetChecked(in.Enabled)
	if f.force.Locked(key + ".enabled") {
		r.enabled.Disable()
		r.say(f.texts.Say("settings.locked"), theme.ColorNamePlaceHolder)
	}
	delay := func(part string, ms, most int) *field {
		d := newField(f.texts, strconv.Itoa(ms), "", "", func(text string) *settings.Problem {
			_, wrong := settings.CheckDelay(text, most)
			return wrong
		})
		d.entry.OnChanged = func(string) { r.valid() }
		if f.force.Locked(key + part) {
			d.lock(strconv.Itoa(ms))
			r.say(f.texts.Say("settings.locked"), theme.ColorNamePlaceHolder)
		}
		return d
	}
	r.appear = delay(".appear", in.Appear, settings.MaxFade)
	r.show = delay(".show", in.Show, settings.MaxShow)
	r.disappear = delay(".disappear", in.Disappear, settings.MaxFade)
	return r
}

// say writes below the fields; an empty text takes no room.
func (r *kindRow) say(text string, color fyne.ThemeColorName) {
	r.note.say(text, color)
	if text == "" {
		r.below.Hide()
	} else {
		r.below.Show()
	}
}

// switches is whether there is a popup, with a lock where that is not the agent's to say.
func (r *kindRow) switches() fyne.CanvasObject {
	if !r.enabled.Disabled() {
		return r.enabled
	}
	return container.NewHBox(r.enabled, r.form.newLock())
}

// now are the delays as they stand; they are valid.
func (r *kindRow) now() protocol.PopupKind {
	ms := func(d *field) int {
		n, _ := settings.CheckDelay(d.entry.Text, settings.MaxShow)
		return n
	}
	return protocol.PopupKind{
		Enabled: r.enabled.Checked, Appear: ms(r.appear), Show: ms(r.show), Disappear: ms(r.disappear),
	}
}

func (r *kindRow) valid() bool {
	for _, d := range []*field{r.appear, r.show, r.disappear} {
		if !d.valid() {
			r.say(d.below.text.Text, theme.ColorNameError)
			return false
		}
	}
	if !r.enabled.Disabled() && !r.appear.locked && !r.show.locked && !r.disappear.locked {
		r.say("", theme.ColorNamePlaceHolder)
	}
	return true
}

// result is what the agent wants otherwise than the administrator.
func (r *kindRow) result(hub protocol.PopupKind) settings.Kind {
	var k settings.Kind
	if on := r.enabled.Checked; on != hub.Enabled && !r.enabled.Disabled() {
		k.Enabled = &on
	}
	other := func(d *field, hub int) *int {
		ms, wrong := settings.CheckDelay(d.entry.Text, settings.MaxShow)
		if wrong != nil || d.locked || ms == hub {
			return nil
		}
		return &ms
	}
	k.Appear, k.Show, k.Disappear = other(r.appear, hub.Appear), other(r.show, hub.Show), other(r.disappear,
		hub.Disappear)
	return k
}
