package agents

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"traybell/shared/protocol"
)

// A call that rings a hundred phones changes a hundred times at once. A terminal that is behind gets
// the last of these states, in the place of the first one.
func TestQueuedMessageIsReplaced(t *testing.T) {
	for name, c := range map[string]struct {
		queued, want string // call=text or call/state=text
		full         bool   // the last one does not fit
	}{
		"one call":                    {queued: "a=1 a=2 a=3", want: "3"},
		"several calls":               {queued: "a=1 b=1 a=2 c=1 b=2", want: "2 2 1"},
		"the last state stays last":   {queued: "a=1 a/held=2 b=1 a=3 a=4", want: "1 2 1 4"},
		"no updates":                  {queued: "=1 =2", want: "1 2"},
		"nothing passes what is none": {queued: "a=1 =snapshot a=2 a=3", want: "1 snapshot 3"},
		"a full queue":                {queued: "a=1 b=1 c=1 d=1 b=2", want: "1 2 1 1"},
		"one too many":                {queued: "a=1 b=1 c=1 d=1 e=1", want: "1 1 1 1", full: true},
		"too large":                   {queued: "a=1 b=1 a=" + strings.Repeat("x", 100), want: "1 1", full: true},
	} {
		t.Run(name, func(t *testing.T) {
			s := &session{server: &Server{opts: Options{Queue: 4, QueueBytes: 20}}}
			fits := true
			for next := range strings.FieldsSeq(c.queued) {
				key, text, _ := strings.Cut(next, "=")
				call, state, _ := strings.Cut(key, "/")
				update := protocol.Update{Call: call, State: protocol.State(state)}
				if fits = s.queue(item{raw: []byte(text), update: update}); !fits {
					break
				}
			}
			var got []string
			bytes := 0
			for _, i := range s.out.items {
				got = append(got, string(i.raw))
				bytes += len(i.raw)
			}
			if strings.Join(got, " ") != c.want || fits == c.full || bytes != s.out.bytes {
				t.Errorf("%q, fits: %t, %d bytes counted of %d; want %q", got, fits, s.out.bytes, bytes, c.want)
			}
		})
	}
}

// A queue that never runs empty replaces what is queued, not what was written, and remembers only
// what is queued.
func TestReplacedWhileWriting(t *testing.T) {
	s := &session{server: &Server{opts: Options{Queue: 4096, QueueBytes: 1 << 20}}}
	s.hold()
	update := func(call int, state, text string) {
		if !s.queue(item{raw: []byte(text), update: protocol.Update{
			Call: fmt.Sprint("main:", call), State: protocol.State(state),
		}}) {
			t.Fatal("full")
		}
	}
	var written []string
	write := func(n int) {
		for range n {
			next, ok := s.out.take()
			if !ok {
				t.Fatal("empty")
			}
			written = append(written, string(next.raw))
		}
	}
	update(1, "ringing", "1a")
	update(1, "ringing", "1b")
	s.release([]byte("snapshot"))
	for i := range 1000 {
		update(i+2, "ringing", "a")
		update(i+2, "ringing", "b")
		update(i+2, "ended", "c")
		if i%2 == 1 {
			write(4) // of six
		}
	}
	if written[0] != "snapshot" || written[1] != "1b" || slices.Contains(written, "a") {
		t.Errorf("%q", written[:10])
	}
	if n := len(s.out.latest); n > len(s.out.items) {
		t.Errorf("%d calls are remembered, %d messages queued", n, len(s.out.items))
	}
	left := len(s.out.items)
	write(left)
	if _, ok := s.out.take(); ok || s.out.latest != nil || s.out.bytes != 0 || len(written) != 2+2*1000 {
		t.Errorf("left: %+v; written: %d", s.out, len(written))
	}
}

// A line on which 400 calls ring at once: a desktop that reads slowly stays, and gets the last state
// of each.
func TestBurstOfCallsClosesNoDesktop(t *testing.T) {
	const calls = 400
	p := start(t, Options{}, &fakeHub{})
	k := p.terminal().in()
	name := strings.Repeat("x", 500)
	for _, state := range []protocol.State{protocol.Ringing, protocol.Answered} {
		for range 3 {
			for i := range calls {
				call := protocol.Call{ID: fmt.Sprint("main:", i), State: state, Line: protocol.Line{Name: name}}
				m, err := protocol.New(protocol.Event, protocol.CallEvent, call)
				if err != nil {
					t.Fatal(err)
				}
				m.Update = protocol.Update{Call: call.ID, State: state}
				p.server.Send([]string{"anna"}, m)
			}
		}
	}
	last := map[string]protocol.State{}
	for answered := 0; answered < calls; {
		var call protocol.Call
		if err := k.receive().Decode(&call); err != nil {
			t.Fatal(err)
		}
		if last[call.ID] != protocol.Answered && call.State == protocol.Answered {
			answered++
		}
		last[call.ID] = call.State
	}
	if n := p.server.Counters().Slow; n != 0 {
		t.Errorf("%d desktops were closed", n)
	}
}

func TestSend(t *testing.T) {
	p := start(t, Options{}, &fakeHub{})
	k := p.terminal().in()
	m, _ := protocol.New(protocol.Notification, protocol.TextMessage, protocol.Text{Text: "hello"})
	p.server.Send([]string{"stranger", "anna"}, m)
	if got := k.receive(); got.Name != protocol.TextMessage || string(got.Data) != `{"text":"hello"}` {
		t.Errorf("%+v", got)
	}
	p.server.Send([]string{"anna"}, m)
	if got := k.receive(); got.Name != protocol.TextMessage {
		t.Errorf("%+v", got)
	}
	if l := p.server.Sessions(); len(l) != 1 || l[0].Login != "anna" || l[0].Extension != "101" ||
		l[0].Client.Desktop != "one" {
		t.Errorf("%+v", l)
	}
}

// What is sent before the snapshot is encoded follows it.
func TestSnapshotComesFirst(t *testing.T) {
	hub := &fakeHub{}
	p := start(t, Options{}, hub)
	hub.joined = func() {
		m, _ := protocol.New(protocol.Event, protocol.CallEvent, protocol.Call{ID: "main:1"})
		p.server.Send([]string{"anna"}, m)
	}
	if got := p.terminal().in().receive(); got.Name != protocol.CallEvent {
		t.Errorf("%+v", got)
	}
}
