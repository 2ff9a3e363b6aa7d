package callcontrol_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"traybell/hub/ami"
	"traybell/hub/ami/amitest"
	"traybell/hub/callcontrol"
	"traybell/hub/callcontrol/offer"
	"traybell/hub/calls"
	"traybell/hub/dialplan"
	"traybell/hub/fail"
	"traybell/hub/pbx"
	"traybell/hub/staff"
	"traybell/hub/trace"
	"traybell/shared/phone"
	"traybell/shared/protocol"
)

var anna = staff.Agent{
	Login:      "anna",
	Extensions: []string{"101"},
	Rights:     []protocol.Right{protocol.RightControl, protocol.RightRecord},
}

// everything are the rights of a manager user for all that agents do.
var everything = []string{"system", "call", "originate"}

// scene is a simulated PBX, and the controller that steers it for Anna at 101.
type scene struct {
	*testing.T
	late    <-chan struct{} // closed when the test takes too long
	pbx     *amitest.PBX
	set     *pbx.Set
	control *callcontrol.Controller

	mu      sync.Mutex
	changed chan struct{} // closed and replaced at each change
	calls   map[string]calls.Call
	steps   []trace.Step
	permit  int // how often what is possible has changed
}

func play(t *testing.T, write []string) *scene {
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
	s := &scene{
		T: t, late: ctx.Done(), pbx: simulated, set: &pbx.Set{},
		changed: make(chan struct{}), calls: map[string]calls.Call{},
	}
	numbers, err := phone.NewReader("RU", nil)
	if err != nil {
		t.Fatal(err)
	}
	s.control = callcontrol.New(callcontrol.Options{
		Desk: s, PBXs: s.set, Phones: func(string) []string { return nil }, Log: slog.New(slog.DiscardHandler),
		Now: time.Now, Background: func(do func()) { do() }, Plan: func() *dialplan.Plan {
			return &dialplan.Plan{
				Rules: dialplan.Rules{
					Context: "from-internal", Phone: "PJSIP/<extension>", Ring: 20 * time.Second, Form: phone.National,
					Allow: []dialplan.Allowed{{Numbers: []string{"_+7495XXXXXXX"}}}, AutoAnswer: true,
					Lines: []dialplan.Line{{Name: "Support", CallerID: "74950000001"}},
				},
				Numbers: numbers, Inside: func(number string) bool { return len(number) == 3 },
			}
		},
		Trace: func(_ string, step trace.Step) { s.note(func() { s.steps = append(s.steps, step) }) },
	})
	known := make(chan struct{})
	var once sync.Once
	follower := &calls.Follower{Tracker: calls.NewTracker("main", nil), OnChange: func(ch calls.Change) {
		ch, shown := s.control.Adopt(ch)
		if shown {
			s.note(func() { s.calls[ch.Call.ID] = ch.Call })
		}
	}}
	s.set.Start(t.Context(), pbx.Config{
		Config: ami.Config{
			Name: "main", Address: simulated.Addr(), Username: amitest.Username, Password: amitest.Secret,
			Log: slog.New(slog.DiscardHandler),
		},
		Trackers: []pbx.Tracker{s.control.Follow("main"), follower},
		OnRights: func([]pbx.Right) {
			if p, ok := s.set.PBX("main"); ok {
				s.control.PBX(ctx, p.Status())
				once.Do(func() { close(known) })
			}
		},
	})
	t.Cleanup(s.set.StopAll)
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

// Seat is the desk's: the agent is at the first of the agent's extensions in the call.
func (s *scene) Seat(_ context.Context, a staff.Agent, call string) (string, offer.Seat, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	seat := offer.Seat{Right: a.May(protocol.RightControl), Record: a.May(protocol.RightRecord)}
	for _, leg := range s.calls[call].Legs {
		if leg.Extension == a.Extensions[0] {
			seat.Leg, seat.Calling = leg.State, leg.Calling
		}
	}
	seat.Facts = s.control.Facts("main", call, a.Extensions[0])
	return a.Extensions[0], seat, nil
}

func (s *scene) Changed(context.Context, string, string) { s.note(func() { s.permit++ }) }

// sees waits until Anna's leg of a call is in a state, and returns the call's id.
func (s *scene) sees(state protocol.State) string {
	s.Helper()
	for {
		s.mu.Lock()
		changed := s.changed
		for id, c := range s.calls {
			for _, leg := range c.Legs {
				if leg.Extension == "101" && leg.State == state {
					s.mu.Unlock()
					return id
				}
			}
		}
		s.mu.Unlock()
		select {
		case <-changed:
		case <-s.late:
			s.Fatalf("101 is not %s: %+v", state, s.calls)
		}
	}
}

func (s *scene) do(id, call string, control protocol.Control) error {
	return s.with(id, call, control, "")
}

func (s *scene) with(id, call string, control protocol.Control, with string) error {
	_, err := s.control.Control(s.Context(), anna, id, call, control, with)
	return err
}

// talks has Anna talk with a caller.
func (s *scene) talks() (*amitest.Call, string) {
	c := s.pbx.Incoming(amitest.Incoming{Number: "74951234567", DID: "74950000001"})
	c.Ring("101")
	c.Answer("101")
	return c, s.sees(protocol.Answered)
}

func (s *scene) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// fails checks why a command failed.
func (s *scene) fails(err error, want protocol.Problem) {
	s.Helper()
	if failed := new(fail.Error); !errors.As(err, &failed) || failed.Problem != want {
		s.Fatalf("%v, want %s", err, want)
	}
}

// sent counts the actions that the PBX got with a name.
func (s *scene) sent(name string) (n int) {
	for _, a := range s.pbx.Received() {
		if a.Message.Get("Action") == name {
			n++
		}
	}
	return n
}

func TestAnswerHoldResumeHangup(t *testing.T) {
	s := play(t, []string{"system"}) // the rights of the guide
	s.pbx.Incoming(amitest.Incoming{Number: "74951234567", DID: "74950000001"}).Ring("101", "102")
	call := s.sees(protocol.Ringing)
	s.fails(s.do("0", call, protocol.ControlHold), protocol.ControlNotNow)
	s.must(s.do("1", call, protocol.ControlAnswer))
	s.sees(protocol.Answered)
	s.must(s.do("2", call, protocol.ControlHold))
	s.sees(protocol.Held)
	s.must(s.do("3", call, protocol.ControlResume))
	s.sees(protocol.Answered)
	s.must(s.do("4", call, protocol.ControlHangup))
	s.sees(protocol.Ended)
	s.fails(s.do("5", call, protocol.ControlHangup), protocol.ControlNoPhone)
	if said, _ := s.steps[1].Say(trace.English); !strings.HasPrefix(said, "anna: answer, done after ") {
		t.Errorf("traced %q", said)
	}
	if said, _ := s.steps[0].Say(trace.English); !strings.Contains(said, "hold failed after") {
		t.Errorf("traced %q", said)
	}
}

// The agent presses before the PBX finds the channel that it has reported.
func TestAnswerInTheFirstMoment(t *testing.T) {
	s := play(t, everything)
	s.pbx.Hide(1)
	s.pbx.Incoming(amitest.Incoming{Number: "74951234567", DID: "74950000001"}).Ring("101")
	call := s.sees(protocol.Ringing)
	s.must(s.do("1", call, protocol.ControlAnswer))
	s.sees(protocol.Answered)
	s.pbx.Hide(2)
	s.fails(s.do("2", call, protocol.ControlHold), protocol.ControlNotNow)
}

// A press that is repeated, by a desktop that did not get the answer, is carried out once.
func TestRepeatedCommandIsCarriedOutOnce(t *testing.T) {
	s := play(t, everything)
	c := s.pbx.Incoming(amitest.Incoming{Number: "74951234567", DID: "74950000001"})
	c.Ring("101")
	call := s.sees(protocol.Ringing)
	s.must(s.do("1", call, protocol.ControlHangup))
	s.sees(protocol.Ended)
	c.Ring("101") // a queue rings again
	s.sees(protocol.Ringing)
	s.must(s.do("1", call, protocol.ControlHangup))
	if n := s.sent("Hangup"); n != 1 {
		t.Errorf("the PBX was asked %d times", n)
	}
	first, err := s.control.Dial(s.Context(), anna, "2", protocol.DialNumber{Number: "102"})
	s.must(err)
	second, err := s.control.Dial(s.Context(), anna, "2", protocol.DialNumber{Number: "102"})
	if err != nil || first != second || s.sent("Originate") != 1 {
		t.Errorf("%+v, then %+v, %v: %d calls", first, second, err, s.sent("Originate"))
	}
}

// The same id of another agent is another press.
func TestIDsOfAgentsDoNotMix(t *testing.T) {
	s := play(t, everything)
	boris := anna
	boris.Login, boris.Extensions = "boris", []string{"102"}
	_, err := s.control.Dial(s.Context(), anna, "1", protocol.DialNumber{Number: "103"})
	s.must(err)
	_, err = s.control.Dial(s.Context(), boris, "1", protocol.DialNumber{Number: "103"})
	s.must(err)
	if n := s.sent("Originate"); n != 2 {
		t.Errorf("%d calls", n)
	}
}

func TestDeclineLeavesTheGroupRinging(t *testing.T) {
	s := play(t, everything)
	c := s.pbx.Incoming(amitest.Incoming{Number: "74951234567", DID: "74950000001"})
	c.Ring("101", "102")
	call := s.sees(protocol.Ringing)
	s.must(s.do("1", call, protocol.ControlHangup))
	s.sees(protocol.Ended)
	for _, a := range s.pbx.Received() {
		if a.Message.Get("Action") == "Hangup" && a.Message.Get("Cause") != "21" {
			t.Errorf("declined with cause %s", a.Message.Get("Cause"))
		}
	}
	if c.Ended() {
		t.Error("the caller is gone")
	}
}

// A phone that does nothing fails within two seconds; the second time it counts as one that cannot, and
// the controls that need it are gone. The call continues.
// A call that rings at a colleague's phone can be taken, also by one who does not see it.
func TestPickUp(t *testing.T) {
	s := play(t, everything)
	boris := staff.Agent{Login: "boris", Extensions: []string{"102", "101"}} // 101 is Anna's, too
	s.fails(s.control.PickUp(s.Context(), anna, "1", boris), protocol.ControlNotNow)
	c := s.pbx.Incoming(amitest.Incoming{Number: "74951234567", DID: "74950000001"})
	c.Ring("101", "102")
	call := s.sees(protocol.Ringing)
	for {
		s.mu.Lock()
		changed, legs := s.changed, len(s.calls[call].Legs)
		s.mu.Unlock()
		if legs == 2 {
			break
		}
		<-changed
	}
	if got := s.control.RingsAt(anna, boris); got != call {
		t.Errorf("%q rings at the colleague, want %q", got, call)
	}
	if s.control.RingsAt(anna, anna) != "" || s.control.RingsAt(staff.Agent{Login: "vera"}, boris) != "" {
		t.Error("the own phone, or an agent without the right")
	}
	s.fails(s.control.PickUp(s.Context(), staff.Agent{Login: "vera"}, "1", boris), protocol.RightMissing)
	s.must(s.control.PickUp(s.Context(), anna, "2", boris))
	s.must(s.control.PickUp(s.Context(), anna, "2", boris)) // a repetition
	var placed []string
	for _, a := range s.pbx.Received() {
		if a.Message.Get("Action") == "Originate" {
			placed = append(placed, a.Message.Get("Channel")+" "+a.Message.Get("Application")+" "+a.Message.Get("Data"))
		}
	}
	if len(placed) != 1 || !strings.HasPrefix(placed[0], "PJSIP/101 PickupChan PJSIP/102-") {
		t.Errorf("placed %q", placed)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if last := s.steps[len(s.steps)-1]; last.Text != string(protocol.ControlPickup) || last.Why != "" ||
		len(last.Words) != 1 || last.Words[0] != "boris" {
		t.Errorf("traced %+v", last)
	}
}

func TestPhoneThatDoesNotObey(t *testing.T) {
	s := play(t, everything)
	s.pbx.Deaf("101")
	c := s.pbx.Incoming(amitest.Incoming{Number: "74951234567", DID: "74950000001"})
	c.Ring("101")
	call := s.sees(protocol.Ringing)
	for i := range 3 {
		began := time.Now()
		s.fails(s.do(fmt.Sprint(i), call, protocol.ControlAnswer), protocol.ControlPhoneDeaf)
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("answered after %s", took)
		}
	}
	if n := s.sent("PJSIPNotify"); n != 2 || c.Ended() {
		t.Errorf("the phone was asked %d times; the call is over: %t", n, c.Ended())
	}
	if _, seat, _ := s.Seat(s.Context(), anna, call); fmt.Sprint(seat.Controls().List()) != "[hangup]" {
		t.Errorf("still offered: %v", seat.Controls().List())
	}
}

// A right that the manager user lacks is named for administrators.
func TestMissingRightIsNamed(t *testing.T) {
	s := play(t, []string{"call"})
	s.pbx.Incoming(amitest.Incoming{Number: "74951234567", DID: "74950000001"}).Ring("101")
	call := s.sees(protocol.Ringing)
	err := s.do("1", call, protocol.ControlAnswer)
	s.fails(err, protocol.ControlPBXRight)
	if !strings.Contains(err.Error(), "write = system") {
		t.Errorf("%v", err)
	}
	_, err = s.control.Dial(s.Context(), anna, "2", protocol.DialNumber{Number: "102"})
	s.fails(err, protocol.DialNoPBX)
	if !strings.Contains(err.Error(), "write = originate") {
		t.Errorf("%v", err)
	}
	without := anna
	without.Rights = nil
	_, err = s.control.Dial(s.Context(), without, "3", protocol.DialNumber{Number: "102"})
	s.fails(err, protocol.RightMissing)
	_, err = s.control.Control(s.Context(), without, "4", call, protocol.ControlHangup, "")
	s.fails(err, protocol.RightMissing)
}

func TestDial(t *testing.T) {
	s := play(t, everything)
	wanted := protocol.DialNumber{Number: "+7 495 123-45-67", Line: "Support"}
	dialled, err := s.control.Dial(s.Context(), anna, "1", wanted)
	s.must(err)
	if dialled.Number != "84951234567" || !strings.HasPrefix(dialled.Call, "main:tb-") {
		t.Errorf("%+v", dialled)
	}
	if call := s.sees(protocol.Ringing); call != dialled.Call || s.calls[call].Number != "84951234567" ||
		s.calls[call].Direction != protocol.Outgoing {
		t.Errorf("%+v", s.calls)
	}
	for _, a := range s.pbx.Received() {
		if a.Message.Get("Action") == "Originate" {
			for key, want := range map[string]string{
				"Channel": "PJSIP/101", "Context": "from-internal", "Exten": "84951234567", "Async": "true",
				"CallerID": `"8 (495) 123-45-67" <101>`, "Timeout": "20000",
			} {
				if a.Message.Get(key) != want {
					t.Errorf("%s: %q, want %q", key, a.Message.Get(key), want)
				}
			}
			variables := a.Message.String()
			if !strings.Contains(variables, "__TB_CID=74950000001") || !strings.Contains(variables, "answer-after=0") {
				t.Errorf("variables: %s", variables)
			}
		}
	}
	_, unique, _ := strings.Cut(dialled.Call, ":")
	s.pbx.Lift(unique, "84951234567")
	s.sees(protocol.Answered)
	s.must(s.do("2", dialled.Call, protocol.ControlHangup))
	s.sees(protocol.Ended)
}

func TestDialThatFails(t *testing.T) {
	s := play(t, everything)
	s.pbx.Unplug([]string{"109"}, "150")
	away := anna
	away.Login, away.Extensions = "away", []string{"109"}
	for name, c := range map[string]struct {
		agent staff.Agent
		in    protocol.DialNumber
		want  protocol.Problem
	}{
		"the phone is not registered": {away, protocol.DialNumber{Number: "102"}, protocol.DialPhone},
		"no such extension":           {anna, protocol.DialNumber{Number: "150"}, protocol.DialUnknown},
		"not allowed":                 {anna, protocol.DialNumber{Number: "+44 20 7946 0000"}, protocol.DialForbidden},
		"a line that is not there":    {anna, protocol.DialNumber{Number: "102", Line: "x"}, protocol.DialLine},
		"another's extension":         {anna, protocol.DialNumber{Number: "102", From: "103"}, protocol.ControlNoPhone},
		"an injection":                {anna, protocol.DialNumber{Number: "102,1\r\nAction: x"}, protocol.DialInvalid},
	} {
		_, err := s.control.Dial(s.Context(), c.agent, name, c.in)
		if failed := new(fail.Error); !errors.As(err, &failed) || failed.Problem != c.want {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	if n := s.sent("Originate"); n != 2 { // of the phone, and of the extension that the PBX refuses
		t.Errorf("%d calls were placed", n)
	}
}

func TestDialThatTheHubGivesUpDoesNotRingLater(t *testing.T) {
	s := play(t, everything)
	s.pbx.Overload("101")
	_, err := s.control.Dial(s.Context(), anna, "1", protocol.DialNumber{Number: "102"})
	s.fails(err, protocol.DialPhone)
	unique, cancelled := "", ""
	for _, a := range s.pbx.Received() {
		switch a.Message.Get("Action") {
		case "Originate":
			unique = a.Message.Get("ChannelId")
		case "Hangup":
			cancelled = a.Message.Get("Channel")
		}
	}
	if unique == "" || cancelled != unique {
		t.Errorf("%q was placed, %q hung up", unique, cancelled)
	}
}

func TestNoMoreThanTwoCalls(t *testing.T) {
	s := play(t, everything)
	for range 2 {
		s.pbx.Incoming(amitest.Incoming{Number: "74951234567", DID: "74950000001"}).Ring("101")
	}
	for ringing := 0; ringing < 2; {
		s.mu.Lock()
		changed := s.changed
		ringing = 0
		for _, c := range s.calls {
			ringing += len(c.Legs)
		}
		s.mu.Unlock()
		if ringing < 2 {
			<-changed
		}
	}
	_, err := s.control.Dial(s.Context(), anna, "1", protocol.DialNumber{Number: "102"})
	s.fails(err, protocol.DialBusy)
}

func TestPBXThatIsNotConnected(t *testing.T) {
	s := play(t, everything)
	s.pbx.Incoming(amitest.Incoming{Number: "74951234567", DID: "74950000001"}).Ring("101")
	call := s.sees(protocol.Ringing)
	s.must(s.pbx.Stop())
	s.control.PBX(s.Context(), pbx.Status{PBX: protocol.PBX{ID: "main", State: protocol.PBXConnecting}})
	s.fails(s.do("1", call, protocol.ControlHangup), protocol.ControlPBXDown)
}

func TestTransferAtOnce(t *testing.T) {
	s := play(t, everything)
	s.pbx.Unplug(nil, "150")
	c, call := s.talks()
	s.fails(s.with("1", call, protocol.ControlTransfer, "150"), protocol.DialUnknown)
	s.fails(s.with("2", call, protocol.ControlTransfer, "+44 20 7946 0000"), protocol.DialForbidden)
	s.fails(s.with("3", call, protocol.ControlTransfer, "102,1,System(id)"), protocol.DialInvalid)
	if s.sent("BlindTransfer") != 0 || c.Ended() {
		t.Error("the caller was sent somewhere")
	}
	s.must(s.with("4", call, protocol.ControlTransfer, "102"))
	s.must(s.with("4", call, protocol.ControlTransfer, "102"))
	if n := s.sent("BlindTransfer"); n != 1 {
		t.Errorf("transferred %d times", n)
	}
	for _, a := range s.pbx.Received() {
		if a.Message.Get("Action") == "BlindTransfer" && a.Message.Get("Context") != "traybell-transfer" {
			t.Errorf("it does not come back from %s", a.Message.Get("Context"))
		}
	}
	s.sees(protocol.Ended)
}

// Where the dialplan has no t and T, Atxfer does nothing: that is told in time, and not offered again.
func TestConsultationThatThePBXDoesNotBegin(t *testing.T) {
	s := play(t, everything)
	c, call := s.talks()
	began := time.Now()
	s.fails(s.with("1", call, protocol.ControlConsult, "102"), protocol.ControlNoConsult)
	if took := time.Since(began); took > 2500*time.Millisecond {
		t.Errorf("told after %s", took)
	}
	s.fails(s.with("2", call, protocol.ControlConsult, "102"), protocol.ControlNoConsult)
	if s.sent("Atxfer") != 1 || c.Ended() {
		t.Error("asked again, or the caller is gone")
	}
}

// Tones may be secret: neither trace nor log has them.
func TestTonesAreNotKept(t *testing.T) {
	s := play(t, everything)
	_, call := s.talks()
	s.must(s.with("1", call, protocol.ControlDTMF, "4711#"))
	s.fails(s.with("2", call, protocol.ControlDTMF, "12x"), protocol.DialInvalid)
	s.fails(s.with("3", call, protocol.ControlDTMF, "1234567890123"), protocol.DialInvalid)
	if n := s.sent("PlayDTMF"); n != 5 {
		t.Errorf("%d tones", n)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, step := range s.steps {
		if said, _ := step.Say(trace.English); strings.Contains(said, "4711") {
			t.Errorf("traced %q", said)
		}
	}
}

func TestMute(t *testing.T) {
	s := play(t, everything)
	_, call := s.talks()
	s.must(s.do("1", call, protocol.ControlMute))
	if f := s.control.Facts("main", call, "101"); !f.Muted {
		t.Errorf("%+v", f)
	}
	s.fails(s.do("2", call, protocol.ControlMute), protocol.ControlNotNow)
	s.must(s.do("3", call, protocol.ControlUnmute))
	if f := s.control.Facts("main", call, "101"); f.Muted {
		t.Errorf("%+v", f)
	}
}

// The recording is on the caller's channel, and may begin before the call is shown.
func TestPauseOfARecording(t *testing.T) {
	s := play(t, everything)
	c := s.pbx.Incoming(amitest.Incoming{Number: "74951234567", DID: "74950000001"})
	amitest.Record(c, true)
	c.Ring("101")
	c.Answer("101")
	call := s.sees(protocol.Answered)
	is := func(recorded, paused bool) {
		t.Helper()
		if f := s.control.Facts("main", call, "101"); f.Recorded != recorded || f.Paused != paused {
			t.Errorf("%+v", f)
		}
	}
	is(true, false)
	s.must(s.do("1", call, protocol.ControlPauseRecording))
	is(true, true)
	s.fails(s.do("2", call, protocol.ControlPauseRecording), protocol.ControlNotNow)
	s.must(s.do("3", call, protocol.ControlResumeRecording))
	is(true, false)
	s.mu.Lock()
	traced := len(s.steps)
	s.mu.Unlock()
	if traced != 3 {
		t.Errorf("%d steps are traced", traced)
	}
	silent := anna
	silent.Rights = []protocol.Right{protocol.RightControl}
	_, err := s.control.Control(s.Context(), silent, "4", call, protocol.ControlPauseRecording, "")
	s.fails(err, protocol.RightMissing)
	amitest.Record(c, false)
	s.fails(s.do("5", call, protocol.ControlPauseRecording), protocol.ControlNotNow)
	is(false, false)
}

// The place of a parked call is known, also to a hub that lost its connection meanwhile.
func TestPark(t *testing.T) {
	s := play(t, everything)
	_, call := s.talks()
	slot, err := s.control.Control(s.Context(), anna, "1", call, protocol.ControlPark, "")
	if err != nil || slot != "71" {
		t.Fatalf("%q, %v", slot, err)
	}
	s.sees(protocol.Ended)
	if !s.control.Facts("main", call, "").Parked {
		t.Error("it is not known as parked")
	}
	s.control.Left("main")
	if s.control.Facts("main", call, "").Parked {
		t.Error("a PBX that is gone has parked calls")
	}
}

// Two presses at once do not exceed the limit.
func TestTwoCallsAtMostAlsoAtOnce(t *testing.T) {
	s := play(t, everything)
	var working sync.WaitGroup
	var mu sync.Mutex
	failed := 0
	for i := range 5 {
		working.Go(func() {
			_, err := s.control.Dial(s.Context(), anna, fmt.Sprint(i), protocol.DialNumber{Number: "102"})
			mu.Lock()
			defer mu.Unlock()
			if busy := new(fail.Error); errors.As(err, &busy) && busy.Problem == protocol.DialBusy {
				failed++
			}
		})
	}
	working.Wait()
	if failed != 3 || s.sent("Originate") != 2 {
		t.Errorf("%d refused, %d placed", failed, s.sent("Originate"))
	}
}
