package shell

import (
	"time"

	"traybell/desktop/model"
	"traybell/desktop/settings"
	"traybell/shared/protocol"
)

// quietTick is how often the end of do-not-disturb is looked for: by the wall clock, as the clock
// of timers stands still while the computer sleeps.
const quietTick = 15 * time.Second

// beQuiet begins or ends do-not-disturb. It belongs to the shell's goroutine, as all below.
func (s *shell) beQuiet(c settings.QuietFor) {
	s.own.Quiet = c.From(time.Now())
	if err := s.file.Save(s.own); err != nil {
		s.log.Error("do-not-disturb is not remembered", "error", err)
	}
	if s.own.Quiet.On {
		s.drop(noticeID("missed"))
	}
	s.watchQuiet()
	s.refresh()
}

// watchQuiet sees to it that do-not-disturb ends by itself. Where it goes on until it is switched
// off there is nothing to watch.
func (s *shell) watchQuiet() {
	s.quietWatch++
	number, q := s.quietWatch, s.own.Quiet
	if !q.On || q.Until.IsZero() {
		return
	}
	if !s.quiet() {
		s.beQuiet(settings.QuietOff)
		return
	}
	time.AfterFunc(min(time.Until(q.Until.Round(0)), quietTick), func() {
		s.post(func() {
			if number == s.quietWatch {
				s.watchQuiet()
			}
		})
	})
}

func (s *shell) quiet() bool { return s.own.Quiet.Active(time.Now()) }

// undisturbed leaves out what waits while nothing may disturb: calls, which stand in the list of
// calls as usual, and messages, which come when it is over. Warnings that somebody must act on, and
// what came of the agent's own presses, are shown all the same. The hub is told once a call why
// there is no popup.
func (s *shell) undisturbed(cards []model.Card) []model.Card {
	if !s.quiet() {
		clear(s.hidden)
		return cards
	}
	var shown []model.Card
	here := map[string]bool{}
	for _, c := range cards {
		switch {
		case c.Kind != model.Warn:
			here[c.ID] = true
			if !s.hidden[c.ID] {
				s.hidden[c.ID] = true
				s.tellShown(protocol.ShownCall{Call: c.Call.ID, Hidden: protocol.HiddenQuiet})
			}
		case c.Title == model.TitleMissed:
			s.terminal.Forget(c.ID, time.Now()) // the tray's mark tells of it
		case c.Title != model.TitleMessage:
			shown = append(shown, c)
		}
	}
	for id := range s.hidden {
		if !here[id] {
			delete(s.hidden, id)
		}
	}
	return shown
}
