package ask

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"traybell/hub/rules"
	"traybell/shared/protocol"

	"github.com/google/go-cmp/cmp"
)

func is(want string) func(string) bool { return func(name string) bool { return name == want } }

var known = Known{Team: is("support"), Agent: is("anna"), Template: is("night"), Link: is("cid")}

// asks asks a server.
func asks(t *testing.T, timeout time.Duration, answers http.HandlerFunc) rules.Answer {
	t.Helper()
	server := httptest.NewServer(answers)
	t.Cleanup(server.Close)
	how := rules.Ask{URL: server.URL + "/secret", Token: "abc", Timeout: timeout}
	return New("test").Ask(t.Context(), "vip", "main", how, protocol.Call{ID: "main:1", Number: "123"}, known)
}

func says(status int, text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, text)
	}
}

func TestDecisionOfAURL(t *testing.T) {
	a := asks(t, time.Minute, func(w http.ResponseWriter, r *http.Request) {
		var q question
		if err := json.NewDecoder(r.Body).Decode(&q); err != nil || q.Rule != "vip" || q.Call.Number != "123" ||
			q.PBX != "main" || r.Header.Get("Authorization") != "Bearer abc" || r.Method != http.MethodPost {
			t.Errorf("the question is %+v, %v", q, err)
		}
		_, _ = io.WriteString(w, `{"route": {"teams": ["support"], "agents": ["anna"], "show": "ringing"},
			"comment": "Hello\n\u202eolleh", "ticket": "night", "category": "red", "popup": "silent",
			"open": [{"link": "cid", "at": "ring"}], "create_ticket": "end", "warn": "VIP",
			"hide_number": true, "stop": true}`)
	})
	want := rules.Answer{Stop: true, Then: rules.Then{
		Route:   &rules.Route{Teams: []string{"support"}, Agents: []string{"anna"}, Ringing: true},
		Comment: a.Comment, Ticket: "night", Category: "red", Popup: rules.Silent, Create: rules.OnEnd, Warn: "VIP",
		Hide: true,
		Open: []rules.Page{{Link: "cid", At: rules.OnRing}},
	}}
	if diff := cmp.Diff(want, a); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if !strings.HasPrefix(a.Comment, "Hello") || strings.ContainsAny(a.Comment, "\n\u202e") {
		t.Errorf("the comment is %q", a.Comment)
	}
	if a := asks(t, time.Minute, says(http.StatusNoContent, "")); cmp.Diff(rules.Answer{}, a) != "" {
		t.Errorf("204 decides %+v", a)
	}
}

func TestAnswersThatAreNone(t *testing.T) {
	for _, c := range []struct {
		answer http.HandlerFunc
		want   string
	}{
		{says(200, ""), "no decision"},
		{says(200, "<html>"), "no decision"},
		{says(200, `{"coment": "x"}`), "unknown field"},
		{says(200, `{"comment": 5}`), "no decision"},
		{says(200, `{} {}`), "more follows"},
		{says(500, "{}"), "the answer is 500"},
		{says(302, ""), "the answer is 302"},
		{says(200, `{"ticket": "day"}`), `unknown ticket template "day"`},
		{says(200, `{"category": "blue"}`), `unknown category "blue"`},
		{says(200, `{"popup": "big"}`), `unknown popup "big"`},
		{says(200, `{"create_ticket": "now"}`), `unknown moment "now"`},
		{says(200, `{"open": [{"link": "cid", "at": "end"}]}`), "unknown page"},
		{says(200, `{"open": [{"link": "map", "at": "ring"}]}`), "unknown page"},
		{says(200, `{"route": {}}`), "no teams and agents"},
		{says(200, `{"route": {"teams": ["sales"]}}`), `unknown team "sales"`},
		{says(200, `{"route": {"agents": ["anna", "eve"]}}`), `unknown agent "eve"`},
		{says(200, `{"route": {"agents": ["anna"], "show": "x"}}`), `unknown show "x"`},
		{says(200, `{"comment": "`+strings.Repeat("x", mostAnswer)+`"}`), "larger than"},
		{says(200, strings.Repeat("[", 60_000)), "no decision"},
		{func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, `{"comment":`)
		}, "EOF"},
	} {
		a := asks(t, time.Minute, c.answer)
		if !strings.Contains(a.Failed, c.want) || strings.Contains(a.Failed, "/secret") || len(a.Failed) > 210 {
			t.Errorf("%q, want %q", a.Failed, c.want)
		}
		if cmp.Diff(rules.Answer{Failed: a.Failed}, a) != "" {
			t.Errorf("it decides %+v", a)
		}
	}
}

func TestAnswersInTime(t *testing.T) {
	if a := asks(t, 50*time.Millisecond, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	}); a.Failed != "no answer within 50ms" {
		t.Errorf("%q", a.Failed)
	}
	if a := asks(t, 50*time.Millisecond, func(w http.ResponseWriter, r *http.Request) { // it begins, and never ends
		w.WriteHeader(http.StatusOK)
		_, _ = io.Copy(io.Discard, r.Body)
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	}); a.Failed != "no answer within 50ms" {
		t.Errorf("%q", a.Failed)
	}
	how := rules.Ask{URL: "http://127.0.0.1:1/secret", Timeout: time.Minute}
	if a := New("test").Ask(t.Context(), "vip", "main", how, protocol.Call{}, known); a.Failed == "" ||
		strings.Contains(a.Failed, "secret") {
		t.Errorf("%q", a.Failed)
	}
}

// More questions than slots do not wait longer than their time.
func TestManyQuestions(t *testing.T) {
	c := New("test")
	for range mostAtOnce {
		c.slots <- struct{}{}
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	how := rules.Ask{URL: "http://127.0.0.1:1/", Timeout: 20 * time.Millisecond}
	if a := c.Ask(ctx, "vip", "main", how, protocol.Call{}, known); !strings.Contains(a.Failed, "questions wait") {
		t.Errorf("%q", a.Failed)
	}
}
