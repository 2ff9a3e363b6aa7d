package ui

import (
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"traybell/desktop/settings"
)

// connectionPart is where the hub is and who signs in.
type connectionPart struct {
	form                              *SettingsForm
	server, port, extension, password *field
	session                           *widget.Check
}

func newConnectionPart(f *SettingsForm) *connectionPart {
	say, own := f.texts.Say, f.in.Own
	p := &connectionPart{form: f}
	p.server = newField(f.texts, own.Server, say("settings.server_hint"), "", func(text string) *settings.Problem {
		_, _, wrong := settings.CheckServer(text)
		return wrong
	})
	p.port = newField(f.texts, number(own.Port), strconv.Itoa(settings.DefaultPort), "", func(text string) *settings.Problem {
		_, wrong := settings.CheckPort(text)
		return wrong
	})
	p.extension = newField(f.texts, own.Extension, "101", "", func(text string) *settings.Problem {
		_, wrong := settings.CheckExtension(text)
		return wrong
	})
	known := say("settings.password_new")
	if f.in.HasPassword {
		known = "••••••••"
	}
	p.password = newField(f.texts, "", known, say("settings.password_kept"), nil)
	p.password.entry.Password = true
	p.session = widget.NewCheck(say("settings.password_session"), nil)
	if f.in.KeyringFailed != "" {
		p.password.below.say(f.texts.SayWith("settings.keyring_failed", map[string]any{"Reason": f.in.KeyringFailed}), theme.ColorNameWarning)
		p.session.SetChecked(true)
		p.session.Disable()
	}
	return p
}

func (p *connectionPart) content() fyne.CanvasObject {
	say := p.form.texts.Say
	port := container.NewBorder(nil, nil, label(say("settings.port")), nil, container.New(narrow(90), p.port.entry))
	return p.form.rowsBelow("", []settingsRow{
		{label: say("settings.server"), control: tight(container.NewBorder(nil, nil, nil, port, p.server.entry), p.server.below, p.port.below)},
		{label: say("settings.extension"), control: p.extension.box},
		{label: say("settings.password"), control: tight(p.password.box, p.session)},
	})
}

func (p *connectionPart) read(r *SettingsResult) bool {
	valid := true
	for _, field := range []*field{p.server, p.port, p.extension} {
		valid = field.valid() && valid
	}
	if !valid {
		return false
	}
	own, was := &r.Own, p.form.in.Own
	host, port, _ := settings.CheckServer(p.server.entry.Text)
	own.Server = host
	if port == 0 {
		port, _ = settings.CheckPort(p.port.entry.Text)
	}
	own.Port = port
	if port == settings.DefaultPort {
		own.Port = 0
	}
	own.Extension, _ = settings.CheckExtension(p.extension.entry.Text)
	if own.Server != was.Server || own.Port != was.Port {
		own.Pin = "" // another hub has another certificate
	}
	r.Password, r.SessionOnly = p.password.entry.Text, p.session.Checked
	return true
}
