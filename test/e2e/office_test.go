//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"traybell/hub/calls"
	"traybell/hub/deviceuser"
	"traybell/hub/pbx"
	"traybell/shared/protocol"
	"traybell/test/e2e/phones"
	"traybell/test/lab"
)

// office is a PBX with its trunk and phones, and the watcher under test.
type office struct {
	pbx    *lab.Asterisk
	trunk  *phones.Trunk
	pstn   *phones.Trunk // of the dialplan in FreePBX's shape
	phones map[string]*phones.Phone
	users  *deviceuser.Users // of 1103

	mu      sync.Mutex
	changed chan struct{} // closed and replaced at every change
	told    []string      // every change as a line
	last    map[string]calls.Call
}

func newOffice(t *testing.T, version string) *office {
	t.Helper()
	o := &office{
		pbx: lab.StartAsterisk(t, version), phones: map[string]*phones.Phone{}, changed: make(chan struct{}),
		last: map[string]calls.Call{},
	}
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
	for _, n := range []string{"201", "202"} {
		o.phones[n] = listen(n, n, "127.0.1."+n)
	}
	o.phones["99201"] = listen("99201", "99201", "127.0.1.191")
	o.pstn = &phones.Trunk{Phone: listen("pstn", "pstn", "127.0.1.60")}
	o.trunk = &phones.Trunk{Phone: listen("trunk", "trunk", "127.0.1.50")}

	working := make(chan struct{})
	var once sync.Once
	var w *pbx.PBX
	o.users = deviceuser.New(t.Context(), deviceuser.Options{
		Get: func(ctx context.Context, family, key string) (string, bool, error) {
			return w.DBGet(ctx, family, key)
		},
		Extensions: func() []string { return []string{"1103"} }, Go: func(f func()) { go f() }, Log: slog.Default(),
	})
	tracker := calls.NewTracker("main", nil)
	tracker.Users(o.users.Of)
	cfg := pbx.Config{
		RetryMax: 2 * time.Second,
		Trackers: []pbx.Tracker{o.users, &calls.Follower{Tracker: tracker, OnChange: o.change}},
		OnState: func(s pbx.Status) {
			if s.State == protocol.PBXWorking {
				once.Do(func() { close(working) })
			}
		},
	}
	cfg.Name, cfg.Address, cfg.Username, cfg.Password, cfg.MD5 = "main", lab.AMI, "otrs", lab.AMIPassword, true
	w = pbx.New(cfg)
	ctx, cancel := context.WithCancel(context.Background())
	stopped := make(chan error, 1)
	go func() { stopped <- w.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-stopped; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	select {
	case <-working:
	case <-time.After(20 * time.Second):
		t.Fatal("the PBX does not connect")
	}
	return o
}

func (o *office) change(c calls.Change) {
	if c.Quiet {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.last[c.Call.ID] = c.Call
	o.told = append(o.told, line(c.Call))
	close(o.changed)
	o.changed = make(chan struct{})
}

// line formats a call, with its legs by extension: a queue rings its members in any order.
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

// scene is one scenario.
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

// reads waits for a call with that line.
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
	return "changes:\n  " + strings.Join(s.told, "\n  ")
}

// clear ends all calls and waits for their end: no card may stay on a screen.
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
	s.pstn.Forget()
	s.mu.Lock()
	defer s.mu.Unlock()
	if testing.Verbose() {
		s.Logf("told:\n  %s", strings.Join(s.told, "\n  "))
	}
	clear(s.last)
	s.told = nil
}
