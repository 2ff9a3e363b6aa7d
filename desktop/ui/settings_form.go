package ui

import (
	"traybell/assets/translations"
	"traybell/desktop/settings"
	"traybell/shared/protocol"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// SettingsInput is what the settings window shows.
type SettingsInput struct {
	Own      settings.Own
	Hub      protocol.Settings // the administrator's
	Monitors []string
	Native   bool   // popups can be the desktop's notifications
	Problem  string // why there is no connection, where that can be mended here; a sentence
	Password PasswordFrom
	// AskPassword: the password is what is missing or wrong, and what is typed first.
	AskPassword bool
	// KeyringFailed: the system's keyring cannot be used.
	KeyringFailed bool
	System        System
	// TryHotkey takes a hotkey, from the same moment on, and says why it cannot be had in a
	// sentence; nil where the system has none. HotkeyFailed is why there is none at the moment.
	TryHotkey    func(text string) (failed string)
	HotkeyFailed string
}

// SettingsResult is what the agent wants.
type SettingsResult struct {
	Own         settings.Own
	Password    string // empty: as it was
	SessionOnly bool   // do not keep the password
	System      System
}

// SettingsForm is the contents of the settings window: two tabs, named and ordered as in the OTRS
// PBX client. What stands on them are parts, one subject in one file each.
type SettingsForm struct {
	texts   *translations.Texts
	in      SettingsInput
	do      SettingsActions
	force   settings.InForce
	monitor *choice // of its row: another row can put it back

	connection *connectionPart
	delays     *delaysPart
	options    *optionsPart
	links      *linksPart
	failed     *widget.Label
	ok         *widget.Button
	tabs       *container.AppTabs

	content fyne.CanvasObject
}

// PasswordFrom says where the password is that the program uses.
type PasswordFrom string

// The places. Empty: there is none, or nobody has needed it yet.
const (
	FromKeyring     PasswordFrom = "keyring"
	FromSession     PasswordFrom = "session"     // typed, and forgotten at exit
	FromEnvironment PasswordFrom = "environment" // TRAYBELL_PASSWORD
)

// SettingsActions are what the form's buttons do, on Fyne's goroutine.
type SettingsActions struct {
	Save   func(SettingsResult) error // with what is valid; where it fails, the form says so and stays
	Cancel func()
	// Test shows a popup of a kind with the delays as the form has them now.
	Test func(kind string, delays protocol.Popups)
	// Connect tries the connection as the form has it now, and calls done, on Fyne's goroutine,
	// with what came of it.
	Connect func(r SettingsResult, done func(outcome Outcome, told string))
	Export  func()
	Import  func()
}

// NewSettingsForm builds it.
func NewSettingsForm(texts *translations.Texts, in SettingsInput, do SettingsActions) *SettingsForm {
	f := &SettingsForm{
		texts: texts, in: in, do: do, force: in.Own.Over(in.Hub, texts.Language()), failed: widget.NewLabel(""),
	}
	f.failed.Importance = widget.DangerImportance
	f.failed.Wrapping = fyne.TextWrapWord
	f.failed.Hide()

	f.connection, f.delays, f.options, f.links = newConnectionPart(f), newDelaysPart(f), newOptionsPart(f), newLinksPart(f)
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

// settingsPage is a tab.
type settingsPage struct {
	title string // a key of the translations
	parts []settingsPart
}

func (f *SettingsForm) pages() []settingsPage {
	return []settingsPage{
		{"settings.general", []settingsPart{f.connection, f.delays, f.options}},
		{"settings.links", []settingsPart{f.links}},
	}
}

// Content is what the window shows.
func (f *SettingsForm) Content() fyne.CanvasObject { return f.content }

// Begin gives the keyboard to the field that the agent has come for, where it is another one than
// the first.
func (f *SettingsForm) Begin(window fyne.Window) {
	if f.in.AskPassword {
		window.Canvas().Focus(f.connection.password.entry)
	}
}

// ShowLinks turns to the second tab.
func (f *SettingsForm) ShowLinks() { f.tabs.SelectIndex(1) }

// Fail says above the buttons what went wrong; an empty text takes that away.
func (f *SettingsForm) Fail(text string) {
	f.failed.Importance = widget.DangerImportance
	f.failed.SetText(text)
	if text == "" {
		f.failed.Hide()
	} else {
		f.failed.Show()
	}
}

// Tell says there what went well.
func (f *SettingsForm) Tell(text string) {
	f.failed.Importance = widget.SuccessImportance
	f.failed.SetText(text)
	f.failed.Show()
}

// Result reads the form. Where a field is wrong it is false, the field says what, and its tab is
// shown.
func (f *SettingsForm) Result() (SettingsResult, bool) {
	r, first := SettingsResult{Own: f.in.Own}, -1
	for i, tab := range f.pages() {
		for _, p := range tab.parts {
			if !p.read(&r) && first < 0 {
				first = i
			}
		}
	}
	if first >= 0 {
		f.tabs.SelectIndex(first)
		return SettingsResult{}, false
	}
	return r, true
}
