package app_test

import (
	"strings"
	"testing"
	"time"

	"traybell/hub/ami/amitest"
	"traybell/shared/protocol"
	"traybell/test/terminal"

	"github.com/coder/websocket"
)

// Each of the commonest causes of a missing popup happens in a whole hub, and `why` names it.
func TestWhyNamesTheCause(t *testing.T) {
	now := func() string { return time.Now().Format("2006-01-02 15:04:05") }
	ring := func(s *story, extensions ...string) *amitest.Call {
		call := s.pbx.Incoming(amitest.Incoming{Number: "84951234567", DID: "74950000001"})
		call.Ring(extensions...)
		return call
	}
	started := func(s *story) *testTerminal {
		s.start()
		s.working()
		return s.signIn("101")
	}
	shown := func(s *story, reports ...protocol.ShownCall) {
		anna := started(s)
		ring(s, "101")
		c := anna.sees("the ring", func(protocol.Call) bool { return true })
		for _, r := range reports {
			r.Call = c.ID
			anna.do(protocol.CallShown, r)
			anna.await(protocol.Accepted)
		}
	}
	for name, test := range map[string]struct {
		happens func(s *story)
		args    []string
		want    []string
	}{
		"the manager user lacks a right": {
			func(s *story) {
				s.usePBX(amitest.Options{Users: map[string]amitest.User{
					amitest.Username: {Secret: amitest.Secret, Read: []string{"system"}, Write: []string{"system"}},
				}})
				started(s)
				ring(s, "101")
			},
			[]string{"--agent", "101", "--at", "now"},
			[]string{"manager_rights: The manager user of the PBX main lacks a right", "read = call", "manager.conf"},
		},
		"no agent has the extension": {
			func(s *story) { started(s); ring(s, "177") },
			[]string{"--agent", "177"},
			[]string{"no_agent: No agent in hub.yml has the extension 177", "add it to the agent's extensions"},
		},
		"the phone of an agent is not in hub.yml": {
			func(s *story) { started(s); ring(s, "177") },
			[]string{"--agent", "anna", "--at", "now"},
			[]string{"no_agent: No agent in hub.yml has the extension 177"},
		},
		"the number is not tracked": {
			func(s *story) {
				s.yaml = strings.Replace(s.yaml, `  - {number: "*"}`, "", 1)
				started(s)
				s.pbx.Incoming(amitest.Incoming{Number: "84951234567", DID: "74950000009"}).Ring("101")
			},
			[]string{"--agent", "anna", "--at", "now"},
			[]string{"untracked: hub.yml does not track the number called, 74950000009", "under tracking"},
		},
		"popups of the kind are off": {
			func(s *story) {
				s.yaml += "desktop: {popups: {incoming: {enabled: false}}}\n"
				shown(s, protocol.ShownCall{Hidden: protocol.HiddenOff})
			},
			[]string{"--agent", "anna"},
			[]string{"kind_off: hub.yml switches popups of this kind off (incoming)", "desktop.popups.incoming"},
		},
		"do not disturb": {
			func(s *story) { shown(s, protocol.ShownCall{Hidden: protocol.HiddenQuiet}) },
			[]string{"--agent", "anna"},
			[]string{"quiet: Do not disturb was on at anna's desktop.", "menu of the tray icon"},
		},
		"never signed in": {
			func(s *story) { started(s); ring(s, "102") },
			[]string{"--agent", "boris"},
			[]string{"signed_out: boris was not signed in: there is no sign-in in the last days"},
		},
		"the program was closed": {
			func(s *story) {
				anna := started(s)
				_ = anna.Close(websocket.StatusNormalClosure, "")
				s.empty()
				ring(s, "101")
			},
			[]string{"--agent", "101", "--at", "now"},
			[]string{"signed_out: anna was not signed in: the program was closed (" + now()[:10], "Start traybell"},
		},
		"signed in at another hub": {
			func(s *story) {
				anna := started(s)
				_ = anna.Close(websocket.StatusNormalClosure, protocol.Moved("other.example:11010"))
				s.empty()
				ring(s, "101")
			},
			[]string{"--agent", "anna"},
			[]string{
				"other_hub: anna's desktop left at ", "for another hub, other.example:11010", "address of this hub",
			},
		},
		"the agent has switched such popups off": {
			func(s *story) { shown(s, protocol.ShownCall{Hidden: protocol.HiddenOff}) },
			[]string{"--agent", "anna"},
			[]string{"own_setting: anna has switched popups off for incoming calls", "in Settings"},
		},
		"the agent has switched internal calls off": {
			func(s *story) { shown(s, protocol.ShownCall{Hidden: protocol.HiddenInternal}) },
			[]string{"--agent", "anna"},
			[]string{"own_setting: anna has switched popups off for calls between extensions"},
		},
		"an agent blocked the caller": {
			func(s *story) {
				s.yaml = strings.ReplaceAll(s.yaml, "rights: [ticket]", "rights: [ticket, block]")
				anna := started(s)
				anna.blocks(protocol.CallerBlock, "84951234567")
				s.pbx.Incoming(amitest.Incoming{Number: "84951234567", DID: "74950000001"}).GiveUp()
			},
			[]string{"--agent", "anna"},
			[]string{"blocked: The PBX turned the call away: Anna Petrova has blocked the caller.", "unblock"},
		},
		"the PBX is away": {
			func(s *story) {
				started(s)
				if err := s.pbx.Stop(); err != nil {
					s.t.Fatal(err)
				}
				s.logs("state=connecting reason=")
				ring(s, "101")
			},
			[]string{"--agent", "anna", "--at", "now"},
			[]string{"pbx_away: The hub had no connection to the PBX main from ", "traybell-hub check"},
		},
		"the PBX was away while it rang": {
			func(s *story) {
				started(s)
				s.pbx.Cut()
				ring(s, "101", "102").Answer("102")
			},
			[]string{"--agent", "anna", "--at", "now"},
			[]string{"pbx_away: The hub had no connection to the PBX main from "},
		},
		"the PBX was away until the answer": {
			func(s *story) {
				started(s)
				s.pbx.Cut()
				ring(s, "101", "102").Answer("102")
			},
			[]string{"--agent", "102"},
			[]string{"pbx_away: The hub had no connection to the PBX main from "},
		},
		"the desktop is too slow": {
			func(s *story) {
				// long messages fill the system's buffers sooner
				s.yaml = strings.Replace(s.yaml, "Say hello", strings.Repeat("Say hello. ", 2000), 1)
				s.start()
				s.working()
				if _, _, err := terminal.SignIn(s.t.Context(), s.hub.Addr(), "101", "secret"); err != nil {
					s.t.Fatal(err)
				}
				for late := time.Now().Add(patience); !strings.Contains(s.log.String(), "terminal too slow"); {
					ring(s, "101").GiveUp()            // the terminal reads nothing
					<-time.After(5 * time.Millisecond) // the hub keeps up
					if time.Now().After(late) {
						s.t.Fatal("the hub is patient")
					}
				}
				s.pbx.Incoming(amitest.Incoming{Number: "84957654321", DID: "74950000001"}).Ring("101")
			},
			[]string{"84957654321", "--agent", "anna"},
			[]string{"too_slow: anna's desktop read too slowly, so the hub closed its session at ", "network"},
		},
		"closed with the pointer": {
			func(s *story) { shown(s, protocol.ShownCall{}, protocol.ShownCall{Hidden: protocol.HiddenClosed}) },
			[]string{"--agent", "anna"},
			[]string{"closed: anna closed the popup 0.", " s after it appeared."},
		},
		"on another monitor": {
			func(s *story) { shown(s, protocol.ShownCall{As: protocol.AsOtherMonitor, Monitor: "HDMI-1"}) },
			[]string{"--agent", "anna"},
			[]string{"other_screen: The popup was on the monitor HDMI-1 of anna's desktop", "chooses the monitor"},
		},
		"behind a locked screen": {
			func(s *story) { shown(s, protocol.ShownCall{As: protocol.AsBehindLock}) },
			[]string{"--agent", "anna"},
			[]string{"screen_locked: ", "unlocks the screen"},
		},
		"as a notification": {
			func(s *story) { shown(s, protocol.ShownCall{As: protocol.AsNotification}) },
			[]string{"--agent", "anna"},
			[]string{"notification: anna's desktop showed a notification of the system", "chooses cards"},
		},
		"the hub did not run": {
			func(s *story) {
				started(s)
				if err := s.hub.Stop(); err != nil {
					s.t.Fatal(err)
				}
			},
			[]string{"--agent", "anna", "--at", "now"},
			[]string{"hub_away: The hub did not run from "},
		},
		"shown": {
			func(s *story) { shown(s, protocol.ShownCall{}) },
			[]string{"--agent", "anna"},
			[]string{"shown: The popup was on anna's screen at "},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := tell(t)
			test.happens(s)
			args := append([]string{}, test.args...)
			if last := len(args) - 1; args[last] == "now" {
				args[last] = now()
			}
			said := s.why(args, test.want...)
			if n := strings.Count(said, test.want[0]); n != 1 {
				t.Errorf("the cause is named %d times:\n%s", n, said)
			}
		})
	}
}

// The agent gets the same answer from a call's row, in the agent's language.
func TestAgentsAskWhy(t *testing.T) {
	s := tell(t)
	s.start()
	s.working()
	anna, clara := s.signIn("101"), s.signIn("102")
	s.pbx.Incoming(amitest.Incoming{Number: "84951234567", DID: "74950000001"}).Ring("101")
	c := anna.sees("the ring", func(protocol.Call) bool { return true })
	anna.do(protocol.CallShown, protocol.ShownCall{Call: c.ID, Hidden: protocol.HiddenQuiet})
	anna.await(protocol.Accepted)
	for language, want := range map[string]string{
		"ru": "Был включён режим «Не беспокоить».", "en": "Do not disturb was on.", "": "Do not disturb was on.",
	} {
		var got protocol.ExplainedCall
		for late := time.Now().Add(patience); got.Cause != "quiet" && time.Now().Before(late); {
			anna.do(protocol.CallWhy, protocol.WhyCall{Call: c.ID, Language: language})
			if m := anna.next(protocol.CallExplained, protocol.CallWhy); m.Type != protocol.Error {
				if err := m.Decode(&got); err != nil {
					t.Fatal(err)
				}
			}
			<-time.After(200 * time.Millisecond) // traces are written every second
		}
		if got.Call != c.ID || got.Text != want || got.Remedy == "" {
			t.Errorf("in %q: %+v", language, got)
		}
	}
	clara.do(protocol.CallWhy, protocol.WhyCall{Call: c.ID})
	var refused protocol.Failure
	if err := clara.next(protocol.CallExplained, protocol.CallWhy).Decode(&refused); err != nil ||
		refused.Problem != protocol.CallNotYours {
		t.Errorf("another agent gets %+v, %v", refused, err)
	}
}
