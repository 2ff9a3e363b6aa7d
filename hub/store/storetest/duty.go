package storetest

import (
	"testing"
	"time"

	"traybell/hub/agentstate"
	"traybell/hub/duty"
	"traybell/hub/worktime"
	"traybell/shared/protocol"
)

// Duty is the part of a store that keeps what agents do and did.
type Duty interface {
	duty.Store
	worktime.Store
}

func dutyKept(t *testing.T, s Store, reopen func() Store) {
	minute := func(n int) time.Time { return at.Add(time.Duration(n) * time.Minute) }
	talking := agentstate.Status{
		Mode: protocol.ModeIncoming, Base: protocol.AgentPause, Reason: "lunch '\"|", Began: minute(0),
		Left: 45 * time.Minute, Phone: protocol.AgentTalking, PBX: "main", Since: minute(10), Shift: minute(0),
	}
	before := talking
	interrupted := agentstate.Status{Cause: agentstate.Unseen, Since: minute(30), Resume: &before}
	span := func(login string, began, ended int) agentstate.Span {
		return agentstate.Span{
			Login: login, Shift: minute(0), Began: minute(began), Ended: minute(ended), Mode: protocol.ModeOffline,
			State: protocol.AgentTask, Reason: "r", Project: "1200", Kind: "mail",
		}
	}
	done := agentstate.Done{
		Login: "anna", Task: protocol.Task{Project: "1200", Kind: "mail", Began: minute(2)}, Ended: minute(5),
		Note: "12 letters '\"|\n",
	}
	must(t, s.KeepDuty(t.Context(), []duty.Change{
		{Login: "anna", Status: interrupted, Spans: []agentstate.Span{span("anna", 0, 2)}},
		{Login: "boris", Status: talking, Spans: []agentstate.Span{span("boris", 1, 20)}},
		{Login: "anna", Status: talking, Spans: []agentstate.Span{span("anna", 2, 5), span("anna", 5, 9)}, Done: &done},
		{Login: "clara", Status: interrupted},
	}))
	_, alive, err := s.Duty(t.Context())
	must(t, err)
	equal(t, alive.IsZero(), true)
	must(t, s.KeepAlive(t.Context(), minute(9)))
	must(t, s.KeepAlive(t.Context(), minute(10)))
	s = reopen()
	statuses, alive, err := s.Duty(t.Context())
	must(t, err)
	equal(t, statuses, map[string]agentstate.Status{"anna": talking, "boris": talking, "clara": interrupted})
	equal(t, alive.Equal(minute(10)), true)

	spans := func(login string, from, to int) []agentstate.Span {
		list, err := s.Spans(t.Context(), login, minute(from), minute(to))
		must(t, err)
		return list
	}
	equal(t, spans("anna", 0, 99), []agentstate.Span{span("anna", 0, 2), span("anna", 2, 5), span("anna", 5, 9)})
	equal(t, spans("anna", 2, 5), []agentstate.Span{span("anna", 2, 5)}) // what only touches the time is not in it
	equal(t, spans("", 6, 7), []agentstate.Span{span("anna", 5, 9), span("boris", 1, 20)})
	equal(t, len(spans("dora", 0, 99)), 0)
	tasks, err := s.Tasks(t.Context(), "", minute(0), minute(99))
	must(t, err)
	equal(t, tasks, []agentstate.Done{done})

	must(t, s.ForgetTimes(t.Context(), minute(6)))
	equal(t, spans("", 0, 99), []agentstate.Span{span("anna", 5, 9), span("boris", 1, 20)})
	tasks, err = s.Tasks(t.Context(), "anna", minute(0), minute(99))
	must(t, err)
	equal(t, len(tasks), 0)
}
