package setup

import (
	"strings"

	"traybell/desktop/settings"
	"traybell/desktop/ui/control"
	"traybell/shared/link"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// linksPart is the second tab: the help desk's address and the links of a card.
type linksPart struct {
	form    *Form
	webPath *control.Field
	links   []*control.Field // ticket, CID, map
}

func newLinksPart(f *Form) *linksPart {
	say, own, hub := f.texts.Say, f.in.Own, f.in.Hub.Links
	p := &linksPart{form: f}
	p.webPath = control.NewField(f.texts, own.WebPath, "https://desk.example.com/otrs", say("settings.web_path_hint"),
		func(text string) *settings.Problem {
			_, wrong := settings.CheckWebPath(text)
			return wrong
		})
	p.links = []*control.Field{
		p.link(own.Ticket, hub.Ticket, settings.KeyTicket, say("settings.ticket_hint")),
		p.link(own.CID, hub.CID, settings.KeyCID, say("settings.cid_hint")),
		p.link(own.Map, hub.Map, settings.KeyMap, say("settings.map_hint")),
	}
	checkOne := p.webPath.Entry.OnChanged
	p.webPath.Entry.OnChanged = func(text string) {
		checkOne(text)
		for _, l := range p.links {
			l.Valid()
		}
	}
	p.valid() // saved links may be invalid
	return p
}

func (p *linksPart) link(own, admin, key, hint string) *control.Field {
	f := p.form
	placeholder := f.texts.Say("settings.link_default")
	if admin != "" {
		placeholder = admin
	}
	l := control.NewField(f.texts, own, placeholder, hint, func(text string) *settings.Problem {
		return settings.CheckLink(text, strings.TrimSpace(p.webPath.Entry.Text))
	})
	if f.force.Locked(key) {
		l.Lock(admin)
	}
	return l
}

func (p *linksPart) content() fyne.CanvasObject {
	say := p.form.texts.Say
	places := widget.NewLabel("<" + strings.Join(link.Names(), "> <") + ">")
	places.SizeName, places.TextStyle.Monospace, places.Wrapping = theme.SizeNameCaptionText, true, fyne.TextWrapWord
	places.Selectable = true
	return container.NewVBox(
		p.form.rowsBelow("", []row{
			{label: say("settings.web_path"), control: p.webPath.Box},
			{label: say("settings.ticket_link"), control: p.links[0].Content()},
			{label: say("settings.cid_link"), control: p.links[1].Content()},
			{label: say("settings.map_link"), control: p.links[2].Content()},
		}),
		section(say("settings.places")),
		places,
	)
}

func (p *linksPart) valid() bool {
	valid := true
	for _, field := range append([]*control.Field{p.webPath}, p.links...) {
		valid = field.Valid() && valid
	}
	return valid
}

func (p *linksPart) read(r *Result) bool {
	if !p.valid() {
		return false
	}
	r.Own.WebPath, _ = settings.CheckWebPath(p.webPath.Entry.Text)
	for i, on := range []*string{&r.Own.Ticket, &r.Own.CID, &r.Own.Map} {
		if !p.links[i].Locked {
			*on = strings.TrimSpace(p.links[i].Entry.Text)
		}
	}
	return true
}
