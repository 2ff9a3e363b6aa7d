package metrics

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"traybell/hub/agents"
	"traybell/hub/cdr"
	"traybell/hub/desk"
	"traybell/hub/directory"
	"traybell/hub/helpdesk"
	"traybell/hub/pbx"
	"traybell/hub/signin"
	"traybell/hub/webhooks"
	"traybell/shared/protocol"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
)

// hub is a hub that has some of everything.
func hub() Sources {
	return Sources{
		Version: "1.2.3",
		PBXs: func() []PBX {
			return []PBX{
				{ID: "main", Enabled: true, State: protocol.PBXWorking, Stats: &pbx.Stats{Connects: 1}},
				{ID: "old", State: protocol.PBXStopped},
			}
		},
		Desk: func(context.Context) (desk.Stats, error) {
			return desk.Stats{Ended: map[cdr.Outcome]uint64{{
				Direction: protocol.Incoming, Result: cdr.WasMissed,
			}: 7}}, nil
		},
		Terminals: func() Terminals { return Terminals{Most: 1000} },
		Pages:     func() signin.Counts { return signin.Counts{Refused: 4} },
		Tokens:    func() signin.Counts { return signin.Counts{Limited: 5} },
		Directories: func() []directory.Status {
			return []directory.Status{{Name: "crm", Read: time.Now(), Rows: 3}}
		},
		Webhooks: func(context.Context) ([]webhooks.Status, uint64, error) {
			return []webhooks.Status{{Name: "crm", Waits: webhooks.Waits{Waiting: 2}}}, 0, nil
		},
		Duty: func() Duty {
			return Duty{Overs: 2, Agents: []protocol.AgentNow{
				{State: protocol.AgentOff},
				{Mode: protocol.ModeIncoming, State: protocol.AgentPause},
				{Mode: protocol.ModeIncoming, State: protocol.AgentPause},
			}}
		},
		Queues: func() ([]Queue, map[protocol.QueueAlarmKind]uint64) {
			return []Queue{
				{
					PBX:     "main",
					Name:    "500",
					Up:      true,
					Waiting: 2,
					Longest: 3 * time.Second,
					Members: map[string]int{"free": 4},
				},
				{PBX: "main", Name: "600"},
			}, map[protocol.QueueAlarmKind]uint64{protocol.AlarmWaiting: 5}
		},
		Reloads: func() Reloads { return Reloads{OK: true, Applied: time.Now(), Took: 30 * time.Millisecond} },
	}
}

func scrape(m *Metrics) string {
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequestWithContext(context.Background(), "GET", "/metrics", nil))
	return w.Body.String()
}

func TestNamesAndUnitsAreAsPrometheusWants(t *testing.T) {
	m := New(hub())
	m.HelpDesk("create", time.Second, nil)
	m.Skipped("main")
	problems, err := promlint.New(strings.NewReader(scrape(m))).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}

func TestMetricsAreZeroBeforeTheFirstEvent(t *testing.T) {
	text := scrape(New(hub()))
	for _, want := range []string{
		`traybell_agents{mode="incoming",state="pause"} 2`, `traybell_agents{mode="",state="off"} 1`,
		`traybell_pauses_over_total 2`,
		"traybell_ring_to_frame_seconds_count 0", "traybell_press_to_ticket_seconds_count 0",
		`traybell_calls_ended_total{direction="incoming",result="missed"} 7`,
		`traybell_calls_ended_total{direction="outgoing",result="unanswered"} 0`,
		`traybell_call_queue_up{pbx="main",queue="600"} 0`, `traybell_call_queue_waiting{pbx="main",queue="500"} 2`,
		`traybell_call_queue_longest_wait_seconds{pbx="main",queue="500"} 3`,
		`traybell_call_queue_members{pbx="main",queue="500",state="free"} 4`,
		`traybell_call_queue_members{pbx="main",queue="500",state="paused"} 0`,
		`traybell_call_queue_alarms_total{kind="waiting"} 5`,
		`traybell_queue_length{queue="desk"} 0`, "traybell_config_reload_duration_seconds 0.03",
		`traybell_pbx_enabled{pbx="old"} 0`, `traybell_page_sign_ins_total{result="refused"} 4`,
		`traybell_page_sign_ins_total{result="ok"} 0`, `traybell_token_sign_ins_total{result="limited"} 5`,
	} {
		if !strings.Contains(text, want+"\n") {
			t.Errorf("no %s in:\n%s", want, text)
		}
	}
}

// A terminal says which version it is. One that says another at each sign-in must not fill
// Prometheus with series.
func TestHostileVersionsShareOneSeries(t *testing.T) {
	s := hub()
	var version string
	s.Terminals = func() Terminals {
		return Terminals{Sessions: []agents.Session{
			{Client: protocol.Client{Version: version}}, {Client: protocol.Client{Version: "1.2.3"}},
		}}
	}
	m := New(s)
	series := map[string]bool{}
	note := func() {
		for line := range strings.Lines(scrape(m)) {
			if name, ok := strings.CutPrefix(line, "traybell_terminals{"); ok {
				series[strings.TrimRight(name[:strings.LastIndex(name, "}")+1], "\n")] = true
			}
		}
	}
	for _, version = range []string{"", "1.0\n", `1"} 5`, strings.Repeat("1", 33), "вер", "1 0"} {
		note()
	}
	if len(series) != 2 || !series[`version="other"}`] || !series[`version="1.2.3"}`] {
		t.Errorf("series of versions that are none: %v", series)
	}
	for i := range 500 {
		version = fmt.Sprintf("1.0.%d", i)
		note()
	}
	if len(series) != mostVersions+1 {
		t.Errorf("%d series, want %d: %v", len(series), mostVersions+1, series)
	}
	if !series[`version="1.0.0"}`] || series[`version="1.0.499"}`] {
		t.Errorf("the first versions have no series: %v", series)
	}
}

func TestErrorsOfTheHelpDeskByKind(t *testing.T) {
	for want, err := range map[string]error{
		timedOut:       fmt.Errorf("post: %w", &helpdesk.Error{Retry: true, Err: context.DeadlineExceeded}),
		deskDown:       &helpdesk.Error{Retry: true},
		deskRefused:    &helpdesk.Error{Refused: true},
		deskCustomer:   &helpdesk.Error{Refused: true, Customer: "ivanov"},
		deskSetup:      &helpdesk.Error{},
		deskUnsearched: fmt.Errorf("find: %w", helpdesk.ErrCannotLookUp),
	} {
		m := New(hub())
		m.HelpDesk("create", time.Millisecond, err)
		text := scrape(m)
		for _, kind := range helpDeskErrors {
			n := 0
			if kind == want {
				n = 1
			}
			line := fmt.Sprintf("traybell_help_desk_errors_total{kind=%q,operation=\"create\"} %d\n", kind, n)
			if !strings.Contains(text, line) {
				t.Errorf("%v: no %s", err, line)
			}
		}
	}
	if kind := helpDeskError(io.ErrUnexpectedEOF); kind != deskDown {
		t.Errorf("an unknown error is %s", kind)
	}
	if kind := helpDeskError(errors.Join(&helpdesk.Error{Uncertain: true})); kind != deskDown {
		t.Errorf("an uncertain error is %s", kind)
	}
}

func TestADeskThatDoesNotAnswerFailsTheScrape(t *testing.T) {
	s := hub()
	s.Desk = func(context.Context) (desk.Stats, error) { return desk.Stats{}, errors.New("stopping") }
	w := httptest.NewRecorder()
	New(s).Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/metrics", nil))
	if w.Code != 500 || !strings.Contains(w.Body.String(), "stopping") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
