package ui

import (
	"slices"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"traybell/assets/translations"
	"traybell/desktop/settings"
	"traybell/shared/link"
	"traybell/shared/protocol"
)

// SettingsInput is what the settings window shows.
type SettingsInput struct {
	Own      settings.Own
	Hub      protocol.Settings // the administrator's
	Monitors []string
	// HasPassword: one is kept in the keyring, or known for this session.
	HasPassword bool
	// KeyringFailed is why the system's keyring cannot be used; empty where it can.
	KeyringFailed string
}

// SettingsResult is what the agent wants.
type SettingsResult struct {
	Own         settings.Own
	Password    string // empty: as it was
	SessionOnly bool   // do not keep the password
}

// SettingsForm is the contents of the settings window: two tabs, named and ordered as in the OTRS PBX client.
type SettingsForm struct {
	texts *translations.Texts
	in    SettingsInput
	force settings.InForce

	server, port, extension, password, scale *field
	session                                  *widget.Check
	kinds                                    []*kindRow
	language, corner, monitor                *choice
	webPath                                  *field
	links                                    []*field // ticket, CID, map
	failed                                   *widget.Label
	ok                                       *widget.Button
	tabs                                     *container.AppTabs

	content fyne.CanvasObject
}

// NewSettingsForm builds it. Save is called with what is valid; when it fails, the form says so and stays. Cancel and test are the buttons.
func NewSettingsForm(texts *translations.Texts, in SettingsInput, save func(SettingsResult) error, cancel, test func()) *SettingsForm {
	f := &SettingsForm{texts: texts, in: in, force: in.Own.Over(in.Hub, texts.Language()), failed: widget.NewLabel("")}
	f.failed.Importance = widget.DangerImportance
	f.failed.Wrapping = fyne.TextWrapWord
	f.failed.Hide()

	f.tabs = container.NewAppTabs(
		container.NewTabItem(texts.Say("settings.general"), page(f.general())),
		container.NewTabItem(texts.Say("settings.links"), page(f.pages())),
	)
	f.ok = widget.NewButtonWithIcon(texts.Say("button.save"), theme.ConfirmIcon(), func() {
		result, valid := f.Result()
		if !valid {
			return
		}
		if err := save(result); err != nil {
			f.fail(err.Error())
		}
	})
	f.ok.Importance = widget.HighImportance
	buttons := container.NewHBox(widget.NewButton(texts.Say("tray.test"), test), layout.NewSpacer(), widget.NewButton(texts.Say("button.cancel"), cancel), f.ok)
	f.content = container.NewBorder(nil, container.NewVBox(f.failed, buttons), nil, nil, f.tabs)
	return f
}

// Content is what the window shows.
func (f *SettingsForm) Content() fyne.CanvasObject { return f.content }

// ShowLinks turns to the second tab.
func (f *SettingsForm) ShowLinks() { f.tabs.SelectIndex(1) }

func (f *SettingsForm) fail(reason string) {
	f.failed.SetText(f.texts.SayWith("settings.saved_not", map[string]any{"Reason": reason}))
	f.failed.Show()
}

func (f *SettingsForm) general() fyne.CanvasObject {
	say, own := f.texts.Say, f.in.Own
	f.server = newField(f.texts, own.Server, say("settings.server_hint"), "", func(text string) *settings.Problem {
		_, _, wrong := settings.CheckServer(text)
		return wrong
	})
	f.port = newField(f.texts, number(own.Port), strconv.Itoa(settings.DefaultPort), "", func(text string) *settings.Problem {
		_, wrong := settings.CheckPort(text)
		return wrong
	})
	f.extension = newField(f.texts, own.Extension, "101", "", func(text string) *settings.Problem {
		_, wrong := settings.CheckExtension(text)
		return wrong
	})
	known := say("settings.password_new")
	if f.in.HasPassword {
		known = "••••••••"
	}
	f.password = newField(f.texts, "", known, say("settings.password_kept"), nil)
	f.password.entry.Password = true
	f.session = widget.NewCheck(say("settings.password_session"), nil)
	if f.in.KeyringFailed != "" {
		f.password.below.say(f.texts.SayWith("settings.keyring_failed", map[string]any{"Reason": f.in.KeyringFailed}), theme.ColorNameWarning)
		f.session.SetChecked(true)
		f.session.Disable()
	}

	languages, codes := []string{say("settings.follow_admin")}, []string{""}
	for _, l := range translations.Languages() {
		languages, codes = append(languages, l.Name), append(codes, l.Code)
	}
	f.language = newChoice(languages, codes, own.Language)
	language := fyne.CanvasObject(f.language.Select)
	if f.force.Locked(settings.KeyLanguage) {
		f.language.Disable()
		language = tight(f.language.Select, caption(say("settings.locked")))
	}
	f.corner = newChoice(
		[]string{say("settings.corner_system"), say("settings.bottom_right"), say("settings.bottom_left"), say("settings.top_right"), say("settings.top_left")},
		[]string{"", "bottom-right", "bottom-left", "top-right", "top-left"}, own.Corner)
	monitors, names := []string{say("settings.monitor_pointer")}, []string{""}
	for _, m := range f.in.Monitors {
		monitors, names = append(monitors, m), append(names, m)
	}
	if own.Monitor != "" && !slices.Contains(names, own.Monitor) { // unplugged at the moment
		monitors, names = append(monitors, own.Monitor), append(names, own.Monitor)
	}
	f.monitor = newChoice(monitors, names, own.Monitor)
	f.scale = newField(f.texts, percent(own.Scale), say("settings.scale_hint"), "", func(text string) *settings.Problem {
		_, wrong := settings.CheckScale(text)
		return wrong
	})

	port := container.NewBorder(nil, nil, label(say("settings.port")), nil, container.New(narrow(90), f.port.box))
	return container.NewVBox(
		container.New(layout.NewFormLayout(),
			label(say("settings.server")), container.NewBorder(nil, nil, nil, port, f.server.box),
			label(say("settings.extension")), f.extension.box,
			label(say("settings.password")), tight(f.password.box, f.session),
		),
		heading(say("settings.delays")),
		f.delays(),
		heading(say("settings.options")),
		container.New(layout.NewFormLayout(),
			label(say("settings.corner")), f.corner.Select,
			label(say("settings.monitor")), f.monitor.Select,
			label(say("settings.scale")), f.scale.box,
			label(say("settings.language")), language,
		),
	)
}

func (f *SettingsForm) delays() fyne.CanvasObject {
	say, popups := f.texts.Say, f.force.Popups
	grid := container.NewGridWithColumns(5,
		label(""), container.NewCenter(label(say("settings.show_popup"))), label(say("settings.appear")), label(say("settings.show")), label(say("settings.disappear")))
	notes := container.NewVBox()
	add := func(name, key string, in protocol.PopupKind) {
		row := newKindRow(f, key, in)
		f.kinds = append(f.kinds, row)
		grid.Objects = append(grid.Objects, label(name), container.NewCenter(row.enabled), row.appear.entry, row.show.entry, row.disappear.entry)
		notes.Add(row.note)
	}
	add(say("settings.incoming"), settings.KeyIncoming, popups.Incoming)
	add(say("settings.answer"), settings.KeyAnswer, popups.Answer)
	add(say("settings.warning"), settings.KeyWarning, popups.Warning)
	zero := caption(say("settings.show_zero"))
	return container.NewVBox(grid, notes, zero)
}

// kindRow are the settings of one kind of popup; what is wrong with any of them is said below all rows.
type kindRow struct {
	form                    *SettingsForm
	key                     string
	enabled                 *widget.Check
	appear, show, disappear *field
	note                    *note
}

func newKindRow(f *SettingsForm, key string, in protocol.PopupKind) *kindRow {
	r := &kindRow{form: f, key: key, enabled: widget.NewCheck("", nil), note: newNote()}
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

func (r *kindRow) say(text string, color fyne.ThemeColorName) {
	r.note.say(r.form.kindName(r.key)+": "+text, color)
}

func (r *kindRow) valid() bool {
	for _, d := range []*field{r.appear, r.show, r.disappear} {
		if !d.valid() {
			r.say(d.below.text.Text, theme.ColorNameError)
			return false
		}
	}
	if !r.enabled.Disabled() && !r.appear.locked && !r.show.locked && !r.disappear.locked {
		r.note.say("", theme.ColorNamePlaceHolder)
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
	k.Appear, k.Show, k.Disappear = other(r.appear, hub.Appear), other(r.show, hub.Show), other(r.disappear, hub.Disappear)
	return k
}

func (f *SettingsForm) kindName(key string) string {
	switch key {
	case settings.KeyIncoming:
		return f.texts.Say("settings.incoming")
	case settings.KeyAnswer:
		return f.texts.Say("settings.answer")
	default:
		return f.texts.Say("settings.warning")
	}
}

func (f *SettingsForm) pages() fyne.CanvasObject {
	say, own := f.texts.Say, f.in.Own
	f.webPath = newField(f.texts, own.WebPath, "https://desk.example.com/otrs", say("settings.web_path_hint"), func(text string) *settings.Problem {
		_, wrong := settings.CheckWebPath(text)
		return wrong
	})
	one := func(own, admin, key, hint string) *field {
		placeholder := say("settings.link_default")
		if admin != "" {
			placeholder = admin
		}
		l := newField(f.texts, own, placeholder, hint, func(text string) *settings.Problem {
			return settings.CheckLink(text, strings.TrimSpace(f.webPath.entry.Text))
		})
		if f.force.Locked(key) {
			l.lock(admin)
		}
		return l
	}
	f.links = []*field{
		one(own.Ticket, f.in.Hub.Links.Ticket, settings.KeyTicket, say("settings.ticket_hint")),
		one(own.CID, f.in.Hub.Links.CID, settings.KeyCID, say("settings.cid_hint")),
		one(own.Map, f.in.Hub.Links.Map, settings.KeyMap, say("settings.map_hint")),
	}
	checkAll := f.webPath.entry.OnChanged
	f.webPath.entry.OnChanged = func(text string) {
		checkAll(text)
		for _, l := range f.links {
			l.valid()
		}
	}
	for _, l := range append([]*field{f.webPath}, f.links...) {
		l.valid() // what was kept may be wrong already
	}
	places := label("<" + strings.Join(link.Names(), "> <") + ">")
	places.SizeName, places.TextStyle.Monospace, places.Wrapping = theme.SizeNameCaptionText, true, fyne.TextWrapWord
	places.Selectable = true
	return container.NewVBox(
		container.New(layout.NewFormLayout(),
			label(say("settings.web_path")), f.webPath.box,
			label(say("settings.ticket_link")), f.links[0].box,
			label(say("settings.cid_link")), f.links[1].box,
			label(say("settings.map_link")), f.links[2].box,
		),
		heading(say("settings.places")),
		places,
	)
}

// Result reads the form. Where a field is wrong it is false, the field says what, and its tab is shown.
func (f *SettingsForm) Result() (SettingsResult, bool) {
	first, second := true, true
	for _, field := range []*field{f.server, f.port, f.extension, f.scale} {
		first = field.valid() && first
	}
	for _, row := range f.kinds {
		first = row.valid() && first
	}
	for _, field := range append([]*field{f.webPath}, f.links...) {
		second = field.valid() && second
	}
	switch {
	case !first:
		f.tabs.SelectIndex(0)
		return SettingsResult{}, false
	case !second:
		f.tabs.SelectIndex(1)
		return SettingsResult{}, false
	}
	own := f.in.Own
	host, port, _ := settings.CheckServer(f.server.entry.Text)
	own.Server = host
	if port == 0 {
		port, _ = settings.CheckPort(f.port.entry.Text)
	}
	own.Port = port
	if port == settings.DefaultPort {
		own.Port = 0
	}
	own.Extension, _ = settings.CheckExtension(f.extension.entry.Text)
	own.Scale, _ = settings.CheckScale(f.scale.entry.Text)
	own.Corner, own.Monitor = f.corner.value(), f.monitor.value()
	if !f.language.Disabled() {
		own.Language = f.language.value()
	}
	own.Incoming = f.kinds[0].result(f.in.Hub.Popups.Incoming)
	own.Answer = f.kinds[1].result(f.in.Hub.Popups.Answer)
	own.Warning = f.kinds[2].result(f.in.Hub.Popups.Warning)
	own.WebPath, _ = settings.CheckWebPath(f.webPath.entry.Text)
	for i, on := range []*string{&own.Ticket, &own.CID, &own.Map} {
		if !f.links[i].locked {
			*on = strings.TrimSpace(f.links[i].entry.Text)
		}
	}
	if own.Server != f.in.Own.Server || own.Port != f.in.Own.Port {
		own.Pin = "" // another hub has another certificate
	}
	return SettingsResult{Own: own, Password: f.password.entry.Text, SessionOnly: f.session.Checked}, true
}

// page is a tab's contents, clear of the scroll bar.
func page(content fyne.CanvasObject) fyne.CanvasObject {
	return container.NewVScroll(container.New(layout.NewCustomPaddedLayout(theme.Padding(), theme.Padding(), 0, theme.Padding()*2), content))
}

// narrow gives its contents a width and their own height.
type narrow float32

// Layout fills the room.
func (narrow) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		o.Resize(size)
	}
}

// MinSize is as wide as was asked.
func (n narrow) MinSize(objects []fyne.CanvasObject) fyne.Size {
	size := fyne.NewSize(float32(n), 0)
	for _, o := range objects {
		size = size.Max(fyne.NewSize(0, o.MinSize().Height))
	}
	return size
}

func label(text string) *widget.Label { return widget.NewLabel(text) }

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
