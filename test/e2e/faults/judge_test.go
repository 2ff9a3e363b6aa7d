package faults

import (
	"slices"
	"testing"
	"time"

	"traybell/shared/protocol"
	"traybell/test/accounts"

	"github.com/google/go-cmp/cmp"
)

var start = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)

func at(seconds float64) time.Time { return start.Add(time.Duration(seconds * float64(time.Second))) }

func span(from, to float64) accounts.Span { return accounts.Span{From: at(from), To: at(to)} }

// agreed is a call from 0 to 10 s, answered after 2 s, with a ticket: hub and Asterisk agree.
func agreed() Evidence {
	call := &accounts.Call{
		ID: "100.1", Linkedids: []string{"100.1"}, From: "PJSIP/pstn-0001", Number: "79160000001",
		Began: at(0), Answered: at(2), Ended: at(10), By: "301", Rang: map[string]accounts.Span{"301": span(0.5, 10)},
		Channels: []accounts.Channel{
			{Name: "PJSIP/pstn-0001", Uniqueid: "100.1", Span: span(0, 10)},
			{Name: "PJSIP/301-0002", Uniqueid: "100.2", Span: span(0.5, 10)},
		},
		Legs: []accounts.Leg{{
			Linkedid: "100.1", Uniqueid: "100.1", Channel: "PJSIP/pstn-0001", Dst: "PJSIP/301-0002", Start: at(0),
			Answer: at(2), End: at(10), Disposition: "ANSWERED", App: "Dial",
		}},
	}
	return Evidence{
		Calls: []*accounts.Call{call},
		Rows: []Row{{
			ID: "main:100.1", Direction: protocol.Incoming, Number: "79160000001", AnsweredBy: "301", Started: at(0),
			Answered: at(2), Ended: at(10), Ticket: "7", Final: true,
		}},
		Lines:   []Line{{Linkedid: "100.1", Ticket: "7"}},
		Presses: []Press{{Call: "main:100.1", By: "301", Number: "7"}},
		Tickets: map[string][]string{"main:100.1": {"7"}},
		Cards:   []Card{{Call: "main:100.1", At: "301", Span: span(0.5, 10)}},
	}
}

// abandon makes the call unanswered.
func abandon(e *Evidence) {
	e.Calls[0].Answered, e.Calls[0].By = time.Time{}, ""
	e.Calls[0].Legs[0].Answer, e.Calls[0].Legs[0].Disposition = time.Time{}, "NO ANSWER"
}

// The judge sees each difference, and accepts only what a fault excuses.
func TestJudge(t *testing.T) {
	cut := func(e *Evidence, from, to float64) {
		e.Faults = append(e.Faults, Span{span(from, to-0.5), "cut"})
		e.Blind = append(e.Blind, Span{span(from, to), "no connection"})
	}
	for name, c := range map[string]struct {
		change func(e *Evidence)
		want   []string
	}{
		"they agree": {func(*Evidence) {}, nil},
		"no record": {func(e *Evidence) {
			e.Rows, e.Lines, e.Presses, e.Tickets = nil, nil, nil, nil
		}, []string{noRow}},
		"no record, the hub was blind all the time": {func(e *Evidence) {
			e.Rows, e.Lines, e.Presses, e.Tickets, e.Cards = nil, nil, nil, nil, nil
			cut(e, -1, 11)
		}, nil},
		"no record, the hub was blind for most of it": {func(e *Evidence) {
			e.Rows, e.Lines, e.Presses, e.Tickets = nil, nil, nil, nil
			cut(e, 1, 11)
		}, []string{noRow}},
		"two records": {func(e *Evidence) {
			e.Rows = append(e.Rows, e.Rows[0])
			e.Lines = append(e.Lines, e.Lines[0])
		}, []string{manyRows, badTicket}},
		"a record of nothing": {func(e *Evidence) {
			e.Rows = append(e.Rows, Row{ID: "main:99.1", Final: true})
		}, []string{noCall}},
		"another answerer": {func(e *Evidence) { e.Rows[0].AnsweredBy = "302" }, []string{wrongBy}},
		"missed, but answered": {func(e *Evidence) {
			e.Rows[0].Answered, e.Rows[0].Missed = time.Time{}, true
		}, []string{wrongState}},
		"answered, but missed": {abandon, []string{wrongState}},
		"missed, as Asterisk says": {func(e *Evidence) {
			abandon(e)
			e.Rows[0].Answered, e.Rows[0].AnsweredBy, e.Rows[0].Missed = time.Time{}, "", true
		}, nil},
		"the other direction": {func(e *Evidence) { e.Rows[0].Direction = protocol.Internal }, []string{wrongSide}},
		"another number":      {func(e *Evidence) { e.Rows[0].Number = "1" }, []string{wrongSide}},
		"talk time 0.9 s off": {func(e *Evidence) { e.Rows[0].Ended = at(10.9) }, nil},
		"talk time 1.1 s off": {func(e *Evidence) { e.Rows[0].Ended = at(11.1) }, []string{wrongTalk}},
		"the end in a break, told by the reconnect": {func(e *Evidence) {
			cut(e, 9, 14)
			e.Rows[0].Ended = at(14)
		}, []string{wrongTalk}},
		"the end in a break, not seen": {func(e *Evidence) {
			cut(e, 9, 14)
			e.Rows[0].Ended, e.Rows[0].EndUnseen = at(7), true
		}, nil},
		"the end in a break, not seen, and too late": {func(e *Evidence) {
			cut(e, 9, 14)
			e.Rows[0].Ended, e.Rows[0].EndUnseen = at(14), true
		}, []string{wrongTalk}},
		"an end that was seen, marked as not seen": {func(e *Evidence) {
			e.Rows[0].EndUnseen = true
		}, []string{falseMark}},
		"the answer in a break, missed for sure": {func(e *Evidence) {
			cut(e, 1, 14)
			e.Rows[0].Answered, e.Rows[0].AnsweredBy, e.Rows[0].Missed = time.Time{}, "", true
			e.Rows[0].EndUnseen = true
		}, []string{wrongState}},
		"the answer in a break, said to be unknown": {func(e *Evidence) {
			cut(e, 1, 14)
			e.Rows[0].Answered, e.Rows[0].AnsweredBy, e.Rows[0].EndUnseen = time.Time{}, "", true
		}, nil},
		"the end while the hub stood still, at a time that the PBX does not say": {func(e *Evidence) {
			e.Faults, e.Undated = []Span{{span(9, 14), "hub stopped"}}, true
			e.Rows[0].Ended, e.Rows[0].EndUnseen = at(9), true
		}, nil},
		"the end while the hub stood still, at a time that the PBX says": {func(e *Evidence) {
			e.Faults = []Span{{span(9, 14), "hub stopped"}}
			e.Rows[0].Ended, e.Rows[0].EndUnseen = at(9), true
		}, []string{falseMark}},
		"not final": {func(e *Evidence) { e.Rows[0].Final = false }, []string{unfinished}},
		"no line":   {func(e *Evidence) { e.Lines = nil }, []string{badLine, badTicket}},
		"two lines": {func(e *Evidence) {
			e.Lines = append(e.Lines, e.Lines[0])
		}, []string{badLine, badTicket}},
		"a card for 4 s after the end": {func(e *Evidence) { e.Cards[0].To = at(14) }, nil},
		"a card for 6 s after the end": {func(e *Evidence) { e.Cards[0].To = at(16) }, []string{ghost}},
		"a card that stays":            {func(e *Evidence) { e.Cards[0].To = time.Time{} }, []string{ghost}},
		"a card until soon after a fault": {func(e *Evidence) {
			e.Faults = []Span{{span(14, 20), "desktops cut off"}}
			e.Cards[0].To = at(24)
		}, nil},
		"a card long after a fault": {func(e *Evidence) {
			e.Faults = []Span{{span(14, 20), "desktops cut off"}}
			e.Cards[0].To = at(26)
		}, []string{ghost}},
		"no card": {func(e *Evidence) { e.Cards = nil }, []string{noCard}},
		"no card without a session": {func(e *Evidence) {
			e.Cards = nil
			e.Apart = map[string][]Span{"301": {{span(0, 11), "no session"}}}
		}, nil},
		"told missed": {func(e *Evidence) { e.Missed = []string{"main:100.1"} }, []string{toldMissed}},
		"no ticket":   {func(e *Evidence) { e.Tickets = nil }, []string{badTicket}},
		"two tickets": {func(e *Evidence) {
			e.Tickets["main:100.1"] = []string{"7", "8"}
		}, []string{badTicket}},
		"the ticket is not in the record": {func(e *Evidence) { e.Rows[0].Ticket = "" }, []string{badTicket}},
		"the press was refused": {func(e *Evidence) {
			e.Presses[0].Number, e.Presses[0].Error = "", "not_found"
		}, []string{badTicket, badTicket}},
		"blind without a fault": {func(e *Evidence) {
			e.Blind = []Span{{span(3, 4), "no connection"}}
		}, []string{late}},
		"blind for 7 s after a fault": {func(e *Evidence) {
			e.Faults = []Span{{span(3, 4), "cut"}}
			e.Blind = []Span{{span(3, 11), "no connection"}}
			e.Rows[0].EndUnseen, e.Rows[0].Ended = true, at(3)
		}, []string{late}},
		"Asterisk's files differ": {func(e *Evidence) { e.Calls[0].By = "302" }, []string{doubt}},
	} {
		t.Run(name, func(t *testing.T) {
			e := agreed()
			c.change(&e)
			var got []string
			for _, d := range Judge(e).Differences {
				got = append(got, d.Kind)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%s%+v", diff, Judge(e).Differences)
			}
		})
	}
}

// A consultation that a transfer joined with the first call is one call with one record.
func TestJudgeTransfers(t *testing.T) {
	e := agreed()
	e.Calls[0].Linkedids = []string{"100.1", "101.5"}
	e.Presses[0].Call = "main:101.5"
	e.Tickets = map[string][]string{"main:101.5": {"7"}}
	if v := Judge(e); v.Differences != nil || v.Tickets != 1 {
		t.Errorf("%+v", v)
	}
	own := slices.Clone(e.Rows)
	own = append(own, Row{ID: "main:101.5", Final: true})
	e.Rows = own
	if v := Judge(e); v.of(manyRows) != 1 {
		t.Errorf("a second record: %+v", v)
	}
	e.Lines = append(e.Lines, Line{Linkedid: "101.5"})
	e.Rows[0].EndUnseen, e.Rows[1].EndUnseen, e.Calls[0].Joined = true, true, at(9)
	e.Faults, e.Blind = []Span{{span(8, 11), "cut"}}, []Span{{span(8, 11), "no connection"}}
	if v := Judge(e); v.Differences != nil || v.Unjoined != 1 {
		t.Errorf("joined and ended unseen: %+v", v)
	}
	e = agreed()
	e.Calls[0].Linkedids = []string{"100.1", "101.5"}
	e.Rows[0].ID = "main:101.5"
	if v := Judge(e); len(v.Differences) != 1 || v.Differences[0].Kind != wrongID {
		t.Errorf("the younger id: %+v", v)
	}
}
