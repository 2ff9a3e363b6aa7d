package app_test

import (
	"context"
	"io"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"traybell/hub/ami/amitest"
	"traybell/hub/cmd"
	"traybell/shared/protocol"
)

// why runs the command until its output contains all parts: steps are stored with a delay.
func (s *story) why(args []string, parts ...string) string {
	s.t.Helper()
	late := time.Now().Add(patience)
	for {
		said := s.must(append([]string{"why"}, args...)...)
		missing := ""
		for _, p := range parts {
			if !strings.Contains(said, p) {
				missing = p
			}
		}
		if missing == "" {
			return said
		}
		if time.Now().After(late) {
			s.t.Fatalf("no %q in:\n%s", missing, said)
		}
		<-time.After(50 * time.Millisecond)
	}
}

func TestWhyTellsWhatBecameOfAPopup(t *testing.T) {
	s := tell(t)
	s.start()
	s.working()
	anna := s.signIn("101")
	call := s.pbx.Incoming(amitest.Incoming{Number: "84951234567", Name: "somebody", DID: "74950000001"})
	call.Ring("101", "102")
	c := anna.sees("the caller's name", known)
	anna.do(protocol.CallShown, protocol.ShownCall{Call: c.ID})
	anna.await(protocol.Accepted)
	call.Answer("101")
	anna.sees("the answer", func(c protocol.Call) bool { return c.State == protocol.Answered })
	made := anna.ticket(c.ID)
	call.Hangup()
	anna.sees("the end", func(c protocol.Call) bool { return c.State == protocol.Ended })

	said := s.why([]string{"+7 495 123 45 67"}, "The call is ended")
	for _, want := range []string{
		`84951234567 "somebody" to 74950000001, incoming on main`, "looked up as +74951234567",
		`Tracked number "84950000001" (Support)`, "101 ringing", "102 ringing", "Routed to anna",
		"anna on a terminal (127.0.0.1)", "Ivan Ivanov (ivanov) in customers", "On the screen of anna, ",
		" after it was sent.", "Not signed in: boris.", "101 answered", "anna requested a ticket.",
		"Ticket " + made.Number + ", by anna.",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("no %q in:\n%s", want, said)
		}
	}
	if same := s.why([]string{c.ID}); same != said {
		t.Errorf("by its id:\n%s\nby its number:\n%s", same, said)
	}
	s.why([]string{"--agent", "boris", "-n", "1"}, "signed_out: boris was not signed in")

	quiet := s.pbx.Incoming(amitest.Incoming{Number: "anonymous", DID: "74950000001"})
	quiet.Ring("201")
	c = anna.sees("the second call", func(x protocol.Call) bool { return x.ID != c.ID })
	anna.do(protocol.CallShown, protocol.ShownCall{Call: c.ID, Hidden: protocol.HiddenQuiet})
	anna.await(protocol.Accepted)
	s.why([]string{"--agent", "anna", "-n", "1"}, "anonymous to 74950000001",
		"quiet: Do not disturb was on at anna's desktop")
	s.why([]string{"--agent", "boris", "-n", "1"}, "no_ring: No call rang at 102 of boris (rang: 201).")
	s.why([]string{"84950009999", "-n", "3"}, "No such call.")
	quiet.GiveUp()
	anna.sees("the end", func(c protocol.Call) bool { return c.State == protocol.Ended })

	if err := s.hub.Stop(); err != nil {
		t.Fatal(err)
	}
	s.why([]string{"-n", "1"}, "The call is ended: not answered") // stored during the stop
	if _, err := s.command("why", "--agent", "stranger"); err == nil || !strings.Contains(err.Error(), `"stranger"`) {
		t.Errorf("unknown agent: %v", err)
	}
}

func TestSearchOfEarlierCalls(t *testing.T) {
	s := tell(t)
	s.start()
	s.working()
	anna, boris := s.signIn("101"), s.signIn("102")
	missed := s.pbx.Incoming(amitest.Incoming{Number: "84951234567", Name: "ИВАН", DID: "74950000001"})
	missed.Ring("101")
	c := anna.sees("the caller's name", known)
	if c.Previous != nil {
		t.Errorf("call before the first: %+v", c.Previous)
	}
	missed.GiveUp()
	anna.sees("the end", func(c protocol.Call) bool { return c.State == protocol.Ended })

	again := s.pbx.Incoming(amitest.Incoming{Number: "+74951234567", DID: "74950000001"})
	again.Ring("102")
	second := boris.sees("the call before", func(c protocol.Call) bool { return c.Previous != nil })
	if !second.Previous.Missed || !second.Previous.Started.Equal(c.Started) || second.Previous.Line != "Support" {
		t.Errorf("the call before: %+v", second.Previous)
	}
	again.Answer("102")
	boris.sees("the answer", func(c protocol.Call) bool { return c.State == protocol.Answered })
	again.Hangup()
	boris.sees("the end", func(c protocol.Call) bool { return c.State == protocol.Ended })

	list := func(x *testTerminal, in protocol.ListHistory) (h protocol.History) {
		x.do(protocol.HistoryList, in)
		if err := x.await(protocol.HistoryAnswer).Decode(&h); err != nil {
			t.Fatal(err)
		}
		return h
	}
	until := time.Now().Add(patience) // the record is stored after the event
	for len(list(boris, protocol.ListHistory{}).Calls) == 0 && time.Now().Before(until) {
		<-time.After(20 * time.Millisecond)
	}
	for search, want := range map[string]int{"иван": 1, "Ivan IVANOV": 1, "ACME": 1, "495 123-45": 1, "петров": 0} {
		h := list(anna, protocol.ListHistory{Search: search, Missed: true})
		if len(h.Calls) != want {
			t.Errorf("Anna finds %d calls by %q, want %d", len(h.Calls), search, want)
			continue
		}
		if want == 0 {
			continue
		}
		back := h.Calls[0].CalledBack
		if back == nil || back.By != "Boris Ivanov" || back.Direction != protocol.Incoming {
			t.Errorf("called back: %+v", back)
		}
	}
	if h := list(boris, protocol.ListHistory{Missed: true}); len(h.Calls) != 0 {
		t.Errorf("Boris sees a missed call that did not ring at his phone: %+v", h.Calls)
	}
	if h := list(boris, protocol.ListHistory{Search: "acme"}); len(h.Calls) != 1 || h.Calls[0].ID != second.ID {
		t.Errorf("Boris finds %+v", h.Calls)
	}
}

// heard is the output of a command.
type heard struct {
	mu   sync.Mutex
	text strings.Builder
	more chan struct{}
}

func (h *heard) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	select {
	case h.more <- struct{}{}:
	default:
	}
	return h.text.Write(p)
}

func (h *heard) until(t *testing.T, part string) {
	t.Helper()
	late := time.After(patience)
	for {
		h.mu.Lock()
		text := h.text.String()
		h.mu.Unlock()
		if strings.Contains(text, part) {
			return
		}
		select {
		case <-h.more:
		case <-late:
			t.Fatalf("no %q in:\n%s", part, text)
		}
	}
}

func TestTailFollowsTheCalls(t *testing.T) {
	s := tell(t)
	s.start()
	s.working()
	anna := s.signIn("101")
	before := s.pbx.Incoming(amitest.Incoming{Number: "84957654321", DID: "74950000001"})
	before.Ring("101")
	c := anna.sees("the ring", func(protocol.Call) bool { return true })
	s.why([]string{c.ID}, "Sent to")

	ctx, stop := context.WithCancel(t.Context())
	said, ended := &heard{more: make(chan struct{}, 1)}, make(chan error, 1)
	path := filepath.Join(s.dir, "hub.yml")
	go func() { ended <- cmd.Run(ctx, "test", []string{"tail", "-c", path}, said, io.Discard) }()
	said.until(t, "") // wait for its start
	before.GiveUp()
	said.until(t, c.ID+"  The call is ended: not answered")
	call := s.pbx.Incoming(amitest.Incoming{Number: "84951234567", DID: "74950000001"})
	call.Ring("101")
	said.until(t, "84951234567 to 74950000001, incoming on main: First seen: ringing.")
	said.until(t, "Ivan Ivanov (ivanov) in customers")
	call.GiveUp()
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestWhyNamesTheBlock(t *testing.T) {
	s := tell(t)
	s.yaml = strings.ReplaceAll(s.yaml, "rights: [ticket]", "rights: [ticket, block]")
	s.start()
	s.working()
	anna := s.signIn("101")
	if name, b := anna.blocks(protocol.CallerBlock, "8 (495) 765-43-21"); name != protocol.CallerBlocked || !b.Blocked {
		t.Fatalf("%s %+v", name, b)
	}
	s.pbx.Incoming(amitest.Incoming{Number: "84957654321", DID: "74950000001"}).GiveUp() // the dialplan hangs up
	s.why([]string{"84957654321"}, "The call is ended",
		"The caller is blocked by Anna Petrova at ", "(Sells <carpets>)")
	s.why([]string{}, "blocked by Anna Petrova at ")
	s.why([]string{"--agent", "anna"}, "blocked: The PBX turned the call away: Anna Petrova has blocked the caller.")
}
