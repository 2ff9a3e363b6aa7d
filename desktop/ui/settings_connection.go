package ui

import (
	"strconv"

	"traybell/desktop/settings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// connectionPart is where the hub is and who signs in.
type connectionPart struct {
	form                              *SettingsForm
	server, port, extension, password *field
	session                           *widget.Check
	try                               *tryRow
	problem                           fyne.CanvasObject // says why there is no connection; nil where there is one
}

func newConnectionPart(f *SettingsForm) *connectionPart {
	say, own := f.texts.Say, f.in.Own
	p := &connectionPart{form: f}
	p.server = newField(f.texts, own.Server, say("settings.server_hint"), "", func(text string) *settings.Problem {
		_, _, wrong := settings.CheckServer(text)
		return wrong
	})
	p.port = newField(f.texts, number(own.Port), strconv.Itoa(settings.DefaultPort), "",
		func(text string) *settings.Problem {
			_, wrong := settings.CheckPort(text)
			return wrong
		})
	p.extension = newField(f.texts, own.Extension, "", "", func(text string) *settings.Problem {
		_, wrong := settings.CheckExtension(text)
		return wrong
	})
	known := say("settings.password_new")
	if f.in.Password != "" {
		known = "••••••••"
	}
	p.password = newField(f.texts, "", known, p.whereFrom(), nil)
	p.password.entry.Password = true
	p.session = widget.NewCheck(say("settings.password_session"), nil)
	p.session.SetChecked(f.in.Password == FromSession)
	if f.in.KeyringFailed {
		p.password.below.say(f.texts.Say("settings.keyring_failed"), theme.ColorNameWarning)
		p.session.SetChecked(true)
	}
	p.try = newTryRow(f)
	for _, field := range []*field{p.server, p.port, p.extension, p.password} {
		check := field.entry.OnChanged
		field.entry.OnChanged = func(text string) {
			check(text)
			p.try.forget()
		}
	}
	return p
}

// whereFrom says where the password is: in the keyring only where that is known.
func (p *connectionPart) whereFrom() string {
	switch p.form.in.Password {
	case FromKeyring:
		return p.form.texts.Say("settings.password_kept")
	case FromSession:
		return p.form.texts.Say("settings.password_typed")
	case FromEnvironment:
		return p.form.texts.Say("settings.password_environment")
	}
	return p.form.texts.Say("settings.password_goes")
}

func (p *connectionPart) content() fyne.CanvasObject {
	say := p.form.texts.Say
	port := container.NewBorder(nil, nil, label(say("settings.port")), nil, container.New(narrow(90), p.port.entry))
	rows := p.form.rowsBelow("", []settingsRow{
		{
			label:   say("settings.server"),
			control: tight(container.NewBorder(nil, nil, nil, port, p.server.entry), p.server.below, p.port.below),
		},
		{label: say("settings.extension"), control: p.extension.box},
		{label: say("settings.password"), control: tight(p.password.box, p.session)},
		{label: "", control: p.try.box},
	})
	if p.form.in.Problem == "" {
		return rows
	}
	p.problem = banner(p.form.in.Problem)
	return container.NewVBox(p.problem, rows)
}

// solved takes away what was wrong: what the fields say now has been tried, and works.
func (p *connectionPart) solved() {
	if p.problem != nil {
		p.problem.Hide()
	}
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

// banner says what is wrong above all else.
func banner(text string) fyne.CanvasObject {
	back := canvas.NewRectangle(theme.Color(theme.ColorNameHover))
	back.CornerRadius = theme.InputRadiusSize()
	mark := canvas.NewRectangle(theme.Color(theme.ColorNameError))
	mark.SetMinSize(fyne.NewSize(4, 0))
	return container.NewStack(back,
		container.NewBorder(nil, nil,
			container.NewHBox(mark, widget.NewIcon(theme.NewErrorThemedResource(theme.ErrorIcon()))), nil,
			wrapped(text)))
}
