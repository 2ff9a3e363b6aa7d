package callcontrol

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"traybell/hub/ami/wire"
)

// watches are the commands that wait for events.
type watches struct {
	any atomic.Int32 // how many there are: events are many, commands few
	mu  sync.Mutex
	all map[*watch]struct{}
}

// watch gets the events about some channels of a PBX, and the results of originates.
type watch struct {
	pbx    string
	ids    map[string]struct{} // Uniqueids
	events chan wire.Message
}

// watched bounds the events that wait for a command. Some dozens concern a channel.
const watched = 256

func (w *watches) begin(pbx string, ids map[string]bool) *watch {
	begun := &watch{pbx, map[string]struct{}{}, make(chan wire.Message, watched)}
	for id := range ids {
		begun.ids[id] = struct{}{}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.all[begun] = struct{}{}
	w.any.Add(1)
	return begun
}

func (w *watches) end(ended *watch) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.all, ended)
	w.any.Add(-1)
}

// take hands an event to those who wait for it. Events that a command does not read in time are lost
// to it.
func (w *watches) take(pbx string, m wire.Message) {
	if w.any.Load() == 0 {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for waiting := range w.all {
		if waiting.pbx == pbx && waiting.concerns(m) {
			select {
			case waiting.events <- m:
			default:
			}
		}
	}
}

// concerns reports whether an event is about one of the channels, in any part.
func (w *watch) concerns(m wire.Message) bool {
	if m.Event() == originateResponse {
		return true
	}
	for key, value := range m.Each() {
		if strings.HasSuffix(key, "niqueid") { // Uniqueid, DestUniqueid, OrigTransfererUniqueid
			if _, ok := w.ids[value]; ok {
				return true
			}
		}
	}
	return false
}

// next waits for the next event.
func (w *watch) next(ctx context.Context) (wire.Message, error) {
	select {
	case m := <-w.events:
		return m, nil
	case <-ctx.Done():
		return wire.Message{}, ctx.Err()
	}
}

// Names of events.
const (
	evHangup          = "Hangup"
	evHold            = "Hold"
	evUnhold          = "Unhold"
	evBridgeEnter     = "BridgeEnter"
	evBlind           = "BlindTransfer"
	evAttended        = "AttendedTransfer"
	evParked          = "ParkedCall"
	evUnparked        = "UnParkedCall"
	evParkTimeout     = "ParkedCallTimeOut"
	evParkGivenUp     = "ParkedCallGiveUp"
	originateResponse = "OriginateResponse"
)

// Follower hands the events of a PBX to the commands. It is a pbx.Tracker.
type Follower struct {
	controller *Controller
	pbx        string
}

// Follow returns what the events of a PBX are to be fed to.
func (c *Controller) Follow(pbx string) *Follower { return &Follower{c, pbx} }

// Events returns the names of the events that show what a command did.
func (f *Follower) Events() []string {
	return []string{
		"Newchannel", "Newstate", evHangup, evHold, evUnhold, evBridgeEnter, evBlind, evAttended, evParked,
		evUnparked, evParkTimeout, evParkGivenUp, originateResponse,
		evMixStart, evMixStop, evMixMute, evMonitorStart, evMonitorStop,
	}
}

// Snapshots returns nothing: commands wait for events only.
func (f *Follower) Snapshots() []string { return nil }

// Connected forgets what is recorded: it is asked for again. Commands that wait for an event of the last
// connection run out of time.
func (f *Follower) Connected(uint64, time.Time) { f.controller.forgetRecordings(f.pbx) }

// Resync reads the events that came during the snapshots of others: they are delivered next.
func (f *Follower) Resync([]wire.Message, []wire.Message, time.Time) {}

// Event takes an event.
func (f *Follower) Event(m wire.Message, _ time.Time) {
	f.controller.follow(f.pbx, m)
	f.controller.watches.take(f.pbx, m)
}

// Late does nothing.
func (f *Follower) Late(time.Time) {}
