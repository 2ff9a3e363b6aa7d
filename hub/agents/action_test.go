package agents

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"testing"

	"traybell/hub/blocking"
	"traybell/hub/desk"
	"traybell/hub/fail"
	"traybell/hub/staff"
	"traybell/shared/protocol"
)

// expected is, by action, the right it needs, sample data, and the command that the hub gets.
var expected = map[string]struct {
	right  protocol.Right
	data   any
	in     any
	answer string // the name of the answer
}{
	protocol.TicketCreate: {
		protocol.RightTicket,
		protocol.CreateTicket{Call: "main:1", Customer: "olga", Template: "support"},
		desk.CreateTicket{ActionID: "id", Call: "main:1", Customer: "olga", Template: "support"},
		protocol.TicketCreated,
	},
	protocol.TicketAppend: {
		protocol.RightTicket,
		protocol.AppendTicket{Call: "main:1", Ticket: "T-1"},
		desk.AppendTicket{ActionID: "id", Call: "main:1", Ticket: "T-1"},
		protocol.TicketCreated,
	},
	protocol.CategorySet: {
		protocol.RightCategory,
		protocol.SetCategory{Number: "1", Color: protocol.Red, Comment: "loud"},
		protocol.SetCategory{Number: "1", Color: protocol.Red, Comment: "loud"},
		protocol.Accepted,
	},
	protocol.CallerBlock: {
		protocol.RightBlock,
		protocol.BlockCaller{Number: "1", Reason: "spam"},
		protocol.BlockCaller{Number: "1", Reason: "spam"},
		protocol.CallerBlocked,
	},
	protocol.CallerUnblock: {
		protocol.RightBlock,
		protocol.BlockCaller{Number: "1", Reason: "customer"},
		protocol.BlockCaller{Number: "1", Reason: "customer"},
		protocol.CallerBlocked,
	},
	protocol.HistoryList: {
		"",
		protocol.ListHistory{Limit: 3, Search: "x", Missed: true},
		protocol.ListHistory{Limit: 3, Search: "x", Missed: true},
		protocol.HistoryAnswer,
	},
	protocol.CallShown: {
		"",
		protocol.ShownCall{Call: "main:1", Hidden: protocol.HiddenLocked},
		protocol.ShownCall{Call: "main:1", Hidden: protocol.HiddenLocked},
		protocol.Accepted,
	},
}

// acting returns a server that carries out actions without connections.
func acting(hub *fakeHub) *Server {
	return &Server{commands: hub.all(), log: slog.New(slog.DiscardHandler)}
}

func agentWith(rights ...protocol.Right) staff.Agent {
	return staff.Agent{Login: "anna", Name: "Anna", Extensions: []string{"101"}, Rights: rights}
}

func send(t *testing.T, s *Server, a staff.Agent, name string, data any) protocol.Message {
	t.Helper()
	m, err := protocol.New(protocol.Action, name, data)
	if err != nil {
		t.Fatal(err)
	}
	m.ID = "id"
	return s.act(t.Context(), a, m)
}

func failure(t *testing.T, m protocol.Message, name string) protocol.Failure {
	t.Helper()
	var f protocol.Failure
	if err := m.Decode(&f); err != nil || m.Type != protocol.Error || m.Name != name || f.Text == "" {
		t.Fatalf("answer %s %s %s (%v), want an error", m.Type, m.Name, m.Data, err)
	}
	return f
}

func TestActions(t *testing.T) {
	for name := range actions {
		if _, ok := expected[name]; !ok {
			t.Errorf("%s is not tested", name)
		}
	}
	for name, want := range expected {
		t.Run(name, func(t *testing.T) {
			hub := &fakeHub{ticket: desk.TicketAnswer{Created: &protocol.CreatedTicket{Number: "T-1"}}}
			var rights []protocol.Right
			if want.right != "" {
				rights = append(rights, want.right)
			}
			answer := send(t, acting(hub), agentWith(rights...), name, want.data)
			if answer.Type != protocol.Notification || answer.Name != want.answer {
				t.Errorf("answer %s %s %s", answer.Type, answer.Name, answer.Data)
			}
			if got := []command{{name, "anna", want.in}}; !reflect.DeepEqual(hub.commands, got) {
				t.Errorf("the hub got %+v, want %+v", hub.commands, got)
			}
			if len(hub.refused) > 0 {
				t.Errorf("refused: %+v", hub.refused)
			}
		})
	}
}

// All other rights do not replace the one that an action needs.
func TestActionWithoutItsRightIsForbidden(t *testing.T) {
	for name, want := range expected {
		if want.right == "" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			hub := &fakeHub{}
			others := slices.DeleteFunc(protocol.Rights(), func(r protocol.Right) bool { return r == want.right })
			f := failure(t, send(t, acting(hub), agentWith(others...), name, want.data), name)
			if f.Code != protocol.Forbidden || f.Retry || !strings.Contains(f.Text, want.right) {
				t.Errorf("%+v", f)
			}
			if len(hub.commands) > 0 {
				t.Errorf("the hub got %+v", hub.commands)
			}
			var traced []command
			if want.right == protocol.RightTicket {
				traced = []command{{"main:1", "anna", "the right ticket is missing in hub.yml"}}
			}
			if !reflect.DeepEqual(hub.refused, traced) {
				t.Errorf("traced %+v, want %+v", hub.refused, traced)
			}
		})
	}
}

func TestInvalidActions(t *testing.T) {
	hub := &fakeHub{}
	s := acting(hub)
	for name := range actions {
		f := failure(t, send(t, s, agentWith(protocol.Rights()...), name, []int{1}), name)
		if f.Code != protocol.Invalid || f.Retry {
			t.Errorf("%s with undecodable data: %+v", name, f)
		}
		if actions[name].right == "" {
			continue
		}
		// The right is checked first; undecodable data names no call to trace.
		if f := failure(t, send(t, s, agentWith(), name, []int{1}), name); f.Code != protocol.Forbidden {
			t.Errorf("%s without its right and with undecodable data: %+v", name, f)
		}
	}
	f := failure(t, send(t, s, agentWith(protocol.Rights()...), "call.transfer", struct{}{}), "call.transfer")
	if f.Code != protocol.Invalid || f.Retry || !strings.Contains(f.Text, "call.transfer") {
		t.Errorf("an unknown action: %+v", f)
	}
	if len(hub.commands)+len(hub.refused) > 0 {
		t.Errorf("the hub got %+v, %+v", hub.commands, hub.refused)
	}
}

func TestFailedActions(t *testing.T) {
	codes := map[fail.Code]protocol.ErrorCode{
		fail.Invalid: protocol.Invalid, fail.Forbidden: protocol.Forbidden, fail.NotFound: protocol.NotFound,
		fail.Busy: protocol.Limit, fail.HelpDesk: protocol.HelpDeskFailed, fail.PBX: protocol.PBXFailed,
		fail.Internal: protocol.Broken,
	}
	secret := errors.New("dial tcp 192.0.2.1: password secret")
	for name, action := range expected {
		for code, want := range codes {
			for _, err := range []*fail.Error{
				fail.New(code, "No %s.", code),
				fail.Again(code, secret, "No %s.", code),
			} {
				s := acting(&fakeHub{err: fmt.Errorf("wrapped: %w", err)})
				got := failure(t, send(t, s, agentWith(protocol.Rights()...), name, action.data), name)
				if got != (protocol.Failure{Code: want, Text: err.Text, Retry: err.Retry}) {
					t.Errorf("%s, %s: %+v", name, code, got)
				}
			}
		}
		for _, err := range []error{secret, context.DeadlineExceeded} {
			s := acting(&fakeHub{err: err})
			got := failure(t, send(t, s, agentWith(protocol.Rights()...), name, action.data), name)
			if got.Code != protocol.Broken || !got.Retry || strings.Contains(got.Text, err.Error()) ||
				strings.Contains(got.Text, "192.0.2.1") {
				t.Errorf("%s, %v: %+v", name, err, got)
			}
		}
	}
}

func TestReplies(t *testing.T) {
	created := desk.TicketAnswer{Created: &protocol.CreatedTicket{Call: "main:1", Number: "T-1"}}
	queued := desk.TicketAnswer{Queued: &protocol.QueuedTicket{Call: "main:1", Text: "Later."}}
	told := protocol.BlockedCaller{Number: "1", Blocked: true, Failed: []string{"main"}, Text: "Not everywhere."}
	page := protocol.History{Calls: []protocol.Call{}, More: true}
	for name, c := range map[string]struct {
		hub    *fakeHub
		action []string
		kind   protocol.Type
		answer string
		data   any
	}{
		"created": {
			&fakeHub{ticket: created},
			[]string{protocol.TicketCreate, protocol.TicketAppend},
			protocol.Notification, protocol.TicketCreated, created.Created,
		},
		"queued": {
			&fakeHub{ticket: queued},
			[]string{protocol.TicketCreate, protocol.TicketAppend},
			protocol.Warning, protocol.TicketQueued, queued.Queued,
		},
		"blocked": {
			&fakeHub{block: blocking.Result{Told: told}},
			[]string{protocol.CallerBlock, protocol.CallerUnblock},
			protocol.Notification, protocol.CallerBlocked, told,
		},
		"blocked on some PBXs": {
			&fakeHub{block: blocking.Result{Told: told, Partial: true}},
			[]string{protocol.CallerBlock, protocol.CallerUnblock},
			protocol.Warning, protocol.BlockingPartial, told,
		},
		"history": {
			&fakeHub{history: page},
			[]string{protocol.HistoryList},
			protocol.Notification, protocol.HistoryAnswer, page,
		},
	} {
		for _, action := range c.action {
			got := send(t, acting(c.hub), agentWith(protocol.Rights()...), action, struct{}{})
			want, _ := json.Marshal(c.data)
			if got.Type != c.kind || got.Name != c.answer || string(got.Data) != string(want) {
				t.Errorf("%s, %s: %s %s %s, want %s %s %s", name, action, got.Type, got.Name, got.Data, c.kind,
					c.answer, want)
			}
		}
	}
}

// The agent of a running session has the rights that a reload gave.
func TestRightsOfAReloadApplyToTheNextAction(t *testing.T) {
	hub := &fakeHub{ticket: desk.TicketAnswer{Created: &protocol.CreatedTicket{Number: "T-1"}}}
	account := Account{agentWith(), cheap(t, "anna's")}
	p := start(t, Options{Agents: []Account{account}}, hub)
	k := p.terminal().in()
	k.send(protocol.TicketCreate, "1", protocol.CreateTicket{Call: "main:1"})
	k.failed(protocol.Forbidden, "1")
	account.Rights = []protocol.Right{protocol.RightTicket}
	if err := p.server.SetAgents([]Account{account}); err != nil {
		t.Fatal(err)
	}
	k.send(protocol.TicketCreate, "2", protocol.CreateTicket{Call: "main:1"})
	if m := k.receive(); m.Name != protocol.TicketCreated || m.Re != "2" {
		t.Errorf("%+v", m)
	}
}
