package setup

import (
	"strconv"
	"strings"

	"traybell/assets/translations"
	"traybell/desktop/settings"
	"traybell/desktop/ui/control"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Proposal is a change of the settings from a file or a link.
type Proposal struct {
	Title       string // source, as a sentence
	Why         string // advice, as a sentence
	Server      string // the hub's address, if it is changed
	Fingerprint string // certificate that would be trusted; may be empty
	Warnings    []string
	Changes     []settings.Change
}

// NewProposal shows the changes and asks for confirmation. Nothing changes before answer(true).
func NewProposal(texts *translations.Texts, p Proposal, answer func(yes bool)) fyne.CanvasObject {
	yes := widget.NewButtonWithIcon(texts.Say("button.apply"), theme.ConfirmIcon(), func() { answer(true) })
	yes.Importance = widget.HighImportance
	if len(p.Warnings) > 0 {
		yes.Importance = widget.DangerImportance
	}
	no := widget.NewButton(texts.Say("button.cancel"), func() { answer(false) })
	parts := container.NewVBox(control.Lead(p.Title))
	if p.Why != "" {
		parts.Add(control.Wrapped(p.Why))
	}
	for _, w := range p.Warnings {
		parts.Add(banner(w))
	}
	if p.Server != "" {
		parts.Add(namedValue(texts.Say("settings.server"), p.Server))
	}
	if p.Fingerprint != "" {
		parts.Add(control.Fingerprint(texts.Say("trust.fingerprint"), p.Fingerprint))
	}
	if len(p.Changes) == 0 {
		parts.Add(control.Wrapped(texts.Say("changes.none")))
		yes.Disable()
	} else {
		parts.Add(section(texts.Say("changes.heading")))
		parts.Add(changeTable(texts, p.Changes))
	}
	return container.NewBorder(nil,
		container.NewVBox(widget.NewSeparator(), container.NewHBox(layout.NewSpacer(), no, yes)), nil, nil,
		container.NewVScroll(parts))
}

// namedValue is a value below its name.
func namedValue(name, value string) fyne.CanvasObject {
	text := widget.NewLabel(value)
	text.TextStyle.Bold, text.Selectable, text.Wrapping = true, true, fyne.TextWrapBreak
	return control.Tight(control.Caption(name), text)
}

func changeTable(texts *translations.Texts, changes []settings.Change) fyne.CanvasObject {
	grid := container.New(layout.NewGridLayout(3), widget.NewLabel(""), control.Caption(texts.Say("changes.was")),
		control.Caption(texts.Say("changes.now")))
	cell := func(key, text string) fyne.CanvasObject {
		if key == "port" && text == "" {
			text = strconv.Itoa(settings.DefaultPort)
		}
		if text == "" {
			return control.Caption(texts.Say("changes.unset"))
		}
		l := widget.NewLabel(settingValue(texts, key, text))
		l.Wrapping = fyne.TextWrapBreak
		return l
	}
	for _, c := range changes {
		grid.Add(control.Wrapped(settingName(texts, c.Key)))
		grid.Add(cell(c.Key, c.Was))
		grid.Add(cell(c.Key, c.Now))
	}
	return grid
}

// settingValue is the text of a value in the settings window.
func settingValue(texts *translations.Texts, key, text string) string {
	switch key {
	case "pin": // the full fingerprint is shown above, or is the current one
		return text[:min(len(text), 11)] + "…"
	case "scale":
		if scale, err := strconv.ParseFloat(text, 32); err == nil {
			return percent(float32(scale))
		}
	case "corner":
		return texts.Say("settings." + strings.ReplaceAll(text, "-", "_"))
	case "show_as":
		return texts.Say("settings.as_notifications")
	case "theme", "updates":
		return texts.Say("settings." + key + "_" + text)
	case "contrast":
		return texts.Say("settings.contrast_high")
	case "hide_internal", "autostart", "ask_dial", "incoming.enabled", "answer.enabled", "warning.enabled":
		if text == "true" {
			return texts.Say("changes.yes")
		}
		return texts.Say("changes.no")
	}
	return text
}

// settingName is the name of a key in the settings window, or the key.
func settingName(texts *translations.Texts, key string) string {
	first, part, grouped := strings.Cut(key, ".")
	name := map[string]string{
		"server": "settings.server", "port": "settings.port", "extension": "settings.extension",
		"incoming": "settings.incoming", "answer": "settings.answer",
		"warning": "settings.warning", "hide_internal": "settings.internal_hide", "language": "settings.language",
		"corner":  "settings.corner",
		"monitor": "settings.monitor", "show_as": "settings.show_as", "scale": "settings.scale",
		"web_path": "settings.web_path", "ticket_link": "settings.ticket_link",
		"text_scale": "settings.text_scale", "contrast": "settings.contrast", "theme": "settings.theme",
		"autostart": "settings.autostart", "updates": "settings.updates", "hotkey": "settings.hotkey",
		"hotkeys": "settings.hotkeys", "ask_dial": "settings.ask_dial",
		"cid_link": "settings.cid_link", "map_link": "settings.map_link", "pin": "about.certificate",
	}[first]
	if name == "" {
		return key
	}
	if !grouped {
		return texts.Say(name)
	}
	parts := map[string]string{
		"enabled": "settings.show_popup", "appear": "settings.appear", "show": "settings.show",
		"disappear": "settings.disappear", "answer": "settings.key_answer", "hangup": "settings.key_hangup",
		"hold": "settings.key_hold", "dial": "settings.key_dial",
	}
	return texts.Say(name) + ": " + texts.Say(parts[part])
}
