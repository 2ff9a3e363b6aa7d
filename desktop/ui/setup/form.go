package setup

import (
	"traybell/assets/translations"
	"traybell/desktop/settings"
	"traybell/desktop/ui/control"
	"traybell/shared/protocol"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Input is the contents of the settings window.
type Input struct {
	Own      settings.Own
	Hub      protocol.Settings // the administrator's
	Monitors []string
	Native   bool   // desktop notifications are available
	Problem  string // why there is no connection, if the settings can fix it; a sentence
	Password PasswordFrom
	// ChangedAt is where the agent changes the password; empty: not signed in, or an older hub.
	ChangedAt protocol.PasswordAt
	// AskPassword focuses the password: it is missing or wrong.
	AskPassword bool
	// KeyringFailed: the system keyring is not available.
	KeyringFailed bool
	System        System
	// TryHotkey registers a hotkey at once and returns an error message. It is nil if the system
	// has no hotkeys. HotkeyFailed is why no hotkey is registered now.
	TryHotkey    func(text string) (failed string)
	HotkeyFailed string
	// MayRing offers test calls at which the agent's phone rings, too.
	MayRing bool
}

// Result is the contents of the form.
type Result struct {
	Own         settings.Own
	Password    string // empty: unchanged
	SessionOnly bool   // do not save the password
	System      System
}

// Form is the settings window: two tabs, named and ordered as in the OTRS PBX client. Each
// part of a tab has a file.
type Form struct {
	texts   *translations.Texts
	in      Input
	do      Actions
	force   settings.Effective
	monitor *control.Choice // of its row; another row resets it

	connection *connectionPart
	delays     *delaysPart
	options    *optionsPart
	first      *optionsPart // instead of delays and options before the first sign-in
	links      *linksPart
	failed     *widget.Label
	ok         *widget.Button
	tabs       *container.AppTabs

	content fyne.CanvasObject
}

// PasswordFrom is where the password comes from.
type PasswordFrom string

// Sources of the password. Empty: none, or not needed yet.
const (
	FromKeyring     PasswordFrom = "keyring"
	FromSession     PasswordFrom = "session"     // typed, and forgotten on exit
	FromEnvironment PasswordFrom = "environment" // TRAYBELL_PASSWORD
)

// Actions are called by the buttons, on Fyne's goroutine.
type Actions struct {
	Save   func(Result) error // called with valid settings; an error is shown in the form
	Cancel func()
	// Test shows a popup of a kind with the delays of the form.
	Test func(kind string, delays protocol.Popups)
	// Connect tests the connection with the settings of the form and calls done on Fyne's
	// goroutine.
	Connect func(r Result, done func(outcome Outcome, message string))
	// TestCall has the hub place a test call; done is as above. Nil: not offered.
	// With phone the agent's phone rings, too.
	TestCall func(phone bool, done func(outcome Outcome, message string))
	// ChangePassword opens the window for it.
	ChangePassword func()
	Export         func()
	Import         func()
}

// New creates the form.
func New(texts *translations.Texts, in Input, do Actions) *Form {
	f := &Form{
		texts: texts, in: in, do: do, force: in.Own.Over(in.Hub, texts.Language()), failed: widget.NewLabel(""),
	}
	f.failed.Importance = widget.DangerImportance
	f.failed.Wrapping = fyne.TextWrapWord
	f.failed.Hide()

	f.connection, f.delays = newConnectionPart(f), newDelaysPart(f)
	f.options, f.links = newOptionsPart(f), newLinksPart(f)
	f.first = &optionsPart{form: f, rows: []row{languageRow(f)}, hint: texts.Say("settings.later")}
	f.tabs = container.NewAppTabs()
	for _, tab := range f.pages() {
		content := container.NewVBox()
		for _, p := range tab.parts {
			content.Add(p.content())
		}
		f.tabs.Append(container.NewTabItem(texts.Say(tab.title), page(content)))
	}
	f.ok = widget.NewButtonWithIcon(texts.Say("button.save"), theme.ConfirmIcon(), func() {
		result, valid := f.Result()
		if !valid {
			return
		}
		if err := do.Save(result); err != nil {
			f.Fail(f.texts.SayWith("settings.saved_not", map[string]any{"Reason": err.Error()}))
		}
	})
	f.ok.Importance = widget.HighImportance
	buttons := container.NewHBox(layout.NewSpacer(), widget.NewButton(texts.Say("button.cancel"), do.Cancel), f.ok)
	f.content = container.NewBorder(nil, container.NewVBox(widget.NewSeparator(), f.failed, buttons), nil, nil, f.tabs)
	return f
}

// tab is a tab.
type tab struct {
	title string // a key of the translations
	parts []part
}

// pages are the tabs. Before the first sign-in they only ask for what it needs.
func (f *Form) pages() []tab {
	if f.in.Own.Server == "" && f.in.Own.Extension == "" {
		return []tab{{"settings.general", []part{f.connection, f.first}}}
	}
	return []tab{
		{"settings.general", []part{f.connection, f.delays, f.options}},
		{"settings.links", []part{f.links}},
	}
}

// Content returns the window's contents.
func (f *Form) Content() fyne.CanvasObject { return f.content }

// Begin focuses the password if AskPassword is set.
func (f *Form) Begin(window fyne.Window) {
	if f.in.AskPassword {
		window.Canvas().Focus(f.connection.password.Entry)
	}
}

// ShowLinks selects the second tab, if there is one.
func (f *Form) ShowLinks() { f.tabs.SelectIndex(len(f.tabs.Items) - 1) }

// Fail shows an error above the buttons, or hides it if the text is empty.
func (f *Form) Fail(text string) {
	f.failed.Importance = widget.DangerImportance
	f.failed.SetText(text)
	if text == "" {
		f.failed.Hide()
	} else {
		f.failed.Show()
	}
}

// Tell shows a success message in the same place.
func (f *Form) Tell(text string) {
	f.failed.Importance = widget.SuccessImportance
	f.failed.SetText(text)
	f.failed.Show()
}

// Result reads the form. It returns false if a field is invalid; the field shows the problem and
// its tab is selected.
func (f *Form) Result() (Result, bool) {
	r, first := Result{Own: f.in.Own}, -1
	for i, tab := range f.pages() {
		for _, p := range tab.parts {
			if !p.read(&r) && first < 0 {
				first = i
			}
		}
	}
	if first >= 0 {
		f.tabs.SelectIndex(first)
		return Result{}, false
	}
	return r, true
}
