package stories

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"traybell/desktop/client"
	"traybell/hub/agents"
	"traybell/hub/fail"
	"traybell/hub/ticketing"
	"traybell/shared/protocol"
	"traybell/test/wire"
)

func TestDesktopsReconnectAfterARestart(t *testing.T) {
	f, dir := newFront(), t.TempDir()
	h := open(t, "127.0.0.1:0", dir, f, agents.Options{})
	d := connect(t, h.config("101", "anna's"))
	d.works()
	f.change(protocol.Call{ID: "main:1", State: protocol.Ringing}, "anna")
	d.await("the call", func() bool { return len(d.calls) == 1 })
	h.stop()
	d.await("offline", func() bool {
		s := d.was(client.Offline, client.Restarting)
		return s != nil && time.Until(s.Next) < 2*time.Second
	})
	after := newFront()
	after.calls = []protocol.Call{{ID: "main:2", State: protocol.Answered}}
	open(t, h.address, dir, after, agents.Options{})
	d.await("the new snapshot", func() bool { return d.snaps == 2 && d.working() })
	if len(d.calls) != 1 || d.calls["main:2"].State != protocol.Answered {
		t.Errorf("%v", d.calls)
	}
}

func TestCutConnectionIsNoticedAndRestored(t *testing.T) {
	f := newFront()
	h := open(t, "127.0.0.1:0", t.TempDir(), f, agents.Options{
		PingAfter: 500 * time.Millisecond, PongWithin: 300 * time.Millisecond, CloseWithin: 200 * time.Millisecond,
	})
	w := wire.Lay(t, h.address)
	d := connect(t, configFor(w.Address(), h.fingerprint, "101", "anna's"))
	d.works()
	w.Cut()
	f.change(protocol.Call{ID: "main:1", State: protocol.Ringing}, "anna") // never arrives
	d.await("connection lost", func() bool {
		return d.was(client.Offline, client.ConnectionLost) != nil ||
			d.was(client.Connecting, client.ConnectionLost) != nil
	})
	for deadline := time.Now().Add(patience); h.server.Online("anna") > 0; {
		if time.Now().After(deadline) {
			t.Fatal("the hub keeps a dead session")
		}
		<-time.After(5 * time.Millisecond)
	}
	w.Restore()
	d.client.Wake()
	d.await("working again, with the missed call", func() bool {
		return d.working() && d.calls["main:1"].State == protocol.Ringing
	})
}

func TestActionIsRepeatedWithTheSameIDAfterACut(t *testing.T) {
	f := newFront()
	lost := make(chan struct{})
	f.do = func(_ act, nth int) error {
		if nth == 1 {
			<-lost // the answer goes to a connection that was cut
		}
		return nil
	}
	h := open(t, "127.0.0.1:0", t.TempDir(), f, agents.Options{})
	w := wire.Lay(t, h.address)
	d := connect(t, configFor(w.Address(), h.fingerprint, "101", "anna's"))
	d.works()
	type result struct {
		answer protocol.Message
		err    error
	}
	done := make(chan result, 1)
	press, _ := protocol.New(protocol.Action, protocol.TicketCreate, protocol.CreateTicket{Call: "main:1"})
	press.ID = client.NewID()
	go func() {
		answer, err := d.client.Do(t.Context(), press)
		done <- result{answer, err}
	}()
	await(t, f.moved, "the action", func() bool { return len(f.actions) == 1 }, func() any { return f.actions })
	w.HangUp()
	await(t, f.moved, "the action again", func() bool { return len(f.actions) == 2 }, func() any { return f.actions })
	close(lost)
	r := <-done
	if r.err != nil || r.answer.Name != protocol.TicketCreated || r.answer.Re != press.ID {
		t.Fatalf("%+v", r)
	}
	for _, a := range f.actions {
		if want := (ticketing.CreateTicket{ActionID: press.ID, Call: "main:1"}); a.data != want {
			t.Errorf("%+v is not what was pressed", a)
		}
	}
}

func TestActionsAreAnsweredDeniedAndCanceled(t *testing.T) {
	f := newFront()
	hang := make(chan struct{})
	f.do = func(a act, _ int) error {
		switch a.name {
		case protocol.CallerBlock:
			return fail.New(protocol.RightMissing, protocol.RightBlock)
		case protocol.HistoryList:
			<-hang
		}
		return nil
	}
	h := open(t, "127.0.0.1:0", t.TempDir(), f, agents.Options{})
	d := connect(t, h.config("101", "anna's"))

	shown, _ := protocol.New(protocol.Action, protocol.CallShown, protocol.ShownCall{Call: "main:1"})
	// waits for the sign-in
	if answer, err := d.client.Do(t.Context(), shown); err != nil || answer.Name != protocol.Accepted {
		t.Errorf("%+v, %v", answer, err)
	}
	block, _ := protocol.New(protocol.Action, protocol.CallerBlock, protocol.BlockCaller{Number: "1"})
	var denied *client.Denied
	if _, err := d.client.Do(t.Context(), block); !errors.As(err, &denied) || denied.Code != protocol.Forbidden ||
		denied.Problem != protocol.RightMissing || denied.About != protocol.RightBlock {
		t.Errorf("%v", err)
	}
	// A slow action delays no other.
	list, _ := protocol.New(protocol.Action, protocol.HistoryList, protocol.ListHistory{Limit: 1})
	ctx, cancel := context.WithCancelCause(t.Context())
	slow := make(chan error, 1)
	go func() {
		_, err := d.client.Do(ctx, list)
		slow <- err
	}()
	await(t, f.moved, "the slow action", func() bool {
		return f.actions[len(f.actions)-1].name == protocol.HistoryList
	}, func() any { return f.actions })
	if _, err := d.client.Do(t.Context(), shown); err != nil {
		t.Error(err)
	}
	enough := errors.New("enough")
	cancel(enough)
	if err := <-slow; !errors.Is(err, enough) {
		t.Errorf("%v", err)
	}
	close(hang)
	// When the hub permanently refuses, waiting actions end.
	f.mu.Lock()
	f.do = func(act, int) error { return h.server.SetAgents(nil) }
	f.mu.Unlock()
	var p *client.Problem
	if _, err := d.client.Do(t.Context(), shown); !errors.As(err, &p) || p.Kind != client.EndedByAdmin {
		t.Errorf("%v", err)
	}
	big, _ := protocol.New(protocol.Action, protocol.CategorySet, protocol.SetCategory{
		Comment: strings.Repeat("x", protocol.MaxMessage),
	})
	if _, err := d.client.Do(t.Context(), big); err == nil ||
		!strings.Contains(err.Error(), "exceed the limit") {
		t.Errorf("%v", err)
	}
}

func TestSlowDesktopDelaysNoOtherAndReconnects(t *testing.T) {
	f := newFront()
	h := open(t, "127.0.0.1:0", t.TempDir(), f, agents.Options{CloseWithin: 200 * time.Millisecond})
	hers, his := h.config("101", "anna's"), h.config("102", "boris's")
	hers.Pulse, his.Pulse = patience, patience // no connection is cut on a busy computer
	slow, quick := connect(t, hers), connect(t, his)
	slow.works()
	quick.works()
	hold := make(chan struct{})
	slow.mu.Lock()
	slow.hold = hold
	slow.mu.Unlock()
	comment := strings.Repeat("x", 20<<10)
	n := 0
	for ; h.server.Counters().Slow == 0; n++ { // the queue, the socket's buffers and the desktop's inbox fill up
		f.change(protocol.Call{ID: "main:1", Cause: n, Line: protocol.Line{Comment: comment}}, "anna", "boris")
		quick.await("every change at once", func() bool { return quick.calls["main:1"].Cause == n })
		if n > 100_000 {
			t.Fatal("the hub queues without end")
		}
	}
	close(hold)
	slow.mu.Lock()
	slow.hold = nil
	slow.mu.Unlock()
	slow.await("back, with the whole state", func() bool {
		return slow.snaps == 2 && slow.working() && slow.calls["main:1"].Cause == n-1
	})
	f.change(protocol.Call{ID: "main:2"}, "anna")
	slow.await("changes after it", func() bool { return slow.calls["main:2"].ID != "" })
	if quick.snaps != 1 {
		t.Error("the quick desktop lost its session")
	}
}

func TestStopDoesNotWaitForDeadConnections(t *testing.T) {
	h := open(t, "127.0.0.1:0", t.TempDir(), newFront(), agents.Options{CloseWithin: 200 * time.Millisecond})
	w := wire.Lay(t, h.address)
	d := connect(t, configFor(w.Address(), h.fingerprint, "101", "anna's"))
	d.works()
	w.Cut()
	h.stop() // fails the test when it takes longer than patience
	if n := len(h.server.Sessions()); n != 0 {
		t.Errorf("%d sessions are left", n)
	}
}
