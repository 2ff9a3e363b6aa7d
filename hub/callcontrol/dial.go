package callcontrol

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"traybell/hub/calls"
	"traybell/hub/dialplan"
	"traybell/hub/fail"
	"traybell/hub/pbx"
	"traybell/hub/staff"
	"traybell/shared/protocol"
)

// Dial rings the phone of an agent, and calls a number when the agent answers. It returns when the
// phone rings. Errors are *fail.Error.
func (c *Controller) Dial(ctx context.Context, a staff.Agent, id string, in protocol.DialNumber) (
	protocol.DialledNumber, error,
) {
	data, err := c.repeated.once(ctx, a.Login+"\n"+id, func() (any, error) {
		began := c.o.Now()
		done, err := c.dial(ctx, a, id, in)
		c.report(done.Call, a, controlDial, done.Number, c.o.Now().Sub(began), err)
		return done, err
	})
	done, _ := data.(protocol.DialledNumber)
	return done, err
}

// Phone returns the extension whose phone may ring for an agent who asks for it, and the PBX that is to
// ring it. wanted is an extension of the agent; empty: the one at which the agent is signed in. Errors
// are *fail.Error.
func (c *Controller) Phone(a staff.Agent, wanted string) (extension string, p *pbx.PBX, err error) {
	if !a.May(protocol.RightControl) {
		return "", nil, fail.New(protocol.RightMissing, protocol.RightControl)
	}
	if extension, err = c.from(a, wanted); err != nil {
		return "", nil, err
	}
	c.mu.Lock()
	busy := c.live(a) >= mostOwn
	c.mu.Unlock()
	if busy {
		return "", nil, fail.New(protocol.DialBusy, strconv.Itoa(mostOwn))
	}
	p, err = c.home(extension)
	return extension, p, err
}

// controlDial is the name of dialling in the trace: it begins a call, and is no control of one.
const controlDial protocol.Control = "dial"

func (c *Controller) dial(ctx context.Context, a staff.Agent, id string, in protocol.DialNumber) (
	done protocol.DialledNumber, err error,
) {
	extension, p, err := c.Phone(a, in.From)
	if err != nil {
		return done, err
	}
	plan := c.o.Plan()
	to, err := plan.Read(a, in.Number, in.Line)
	if err != nil {
		return done, err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	name := p.Status().ID
	j := job{Controller: c, agent: a, extension: extension, pbx: name, steering: p.Steering()}
	unique := uniqueid(a.Login, id)
	done = protocol.DialledNumber{Call: name + ":" + unique, Number: to.Exten}
	return done, j.place(done.Call, placement{login: a.Login, number: to.Exten}, func() error {
		err := j.ring(ctx, originate(plan, extension, to, unique), extension)
		if unknown(err) { // before the phone rings: to ask first would take as long as the call
			return fail.New(protocol.DialUnknown, to.Shown).Because(err)
		}
		return err
	})
}

// unknown reports whether the PBX refuses a call because its dialplan does not have the number.
func unknown(err error) bool {
	refused := new(pbx.ResponseError)
	return errors.As(err, &refused) && strings.Contains(refused.Answer, "Extension does not exist")
}

// placement is a call that begins here.
type placement struct {
	login  string // whose call it is; empty: of no agent
	number string // that is dialled
	takes  string // the call that the agent's phone is to take: this one is not shown
	host   string // the extension that has the number join a call
	at     time.Time
}

// seenAfter is how soon a call that was placed is among those of the PBX.
const seenAfter = time.Minute

// adopt returns a change of the call as agents see it, and whether they do.
func (p placement) adopt(ch calls.Change) (as calls.Change, shown bool) {
	switch {
	case p.host != "": // for the PBX the one who joins has placed it
		ch.Call.Direction, ch.Call.Number, ch.Call.DID = protocol.Internal, p.host, p.number
		ch.Call.Legs = slices.Clone(ch.Call.Legs)
		for i := range ch.Call.Legs {
			ch.Call.Legs[i].Calling = false
		}
	case ch.Call.Number == "" && ch.Call.Direction == protocol.Outgoing:
		ch.Call.Number = p.number
	}
	return ch, p.takes == ""
}

// place counts a call among those of its agent while do places it, so that two presses at once do not
// exceed the limit, and as long as it lasts then.
func (j job) place(call string, p placement, do func() error) error {
	j.mu.Lock()
	switch {
	case p.takes != "" && j.taking(p):
		j.mu.Unlock()
		return errNotNow()
	case p.login != "" && j.live(j.agent) >= mostOwn:
		j.mu.Unlock()
		return fail.New(protocol.DialBusy, strconv.Itoa(mostOwn))
	}
	p.at = j.o.Now()
	j.placed[call] = p
	j.mu.Unlock()
	err := j.failure(do())
	if err != nil {
		j.mu.Lock()
		delete(j.placed, call)
		j.mu.Unlock()
	}
	return err
}

// taking reports whether the agent's phone already rings for that; the lock is held.
func (c *Controller) taking(p placement) bool {
	for _, other := range c.placed {
		if other.takes == p.takes && other.login == p.login {
			return true
		}
	}
	return false
}

// originate is the call that begins at the agent's phone. The number of the CallerID is the extension:
// the dialplan of FreePBX finds the outbound CallerID and the permissions of the user by it.
func originate(plan *dialplan.Plan, extension string, to dialplan.Destination, unique string) pbx.Originate {
	o := pbx.Originate{
		Channel: plan.Channel(extension), Context: plan.Context, Exten: to.Exten, Name: to.Shown, Number: extension,
		Uniqueid: unique, Timeout: plan.Ring,
	}
	if to.CallerID != "" { // for dialplans of one's own, and for FreePBX
		o.Variables = append(o.Variables, "__TB_CID="+to.CallerID, "__TRUNKCIDOVERRIDE="+to.CallerID)
	}
	o.Variables = append(o.Variables, plan.Lift()...)
	return o
}

// ring places a call, and waits until the phone rings or answers by itself. If it does neither, the
// call is cancelled: it must not ring later. who is whose phone it is.
func (j job) ring(ctx context.Context, o pbx.Originate, who string) error {
	w := j.watches.begin(j.pbx, map[string]bool{o.Uniqueid: true})
	defer j.watches.end(w)
	action, err := j.steering.Originate(ctx, o)
	if err != nil {
		if ctx.Err() != nil { // the PBX may place it yet
			j.cancel(context.WithoutCancel(ctx), o.Uniqueid)
		}
		return err
	}
	channel := o.Uniqueid // until its name is known
	for {
		m, err := w.next(ctx)
		if err != nil {
			j.cancel(context.WithoutCancel(ctx), channel)
			return fail.New(protocol.DialPhone, who).Because(err)
		}
		switch of := m.Get("Uniqueid") == o.Uniqueid; {
		case of && m.Event() == "Newchannel":
			channel = m.Get("Channel")
		case of && m.Event() == "Newstate" && slices.Contains([]string{stateRinging, stateUp}, m.Get("ChannelState")):
			return nil
		case m.Event() == originateResponse && m.ActionID() == action && m.Response() != "Success",
			of && m.Event() == evHangup:
			return fail.New(protocol.DialPhone, who)
		}
	}
}

const stateRinging = "5"

// cancel hangs up the channel of a call that was placed. Asterisk finds it by its name or its Uniqueid.
func (j job) cancel(ctx context.Context, channel string) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := j.steering.Hangup(ctx, channel, 0); err != nil && !gone(err) {
		j.o.Log.Warn("cannot cancel a call that was placed", "pbx", j.pbx, "channel", channel, "error", err)
	}
}

// from returns the extension whose phone is to ring.
func (c *Controller) from(a staff.Agent, wanted string) (string, error) {
	if wanted != "" {
		if !slices.Contains(a.Extensions, wanted) {
			return "", fail.New(protocol.ControlNoPhone, "").Explain("%s is not an extension of %s.", wanted, a.Login)
		}
		return wanted, nil
	}
	for _, extension := range append(c.o.Phones(a.Login), a.Extensions...) {
		return extension, nil
	}
	return "", fail.New(protocol.ControlNoPhone, "")
}

// live counts the calls in which an extension of the agent has a part, or will have; the lock is held.
func (c *Controller) live(a staff.Agent) (n int) {
	for id, p := range c.placed {
		_, known := c.calls[id]
		switch {
		case !known && c.o.Now().Sub(p.at) > seenAfter:
			delete(c.placed, id)
		case !known && p.login == a.Login:
			n++
		}
	}
	for _, call := range c.calls {
		for _, leg := range call.Legs {
			if leg.State != protocol.Ended && slices.Contains(a.Extensions, leg.Extension) {
				n++
				break
			}
		}
	}
	return n
}

// home returns the PBX through which an extension dials: the one that had its last call, else the
// first that permits it.
func (c *Controller) home(extension string) (*pbx.PBX, error) {
	c.mu.Lock()
	last := c.homes[extension]
	c.mu.Unlock()
	ids := c.o.PBXs.IDs()
	slices.SortStableFunc(ids, func(a, b string) int {
		return btoi(b == last) - btoi(a == last)
	})
	lacking := fail.New(protocol.DialNoPBX, "")
	for _, id := range ids {
		p, ok := c.o.PBXs.PBX(id)
		if !ok {
			continue
		}
		switch s := p.Status(); {
		case s.State != protocol.PBXWorking:
			if id == last {
				return nil, fail.New(protocol.ControlPBXDown, id)
			}
		case !s.May("Originate"):
			lacking = lacking.Explain("The manager user of the PBX %s needs %q.", id, pbx.RightOriginate)
		default:
			return p, nil
		}
	}
	return nil, lacking
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// uniqueid is that of the call of a command: the same for a repetition, also to another hub. FreePBX
// keeps 32 characters.
func uniqueid(login, id string) string {
	sum := sha256.Sum256([]byte(login + "\n" + id))
	return "tb-" + hex.EncodeToString(sum[:10])
}
