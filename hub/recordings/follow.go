package recordings

import (
	"strings"
	"time"

	"traybell/hub/ami/wire"
	"traybell/hub/pbx"
)

// Follower learns from the events of a PBX what is recorded. It is a pbx.Tracker.
type Follower struct {
	service *Service
	pbx     string
}

// Follow returns what the events of a PBX are to be fed to.
func (s *Service) Follow(pbx string) *Follower { return &Follower{s, pbx} }

// Events returns the names of the events about recordings.
func (f *Follower) Events() []string { return []string{"MixMonitorStart"} }

// Snapshots returns nothing.
func (f *Follower) Snapshots() []string { return nil }

// Connected does nothing.
func (f *Follower) Connected(uint64, time.Time) {}

// Resync does nothing: the events that came since follow.
func (f *Follower) Resync([]wire.Message, []wire.Message, time.Time) {}

// Late does nothing.
func (f *Follower) Late(time.Time) {}

// Event takes an event.
func (f *Follower) Event(m wire.Message, at time.Time) {
	if !f.service.On() {
		return
	}
	channel, id, linked := m.Get("Channel"), m.Get("Uniqueid"), m.Get("Linkedid")
	if m.Event() == "MixMonitorStart" {
		for key, value := range m.Each() { // manager.conf: channelvars = MIXMONITOR_FILENAME
			if name, ok := strings.CutPrefix(value, pbx.RecordingFile+"="); ok &&
				strings.HasPrefix(key, "ChanVariable") &&
				name != "" {
				f.service.began(f.pbx, id, linked, name, at)
				return
			}
		}
		f.service.ask(f.pbx, channel, id, linked, at)
	}
}
