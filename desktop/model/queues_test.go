package model

import (
	"testing"
	"time"

	"traybell/shared/protocol"
)

func TestQueuesAndTheirAlarms(t *testing.T) {
	x, now := New(), time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	x.Apply(SessionOpened{}, now)
	x.Apply(QueueChanged{protocol.Queue{PBX: "main", Name: "500", Waiting: 2, Longest: 90}}, now)
	x.Apply(QueueChanged{protocol.Queue{PBX: "main", Name: "600"}}, now)
	if q := x.Queues.List(); len(q) != 2 || !q[0].Since.Equal(now.Add(-90*time.Second)) || !q[1].Since.IsZero() {
		t.Errorf("%+v", q)
	}
	x.Apply(QueueChanged{protocol.Queue{PBX: "main", Name: "500", Gone: true}}, now)
	if q := x.Queues.List(); len(q) != 1 || q[0].Name != "600" {
		t.Errorf("after one is gone: %+v", q)
	}
	for _, a := range []protocol.QueueAlarm{
		{ID: "1.1", Kind: protocol.AlarmWaiting, Title: "Support", Waiting: 6, Limit: 5},
		{ID: "1.2", Kind: protocol.AlarmLongest, Name: "600", Limit: 125},
		{
			ID: "1.3", Kind: protocol.AlarmCategory, Title: "Support", Caller: "+7 495 123-45-67",
			Category: protocol.Category{Color: protocol.Red, Comment: "Shouts"},
		},
	} {
		x.Apply(QueueAlarmed{a}, now)
		x.Apply(QueueAlarmed{a}, now) // sent again
	}
	want := []Card{
		{ID: "warning:queue:1.1", Title: TitleQueueWaiting, From: "6", Text: "Support"},
		{ID: "warning:queue:1.2", Title: TitleQueueLongest, From: "2:05", Text: "600"},
		{ID: "warning:queue:1.3", Title: TitleQueueCategory, From: "+7 495 123-45-67", Text: "Support — Shouts"},
	}
	cards := x.Cards()
	if len(cards) != len(want) {
		t.Fatalf("%d cards", len(cards))
	}
	for i, c := range cards {
		if c.ID != want[i].ID || c.Title != want[i].Title || c.From != want[i].From || c.Text != want[i].Text ||
			!c.Sticky {
			t.Errorf("%+v, want %+v", c, want[i])
		}
	}
	if AlarmOf(cards[0].ID) != "1.1" || AlarmOf("warning:missed:1") != "" {
		t.Error("the alarm of a card")
	}
	x.Apply(QueueCalmed{protocol.QueueCalm{ID: "1.1", By: "Boris"}}, now)
	if c := x.Cards(); len(c) != 2 || c[0].ID != "warning:queue:1.2" {
		t.Errorf("after one is over: %+v", c)
	}
	x.Apply(SessionOpened{}, now) // the hub sends what lasts
	if len(x.Cards()) != 0 || len(x.Queues.List()) != 0 {
		t.Errorf("at the next sign-in: %+v, %+v", x.Cards(), x.Queues.List())
	}
}
