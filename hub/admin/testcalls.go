package admin

import (
	"cmp"
	"context"
	"slices"

	"traybell/hub/access"
	"traybell/hub/staff"
	"traybell/hub/testcall"
	"traybell/hub/why"
	"traybell/shared/protocol"
)

// Tester places test calls.
type Tester interface {
	Place(ctx context.Context, q testcall.Question, each func(testcall.Step)) (testcall.Report, error)
	PBXs() []string
}

// TestCalls are the commands for test calls.
type TestCalls struct {
	Audited
	Tester Tester
	Staff  func() *staff.Staff
}

// PBXs returns the PBXs that can ring an agent's real phone.
func (x *TestCalls) PBXs(_ context.Context, p access.Principal) ([]string, error) {
	if err := need(p, access.View); err != nil {
		return nil, err
	}
	return append([]string{}, x.Tester.PBXs()...), nil
}

// Place places a test call for an agent and reports its steps, each as soon as it is known. Agents
// may place one for themselves, and have their phone ring if they may dial.
func (x *TestCalls) Place(ctx context.Context, p access.Principal, q testcall.Question, each func(testcall.Step),
) (r testcall.Report, err error) {
	var refused error
	if a, own := x.own(p, q.Agent); !own || q.PBX != "" && !a.May(protocol.RightControl) {
		refused = need(p, access.Admin)
	}
	err = x.attempt(p, refused, "call.test", q.Agent, q.Number, func() error {
		r, err = x.Tester.Place(ctx, q, each)
		return err
	})
	return r, err
}

// own returns the agent who is a principal, if that agent has a login or an extension.
func (x *TestCalls) own(p access.Principal, agent string) (staff.Agent, bool) {
	for _, a := range x.Staff().Agents() {
		if p.Kind == access.Agent && a.Login == p.Name {
			return a, agent == a.Login || slices.Contains(a.Extensions, agent)
		}
	}
	return staff.Agent{}, false
}

// Explainer explains why agents saw no popup.
type Explainer interface {
	Ask(ctx context.Context, q why.Question) ([]why.Found, error)
}

// Why are the commands that explain missing popups.
type Why struct{ Explainer Explainer }

// Ask returns the calls that a question is about, newest first, and the causes. An agent without
// roles asks about the agent's own calls only.
func (x *Why) Ask(ctx context.Context, p access.Principal, q why.Question) ([]why.Found, error) {
	own, err := needOrOwn(p)
	if err = cmp.Or(err, dated(q.At)); err != nil {
		return nil, err
	}
	if own {
		q.Agent, q.Own = p.Name, true
	}
	found, err := x.Explainer.Ask(ctx, q)
	if err != nil {
		return nil, invalid("%s.", err)
	}
	for i := range found {
		if own {
			found[i].Trace.Steps = nil // they name others
		}
	}
	return found, nil
}
