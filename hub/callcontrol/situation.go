package callcontrol

import (
	"context"
	"slices"
	"strings"

	"traybell/hub/ami/wire"
	"traybell/hub/callcontrol/offer"
	"traybell/hub/calls"
	"traybell/shared/protocol"
)

// situation is what is known of a live call that the tracker of calls does not follow.
type situation struct {
	muted     map[string]bool // Uniqueids of the phones that others do not hear
	slot      string          // its place in the parking lot; empty: it is not parked
	noConsult bool            // its dialplan does not let the agent consult before a transfer
}

// facts are what offers need to know; s may be nil.
func (s *situation) facts(f *offer.Facts, own []calls.Channel) {
	if s == nil {
		return
	}
	f.Muted = slices.ContainsFunc(own, func(ch calls.Channel) bool { return s.muted[ch.Uniqueid] })
	f.Parked, f.NoConsult = s.slot != "", s.noConsult
}

// change changes a situation. Those who see the call are offered what is possible then.
func (c *Controller) change(ctx context.Context, call string, do func(s *situation)) {
	c.mu.Lock()
	if _, live := c.calls[call]; !live {
		c.mu.Unlock()
		return
	}
	s := c.situations[call]
	if s == nil {
		s = &situation{muted: map[string]bool{}}
		c.situations[call] = s
	}
	do(s)
	c.mu.Unlock()
	id, _, _ := strings.Cut(call, ":")
	c.o.Desk.Changed(ctx, id, call)
}

// follow notes what an event says of a situation.
func (c *Controller) follow(id string, m wire.Message) {
	switch m.Event() {
	case evParked, evUnparked, evParkTimeout, evParkGivenUp:
		slot := ""
		if m.Event() == evParked {
			slot = m.Get("ParkingSpace")
		}
		c.parked(context.Background(), id, map[string]string{m.Get("ParkeeUniqueid"): strings.Clone(slot)})
	case evMixStart, evMixStop, evMixMute, evMonitorStart, evMonitorStop, evHangup:
		c.followRecording(id, m)
	}
}

// parked notes the places of parked channels by Uniqueid; empty: it is not parked any longer.
func (c *Controller) parked(ctx context.Context, id string, slots map[string]string) {
	places := map[string]string{}
	c.mu.Lock()
	for call, of := range c.calls {
		for _, ch := range of.Channels {
			if slot, ok := slots[ch.Uniqueid]; ok && of.PBX == id {
				places[call] = slot
			}
		}
	}
	c.mu.Unlock()
	for call, slot := range places {
		c.change(ctx, call, func(s *situation) { s.slot = slot })
	}
}

// takeStock learns which calls are parked on a PBX that has just connected.
func (c *Controller) takeStock(ctx context.Context, id string) {
	p, ok := c.o.PBXs.PBX(id)
	if !ok {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	slots, err := p.Steering().Parked(ctx)
	if err != nil {
		c.o.Log.Warn("cannot list the parked calls", "pbx", id, "error", err)
		return
	}
	c.parked(ctx, id, slots)
}

// own returns the live channels of the agent's extension.
func (j job) own() []calls.Channel {
	return j.channels(func(ch calls.Channel, _ protocol.State) bool { return ch.Extension == j.extension })
}

// phone returns the agent's phone that talks.
func (j job) phone() (calls.Channel, error) { return first(j.own()) }

// other returns the side that the agent has talked with the longest.
func (j job) other() (calls.Channel, error) {
	return first(j.channels(func(ch calls.Channel, leg protocol.State) bool {
		return ch.Extension != j.extension && leg != protocol.Ringing
	}))
}

// ringing returns the channel of a colleague's phone that rings.
func (j job) ringing() (calls.Channel, error) {
	return first(j.channels(func(ch calls.Channel, leg protocol.State) bool {
		return ch.Extension != j.extension && leg == protocol.Ringing &&
			(len(j.at) == 0 || slices.Contains(j.at, ch.Extension))
	}))
}

func first(some []calls.Channel) (calls.Channel, error) {
	if len(some) == 0 {
		return calls.Channel{}, errNotNow()
	}
	return some[0], nil
}

// channels returns some channels of the call, in the order in which they joined; leg is the state of
// their extension's leg, empty for a party outside. The leg of the one who calls never rings here.
func (j job) channels(which func(ch calls.Channel, leg protocol.State) bool) (some []calls.Channel) {
	j.mu.Lock()
	defer j.mu.Unlock()
	call := j.calls[j.call]
	for _, ch := range call.Channels {
		var leg protocol.State
		for _, l := range call.Legs {
			if l.Extension == ch.Extension && ch.Extension != "" {
				if leg = l.State; l.Calling && leg == protocol.Ringing {
					leg = protocol.Answered
				}
			}
		}
		if which(ch, leg) {
			some = append(some, ch)
		}
	}
	return some
}

// ownOf returns the channels of an extension in a call; the lock is held.
func (c *Controller) ownOf(call, extension string) (own []calls.Channel) {
	for _, ch := range c.calls[call].Channels {
		if ch.Extension == extension {
			own = append(own, ch)
		}
	}
	return own
}
