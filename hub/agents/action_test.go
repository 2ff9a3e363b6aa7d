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
	"time"

	"traybell/hub/blocking"
	"traybell/hub/fail"
	"traybell/hub/staff"
	"traybell/hub/ticketing"
	"traybell/shared/protocol"
)

// expectation is the right that an action needs, sample data, and the command that the hub gets.
type expectation struct {
	right  protocol.Right
	data   any
	in     any
	answer string // the name of the answer
}

var ofQueue = expectation{
	"", protocol.SetQueue{PBX: "main", Name: "500"}, protocol.SetQueue{PBX: "main", Name: "500"}, protocol.Accepted,
}

// expected has all actions.
var expected = map[string]expectation{
	protocol.TicketCreate: {
		protocol.RightTicket,
		protocol.CreateTicket{Call: "main:1", Customer: "olga", Template: "support", Note: "paper"},
		ticketing.CreateTicket{ActionID: "id", Call: "main:1", Customer: "olga", Template: "support", Note: "paper"},
		protocol.TicketCreated,
	},
	protocol.TicketAppend: {
		protocol.RightTicket,
		protocol.AppendTicket{Call: "main:1", Ticket: "T-1", Note: "paper"},
		ticketing.AppendTicket{ActionID: "id", Call: "main:1", Ticket: "T-1", Note: "paper"},
		protocol.TicketCreated,
	},
	protocol.TicketNote: {
		protocol.RightTicket,
		protocol.NoteTicket{Call: "main:1", Text: "paper"},
		ticketing.NewNote{ActionID: "id", Call: "main:1", Text: "paper"},
		protocol.TicketNoted,
	},
	protocol.CallScript: {"", protocol.OpenScript{Call: "main:1"}, "main:1", protocol.PageOpen},
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
	protocol.CallWhy: {
		"",
		protocol.WhyCall{Call: "main:1", Language: "ru"},
		protocol.WhyCall{Call: "main:1", Language: "ru"},
		protocol.CallExplained,
	},
	protocol.CallTry: {
		"",
		protocol.TestCall{Number: "+74951234567"},
		protocol.TestCall{Number: "+74951234567"},
		protocol.CallTested,
	},
	protocol.MissedClaim: {
		"",
		protocol.FollowMissed{Number: "+74951234567"},
		protocol.FollowMissed{Number: "+74951234567"},
		protocol.Accepted,
	},
	protocol.MissedRelease: {
		"",
		protocol.FollowMissed{Number: "+74951234567"},
		protocol.FollowMissed{Number: "+74951234567"},
		protocol.Accepted,
	},
	protocol.MissedDone: {
		"",
		protocol.FollowMissed{Number: "+74951234567", Until: lately},
		protocol.FollowMissed{Number: "+74951234567", Until: lately},
		protocol.Accepted,
	},
	protocol.ColleaguesList: {
		"", protocol.ListColleagues{After: 7}, uint64(7), protocol.ColleaguesChanged,
	},
	protocol.ColleagueMessage: {
		"",
		protocol.SendColleague{To: "boris", Text: "x"},
		protocol.SendColleague{To: "boris", Text: "x"},
		protocol.Accepted,
	},
	protocol.ColleaguePickup: {
		protocol.RightControl,
		protocol.PickUpColleague{Login: "boris"},
		protocol.PickUpColleague{Login: "boris"},
		protocol.Accepted,
	},
	protocol.NumberShow: {
		protocol.RightNumbers,
		protocol.ShowNumber{Call: "main:1"},
		protocol.ShowNumber{Call: "main:1"},
		protocol.NumberShown,
	},
	protocol.NumbersFind: {
		protocol.RightControl,
		protocol.FindNumbers{Text: "iv", Limit: 5},
		protocol.FindNumbers{Text: "iv", Limit: 5},
		protocol.NumbersAnswer,
	},
	protocol.NumberSave: {
		protocol.RightControl,
		protocol.PersonalNumber{Number: "+74951234567", Name: "Courier"},
		protocol.PersonalNumber{Number: "+74951234567", Name: "Courier"},
		protocol.Accepted,
	},
	protocol.NumberRemove: {
		protocol.RightControl,
		protocol.RemoveNumber{Number: "+74951234567"},
		protocol.RemoveNumber{Number: "+74951234567"},
		protocol.Accepted,
	},
	protocol.CallDial: {
		protocol.RightControl,
		protocol.DialNumber{Number: "+7 495 123-45-67", Line: "Support", From: "101"},
		protocol.DialNumber{Number: "+7 495 123-45-67", Line: "Support", From: "101"},
		protocol.CallDialled,
	},
	protocol.CallAnswer: {
		protocol.RightControl,
		protocol.ControlCall{Call: "main:1"},
		controlled{"main:1", protocol.ControlAnswer, ""},
		protocol.Accepted,
	},
	protocol.CallHangup: {
		protocol.RightControl,
		protocol.ControlCall{Call: "main:1"},
		controlled{"main:1", protocol.ControlHangup, ""},
		protocol.Accepted,
	},
	protocol.CallHold: {
		protocol.RightControl,
		protocol.ControlCall{Call: "main:1"},
		controlled{"main:1", protocol.ControlHold, ""},
		protocol.Accepted,
	},
	protocol.CallResume: {
		protocol.RightControl,
		protocol.ControlCall{Call: "main:1"},
		controlled{"main:1", protocol.ControlResume, ""},
		protocol.Accepted,
	},
	protocol.CallTransfer: {
		protocol.RightControl,
		protocol.TransferCall{Call: "main:1", To: "102", Kind: protocol.TransferConsult},
		controlled{"main:1", protocol.ControlConsult, "102"},
		protocol.Accepted,
	},
	protocol.CallComplete: {
		protocol.RightControl,
		protocol.ControlCall{Call: "main:1"},
		controlled{"main:1", protocol.ControlComplete, ""},
		protocol.Accepted,
	},
	protocol.CallCancel: {
		protocol.RightControl,
		protocol.ControlCall{Call: "main:1"},
		controlled{"main:1", protocol.ControlCancel, ""},
		protocol.Accepted,
	},
	protocol.CallSwap: {
		protocol.RightControl,
		protocol.ControlCall{Call: "main:1"},
		controlled{"main:1", protocol.ControlSwap, ""},
		protocol.Accepted,
	},
	protocol.CallMute: {
		protocol.RightControl,
		protocol.MuteCall{Call: "main:1", On: true},
		controlled{"main:1", protocol.ControlMute, ""},
		protocol.Accepted,
	},
	protocol.CallDTMF: {
		protocol.RightControl,
		protocol.SendDigits{Call: "main:1", Digits: "1#"},
		controlled{"main:1", protocol.ControlDTMF, "1#"},
		protocol.Accepted,
	},
	protocol.CallConference: {
		protocol.RightControl,
		protocol.ConferCall{Call: "main:1", With: "102"},
		controlled{"main:1", protocol.ControlConference, "102"},
		protocol.Accepted,
	},
	protocol.CallPark: {
		protocol.RightControl,
		protocol.ControlCall{Call: "main:1"},
		controlled{"main:1", protocol.ControlPark, ""},
		protocol.CallParked,
	},
	protocol.CallPickup: {
		protocol.RightControl,
		protocol.ControlCall{Call: "main:1"},
		controlled{"main:1", protocol.ControlPickup, ""},
		protocol.Accepted,
	},
	protocol.RecordingPause: {
		protocol.RightRecord,
		protocol.ControlCall{Call: "main:1"},
		controlled{"main:1", protocol.ControlPauseRecording, ""},
		protocol.Accepted,
	},
	protocol.RecordingResume: {
		protocol.RightRecord,
		protocol.ControlCall{Call: "main:1"},
		controlled{"main:1", protocol.ControlResumeRecording, ""},
		protocol.Accepted,
	},
	protocol.AgentSet: {
		"",
		protocol.SetAgent{State: protocol.AgentPause, Reason: "lunch"},
		protocol.SetAgent{State: protocol.AgentPause, Reason: "lunch"},
		protocol.Accepted,
	},
	protocol.TaskBegin: {
		"",
		protocol.BeginTask{Project: "1200", Kind: "mail"},
		protocol.BeginTask{Project: "1200", Kind: "mail"},
		protocol.Accepted,
	},
	protocol.TaskEnd: {
		"",
		protocol.EndTask{Note: "done"},
		protocol.EndTask{Note: "done"},
		protocol.Accepted,
	},
	protocol.AnnouncementSet: {
		"",
		protocol.SetAnnouncement{OneAnnouncement: of101, On: true},
		protocol.SetAnnouncement{OneAnnouncement: of101, On: true},
		protocol.Accepted,
	},
	protocol.AnnouncementDelete: {"", of101, of101, protocol.Accepted},
	protocol.AnnouncementRing: {
		"",
		protocol.RingAnnouncement{OneAnnouncement: of101, Record: true},
		protocol.RingAnnouncement{OneAnnouncement: of101, Record: true},
		protocol.Accepted,
	},
	protocol.QueueJoin:  ofQueue,
	protocol.QueueLeave: ofQueue,
	protocol.QueuePause: {
		"", protocol.SetQueue{Reason: "lunch"}, protocol.SetQueue{Reason: "lunch"}, protocol.Accepted,
	},
	protocol.QueueResume:      ofQueue,
	protocol.MobileSet:        {"", protocol.SetMobile{On: true}, true, protocol.Accepted},
	protocol.QueueAcknowledge: {"", protocol.AcknowledgeAlarm{ID: "1.2"}, "1.2", protocol.Accepted},
}

var of101 = protocol.OneAnnouncement{PBX: "main", Extension: "101"}

// controlled is a control as the fake gets it.
type controlled struct {
	call    string
	control protocol.Control
	with    string
}

var lately = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

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
	return s.act(t.Context(), newLines(s.log), &session{server: s, agent: a}, m)
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
		if _, ok := expected[name]; !ok && name != protocol.PasswordSet { // it is about its session
			t.Errorf("%s is not tested", name)
		}
	}
	for name, want := range expected {
		t.Run(name, func(t *testing.T) {
			hub := &fakeHub{ticket: ticketing.TicketAnswer{Created: &protocol.CreatedTicket{Number: "T-1"}}}
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
			_, onCall := want.in.(controlled)
			if onCall || want.right == protocol.RightTicket || want.right == protocol.RightNumbers {
				traced = []command{{"main:1", "anna", "the right " + want.right + " is missing in hub.yml"}}
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
	f := failure(t, send(t, s, agentWith(protocol.Rights()...), "call.juggle", struct{}{}), "call.juggle")
	if f.Code != protocol.Invalid || f.Retry || f.Problem != protocol.HubOlder {
		t.Errorf("an unknown action: %+v", f)
	}
	if len(hub.commands)+len(hub.refused) > 0 {
		t.Errorf("the hub got %+v, %+v", hub.commands, hub.refused)
	}
}

func TestFailedActions(t *testing.T) {
	codes := map[protocol.Problem]protocol.ErrorCode{
		protocol.NumberInvalid: protocol.Invalid, protocol.NumberProtected: protocol.Forbidden,
		protocol.CallUnknown: protocol.NotFound, protocol.HubBusy: protocol.Limit,
		protocol.HelpDeskDown: protocol.HelpDeskFailed, protocol.BlockFailed: protocol.PBXFailed,
		protocol.CategoryUnsaved: protocol.Broken,
	}
	secret := errors.New("dial tcp 192.0.2.1: password secret")
	for name, action := range expected {
		for problem, want := range codes {
			for _, err := range []*fail.Error{
				fail.New(problem, "main"),
				fail.New(problem, "main").Because(secret).Explain("dial tcp 192.0.2.1: password secret"),
			} {
				s := acting(&fakeHub{err: fmt.Errorf("wrapped: %w", err)})
				got := failure(t, send(t, s, agentWith(protocol.Rights()...), name, action.data), name)
				if got != (protocol.Failure{
					Code: want, Text: fail.Text(problem, "main"), Retry: err.Retry, Problem: problem, About: "main",
				}) {
					t.Errorf("%s, %s: %+v", name, problem, got)
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
	created := ticketing.TicketAnswer{Created: &protocol.CreatedTicket{Call: "main:1", Number: "T-1"}}
	queued := ticketing.TicketAnswer{Queued: &protocol.QueuedTicket{Call: "main:1", Text: "Later."}}
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
		"noted": {
			&fakeHub{note: ticketing.NoteAnswer{Noted: &protocol.NotedTicket{Call: "main:1", Number: "T-1"}}},
			[]string{protocol.TicketNote},
			protocol.Notification, protocol.TicketNoted,
			protocol.NotedTicket{Call: "main:1", Number: "T-1"},
		},
		"noted later": {
			&fakeHub{note: ticketing.NoteAnswer{Queued: queued.Queued}},
			[]string{protocol.TicketNote},
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
			got := send(t, acting(c.hub), agentWith(protocol.Rights()...), action, expected[action].data)
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
	hub := &fakeHub{ticket: ticketing.TicketAnswer{Created: &protocol.CreatedTicket{Number: "T-1"}}}
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
