package ui

import (
	"strings"

	"traybell/desktop/settings"
	"traybell/shared/link"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
)

// linksPart is the second tab: the help desk's address and the links of a card.
type linksPart struct {
	form    *SettingsForm
	webPath *field
	links   []*field // ticket, CID, map
}

func newLinksPart(f *SettingsForm) *linksPart {
	say, own, hub := f.texts.Say, f.in.Own, f.in.Hub.Links
	p := &linksPart{form: f}
	p.webPath = newField(f.texts, own.WebPath, "https://desk.example.com/otrs", say("settings.web_path_hint"),
		func(text string) *settings.Problem {
			_, wrong := settings.CheckWebPath(text)
			return wrong
		})
	p.links = []*field{
		p.link(own.Ticket, hub.Ticket, settings.KeyTicket, say("settings.ticket_hint")),
		p.link(own.CID, hub.CID, settings.KeyCID, say("settings.cid_hint")),
		p.link(own.Map, hub.Map, settings.KeyMap, say("settings.map_hint")),
	}
	checkOne := p.webPath.entry.OnChanged
	p.webPath.entry.OnChanged = func(text string) {
		checkOne(text)
		for _, l := range p.links {
			l.valid()
		}
	}
	p.valid() // saved links may be invalid
	return p
}

func (p *linksPart) link(own, admin, key, hint string) *field {
	f := p.form
	placeholder := f.texts.Say("settings.link_default")
	if admin != "" {
		placeholder = admin
	}
	l := newField(f.texts, own, placeholder, hint, func(text string) *settings.Problem {
		return settings.CheckLink(text, strings.TrimSpace(p.webPath.entry.Text))
	})
	if f.force.Locked(key) {
		l.lock(admin)
	}
	return l
}

func (p *linksPart) content() fyne.CanvasObject {
	say := p.form.texts.Say
	places := label("<" + strings.Join(link.Names(), "> <") + ">")
	places.SizeName, places.TextStyle.Monospace, places.Wrapping = theme.SizeNameCaptionText, true, fyne.TextWrapWord
	places.Selectable = true
	return container.NewVBox(
		p.form.rowsBelow("", []settingsRow{
			{label: say("settings.web_path"), control: p.webPath.box},
			{label: say("settings.ticket_link"), control: p.links[0].content(p.form)},
			{label: say("settings.cid_link"), control: p.links[1].content(p.form)},
			{label: say("settings.map_link"), control: p.links[2].content(p.form)},
		}),
		section(say("settings.places")),
		places,
	)
}

func (p *linksPart) valid() bool {
	valid := true
	for _, field := range append([]*field{p.webPath}, p.links...) {
		valid = field.valid() && valid
	}
	return valid
}

func (p *linksPart) read(r *SettingsResult) bool {
	if !p.valid() {
		return false
	}
	r.Own.WebPath, _ = settings.CheckWebPath(p.webPath.entry.Text)
	for i, on := range []*string{&r.Own.Ticket, &r.Own.CID, &r.Own.Map} {
		if !p.links[i].locked {
			*on = strings.TrimSpace(p.links[i].entry.Text)
		}
	}
	return true
}
