package callcontrol

import (
	"context"
	"maps"
	"slices"
	"strings"

	"traybell/hub/ami/wire"
	"traybell/hub/calls"
	"traybell/hub/pbx"
)

// recorder is what records a channel.
type recorder struct {
	pbx.Recorder
	paused bool
}

// Names of events about recordings. Monitor is gone in Asterisk 21.
const (
	evMixStart     = "MixMonitorStart"
	evMixStop      = "MixMonitorStop"
	evMixMute      = "MixMonitorMute"
	evMonitorStart = "MonitorStart"
	evMonitorStop  = "MonitorStop"
)

// channelID is a channel of a PBX.
type channelID struct{ pbx, uniqueid string }

// followRecording notes which channels are recorded: before their call is known, and as long as they
// live.
func (c *Controller) followRecording(id string, m wire.Message) {
	key := channelID{id, strings.Clone(m.Get("Uniqueid"))}
	name := strings.Clone(m.Get("Channel"))
	c.mu.Lock()
	r, known := c.recorders[key]
	switch m.Event() {
	case evMixStart, evMonitorStart:
		r = recorder{Recorder: pbx.Recorder{Channel: name, Monitor: m.Event() == evMonitorStart}}
		c.recorders[key], known = r, true
	case evMixMute:
		r.Channel, r.paused = name, m.Get("State") == "1"
		c.recorders[key], known = r, true
	case evMixStop, evMonitorStop, evHangup:
		delete(c.recorders, key)
	}
	call := ""
	if known && m.Event() != evHangup {
		call = c.callOf(key)
	}
	c.mu.Unlock()
	if call != "" {
		c.o.Desk.Changed(context.Background(), id, call)
	}
}

// forgetRecordings forgets what is recorded on a PBX.
func (c *Controller) forgetRecordings(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	maps.DeleteFunc(c.recorders, func(k channelID, _ recorder) bool { return k.pbx == id })
}

// callOf returns the live call that a channel belongs to; empty if it is not known. The lock is held.
func (c *Controller) callOf(key channelID) string {
	for id, call := range c.calls {
		if call.PBX == key.pbx && slices.ContainsFunc(call.Channels, func(ch calls.Channel) bool {
			return ch.Uniqueid == key.uniqueid
		}) {
			return id
		}
	}
	return ""
}

// recordersOf returns the channels of a call that are recorded; the lock is held.
func (c *Controller) recordersOf(call string) (some []channelID) {
	of := c.calls[call]
	for _, ch := range of.Channels {
		if key := (channelID{of.PBX, ch.Uniqueid}); c.recorders[key].Channel != "" {
			some = append(some, key)
		}
	}
	return some
}

// recorded says whether a call is recorded, and whether all that records it is paused; the lock is held.
func (c *Controller) recorded(call string) (is, paused bool) {
	keys := c.recordersOf(call)
	paused = len(keys) > 0
	for _, key := range keys {
		paused = paused && c.recorders[key].paused
	}
	return len(keys) > 0, paused
}

// record pauses all that records the call, or goes on.
func (j job) record(ctx context.Context, paused bool) (string, error) {
	j.mu.Lock()
	keys := j.recordersOf(j.call)
	j.mu.Unlock()
	done := 0
	for _, key := range keys {
		j.mu.Lock()
		r := j.recorders[key]
		j.mu.Unlock()
		err := recordOne(ctx, j, key, r, paused)
		switch {
		case gone(err) || err != nil && strings.Contains(strings.ToLower(err.Error()), "mute flag"):
			j.mu.Lock() // it no longer records
			delete(j.recorders, key)
			j.mu.Unlock()
		case err != nil:
			return "", err
		default:
			done++
		}
	}
	j.o.Desk.Changed(ctx, j.pbx, j.call)
	if done == 0 {
		return "", errNotNow()
	}
	return "", nil
}

// recordOne pauses what records one channel. An event proves it for MixMonitor; for Monitor there is
// none, but its answer is reliable.
func recordOne(ctx context.Context, j job, key channelID, r recorder, paused bool) error {
	w := j.watches.begin(j.pbx, map[string]bool{key.uniqueid: true})
	defer j.watches.end(w)
	if err := j.steering.PauseRecording(ctx, r.Recorder, paused); err != nil {
		return err
	}
	for !r.Monitor {
		m, err := w.next(ctx)
		if err != nil {
			return err
		}
		if m.Event() == evMixMute && m.Get("Uniqueid") == key.uniqueid && (m.Get("State") == "1") == paused {
			break
		}
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if now, live := j.recorders[key]; live {
		now.paused = paused
		j.recorders[key] = now
	}
	return nil
}

// takeStockOfRecordings learns which channels record on a PBX that has just connected. A channel that
// has recorded before looks the same: the first command tells.
func (c *Controller) takeStockOfRecordings(ctx context.Context, id string) {
	p, ok := c.o.PBXs.PBX(id)
	if !ok {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	found, err := p.Steering().Recording(ctx)
	if err != nil {
		c.o.Log.Debug("a PBX does not say what it records", "pbx", id, "error", err)
		return
	}
	c.mu.Lock()
	for uniqueid, channel := range found {
		if key := (channelID{id, uniqueid}); c.recorders[key].Channel == "" {
			c.recorders[key] = recorder{Recorder: pbx.Recorder{Channel: channel}}
		}
	}
	c.mu.Unlock()
	c.o.Desk.Changed(ctx, id, "")
}
