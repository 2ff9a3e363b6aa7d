package app_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"traybell/hub/ami/amitest"
	"traybell/shared/protocol"
)

// Every metric that the alerts and the dashboard name is one of the hub's.
func TestMonitoringNamesMetricsOfTheHub(t *testing.T) {
	s := tell(t)
	s.yaml += newProgram(t).yaml("")
	s.start()
	s.working()
	anna := s.signIn("101")
	s.pbx.Incoming(amitest.Incoming{Number: "84951234567", DID: "74950000001"}).Ring("101")
	anna.ticket(anna.sees("the ring", known).ID)
	has := map[string]bool{}
	for _, name := range regexp.MustCompile(`(?m)^[a-z_]+`).FindAllString(s.page("/metrics", nil), -1) {
		has[name] = true
	}
	named := regexp.MustCompile(`\b(traybell|process|go)_[a-z_]+`)
	for _, file := range []string{"traybell.rules.yml", "traybell.rules.test.yml", "traybell.dashboard.json"} {
		text, err := os.ReadFile(filepath.Join("../../packaging/monitoring", file))
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(file, ".json") && !json.Valid(text) {
			t.Errorf("%s is no JSON", file)
		}
		names := named.FindAllString(string(text), -1)
		if len(names) < 10 {
			t.Errorf("%s names only %q", file, names)
		}
		for _, name := range names {
			if !has[name] {
				t.Errorf("%s names %s, which the hub does not have", file, name)
			}
		}
	}
}

func TestHistogramsOfRingsAndTickets(t *testing.T) {
	s := tell(t)
	s.start()
	s.working()
	anna, boris := s.signIn("101"), s.signIn("102")
	call := s.pbx.Incoming(amitest.Incoming{Number: "84951234567", DID: "74950000001"})
	call.Ring("101")
	c := anna.sees("the ring", known)
	s.until("traybell_ring_to_frame_seconds_count", func(n float64) bool { return n == 1 })
	call.Ring("102")
	boris.sees("the ring", known)
	// Anna gets the call again, as a second agent has it now.
	s.until("traybell_ring_to_frame_seconds_count", func(n float64) bool { return n == 3 })
	call.Answer("101")
	anna.sees("the answer", func(c protocol.Call) bool { return c.State == protocol.Answered })
	anna.ticket(c.ID)
	anna.ticket(c.ID) // makes no second one
	call.Hangup()
	anna.sees("the end", func(c protocol.Call) bool { return c.State == protocol.Ended })
	for name, want := range map[string]float64{
		"traybell_ring_to_frame_seconds_count":                                 3,
		"traybell_press_to_ticket_seconds_count":                               1,
		`traybell_calls_ended_total{direction="incoming",result="answered"}`:   1,
		`traybell_calls_ended_total{direction="incoming",result="missed"}`:     0,
		`traybell_terminals{version="other"}`:                                  2,
		`traybell_help_desk_errors_total{kind="timeout",operation="create"}`:   0,
		`traybell_sign_ins_total{result="refused"}`:                            0,
		`traybell_config_reloads_total{result="ok"}`:                           0,
		`traybell_queue_length{queue="desk"}`:                                  0,
		`traybell_calls_ended_total{direction="outgoing",result="unanswered"}`: 0,
	} {
		if got := s.metric(name); got != want {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
	if sum := s.metric("traybell_ring_to_frame_seconds_sum"); sum <= 0 || sum > patience.Seconds() {
		t.Errorf("the rings took %v s", sum)
	}
	lost := s.pbx.Incoming(amitest.Incoming{Number: "84951234567", DID: "74950000001"})
	lost.Ring("101")
	anna.sees("the second ring", known)
	lost.GiveUp()
	anna.sees("the second end", func(c protocol.Call) bool { return c.State == protocol.Ended && c.Missed })
	if n := s.metric(`traybell_calls_ended_total{direction="incoming",result="missed"}`); n != 1 {
		t.Errorf("%v missed calls", n)
	}
}
