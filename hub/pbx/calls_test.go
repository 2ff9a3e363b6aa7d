package pbx_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"traybell/hub/ami/amitest"
	"traybell/hub/calls"
	"traybell/hub/pbx"
	"traybell/shared/protocol"
)

// watched is a PBX on a real socket, with a call tracker.
type watched struct {
	t       *testing.T
	changes chan calls.Change
	states  chan protocol.PBX
	last    map[string]calls.Change
}

// manual is the user of the OPC manual: read = system,call and write = system.
var manual = map[string]amitest.User{
	amitest.Username: {Secret: amitest.Secret, Read: []string{"system", "call"}, Write: []string{"system"}},
}

func plug(t *testing.T, users map[string]amitest.User) *amitest.PBX {
	t.Helper()
	p, err := amitest.New(amitest.Options{Users: users, RefusalDelay: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	return p
}

func watch(t *testing.T, p *amitest.PBX, change func(*pbx.Config)) *watched {
	t.Helper()
	w := &watched{
		t: t, changes: make(chan calls.Change, 1000), states: make(chan protocol.PBX, 1000),
		last: map[string]calls.Change{},
	}
	cfg := configFor(p)
	cfg.MD5, cfg.RetryMax = true, 10*time.Millisecond
	cfg.Trackers = []pbx.Tracker{&calls.Follower{
		Tracker: calls.NewTracker("main", nil), OnChange: func(c calls.Change) { w.changes <- c },
	}}
	cfg.OnState = func(s pbx.Status) { w.states <- s.PBX }
	if change != nil {
		change(&cfg)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- pbx.New(cfg).Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	return w
}

// until takes changes up to one whose call satisfies ok.
func (w *watched) until(what string, ok func(calls.Call) bool) calls.Change {
	w.t.Helper()
	timeout := time.After(20 * time.Second)
	for {
		select {
		case c := <-w.changes:
			for _, before := range w.last {
				if c.Seq <= before.Seq || c.Epoch < before.Epoch {
					w.t.Fatalf("%d/%d after %d/%d", c.Epoch, c.Seq, before.Epoch, before.Seq)
				}
			}
			w.last[c.Call.ID] = c
			if ok(c.Call) {
				return c
			}
		case <-timeout:
			w.t.Fatalf("no change: %s; the last were %+v", what, w.last)
		}
	}
}

func (w *watched) state(want protocol.PBXState) protocol.PBX {
	w.t.Helper()
	timeout := time.After(20 * time.Second)
	for {
		select {
		case s := <-w.states:
			if s.State == want {
				return s
			}
		case <-timeout:
			w.t.Fatalf("never %s", want)
		}
	}
}

func leg(extension string, state protocol.State) func(calls.Call) bool {
	return func(c calls.Call) bool {
		for _, l := range c.Legs {
			if l.Extension == extension && l.State == state {
				return true
			}
		}
		return false
	}
}

func ended(c calls.Call) bool { return c.State == protocol.Ended }

// With exactly the rights of the OPC manual: a call rings before the hub connects, is answered,
// survives a lost connection and ends.
func TestCallSurvivesALostConnection(t *testing.T) {
	p := plug(t, manual)
	call := p.Incoming(amitest.Incoming{Number: "79161234567", DID: "74950000001"})
	call.Ring("101", "102")
	w := watch(t, p, nil)
	first := w.until("101 rings", leg("101", protocol.Ringing))
	if c := first.Call; c.Number != "79161234567" || c.DID != "74950000001" || c.Direction != protocol.Incoming ||
		c.ID != "main:"+call.Linkedid() {
		t.Errorf("%+v", c)
	}
	w.state(protocol.PBXWorking)
	call.Answer("101")
	w.until("101 answers", leg("101", protocol.Answered))

	if err := p.Stop(); err != nil {
		t.Fatal(err)
	}
	w.state(protocol.PBXConnecting)
	missed := p.Incoming(amitest.Incoming{Number: "79167654321", DID: "74950000001"}) // while there is no connection
	missed.Ring("103")
	call.Hold()
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	second := w.until("103 rings", leg("103", protocol.Ringing))
	if second.Epoch <= first.Epoch {
		t.Errorf("epoch %d after %d", second.Epoch, first.Epoch)
	}
	w.state(protocol.PBXWorking)
	call.Hangup()
	over := w.until("the first call ends", ended)
	if over.Call.ID != first.Call.ID || over.Call.Missed {
		t.Errorf("%+v", over.Call)
	}
	missed.GiveUp()
	if over := w.until("the second call ends", ended); over.Call.ID != second.Call.ID || !over.Call.Missed {
		t.Errorf("%+v", over.Call)
	}
}

// A call that ends without a connection ends with the next snapshot. How is not known.
func TestCallEndsWithoutAConnection(t *testing.T) {
	p := plug(t, manual)
	w := watch(t, p, nil)
	w.state(protocol.PBXWorking)
	call := p.Incoming(amitest.Incoming{Number: "79161234567", DID: "74950000001"})
	call.Ring("101")
	w.until("101 rings", leg("101", protocol.Ringing))
	if err := p.Stop(); err != nil {
		t.Fatal(err)
	}
	w.state(protocol.PBXConnecting)
	call.GiveUp()
	back := time.Now()
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	if over := w.until("the call ends", ended); !leg("101", protocol.Ended)(over.Call) || over.Call.Missed ||
		!over.Call.EndUnseen || over.Call.Ended.After(back) {
		t.Errorf("%+v", over.Call)
	}
}

// A Hangup is lost: the next snapshot ends that call and does not disturb the others.
func TestPeriodicSnapshots(t *testing.T) {
	p := plug(t, manual)
	real := p.Incoming(amitest.Incoming{Number: "79161234567", DID: "74950000001"})
	real.Ring("101")
	w := watch(t, p, func(cfg *pbx.Config) { cfg.Resync = 10 * time.Millisecond })
	w.until("101 rings", leg("101", protocol.Ringing))
	// Asterisk itself does not have this one.
	ghost := strings.ReplaceAll(`Event: Newchannel
Privilege: call,all
Channel: PJSIP/trunk-0000ffff
ChannelState: 4
Exten: 74950000002
Uniqueid: 1795000000.1
Linkedid: 1795000000.1

`, "\n", "\r\n")
	p.SendRaw([]byte(ghost))
	over := w.until("the ghost ends", ended)
	if over.Call.ID != "main:1795000000.1" {
		t.Errorf("%+v", over.Call)
	}
	real.Answer("101")
	if c := w.until("101 answers", leg("101", protocol.Answered)); c.Call.ID != "main:"+real.Linkedid() {
		t.Errorf("%+v", c.Call)
	}
}

// Without the right to Status the hub works, and the reason says what is missing.
func TestStatusRefused(t *testing.T) {
	p := plug(t, map[string]amitest.User{amitest.Username: {Secret: amitest.Secret, Read: []string{"call"}}})
	w := watch(t, p, nil)
	if s := w.state(protocol.PBXWorking); !strings.Contains(s.Reason, "write=system") {
		t.Errorf("%+v", s)
	}
	call := p.Incoming(amitest.Incoming{Number: "79161234567", DID: "74950000001"})
	call.Ring("101")
	w.until("101 rings", leg("101", protocol.Ringing))
}

// A wrong password stops the PBX, with a reason.
func TestWrongPassword(t *testing.T) {
	p := plug(t, manual)
	w := watch(t, p, func(cfg *pbx.Config) { cfg.Password = "wrong" })
	if s := w.state(protocol.PBXStopped); s.ID != "main" || s.Reason == "" {
		t.Errorf("%+v", s)
	}
}

// A thousand calls begin and end during continuous snapshots: each comes to its end.
func TestSnapshotsUnderLoad(t *testing.T) {
	p := plug(t, manual)
	w := watch(t, p, func(cfg *pbx.Config) { cfg.Resync = time.Millisecond })
	w.state(protocol.PBXWorking)
	const many = 1000
	go func() {
		for range many {
			call := p.Incoming(amitest.Incoming{Number: "79161234567", DID: "74950000001"})
			call.Ring("101", "102")
			call.Answer("102")
			call.Hangup()
		}
	}()
	over := 0
	w.until("all calls ended", func(c calls.Call) bool {
		if ended(c) {
			over++
			if c.Missed || !leg("102", protocol.Ended)(c) {
				t.Errorf("%+v", c)
			}
		}
		delete(w.last, c.ID)
		return over == many
	})
}
