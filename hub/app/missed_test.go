package app_test

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"traybell/shared/protocol"

	"github.com/google/go-cmp/cmp"
)

var uniqueid = regexp.MustCompile(`\b1\d{9}\b`)

// again plays a recording as a later call, with other numbers, and waits for its end.
func (s *story) again(name string, nth int, numbers ...string) {
	s.t.Helper()
	text := string(bytes.Join(recording(s.t, name), nil))
	text = uniqueid.ReplaceAllStringFunc(text, func(id string) string { return fmt.Sprint(nth) + id[1:] })
	s.play([][]byte{[]byte(strings.NewReplacer(numbers...).Replace(text))})
	for late := time.Now().Add(patience); ; pause(s.t.Context(), 50*time.Millisecond) {
		if slices.ContainsFunc(s.export(), func(line map[string]string) bool {
			return strings.HasPrefix(line["call"], fmt.Sprintf("main:%d", nth)) && line["state"] != "open"
		}) {
			return
		}
		if time.Now().After(late) {
			s.t.Fatalf("%s has not ended", name)
		}
	}
}

// list returns the agent's earlier calls, newest first.
func (x *testTerminal) list(missed bool) []protocol.Call {
	x.t.Helper()
	x.do(protocol.HistoryList, protocol.ListHistory{Missed: missed})
	var h protocol.History
	if err := x.await(protocol.HistoryAnswer).Decode(&h); err != nil {
		x.t.Fatal(err)
	}
	return h.Calls
}

// follow returns what is to be done about the agent's missed calls, newest first.
func (x *testTerminal) follow() (all []string) {
	x.t.Helper()
	for _, c := range x.list(true) {
		switch {
		case c.CalledBack != nil && c.FollowUp != nil:
			x.t.Errorf("%s was returned and is %s", c.ID, c.FollowUp.State)
		case c.CalledBack != nil:
			all = append(all, "returned by "+c.CalledBack.By)
		case c.FollowUp != nil:
			all = append(all, strings.TrimSpace(string(c.FollowUp.State)+" "+c.FollowUp.By))
		default:
			all = append(all, "nothing")
		}
	}
	return all
}

// answered waits for the answer to an action: empty, or what was wrong and about whom.
func (x *testTerminal) answered(id string) string {
	x.t.Helper()
	late := time.After(patience)
	for {
		select {
		case m := <-x.messages:
			switch {
			case m.Re != id:
			case m.Type == protocol.Error:
				var f protocol.Failure
				if err := m.Decode(&f); err != nil {
					x.t.Fatal(err)
				}
				return fmt.Sprintf("%s: %s %s", f.Code, f.Problem, f.About)
			default:
				return ""
			}
		case <-late:
			x.t.Fatal("no answer")
		}
	}
}

func (x *testTerminal) saw(want string) {
	x.t.Helper()
	var e protocol.MissedEvent
	if err := x.await(protocol.MissedFollowUp).Decode(&e); err != nil {
		x.t.Fatal(err)
	}
	if got := strings.TrimSpace(e.Number + " " + string(e.FollowUp.State) + " " + e.FollowUp.By); got != want {
		x.t.Errorf("the desktop heard %q, want %q", got, want)
	}
}

// An unanswered call of a queue is the team's: one agent calls back, also after a restart of
// the hub, and the talk clears it. The calls are recordings of PBXs.
func TestMissedCallsAreTheTeams(t *testing.T) {
	const number = "+79161234567"
	follow := protocol.FollowMissed{Number: number}
	s := tell(t)
	s.office(officeLines)
	s.start()
	s.working()
	desks := s.desks()
	ann, bob, other := desks["101"], desks["102"], desks["103"]
	check := func(what string, want ...string) {
		t.Helper()
		for _, x := range []*testTerminal{ann, bob} {
			if diff := cmp.Diff(want, x.follow()); diff != "" {
				t.Errorf("%s (-want +got)\n%s", what, diff)
			}
		}
	}
	s.again("field-q_announce_no", 2)
	check("after a missed call", "open")

	claims := []string{ann.do(protocol.MissedClaim, follow), bob.do(protocol.MissedClaim, follow)} // at the same time
	results := []string{ann.answered(claims[0]), bob.answered(claims[1])}
	name := "Ann"
	if results[0] != "" {
		name = "Bob"
		ann, bob = bob, ann
		slices.Reverse(results)
	}
	if want := []string{"", "conflict: missed.claimed " + name}; !slices.Equal(results, want) {
		t.Fatalf("two claims end with %q, want %q", results, want)
	}
	if got := other.answered(other.do(protocol.MissedClaim, follow)); got != "forbidden: call.not_yours " {
		t.Errorf("an agent who was not called: %q", got)
	}
	s.again("field-q_announce_no", 3) // the caller tries again
	check("claimed", "claimed "+name, "claimed "+name)

	if err := s.hub.Stop(); err != nil {
		t.Fatal(err)
	}
	s.start()
	s.working()
	ann, bob = s.signIn("101"), s.signIn("102")
	if name == "Bob" {
		ann, bob = bob, ann
	}
	check("after a restart", "claimed "+name, "claimed "+name)
	if got := bob.answered(bob.do(protocol.MissedDone, follow)); got != "conflict: missed.claimed "+name {
		t.Errorf("another agent's call is done: %q", got)
	}
	release := ann.do(protocol.MissedRelease, follow)
	bob.saw(number + " open")
	if got := ann.answered(release); got != "" {
		t.Errorf("released: %q", got)
	}
	check("released", "open", "open")

	s.again("field-out_no", 4, "89167778899", "89161234567")
	check("called back, not answered", "open", "open")
	s.again("field-out", 5, "89167778899", "89161234567")
	check("called back", "returned by Ann", "returned by Ann")
	if got := bob.answered(bob.do(protocol.MissedClaim, follow)); got != "not_found: missed.none " {
		t.Errorf("a number that was called back is claimed: %q", got)
	}

	s.again("field-q_announce_no", 6)
	check("missed again", "open", "returned by Ann", "returned by Ann")
	done := bob.do(protocol.MissedDone, follow)
	ann.saw(number + " done " + map[string]string{"Ann": "Bob", "Bob": "Ann"}[name])
	if got := bob.answered(done); got != "" {
		t.Errorf("done: %q", got)
	}
	s.again("field-q_announce_no", 7)
	s.again("field-q_answer", 8) // the caller comes through
	check("the caller came through", "returned by Bob", "returned by Bob", "returned by Ann", "returned by Ann")
}
