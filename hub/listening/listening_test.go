package listening_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"traybell/hub/ami"
	"traybell/hub/ami/amitest"
	"traybell/hub/calls"
	"traybell/hub/dialplan"
	"traybell/hub/fail"
	"traybell/hub/listening"
	"traybell/hub/pbx"
	"traybell/shared/protocol"
)

// scene is a simulated PBX on which a supervisor at 103 listens to 101.
type scene struct {
	*testing.T
	late    <-chan struct{}
	pbx     *amitest.PBX
	service *listening.Service

	mu      sync.Mutex
	changed chan struct{} // closed and replaced at each change
	calls   map[string]calls.Call
	began   []listening.Listening
	ended   []listening.Listening
}

func play(t *testing.T, write ...string) *scene {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	simulated, err := amitest.New(amitest.Options{Users: map[string]amitest.User{
		amitest.Username: {Secret: amitest.Secret, Read: []string{"system", "call"}, Write: write},
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = simulated.Close() })
	s := &scene{T: t, late: ctx.Done(), pbx: simulated, changed: make(chan struct{}), calls: map[string]calls.Call{}}
	set, known := &pbx.Set{}, make(chan struct{})
	var work sync.WaitGroup
	t.Cleanup(work.Wait)
	s.service = listening.New(listening.Options{
		PBXs: set, Go: work.Go, Log: slog.New(slog.DiscardHandler), Now: time.Now,
		Plan: func() *dialplan.Plan {
			return &dialplan.Plan{Rules: dialplan.Rules{Phone: "PJSIP/<extension>", Ring: 20 * time.Second}}
		},
		Began: func(l listening.Listening) { s.note(func() { s.began = append(s.began, l) }) },
		Ended: func(l listening.Listening) { s.note(func() { s.ended = append(s.ended, l) }) },
	})
	var once sync.Once
	set.Start(t.Context(), pbx.Config{
		Config: ami.Config{
			Name: "main", Address: simulated.Addr(), Username: amitest.Username, Password: amitest.Secret,
			Log: slog.New(slog.DiscardHandler),
		},
		Trackers: []pbx.Tracker{s.service.Follow("main"), &calls.Follower{
			Tracker: calls.NewTracker("main", nil), OnChange: func(ch calls.Change) {
				s.service.Call(ch.Call)
				s.note(func() { s.calls[ch.Call.ID] = ch.Call })
			},
		}},
		OnRights: func([]pbx.Right) {
			if p, ok := set.PBX("main"); ok && p.Status().May("Status") {
				once.Do(func() { close(known) })
			}
		},
	})
	t.Cleanup(set.StopAll)
	select {
	case <-known:
	case <-s.late:
		t.Fatal("the PBX's rights are not known")
	}
	return s
}

func (s *scene) note(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
	close(s.changed)
	s.changed = make(chan struct{})
}

// until waits for what is noted.
func (s *scene) until(what string, is func() bool) {
	s.Helper()
	for {
		s.mu.Lock()
		done, changed := is(), s.changed
		s.mu.Unlock()
		if done {
			return
		}
		select {
		case <-changed:
		case <-s.late:
			s.Fatalf("not in time: %s", what)
		}
	}
}

// talks has a customer talk with 101, and returns the call and the channel of the phone.
func (s *scene) talks() (*amitest.Call, calls.Call, calls.Channel) {
	s.Helper()
	call := s.pbx.Incoming(amitest.Incoming{Number: "84951234567", DID: "84950000001"})
	call.Ring("101")
	call.Answer("101")
	var of calls.Call
	var at calls.Channel
	s.until("101 talks", func() bool {
		for _, c := range s.calls {
			for _, ch := range c.Channels {
				if strings.HasSuffix(c.ID, call.Linkedid()) && c.State == protocol.Answered && ch.Extension == "101" {
					of, at = c, ch
					return true
				}
			}
		}
		return false
	})
	return call, of, at
}

func (s *scene) listens(of calls.Call, mode listening.Mode) (listening.Listening, string) {
	s.Helper()
	l, err := s.service.Begin(s.Context(), listening.Request{
		Call: of.ID, Extension: "101", Name: "Anna", Phone: "103", Mode: mode,
	})
	if err != nil {
		s.Fatal(err)
	}
	_, spy, _ := strings.Cut(l.ID, ":")
	return l, spy
}

// spies has the PBX say that the supervisor hears a channel.
func (s *scene) spies(spy, channel string) {
	s.pbx.Send(amitest.NewEvent("ChanSpyStart", "call", "SpyerUniqueid", spy, "SpyeeUniqueid", channel))
}

// hangups counts how often the hub has hung up a channel.
func (s *scene) hangups(channel string) (n int) {
	for _, a := range s.pbx.Received() {
		if a.Message.Get("Action") == "Hangup" && a.Message.Get("Channel") == channel {
			n++
		}
	}
	return n
}

// hungUp waits until the hub has hung up a channel.
func (s *scene) hungUp(channel string) { s.Helper(); s.hungUpTimes(channel, 1) }

func (s *scene) hungUpTimes(channel string, times int) {
	s.Helper()
	for late := time.Now().Add(20 * time.Second); time.Now().Before(late); time.Sleep(5 * time.Millisecond) {
		if s.hangups(channel) >= times {
			return
		}
	}
	s.Fatalf("%s was hung up %d times, want %d", channel, s.hangups(channel), times)
}

func TestSupervisorListensUntilTheCallEnds(t *testing.T) {
	for mode, options := range map[listening.Mode]string{
		listening.Listen: "qESu", listening.Whisper: "qwESu", listening.Barge: "qBESu",
	} {
		t.Run(string(mode), func(t *testing.T) {
			s := play(t, "system", "originate")
			call, of, at := s.talks()
			if !s.service.Can(of.ID, "101") || s.service.Can(of.ID, "102") {
				t.Error("only 101 talks")
			}
			l, spy := s.listens(of, mode)
			for _, a := range s.pbx.Received() {
				if a.Message.Get("Action") != "Originate" {
					continue
				}
				for key, want := range map[string]string{
					"Channel": "PJSIP/103", "Application": "ChanSpy", "Data": at.Uniqueid + "," + options,
					"ChannelId": spy, "Async": "true", "CallerID": `"` + string(mode) + `: Anna" <101>`,
				} {
					if a.Message.Get(key) != want {
						t.Errorf("%s: %q, want %q", key, a.Message.Get(key), want)
					}
				}
			}
			_, err := s.service.Begin(t.Context(), listening.Request{
				Call: of.ID, Extension: "101", Phone: "103", Mode: mode,
			})
			s.fails(err, protocol.ListenTwice)
			s.spies(spy, at.Uniqueid)
			s.until("the supervisor listens", func() bool { return len(s.began) == 1 && s.began[0].ID == l.ID })
			call.HangupByAgent()
			s.hungUp(spy)
			s.until("the listening is over", func() bool {
				return len(s.ended) == 1 && s.ended[0].ID == l.ID && !s.ended[0].Began.IsZero()
			})
			if list := s.service.List(); len(list) != 0 {
				t.Errorf("left: %+v", list)
			}
		})
	}
}

// After a transfer the customer talks with another one, whom supervisors must not hear.
func TestSupervisorDoesNotFollowATransfer(t *testing.T) {
	s := play(t, "system", "originate")
	call, of, at := s.talks()
	_, spy := s.listens(of, listening.Listen)
	s.spies(spy, at.Uniqueid)
	s.until("the supervisor listens", func() bool { return len(s.began) == 1 })
	call.BlindTransfer("102")
	s.hungUp(spy)
	s.until("the listening is over", func() bool { return len(s.ended) == 1 })
}

func TestAnotherChannelThanTheOneMeantIsLeft(t *testing.T) {
	s := play(t, "system", "originate")
	_, of, _ := s.talks()
	_, spy := s.listens(of, listening.Barge)
	s.spies(spy, "1795319561.999")
	s.hungUp(spy)
	s.until("the listening is over", func() bool { return len(s.ended) == 1 && s.ended[0].Began.IsZero() })
}

// The PBX answers "No such channel" to a hangup of a phone that it is about to call.
func TestAgentLeavesBeforeTheSupervisorHasAChannel(t *testing.T) {
	s := play(t, "system", "originate")
	s.pbx.Overload("103")
	call, of, at := s.talks()
	begun := make(chan listening.Listening, 1)
	go func() {
		l, err := s.service.Begin(t.Context(), listening.Request{
			Call: of.ID, Extension: "101", Phone: "103", Mode: listening.Listen,
		})
		if err != nil {
			t.Error(err)
		}
		begun <- l
	}()
	spy := ""
	for late := time.Now().Add(20 * time.Second); spy == "" && time.Now().Before(late); time.Sleep(time.Millisecond) {
		for _, l := range s.service.List() {
			_, spy, _ = strings.Cut(l.ID, ":")
		}
	}
	s.pbx.Send(amitest.NewEvent("Newstate", "call", "Uniqueid", spy, "ChannelState", "5"))
	<-begun
	call.HangupByAgent()
	s.hungUpTimes(spy, 2)
	before := s.hangups(spy)
	s.spies(spy, at.Uniqueid)
	s.hungUpTimes(spy, before+1)
	s.pbx.Send(amitest.NewEvent("Hangup", "call", "Uniqueid", spy))
	s.until("the listening is over", func() bool { return len(s.ended) == 1 && s.ended[0].Began.IsZero() })
	if len(s.began) > 0 {
		t.Error("the supervisor listens to the next call")
	}
}

func TestSupervisorDoesNotFollowAChannelIntoAnotherCall(t *testing.T) {
	s := play(t, "system", "originate")
	_, of, at := s.talks()
	_, spy := s.listens(of, listening.Listen)
	s.spies(spy, at.Uniqueid)
	s.until("the supervisor listens", func() bool { return len(s.began) == 1 })
	s.service.Call(calls.Call{
		ID: "main:other", PBX: "main", State: protocol.Answered, Channels: []calls.Channel{at},
	})
	s.hungUp(spy)
	s.until("the listening is over", func() bool { return len(s.ended) == 1 })
}

func TestPhonesAreHungUpBeforeAPBXIsRemoved(t *testing.T) {
	s := play(t, "system", "originate")
	_, of, _ := s.talks()
	_, spy := s.listens(of, listening.Listen)
	s.service.Leave(t.Context(), "main")
	if s.hangups(spy) == 0 {
		t.Error("the supervisor stays connected")
	}
	_, err := s.service.Begin(t.Context(), listening.Request{
		Call: of.ID, Extension: "101", Phone: "104", Mode: listening.Listen,
	})
	s.fails(err, protocol.ControlPBXDown)
	s.service.Left("main")
	if list := s.service.List(); len(list) != 0 {
		t.Errorf("left: %+v", list)
	}
}

func TestSupervisorEndsIt(t *testing.T) {
	s := play(t, "system", "originate")
	_, of, at := s.talks()
	l, spy := s.listens(of, listening.Whisper)
	s.spies(spy, at.Uniqueid)
	s.until("the supervisor listens", func() bool { return len(s.began) == 1 })
	if s.service.End("main:unknown") || !s.service.End(l.ID) {
		t.Error("the wrong one ends")
	}
	s.until("the listening is over", func() bool { return len(s.ended) == 1 })
}

// A listening of which this process knows nothing would not be written down.
func TestListeningOfAnEarlierProcessIsHungUp(t *testing.T) {
	s := play(t, "system", "originate")
	s.service.Call(calls.Call{ID: "main:tbl-before", PBX: "main", State: protocol.Answered})
	s.hungUp("tbl-before")
}

func (s *scene) fails(err error, want protocol.Problem) {
	s.Helper()
	if failed := new(fail.Error); !errors.As(err, &failed) || failed.Problem != want {
		s.Errorf("%v, want %s", err, want)
	}
}

func TestListeningIsRefused(t *testing.T) {
	s := play(t, "system")
	_, of, _ := s.talks()
	ask := listening.Request{Call: of.ID, Extension: "101", Phone: "103", Mode: listening.Listen}
	_, err := s.service.Begin(t.Context(), ask)
	s.fails(err, protocol.ControlPBXRight)
	if !strings.Contains(fail.Of(err).Error(), "write = originate") || s.service.Can(of.ID, "101") {
		t.Errorf("the missing right: %v", err)
	}
	for name, c := range map[string]struct {
		change func(*listening.Request)
		want   protocol.Problem
	}{
		"an agent who does not talk": {func(r *listening.Request) { r.Extension = "102" }, protocol.ListenNotNow},
		"an unknown call":            {func(r *listening.Request) { r.Call = "main:1" }, protocol.ListenNotNow},
		"an unknown mode":            {func(r *listening.Request) { r.Mode = "record" }, protocol.ActionInvalid},
	} {
		in := ask
		c.change(&in)
		_, err := s.service.Begin(t.Context(), in)
		if failed := new(fail.Error); !errors.As(err, &failed) || failed.Problem != c.want {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	own := play(t, "system", "originate")
	_, of, _ = own.talks()
	_, err = own.service.Begin(t.Context(), listening.Request{
		Call: of.ID, Extension: "101", Phone: "101", Mode: listening.Listen,
	})
	own.fails(err, protocol.ListenOwn)
}
