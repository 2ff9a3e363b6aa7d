package admin_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"traybell/hub/access"
	"traybell/hub/admin"
	"traybell/hub/cdr"
	"traybell/hub/fail"
	"traybell/hub/missed"
	"traybell/shared/protocol"

	"github.com/google/go-cmp/cmp"
)

// missedCalls are three open items, of which the second is claimed.
type missedCalls struct {
	who []access.Principal // of all calls
	err error
}

func (m *missedCalls) List(_ context.Context, p access.Principal, after missed.Position,
	limit int,
) (items []missed.Item, err error) {
	m.who = append(m.who, p)
	for i := 3; i > 0; i-- {
		item := missed.Item{
			Number: fmt.Sprint("+7495123456", i), Calls: i, First: now, Last: now.Add(time.Duration(i) * time.Minute),
			Agents: []string{"anna"}, Call: cdr.Record{CallID: "main:1", Name: "IVAN", Line: "Support"},
		}
		if i == 2 {
			item.Claim = missed.Mark{Kind: access.Agent, Login: "anna", Name: "Anna Petrova", At: now}
		}
		if after.Number == "" || item.Last.Before(after.Last) {
			items = append(items, item)
		}
	}
	return items[:min(limit, len(items))], m.err
}

func (m *missedCalls) do(p access.Principal) (missed.Item, error) {
	m.who = append(m.who, p)
	return missed.Item{}, m.err
}

func (m *missedCalls) Claim(_ context.Context, p access.Principal, _ string) (missed.Item, error) {
	return m.do(p)
}

func (m *missedCalls) Release(_ context.Context, p access.Principal, _ string) (missed.Item, error) {
	return m.do(p)
}

func (m *missedCalls) Done(_ context.Context, p access.Principal, _ string, _ time.Time) (missed.Item, error) {
	return m.do(p)
}

func TestMissedCallsAreListedInPages(t *testing.T) {
	c := newCommands()
	first, err := c.missed.List(t.Context(), boss, admin.Page{Limit: 2})
	if err != nil || len(first.Items) != 2 || first.Next == "" {
		t.Fatalf("%+v, %v", first, err)
	}
	want := admin.MissedNumber{
		Number: "+74951234562", Display: "8 (495) 123-45-62", Calls: 2, First: now, Last: now.Add(2 * time.Minute),
		Call: "main:1", Name: "IVAN", Line: "Support", Agents: []string{"anna"},
		Claimed: &admin.MissedClaim{Kind: "agent", Login: "anna", Name: "Anna Petrova", At: now},
	}
	if diff := cmp.Diff(want, first.Items[1]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	rest, err := c.missed.List(t.Context(), boss, admin.Page{Limit: 2, Cursor: first.Next})
	if err != nil || len(rest.Items) != 1 || rest.Next != "" || rest.Items[0].Claimed != nil {
		t.Errorf("%+v, %v", rest, err)
	}
}

// An agent's command is the agent's own: the service must not take it for a supervisor's.
func TestAgentsClaimAsThemselves(t *testing.T) {
	c := newCommands()
	service := &missedCalls{}
	c.missed.Service = service
	anna := access.Principal{Kind: access.Agent, Name: "anna"}
	for _, do := range []func() error{
		func() error { return c.missed.Claim(t.Context(), anna, "1") },
		func() error { return c.missed.Release(t.Context(), anna, "1") },
		func() error { return c.missed.Done(t.Context(), anna, "1", time.Time{}) },
		func() error { return second(c.missed.List(t.Context(), anna, admin.Page{})) },
	} {
		if err := do(); err != nil {
			t.Error(err)
		}
	}
	if len(service.who) != 4 || slices.ContainsFunc(service.who, func(p access.Principal) bool {
		return len(p.Roles) > 0
	}) {
		t.Errorf("the service was asked by %+v", service.who)
	}
}

func TestRefusedClaimIsWrittenDown(t *testing.T) {
	c := newCommands()
	c.missed.Service = &missedCalls{err: fail.New(protocol.MissedClaimed, "Anna Petrova")}
	err := c.missed.Claim(t.Context(), boss, "+74951234567")
	if f := fail.Of(err); f.Code != fail.Conflict || f.About != "Anna Petrova" {
		t.Errorf("%v", err)
	}
	if len(c.entries) != 1 || c.entries[0].Action != "missed.claim" || c.entries[0].Object != "+74951234567" ||
		c.entries[0].Error != "Anna Petrova calls back already." {
		t.Errorf("%+v", c.entries)
	}
}
