package timeline

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"traybell/hub/batch"
)

// list is a store that can be away, and refuses events without a subject.
type list struct {
	kept   []Event
	away   error
	forgot int
}

func (l *list) KeepEvents(_ context.Context, events []Event) error {
	for _, e := range events {
		if e.Subject == "" {
			return &batch.RefusedError{Err: errors.New("no subject")}
		}
	}
	if l.away == nil {
		l.kept = append(l.kept, events...)
	}
	return l.away
}

func (l *list) ForgetEvents(context.Context, time.Time, int, int) error { l.forgot++; return nil }

func TestEventsWaitForTheDatabase(t *testing.T) {
	store, now := &list{away: errors.New("locked")}, time.Now()
	var log strings.Builder
	r := NewRecorder(store, slog.New(slog.NewTextHandler(&log, nil)), func() time.Time { return now })
	r.Add(Event{Subject: Agent, Who: "anna", What: In, Text: strings.Repeat("x", 1<<20)})
	r.Add(Event{})
	for range 3 {
		if next := r.turn(t.Context()); next <= 0 {
			t.Fatal("not tried again")
		}
	}
	for range mostWaiting + 5 {
		r.Add(Event{Subject: PBX, Who: "main", What: Away})
	}
	store.away = nil
	if next := r.turn(t.Context()); next != 0 {
		t.Errorf("again in %v", next)
	}
	if len(store.kept) != mostWaiting-1 || store.kept[0].What != In || !store.kept[0].At.Equal(now) ||
		len(store.kept[0].Text) > longestText+30 {
		t.Errorf("%d kept, the first %+v", len(store.kept), store.kept[0].What)
	}
	if store.forgot != 1 || strings.Count(log.String(), "cannot save the timeline") != 1 ||
		!strings.Contains(log.String(), "events=7") || !strings.Contains(log.String(), "no subject") {
		t.Errorf("forgotten %d times, logged:\n%s", store.forgot, log.String())
	}
}
