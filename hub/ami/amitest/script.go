package amitest

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"
)

// Outcome is how a scripted call goes.
type Outcome string

// The outcomes.
const (
	Answered Outcome = "answered"  // AnsweredBy answers
	Busy     Outcome = "busy"      // all extensions are busy
	NoAnswer Outcome = "no answer" // no extension answers, then the PBX hangs up
	GivenUp  Outcome = "given up"  // the caller hangs up while it rings
)

// Script is a whole incoming call.
type Script struct {
	Incoming
	Queue      string        // the call goes through this queue; empty: it rings directly
	Ring       []string      // extensions, rung at once; in a queue its members
	Rounds     int           // rounds without an answer, in a queue
	Outcome    Outcome       // default Answered
	AnsweredBy string        // default the first of Ring
	TransferTo string        // blind transfer to this extension, which answers, after half the talk
	Attended   bool          // the transfer is attended
	ByAgent    bool          // the agent hangs up, not the caller
	RingFor    time.Duration // how long each round rings
	TalkFor    time.Duration
}

// Place runs a script in real time and returns the ended call. When ctx ends the caller hangs up at
// once.
func (p *PBX) Place(ctx context.Context, s Script) (*Call, error) {
	if len(s.Ring) == 0 {
		return nil, errors.New("a script needs an extension to ring")
	}
	if s.AnsweredBy == "" {
		s.AnsweredBy = s.Ring[0]
	}
	c := p.Incoming(s.Incoming)
	err := s.perform(ctx, c)
	if !c.Ended() {
		c.Hangup()
	}
	return c, err
}

// perform carries out a script.
func (s Script) perform(ctx context.Context, c *Call) error {
	if s.Queue != "" {
		c.Join(s.Queue)
		for range s.Rounds {
			c.Ring(s.Ring...)
			if err := pause(ctx, s.RingFor); err != nil {
				return err
			}
			c.NoAnswer()
		}
	}
	if s.Outcome == Busy {
		c.Busy(s.Ring...)
		c.End()
		return nil
	}
	c.Ring(s.Ring...)
	if err := pause(ctx, s.RingFor); err != nil {
		return err
	}
	switch s.Outcome {
	case NoAnswer:
		c.NoAnswer()
		c.End()
		return nil
	case GivenUp:
		c.GiveUp()
		return nil
	}
	c.Answer(s.AnsweredBy)
	talk := s.TalkFor
	if s.TransferTo != "" {
		talk /= 2
		if err := pause(ctx, talk); err != nil {
			return err
		}
		if s.Attended {
			c.AttendedTransfer(s.TransferTo)
		} else {
			c.BlindTransfer(s.TransferTo)
			if err := pause(ctx, s.RingFor); err != nil {
				return err
			}
			c.Answer(s.TransferTo)
		}
	}
	if err := pause(ctx, talk); err != nil {
		return err
	}
	if s.ByAgent {
		c.HangupByAgent()
	} else {
		c.Hangup()
	}
	return nil
}

// Caller is a caller in a simulation.
type Caller struct{ Number, Name string }

// Plan is a simulated working day of random calls.
type Plan struct {
	Callers    []Caller
	DIDs       []string
	Extensions []string
	Queue      string        // some calls go through it; may be empty
	Every      time.Duration // mean time between calls; default 6 s
	RingFor    time.Duration // mean; default 4 s
	TalkFor    time.Duration // mean; default 12 s
	Seed       uint64        // the same seed makes the same day
	Placed     func(Script)  // called for each call as it begins; may be nil
}

// DefaultCallers are fictitious; their numbers are from ranges reserved for fiction or obviously
// invented.
func DefaultCallers() []Caller {
	return []Caller{
		{"79161234567", "Иван Петров"},
		{"79031112233", "Мария Соколова"},
		{"78125550143", "ООО Ромашка"},
		{"74955550117", "Acme Support"},
		{"442079460123", "Alice Brown"},
		{"12025550147", "Bob Miller"},
		{"79269998877", ""},
		{"", ""}, // withheld
	}
}

// Simulate places calls until ctx ends, then waits for their end. An extension has one call at a
// time; no call comes while all are busy.
func (p *PBX) Simulate(ctx context.Context, plan Plan) error {
	if len(plan.Extensions) == 0 || len(plan.DIDs) == 0 {
		return errors.New("a simulation needs extensions and numbers to call")
	}
	if len(plan.Callers) == 0 {
		plan.Callers = DefaultCallers()
	}
	orElse := func(d *time.Duration, fallback time.Duration) {
		if *d <= 0 {
			*d = fallback
		}
	}
	orElse(&plan.Every, 6*time.Second)
	orElse(&plan.RingFor, 4*time.Second)
	orElse(&plan.TalkFor, 12*time.Second)

	dice := rand.New(rand.NewPCG(plan.Seed, 0x7261796265))
	about := func(mean time.Duration) time.Duration {
		return time.Duration((0.5 + dice.Float64()) * float64(mean))
	}
	var mu sync.Mutex // guards engaged
	engaged := map[string]bool{}
	var calls sync.WaitGroup
	defer calls.Wait()
	for {
		mu.Lock()
		var free []string
		for _, extension := range plan.Extensions {
			if !engaged[extension] {
				free = append(free, extension)
			}
		}
		mu.Unlock()
		if len(free) > 0 {
			dice.Shuffle(len(free), func(i, j int) { free[i], free[j] = free[j], free[i] })
			s := plan.script(dice, free)
			s.RingFor, s.TalkFor = about(plan.RingFor), about(plan.TalkFor)
			taken := append([]string{}, s.Ring...)
			if s.TransferTo != "" {
				taken = append(taken, s.TransferTo)
			}
			mu.Lock()
			for _, extension := range taken {
				engaged[extension] = true
			}
			mu.Unlock()
			if plan.Placed != nil {
				plan.Placed(s)
			}
			calls.Go(func() {
				_, _ = p.Place(ctx, s) // the only error is that ctx ended
				mu.Lock()
				defer mu.Unlock()
				for _, extension := range taken {
					delete(engaged, extension)
				}
			})
		}
		if pause(ctx, about(plan.Every)) != nil {
			return nil
		}
	}
}

// script makes a random call.
func (plan Plan) script(dice *rand.Rand, free []string) Script {
	caller := plan.Callers[dice.IntN(len(plan.Callers))]
	s := Script{
		Incoming: Incoming{
			Number: caller.Number, Name: caller.Name, DID: plan.DIDs[dice.IntN(len(plan.DIDs))],
			IVR: dice.IntN(3) == 0,
		},
		Ring:    free[:1],
		Outcome: Answered,
		ByAgent: dice.IntN(2) == 0,
	}
	kind := dice.IntN(100)
	switch {
	case kind < 25 && len(free) > 1: // a ring group
		s.Ring = free[:min(len(free), 3)]
	case kind < 45 && plan.Queue != "":
		s.Queue, s.Ring, s.Rounds = plan.Queue, free[:min(len(free), 2)], dice.IntN(2)
	case kind < 55 && len(free) > 1:
		s.TransferTo, s.Attended = free[1], dice.IntN(2) == 0
	}
	if s.TransferTo == "" {
		switch fate := dice.IntN(100); {
		case fate < 8 && s.Queue == "":
			s.Outcome = Busy
		case fate < 18 && s.Queue == "":
			s.Outcome = NoAnswer
		case fate < 30:
			s.Outcome = GivenUp
		}
	}
	return s
}
