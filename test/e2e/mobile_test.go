//go:build e2e

package e2e

import (
	"bytes"
	"cmp"
	"context"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"traybell/shared/protocol"
	"traybell/test/e2e/phones"
	"traybell/test/lab"
)

const mobileYAML = `queues:
  - {name: q5, agents: [anna, boris], member: PJSIP/<extension>, state_interface: PJSIP/<extension>}
states: {enabled: true, begin: press}
mobile: {numbers: [{number: "+7 916 111-22-33", agent: anna, pin: "4711"}]}
`

const (
	annasMobile = "79161112233"
	member      = "Local/" + annasMobile + "@traybell-mobile/n"
	code        = did + "9" // the number for joining and leaving
	q5          = did + "8"
)

// TestMobilesInQueuesOfARealAsterisk has Anna join a queue by calling the PBX with her mobile, which is
// behind the trunk, take a customer's call there, and leave in all ways.
func TestMobilesInQueuesOfARealAsterisk(t *testing.T) {
	for version := range strings.SplitSeq(cmp.Or(os.Getenv("TRAYBELL_E2E_ASTERISK"), "22,16"), ",") {
		for _, shape := range []string{"plain", "freepbx"} {
			t.Run("asterisk"+version+"/"+shape, func(t *testing.T) {
				pbx := lab.StartAsterisk(t, version)
				ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
				defer cancel()
				s := &mobileScene{
					controlScene: &controlScene{T: t, ctx: ctx, controlDesk: newControlDesk(t, "full", mobileYAML)},
					pbx:          pbx,
				}
				defer s.clear()
				s.mobile = s.trunk
				if shape == "freepbx" {
					s.freePBX()
				}
				s.play()
			})
		}
	}
}

// mobileScene is a scene with Anna's mobile behind a trunk.
type mobileScene struct {
	*controlScene
	pbx    *lab.Asterisk
	mobile *phones.Trunk
}

// freePBX installs the dialplan for FreePBX, whose outbound routes call by the trunk pstn.
func (s *mobileScene) freePBX() {
	s.Helper()
	replace := func(file, old, now string) {
		s.must(s.pbx.Configure(s.ctx, file, func(text []byte) []byte {
			return bytes.ReplaceAll(text, []byte(old), []byte(now))
		}))
	}
	replace("extensions.conf", "traybell/plain.conf", "traybell/freepbx.conf")
	replace("traybell/freepbx.conf", "from-internal,", "from-internal-additional,")
	s.cli("dialplan reload")
	pstn, err := phones.ListenTrunk("127.0.1.60")
	s.must(err)
	s.Cleanup(func() { _ = pstn.Close() })
	s.mobile = pstn
}

func (s *mobileScene) cli(command string) string {
	s.Helper()
	out, err := s.pbx.CLI(s.ctx, command)
	s.must(err)
	return out
}

func (s *mobileScene) play() {
	for s.listed() == "" {
		pause(s.ctx, s.T)
	}
	for name, c := range map[string]struct {
		number string
		keys   []string
	}{
		"not on the white list": {ivan, nil},
		"withheld":              {"anonymous", nil},
		"a wrong PIN":           {annasMobile, []string{"0000", "1234", "4712"}},
	} {
		call, err := s.trunk.Call(s.ctx, code, c.number, "")
		s.must(err)
		s.must(call.WaitHeard(s.ctx))
		for _, keys := range c.keys {
			s.must(phones.Press(s.ctx, call, keys))
		}
		s.must(call.WaitEnded(s.ctx))
		if now := s.cli("queue show q5"); strings.Contains(now, "traybell-mobile") {
			s.Errorf("%s: joined\n%s", name, now)
		}
	}
	s.as("101") // not before: a terminal that waits for long does not answer pings
	s.joins()
	s.state("free")

	caller, c := s.talksOnTheMobile()
	s.state("talking")
	s.must(caller.HangUp(s.ctx))
	s.is(c, s.sees("", protocol.Ended))
	s.state("free")

	s.must(s.act(protocol.MobileSet, protocol.SetMobile{}))
	s.has("PJSIP/101", member)
	s.must(s.act(protocol.MobileSet, protocol.SetMobile{On: true}))
	s.has(member, "PJSIP/101")
	s.must(s.act(protocol.AgentSet, protocol.SetAgent{State: protocol.AgentOff}))
	s.has("No Members", member)

	s.joins()
	s.code() // once more: leaves
	s.has("No Members", member)

	s.code() // she works on: the desktop is there
	s.has(member, "PJSIP/101")
	_, _ = s.talksOnTheMobile()
	s.must(s.pbx.Kill(s.ctx)) // the state of the mobile stays in use
	s.must(s.pbx.Start(s.ctx))
	s.trunk.Clear(s.ctx)
	s.mobile.Clear(s.ctx)
	s.has(member, "PJSIP/101")
	s.has("Not in use", "(in use)")
	s.as("101") // what the last terminal had is gone
}

// listed is what the AstDB says of Anna's mobile.
func (s *mobileScene) listed() string {
	s.Helper()
	_, value, _ := strings.Cut(s.cli("database get traybell_mobile 89161112233"), "Value: ")
	return value
}

// code calls the number for joining and leaving with Anna's mobile.
func (s *mobileScene) code() {
	s.Helper()
	call, err := s.trunk.Call(s.ctx, code, "+79161112233", "")
	s.must(err)
	s.must(call.WaitHeard(s.ctx))
	s.must(phones.Press(s.ctx, call, "4711"))
	s.must(call.WaitEnded(s.ctx))
}

// joins joins with Anna's mobile, after which the hub has her work.
func (s *mobileScene) joins() {
	s.Helper()
	s.code()
	s.has(member, "PJSIP/101")
	for {
		m := s.next()
		var now protocol.AgentNow
		if m.Name == protocol.AgentEvent && m.Decode(&now) == nil && now.State == protocol.AgentWaiting {
			return
		}
	}
}

// talksOnTheMobile has a customer call the queue and Anna answer on her mobile.
func (s *mobileScene) talksOnTheMobile() (caller *phones.Call, c protocol.Call) {
	s.Helper()
	caller, err := s.trunk.Call(s.ctx, q5, ivan, "Ivan")
	s.must(err)
	at, err := s.mobile.WaitRinging(s.ctx)
	s.must(err)
	if at.Called() != annasMobile {
		s.Errorf("the PBX calls %s", at.Called())
	}
	c = s.sees("hangup", protocol.Ringing)
	if c.Number != ivan || c.Direction != protocol.Incoming || c.DID != q5 ||
		!slices.ContainsFunc(c.Legs, func(l protocol.Leg) bool {
			return l.Extension == "101" && l.State == protocol.Ringing
		}) {
		s.Errorf("the card is of %+v", c)
	}
	s.must(at.Answer(s.ctx))
	s.must(at.WaitHeard(s.ctx)) // what to press
	s.must(phones.Press(s.ctx, at, "1"))
	s.must(caller.WaitHeard(s.ctx))
	s.is(c, s.sees("hangup transfer mute dtmf conference park", protocol.Answered))
	return caller, c
}

// state signs in again, and waits until the queue has Anna in a state.
func (s *mobileScene) state(want string) {
	s.Helper()
	s.as("101")
	for {
		m := s.next()
		var q protocol.Queue
		if m.Name == protocol.QueueEvent && m.Decode(&q) == nil && slices.ContainsFunc(q.Members,
			func(m protocol.QueueMember) bool { return m.Login == "anna" && m.State == want }) {
			return
		}
	}
}

// has waits until the PBX shows one text of the queue and not another.
func (s *mobileScene) has(want, not string) {
	s.Helper()
	for {
		out := s.cli("queue show q5")
		if strings.Contains(out, want) && !strings.Contains(out, not) {
			return
		}
		select {
		case <-time.After(200 * time.Millisecond):
		case <-s.ctx.Done():
			s.Fatalf("no %s, or still %s:\n%s", want, not, out)
		}
	}
}
