package shell

import "time"

// between is the least time between two looks at everything: what changes within it is shown
// together. A hub that tells of thousands of calls at once costs as many frames as the flood lasts,
// and not as many as there are calls.
const between = 16 * time.Millisecond

// frame remembers when everything was shown last.
type frame struct {
	last time.Time
	due  bool // it will be shown again soon
	full bool // there was a card
	tidy *time.Timer
}

// refresh shows everything anew that follows from what the program knows: at once where nothing was
// shown a moment ago, else soon.
func (s *shell) refresh() {
	if s.frame.due {
		return
	}
	wait := between - time.Since(s.frame.last)
	if wait <= 0 {
		s.show()
		return
	}
	s.frame.due = true
	time.AfterFunc(wait, func() {
		s.post(func() {
			s.frame.due = false
			s.show()
		})
	})
}

func (s *shell) show() {
	s.frame.last = time.Now()
	force := s.inForce()
	cards := s.terminal.Cards()
	for i := range cards {
		if c := &cards[i]; c.Call.ID != "" {
			c.Call.Links = force.Links(c.Call, only(c.Call.Caller.Customers))
		}
	}
	cards = s.undisturbed(cards)
	s.tellOff(cards, force)
	cards = append(cards, s.notices...)
	s.popups.SetCards(cards)
	if s.frame.full && len(cards) == 0 {
		s.tidy()
	}
	s.frame.full = len(cards) > 0
	s.tray.Show(s.state())
	s.loop.Do(s.refreshWindows)
}
