package app_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"traybell/hub/ami/amitest"
	"traybell/shared/protocol"
)

// program gets the events of a hub.
type program struct {
	*httptest.Server
	mu  sync.Mutex
	got []cloudEvent
}

type cloudEvent struct {
	ID, Type, Subject, Source string
	Data                      map[string]any
}

func newProgram(t *testing.T) *program {
	t.Helper()
	p := &program{}
	p.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var e cloudEvent
		text, err := io.ReadAll(r.Body)
		if err == nil {
			err = json.Unmarshal(text, &e)
		}
		if err != nil || e.ID != r.Header.Get("webhook-id") {
			t.Errorf("%s: %v", text, err)
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		p.got = append(p.got, e)
	}))
	t.Cleanup(p.Close)
	return p
}

func (p *program) events() []cloudEvent {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.got)
}

func (p *program) yaml(more string) string {
	return fmt.Sprintf("webhooks: [{name: crm, url: %q, secret: whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD%s}]\n", p.URL,
		more)
}

// A program that is no terminal follows a working day.
func TestWebhooksFollowCallsTicketsAndAgents(t *testing.T) {
	s := tell(t)
	crm := newProgram(t)
	s.yaml += crm.yaml("")
	s.start()
	s.working()
	await := func(want ...string) []cloudEvent {
		t.Helper()
		for late := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
			got := crm.events()
			var types []string
			for _, e := range got {
				types = append(types, e.Type)
			}
			if slices.Equal(types, want) {
				return got
			}
			if time.Now().After(late) {
				t.Fatalf("got %q, want %q\n%s", types, want, s.log)
			}
		}
	}
	anna := s.signIn("101")
	got := await("agent.state")
	if e := got[0]; e.Subject != "anna" || e.Data["state"] != "signed_in" || e.Data["name"] != "Anna Petrova" {
		t.Errorf("sign-in: %+v", e)
	}
	call := s.pbx.Incoming(amitest.Incoming{Number: "84951234567", DID: "74950000001"})
	call.Ring("101")
	got = await("agent.state", "call.started")
	caller, _ := got[1].Data["caller"].(map[string]any)
	if e := got[1]; e.Data["e164"] != "+74951234567" || e.Data["pbx"] != "main" || caller["status"] != "known" ||
		fmt.Sprint(e.Data["agents"]) != "[anna]" || !strings.HasPrefix(e.Source, "https://") {
		t.Errorf("start: %+v", e)
	}
	call.Answer("101")
	got = await("agent.state", "call.started", "call.answered")
	made := anna.ticket(got[2].Subject)
	got = await("agent.state", "call.started", "call.answered", "ticket.created")
	if e := got[3]; e.Data["number"] != made.Number || e.Data["agent"] != "anna" || e.Subject != got[2].Subject {
		t.Errorf("ticket: %+v", e)
	}
	call.Hangup()
	got = await("agent.state", "call.started", "call.answered", "ticket.created", "call.ended")
	if e := got[4]; e.Data["state"] != string(protocol.Ended) || e.Data["missed"] != false {
		t.Errorf("end: %+v", e)
	}
	lost := s.pbx.Incoming(amitest.Incoming{Number: "84957654321", DID: "74950000001"})
	lost.Ring("101")
	lost.GiveUp()
	_ = anna.CloseNow()
	for late := time.Now().Add(patience); len(crm.events()) < 9; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(late) {
			t.Fatalf("got %+v\n%s", crm.events(), s.log)
		}
	}
	var rest []string
	for _, e := range crm.events()[5:] {
		rest = append(rest, e.Type)
	}
	if slices.Sort(rest); !slices.Equal(rest, []string{"agent.state", "call.ended", "call.missed", "call.started"}) {
		t.Errorf("then %q", rest)
	}
	if n := s.metric(`traybell_webhook_attempts_total{result="ok",webhook="crm"}`); n != 9 {
		t.Errorf("%v attempts", n)
	}
}

// Administrators see on every page that events wait.
func TestFailingWebhookIsOnEveryPage(t *testing.T) {
	s := tell(t)
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadGateway)
	}))
	defer receiver.Close()
	s.yaml += (&program{Server: receiver}).yaml(", events: [agent.state]")
	s.start()
	if page := s.page("/tickets", nil); strings.Contains(page, "webhook crm") {
		t.Errorf("a webhook without events is on the page:\n%s", page)
	}
	s.signIn("101")
	s.until(`traybell_webhook_waiting{webhook="crm"}`, func(n float64) bool { return n == 1 })
	s.until(`traybell_webhook_attempts_total{result="failed",webhook="crm"}`, func(n float64) bool { return n > 0 })
	page := s.page("/tickets", nil)
	for _, want := range []string{"The webhook crm accepts no events.", "HTTP 502 Bad Gateway", "waiting: 1"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q in:\n%s", want, page)
		}
	}
}

func TestWebhookGetsOnlyItsTeam(t *testing.T) {
	s := tell(t)
	crm := newProgram(t)
	s.yaml += crm.yaml(", events: [call.started], teams: [sales]")
	i := strings.Index(s.yaml, "boris")
	s.yaml = s.yaml[:i] + strings.Replace(s.yaml[i:], "teams: [support]", "teams: [sales]", 1)
	s.start()
	s.working()
	for _, extension := range []string{"101", "102"} {
		s.pbx.Incoming(amitest.Incoming{Number: "8495765432" + extension[2:], DID: "74950000009"}).Ring(extension)
	}
	for late := time.Now().Add(patience); len(crm.events()) == 0; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(late) {
			t.Fatal("no event")
		}
	}
	if got := crm.events(); len(got) != 1 || got[0].Data["number"] != "84957654322" {
		t.Errorf("%+v", got)
	}
}

// A hub that is killed again and again during calls reports the start and the end of each call at
// least once, and always under the same ids.
func TestKilledHubReportsEveryCall(t *testing.T) {
	const kills = 6
	s := tell(t)
	crm := newProgram(t)
	s.yaml += crm.yaml("") + "cdr: {grace: 150ms, retention: 0s}\n"
	if err := os.WriteFile(filepath.Join(s.dir, "hub.yml"), []byte(s.yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	hub := s.startProcess()
	dead := func() { _ = hub.end(os.Kill) }
	defer func() { dead() }()
	ctx, stop := context.WithTimeout(t.Context(), 3*time.Minute)
	defer stop()
	x := s.newExchange(ctx)
	for killed := 0; ; killed++ {
		if _, err := s.pbx.WaitAction(ctx, "Status", killed+1); err != nil {
			t.Fatalf("%v\n%s", err, &hub.errors)
		}
		if killed == kills {
			break
		}
		x.progress(ctx)
		pause(ctx, time.Duration(x.faults.IntN(100))*time.Millisecond)
		dead()
		hub = s.startProcess()
	}
	x.finish(ctx, &hub.errors)
	recorded := count(t, x.db, `SELECT call_id, 1 FROM call_record GROUP BY 1`)
	ids := map[string]map[string]bool{}
	lacking := func() (list []string) {
		clear(ids)
		for _, e := range crm.events() {
			key := e.Type + " " + e.Subject
			if ids[key] == nil {
				ids[key] = map[string]bool{}
			}
			ids[key][e.ID] = true
		}
		for call := range recorded {
			for _, kind := range []string{"call.started ", "call.ended "} {
				if ids[kind+call] == nil {
					list = append(list, kind+call)
				}
			}
		}
		return list
	}
	for late := time.Now().Add(patience); len(lacking()) > 0 && time.Now().Before(late); {
		pause(ctx, 50*time.Millisecond)
	}
	if list := lacking(); len(list) > 0 || len(recorded) == 0 {
		t.Errorf("%d of %d calls have no event: %q", len(list), len(recorded), list)
	}
	for key, of := range ids {
		if len(of) != 1 && !strings.HasPrefix(key, "agent.state") {
			t.Errorf("%s has %d ids", key, len(of))
		}
	}
	t.Logf("%d calls, %d events", len(recorded), len(crm.events()))
	dead = func() {}
	if err := hub.end(os.Interrupt); err != nil {
		t.Errorf("at its stop: %v\n%s", err, &hub.errors)
	}
}
