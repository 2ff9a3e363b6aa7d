package directory_test

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

	"traybell/hub/directory"
	"traybell/shared/phone"
	"traybell/shared/protocol"
)

// asking is a source that can be asked for a number.
type asking struct {
	within time.Duration
	slow   time.Duration
	all    bool // the server ignores the number

	mu    sync.Mutex
	has   map[string]protocol.Customer // by E.164
	err   error
	asked int
	most  int // questions at once
	now   int
}

func (a *asking) Name() string { return "crm" }

func (a *asking) Read(context.Context, func(protocol.Customer), func(directory.Problem)) error {
	return nil
}

func (a *asking) Within() time.Duration { return a.within }

func (a *asking) Look(ctx context.Context, n phone.Number) (found []protocol.Customer, err error) {
	a.mu.Lock()
	a.asked++
	a.now++
	a.most = max(a.most, a.now)
	err = a.err
	for number, c := range a.has {
		if a.all || number == n.E164 {
			found = append(found, c)
		}
	}
	a.mu.Unlock()
	defer func() { a.mu.Lock(); defer a.mu.Unlock(); a.now-- }()
	select {
	case <-time.After(a.slow):
		return found, err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// counts returns how often the source was asked, and how often at once.
func (a *asking) counts() (asked, atOnce int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.asked, a.most
}

func (a *asking) set(change func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	change()
}

// live runs a directory with a source that can be asked, in a bubble.
func live(t *testing.T, a *asking, log *bytes.Buffer, story func(find func(number string) string, answered *int)) {
	liveDirectory(t, a, log, func(d *directory.Directory, numbers *phone.Reader, answered *int) {
		story(func(number string) string {
			found, err := d.Find(t.Context(), numbers.Read(number))
			if err != nil {
				t.Error(err)
			}
			var logins []string
			for _, c := range found {
				logins = append(logins, c.Login+"@"+c.Directory)
			}
			return strings.Join(logins, " ")
		}, answered)
	})
}

func liveDirectory(t *testing.T, a *asking, log *bytes.Buffer,
	story func(d *directory.Directory, numbers *phone.Reader, answered *int),
) {
	synctest.Test(t, func(t *testing.T) {
		numbers, err := phone.NewReader("RU", nil)
		if err != nil {
			t.Fatal(err)
		}
		d := directory.New(numbers, slog.New(slog.NewTextHandler(log, nil)), directory.Feed{Source: a})
		answered := 0
		var mu sync.Mutex
		d.Answered = func(context.Context, phone.Number) { mu.Lock(); defer mu.Unlock(); answered++ }
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); d.Run(ctx) }()
		synctest.Wait()
		story(d, numbers, &answered)
		stop()
		<-done
	})
}

// A list of earlier calls would keep who calls now waiting.
func TestListsOfCallsAskNoServer(t *testing.T) {
	a := &asking{within: time.Second, has: map[string]protocol.Customer{"+74957654321": sidorov}}
	liveDirectory(t, a, &bytes.Buffer{}, func(d *directory.Directory, numbers *phone.Reader, _ *int) {
		known := func() []protocol.Customer {
			found, err := d.Known(t.Context(), numbers.Read("84957654321"))
			if err != nil {
				t.Error(err)
			}
			return found
		}
		found := known()
		time.Sleep(time.Minute)
		if asked, _ := a.counts(); asked != 0 || len(found) != 0 {
			t.Errorf("asked %d times, %+v", asked, found)
		}
		if _, err := d.Find(t.Context(), numbers.Read("84957654321")); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Second)
		if found := known(); len(found) != 1 || found[0].Login != "sidorov" {
			t.Errorf("after the call: %+v", found)
		}
	})
}

var sidorov = protocol.Customer{Login: "sidorov", Name: "Pyotr Sidorov", Phone: "8 (495) 765-43-21"}

func TestAnswerOfALiveSourceComesLater(t *testing.T) {
	for name, a := range map[string]*asking{
		"the one who is asked for": {},
		"all customers":            {all: true},
	} {
		a.within, a.slow = 2*time.Second, time.Second
		a.has = map[string]protocol.Customer{
			"+74957654321": sidorov, "+74950000000": {Login: "other", Phone: "+74950000000"},
		}
		live(t, a, &bytes.Buffer{}, func(find func(string) string, answered *int) {
			began := time.Now()
			if got := find("84957654321"); got != "" || time.Since(began) > 0 {
				t.Errorf("%s: %q after %v", name, got, time.Since(began))
			}
			find("84957654321") // asked already
			find("anonymous")
			find("101")
			time.Sleep(1500 * time.Millisecond)
			synctest.Wait()
			asked, _ := a.counts()
			if got := find("+7 495 765-43-21"); got != "sidorov@crm" || *answered != 1 || asked != 1 {
				t.Errorf("%s: %q, %d answers, asked %d", name, got, *answered, asked)
			}
			a.set(func() { a.has = nil })
			time.Sleep(9 * time.Minute)
			asked, _ = a.counts()
			if got := find("84957654321"); got != "sidorov@crm" || asked != 1 {
				t.Errorf("%s: after 9 minutes %q, asked %d", name, got, asked)
			}
			time.Sleep(2 * time.Minute)
			find("84957654321")
			time.Sleep(2 * time.Second)
			if got := find("84957654321"); got != "" || *answered != 1 {
				t.Errorf("%s: a customer who is gone: %q, %d answers", name, got, *answered)
			}
		})
	}
}

func TestLiveSourceThatFails(t *testing.T) {
	a := &asking{within: time.Second, err: errors.New("connection refused")}
	var log bytes.Buffer
	live(t, a, &log, func(find func(string) string, _ *int) {
		for i := range 600 { // ten minutes
			find(fmt.Sprintf("8495000%04d", i))
			time.Sleep(time.Second)
		}
		if asked, _ := a.counts(); asked > 12 || strings.Count(log.String(), "does not answer look-ups") != 1 {
			t.Errorf("asked %d times in ten minutes; log:\n%s", asked, log.String())
		}
		a.set(func() { a.err, a.has = nil, map[string]protocol.Customer{"+74957654321": sidorov} })
		time.Sleep(6 * time.Minute)
		find("84957654321")
		time.Sleep(time.Second)
		if got := find("84957654321"); got != "sidorov@crm" ||
			!strings.Contains(log.String(), "answers look-ups again") {
			t.Errorf("%q; log:\n%s", got, log.String())
		}
	})
}

// What goes wrong with questions is in the status until one is answered, and is passed on.
func TestFaultOfALiveSourceIsShown(t *testing.T) {
	a := &asking{within: time.Second, slow: time.Minute}
	liveDirectory(t, a, &bytes.Buffer{}, func(d *directory.Directory, numbers *phone.Reader, answered *int) {
		var silent []string
		var mu sync.Mutex
		d.Unanswered = func(_ context.Context, n phone.Number, err error) {
			mu.Lock()
			defer mu.Unlock()
			silent = append(silent, n.E164+": "+err.Error())
		}
		ask := func(number string) string {
			if _, err := d.Find(t.Context(), numbers.Read(number)); err != nil {
				t.Error(err)
			}
			time.Sleep(2 * time.Second)
			synctest.Wait()
			for _, p := range d.Status()[0].Problems {
				if p.Key == "lookup" {
					return p.Text
				}
			}
			return ""
		}
		const late = "no answer to the look-up within 1s (lookup.within)"
		if got := ask("84957654321"); got != late || strings.Join(silent, "\n") !=
			"+74957654321: directory crm: "+late {
			t.Errorf("%q, %q", got, silent)
		}
		ask("84957654322")
		if got := ask("84957654323"); !strings.Contains(got, "after 3 failures in a row it is not asked until ") {
			t.Errorf("after three: %q", got)
		}
		a.set(func() { a.slow, a.has = 0, map[string]protocol.Customer{"+74957654321": sidorov} })
		time.Sleep(time.Minute)
		if got := ask("84957654321"); got != "" || *answered != 1 {
			t.Errorf("after an answer: %q, %d answers", got, *answered)
		}
	})
}

// A command waits for the answer.
func TestAsk(t *testing.T) {
	a := &asking{within: time.Second, has: map[string]protocol.Customer{"+74957654321": sidorov}}
	liveDirectory(t, a, &bytes.Buffer{}, func(d *directory.Directory, numbers *phone.Reader, _ *int) {
		number := numbers.Read("84957654321")
		asked, err := d.Ask(context.Background(), number)
		if found, _ := d.Find(t.Context(), number); !asked || err != nil || len(found) != 1 {
			t.Errorf("%v, %v, %+v", asked, err, found)
		}
		if asked, err := d.Ask(context.Background(), number); asked || err != nil {
			t.Errorf("known already: %v, %v", asked, err)
		}
		a.set(func() { a.err = errors.New("connection refused") })
		if asked, err := d.Ask(context.Background(), numbers.Read("84957654322")); !asked || err == nil ||
			err.Error() != "directory crm: connection refused" {
			t.Errorf("%v, %v", asked, err)
		}
		if asked, err := d.Ask(context.Background(), numbers.Read("anonymous")); asked || err != nil {
			t.Errorf("withheld: %v, %v", asked, err)
		}
	})
}

// A flood of unknown numbers, and a source that does not answer, delay no call and are bounded.
func TestFloodOfQuestions(t *testing.T) {
	a := &asking{within: time.Second, slow: time.Hour}
	live(t, a, &bytes.Buffer{}, func(find func(string) string, _ *int) {
		began := time.Now()
		for i := range 2_000 {
			find(fmt.Sprintf("8495%07d", i))
		}
		if time.Since(began) > 0 {
			t.Errorf("they took %v", time.Since(began))
		}
		time.Sleep(time.Minute)
		if asked, atOnce := a.counts(); atOnce > 4 || asked > 104 || asked < 3 {
			t.Errorf("asked %d times, %d at once", asked, atOnce)
		}
	})
}
