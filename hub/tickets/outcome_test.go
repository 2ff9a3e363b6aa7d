package tickets

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"traybell/hub/helpdesk"
	"traybell/hub/jobs"
	"traybell/shared/protocol"
)

func TestHelpDeskErrors(t *testing.T) {
	for _, test := range []struct {
		err  error
		want jobs.Outcome
	}{
		{&helpdesk.Error{Retry: true}, jobs.Outcome{Retry: true}},
		{fmt.Errorf("create: %w", &helpdesk.Error{Refused: true}), jobs.Outcome{Refused: true}},
		{&helpdesk.Error{Retry: true, Uncertain: true}, jobs.Outcome{Retry: true, Uncertain: true}},
		{
			&helpdesk.Error{Retry: true, Uncertain: true, Created: true},
			jobs.Outcome{Retry: true, Uncertain: true, Done: true},
		},
		{&helpdesk.Error{}, jobs.Outcome{}},
		{context.DeadlineExceeded, jobs.Outcome{Uncertain: true}},
		{fmt.Errorf("find: %w", helpdesk.ErrCannotLookUp), jobs.Outcome{Uncertain: true, CannotLookUp: true}},
		{
			&helpdesk.Error{Refused: true, Err: helpdesk.ErrCannotLookUp},
			jobs.Outcome{Refused: true, CannotLookUp: true},
		},
	} {
		if got := Classify(test.err); got != test.want {
			t.Errorf("%v: %+v, want %+v", test.err, got, test.want)
		}
	}
}

func TestReasonsForAgents(t *testing.T) {
	said := &helpdesk.Error{Reason: "There is no queue Raw."}
	for _, test := range []struct {
		err  error
		want string
	}{
		{said, said.Reason},
		{fmt.Errorf("%w: %w", jobs.ErrUndecided, said), "press again"},
		{fmt.Errorf("%w: %w", jobs.ErrUndecided, said), said.Reason},
		{
			fmt.Errorf("%w: %w", jobs.ErrUndecided, &helpdesk.Error{
				Reason: "No number.", Uncertain: true,
				Created: true,
			}),
			"No number. The ticket was created: look for it in the help desk, and do not press again.",
		},
		{jobs.ErrSettling, "did not say"},
		{errors.New("connection reset"), "its log"},
	} {
		if got := Reason(test.err); !strings.Contains(got, test.want) || strings.Contains(got, "connection reset") {
			t.Errorf("%v: %q", test.err, got)
		}
	}
}

// An agent must not press again for a ticket that exists, and may for one that perhaps exists.
func TestCreatedWithoutANumber(t *testing.T) {
	unread := &helpdesk.Error{Reason: "No number.", Retry: true, Uncertain: true}
	for created, want := range map[bool]protocol.Problem{
		true: protocol.HelpDeskCreated, false: protocol.HelpDeskUncertain,
	} {
		unread.Created = created
		got := Failure(fmt.Errorf("%w: %w", jobs.ErrUndecided, unread))
		if got.Problem != want || got.Retry == created || !strings.Contains(got.Detail, "No number.") {
			t.Errorf("created %v: %+v", created, got)
		}
	}
}

func TestRequestResumesFromItsProgress(t *testing.T) {
	now := time.Now()
	p := jobs.Progress{Tries: 3, Next: now.Add(time.Minute), UncertainSince: now}
	claim := jobs.Claim{Owner: "hub-1", Until: now}
	r := Request{CallID: "main:1.1", Error: "before"}.Advanced(p, claim, nil)
	if r.Progress != p || r.Claim != claim || r.Error != "before" {
		t.Errorf("%+v", r)
	}
	if r = r.Advanced(p, claim, errors.New("no answer")); r.Error != "no answer" {
		t.Errorf("%+v", r)
	}
}
