package desk

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"traybell/hub/callcontrol/offer"
	"traybell/hub/staff"
	"traybell/shared/protocol"
)

// permits is what the PBX of the story permits.
type permits struct{ set offer.Set }

func (p *permits) Facts(string, string, string) offer.Facts { return offer.Facts{PBX: p.set} }

// offered returns what was offered with the calls sent since the last call of it: "anna: answer hangup".
func (o *office) offered() string {
	o.t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	last := map[string]string{}
	for _, s := range o.sent {
		var c protocol.Call
		if s.m.Name != protocol.CallEvent {
			continue
		}
		if err := s.m.Decode(&c); err != nil {
			o.t.Fatal(err)
		}
		for _, login := range s.to {
			last[login] = strings.Trim(fmt.Sprint(c.Can), "[]")
		}
	}
	o.sent = nil
	var told []string
	for login, can := range last {
		told = append(told, login+": "+can)
	}
	slices.Sort(told)
	return strings.Join(told, ", ")
}

// An agent who has lifted the phone waits for the other side: there is no call to hold yet.
func TestLiftedPhoneMayOnlyHangUp(t *testing.T) {
	pbx := &permits{offer.Of(protocol.ControlHangup, protocol.ControlHold, protocol.ControlTransfer)}
	openWith(t, nil, func(s *setup) {
		s.Facts = pbx.Facts
		s.Agents[0].Rights = []string{protocol.RightControl}
	}, func(o *office) {
		own := leg("101", protocol.Answered)
		own.Calling = true
		c := rings("84951234567", own)
		o.change(c)
		if got := o.offered(); got != "anna: hangup" {
			t.Errorf("before the answer %q", got)
		}
		c.State = protocol.Answered
		o.change(c)
		if got := o.offered(); got != "anna: hangup hold transfer" {
			t.Errorf("after the answer %q", got)
		}
	})
}

// Each agent is offered what the agent's own leg, rights and PBX allow, and something else as soon as
// one of them changes.
func TestEachAgentIsOfferedWhatIsPossible(t *testing.T) {
	pbx := &permits{offer.Of(protocol.ControlAnswer, protocol.ControlHangup, protocol.ControlHold)}
	openWith(t, nil, func(s *setup) {
		s.Facts = pbx.Facts
		for i := range s.Agents[:2] {
			s.Agents[i].Rights = []string{protocol.RightControl}
		}
	}, func(o *office) {
		want := func(want string) {
			t.Helper()
			if got := o.offered(); got != want {
				t.Errorf("offered %q, want %q", got, want)
			}
		}
		o.change(rings("84951234567", leg("101", protocol.Ringing), leg("102", protocol.Ringing),
			leg("103", protocol.Ringing)))
		want("anna: answer hangup, boris: answer hangup, clara: ")
		c := rings("84951234567", leg("101", protocol.Answered), leg("102", protocol.Ended), leg("103", protocol.Ended))
		c.State = protocol.Answered
		o.change(c)
		want("anna: hangup hold, boris: , clara: ")

		extension, seat, err := SeatsOf(o.Desk).Seat(o.ctx, o.setup.Agents[0], "main:1.1")
		if err != nil || extension != "101" || seat.Leg != protocol.Answered ||
			seat.Controls() != offer.Of(protocol.ControlHangup, protocol.ControlHold) {
			t.Errorf("%s %+v %v", extension, seat, err)
		}
		if _, seat, _ := SeatsOf(o.Desk).Seat(o.ctx, o.setup.Agents[1], "main:1.1"); seat.Controls() != 0 {
			t.Errorf("boris: %+v", seat)
		}

		pbx.set = offer.Of(protocol.ControlHangup) // the manager user lost a right
		SeatsOf(o.Desk).Changed(o.ctx, "main", "")
		synctest.Wait()
		want("anna: hangup, boris: , clara: ")

		if err := o.Join(o.ctx, o.setup.Agents[0], func(s protocol.OpenedSession) {
			if fmt.Sprint(s.Calls[0].Can) != "[hangup]" {
				t.Errorf("the snapshot offers %v", s.Calls[0].Can)
			}
		}); err != nil {
			t.Error(err)
		}
		c.State = protocol.Ended
		o.change(c)
		want("anna: , boris: , clara: ")
		if _, _, err := SeatsOf(o.Desk).Seat(o.ctx, staff.Agent{Login: "anna"}, "main:1.1"); err == nil {
			t.Error("a call that has ended has seats")
		}
	})
}
