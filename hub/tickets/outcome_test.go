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
)

func TestHelpDeskErrors(t *testing.T) {
	for _, test := range []struct {
		err  error
		want jobs.Outcome
	}{
		{&helpdesk.Error{Retry: true}, jobs.Outcome{Retry: true}},
		{fmt.Errorf("create: %w", &helpdesk.Error{Refused: true}), jobs.Outcome{Refused: true}},
		{&helpdesk.Error{Retry: true, Uncertain: true}, jobs.Outcome{Retry: true, Uncertain: true}},
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
		{jobs.ErrSettling, "did not say"},
		{errors.New("connection reset"), "its log"},
	} {
		if got := Reason(test.err); !strings.Contains(got, test.want) || strings.Contains(got, "connection reset") {
			t.Errorf("%v: %q", test.err, got)
		}
	}
}

func TestRequestResumesFromItsProgress(t *testing.T) {
	now := time.Now()
	p := jobs.Progress{Tries: 3, Next: now.Add(time.Minute), UncertainSince: now}
	claim := jobs.Claim{Owner: "hub-1", Until: now}
	r := Request{CallID: "main:1.1", Error: "before"}.Advanced(p, claim, nil)
	if r.Progress() != p || r.Claim != claim || r.Error != "before" {
		t.Errorf("%+v", r)
	}
	if r = r.Advanced(p, claim, errors.New("no answer")); r.Error != "no answer" {
		t.Errorf("%+v", r)
	}
}
