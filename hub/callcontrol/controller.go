// Package callcontrol dials, answers, transfers and hangs up calls for agents. It owns the running
// commands, the channels of live calls, and what it has learnt about phones. Package offer
// decides what is possible; pbx.Steering sends the actions.
//
// That Asterisk accepts an action proves little. A command is done when an event of the PBX shows it,
// and has failed when none comes in time; the customer's call stays as it is. A command with the id of
// an earlier one gets the answer of that one.
//
// A Controller may be used from any goroutine. The goroutines of pbx feed it; commands run on those of
// their callers.
package callcontrol

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"traybell/hub/callcontrol/offer"
	"traybell/hub/calls"
	"traybell/hub/dialplan"
	"traybell/hub/fail"
	"traybell/hub/pbx"
	"traybell/hub/staff"
	"traybell/hub/trace"
	"traybell/shared/protocol"
)

// Desk knows who is at which extension.
type Desk interface {
	// Seat returns the agent's extension in a live call, empty if there is none, and the agent's place.
	Seat(ctx context.Context, a staff.Agent, call string) (extension string, seat offer.Seat, err error)
	// Changed says that what agents may do with a live call of a PBX has changed; empty: with all.
	Changed(ctx context.Context, pbx, call string)
}

// PBXs are the running PBXs.
type PBXs interface {
	IDs() []string
	PBX(id string) (*pbx.PBX, bool)
}

// Options are what a Controller needs.
type Options struct {
	Desk   Desk
	PBXs   PBXs
	Plan   func() *dialplan.Plan           // of the moment
	Phones func(login string) []string     // the extensions with which the agent is signed in
	Trace  func(call string, s trace.Step) // keeps a step; does not block
	Log    *slog.Logger
	Now    func() time.Time
	// Background runs something for at most patience.
	Background func(func())
}

const (
	patience = 1800 * time.Millisecond // for what proves a command
	asking   = time.Second             // a phone that does what it is asked to has done it
	again    = 100 * time.Millisecond  // after a channel was not found
	mostOwn  = 2                       // live calls of an agent
)

// Controller carries out commands.
type Controller struct {
	o        Options
	watches  watches
	repeated repeated

	mu     sync.Mutex
	calls  map[string]calls.Call // live ones, by id
	homes  map[string]string     // the PBX of each extension's last call
	phones map[phone]learnt
	// what the manager users of the PBXs may do; nothing while a PBX is not connected
	permits map[string]offer.Set
	placed  map[string]placement // calls that begin here, by id

	situations map[string]*situation // of live calls, by id
	recorders  map[channelID]recorder
}

// phone is an extension of a PBX.
type phone struct{ pbx, extension string }

// learnt is what is known about a phone.
type learnt struct {
	works  bool // it has done what it was asked to
	failed int  // times in a row
}

// deafAfter is how often a phone that has never worked must fail to be taken for one that cannot.
const deafAfter = 2

// New returns a controller.
func New(o Options) *Controller {
	return &Controller{
		o: o, calls: map[string]calls.Call{}, homes: map[string]string{}, phones: map[phone]learnt{},
		permits: map[string]offer.Set{}, situations: map[string]*situation{}, recorders: map[channelID]recorder{},
		placed:   map[string]placement{},
		watches:  watches{all: map[*watch]struct{}{}},
		repeated: repeated{now: o.Now, answers: map[string]*answer{}},
	}
}

// Adopt notes a call's new state, and returns it with what the PBX does not know of a call that was
// placed here. shown is false for a call that only takes part in another one.
func (c *Controller) Adopt(ch calls.Change) (as calls.Change, shown bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	id := ch.Call.ID
	as, shown = c.placed[id].adopt(ch)
	if ch.Call.State == protocol.Ended {
		delete(c.calls, id)
		delete(c.placed, id)
		delete(c.situations, id)
		return as, shown
	}
	before := len(c.calls[id].Channels)
	c.calls[id] = ch.Call
	for _, leg := range ch.Call.Legs {
		c.homes[leg.Extension] = ch.PBX
	}
	if ch.Quiet && (before > mostOfCouple) != (len(ch.Call.Channels) > mostOfCouple) {
		c.o.Background(func() { c.o.Desk.Changed(context.Background(), ch.PBX, id) })
	}
	return as, shown
}

// mostOfCouple is how many channels an ordinary conversation has.
const mostOfCouple = 2

// Left forgets the calls of a PBX that hub.yml no longer names or enables.
func (c *Controller) Left(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for call, of := range c.calls {
		if of.PBX == id {
			delete(c.calls, call)
			delete(c.placed, call)
			delete(c.situations, call)
		}
	}
	delete(c.permits, id)
	maps.DeleteFunc(c.recorders, func(k channelID, _ recorder) bool { return k.pbx == id })
}

// PBX notes the status of a PBX.
func (c *Controller) PBX(ctx context.Context, s pbx.Status) {
	var permits offer.Set
	if s.State == protocol.PBXWorking {
		permits = offer.PBX(s.May)
	}
	c.mu.Lock()
	before := c.permits[s.ID]
	c.permits[s.ID] = permits
	c.mu.Unlock()
	if before == permits {
		return
	}
	c.o.Desk.Changed(ctx, s.ID, "")
	if permits.Has(protocol.ControlPauseRecording) && !before.Has(protocol.ControlPauseRecording) {
		c.o.Background(func() { c.takeStockOfRecordings(ctx, s.ID) })
	}
	if permits.Has(protocol.ControlPark) && !before.Has(protocol.ControlPark) {
		c.o.Background(func() { c.takeStock(ctx, s.ID) })
	}
}

// Facts returns what is known for offers. It does not block.
func (c *Controller) Facts(id, call, extension string) offer.Facts {
	c.mu.Lock()
	defer c.mu.Unlock()
	f := offer.Facts{
		PBX: c.permits[id], Deaf: c.phones[phone{id, extension}].deaf(),
		Crowd: len(c.calls[call].Channels) > mostOfCouple,
	}
	f.Recorded, f.Paused = c.recorded(call)
	own := c.ownOf(call, extension)
	c.situations[call].facts(&f, own)
	if slices.ContainsFunc(own, func(ch calls.Channel) bool { return ch.Mobile != "" }) {
		f.Deaf, f.NoConsult = true, true // a trunk does not pass on what phones are asked to
	}
	return f
}

func (l learnt) deaf() bool { return !l.works && l.failed >= deafAfter }

// learn notes whether a phone did what it was asked to.
func (c *Controller) learn(ctx context.Context, id, extension string, works bool) {
	c.mu.Lock()
	key := phone{id, extension}
	before := c.phones[key]
	now := learnt{works: before.works || works, failed: before.failed + 1}
	if works {
		now.failed = 0
	}
	c.phones[key] = now
	c.mu.Unlock()
	if before.deaf() != now.deaf() {
		c.o.Log.Info("learnt whether a phone answers and holds on request", "pbx", id, "extension", extension,
			"works", !now.deaf())
		c.o.Desk.Changed(ctx, id, "")
	}
}

// job is a command on a call.
type job struct {
	*Controller
	control   protocol.Control
	call      string
	agent     staff.Agent
	extension string
	pbx       string
	steering  pbx.Steering
	with      string // a number or digits
	unique    string // Uniqueid of a channel that the command makes
	// extensions one of which must ring for a pickup; none: any but the agent's
	at []string
}

// commands carry out the controls. Parking returns where the call is.
var commands = map[protocol.Control]func(job, context.Context) (string, error){
	protocol.ControlAnswer: func(j job, ctx context.Context) (string, error) { return "", j.answer(ctx) },
	protocol.ControlHangup: func(j job, ctx context.Context) (string, error) { return "", j.hangup(ctx) },
	protocol.ControlHold:   func(j job, ctx context.Context) (string, error) { return "", j.hold(ctx, "hold", evHold) },
	protocol.ControlResume: func(j job, ctx context.Context) (string, error) {
		return "", j.hold(ctx, "talk",
			evUnhold)
	},

	protocol.ControlTransfer:   job.transfer,
	protocol.ControlConsult:    job.consult,
	protocol.ControlComplete:   job.complete,
	protocol.ControlCancel:     job.comeBack,
	protocol.ControlSwap:       job.swap,
	protocol.ControlMute:       func(j job, ctx context.Context) (string, error) { return j.mute(ctx, true) },
	protocol.ControlUnmute:     func(j job, ctx context.Context) (string, error) { return j.mute(ctx, false) },
	protocol.ControlDTMF:       job.dtmf,
	protocol.ControlConference: job.conference,
	protocol.ControlPark:       job.park,
	protocol.ControlPickup:     job.pickup,

	protocol.ControlPauseRecording:  func(j job, ctx context.Context) (string, error) { return j.record(ctx, true) },
	protocol.ControlResumeRecording: func(j job, ctx context.Context) (string, error) { return j.record(ctx, false) },
}

// Control carries out a control on a call. id is the command's; with is the number for a transfer and
// a conference, and the digits of tones. It returns the place of a parked call. ctx outlives the
// agent's session. Errors are *fail.Error.
func (c *Controller) Control(ctx context.Context, a staff.Agent, id, call string, control protocol.Control, with string,
) (slot string, err error) {
	data, err := c.repeated.once(ctx, a.Login+"\n"+id, func() (any, error) {
		began := c.o.Now()
		slot, err := c.control(ctx, a, id, call, control, with)
		about := with
		if control == protocol.ControlDTMF {
			about = "" // it may be secret
		}
		c.report(call, a, control, about, c.o.Now().Sub(began), err)
		return slot, err
	})
	slot, _ = data.(string)
	return slot, err
}

func (c *Controller) control(ctx context.Context, a staff.Agent, id, call string, control protocol.Control, with string,
) (string, error) {
	extension, seat, err := c.o.Desk.Seat(ctx, a, call)
	if err != nil {
		return "", err
	}
	of, _, _ := strings.Cut(call, ":")
	if !seat.Controls().Has(control) {
		return "", because(seat.Why(control), of, control)
	}
	p, ok := c.o.PBXs.PBX(of)
	if !ok {
		return "", fail.New(protocol.ControlPBXDown, of)
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	j := job{
		Controller: c, control: control, call: call, agent: a, extension: extension, pbx: of, steering: p.Steering(),
		with: with, unique: uniqueid(a.Login, id),
	}
	slot, err := commands[control](j, ctx)
	return slot, j.failure(err)
}

// because is the error of a control that is not possible.
func because(why protocol.Problem, pbxID string, control protocol.Control) error {
	switch why {
	case protocol.RightMissing:
		return fail.New(why, right(control))
	case protocol.ControlPBXDown:
		return fail.New(why, pbxID)
	case protocol.ControlPBXRight:
		return fail.New(why, "").Explain("%s: the manager user of the PBX %s needs %s.", control, pbxID,
			strings.Join(offer.Needs(control), " and "))
	}
	return fail.New(why, "")
}

// right is the right that a control needs.
func right(c protocol.Control) protocol.Right {
	if c == protocol.ControlPauseRecording || c == protocol.ControlResumeRecording {
		return protocol.RightRecord
	}
	return protocol.RightControl
}

// failure is an error of a command as agents read it.
func (j job) failure(err error) error { return Failure(j.pbx, err) }

// Failure returns an error of a PBX as agents read it: a *fail.Error, or nil.
func Failure(id string, err error) error {
	refused := new(pbx.ResponseError)
	known := new(fail.Error)
	switch {
	case err == nil, errors.As(err, &known):
		return err
	case errors.Is(err, pbx.ErrNotConnected):
		return fail.New(protocol.ControlPBXDown, id)
	case errors.As(err, &refused):
		return fail.New(protocol.ControlPBXRefused, refused.Answer).Because(err)
	}
	return fail.New(protocol.ControlUnproven, "").Because(err)
}

// report logs and traces a command. about is what it was done with, such as a number.
func (c *Controller) report(call string, a staff.Agent, control protocol.Control, about string, after time.Duration,
	err error,
) {
	s := trace.Step{What: trace.Controlled, Agents: []string{a.Login}, Text: string(control), After: after}
	if about != "" {
		s.Words = []string{about}
	}
	if err != nil {
		s.Why = fail.Of(err).Error()
	}
	if call != "" {
		c.o.Trace(call, s)
	}
	c.o.Log.Info("call controlled", "call", call, "agent", a.Login, "control", control, "about", about,
		"after", after.Round(time.Millisecond), "error", s.Why)
}

// gone reports whether a PBX refuses an action because the channel no longer exists.
func gone(err error) bool {
	refused := new(pbx.ResponseError)
	if !errors.As(err, &refused) {
		return false
	}
	answer := strings.ToLower(refused.Answer)
	return strings.Contains(answer, "no such channel") ||
		strings.Contains(answer, "channel not found") // of PJSIPNotify
}
