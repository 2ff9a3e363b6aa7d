package ui

import (
	"traybell/assets/translations"
	"traybell/desktop/ui/control"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// NewTrust asks the agent to verify an unknown certificate of the hub.
func NewTrust(texts *translations.Texts, server, fingerprint string, answer func(trusted bool)) fyne.CanvasObject {
	trust := widget.NewButtonWithIcon(texts.Say("button.trust"), theme.ConfirmIcon(), func() { answer(true) })
	refuse := widget.NewButton(texts.Say("button.refuse"), func() { answer(false) })
	// Enter must be safe: the window opens by itself while the agent may be typing
	refuse.Importance = widget.HighImportance
	return container.NewBorder(nil, container.NewHBox(layout.NewSpacer(), refuse, trust), nil, nil, container.NewVBox(
		control.Lead(texts.SayWith("trust.first", map[string]any{"Server": server})),
		control.Wrapped(texts.Say("trust.first_why")),
		control.Fingerprint(texts.Say("trust.fingerprint"), fingerprint),
	))
}

// NewDistrust reports that the hub's certificate has changed from old to now. trust is called when
// the agent confirms that it was renewed.
func NewDistrust(texts *translations.Texts, server, old, now string, trust, done func()) fyne.CanvasObject {
	ok := widget.NewButton(texts.Say("button.refuse"), done)
	ok.Importance = widget.HighImportance
	again := widget.NewButton(texts.Say("button.trust_new"), trust)
	again.Importance = widget.DangerImportance
	return container.NewBorder(nil, container.NewHBox(again, layout.NewSpacer(), ok), nil, nil,
		container.NewVScroll(container.NewVBox(
			control.Lead(texts.SayWith("trust.changed", map[string]any{"Server": server})),
			control.Wrapped(texts.Say("trust.changed_why")),
			control.Fingerprint(texts.Say("trust.old"), old),
			control.Fingerprint(texts.Say("trust.new"), now),
			control.Wrapped(texts.Say("trust.changed_what")),
		)))
}
