package callcontrol

import (
	"context"
	"errors"
	"strings"

	"traybell/hub/ami/wire"
	"traybell/hub/calls"
	"traybell/hub/dialplan"
	"traybell/hub/fail"
	"traybell/hub/pbx"
	"traybell/shared/protocol"
)

func errNotNow() error { return fail.New(protocol.ControlNotNow, "") }

// comesBack is the context of the administrator's guide from which a call comes back to the agent if
// the one who is to get it is busy or does not answer.
const comesBack = "traybell-transfer"

// target reads where a call is to go. known is whether the PBX says that it has the number: a call that
// is sent to one that does not exist is lost.
func (j job) target(ctx context.Context) (to dialplan.Destination, known bool, err error) {
	plan := j.o.Plan()
	if to, err = plan.Read(j.agent, j.with, ""); err != nil {
		return to, false, err
	}
	exists, known, err := j.steering.Exists(ctx, plan.Context, to.Exten)
	if err == nil && known && !exists {
		err = fail.New(protocol.DialUnknown, to.Shown)
	}
	return to, known, err
}

// aim returns the agent's channel and a number that the PBX is known to have, for what the agent does.
func aim(ctx context.Context, j job, what protocol.Control) (own calls.Channel, to dialplan.Destination, err error) {
	if own, err = j.phone(); err != nil {
		return own, to, err
	}
	to, known, err := j.target(ctx)
	if err == nil && !known {
		err = because(protocol.ControlPBXRight, j.pbx, what)
	}
	return own, to, err
}

// transfer sends the other side to a number at once.
func (j job) transfer(ctx context.Context) (string, error) {
	own, to, err := aim(ctx, j, protocol.ControlTransfer)
	if err != nil {
		return "", err
	}
	dialplanContext := j.o.Plan().Context
	back, _, err := j.steering.Exists(ctx, comesBack, to.Exten)
	if err != nil {
		return "", err
	}
	if back {
		dialplanContext = comesBack
	}
	return "", j.prove(ctx, []calls.Channel{own}, func() error {
		return j.steering.Transfer(ctx, own.Name, dialplanContext, to.Exten)
	}, func(m wire.Message) (bool, error) {
		switch {
		case m.Event() != evBlind || m.Get("TransfererUniqueid") != own.Uniqueid: //nolint:misspell // as in Asterisk
			return false, nil
		case m.Get("Result") != "Success":
			return false, fail.New(protocol.ControlPBXRefused, m.Get("Result"))
		}
		return true, nil
	})
}

// consult has the agent talk with who is to get the call, while the other side hears music. It returns
// when that begins; who is asked may not answer, and the agent is back then.
func (j job) consult(ctx context.Context) (string, error) {
	own, to, err := aim(ctx, j, protocol.ControlConsult)
	if err != nil {
		return "", err
	}
	err = j.prove(ctx, []calls.Channel{own}, func() error {
		return j.steering.Consult(ctx, own.Name, j.o.Plan().Context, to.Exten)
	}, func(m wire.Message) (bool, error) {
		return m.Event() == evHold && m.Get("Uniqueid") == own.Uniqueid, nil
	})
	if !errors.Is(err, context.DeadlineExceeded) {
		return "", err
	}
	j.change(context.WithoutCancel(ctx), j.call, func(s *situation) { s.noConsult = true })
	return "", fail.New(protocol.ControlNoConsult, "").Because(err).
		Explain("The PBX %s accepts Atxfer and does nothing: the dialplan calls this phone without the options t and "+
			"T of Dial or Queue, or features.conf has no atxfer.", j.pbx)
}

// complete ends a consultation: the agent leaves, the two others talk.
func (j job) complete(ctx context.Context) (string, error) {
	own, err := j.phone()
	if err != nil {
		return "", err
	}
	return "", j.prove(ctx, []calls.Channel{own}, func() error { return j.steering.Hangup(ctx, own.Name, 0) },
		func(m wire.Message) (bool, error) {
			return m.Event() == evAttended && m.Get("OrigTransfererUniqueid") == own.Uniqueid &&
				m.Get("Result") == "Success", nil
		})
}

// comeBack ends a consultation: the agent talks with the first side again. An agent who is already
// there, after a swap, stays, and the other one is hung up.
func (j job) comeBack(ctx context.Context) (string, error) {
	own, err := j.phone()
	if err != nil {
		return "", err
	}
	first, err := j.other()
	if err != nil {
		return "", err
	}
	asked := j.channels(func(ch calls.Channel, _ protocol.State) bool {
		return ch.Extension != j.extension && ch.Uniqueid != first.Uniqueid
	})
	return "", j.prove(ctx, append([]calls.Channel{own}, asked...),
		func() error { return j.steering.CancelConsult(ctx, own.Name) },
		func(m wire.Message) (bool, error) {
			of := m.Get("Uniqueid") == own.Uniqueid
			return m.Event() == evUnhold && of || m.Event() == evHangup && !of, nil
		})
}

// swap has the agent talk with the other one of a consultation.
func (j job) swap(ctx context.Context) (string, error) {
	return "", j.press(ctx, "*4", func(m wire.Message, own calls.Channel) bool {
		return m.Event() == evBridgeEnter && m.Get("Uniqueid") == own.Uniqueid
	})
}

// press presses keys of the agent's phone for the features of a consultation. done tells the event that
// shows that it happened; one about an attended transfer does as well.
func (j job) press(ctx context.Context, keys string, done func(m wire.Message, own calls.Channel) bool) error {
	own, err := j.phone()
	if err != nil {
		return err
	}
	return j.prove(ctx, []calls.Channel{own}, func() error {
		for _, key := range keys {
			if err := j.steering.Digit(ctx, own.Name, string(key), true); err != nil {
				return err
			}
		}
		return nil
	}, func(m wire.Message) (bool, error) {
		return m.Event() == evAttended || done(m, own), nil
	})
}

// conference has somebody join the call or, in a consultation, all three talk.
func (j job) conference(ctx context.Context) (string, error) {
	if j.with == "" {
		// the agent's phone may still be on its way into the consultation's bridge
		return "", j.press(ctx, "*3", func(wire.Message, calls.Channel) bool { return false })
	}
	other, err := j.other()
	if err != nil {
		return "", err
	}
	to, _, err := j.target(ctx)
	if err != nil {
		return "", err
	}
	plan := j.o.Plan()
	p := placement{number: to.Exten}
	if plan.Inside(to.Exten) {
		p.host = j.extension
	}
	return "", j.place(j.pbx+":"+j.unique, p, func() error {
		return j.ring(ctx, pbx.Originate{
			Channel: "Local/" + to.Exten + "@" + plan.Context + "/n", Application: "BridgeAdd", Data: other.Name,
			Name: j.agent.Name, Number: j.extension, Uniqueid: j.unique, Timeout: plan.Ring,
		}, to.Shown)
	})
}

// mute says whether the other side hears the agent. No event shows it; the PBX's answer is reliable.
func (j job) mute(ctx context.Context, on bool) (string, error) {
	own, err := j.phone()
	if err == nil {
		err = j.steering.Mute(ctx, own.Name, on)
	}
	if err == nil {
		j.change(ctx, j.call, func(s *situation) {
			if s.muted[own.Uniqueid] = on; !on {
				delete(s.muted, own.Uniqueid)
			}
		})
	}
	return "", err
}

// dtmf plays tones to the other side. The PBX answers when a tone is over.
func (j job) dtmf(ctx context.Context) (string, error) {
	other, err := j.other()
	if err != nil {
		return "", err
	}
	if j.with == "" || len(j.with) > protocol.MaxDigits || strings.Trim(j.with, protocol.Digits) != "" {
		return "", fail.New(protocol.DialInvalid, "…")
	}
	for _, digit := range j.with {
		if err := j.steering.Digit(ctx, other.Name, string(digit), false); err != nil {
			return "", err
		}
	}
	return "", nil
}

// park parks the other side, and returns where.
func (j job) park(ctx context.Context) (slot string, err error) {
	own, err := j.phone()
	if err != nil {
		return "", err
	}
	other, err := j.other()
	if err != nil {
		return "", err
	}
	err = j.prove(ctx, []calls.Channel{other}, func() error { return j.steering.Park(ctx, other.Name, own.Name) },
		func(m wire.Message) (bool, error) {
			if m.Event() != evParked || m.Get("ParkeeUniqueid") != other.Uniqueid {
				return false, nil
			}
			slot = m.Get("ParkingSpace")
			return true, nil
		})
	return slot, err
}

// prove does something, and waits for the event about one of some channels that shows that it happened.
// The first of them must not hang up before.
func (j job) prove(ctx context.Context, about []calls.Channel, do func() error,
	shows func(wire.Message) (bool, error),
) error {
	ids := map[string]bool{}
	for _, ch := range about {
		ids[ch.Uniqueid] = true
	}
	w := j.watches.begin(j.pbx, ids)
	defer j.watches.end(w)
	if err := do(); gone(err) {
		return errNotNow()
	} else if err != nil {
		return err
	}
	for {
		m, err := w.next(ctx)
		if err != nil {
			return err
		}
		if done, err := shows(m); done || err != nil {
			return err
		}
		if m.Event() == evHangup && m.Get("Uniqueid") == about[0].Uniqueid {
			return errNotNow()
		}
	}
}
