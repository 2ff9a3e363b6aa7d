package setup

import (
	"net"
	"strconv"

	"traybell/desktop/settings"
	"traybell/desktop/ui/setup"

	"fyne.io/fyne/v2"
)

// Join follows a link with which an administrator sets up a desktop. Nothing changes before the
// agent has seen what would. It returns a key of the translations if the link is refused.
func (w *Windows) Join(raw string) (refused string) {
	link, wrong := settings.ParseJoin(raw)
	if wrong != nil {
		w.program.Refused(w.texts.SayWith(wrong.Key, wrong.Places))
		return wrong.Key
	}
	if !w.windows.CanOpen() {
		return ""
	}
	own, ok := w.program.Shown()
	if !ok {
		return ""
	}
	now := link.Over(own)
	p := setup.Proposal{
		Title: w.texts.Say("join.link"), Why: w.texts.Say("join.link_why"),
		Server: link.Address(), Fingerprint: link.Fingerprint, Changes: settings.Changes(own, now),
	}
	switch {
	case own.Server != "" && !own.SameHub(now):
		p.Warnings = append(p.Warnings, w.texts.SayWith("join.other_hub", map[string]any{"Server": address(own)}))
	case link.ReplacesPin(own):
		p.Warnings = append(p.Warnings, w.texts.Say("join.other_pin"))
	}
	if link.Fingerprint == "" {
		p.Why += "\n\n" + w.texts.Say("join.no_pin")
	}
	w.propose(p, now)
	return ""
}

func address(own settings.Own) string {
	return net.JoinHostPort(own.Server, strconv.Itoa(own.Over(settings.Default(), "").Port))
}

// propose shows what would change, and changes it if the agent agrees.
func (w *Windows) propose(p setup.Proposal, now settings.Own) {
	content := setup.NewProposal(w.texts, p, func(yes bool) {
		w.windows.Hide(joinKind)
		if !yes {
			return
		}
		w.hide() // it shows the settings before
		if err := w.program.Adopt(now); err != nil {
			w.program.Refused(err.Error())
		}
	})
	w.windows.Open(joinKind, w.texts.Say("join.title"), content, fyne.NewSize(560, 640), nil)
}
