package ui

import (
	"traybell/assets/icons"
	"traybell/assets/translations"
	"traybell/desktop/ui/control"
	"traybell/shared/protocol"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// About is the contents of the About window, for support calls.
type About struct {
	Version     string
	Hub         string // empty until the first connection
	Agent       string
	Connection  string // a sentence
	PBXs        []protocol.PBX
	Certificate string // fingerprint; empty if the system trusts the certificate
	Popups      string // how popups are shown
	Settings    string // path
	Log         string // path
}

// NewAbout creates the window's contents. copied and collect are called with all values as text.
func NewAbout(texts *translations.Texts, a About, copied, collect func(string), done func()) fyne.CanvasObject {
	picture := canvas.NewImageFromResource(fyne.NewStaticResource("app.png", icons.App))
	picture.FillMode = canvas.ImageFillContain
	picture.SetMinSize(fyne.NewSquareSize(64))
	name := widget.NewLabel("traybell")
	name.SizeName, name.TextStyle.Bold = theme.SizeNameHeadingText, true
	head := container.NewHBox(picture, control.Tight(name, widget.NewLabel(texts.Say("about.what"))))

	all := "traybell\n"
	rows := container.New(layout.NewFormLayout())
	row := func(key, value string) *widget.Label {
		if value == "" {
			value = texts.Say("about.none")
		}
		title := widget.NewRichText(&widget.TextSegment{
			Text: texts.Say(key), Style: widget.RichTextStyle{ColorName: theme.ColorNamePlaceHolder},
		})
		text := widget.NewLabel(value)
		text.Wrapping = fyne.TextWrapWord
		text.Selectable = true
		rows.Objects = append(rows.Objects, title, text)
		all += texts.Say(key) + ": " + value + "\n"
		return text
	}
	row("about.version", a.Version)
	row("about.hub", a.Hub)
	row("about.agent", a.Agent)
	row("about.connection", a.Connection)
	row("about.pbxs", pbxs(texts, a.PBXs))
	row("about.certificate", a.Certificate).TextStyle.Monospace = a.Certificate != "" // as in the trust window
	row("about.popups", a.Popups)
	row("about.settings", a.Settings)
	row("about.log", a.Log)

	ok := widget.NewButton(texts.Say("button.ok"), done)
	ok.Importance = widget.HighImportance
	buttons := container.NewHBox(widget.NewButtonWithIcon(texts.Say("button.copy"), theme.ContentCopyIcon(), func() {
		copied(all)
	}),
		widget.NewButtonWithIcon(texts.Say("about.collect"), theme.FolderIcon(), func() {
			collect(all)
		}), layout.NewSpacer(), ok)
	return container.NewBorder(head, buttons, nil, nil, container.NewVScroll(rows))
}

func pbxs(texts *translations.Texts, all []protocol.PBX) string {
	text := ""
	for i, p := range all {
		if i > 0 {
			text += "\n"
		}
		key := "about.stopped"
		if p.State == protocol.PBXWorking {
			key = "about.working"
		}
		text += texts.SayWith(key, map[string]any{"PBX": p.ID})
		if p.Reason != "" {
			text += " (" + p.Reason + ")"
		}
	}
	return text
}
