package audit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"traybell/hub/batch"
)

// memory is a store.
type memory struct {
	mu      sync.Mutex
	away    bool
	entries []Entry
	before  []time.Time // of each ForgetAudit
}

func (m *memory) KeepAudit(ctx context.Context, list []Entry) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.away || ctx.Err() != nil {
		return errors.New("the disk is full")
	}
	for _, e := range list {
		if e.Action == "odd" {
			return &batch.RefusedError{Err: errors.New("too odd")}
		}
	}
	m.entries = append(m.entries, list...)
	return nil
}

func (m *memory) SearchAudit(context.Context, Search) (f Found, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f.Entries = append(f.Entries, m.entries...)
	return f, nil
}

func (m *memory) ForgetAudit(_ context.Context, before time.Time, _, _ int) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.before = append(m.before, before)
	return nil
}

func (m *memory) setAway(away bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.away = away
}

func (m *memory) objects() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []string
	for _, e := range m.entries {
		list = append(list, e.Object)
	}
	return strings.Join(list, " ")
}

// office is a log that runs.
type office struct {
	*Log
	store *memory
	text  *bytes.Buffer // of the hub's log
	stop  func()
}

func run(t *testing.T, retain time.Duration, test func(t *testing.T, o office)) {
	synctest.Test(t, func(t *testing.T) {
		o := office{store: &memory{}, text: &bytes.Buffer{}}
		o.Log = New(Options{
			Store: o.store, Retain: func() time.Duration { return retain },
			Log: slog.New(slog.NewTextHandler(o.text, nil)),
		})
		o.stop = batch.Start(t.Context(), o.Run)
		test(t, o)
		o.stop()
	})
}

func change(object string) Entry {
	return Entry{Kind: "administrator", Who: "root", From: "192.0.2.7", Action: "test", Object: object}
}

func TestEntriesAreWrittenInOrderWithTheirTime(t *testing.T) {
	run(t, 0, func(t *testing.T, o office) {
		began := time.Now()
		for i := range 3 {
			o.Add(change(fmt.Sprint(i)))
		}
		time.Sleep(writePause)
		synctest.Wait()
		if got := o.store.objects(); got != "0 1 2" {
			t.Errorf("written: %s", got)
		}
		if at := o.store.entries[0].At; !at.Equal(began) {
			t.Errorf("the time is %v, want %v", at, began)
		}
	})
}

func TestSearchFindsWhatWasJustAdded(t *testing.T) {
	run(t, 0, func(t *testing.T, o office) {
		o.Add(change("now"))
		ended, cancel := context.WithCancel(t.Context())
		cancel() // the browser is gone, and the entry is written nevertheless
		if found, err := o.Search(ended, Search{Limit: 1}); err != nil || len(found.Entries) != 1 {
			t.Errorf("found %v, %v", found, err)
		}
	})
}

func TestEntriesWaitForADatabaseThatIsAway(t *testing.T) {
	run(t, 0, func(t *testing.T, o office) {
		o.store.setAway(true)
		o.Add(change("first"))
		time.Sleep(time.Minute)
		o.Add(change("second"))
		time.Sleep(time.Minute)
		synctest.Wait()
		if got := strings.Count(o.text.String(), "cannot save changes"); got != 1 {
			t.Errorf("the error was logged %d times", got)
		}
		o.store.setAway(false)
		time.Sleep(retryPause + writePause)
		synctest.Wait()
		if got := o.store.objects(); got != "first second" {
			t.Errorf("written: %s", got)
		}
		if !strings.Contains(o.text.String(), "saved again") {
			t.Errorf("the log does not say that it is over:\n%s", o.text)
		}
	})
}

func TestEveryEntryIsInTheLog(t *testing.T) {
	run(t, 0, func(t *testing.T, o office) {
		o.store.setAway(true)
		for i := range mostWaiting + 5 {
			o.Add(change(fmt.Sprint("n", i)))
		}
		refused := change("crm")
		refused.Error = "you may only view"
		o.Add(refused)
		o.store.setAway(false)
		time.Sleep(time.Minute)
		synctest.Wait()
		if got := len(o.store.entries); got != mostWaiting {
			t.Errorf("%d entries are written", got)
		}
		for _, want := range []string{"n10004", "changes=6", `object=crm`, `error="you may only view"`} {
			if !strings.Contains(o.text.String(), want) {
				t.Errorf("the log lacks %s", want)
			}
		}
	})
}

func TestRefusedEntryTakesNoOthersWithIt(t *testing.T) {
	run(t, 0, func(t *testing.T, o office) {
		odd := change("odd")
		odd.Action = "odd"
		o.Add(change("a"))
		o.Add(odd)
		o.Add(change("b"))
		time.Sleep(time.Minute)
		synctest.Wait()
		if got := o.store.objects(); got != "a b" {
			t.Errorf("written: %s", got)
		}
		if !strings.Contains(o.text.String(), "too odd") {
			t.Errorf("the log does not have the refusal:\n%s", o.text)
		}
	})
}

func TestLastEntriesAreWrittenAtAStop(t *testing.T) {
	run(t, 0, func(t *testing.T, o office) {
		time.Sleep(time.Second)
		o.Add(change("last"))
		o.stop()
		if got := o.store.objects(); got != "last" {
			t.Errorf("written: %s", got)
		}
	})
}

func TestOldEntriesAreForgotten(t *testing.T) {
	const retain = 400 * 24 * time.Hour
	run(t, retain, func(t *testing.T, o office) {
		began := time.Now()
		for range 60 { // writes do not delete more often
			o.Add(change("x"))
			time.Sleep(time.Minute)
		}
		time.Sleep(forgetEvery)
		synctest.Wait()
		if n := len(o.store.before); n < 2 || n > 3 || !o.store.before[0].Equal(began.Add(-retain)) {
			t.Errorf("entries before %v were deleted", o.store.before)
		}
	})
	run(t, 0, func(t *testing.T, o office) {
		synctest.Wait()
		if len(o.store.before) != 1 || !o.store.before[0].IsZero() {
			t.Errorf("entries before %v were deleted", o.store.before)
		}
	})
}

// Anyone who signs in can have attempts refused, as many as the network takes.
func TestFloodIsForgottenWhileItComes(t *testing.T) {
	run(t, 0, func(t *testing.T, o office) {
		time.Sleep(time.Second)
		synctest.Wait()
		before := len(o.store.before)
		for range 3 * forgetAfter / 5000 {
			for range 5000 {
				o.Add(change("x"))
			}
			time.Sleep(time.Second)
		}
		synctest.Wait()
		if n := len(o.store.before) - before; n < 2 || n > 3 {
			t.Errorf("old entries were deleted %d times", n)
		}
	})
}

func TestTextsAreBounded(t *testing.T) {
	run(t, 0, func(t *testing.T, o office) {
		e := change(strings.Repeat("ы", 5000))
		e.Error = strings.Repeat("x", 5000)
		o.Add(e)
		if _, err := o.Search(t.Context(), Search{Limit: 1}); err != nil {
			t.Error(err)
		}
		if got := o.store.entries[0]; len(got.Object) > longestText+50 || len(got.Error) > longestText+50 {
			t.Errorf("%d and %d bytes", len(got.Object), len(got.Error))
		}
	})
}
