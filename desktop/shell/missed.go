package shell

import (
	"time"

	"traybell/shared/protocol"
)

const (
	mostMissed = 100 // calls are counted at most
	// the hub is asked for calls that ended: it answers ten questions a second, and presses are
	// among them
	askEvery = time.Second
)

// missedCalls is what the hub says of the calls that were missed since the agent last looked at the
// window of calls. It belongs to the shell's goroutine.
type missedCalls struct {
	count  int
	newest time.Time // when the newest of them began
	asked  uint64
	known  bool // the hub has answered in this run
	// the latest end of a call that was heard of, by the hub's clock, which need not be this
	// computer's
	heard time.Time
	back  bool      // there was no connection: what was missed meanwhile is to be told
	gap   time.Time // calls that ended later were missed meanwhile
	pace  pace
}

// askMissed asks the hub for the missed calls. Which they are, and who was called back, only the
// hub knows: it is asked after every connection, so that those are among them that began and ended
// meanwhile, and whenever it says that one was missed.
func (s *shell) askMissed() {
	m := &s.missed
	m.asked++
	number := m.asked
	s.askHistory(protocol.ListHistory{Limit: mostMissed, Missed: true}, func(list protocol.History, failure string) {
		switch {
		case number != m.asked:
		case failure != "":
			s.log.Info("missed calls are not counted", "reason", failure)
		default:
			s.missedCame(list.Calls)
		}
	})
}

// connectedAgain notes that the connection is back, which was lost at that time, by this computer's
// clock. What ended before was heard of through it; of a run that had none yet the time of its
// first try is all there is.
func (m *missedCalls) connectedAgain(lost time.Time) {
	if m.back {
		return // the hub has not answered yet since it came back before
	}
	m.back, m.gap = true, lost
	if m.known {
		m.gap = m.heard
	}
}

func (m *missedCalls) hear(c protocol.Call) {
	if c.Ended.After(m.heard) {
		m.heard = c.Ended
	}
}

func (s *shell) missedCame(calls []protocol.Call) {
	m, fresh := &s.missed, 0
	m.newest, m.count, m.known = newestStart(calls), 0, true
	if s.own.Seen.IsZero() { // a first sign-in: what was missed before is not this agent's to make up for
		s.seen(m.newest)
	}
	for _, c := range calls {
		m.hear(c)
		if c.Started.After(s.own.Seen) && c.CalledBack == nil {
			m.count++
			if m.back && c.Ended.After(m.gap) {
				fresh++
			}
		}
	}
	m.back = false
	if fresh > 0 && !s.quiet() {
		s.drop(noticeID("missed"))
		s.notice("missed", "notice.missed", s.texts.Count("state.missed", fresh))
	}
	s.refresh()
}

// lookedAtMissed notes that the agent has seen what there is: the window of calls is open.
func (s *shell) lookedAtMissed() {
	if s.missed.count == 0 || !s.missed.newest.After(s.own.Seen) {
		return
	}
	s.seen(s.missed.newest)
	s.missed.count = 0
	s.drop(noticeID("missed"))
	s.refresh()
}

// seen keeps, across restarts, up to where missed calls were looked at.
func (s *shell) seen(until time.Time) {
	if until.IsZero() {
		until = time.Unix(0, 0) // looked at, though there was nothing yet
	}
	s.own.Seen = until.UTC()
	if err := s.file.Save(s.own); err != nil {
		s.log.Error("what was looked at is not remembered", "error", err)
	}
}
