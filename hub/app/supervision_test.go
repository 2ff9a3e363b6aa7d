package app_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"traybell/hub/ami/amitest"
)

// changesStateOnBoard sends Anna to lunch.
func (s *story) changesStateOnBoard() {
	s.t.Helper()
	body := s.page("/board?phone=102", nil)
	for _, want := range []string{
		`action="/agents/anna/state"`, `name="from" value="board"`, `value="state pause lunch"`,
	} {
		if !strings.Contains(body, want) {
			s.t.Errorf("the board has no %s:\n%s", want, body)
		}
	}
	body = s.page("/agents/anna/state", url.Values{
		"from": {"board"}, "phone": {"102"}, "to": {"state pause lunch"},
	})
	if !strings.Contains(body, `name="phone" value="102"`) || !strings.Contains(body, "<bdi>Lunch</bdi>") {
		s.t.Errorf("the board after the change:\n%s", body)
	}
}

// The live board shows who talks with whom, and has buttons where the PBX permits them.
func TestLiveBoard(t *testing.T) {
	s := tell(t)
	s.usePBX(amitest.Options{Users: map[string]amitest.User{amitest.Username: {
		Secret: amitest.Secret, Read: []string{"system", "call"}, Write: []string{"system", "originate"},
	}}})
	s.yaml += "states: {enabled: true, pauses: [{code: lunch, name: Lunch}]}\n"
	s.start()
	s.working()
	s.signIn("101")
	s.changesStateOnBoard()
	call := s.pbx.Incoming(amitest.Incoming{Number: "84951234567", DID: "84950000001"})
	call.Ring("101")
	call.Answer("101")
	for late := time.Now().Add(patience); ; {
		body := s.page("/board?phone=102", nil)
		if strings.Contains(body, `action="/board/whisper"`) && strings.Contains(body, "Ivan Ivanov") {
			break
		}
		if time.Now().After(late) {
			t.Fatalf("no button:\n%s", body)
		}
		<-time.After(5 * time.Millisecond)
	}
	s.page("/board/listen", url.Values{"agent": {"anna"}, "phone": {"102"}})
	if body := s.page("/board?phone=102", nil); !strings.Contains(body, "Supervisors who listen") ||
		!strings.Contains(body, "the phone rings") {
		t.Errorf("no supervisor listens:\n%s", body)
	}
	status, body := s.answer("/board/listen", url.Values{"agent": {"anna"}, "phone": {"7"}})
	if status != http.StatusBadRequest || !strings.Contains(body, "Choose the phone of an agent") {
		t.Errorf("a phone that is no agent's: %d\n%s", status, body)
	}

	// Nothing would end what the supervisor hears there.
	s.reloaded(func() { s.replaced("pbx: [{id: main,", "pbx: [{id: main, enabled: false,") })
	if !slices.ContainsFunc(s.pbx.Received(), func(a amitest.Action) bool {
		return a.Message.Get("Action") == "Hangup" && strings.HasPrefix(a.Message.Get("Channel"), "tbl-")
	}) {
		t.Error("the supervisor stays connected to a PBX that was disabled")
	}
}
