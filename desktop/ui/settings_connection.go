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

// connectionPart sets the hub and the agent's account.
type connectionPart struct {
	form                              *SettingsForm
	server, port, extension, password *field
	session                           *widget.Check
	try                               *tryRow
	problem                           fyne.CanvasObject // why there is no connection, or nil
}

func newConnectionPart(f *SettingsForm) *connectionPart {
	text, own := f.texts.Say, f.in.Own
	p := &connectionPart{form: f}
	p.server = newField(f.texts, own.Server, text("settings.server_hint"), "", func(text string) *settings.Problem {
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
	known := text("settings.password_new")
	if f.in.Password != "" {
		known = "••••••••"
	}
	p.password = newField(f.texts, "", known, p.passwordSource(), nil)
	p.password.entry.Password = true
	p.session = widget.NewCheck(text("settings.password_session"), nil)
	p.session.SetChecked(f.in.Password == FromSession)
	if f.in.KeyringFailed {
		p.password.below.set(f.texts.Say("settings.keyring_failed"), theme.ColorNameWarning)
		p.session.SetChecked(true)
	}
	p.try = newTryRow(f)
	for _, field := range []*field{p.server, p.port, p.extension, p.password} {
		check := field.entry.OnChanged
		field.entry.OnChanged = func(text string) {
			check(text)
			p.try.reset()
		}
	}
	return p
}

// passwordSource says where the password is stored, if known.
func (p *connectionPart) passwordSource() string {
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
	text := p.form.texts.Say
	port := container.NewBorder(nil, nil, label(text("settings.port")), nil, container.New(narrow(90), p.port.entry))
	rows := p.form.rowsBelow("", []settingsRow{
		{
			label:   text("settings.server"),
			control: tight(container.NewBorder(nil, nil, nil, port, p.server.entry), p.server.below, p.port.below),
		},
		{label: text("settings.extension"), control: p.extension.box},
		{label: text("settings.password"), control: tight(p.password.box, p.session)},
		{label: "", control: p.try.box},
	})
	if p.form.in.Problem == "" {
		return rows
	}
	p.problem = banner(p.form.in.Problem)
	return container.NewVBox(p.problem, rows)
}

// clearProblem hides the problem after a successful test.
func (p *connectionPart) clearProblem() {
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

// banner is an error above everything else.
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
