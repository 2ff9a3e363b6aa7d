package desk

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"traybell/hub/blocking"
	"traybell/shared/protocol"
)

// fakeBlocks has one blocked number and records which PBXs connected.
type fakeBlocks struct {
	mu        sync.Mutex
	connected []string
}

func (f *fakeBlocks) Of(_ context.Context, number string) *protocol.Block {
	if number != "+74957654321" {
		return nil
	}
	return &protocol.Block{By: "Boris Ivanov", Reason: "sells carpets", Failed: []string{"branch"}}
}

func (f *fakeBlocks) Connected(_ context.Context, pbx string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.connected = append(f.connected, pbx)
}

func TestBlockIsShownOnTheCall(t *testing.T) {
	blocks := &fakeBlocks{}
	openWith(t, nil, func(s *setup) { s.Blocks = blocks }, func(o *office) {
		o.is("main", protocol.PBXWorking, "")
		o.is("main", protocol.PBXConnecting, "")
		o.is("main", protocol.PBXWorking, "")
		blocks.mu.Lock()
		if !slices.Equal(blocks.connected, []string{"main", "main"}) {
			t.Errorf("connected: %q", blocks.connected)
		}
		blocks.mu.Unlock()

		o.change(rings("84957654321", leg("101", protocol.Ringing)))
		if b := o.card().Caller.Blocked; b == nil || b.By != "Boris Ivanov" || len(b.Failed) != 1 {
			t.Errorf("the card has %+v", b)
		}
		forms, err := o.Presented(o.ctx, "+74957654321")
		if err != nil || len(forms) != 1 || !slices.Equal(forms["main"], []string{"84957654321"}) {
			t.Errorf("presented: %v, %v", forms, err)
		}
		o.shown()
		act := blocking.Block{Number: "+74957654321", Agent: "anna", Name: "Anna Petrova", At: time.Now()}
		o.BlockChanged(o.ctx, act, "anna")
		synctest.Wait()
		o.expect("ringing unknown → anna", "caller.blocked → boris clara")
		if b := o.card().Caller.Blocked; b != nil {
			t.Errorf("unblocked, and the card has %+v", b)
		}
	})
}

// An agent blocks the caller while the lookup runs: the lookup's result is older.
func TestBlockChangesDuringTheLookup(t *testing.T) {
	openWith(t, nil, func(s *setup) { s.Blocks = &fakeBlocks{} }, func(o *office) {
		o.slow = 100 * time.Millisecond
		o.change(rings("84957654321", leg("101", protocol.Ringing)))
		o.BlockChanged(o.ctx, blocking.Block{Number: "+74957654321", Blocked: true, Name: "Anna Petrova"}, "anna")
		time.Sleep(o.slow)
		synctest.Wait()
		if b := o.card().Caller.Blocked; b == nil || b.By != "Anna Petrova" {
			t.Errorf("the card has %+v", b)
		}
	})
}
