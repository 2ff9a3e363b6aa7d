package web_test

import (
	"encoding/csv"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"traybell/hub/access"
	"traybell/hub/admin"
	"traybell/hub/agentstate"
	"traybell/hub/duty"
	"traybell/shared/protocol"
)

// states enables agent states.
func (s *site) states() {
	s.duty.SetRules(&duty.Rules{
		On: true, AtSignIn: true, Modes: protocol.Modes(), Staff: s.staff,
		Pauses: []duty.Pause{{Pause: agentstate.Pause{Code: "lunch", Limit: time.Hour}, Name: "Lunch & rest"}},
		Kinds:  []duty.Choice{{Choice: protocol.Choice{Code: "mail", Name: "Letters"}}},
	})
}

func TestSupervisorChangesAState(t *testing.T) {
	s := newSite(t, nil)
	s.states()
	s.duty.Present("anna", true)
	page, body := s.do("GET", "/agents", nil)
	for _, want := range []string{"waiting", "pause: Lunch &amp; rest", "Mode: offline", `value="state pause lunch"`} {
		if page.StatusCode != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("%s has no %q", page.Request, want)
		}
	}
	page, _ = s.do("POST", "/agents/anna/state", url.Values{"to": {"state pause lunch"}})
	if page.StatusCode != http.StatusSeeOther {
		t.Errorf("%s", page.Status)
	}
	if now, _ := s.duty.Now("anna"); now.State != protocol.AgentPause || now.Reason != "lunch" {
		t.Errorf("%+v", now)
	}
	_, body = s.do("GET", "/agents", nil)
	if !strings.Contains(body, "Lunch &amp; rest</bdi>") || !strings.Contains(body, "until") {
		t.Error("the page does not show the pause")
	}
	page, _ = s.do("POST", "/agents/anna/state", url.Values{"to": {"state idle"}})
	if page.StatusCode != http.StatusConflict {
		t.Errorf("what is not permitted: %s", page.Status)
	}
	page, _ = s.do("POST", "/agents/olga/state", url.Values{"to": {"state waiting"}})
	if page.StatusCode != http.StatusNotFound {
		t.Errorf("an unknown agent: %s", page.Status)
	}
	s.do("POST", "/agents/anna/state", url.Values{"to": {"mode offline"}})
	if err := s.duty.BeginTask(t.Context(), "anna", protocol.BeginTask{Kind: "mail"}); err != nil {
		t.Fatal(err)
	}
	_, body = s.do("GET", "/agents", nil)
	if !strings.Contains(body, "Letters") || !strings.Contains(body, "finish the task") {
		t.Error("the page does not show the task")
	}
	s.do("POST", "/agents/anna/state", url.Values{"to": {"task"}})
	if now, _ := s.duty.Now("anna"); now.State != protocol.AgentIdle {
		t.Errorf("%+v", now)
	}
	_, body = s.do("GET", "/audit?text=anna", nil)
	for _, want := range []string{"task.end", "agent.set", "pause lunch", "offline"} {
		if !strings.Contains(body, want) {
			t.Errorf("the audit has no %q", want)
		}
	}
}

// The seconds of a day on the page, in the file and in the menu.
func TestWorkingTimes(t *testing.T) {
	s := newSite(t, nil)
	_, body := s.do("GET", "/", nil)
	if strings.Contains(body, "/work-times") {
		t.Error("the menu has working times, hub.yml has no agent states")
	}
	s.states()
	at := func(hour, minute int) time.Time { return time.Date(2026, 11, 23, hour, minute, 0, 0, time.UTC) }
	span := func(login string, began, ended time.Time, state protocol.AgentState, reason string) agentstate.Span {
		return agentstate.Span{
			Login: login, Shift: at(9, 0), Began: began, Ended: ended, Mode: protocol.ModeIncoming, State: state,
			Reason: reason,
		}
	}
	if err := s.store.KeepDuty(t.Context(), []duty.Change{
		{Login: "anna", Spans: []agentstate.Span{
			span("anna", at(9, 0), at(11, 0), protocol.AgentWaiting, ""),
			span("anna", at(11, 0), at(11, 30), protocol.AgentPause, "lunch"),
		}, Done: &agentstate.Done{
			Login: "anna", Task: protocol.Task{Kind: "mail", Began: at(10, 0)}, Ended: at(10, 5), Note: "=1+1",
		}},
		{Login: "boris", Spans: []agentstate.Span{span("boris", at(9, 0), at(9, 10), protocol.AgentTalking, "")}},
	}); err != nil {
		t.Fatal(err)
	}
	page, body := s.do("GET", "/work-times?from=2026-11-23&to=2026-11-24", nil)
	for _, want := range []string{"2:30:00", "2:00:00", "30:00", "10:00", "Lunch &amp; rest", "Letters", "=1&#43;1"} {
		if page.StatusCode != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("%s has no %q", page.Request, want)
		}
	}
	_, body = s.do("GET", "/work-times.csv?from=2026-11-23&agent=anna", nil)
	rows, err := csv.NewReader(strings.NewReader(body)).ReadAll()
	if err != nil || len(rows) != 3 {
		t.Fatalf("%v: %s", err, body)
	}
	sum := 0
	for _, row := range rows[1:] {
		n, err := strconv.Atoi(row[len(row)-1])
		if err != nil || row[1] != "anna" {
			t.Errorf("%v, %v", row, err)
		}
		sum += n
	}
	if sum != 9000 {
		t.Errorf("the file adds up to %d s", sum)
	}
	for query, status := range map[string]int{
		"from=2026-11-31": 400, "from=2026-11-23&to=2026-11-22": 400, "from=2020-01-01&to=2026-01-01": 400,
		"from=2026-11-24": 200,
	} {
		if page, _ := s.do("GET", "/work-times.csv?"+query, nil); page.StatusCode != status {
			t.Errorf("%s: %s", query, page.Status)
		}
	}
	own, err := s.commands().Duty.WorkTimes(t.Context(), access.Principal{Kind: access.Agent, Name: "boris"},
		admin.WorkFilter{From: "2026-11-23"})
	if err != nil || len(own) != 1 || own[0].Agent != "boris" {
		t.Errorf("an agent without a role gets %+v, %v", own, err)
	}
}
