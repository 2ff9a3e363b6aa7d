package setup

import (
	"strconv"

	"traybell/desktop/settings"
	"traybell/desktop/ui/control"
	"traybell/shared/protocol"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// connectionPart sets the hub and the agent's account.
type connectionPart struct {
	form                              *Form
	server, port, extension, password *control.Field
	session                           *widget.Check
	try                               *tryRow
	problem                           fyne.CanvasObject // why there is no connection, or nil
}

func newConnectionPart(f *Form) *connectionPart {
	text, own := f.texts.Say, f.in.Own
	p := &connectionPart{form: f}
	p.server = control.NewField(f.texts, own.Server, text("settings.server_hint"), "",
		func(text string) *settings.Problem {
			_, _, wrong := settings.CheckServer(text)
			return wrong
		})
	p.port = control.NewField(f.texts, number(own.Port), strconv.Itoa(settings.DefaultPort), "",
		func(text string) *settings.Problem {
			_, wrong := settings.CheckPort(text)
			return wrong
		})
	p.extension = control.NewField(f.texts, own.Extension, "", "", func(text string) *settings.Problem {
		_, wrong := settings.CheckExtension(text)
		return wrong
	})
	known := text("settings.password_new")
	if f.in.Password != "" {
		known = "••••••••"
	}
	p.password = control.NewField(f.texts, "", known, p.passwordSource(), nil)
	p.password.Entry.Password = true
	p.session = widget.NewCheck(text("settings.password_session"), nil)
	p.session.SetChecked(f.in.Password == FromSession)
	if f.in.KeyringFailed {
		p.password.Below.Set(f.texts.Say("settings.keyring_failed"), theme.ColorNameWarning)
		p.session.SetChecked(true)
	}
	p.try = newTryRow(f)
	for _, field := range []*control.Field{p.server, p.port, p.extension, p.password} {
		check := field.Entry.OnChanged
		field.Entry.OnChanged = func(text string) {
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
	port := container.NewBorder(nil, nil, widget.NewLabel(text("settings.port")), nil,
		container.New(control.Narrow(90), p.port.Entry))
	rows := p.form.rowsBelow("", []row{
		{
			label: text("settings.server"),
			control: control.Tight(container.NewBorder(nil, nil, nil, port, p.server.Entry),
				p.server.Below, p.port.Below),
		},
		{label: text("settings.extension"), control: p.extension.Box},
		{label: text("settings.password"), control: control.Tight(p.password.Box, p.session, p.change())},
		{label: "", control: p.try.box},
	})
	if p.form.in.Problem == "" {
		return rows
	}
	p.problem = banner(p.form.in.Problem)
	return container.NewVBox(p.problem, rows)
}

// change lets the agent change the password at the hub, or says where it is changed.
func (p *connectionPart) change() fyne.CanvasObject {
	switch p.form.in.ChangedAt {
	case protocol.PasswordHub:
		return container.NewHBox(widget.NewButton(p.form.texts.Say("password.open"), p.form.do.ChangePassword))
	case protocol.PasswordDirectory:
		return control.Caption(p.form.texts.Hub(string(protocol.PasswordElsewhere), "", ""))
	case protocol.PasswordFixed:
	}
	return container.NewHBox()
}

// clearProblem hides the problem after a successful test.
func (p *connectionPart) clearProblem() {
	if p.problem != nil {
		p.problem.Hide()
	}
}

func (p *connectionPart) read(r *Result) bool {
	valid := true
	for _, field := range []*control.Field{p.server, p.port, p.extension} {
		valid = field.Valid() && valid
	}
	if !valid {
		return false
	}
	own, was := &r.Own, p.form.in.Own
	host, port, _ := settings.CheckServer(p.server.Entry.Text)
	own.Server = host
	if port == 0 {
		port, _ = settings.CheckPort(p.port.Entry.Text)
	}
	own.Port = port
	if port == settings.DefaultPort {
		own.Port = 0
	}
	own.Extension, _ = settings.CheckExtension(p.extension.Entry.Text)
	if own.Server != was.Server || own.Port != was.Port {
		own.Pin = "" // another hub has another certificate
	}
	r.Password, r.SessionOnly = p.password.Entry.Text, p.session.Checked
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
			control.Wrapped(text)))
}
