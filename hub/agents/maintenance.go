package agents

import (
	"math/rand/v2"
	"time"

	"traybell/hub/fail"
	"traybell/shared/protocol"
)

// suspension is why no terminal may sign in; nil: one may.
type suspension struct {
	until time.Time // zero: until Resume
	text  string    // of an administrator
}

// over reports whether the time of a suspension has passed.
func (s *suspension) over(now time.Time) bool { return !s.until.IsZero() && !now.Before(s.until) }

// Terminals that are refused try again after retryRefused and up to retrySpread, not all at once.
const (
	retryRefused = time.Minute
	retrySpread  = 15 * time.Second
)

// refusal returns why no terminal may sign in now; nil if one may.
func (s *suspension) refusal(now time.Time) *refusal {
	if s == nil || s.over(now) {
		return nil
	}
	wait := retryRefused
	if !s.until.IsZero() {
		wait = min(wait, s.until.Sub(now))
	}
	return &refusal{
		code: protocol.CloseRestart, error: protocol.Limit, text: fail.Text(protocol.HubMaintained, ""),
		wait: wait + rand.N(retrySpread), problem: protocol.HubMaintained, about: s.text,
	}
}

// Suspend refuses new terminals until a time, or Resume if it is zero. Signed-in ones stay. text is
// for the agents.
func (s *Server) Suspend(until time.Time, text string) { s.suspended.Store(&suspension{until, text}) }

// Resume admits terminals again, and tells the signed-in ones. The heartbeat does it when the time of
// a suspension has passed.
func (s *Server) Resume() { s.resume(s.suspended.Load()) }

// resume ends a suspension, unless it is another one by now.
func (s *Server) resume(from *suspension) {
	if from == nil || !s.suspended.CompareAndSwap(from, nil) {
		return
	}
	m, err := protocol.New(protocol.Notification, protocol.MaintenanceOver, struct{}{})
	if err == nil {
		s.Message(m, func(Session) bool { return true })
	}
}
