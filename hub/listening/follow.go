package listening

import (
	"time"

	"traybell/hub/ami/wire"
)

// Follower hands the events of a PBX to the service. It is a pbx.Tracker.
type Follower struct {
	service *Service
	pbx     string
}

// Follow returns what the events of a PBX are to be fed to.
func (s *Service) Follow(pbx string) *Follower { return &Follower{s, pbx} }

// Events returns the names of the events about the phones of supervisors.
func (f *Follower) Events() []string {
	return []string{"Newstate", "Hangup", "ChanSpyStart", "ChanSpyStop"}
}

// Snapshots returns nothing: the calls say what there is.
func (f *Follower) Snapshots() []string { return nil }

// Connected does nothing: the calls that are gone end.
func (f *Follower) Connected(uint64, time.Time) {}

// Resync hangs up what is still to be. The events that came during the snapshots of others are
// delivered next.
func (f *Follower) Resync([]wire.Message, []wire.Message, time.Time) { f.service.retry(f.pbx) }

// Late does nothing.
func (f *Follower) Late(time.Time) {}

// Event takes an event.
func (f *Follower) Event(m wire.Message, _ time.Time) {
	s := f.service
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.all) == 0 {
		return
	}
	id := m.Get("Uniqueid")
	if m.Event() == "ChanSpyStart" || m.Event() == "ChanSpyStop" {
		id = m.Get("SpyerUniqueid")
	}
	key := f.pbx + ":" + id
	l := s.all[key]
	if l == nil {
		return
	}
	switch m.Event() {
	case "Newstate":
		if l.hungUp { // the agent had left before this phone had a channel
			s.hangup(l)
		} else if state := m.Get("ChannelState"); state == "5" || state == "6" { // ringing, up
			s.rings(key)
		}
	case "ChanSpyStart":
		s.began(key, l, m.Get("SpyeeUniqueid"))
	case "Hangup":
		s.end(key, l)
	case "ChanSpyStop":
		s.hangup(l) // Asterisk does the same, unless it looks for another channel
	}
}

func (s *Service) rings(key string) {
	if w := s.waiting[key]; w != nil {
		select {
		case w <- nil:
		default:
		}
	}
}

// began notes that the supervisor hears a channel. Any other than the one that was meant is left, and
// so is one whose agent has left the call.
func (s *Service) began(key string, l *Listening, spied string) {
	if c, live := s.calls[l.Call]; l.hungUp || !live || !l.part(c) {
		s.o.Log.Warn("a supervisor would listen after the agent's part in the call: hung up", "call", l.Call)
		s.hangup(l)
		return
	}
	s.rings(key)
	if spied != l.channel {
		s.o.Log.Error("the PBX has a supervisor listen to another channel: hung up", "call", l.Call,
			"channel", l.channel, "spied", spied)
		s.hangup(l)
		return
	}
	if l.Began.IsZero() {
		l.Began = s.o.Now()
		s.o.Began(*l)
		s.version++
	}
}
