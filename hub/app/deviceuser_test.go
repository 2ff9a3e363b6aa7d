package app_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"traybell/hub/ami/amitest"
	"traybell/shared/protocol"
)

// FreePBX's Device & User mode: user 1105 is logged on at device 105 and later, with a feature
// code, at device 106 instead.
func TestUserFollowedToDevices(t *testing.T) {
	s := tell(t)
	s.yaml = strings.Replace(s.yaml, `["101", "201"]`, `["1105"]`, 1)
	s.pbx.Set("AMPUSER", "1105/device", "105")
	s.pbx.Set("DEVICE", "105/user", "1105")
	s.start()
	s.working()
	anna := s.signIn("1105")
	at := func(state protocol.State) func(protocol.Call) bool {
		return func(c protocol.Call) bool {
			return len(c.Legs) == 1 && c.Legs[0].Extension == "1105" && c.Legs[0].Agent == "Anna Petrova" &&
				c.Legs[0].State == state
		}
	}
	first := s.pbx.Incoming(amitest.Incoming{Number: "84951234567", DID: "74950000001"})
	first.Ring("105")
	anna.sees("the call at her device", at(protocol.Ringing))
	first.Answer("105")
	anna.sees("her answer", at(protocol.Answered))
	first.Hangup()
	anna.sees("the end", func(c protocol.Call) bool { return c.State == protocol.Ended })

	s.pbx.Set("AMPUSER", "1105/device", "106")
	s.pbx.Set("DEVICE", "105/user", "none")
	for device, user := range map[string]string{"105": "none", "106": "1105"} { // *12 there, *11 here
		s.pbx.Set("DEVICE", device+"/user", user)
		for _, name := range []string{"Newchannel", "Hangup"} {
			s.pbx.Send(amitest.NewEvent(name, "call", "Channel", "PJSIP/"+device+"-000000ff", "ChannelState", "4",
				"Exten", "*11", "Uniqueid", "9."+device, "Linkedid", "9."+device, "Cause", "16"))
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for strings.Count(s.log.String(), "user logged") < 2 {
		if pause(ctx, 5*time.Millisecond); ctx.Err() != nil {
			t.Fatalf("the users were not read\n%s", s.log)
		}
	}
	second := s.pbx.Incoming(amitest.Incoming{Number: "84957654321", DID: "74950000001"})
	second.Ring("105", "106")
	anna.sees("the call at her new device", func(c protocol.Call) bool { return len(c.Legs) == 2 })
	second.Answer("106")
	c := anna.sees("her answer there", func(c protocol.Call) bool { return c.State == protocol.Answered })
	for _, leg := range c.Legs {
		if want := map[string]string{"105": "", "1105": "Anna Petrova"}[leg.Extension]; leg.Agent != want {
			t.Errorf("at %s is %q", leg.Extension, leg.Agent)
		}
	}
}
