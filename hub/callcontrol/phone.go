package callcontrol

import (
	"context"
	"time"

	"traybell/hub/ami/wire"
	"traybell/hub/fail"
	"traybell/shared/protocol"
)

// declined is the cause with which a ringing phone is left: others of the group ring on.
const declined = 21

const stateUp = "6" // of a channel, as AMI numbers them

// hangup ends the agent's part of the call. While the phone rings it declines.
func (j job) hangup(ctx context.Context) error {
	channels := j.own()
	if len(channels) == 0 {
		return errNotNow()
	}
	cause := 0
	if !j.talking() {
		cause = declined
	}
	left := map[string]bool{}
	for _, ch := range channels {
		left[ch.Uniqueid] = true
	}
	w := j.watches.begin(j.pbx, left)
	defer j.watches.end(w)
	for _, ch := range channels {
		switch err := j.steering.Hangup(ctx, ch.Name, cause); {
		case gone(err):
			delete(left, ch.Uniqueid)
		case err != nil:
			return err
		}
	}
	for len(left) > 0 {
		m, err := w.next(ctx)
		if err != nil {
			return err
		}
		if m.Event() == evHangup {
			delete(left, m.Get("Uniqueid"))
		}
	}
	return nil
}

// talking reports whether the agent's leg has answered, or placed the call.
func (j job) talking() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, leg := range j.calls[j.call].Legs {
		if leg.Extension == j.extension && (leg.Calling || leg.State != protocol.Ringing) {
			return true
		}
	}
	return false
}

// answer has the phone that rings take the call. Several phones are tried in turn.
func (j job) answer(ctx context.Context) error {
	return j.ask(ctx, "talk", func(m wire.Message, id string) (done, over bool) {
		up := m.Event() == "Newstate" && m.Get("Uniqueid") == id && m.Get("ChannelState") == stateUp
		over = m.Event() == evHangup && m.Get("Uniqueid") == id
		return up, over
	})
}

// hold has the phone hold the call, or continue it.
func (j job) hold(ctx context.Context, request, proof string) error {
	return j.ask(ctx, request, func(m wire.Message, id string) (done, over bool) {
		of := m.Get("Uniqueid") == id
		return of && m.Event() == proof, of && m.Event() == evHangup
	})
}

// ask sends the phone a request, and learns whether it does what it is asked to. read reports whether
// an event shows that, or that the channel is over.
func (j job) ask(ctx context.Context, request string, read func(m wire.Message, id string) (done, over bool)) error {
	over := true
	for _, ch := range j.own() {
		done, ended, err := j.askOne(ctx, ch.Name, ch.Uniqueid, request, read)
		if err != nil {
			return err
		}
		if done {
			j.learn(ctx, j.pbx, j.extension, true)
			return nil
		}
		over = over && ended
	}
	if over {
		return errNotNow()
	}
	j.learn(ctx, j.pbx, j.extension, false)
	return fail.New(protocol.ControlPhoneDeaf, "")
}

// notify asks again if the PBX does not find the channel: Asterisk 16 may report a channel some
// milliseconds before it finds it.
func (j job) notify(ctx context.Context, channel, request string) error {
	err := j.steering.Notify(ctx, channel, request)
	if !gone(err) {
		return err
	}
	select {
	case <-time.After(again):
		return j.steering.Notify(ctx, channel, request)
	case <-ctx.Done():
		return err
	}
}

func (j job) askOne(ctx context.Context, channel, id, request string,
	read func(m wire.Message, id string) (done, over bool),
) (done, over bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, asking)
	defer cancel()
	w := j.watches.begin(j.pbx, map[string]bool{id: true})
	defer j.watches.end(w)
	switch err := j.notify(ctx, channel, request); {
	case gone(err):
		return false, true, nil
	case err != nil:
		return false, false, err
	}
	for {
		m, err := w.next(ctx)
		if err != nil {
			return false, false, nil //nolint:nilerr // the phone did nothing in time
		}
		if done, over := read(m, id); done || over {
			return done, over, nil
		}
	}
}
