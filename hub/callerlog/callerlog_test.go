package callerlog_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"traybell/hub/callerlog"
	"traybell/hub/happened"
	"traybell/hub/staff"
	"traybell/shared/protocol"
)

const token = "cti-t0ken"

// zammad is its CTI endpoint, as the request specs show it.
type zammad struct {
	mu      sync.Mutex
	calls   map[string][]map[string]any  // accepted events, by call
	refused []string                     // events out of order
	fail    func(event, call string) int // status to reply with; 0: none. Negative: after the event
	off     bool
	url     string
}

func (z *zammad) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	z.mu.Lock()
	defer z.mu.Unlock()
	refuse := func(status int, text string) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(map[string]string{"error": text})
	}
	var in map[string]any
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		refuse(http.StatusBadRequest, err.Error())
		return
	}
	event, call := fmt.Sprint(in["event"]), fmt.Sprint(in["callId"])
	known := len(z.calls[call]) > 0
	status := 0
	if z.fail != nil {
		status = z.fail(event, call)
	}
	switch {
	case r.URL.Path != "/api/v1/cti/"+token:
		refuse(http.StatusUnauthorized, "Invalid token, please contact your admin!")
	case z.off:
		refuse(http.StatusUnprocessableEntity, "Feature not configured, please contact your admin!")
	case status > 0:
		refuse(status, "oops")
	case in["direction"] != "in" && in["direction"] != "out":
		refuse(http.StatusUnprocessableEntity, "need direction!")
	case event == "newCall" && known:
		z.refused = append(z.refused, event+" "+call)
		refuse(http.StatusInternalServerError, "call_id "+call+" already exists!")
	case event != "newCall" && !known:
		z.refused = append(z.refused, event+" "+call)
		refuse(http.StatusInternalServerError, "No such call_id "+call+"!")
	default:
		z.calls[call] = append(z.calls[call], in)
		if status < 0 {
			refuse(-status, "oops")
			return
		}
		_, _ = w.Write([]byte("{}"))
	}
}

func (z *zammad) events(call string) (names []string) {
	z.mu.Lock()
	defer z.mu.Unlock()
	for _, e := range z.calls[call] {
		names = append(names, fmt.Sprint(e["event"]))
	}
	return names
}

// buffer is a log that may be read meanwhile.
type buffer struct {
	mu   sync.Mutex
	text strings.Builder
}

func (b *buffer) Write(text []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(text)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// start runs a log with a Zammad.
func start(t *testing.T, z *zammad, change func(*callerlog.Target)) (*callerlog.Log, *buffer) {
	t.Helper()
	z.calls = map[string][]map[string]any{}
	s := httptest.NewServer(z)
	z.url = s.URL
	agents := staff.New([]staff.Agent{{Login: "anna", Name: "Anna", Extensions: []string{"101"}}})
	var text buffer
	l := callerlog.New(func() *staff.Staff { return agents }, slog.New(slog.NewTextHandler(&text, nil)), time.Now)
	target := callerlog.Target{URL: s.URL, Token: token}
	if change != nil {
		change(&target)
	}
	if err := l.Set([]callerlog.Target{target}); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); l.Run(ctx) }()
	t.Cleanup(func() { stop(); <-done; s.Close() })
	return l, &text
}

func call(id string) protocol.Call {
	return protocol.Call{
		ID: id, Direction: protocol.Incoming, Number: "84951234567", E164: "+74951234567", DID: "74950000001",
		Line: protocol.Line{Name: "Support"}, Legs: []protocol.Leg{{Extension: "101"}},
	}
}

// tell reports all steps of a call.
func tell(l *callerlog.Log, c protocol.Call) {
	l.Happened(happened.Call{Step: happened.Started, Call: c, Agents: []string{"anna"}})
	c.Answered = time.Now()
	c.Legs = []protocol.Leg{{Extension: "101", State: protocol.Answered, Answered: c.Answered}}
	l.Happened(happened.Call{Step: happened.Answered, Call: c, Agents: []string{"anna"}})
	c.State, c.Cause = protocol.Ended, 16
	l.Happened(happened.Call{Step: happened.Ended, Call: c, Agents: []string{"anna"}})
}

var whole = []string{"newCall", "answer", "hangup"}

func (z *zammad) wait(t *testing.T, call string, want ...string) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !slices.Equal(z.events(call), want); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("call %s has %q, want %q", call, z.events(call), want)
		}
	}
}

func TestCallsInOrder(t *testing.T) {
	z := &zammad{}
	l, _ := start(t, z, func(c *callerlog.Target) { c.Opens = true })
	for i := range 100 {
		tell(l, call(fmt.Sprint("main:", i)))
	}
	for i := range 100 {
		z.wait(t, fmt.Sprint("main:", i), whole...)
	}
	l.Happened(happened.Call{Step: happened.Started, Call: protocol.Call{ID: "inside", Direction: protocol.Internal}})
	out := call("out")
	out.Direction, out.Legs = protocol.Outgoing, []protocol.Leg{{Extension: "101", Calling: true}}
	tell(l, out)
	z.wait(t, "out", whole...)
	if len(z.refused) > 0 || len(z.events("inside")) > 0 {
		t.Errorf("out of order: %q; inside %q", z.refused, z.events("inside"))
	}
	for _, check := range []struct {
		of   map[string]any
		want map[string]string
	}{
		{z.calls["main:7"][0], map[string]string{
			"direction": "in", "from": "74951234567", "to": "74950000001", "user": "[anna]", "queue": "Support",
		}},
		{z.calls["main:7"][1], map[string]string{"direction": "in", "answeringNumber": "101", "user": "anna"}},
		{z.calls["main:7"][2], map[string]string{"direction": "in", "cause": "normalClearing"}},
		{z.calls["out"][0], map[string]string{"direction": "out", "from": "101", "to": "74951234567"}},
	} {
		for name, want := range check.want {
			if got := fmt.Sprint(check.of[name]); got != want {
				t.Errorf("%s of %v is %q, want %q", name, check.of["event"], got, want)
			}
		}
	}
}

// Nothing opens in browsers unless hub.yml says so.
func TestAgentsAreNotDisturbed(t *testing.T) {
	z := &zammad{}
	l, _ := start(t, z, nil)
	c := call("main:1")
	c.Number, c.E164 = "", ""
	tell(l, c)
	z.wait(t, "main:1", whole...)
	if answer := z.calls["main:1"][1]; answer["answeringNumber"] != nil || answer["user"] != nil ||
		answer["from"] != "anonymous" {
		t.Errorf("%v", answer)
	}
}

func TestLostAnswersAndRefusals(t *testing.T) {
	failed := map[string]int{}
	z := &zammad{}
	z.fail = func(event, call string) int {
		failed[call+event]++
		switch {
		case call == "lost" && failed[call+event] == 1:
			return -http.StatusBadGateway // the reply is lost
		case call == "bad" && event == "newCall":
			return http.StatusUnprocessableEntity
		case call == "late" && failed[call+event] == 1:
			return http.StatusServiceUnavailable
		}
		return 0
	}
	l, log := start(t, z, nil)
	for _, id := range []string{"lost", "bad", "late", "fine"} {
		tell(l, call(id))
	}
	z.wait(t, "late", whole...)
	z.wait(t, "fine", whole...)
	// a repeated answer or hangup changes nothing
	z.wait(t, "lost", "newCall", "answer", "answer", "hangup", "hangup")
	if got := z.events("bad"); len(got) > 0 || strings.Join(z.refused, " ") != "newCall lost" {
		t.Errorf("a call without newCall has %q; refused %q", got, z.refused)
	}
	for !strings.Contains(log.String(), "call=bad") {
		time.Sleep(5 * time.Millisecond)
	}
	if text := log.String(); strings.Count(text, "call=bad") != 1 || strings.Contains(text, token) {
		t.Errorf("log:\n%s", text)
	}
}

// A Zammad that does not answer delays no other, also after a reload, and a target that stays keeps
// its calls.
func TestSlowTargetDelaysNoOther(t *testing.T) {
	release := make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	t.Cleanup(func() { // when the log has stopped
		close(release)
		slow.Close()
	})
	quick, later := &zammad{}, &zammad{calls: map[string][]map[string]any{}}
	added := httptest.NewServer(later)
	t.Cleanup(added.Close)
	l, _ := start(t, quick, nil)
	set := func(more ...string) {
		t.Helper()
		list := []callerlog.Target{{URL: slow.URL, Token: token}}
		for _, url := range append([]string{quick.url}, more...) {
			list = append(list, callerlog.Target{URL: url, Token: token})
		}
		if err := l.Set(list); err != nil {
			t.Fatal(err)
		}
	}
	l.Happened(happened.Call{Step: happened.Started, Call: call("before")})
	quick.wait(t, "before", "newCall")
	set()
	l.Happened(happened.Call{Step: happened.Ended, Call: call("before")})
	for i := range 50 {
		tell(l, call(fmt.Sprint("main:", i)))
	}
	for i := range 50 { // the slow one has not answered the first
		quick.wait(t, fmt.Sprint("main:", i), whole...)
	}
	quick.wait(t, "before", "newCall", "hangup")
	set(added.URL, added.URL+"/") // one endpoint twice is one target
	tell(l, call("after"))
	quick.wait(t, "after", whole...)
	later.wait(t, "after", whole...)
	if len(later.refused)+len(quick.refused) > 0 {
		t.Errorf("refused %q, %q", quick.refused, later.refused)
	}
}

// A hub that starts again reports calls again that Zammad knows.
func TestCallsAfterARestart(t *testing.T) {
	z := &zammad{}
	l, _ := start(t, z, nil)
	z.mu.Lock()
	z.calls["main:1"] = []map[string]any{{"event": "newCall"}}
	z.mu.Unlock()
	tell(l, call("main:1"))
	z.wait(t, "main:1", whole...)
}

func TestCheck(t *testing.T) {
	z := &zammad{calls: map[string][]map[string]any{}}
	s := httptest.NewServer(z)
	defer s.Close()
	if err := callerlog.Check(t.Context(), callerlog.Target{URL: s.URL, Token: token}); err != nil {
		t.Error(err)
	}
	err := callerlog.Check(t.Context(), callerlog.Target{URL: s.URL, Token: "wrong-t0ken"})
	if err == nil || !strings.Contains(err.Error(), "caller_log.token") || strings.Contains(err.Error(), "t0ken") {
		t.Errorf("a wrong token: %v", err)
	}
	z.off = true
	if err = callerlog.Check(t.Context(), callerlog.Target{URL: s.URL, Token: token}); err == nil ||
		!strings.Contains(err.Error(), "not enabled") {
		t.Errorf("not enabled: %v", err)
	}
}
