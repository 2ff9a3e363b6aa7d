package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// fault is an error that says its outcome itself.
type fault struct{ Outcome }

func (f fault) Error() string { return fmt.Sprintf("%+v", f.Outcome) }

var (
	away      = fault{Outcome{Retry: true}}
	uncertain = fault{Outcome{Retry: true, Uncertain: true}}
	refused   = fault{Outcome{Refused: true}}
	broken    = fault{}
	blind     = fault{Outcome{CannotLookUp: true}}
	errBlank  = fault{Outcome{Retry: true, Uncertain: true, Done: true}}
)

func classify(err error) Outcome {
	var f fault
	if errors.As(err, &f) {
		return f.Outcome
	}
	return Outcome{Uncertain: true}
}

// work is one piece of work, its store and who does it.
type work struct {
	mu      sync.Mutex
	dos     []time.Time
	finds   int
	done    bool
	answers []error // of the next calls of Do; then nil
	effect  bool    // uncertain calls of Do do the work
	hidden  int     // how many searches find nothing yet
	find    error   // of Find
	takes   time.Duration

	kept    Progress
	claim   Claim
	claims  []Claim
	last    error // that was kept
	refuses error // of Keep
	late    []error
}

func (w *work) task(fresh bool) *Task {
	return &Task{
		Name: "test", Fresh: fresh, Progress: w.kept, Claim: w.claim,
		Find: func(context.Context) (bool, error) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.finds++
			if w.hidden > 0 {
				w.hidden--
				return false, w.find
			}
			return w.done && w.find == nil, w.find
		},
		Do: func(ctx context.Context) error {
			w.mu.Lock()
			w.dos = append(w.dos, time.Now())
			takes := w.takes
			w.mu.Unlock()
			select {
			case <-time.After(takes):
			case <-ctx.Done():
				return ctx.Err()
			}
			w.mu.Lock()
			defer w.mu.Unlock()
			var err error
			if len(w.answers) > 0 {
				err, w.answers = w.answers[0], w.answers[1:]
			}
			if err == nil || w.effect && classify(err).Uncertain {
				w.done = true
			}
			return err
		},
		Keep: func(ctx context.Context, p Progress, c Claim, err error) error {
			w.mu.Lock()
			defer w.mu.Unlock()
			if w.refuses != nil || ctx.Err() != nil {
				return errors.Join(w.refuses, ctx.Err())
			}
			w.kept, w.claim, w.last = p, c, err
			w.claims = append(w.claims, c)
			return nil
		},
		Late: func(err error) { w.late = append(w.late, err) },
	}
}

func newRunner(o Options) *Runner {
	o.Classify, o.Owner, o.Log = classify, "hub-1", slog.New(slog.DiscardHandler)
	return New(o)
}

// run runs a task in a bubble and expects the error.
func run(t *testing.T, w *work, fresh bool, want error, check func(t *testing.T, took time.Duration)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		r := newRunner(Options{})
		if w.claim == (Claim{}) {
			w.claim = r.NewClaim()
		}
		if err := r.Run(t.Context(), w.task(fresh)); !errors.Is(err, want) {
			t.Errorf("got %v, want %v", err, want)
		}
		check(t, time.Since(began))
	})
}

func TestFreshWorkIsDoneAtOnce(t *testing.T) {
	w := &work{}
	run(t, w, true, nil, func(t *testing.T, took time.Duration) {
		if len(w.dos) != 1 || w.finds != 0 || took != 0 || len(w.claims) != 0 {
			t.Errorf("%d attempts, %d look-ups, %v, kept %d times", len(w.dos), w.finds, took, len(w.claims))
		}
	})
}

func TestRetriesWithDoublingPauses(t *testing.T) {
	w := &work{answers: slices.Repeat([]error{away}, 9)}
	run(t, w, true, nil, func(t *testing.T, _ time.Duration) {
		if len(w.dos) != 10 || len(w.late) != 9 || w.kept.Tries != 9 {
			t.Fatalf("%d attempts, %d times late, kept %+v", len(w.dos), len(w.late), w.kept)
		}
		want := time.Second
		for i := range 9 {
			if pause := w.dos[i+1].Sub(w.dos[i]); pause < want*3/4 || pause > want*5/4+1 {
				t.Errorf("pause %d is %v, want %v ± 25 %%", i, pause, want)
			}
			want = min(2*want, 48*time.Second) // at most a minute
		}
	})
}

func TestPauseAfterARestart(t *testing.T) {
	w := &work{}
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		w.kept = Progress{Tries: 20, Next: began.Add(30 * time.Second)}
		w.answers = []error{away}
		if err := newRunner(Options{}).Run(t.Context(), w.task(false)); err != nil {
			t.Fatal(err)
		}
		if first := w.dos[0].Sub(began); first != 30*time.Second {
			t.Errorf("first attempt after %v", first)
		}
		if pause := w.dos[1].Sub(w.dos[0]); pause < 36*time.Second || pause > time.Minute {
			t.Errorf("paused for %v after many tries", pause)
		}
	})
	w = &work{kept: Progress{Next: time.Now().Add(1000 * time.Hour)}} // the clock was wrong
	run(t, w, false, nil, func(t *testing.T, took time.Duration) {
		if took != time.Minute {
			t.Errorf("waited %v", took)
		}
	})
}

func TestTaskResults(t *testing.T) {
	for name, test := range map[string]struct {
		work     *work
		fresh    bool
		want     error
		attempts int
	}{
		"refused":                         {&work{answers: []error{refused}}, true, refused, 1},
		"refused later":                   {&work{answers: []error{away, away, refused}}, true, refused, 3},
		"fresh, the other side is broken": {&work{answers: []error{broken}}, true, broken, 1},
		"kept, the other side is broken":  {&work{answers: []error{broken, broken}}, false, nil, 3},
		"late, the other side is broken":  {&work{answers: []error{away, broken}}, true, nil, 3},
		"done before the restart":         {&work{done: true}, false, nil, 0},
		"uncertain and done":              {&work{answers: []error{uncertain}, effect: true}, true, nil, 1},
		"uncertain and not done":          {&work{answers: []error{uncertain}}, true, nil, 2},
		"done, and found":                 {&work{answers: []error{errBlank}, effect: true}, true, nil, 1},
		"done, and never found":           {&work{answers: []error{errBlank}}, true, ErrUndecided, 1},
		"done, and cannot be looked up":   {&work{find: blind, answers: []error{errBlank}}, true, errBlank, 1},
		"done after a certain failure":    {&work{answers: []error{away, errBlank}}, true, ErrUndecided, 2},
		"an unknown error and done":       {&work{answers: []error{errors.New("?")}, effect: true}, true, nil, 1},
		"blind after certain failures":    {&work{find: blind, answers: []error{away, away}}, true, nil, 3},
		"blind and uncertain": {
			&work{find: blind, answers: []error{uncertain}, effect: true}, true, ErrUndecided, 1,
		},
		"blind, uncertain, wraps its error": {&work{find: blind, answers: []error{uncertain}}, true, uncertain, 1},
		"blind, certain, then uncertain": {
			&work{find: blind, answers: []error{away, uncertain}}, true, ErrUndecided, 2,
		},
		"blind, killed in an attempt": {
			&work{find: blind, kept: Progress{UncertainSince: time.Now()}}, false, ErrUndecided, 0,
		},
		"blind, killed in a pause": {&work{find: blind, kept: Progress{Tries: 3}}, false, nil, 1},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, test.work, test.fresh, test.want, func(t *testing.T, _ time.Duration) {
				if n := len(test.work.dos); n != test.attempts {
					t.Errorf("%d attempts, want %d", n, test.attempts)
				}
			})
		})
	}
}

func TestWithoutFind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &work{answers: []error{away, uncertain}}
		task := w.task(true)
		task.Find = nil
		err := newRunner(Options{}).Run(t.Context(), task)
		if !errors.Is(err, ErrUndecided) || len(w.dos) != 2 {
			t.Errorf("after %d attempts: %v", len(w.dos), err)
		}
		again := w.task(true) // as after another press
		again.Find = nil
		if err := newRunner(Options{}).Run(t.Context(), again); err != nil || !w.done {
			t.Errorf("attempted again: %v", err)
		}
	})
}

func TestUncertainWorkIsLookedUpAtOnce(t *testing.T) {
	w := &work{answers: []error{uncertain}, effect: true, hidden: 4}
	run(t, w, true, nil, func(t *testing.T, took time.Duration) {
		if len(w.dos) != 1 || took > 5*time.Second {
			t.Errorf("%d attempts in %v", len(w.dos), took)
		}
	})
}

func TestUncertainWorkSettlesBeforeAnotherAttempt(t *testing.T) {
	w := &work{answers: []error{uncertain}}
	run(t, w, true, nil, func(t *testing.T, _ time.Duration) {
		if len(w.dos) != 2 || w.dos[1].Sub(w.dos[0]) < time.Minute {
			t.Errorf("attempts at %v", w.dos)
		}
		if !slices.ContainsFunc(w.late, func(err error) bool { return errors.Is(err, ErrSettling) }) {
			t.Errorf("waited with %v", w.late)
		}
	})
}

func TestFindThatFailsMakesNoAttempt(t *testing.T) {
	w := &work{find: away, hidden: 3, kept: Progress{UncertainSince: time.Now()}}
	w.done = true
	synctest.Test(t, func(t *testing.T) {
		go func() {
			time.Sleep(20 * time.Second)
			w.mu.Lock()
			defer w.mu.Unlock()
			w.find = nil
		}()
		if err := newRunner(Options{}).Run(t.Context(), w.task(false)); err != nil || len(w.dos) != 0 {
			t.Errorf("%d attempts, %v", len(w.dos), err)
		}
	})
}

func TestProgressIsKeptBeforeAnAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &work{takes: 10 * time.Second, kept: Progress{Tries: 1}}
		ctx, kill := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- newRunner(Options{}).Run(ctx, w.task(false)) }()
		time.Sleep(5 * time.Second)
		kill()
		if err := <-ended; !errors.Is(err, ErrStopped) {
			t.Errorf("killed: %v", err)
		}
		if w.kept.UncertainSince.IsZero() || w.kept.Tries != 1 || w.claim.Owner != "hub-1" {
			t.Errorf("kept: %+v, %+v", w.kept, w.claim)
		}
		w.done = true // it took effect
		if err := newRunner(Options{}).Run(t.Context(), w.task(false)); err != nil || len(w.dos) != 1 {
			t.Errorf("the next hub: %v, %d attempts", err, len(w.dos))
		}
	})
}

func TestStoppedInEveryPlace(t *testing.T) {
	for name, test := range map[string]struct {
		work *work
		in   time.Duration
	}{
		"in an attempt":           {&work{takes: time.Hour}, 10 * time.Second},
		"in a blind attempt":      {&work{takes: time.Hour, find: blind}, 10 * time.Second},
		"in a pause":              {&work{answers: slices.Repeat([]error{away}, 100)}, 90 * time.Second},
		"in the look-up":          {&work{answers: []error{uncertain}}, 2 * time.Second},
		"while it settles":        {&work{answers: []error{uncertain}}, 30 * time.Second},
		"before the next attempt": {&work{kept: Progress{Next: time.Now().Add(time.Hour)}}, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, stop := context.WithTimeout(t.Context(), test.in)
				defer stop()
				began := time.Now()
				err := newRunner(Options{}).Run(ctx, test.work.task(test.work.kept.Next.IsZero()))
				if !errors.Is(err, ErrStopped) || time.Since(began) != test.in {
					t.Errorf("after %v: %v", time.Since(began), err)
				}
			})
		})
	}
}

func TestStoreThatRefuses(t *testing.T) {
	w := &work{answers: []error{away, away}, refuses: errors.New("the disk is full")}
	synctest.Test(t, func(t *testing.T) {
		w.claim = Claim{Owner: "hub-1", Until: time.Now().Add(time.Hour)}
		go func() {
			time.Sleep(time.Minute)
			w.mu.Lock()
			defer w.mu.Unlock()
			w.refuses = nil
		}()
		if err := newRunner(Options{}).Run(t.Context(), w.task(true)); err != nil {
			t.Fatal(err)
		}
		// No attempt without a store: a hub that is killed in it would leave no trace of it.
		if len(w.dos) != 3 || w.dos[1].Sub(w.dos[0]) < time.Minute {
			t.Errorf("attempts at %v", w.dos)
		}
	})
}

func TestTakenWorkIsLeftAlone(t *testing.T) {
	for name, fresh := range map[string]bool{"fresh": true, "kept": false} {
		w := &work{answers: slices.Repeat([]error{away}, 9), refuses: ErrTaken}
		synctest.Test(t, func(t *testing.T) {
			if err := newRunner(Options{}).Run(t.Context(), w.task(fresh)); !errors.Is(err, ErrTaken) ||
				len(w.dos) > 0 {
				t.Errorf("%s, with no claim: %v, %d attempts", name, err, len(w.dos))
			}
		})
	}
	w := &work{answers: slices.Repeat([]error{away}, 9)}
	synctest.Test(t, func(t *testing.T) {
		r := newRunner(Options{})
		w.claim = r.NewClaim()
		go func() {
			time.Sleep(10 * time.Second)
			w.mu.Lock()
			defer w.mu.Unlock()
			w.refuses = ErrTaken
		}()
		if err := r.Run(t.Context(), w.task(true)); !errors.Is(err, ErrTaken) || w.done {
			t.Errorf("taken in a pause: %v", err)
		}
	})
}

// A claim must outlast every attempt, however long the task waits.
func TestClaimsAreRenewedInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRunner(Options{Pace: Pace{AtOnce: 1}})
		var all sync.WaitGroup
		var works []*work
		for range 20 {
			w := &work{
				claim: r.NewClaim(), takes: 25 * time.Second,
				answers: []error{away, away, uncertain, away, broken},
			}
			task := w.task(true)
			do := task.Do
			task.Do = func(ctx context.Context) error {
				w.mu.Lock()
				until := w.claim.Until
				w.mu.Unlock()
				if left := time.Until(until); left < 30*time.Second {
					t.Errorf("an attempt begins with %v of its claim left", left)
				}
				return do(ctx)
			}
			works = append(works, w)
			all.Go(func() {
				ended := make(chan struct{})
				all.Go(func() { neverLapses(t, w, ended) })
				if err := r.Run(t.Context(), task); err != nil {
					t.Error(err)
				}
				close(ended)
			})
		}
		all.Wait()
		for _, w := range works {
			if !w.done {
				t.Errorf("not done: %+v", w.kept)
			}
		}
	})
}

func neverLapses(t *testing.T, w *work, ended <-chan struct{}) {
	for {
		select {
		case <-ended:
			return
		case <-time.After(time.Second):
		}
		w.mu.Lock()
		if left := time.Until(w.claim.Until); left <= 0 {
			t.Errorf("the claim lapsed %v ago", -left)
		}
		w.mu.Unlock()
	}
}

func TestConcurrentAttemptsAreLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRunner(Options{})
		var all sync.WaitGroup
		var mu sync.Mutex
		now, most := 0, 0
		for range 100 {
			w := &work{claim: r.NewClaim()}
			task := w.task(true)
			task.Do = func(context.Context) error {
				mu.Lock()
				now++
				most = max(most, now)
				mu.Unlock()
				time.Sleep(time.Second)
				mu.Lock()
				defer mu.Unlock()
				now--
				return nil
			}
			all.Go(func() {
				if err := r.Run(t.Context(), task); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if most != 8 {
			t.Errorf("%d at once", most)
		}
	})
}

func TestParkedWorkIsReleased(t *testing.T) {
	w := &work{answers: []error{away}}
	synctest.Test(t, func(t *testing.T) {
		r := newRunner(Options{})
		w.claim = r.NewClaim()
		task := w.task(true)
		task.Parks = true
		err := r.Run(t.Context(), task)
		if !errors.Is(err, ErrParked) || !errors.Is(err, away) || len(w.dos) != 1 {
			t.Errorf("%v after %d attempts", err, len(w.dos))
		}
		if w.claim != (Claim{}) || w.kept.Tries != 1 || w.last == nil {
			t.Errorf("kept %+v, %+v, %v", w.kept, w.claim, w.last)
		}
		w.claim = r.NewClaim() // the event
		again := w.task(false)
		again.Parks, again.Find = true, nil
		if err := r.Run(t.Context(), again); err != nil || !w.done {
			t.Errorf("at the event: %v", err)
		}
	})
}

func TestFreeClaims(t *testing.T) {
	now := time.Now()
	for _, test := range []struct {
		claim Claim
		want  bool
	}{
		{Claim{}, true},
		{Claim{"hub-1", now.Add(time.Minute)}, true},
		{Claim{"hub-2", now.Add(time.Minute)}, false},
		{Claim{"hub-2", now}, true},
	} {
		if got := test.claim.FreeFor("hub-1", now); got != test.want {
			t.Errorf("%+v is free: %v", test.claim, got)
		}
	}
}

func TestOwnerIsStableForADataDirectory(t *testing.T) {
	dir := t.TempDir()
	first, err := LoadOwner(dir)
	if err != nil || first == "" {
		t.Fatal(first, err)
	}
	if again, err := LoadOwner(dir); err != nil || again != first {
		t.Errorf("after a restart: %q, %v", again, err)
	}
	if other, err := LoadOwner(t.TempDir()); err != nil || other == first {
		t.Errorf("another directory: %q, %v", other, err)
	}
	if _, err := LoadOwner(dir + "/missing"); err == nil {
		t.Error("a missing directory is no error")
	}
}
