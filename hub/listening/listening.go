// Package listening lets supervisors listen to calls of agents, speak to the agent only, or to both
// sides: the supervisor's phone rings, and Asterisk's ChanSpy connects it with the channel of the
// agent's phone. That channel is named by its Uniqueid, which no other ever has. Listening ends with
// the agent's part in the call: what is said afterwards is not heard.
//
// A Service owns the listening, the channels of live calls and who listens. It has no goroutine but
// those that hang up; any goroutine may use it. The goroutines of pbx feed it.
package listening

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"traybell/hub/calls"
	"traybell/hub/dialplan"
	"traybell/hub/fail"
	"traybell/hub/pbx"
	"traybell/shared/protocol"
)

// Mode is what a supervisor does.
type Mode string

// The modes.
const (
	Listen  Mode = "listen"  // hears both sides, and is not heard
	Whisper Mode = "whisper" // is heard by the agent
	Barge   Mode = "barge"   // is heard by both sides
)

// Modes returns all modes.
func Modes() []Mode { return []Mode{Listen, Whisper, Barge} }

// options are those of ChanSpy: quiet, ends with the channel (E) and if there is none (S), and the
// channel is a Uniqueid (u), so that the keys of the phone choose no other one.
var options = map[Mode]string{Listen: "qESu", Whisper: "qwESu", Barge: "qBESu"}

// PBXs are the running PBXs.
type PBXs interface {
	PBX(id string) (*pbx.PBX, bool)
}

// Options are what a Service needs.
type Options struct {
	PBXs PBXs
	Plan func() *dialplan.Plan // of the moment
	// Began gets a listening when ChanSpy has begun, Ended each one at its end. They must not block.
	Began, Ended func(Listening)
	Go           func(func())
	Log          *slog.Logger
	Now          func() time.Time
}

// Request asks for a listening.
type Request struct {
	Call      string
	Extension string // whose part in the call is listened to
	Name      string // of the agent, for the display of the phone
	Phone     string // extension that rings
	Mode      Mode
	For       any // kept with the listening
}

// Listening is a supervisor who listens, or whose phone rings.
type Listening struct {
	ID    string // the call of the supervisor's phone
	PBX   string
	Began time.Time // zero: the phone rings
	Asked time.Time
	Ended time.Time
	Request

	channel string // Uniqueid of the agent's channel
	spy     string // Uniqueid of the supervisor's
	hungUp  bool   // it is to end
	sending bool   // a goroutine hangs it up
}

func (l *Listening) key() string { return l.PBX + ":" + l.spy }

// Service has supervisors listen.
type Service struct {
	o Options

	mu      sync.Mutex
	calls   map[string]calls.Call
	all     map[string]*Listening // by the Uniqueid of the supervisor's channel, with the PBX
	version uint64
	waiting map[string]chan error // for the phone to ring
	leaving map[string]bool       // PBXs that are being removed
}

const (
	mark     = "tbl-" // begins the Uniqueid of a supervisor's channel
	patience = 1800 * time.Millisecond
	pause    = 200 * time.Millisecond // before the second attempt to hang up; it grows
	longest  = 5 * time.Second        // pause
	most     = 50                     // listenings at once
)

// New returns a service that knows no calls.
func New(o Options) *Service {
	return &Service{
		o: o, calls: map[string]calls.Call{}, all: map[string]*Listening{}, waiting: map[string]chan error{},
		leaving: map[string]bool{},
	}
}

// Own reports whether a call is that of a phone with which a supervisor listens.
func Own(call string) bool {
	_, linked, _ := strings.Cut(call, ":")
	return strings.HasPrefix(linked, mark)
}

// Call takes a call's new state, also one that only its channels differ in.
func (s *Service) Call(c calls.Call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.State == protocol.Ended {
		delete(s.calls, c.ID)
	} else {
		s.calls[c.ID] = c
	}
	if Own(c.ID) {
		s.supervisor(c)
		return
	}
	for _, l := range s.all {
		if l.Call == c.ID && !l.part(c) || l.Call != c.ID && l.PBX == c.PBX && l.has(c) {
			s.hangup(l)
		}
	}
}

// has reports whether a call has the channel that is listened to.
func (l *Listening) has(c calls.Call) bool {
	return slices.ContainsFunc(c.Channels, func(ch calls.Channel) bool { return ch.Uniqueid == l.channel })
}

// supervisor takes the call of a phone with which a supervisor listens. One that this process did not
// begin is ended: no page would show it.
func (s *Service) supervisor(c calls.Call) {
	_, spy, _ := strings.Cut(c.ID, ":")
	key := c.PBX + ":" + spy
	l := s.all[key]
	switch {
	case c.State == protocol.Ended && l != nil:
		s.end(key, l)
	case c.State != protocol.Ended && l == nil:
		s.o.Log.Warn("a supervisor listens since before the hub's start: hung up", "call", c.ID)
		s.send(c.PBX, spy)
	case l != nil && l.hungUp:
		s.hangup(l)
	}
}

// part reports whether the channel that is listened to has its part in a call.
func (l *Listening) part(c calls.Call) bool {
	return c.State != protocol.Ended && slices.ContainsFunc(c.Channels, func(ch calls.Channel) bool {
		return ch.Uniqueid == l.channel && ch.Extension == l.Extension
	})
}

// Left ends what belongs to a PBX that is no longer connected to.
func (s *Service) Left(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.leaving, id)
	for call, of := range s.calls {
		if of.PBX == id {
			delete(s.calls, call)
		}
	}
	for key, l := range s.all {
		if l.PBX == id {
			s.end(key, l)
		}
	}
}

// Can reports whether an extension's part in a call can be listened to now.
func (s *Service) Can(call, extension string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, c, err := s.find(call, extension)
	if err != nil {
		return false
	}
	p, ok := s.o.PBXs.PBX(c.PBX)
	return ok && p.Status().State == protocol.PBXWorking && p.Status().May("Originate")
}

// find returns the channel of an extension that talks in a call.
func (s *Service) find(call, extension string) (calls.Channel, calls.Call, error) {
	c, ok := s.calls[call]
	talks := slices.ContainsFunc(c.Legs, func(l calls.Leg) bool {
		return l.Extension == extension && (l.State == protocol.Answered || l.State == protocol.Held)
	})
	i := slices.IndexFunc(c.Channels, func(ch calls.Channel) bool { return ch.Extension == extension })
	if !ok || !talks || i < 0 || Own(call) {
		return calls.Channel{}, c, fail.New(protocol.ListenNotNow, "")
	}
	return c.Channels[i], c, nil
}

// Version grows with each change.
func (s *Service) Version() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.version
}

// List returns who listens or is being called, in the order of the requests.
func (s *Service) List() []Listening {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]Listening, 0, len(s.all))
	for _, l := range s.all {
		list = append(list, *l)
	}
	slices.SortFunc(list, func(a, b Listening) int { return a.Asked.Compare(b.Asked) })
	return list
}

// Begin rings the supervisor's phone, and returns when it rings. Errors are *fail.Error.
func (s *Service) Begin(ctx context.Context, in Request) (Listening, error) {
	how, ok := options[in.Mode]
	if !ok {
		return Listening{}, fail.New(protocol.ActionInvalid, "").Explain("There is no mode %q.", in.Mode)
	}
	l, rings, steering, err := s.begin(in)
	if err != nil {
		return Listening{}, err
	}
	key := l.key()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	plan := s.o.Plan()
	_, err = steering.Originate(ctx, pbx.Originate{
		Channel: plan.Channel(in.Phone), Application: "ChanSpy", Data: l.channel + "," + how,
		Name: string(in.Mode) + ": " + in.Name, Number: in.Extension, Uniqueid: l.spy, Timeout: plan.Ring,
	})
	if err == nil {
		select {
		case err = <-rings:
		case <-ctx.Done():
			err = fail.New(protocol.DialPhone, in.Phone).Because(ctx.Err())
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.waiting, key)
	if err == nil {
		return *l, nil
	}
	if now := s.all[key]; now != nil {
		s.send(l.PBX, l.spy)
		delete(s.all, key)
		s.version++
	}
	if l.hungUp {
		return Listening{}, fail.New(protocol.ListenNotNow, "").Because(err)
	}
	known, refused := new(fail.Error), new(pbx.ResponseError)
	switch {
	case errors.As(err, &known):
		return Listening{}, err
	case errors.As(err, &refused):
		return Listening{}, fail.New(protocol.ControlPBXRefused, refused.Answer).Because(err)
	case errors.Is(err, pbx.ErrNotConnected):
		return Listening{}, fail.New(protocol.ControlPBXDown, l.PBX)
	}
	return Listening{}, fail.New(protocol.ControlUnproven, "").Because(err)
}

// begin checks a request, and notes the listening. Its phone's ringing, or why it does not, is sent to
// rings.
func (s *Service) begin(in Request) (l *Listening, rings chan error, to pbx.Steering, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	channel, c, err := s.find(in.Call, in.Extension)
	if err != nil {
		return nil, nil, to, err
	}
	p, ok := s.o.PBXs.PBX(c.PBX)
	switch {
	case !ok || s.leaving[c.PBX] || p.Status().State != protocol.PBXWorking:
		return nil, nil, to, fail.New(protocol.ControlPBXDown, c.PBX)
	case !p.Status().May("Originate"):
		return nil, nil, to, fail.New(protocol.ControlPBXRight, "").
			Explain("Listening: the manager user of the PBX %s needs %q.", c.PBX, pbx.RightOriginate)
	case strings.ContainsAny(channel.Uniqueid, ",|\r\n") || channel.Uniqueid == "":
		return nil, nil, to, fail.New(protocol.ListenNotNow, "")
	case slices.ContainsFunc(c.Legs, func(l calls.Leg) bool { return l.Extension == in.Phone && l.Ended.IsZero() }):
		return nil, nil, to, fail.New(protocol.ListenOwn, in.Phone)
	case len(s.all) >= most:
		return nil, nil, to, fail.New(protocol.HubBusy, "")
	}
	for _, l := range s.all {
		if l.Phone == in.Phone {
			return nil, nil, to, fail.New(protocol.ListenTwice, in.Phone)
		}
	}
	spy := mark + strings.ToLower(rand.Text())[:20]
	l = &Listening{
		ID: c.PBX + ":" + spy, PBX: c.PBX, Asked: s.o.Now(), Request: in, channel: channel.Uniqueid, spy: spy,
	}
	rings = make(chan error, 1)
	s.all[l.key()], s.waiting[l.key()] = l, rings
	s.version++
	return l, rings, p.Steering(), nil
}

// End ends a listening. false: there is none.
func (s *Service) End(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.all {
		if l.ID == id {
			s.hangup(l)
			return true
		}
	}
	return false
}

// hangup hangs up the supervisor's phone, until it is gone: the channel of a phone that is just being
// called may not exist yet. The lock is held.
func (s *Service) hangup(l *Listening) {
	l.hungUp = true
	if l.sending {
		return
	}
	l.sending = true
	s.o.Go(func() {
		for wait := pause; s.tries(context.Background(), l); wait = min(2*wait, longest) {
			time.Sleep(wait)
		}
	})
}

// tries hangs up once. It reports whether another attempt is needed. Without a connection the next
// Resync makes it.
func (s *Service) tries(ctx context.Context, l *Listening) (again bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all[l.key()] == l {
		s.mu.Unlock()
		err := s.hangUp(ctx, l.PBX, l.spy)
		s.mu.Lock()
		again = err != nil && !errors.Is(err, pbx.ErrNotConnected)
	}
	l.sending = again
	return again
}

// retry hangs up what could not be hung up while there was no connection.
func (s *Service) retry(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.all {
		if l.PBX == id && l.hungUp {
			s.hangup(l)
		}
	}
}

// Leave hangs up the phones of a PBX that is about to be removed, and waits up to 1.8 seconds for
// that. Left must follow.
func (s *Service) Leave(ctx context.Context, id string) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var work sync.WaitGroup
	s.mu.Lock()
	s.leaving[id] = true
	for _, l := range s.all {
		if l.PBX == id {
			l.hungUp = true
			work.Go(func() {
				for s.tries(ctx, l) && ctx.Err() == nil {
					time.Sleep(pause)
				}
			})
		}
	}
	s.mu.Unlock()
	work.Wait()
}

// send hangs up a channel that is no listening of this process.
func (s *Service) send(id, spy string) {
	s.o.Go(func() { _ = s.hangUp(context.Background(), id, spy) })
}

// hangUp hangs up a channel by its Uniqueid.
func (s *Service) hangUp(ctx context.Context, id, spy string) error {
	p, ok := s.o.PBXs.PBX(id)
	if !ok {
		return pbx.ErrNotConnected
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err := p.Steering().Hangup(ctx, spy, 0)
	if err != nil {
		s.o.Log.Info("cannot hang up the phone of a supervisor", "pbx", id, "channel", spy, "error", err)
	}
	return err
}

// end notes that a listening is over; the lock is held.
func (s *Service) end(key string, l *Listening) {
	delete(s.all, key)
	l.Ended = s.o.Now()
	if w := s.waiting[key]; w != nil {
		select {
		case w <- fail.New(protocol.DialPhone, l.Phone):
		default:
		}
	}
	s.o.Ended(*l)
	s.version++
}
