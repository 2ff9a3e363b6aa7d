package phonestate_test

import (
	"log/slog"
	"maps"
	"testing"
	"time"

	"traybell/hub/ami"
	"traybell/hub/ami/amitest"
	"traybell/hub/pbx"
	"traybell/hub/phonestate"
	"traybell/shared/protocol"
)

// scene is a simulated PBX, and what is known of its phones.
type scene struct {
	*testing.T
	pbx     *amitest.PBX
	phones  *phonestate.Phones
	changed chan struct{}
}

func play(t *testing.T, write ...string) *scene {
	t.Helper()
	simulated, err := amitest.New(amitest.Options{Users: map[string]amitest.User{
		amitest.Username: {Secret: amitest.Secret, Read: []string{"system", "call"}, Write: write},
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = simulated.Close() })
	return &scene{T: t, pbx: simulated, changed: make(chan struct{}, 1)}
}

// connect connects to the PBX. The device 99101 is the second one of 101.
func (s *scene) connect() {
	s.Helper()
	set := &pbx.Set{}
	s.phones = phonestate.New(phonestate.Options{
		PBXs: set, Go: func(f func()) { go f() }, Log: slog.New(slog.DiscardHandler),
		User: func(_, device string) string {
			if device == "99101" {
				return "101"
			}
			return device
		},
		Changed: func() {
			select {
			case s.changed <- struct{}{}:
			default:
			}
		},
	})
	set.Start(s.Context(), pbx.Config{
		Config: ami.Config{
			Name: "main", Address: s.pbx.Addr(), Username: amitest.Username, Password: amitest.Secret,
			Log: slog.New(slog.DiscardHandler),
		},
		RetryMin: time.Millisecond,
		Trackers: []pbx.Tracker{s.phones.Follow("main")},
	})
	s.Cleanup(set.StopAll)
	if err := s.pbx.WaitClients(s.Context(), 1); err != nil {
		s.Fatal(err)
	}
}

func (s *scene) device(name, state string) {
	s.pbx.Send(amitest.NewEvent("DeviceStateChange", "call", "Device", name, "State", state))
}

func (s *scene) hint(extension, status string) {
	s.pbx.Send(amitest.NewEvent("ExtensionStatus", "call", "Exten", extension, "Status", status))
}

// expect waits for states.
func (s *scene) expect(want map[string]protocol.PhoneState) {
	s.Helper()
	late := time.After(30 * time.Second)
	for !maps.Equal(s.phones.States(), want) {
		select {
		case <-s.changed:
		case <-late:
			s.Fatalf("got %v, want %v", s.phones.States(), want)
		}
	}
}

func TestStates(t *testing.T) {
	s := play(t, "system", "call")
	for device, state := range map[string]string{
		"PJSIP/101": "NOT_INUSE", "PJSIP/99101": "UNAVAILABLE", "PJSIP/102": "INUSE", "PJSIP/103": "UNAVAILABLE",
		"PJSIP/104": "NOT_INUSE", "Custom:DND104": "BUSY", "Local/105@from-queue": "INUSE", "Queue:500": "RINGING",
		"PJSIP/106": "UNKNOWN",
	} {
		s.device(device, state)
	}
	s.hint("101", "1") // the device is known: it counts
	s.hint("107", "8")
	s.hint("*45107", "1")
	s.connect()
	want := map[string]protocol.PhoneState{
		"101": protocol.PhoneFree, "102": protocol.PhoneInUse, "103": protocol.PhoneUnavailable,
		"104": protocol.PhoneSilent, "107": protocol.PhoneRinging,
	}
	s.expect(want)

	s.device("PJSIP/99101", "RINGING")
	want["101"] = protocol.PhoneRinging
	s.expect(want)
	s.device("Custom:DND104", "NOT_INUSE")
	s.device("PJSIP/103", "NOT_INUSE")
	s.hint("107", "0")
	want["104"], want["103"], want["107"] = protocol.PhoneFree, protocol.PhoneFree, protocol.PhoneFree
	s.expect(want)
	s.device("PJSIP/102", "UNKNOWN")
	delete(want, "102")
	s.expect(want)

	if err := s.pbx.Stop(); err != nil {
		t.Fatal(err)
	}
	s.device("PJSIP/101", "INUSE") // while there is no connection
	if err := s.pbx.Start(); err != nil {
		t.Fatal(err)
	}
	want["101"] = protocol.PhoneInUse
	s.expect(want)
	s.phones.Left("main")
	s.expect(map[string]protocol.PhoneState{})
}

// The rights of OPC's manual do not allow to read lists: a state is known after its first change.
func TestStatesWithoutTheRightToReadThem(t *testing.T) {
	s := play(t, "system")
	s.device("PJSIP/101", "INUSE")
	s.connect()
	s.device("PJSIP/102", "INUSE")
	s.expect(map[string]protocol.PhoneState{"102": protocol.PhoneInUse})
	s.device("PJSIP/102", "NOT_INUSE")
	s.expect(map[string]protocol.PhoneState{"102": protocol.PhoneFree})
}

func TestBusiest(t *testing.T) {
	all := map[string]protocol.PhoneState{"101": protocol.PhoneFree, "102": protocol.PhoneInUse}
	for want, extensions := range map[protocol.PhoneState][]string{
		"": {"103"}, protocol.PhoneFree: {"103", "101"}, protocol.PhoneInUse: {"101", "102"},
	} {
		if got := phonestate.Busiest(all, extensions); got != want {
			t.Errorf("%v: %q, want %q", extensions, got, want)
		}
	}
}
