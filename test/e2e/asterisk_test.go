//go:build e2e

// Package e2e tells stories through real servers and real phones. They need root, and some minutes the first time:
//
//	go test -tags e2e ./test/e2e/...
//
// TRAYBELL_E2E_ASTERISK names the versions of Asterisk to be tried, "22,16" where it is not set.
package e2e

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"traybell/hub/ami"
	"traybell/hub/calls"
	"traybell/shared/protocol"
	"traybell/test/e2e/lab"
	"traybell/test/e2e/phones"
)

// TestCallsOfARealAsterisk plays calls on real phones and reads what hub/calls makes of them, with no more rights than the hub asks for.
func TestCallsOfARealAsterisk(t *testing.T) {
	for version := range strings.SplitSeq(cmp.Or(os.Getenv("TRAYBELL_E2E_ASTERISK"), "22,16"), ",") {
		t.Run("asterisk"+version, func(t *testing.T) {
			o := newOffice(t, version)
			for _, story := range stories {
				t.Run(story.name, func(t *testing.T) {
					ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
					defer cancel()
					s := &scene{T: t, ctx: ctx, office: o}
					defer s.clear()
					story.play(s)
				})
			}
		})
	}
}

const (
	ivan = "74951234567"
	did  = "7495000000"
)

var stories = []struct {
	name string
	play func(s *scene)
}{
	{"direct", func(s *scene) {
		caller := s.call("1")
		at101 := s.rings("101")
		s.reads(`incoming ringing 74951234567 Ivan on 74950000001: 101 ringing`)
		s.must(at101.Answer(s.ctx))
		s.reads(`incoming answered 74951234567 Ivan on 74950000001: 101 answered`)
		s.must(caller.HangUp(s.ctx))
		s.reads(`incoming ended 74951234567 Ivan on 74950000001: 101 ended`)
	}},
	{"ring group", func(s *scene) {
		caller := s.call("2")
		s.rings("101")
		at102 := s.rings("102")
		s.rings("103")
		s.reads(`incoming ringing 74951234567 Ivan on 74950000002: 101 ringing, 102 ringing, 103 ringing`)
		s.must(at102.Answer(s.ctx))
		s.reads(`incoming answered 74951234567 Ivan on 74950000002: 101 ended CANCEL, 102 answered, 103 ended CANCEL`)
		s.must(at102.HangUp(s.ctx))
		s.must(caller.WaitEnded(s.ctx))
		s.reads(`incoming ended 74951234567 Ivan on 74950000002: 101 ended CANCEL, 102 ended, 103 ended CANCEL`)
	}},
	{"queue of phones", queue("3")},
	{"queue of Local/n", queue("4")},
	{"queue of Local", queue("5")},
	{"busy", func(s *scene) {
		caller := s.call("1")
		at101 := s.rings("101")
		s.must(at101.Busy())
		s.must(caller.WaitEnded(s.ctx))
		s.reads(`incoming ended 74951234567 Ivan on 74950000001: 101 ended BUSY; missed`)
	}},
	{"the caller gives up", func(s *scene) {
		caller := s.call("1")
		s.rings("101")
		s.reads(`incoming ringing 74951234567 Ivan on 74950000001: 101 ringing`)
		s.must(caller.HangUp(s.ctx))
		s.reads(`incoming ended 74951234567 Ivan on 74950000001: 101 ended CANCEL; missed`)
	}},
	{"withheld", func(s *scene) {
		caller, err := s.trunk.Call(s.ctx, did+"1", "anonymous", "Anonymous")
		s.must(err)
		s.rings("101")
		s.reads(`incoming ringing anonymous Anonymous on 74950000001: 101 ringing`)
		s.must(caller.HangUp(s.ctx))
		s.reads(`incoming ended anonymous Anonymous on 74950000001: 101 ended CANCEL; missed`)
	}},
	{"two phones of one extension", func(s *scene) {
		caller := s.call("6")
		at104 := s.rings("104")
		s.rings("104b")
		s.reads(`incoming ringing 74951234567 Ivan on 74950000006: 104 ringing`)
		s.must(at104.Answer(s.ctx))
		s.reads(`incoming answered 74951234567 Ivan on 74950000006: 104 answered`)
		s.must(caller.HangUp(s.ctx))
		s.reads(`incoming ended 74951234567 Ivan on 74950000006: 104 ended`)
	}},
	{"forwarded by the phone", func(s *scene) {
		caller := s.call("1")
		at101 := s.rings("101")
		s.must(at101.Forward("103"))
		at103 := s.rings("103")
		s.reads(`incoming ringing 74951234567 Ivan on 74950000001: 101 ended forwarded, 103 ringing`)
		s.must(at103.Answer(s.ctx))
		s.reads(`incoming answered 74951234567 Ivan on 74950000001: 101 ended forwarded, 103 answered`)
		s.must(caller.HangUp(s.ctx))
		s.reads(`incoming ended 74951234567 Ivan on 74950000001: 101 ended forwarded, 103 ended`)
	}},
	{"blind transfer", func(s *scene) {
		caller := s.call("1")
		at101 := s.rings("101")
		s.must(at101.Answer(s.ctx))
		s.must(at101.WaitHeard(s.ctx))
		s.must(at101.Transfer(s.ctx, "102"))
		at102 := s.rings("102")
		s.reads(`incoming answered 74951234567 Ivan on 74950000001: 101 ended transferred, 102 ringing`)
		s.must(at102.Answer(s.ctx))
		s.reads(`incoming answered 74951234567 Ivan on 74950000001: 101 ended transferred, 102 answered`)
		s.must(caller.HangUp(s.ctx))
		s.reads(`incoming ended 74951234567 Ivan on 74950000001: 101 ended transferred, 102 ended`)
	}},
	{"attended transfer", func(s *scene) {
		caller := s.call("1")
		at101 := s.rings("101")
		s.must(at101.Answer(s.ctx))
		s.must(at101.WaitHeard(s.ctx))
		s.must(at101.Hold(s.ctx))
		asking, err := s.phones["101"].Dial(s.ctx, "102")
		s.must(err)
		at102 := s.rings("102")
		s.must(at102.Answer(s.ctx))
		s.must(asking.WaitHeard(s.ctx))
		s.reads(`internal answered 101 Agent 101 on 102: 101 answered calling, 102 answered`)
		s.must(at101.TransferTo(s.ctx, asking))
		s.reads(`incoming answered 74951234567 Ivan on 74950000001: 101 ended transferred, 102 answered`)
		s.must(caller.HangUp(s.ctx))
		s.reads(`incoming ended 74951234567 Ivan on 74950000001: 101 ended transferred, 102 ended`)
	}},
	{"hold", func(s *scene) {
		caller := s.call("1")
		at101 := s.rings("101")
		s.must(at101.Answer(s.ctx))
		s.must(at101.WaitHeard(s.ctx))
		s.must(at101.Hold(s.ctx))
		s.reads(`incoming held 74951234567 Ivan on 74950000001: 101 held`)
		s.must(at101.Resume(s.ctx))
		s.reads(`incoming answered 74951234567 Ivan on 74950000001: 101 answered`)
		s.must(caller.HangUp(s.ctx))
		s.reads(`incoming ended 74951234567 Ivan on 74950000001: 101 ended`)
	}},
	{"pickup", func(s *scene) {
		caller := s.call("1")
		s.rings("101")
		s.reads(`incoming ringing 74951234567 Ivan on 74950000001: 101 ringing`)
		picked, err := s.phones["102"].Dial(s.ctx, "*8")
		s.must(err)
		s.must(picked.WaitAnswered(s.ctx))
		s.reads(`incoming answered 74951234567 Ivan on 74950000001: 101 ended picked up, 102 answered`)
		s.must(caller.HangUp(s.ctx))
		s.reads(`incoming ended 74951234567 Ivan on 74950000001: 101 ended picked up, 102 ended`)
	}},
	{"outgoing", func(s *scene) {
		call, err := s.phones["101"].Dial(s.ctx, "974957654321")
		s.must(err)
		outside, err := s.trunk.WaitRinging(s.ctx)
		s.must(err)
		s.reads(`outgoing ringing 974957654321 on 974957654321: 101 ringing calling`)
		s.must(outside.Answer(s.ctx))
		s.reads(`outgoing answered 974957654321 on 974957654321: 101 answered calling`)
		s.must(call.HangUp(s.ctx))
		s.reads(`outgoing ended 974957654321 on 974957654321: 101 ended calling`)
	}},
	{"internal", func(s *scene) {
		call, err := s.phones["101"].Dial(s.ctx, "103")
		s.must(err)
		at103 := s.rings("103")
		s.reads(`internal ringing 101 Agent 101 on 103: 101 ringing calling, 103 ringing`)
		s.must(at103.Answer(s.ctx))
		s.must(call.WaitAnswered(s.ctx))
		s.reads(`internal answered 101 Agent 101 on 103: 101 answered calling, 103 answered`)
		s.must(at103.HangUp(s.ctx))
		s.reads(`internal ended 101 Agent 101 on 103: 101 ended calling, 103 ended`)
	}},
	{"the PBX dies in mid-call", func(s *scene) {
		s.call("1")
		s.must(s.rings("101").Answer(s.ctx))
		s.reads(`incoming answered 74951234567 Ivan on 74950000001: 101 answered`)
		s.must(s.pbx.Kill(s.ctx))
		s.must(s.pbx.Start(s.ctx))
		s.reads(`incoming ended 74951234567 Ivan on 74950000001: 101 ended`)
		s.call("1")
		s.must(s.rings("101").Answer(s.ctx))
		s.reads(`incoming answered 74951234567 Ivan on 74950000001: 101 answered`)
	}},
}

// queue is the story of a queue with the members 101 and 102. It answers the caller itself, before anybody is asked.
func queue(line string) func(*scene) {
	return func(s *scene) {
		caller := s.call(line)
		s.rings("101")
		at102 := s.rings("102")
		s.reads(`incoming ringing 74951234567 Ivan on 7495000000` + line + `: 101 ringing, 102 ringing`)
		s.must(at102.Answer(s.ctx))
		s.reads(`incoming answered 74951234567 Ivan on 7495000000` + line + `: 101 ended CANCEL, 102 answered`)
		s.must(caller.HangUp(s.ctx))
		s.reads(`incoming ended 74951234567 Ivan on 7495000000` + line + `: 101 ended CANCEL, 102 ended`)
	}
}

// office is a PBX with its trunk and phones, and the watcher under test.
type office struct {
	pbx    *lab.Asterisk
	trunk  *phones.Trunk
	phones map[string]*phones.Phone

	mu      sync.Mutex
	changed chan struct{} // closed and made anew at every change
	told    []string      // every change as a line
	last    map[string]calls.Call
}

func newOffice(t *testing.T, version string) *office {
	t.Helper()
	o := &office{pbx: lab.StartAsterisk(t, version), phones: map[string]*phones.Phone{}, changed: make(chan struct{}), last: map[string]calls.Call{}}
	listen := func(name, extension, host string) *phones.Phone {
		p, err := phones.Listen(extension, host)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := p.Close(); err != nil {
				t.Errorf("close the phone %s: %v", name, err)
			}
		})
		return p
	}
	for _, n := range []string{"101", "102", "103", "104"} {
		o.phones[n] = listen(n, n, "127.0.1."+n)
	}
	o.phones["104b"] = listen("104b", "104", "127.0.1.105")
	o.trunk = &phones.Trunk{Phone: listen("trunk", "trunk", "127.0.1.50")}

	working := make(chan struct{})
	var once sync.Once
	w := calls.NewWatcher(calls.WatchConfig{
		PBX:      "main",
		AMI:      ami.Config{Address: lab.AMI, Username: "otrs", Password: lab.AMIPassword, MD5: true, RetryMax: 2 * time.Second},
		OnChange: o.change,
		OnState: func(p protocol.PBX) {
			if p.State == protocol.PBXWorking {
				once.Do(func() { close(working) })
			}
		},
	})
	ctx, cancel := context.WithCancel(context.Background())
	stopped := make(chan error, 1)
	go func() { stopped <- w.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-stopped; err != nil {
			t.Errorf("the watcher stopped with %v", err)
		}
	})
	select {
	case <-working:
	case <-time.After(20 * time.Second):
		t.Fatal("the watcher does not come to work")
	}
	return o
}

func (o *office) change(c calls.Change) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.last[c.Call.ID] = c.Call
	o.told = append(o.told, line(c.Call))
	close(o.changed)
	o.changed = make(chan struct{})
}

// line is a call in one line, its legs by extension: a queue asks its members in any order.
func line(c calls.Call) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s %s", c.Direction, c.State, c.Number)
	if c.Name != "" {
		b.WriteString(" " + c.Name)
	}
	fmt.Fprintf(&b, " on %s:", c.DID)
	legs := slices.Clone(c.Legs)
	slices.SortStableFunc(legs, func(a, b calls.Leg) int { return strings.Compare(a.Extension, b.Extension) })
	for i, l := range legs {
		if i > 0 {
			b.WriteString(",")
		}
		fmt.Fprintf(&b, " %s %s", l.Extension, l.State)
		if l.Calling {
			b.WriteString(" calling")
		}
		if l.Reason != "" {
			b.WriteString(" " + l.Reason)
		}
	}
	if c.Missed {
		b.WriteString("; missed")
	}
	if c.Into != "" {
		b.WriteString("; merged")
	}
	return b.String()
}

// scene is one story being played.
type scene struct {
	*testing.T
	*office
	ctx context.Context
}

func (s *scene) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatalf("%v\n%s", err, s.history())
	}
}

func (s *scene) call(line string) *phones.Call {
	s.Helper()
	c, err := s.trunk.Call(s.ctx, did+line, ivan, "Ivan")
	s.must(err)
	return c
}

func (s *scene) rings(phone string) *phones.Call {
	s.Helper()
	c, err := s.phones[phone].WaitRinging(s.ctx)
	s.must(err)
	return c
}

// reads waits until a call stands so.
func (s *scene) reads(want string) {
	s.Helper()
	s.until("no call reads\n  "+want, func() bool {
		for _, c := range s.last {
			if line(c) == want {
				return true
			}
		}
		return false
	})
}

func (s *scene) until(complaint string, fits func() bool) {
	s.Helper()
	patience := time.After(10 * time.Second)
	for {
		s.mu.Lock()
		ok, changed := fits(), s.changed
		s.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-changed:
		case <-patience:
			s.Fatalf("%s\n%s", complaint, s.history())
		}
	}
}

func (s *scene) history() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return "what was told:\n  " + strings.Join(s.told, "\n  ")
}

// clear ends what is left, and wants to be told that nothing is: no card must stay on a screen.
func (s *scene) clear() {
	if _, err := s.pbx.CLI(context.WithoutCancel(s.ctx), "channel request hangup all"); err != nil {
		s.Errorf("hang up: %v", err)
	}
	s.until("calls are left", func() bool {
		for _, c := range s.last {
			if c.State != protocol.Ended {
				return false
			}
		}
		return true
	})
	for _, p := range s.phones {
		p.Forget()
	}
	s.trunk.Forget()
	s.mu.Lock()
	defer s.mu.Unlock()
	if testing.Verbose() {
		s.Logf("told:\n  %s", strings.Join(s.told, "\n  "))
	}
	clear(s.last)
	s.told = nil
}
