//go:build e2e

package faults

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"traybell/shared/protocol"
	"traybell/test/e2e/phones"
)

// The bulk phones of the lab.
const (
	firstPhone = 301
	lastPhone  = 348
)

// office is the phones, two and two, and the agents' desktops.
type office struct {
	trunk    *phones.Trunk
	phones   map[string]*phones.Phone
	desktops map[string]*desktop
	pairs    chan int // free pairs, by their first extension
	numbers  atomic.Int64
	pressed  atomic.Int64
	noCard   atomic.Int64 // presses for which no card came
}

func newOffice(t *testing.T, desktops map[string]*desktop) *office {
	t.Helper()
	o := &office{
		phones: map[string]*phones.Phone{}, desktops: desktops, pairs: make(chan int, lastPhone-firstPhone+1),
	}
	listen := func(name, host string) *phones.Phone {
		p, err := phones.Listen(name, host)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = p.Close() })
		return p
	}
	for n := firstPhone; n <= lastPhone; n++ {
		name := strconv.Itoa(n)
		o.phones[name] = listen(name, "127.0.1."+strconv.Itoa(n-firstPhone+1))
		if n%2 == 1 {
			o.pairs <- n
		}
	}
	o.trunk = &phones.Trunk{Phone: listen("pstn", "127.0.1.60")}
	go o.outside(t.Context())
	return o
}

// outside plays the phones that the office calls: an even number answers, an odd one does not.
func (o *office) outside(ctx context.Context) {
	for {
		c, err := o.trunk.WaitRinging(ctx)
		if err != nil {
			return
		}
		go func() {
			ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
			defer cancel()
			if number := c.Called(); (number[len(number)-1]-'0')%2 == 0 {
				pause(ctx, 400*time.Millisecond)
				_ = c.Answer(ctx)
			}
			_ = c.WaitEnded(ctx)
			_ = c.HangUp(ctx)
		}()
	}
}

// scene is one call, played by two phones that no other call uses. Errors end it: in a fault a call
// goes as it can, and Asterisk says how.
type scene struct {
	*office
	context.Context
	chance *rand.Rand
	number string // of the outside party
	a, b   *phones.Phone
	press  bool
}

// plays are the kinds of calls, by how many of a hundred there are.
var plays = []struct {
	name  string
	share int
	play  func(*scene) error
}{
	{"answered", 20, func(s *scene) error { return s.direct(s.talk) }},
	{"busy", 7, func(s *scene) error { return s.direct(func(_, at *phones.Call) error { return at.Busy() }) }},
	{"abandoned", 8, func(s *scene) error { return s.direct(s.abandon) }},
	{"queue", 13, func(s *scene) error { return s.together("74951002", s.talk) }},
	{"queue, abandoned", 4, func(s *scene) error { return s.together("74951002", s.abandon) }},
	{"ring group", 10, func(s *scene) error { return s.together("74951001", s.talk) }},
	{"ring group, abandoned", 2, func(s *scene) error { return s.together("74951001", s.abandon) }},
	{"blind transfer", 9, func(s *scene) error { return s.direct(s.blindTransfer) }},
	{"attended transfer", 9, func(s *scene) error { return s.direct(s.attendedTransfer) }},
	{"consultation", 3, func(s *scene) error { return s.direct(s.consultation) }},
	{"outgoing", 8, func(s *scene) error { return s.dials("8495" + s.number[4:10] + "0") }},
	{"outgoing, no answer", 2, func(s *scene) error { return s.dials("8495" + s.number[4:10] + "1") }},
	{"internal", 3, func(s *scene) error { return s.internal(true) }},
	{"internal, no answer", 2, func(s *scene) error { return s.internal(false) }},
}

// play plays one random call.
func (o *office) play(ctx context.Context, seed uint64, share float64) (name string, err error) {
	var pair int
	select {
	case pair = <-o.pairs:
	case <-ctx.Done():
		return "", ctx.Err()
	}
	ctx, cancel := context.WithTimeout(ctx, 25*time.Second)
	n := o.numbers.Add(1)
	s := &scene{
		office: o, Context: ctx, chance: rand.New(rand.NewPCG(seed, uint64(n))), number: fmt.Sprintf("7916%07d", n),
		a: o.phones[strconv.Itoa(pair)], b: o.phones[strconv.Itoa(pair+1)],
	}
	s.press = s.chance.Float64() < share
	defer func() {
		cancel()
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
		defer cancel()
		s.a.Clear(ctx)
		s.b.Clear(ctx)
		o.pairs <- pair
	}()
	which := s.chance.IntN(100)
	for _, p := range plays {
		if which -= p.share; which < 0 {
			return p.name, p.play(s)
		}
	}
	panic("the shares are not a hundred")
}

// pause waits a random number of milliseconds.
func (s *scene) pause(from, to int) {
	pause(s, time.Duration(from+s.chance.IntN(to-from))*time.Millisecond)
}

func (s *scene) call(did string) (*phones.Call, error) { return s.trunk.Call(s, did, s.number, "Ivan") }

// direct calls the first phone and continues when it rings.
func (s *scene) direct(then func(caller, at *phones.Call) error) error {
	caller, err := s.call("74951000" + s.a.Name())
	if err != nil {
		return err
	}
	defer hangUp(s, caller)
	at, err := s.a.WaitRinging(s)
	if err != nil {
		return err
	}
	s.pause(200, 1200)
	return then(caller, at)
}

// together calls both phones and continues with one of them.
func (s *scene) together(did string, then func(caller, at *phones.Call) error) error {
	caller, err := s.call(did + s.a.Name())
	if err != nil {
		return err
	}
	defer hangUp(s, caller)
	rings := s.a
	if s.chance.IntN(2) == 0 {
		rings = s.b
	}
	at, err := rings.WaitRinging(s)
	if err != nil {
		return err
	}
	s.pause(200, 1200)
	return then(caller, at)
}

// talk answers and talks; either side hangs up.
func (s *scene) talk(caller, at *phones.Call) error {
	if err := at.Answer(s); err != nil {
		return err
	}
	s.ok(at.Phone(), s.number)
	s.pause(800, 3500)
	if s.chance.IntN(2) == 0 {
		return caller.HangUp(s)
	}
	return at.HangUp(s)
}

func (s *scene) abandon(caller, _ *phones.Call) error {
	s.pause(300, 1500)
	return caller.HangUp(s)
}

// ok presses OK on a share of the calls, at the desktop of the phone that has answered.
func (s *scene) ok(at *phones.Phone, number string) {
	if !s.press {
		return
	}
	s.press = false // once per call
	pressed := s.desktops[at.Name()].press(s, "ok-"+s.number, func(c protocol.Call) bool {
		if c.Number != number && c.E164 != "+"+number {
			return false
		}
		for _, leg := range c.Legs {
			if leg.Extension == at.Name() && leg.State == protocol.Answered {
				return true
			}
		}
		return false
	})
	if pressed {
		s.pressed.Add(1)
	} else {
		s.noCard.Add(1)
	}
}

// answers answers and talks for a moment.
func (s *scene) answers(at *phones.Call) error {
	if err := at.Answer(s); err != nil {
		return err
	}
	if err := at.WaitHeard(s); err != nil {
		return err
	}
	if s.chance.IntN(2) == 0 {
		s.ok(at.Phone(), s.number)
	}
	s.pause(500, 1500)
	return nil
}

func (s *scene) blindTransfer(caller, at *phones.Call) error {
	if err := s.answers(at); err != nil {
		return err
	}
	if err := at.Transfer(s, s.b.Name()); err != nil {
		return err
	}
	to, err := s.b.WaitRinging(s)
	if err != nil {
		return err
	}
	s.pause(200, 800)
	return s.talk(caller, to)
}

// consult holds the caller and asks the second phone, whose agent may press OK on that call.
func (s *scene) consult(at *phones.Call) (asking, asked *phones.Call, err error) {
	if err := s.answers(at); err != nil {
		return nil, nil, err
	}
	if err := at.Hold(s); err != nil {
		return nil, nil, err
	}
	if asking, err = s.a.Dial(s, s.b.Name()); err != nil {
		return nil, nil, err
	}
	if asked, err = s.b.WaitRinging(s); err != nil {
		return nil, nil, err
	}
	s.pause(200, 800)
	if err := asked.Answer(s); err != nil {
		return nil, nil, err
	}
	if err := asking.WaitHeard(s); err != nil {
		return nil, nil, err
	}
	s.ok(s.b, s.a.Name())
	s.pause(300, 1500)
	return asking, asked, nil
}

func (s *scene) attendedTransfer(caller, at *phones.Call) error {
	asking, asked, err := s.consult(at)
	if err != nil {
		return err
	}
	if err := at.TransferTo(s, asking); err != nil {
		return err
	}
	s.pause(800, 2500)
	if s.chance.IntN(2) == 0 {
		return caller.HangUp(s)
	}
	return asked.HangUp(s)
}

// consultation asks and returns to the caller.
func (s *scene) consultation(caller, at *phones.Call) error {
	asking, _, err := s.consult(at)
	if err != nil {
		return err
	}
	if err := asking.HangUp(s); err != nil {
		return err
	}
	if err := at.Resume(s); err != nil {
		return err
	}
	s.pause(500, 1500)
	return caller.HangUp(s)
}

// dials calls a number outside.
func (s *scene) dials(number string) error {
	call, err := s.a.Dial(s, number)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(s, 3*time.Second)
	defer cancel()
	if err := call.WaitAnswered(ctx); err == nil {
		s.ok(s.a, number)
		s.pause(800, 3000)
	}
	return call.HangUp(s)
}

func (s *scene) internal(answer bool) error {
	call, err := s.a.Dial(s, s.b.Name())
	if err != nil {
		return err
	}
	at, err := s.b.WaitRinging(s)
	if err != nil {
		return err
	}
	s.pause(300, 1500)
	if answer {
		if err := at.Answer(s); err != nil {
			return err
		}
		s.pause(800, 3000)
	}
	return call.HangUp(s)
}
