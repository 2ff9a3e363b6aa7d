package storetest

import (
	"errors"
	"testing"
	"time"

	"traybell/hub/jobs"
	"traybell/hub/webhooks"
)

func deliveriesKept(t *testing.T, s Store, reopen func() Store) {
	ctx := t.Context()
	delivery := func(webhook, event string) webhooks.Delivery {
		return webhooks.Delivery{
			Webhook: webhook, Event: event, Type: "call.ended", At: at, Body: []byte("{\"x\":\"'\"}"),
			State: webhooks.Waiting,
		}
	}
	must(t, s.KeepDeliveries(ctx, []webhooks.Delivery{delivery("crm", "a"), delivery("crm", "b"), delivery("bi", "a")}))
	must(t, s.KeepDeliveries(ctx, []webhooks.Delivery{delivery("crm", "a"), delivery("crm", "c")})) // a is there
	s = reopen()
	mine := jobs.Claim{Owner: "hub-1", Until: time.Now().Add(time.Minute).UTC().Truncate(time.Microsecond)}
	others := jobs.Claim{Owner: "hub-2", Until: mine.Until}
	next := func(claim jobs.Claim) webhooks.Delivery {
		d, _, err := s.NextDelivery(ctx, "crm", claim)
		must(t, err)
		return d
	}
	first := next(mine)
	want := delivery("crm", "a")
	want.ID, want.Claim = first.ID, mine
	equal(t, first, want)
	// Another hub does not take the second one before the first: the order would be lost.
	if d, ok, err := s.NextDelivery(ctx, "crm", others); ok || err != nil {
		t.Errorf("another hub got %+v, %v", d, err)
	}
	first.Tries, first.Next, first.Error = 2, at.Add(time.Hour), "HTTP 500"
	must(t, s.AdvanceDelivery(ctx, first))
	stolen := first
	stolen.Claim = others
	if err := s.AdvanceDelivery(ctx, stolen); !errors.Is(err, jobs.ErrTaken) {
		t.Errorf("another hub advances it: %v", err)
	}
	equal(t, next(mine), first)
	first.State, first.Error = webhooks.Delivered, ""
	must(t, s.EndDelivery(ctx, first))
	must(t, s.KeepDeliveries(ctx, []webhooks.Delivery{delivery("crm", "a")})) // was delivered
	second := next(others)
	if second.Event != "b" {
		t.Errorf("after a comes %s", second.Event)
	}
	second.State, second.Error = webhooks.SetAside, "HTTP 422"
	must(t, s.EndDelivery(ctx, second))
	counts := func() map[string]webhooks.Waits {
		n, err := s.CountDeliveries(ctx)
		must(t, err)
		return n
	}
	equal(t, counts(), map[string]webhooks.Waits{"crm": {Waiting: 1, SetAside: 1}, "bi": {Waiting: 1}})
	left, err := s.Undelivered(ctx, "crm", 10)
	must(t, err)
	if len(left) != 2 || left[0].Event != "b" || left[0].Error != "HTTP 422" || left[1].Event != "c" {
		t.Errorf("undelivered: %+v", left)
	}
	all, err := s.Undelivered(ctx, "", 2)
	must(t, err)
	if len(all) != 2 {
		t.Errorf("%d of all", len(all))
	}

	n, err := s.RetryDelivery(ctx, "crm", second.ID)
	must(t, err)
	if d := next(mine); n != 1 || d.Event != "b" || d.Tries != 0 {
		t.Errorf("retried %d: %+v", n, d)
	}
	n, err = s.DropDelivery(ctx, "crm", second.ID)
	must(t, err)
	equal(t, n, 1)
	equal(t, counts()["crm"], webhooks.Waits{Waiting: 1})

	for _, event := range []string{"d", "e"} {
		must(t, s.KeepDeliveries(ctx, []webhooks.Delivery{delivery("crm", event)}))
	}
	n, err = s.ForgetDeliveries(ctx, at, at, at, 2)
	must(t, err)
	equal(t, n, 1) // c, the oldest of three
	equal(t, counts()["crm"], webhooks.Waits{Waiting: 2})
	later := at.Add(time.Minute)
	_, err = s.ForgetDeliveries(ctx, later, at, later, 2)
	must(t, err)
	equal(t, counts()["crm"], webhooks.Waits{SetAside: 2})
	must(t, s.KeepDeliveries(ctx, []webhooks.Delivery{delivery("crm", "a")})) // forgotten
	equal(t, counts()["crm"], webhooks.Waits{Waiting: 1, SetAside: 2})

	off := webhooks.Off{Webhook: "crm", URL: "https://crm", At: at, Reason: "HTTP 410 Gone"}
	must(t, s.SwitchOff(ctx, off))
	off.Reason = "again"
	must(t, s.SwitchOff(ctx, off))
	list, err := reopen().SwitchedOff(ctx)
	must(t, err)
	equal(t, list, []webhooks.Off{off})
	must(t, s.SwitchOn(ctx, "crm"))
	list, err = s.SwitchedOff(ctx)
	must(t, err)
	equal(t, len(list), 0)
}
