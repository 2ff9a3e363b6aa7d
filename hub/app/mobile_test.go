package app_test

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"traybell/hub/ami/amitest"
	"traybell/shared/protocol"

	"github.com/google/go-cmp/cmp"
)

// mobileRights are those of a manager user of a PBX whose queues call mobiles.
var mobileRights = amitest.User{
	Secret: amitest.Secret, Read: []string{"system", "call", "agent"}, Write: []string{"system", "call", "agent"},
}

const (
	annaMobile = "Local/89161112233@traybell-mobile/n"
	annaDevice = "Custom:mob89161112233"
	mobileYAML = queueYAML + `mobile: {numbers: [{number: "+7 916 111-22-33", agent: anna, pin: "4711"}]}` + "\n"
)

// mobile waits until the agent takes calls on the mobile, or does not.
func (x *testTerminal) mobile(on bool) protocol.Mobile {
	x.t.Helper()
	for {
		var m protocol.Mobile
		if err := x.await(protocol.MobileEvent).Decode(&m); err != nil {
			x.t.Fatal(err)
		}
		if m.On == on {
			return m
		}
	}
}

// takes takes calls on the mobile, or no longer. It returns why not, or waits until the desktop is told.
func (x *testTerminal) takes(on bool) (failure string) {
	x.t.Helper()
	id := x.do(protocol.MobileSet, protocol.SetMobile{On: on})
	for answered, seen := false, false; !answered || !seen; {
		m := x.next(protocol.Accepted, protocol.MobileSet, protocol.MobileEvent)
		var failed protocol.Failure
		var now protocol.Mobile
		switch {
		case m.Type == protocol.Error && m.Re == id && m.Decode(&failed) == nil:
			return string(failed.Problem) + " " + failed.About
		case m.Name == protocol.MobileEvent && m.Decode(&now) == nil && now.On == on:
			if seen = true; on && now.Until.Sub(now.Since) != 12*time.Hour {
				x.t.Errorf("%+v", now)
			}
		case m.Re == id:
			answered = true
		}
	}
	return ""
}

// listed waits until the AstDB has these entries of the white list.
func (s *story) listed(want map[string]string) {
	s.t.Helper()
	var got map[string]string
	for late := time.Now().Add(patience); time.Now().Before(late); {
		if got = s.pbx.Family("traybell_mobile"); maps.Equal(got, want) {
			return
		}
		<-time.After(5 * time.Millisecond)
	}
	s.t.Fatalf("the white list (-want +got):\n%s\n%s", cmp.Diff(want, got), s.log)
}

// The page says what is wrong with a number in the language of the page, not in the hub's words.
func TestPageRefusesMobiles(t *testing.T) {
	t.Parallel()
	s := queued(t, mobileRights, mobileYAML)
	for _, c := range []struct {
		number, agent, pin string
		status             int
		want               string
	}{
		{"+7 916 111-22-44", "nobody", "4711", http.StatusBadRequest, "There is no agent “nobody”."},
		{"+7 916 111-22-44", "anna", "12", http.StatusBadRequest, "The PIN must have 4 to 12 digits."},
		{"12", "anna", "4711", http.StatusBadRequest, "12 is not a telephone number."},
		{"+7 916 111-22-33", "anna", "4711", http.StatusConflict, "This number is in hub.yml: change it there."},
	} {
		status, page := s.answer("/mobiles", url.Values{"number": {c.number}, "agent": {c.agent}, "pin": {c.pin}})
		if status != c.status || !strings.Contains(page, c.want) {
			t.Errorf("%s of %s: %d, no %q in\n%s", c.number, c.agent, status, c.want, page)
		}
	}
}

// The AstDB has each form in which a trunk may present a number, and forgets what hub.yml no longer has.
func TestWhiteListOfMobilesInTheAstDB(t *testing.T) {
	t.Parallel()
	s := queued(t, mobileRights, mobileYAML)
	want := map[string]string{}
	for _, form := range []string{"79161112233", "89161112233", "9161112233", "0079161112233"} {
		want[form] = "89161112233:101:4711:500*0"
	}
	s.listed(want)
	s.pbx.Set("traybell_mobile", "89031112233", "written by somebody")
	s.edit(func(yaml string) string { return strings.Replace(yaml, "111-22-33", "111-22-44", 1) })
	for form := range maps.Clone(want) {
		want[form[:len(form)-2]+"44"] = "89161112244:101:4711:500*0"
		delete(want, form)
	}
	s.listed(want)
	s.edit(func(yaml string) string { return strings.Replace(yaml, "mobile: {", "mobile: {numbers: []} #", 1) })
	s.listed(map[string]string{})
}

func TestTakingCallsOnTheMobileFromTheTray(t *testing.T) {
	t.Parallel()
	s := queued(t, mobileRights, mobileYAML)
	anna, boris := s.signIn("101"), s.signIn("102")
	if m := anna.mobile(false); m.Number != "8 (916) 111-22-33" {
		t.Errorf("%+v", m)
	}
	if got := boris.takes(true); got != "mobile.none " {
		t.Errorf("without a mobile: %q", got)
	}
	if got := anna.takes(true); got != "" {
		t.Fatalf("on: %q", got)
	}
	s.members(annaMobile)
	for _, step := range []struct {
		action, reason string
		members        []string
	}{
		{protocol.QueuePause, "lunch", []string{annaMobile + " paused lunch"}},
		{protocol.QueueResume, "", []string{annaMobile}},
		{protocol.QueueLeave, "", nil},
		{protocol.QueueJoin, "", []string{annaMobile}},
	} {
		if problem := anna.acts(step.action, protocol.SetQueue{Reason: step.reason}); problem != "" {
			t.Fatalf("%s: %s", step.action, problem)
		}
		s.members(step.members...)
	}
	if got := anna.takes(false); got != "" {
		t.Fatalf("off: %q", got)
	}
	s.members(annaLocal) // the phone takes the calls again
	s.pbx.Unplug(nil, "89161112233")
	if got := anna.takes(true); got != "mobile.dialplan main" {
		t.Errorf("without the dialplan: %q", got)
	}
	s.members(annaLocal)
}

// An agent joins and leaves by calling the PBX: the shift begins with it.
func TestJoiningByCallingThePBX(t *testing.T) {
	t.Parallel()
	press := strings.Replace(states, "enabled: true", "enabled: true\n  begin: press", 1)
	s := queued(t, mobileRights, mobileYAML+press)
	anna := s.signIn("101")
	anna.mobile(false)
	s.pbx.Queues.Join("500", annaMobile, annaDevice)
	anna.doing(protocol.AgentWaiting)
	s.members(annaMobile)
	anna.do(protocol.AgentSet, protocol.SetAgent{State: protocol.AgentOff})
	s.members()
}

// The mobile takes the place of the phone, and leaves nothing behind.
func TestCodesInsteadOfThePhone(t *testing.T) {
	t.Parallel()
	s := queued(t, mobileRights, mobileYAML+states)
	anna := s.signIn("101")
	anna.doing(protocol.AgentWaiting)
	s.members(annaLocal)
	s.pbx.Queues.Join("500", annaMobile, annaDevice)
	anna.mobile(true)
	s.members(annaMobile) // not both
	s.pbx.Queues.Leave("500", annaMobile)
	anna.mobile(false)
	s.members()
}

// Without a desktop the agent works on, until the hub learns of the end; members that a restart of the
// PBX brings back are removed.
func TestMobilesOutliveTheDesktop(t *testing.T) {
	t.Parallel()
	s := queued(t, mobileRights, mobileYAML+strings.Replace(states, "enabled: true", "enabled: true\n  away: 1ms", 1))
	anna := s.signIn("101")
	anna.doing(protocol.AgentWaiting)
	if got := anna.takes(true); got != "" {
		t.Fatalf("on: %q", got)
	}
	s.members(annaMobile)
	_ = anna.CloseNow()
	boris := s.signIn("102")
	boris.doing(protocol.AgentWaiting)
	s.members(annaMobile, borisLocal)
	s.pbx.Queues.Leave("500", annaMobile)
	s.members(borisLocal)
	s.pbx.Queues.Join("500", "Local/89031112233@traybell-mobile/n", "Custom:mob89031112233")
	s.members(borisLocal) // not on the white list
}

// A mobile is in use though it has no call, as after a crash of the PBX in a call.
func TestStateOfAMobileIsCorrected(t *testing.T) {
	t.Parallel()
	s := queued(t, mobileRights, mobileYAML)
	anna := s.signIn("101")
	if got := anna.takes(true); got != "" {
		t.Fatalf("on: %q", got)
	}
	s.members(annaMobile)
	s.pbx.Send(amitest.NewEvent("QueueMemberStatus", "agent", "Queue", "500", "MemberName", "Anna", "Interface",
		annaMobile, "StateInterface", annaDevice, "Membership", "dynamic", "Status", "2", "Paused", "0"))
	anna.queue("in use", func(q protocol.Queue) bool {
		return slices.ContainsFunc(q.Members, func(m protocol.QueueMember) bool {
			return m.Login == "anna" && m.State == "talking"
		})
	})
	set, err := s.pbx.WaitAction(t.Context(), "Setvar", 1)
	if err != nil || set.Message.Get("Variable") != "DEVICE_STATE("+annaDevice+")" ||
		set.Message.Get("Value") != "NOT_INUSE" {
		t.Errorf("%v, %v", set, err)
	}
}
