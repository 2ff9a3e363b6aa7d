package history

import (
	"log/slog"
	"time"

	"traybell/desktop/settings"
	"traybell/desktop/shell/loop"
	"traybell/shared/protocol"
)

const maxMissed = 100 // calls that are counted

// Preferences store which missed calls the agent has seen.
type Preferences interface {
	Own() settings.Own
	Update(change func(own *settings.Own))
}

// Missed counts the calls that the agent missed since the calls window was last open. The hub knows
// them, and who was called back: it is queried after each connection and each missed call. It
// belongs to one goroutine.
type Missed struct {
	Hub         Hub
	Preferences Preferences
	Log         *slog.Logger
	Fresh       func(n int) // calls were missed while there was no connection
	Changed     func()

	count    int
	newest   time.Time // start of the newest missed call
	asked    uint64
	answered bool
	lastEnd  time.Time // latest end of a call that the hub has sent, by the hub's clock
	back     bool      // reconnected, and the hub has not answered yet
	gap      time.Time // calls that ended later were missed without a connection
	pace     loop.Pace
}

// Count is the number of missed calls.
func (m *Missed) Count() int { return m.count }

// Ask queries the hub.
func (m *Missed) Ask() {
	m.asked++
	number := m.asked
	list(m.Hub, protocol.ListHistory{Limit: maxMissed, Missed: true}, func(page protocol.History, failure string) {
		switch {
		case number != m.asked:
		case failure != "":
			m.Log.Info("cannot count missed calls", "reason", failure)
		default:
			m.came(page.Calls)
		}
	})
}

// Reconnected starts counting the calls missed since the connection broke, at a time by this
// computer's clock. That clock is only used if the hub has never answered.
func (m *Missed) Reconnected(lost time.Time) {
	if m.back {
		return
	}
	m.back, m.gap = true, lost
	if m.answered {
		m.gap = m.lastEnd
	}
}

// Ended records the end of a call.
func (m *Missed) Ended(post func(func()), c protocol.Call) {
	m.add(c)
	if c.Missed {
		m.pace.Do(post, askEvery, m.Ask)
	}
}

func (m *Missed) add(c protocol.Call) {
	if c.Ended.After(m.lastEnd) {
		m.lastEnd = c.Ended
	}
}

func (m *Missed) came(calls []protocol.Call) {
	m.newest, m.count, m.answered = newestStart(calls), 0, true
	if m.Preferences.Own().Seen.IsZero() { // first sign-in: earlier misses are not this agent's
		before := m.newest
		if m.back { // the connection broke before the hub had answered
			before = m.gap
		}
		m.see(before)
	}
	seen, fresh := m.Preferences.Own().Seen, 0
	for _, c := range calls {
		m.add(c)
		if c.Started.After(seen) && c.CalledBack == nil {
			m.count++
			if m.back && c.Ended.After(m.gap) {
				fresh++
			}
		}
	}
	m.back = false
	if fresh > 0 {
		m.Fresh(fresh)
	}
	m.Changed()
}

// Look marks the missed calls as seen; false if there are none.
func (m *Missed) Look() bool {
	if m.count == 0 || !m.newest.After(m.Preferences.Own().Seen) {
		return false
	}
	m.see(m.newest)
	m.count = 0
	return true
}

func (m *Missed) see(until time.Time) {
	if until.IsZero() {
		until = time.Unix(0, 0) // seen, even without calls
	}
	m.Preferences.Update(func(own *settings.Own) { own.Seen = until.UTC() })
}

// newestStart is the start of the newest call.
func newestStart(calls []protocol.Call) (newest time.Time) {
	for _, c := range calls {
		if c.Started.After(newest) {
			newest = c.Started
		}
	}
	return newest
}
