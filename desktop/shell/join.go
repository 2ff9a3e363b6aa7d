package shell

import (
	"net"
	"strconv"

	"traybell/desktop/settings"
	"traybell/desktop/ui"

	"fyne.io/fyne/v2"
)

// joinWindow asks about settings that somebody else has written.
const joinWindow = "join"

// join follows a link with which an administrator sets a desktop up. Whatever it is, nothing
// changes before the agent has seen what will change. It belongs to Fyne's goroutine.
func (s *shell) join(raw string) {
	link, wrong := settings.ParseJoin(raw)
	if wrong != nil {
		// not the link: somebody may have written a password into it
		s.log.Warn("a link was not followed", "reason", wrong.Key)
		text := s.texts.SayWith(wrong.Key, wrong.Places)
		s.post(func() { s.notice("join", "join.refused", text) })
		return
	}
	var own settings.Own
	if !s.canOpen() || !s.ask(func() { own = s.opts.over(s.kept()) }) {
		return
	}
	now := link.Over(own)
	p := ui.Proposal{
		Title: s.texts.Say("join.link"), Why: s.texts.Say("join.link_why"),
		Server: link.Address(), Fingerprint: link.Fingerprint, Changes: settings.Changes(own, now),
	}
	switch {
	case own.Server != "" && !own.SameHub(now):
		p.Warnings = append(p.Warnings, s.texts.SayWith("join.other_hub", map[string]any{"Server": address(own)}))
	case link.ReplacesPin(own):
		p.Warnings = append(p.Warnings, s.texts.Say("join.other_pin"))
	}
	if link.Fingerprint == "" {
		p.Why += "\n\n" + s.texts.Say("join.no_pin")
	}
	s.propose(p, now)
}

func address(own settings.Own) string {
	return net.JoinHostPort(own.Server, strconv.Itoa(own.Over(settings.Default(), "").Port))
}

// propose shows what will change, and changes it when the agent says so. It belongs to Fyne's
// goroutine.
func (s *shell) propose(p ui.Proposal, now settings.Own) {
	hide := func() { s.windows.Hide(joinWindow) }
	content := ui.NewProposal(s.texts, p, func(yes bool) {
		hide()
		if !yes {
			return
		}
		s.windows.Hide(settingsWindow) // what it shows is of yesterday
		if err := s.adopt(now, func() {}); err != nil {
			s.post(func() { s.notice("join", "join.refused", err.Error()) })
		}
	})
	s.windows.Open(joinWindow, s.texts.Say("join.title"), content, fyne.NewSize(560, 640), nil)
}
