package app_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"traybell/hub/ami/amitest"
	"traybell/shared/protocol"
	"traybell/test/terminal"
)

// hostileActions are the actions with each of their fields in each hostile form.
func hostileActions(call string) map[string][]string {
	fields := map[string]map[string]string{
		protocol.TicketCreate:  {"call": call, "template": "support", "customer": "", "note": "n"},
		protocol.TicketAppend:  {"call": call, "ticket": "T-1", "note": "n"},
		protocol.TicketNote:    {"call": call, "text": "n"},
		protocol.CategorySet:   {"number": "84957654321", "color": "red", "comment": "c"},
		protocol.CallerBlock:   {"number": "84957654321", "reason": "r"},
		protocol.CallerUnblock: {"number": "84957654321", "reason": "r"},
		protocol.CallShown:     {"call": call, "hidden": ""},
		protocol.HistoryList:   {"search": "x", "before": ""},
	}
	all := map[string][]string{}
	for name, valid := range fields {
		for field := range valid {
			for _, value := range []string{
				`""`, `null`, `7`, `{"a":[]}`, `"\u0000"`, `"\u001b[2J\u001b]0;x\u0007"`, `"\u202e\u2028\u200b\ud800"`,
				`"main:nonsense"`, `"=HYPERLINK(\"http://x\")"`, `"` + strings.Repeat("я", 20_000) + `"`,
				`"99999-01-01T00:00:00Z"`, `"9999-12-31T23:59:59-14:00"`, `"'); DROP TABLE call_trace; --"`,
			} {
				parts := []string{fmt.Sprintf("%q:%s", field, value)}
				for other, v := range valid {
					if other != field && v != "" {
						text, _ := json.Marshal(v)
						parts = append(parts, fmt.Sprintf("%q:%s", other, text))
					}
				}
				all[name] = append(all[name], "{"+strings.Join(parts, ",")+"}")
			}
		}
	}
	return all
}

// A terminal that sends anything, with all rights or with none, costs the others nothing:
// the call that they work on meanwhile has its trace, its record and its ticket, and no part of the
// hub failed.
func TestHostileActionsCostOthersNothing(t *testing.T) {
	s := tell(t)
	s.yaml = strings.Replace(s.yaml, "rights: [ticket]}\n  - {login: boris",
		"rights: [ticket, category, block]}\n  - {login: boris", 1)
	s.yaml = strings.Replace(s.yaml, `teams: [support], rights: [ticket]}
tracking`, `teams: [support]}
  - {login: clara, name: Clara, extensions: ["103"], password: "`+s.password()+`", rights: [ticket]}
tracking`, 1)
	s.start()
	s.working()
	clara := s.signIn("103")
	call := s.pbx.Incoming(amitest.Incoming{Number: "84951234567", Name: "somebody", DID: "74950000001"})
	call.Ring("101", "102", "103")
	c := clara.sees("the caller's name", known)

	sent := 0
	for _, extension := range []string{"101", "102"} {
		for name, data := range hostileActions(c.ID) {
			sent += s.send(extension, name, data)
		}
	}
	if sent < 500 {
		t.Errorf("only %d actions", sent)
	}
	call.Answer("103")
	clara.sees("the answer", func(c protocol.Call) bool { return c.State == protocol.Answered })
	made := clara.ticket(c.ID)
	call.Hangup()
	clara.sees("the end", func(c protocol.Call) bool { return c.State == protocol.Ended })

	s.why([]string{c.ID}, "Routed to ", "clara", "Ivan Ivanov (ivanov) in customers", "103 answered",
		"Ticket "+made.Number, "The call is ended")
	recorded := func(row map[string]string) bool {
		return row["call"] == c.ID && row["answered"] != "" && row["agent"] == "clara"
	}
	for late := time.Now().Add(patience); !slices.ContainsFunc(s.export(), recorded); { // written in the background
		if time.Now().After(late) {
			t.Fatal("the call has no record")
		}
	}
	if _, failed, found := strings.Cut(s.log.String(), "level=ERROR"); found {
		t.Errorf("a part of the hub failed: %.500s", failed)
	}
}

// password returns the hash of "secret" in hub.yml.
func (s *story) password() string {
	_, rest, _ := strings.Cut(s.yaml, `password: "$`)
	hash, _, _ := strings.Cut(rest, `"`)
	return "$" + hash
}

// send sends actions one by one, each in turn answered, on as many connections as the limits need.
func (s *story) send(extension, name string, data []string) int {
	s.t.Helper()
	const perConnection = 35 // below the limit of actions
	for first := 0; first < len(data); first += perConnection {
		ctx, cancel := context.WithTimeout(s.t.Context(), patience)
		conn, _, err := terminal.SignIn(ctx, s.hub.Addr(), extension, "secret")
		if err != nil {
			s.t.Fatal(err)
		}
		for i, d := range data[first:min(first+perConnection, len(data))] {
			id := fmt.Sprintf("%s-%s-%d", extension, name, first+i)
			if err := conn.SendAs(ctx, name, id, json.RawMessage(d)); err != nil {
				s.t.Fatal(err)
			}
			for {
				m, err := conn.Next(ctx)
				if err != nil {
					s.t.Fatalf("%s %.200s: %v", name, d, err)
				}
				if m.Re == id {
					break
				}
			}
		}
		_ = conn.CloseNow()
		cancel()
	}
	return len(data)
}
