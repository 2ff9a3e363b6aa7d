package agents

import (
	"encoding/json"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"traybell/hub/ticketing"
	"traybell/shared/protocol"
)

// FuzzActions: whatever a terminal sends, what names a call, a template, a customer, a ticket or a
// reason reaches the desk only short and printable, and a call is always named.
func FuzzActions(f *testing.F) {
	names := slices.Sorted(maps.Keys(actions))
	for i, name := range names {
		raw, err := json.Marshal(expected[name].data)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(uint8(i), raw)
	}
	for i := range names {
		for _, raw := range []string{
			`{"call":""}`, `{}`, `null`, `[]`, `7`, `{"call":7}`, `{"call":"\u0000"}`, `{"call":"a\nb"}`,
			`{"call":"\u202e","number":"\u202e"}`, `{"call":"main:1","customer":"\u001b[2J"}`, "{\"call\":\"\xff\"}",
			`{"call":"main:1","before":"99999-01-01T00:00:00Z"}`, `{"call":"` + strings.Repeat("x", 60_000) + `"}`,
		} {
			f.Add(uint8(i), []byte(raw))
		}
	}
	all := protocol.Rights()
	f.Fuzz(func(t *testing.T, action uint8, data []byte) {
		name := names[int(action)%len(names)]
		frame := append([]byte(`{"type":"action","name":"`+name+`","id":"id","data":`), append(data, '}')...)
		m, err := protocol.Parse(frame)
		if err != nil || m.CheckAction() != nil {
			return
		}
		hub := &fakeHub{ticket: ticketing.TicketAnswer{Created: &protocol.CreatedTicket{Number: "T-1"}}}
		s := acting(hub)
		s.act(t.Context(), newLines(s.log), &session{server: s, agent: agentWith(all...)}, m)
		s.act(t.Context(), newLines(s.log), &session{server: s, agent: agentWith()}, m)
		for _, c := range hub.commands {
			var calls, keys []string
			switch in := c.in.(type) {
			case ticketing.CreateTicket:
				calls, keys = []string{in.Call}, []string{in.Template, in.Customer}
			case ticketing.AppendTicket:
				calls = []string{in.Call, in.Ticket}
			case ticketing.NewNote:
				calls = []string{in.Call}
			case protocol.ShownCall:
				calls, keys = []string{in.Call}, []string{string(in.Hidden)}
			case controlled:
				calls = []string{in.call}
			case protocol.DialNumber:
				keys = []string{in.Line, in.From}
			case protocol.SetCategory:
				keys = []string{string(in.Color)}
			}
			for _, key := range append(keys, calls...) {
				if len(key) > protocol.MaxKey || strings.ContainsFunc(key, func(r rune) bool {
					return !unicode.IsGraphic(r) && !unicode.Is(unicode.Join_Control, r)
				}) || !utf8.ValidString(key) {
					t.Errorf("the hub got %q in %+v", key, c)
				}
			}
			if slices.Contains(calls, "") {
				t.Errorf("the hub got %+v", c)
			}
		}
		for _, c := range hub.refused {
			if c.name == "" || len(c.name) > protocol.MaxKey {
				t.Errorf("traced without a call: %+v", c)
			}
		}
	})
}

// What one terminal can write into the log is bounded, by lines and by their length.
func TestTerminalDoesNotFillTheLog(t *testing.T) {
	var out strings.Builder
	s := acting(&fakeHub{})
	s.log = slog.New(slog.NewTextHandler(&out, nil))
	log := newLines(s.log)
	long := strings.Repeat("\u202e", 5000)
	raw, err := json.Marshal(map[string]string{"call": long, "number": long, "search": long, "customer": long})
	if err != nil {
		t.Fatal(err)
	}
	for range 50 {
		for name := range actions {
			s.act(t.Context(), log, &session{server: s, agent: agentWith(protocol.Rights()...)},
				protocol.Message{Type: protocol.Action, Name: name, ID: "id", Data: raw})
		}
	}
	lines := strings.Count(out.String(), "\n")
	if lines == 0 || lines > linesBurst+10 || out.Len() > lines*500 {
		t.Errorf("%d lines, %d bytes", lines, out.Len())
	}
	log.end("anna", "192.0.2.7")
	if !strings.Contains(out.String(), "log lines left out") {
		t.Error("the log does not say that lines are missing")
	}
}
