package duty

import (
	"context"
	"log/slog"
	"time"

	"traybell/hub/batch"
)

const (
	gather      = 50 * time.Millisecond
	retryPause  = 2 * time.Second
	mostUnsaved = 50_000
	saveWithin  = 2 * time.Second
	touchEvery  = 15 * time.Second
	forgetEvery = time.Hour
)

// saver owns the changes that are not saved yet.
type saver struct {
	store   Store
	log     *slog.Logger
	loop    *batch.Loop
	changes *batch.Queue[Change]

	// of the goroutine of Service.Run
	touched time.Time // when the store got the last sign of life
	forgot  time.Time
}

func newSaver(store Store, log *slog.Logger) *saver {
	return &saver{store: store, log: log, loop: batch.New(gather), changes: batch.NewQueue[Change](mostUnsaved)}
}

// add has a change saved soon. It does not block.
func (s *saver) add(c Change) {
	s.changes.Add(c)
	s.loop.Wake()
}

// run saves until ctx ends, and then what is left.
func (s *saver) run(ctx context.Context) {
	s.loop.Run(ctx, func(ctx context.Context) time.Duration {
		if ctx.Err() != nil {
			return 0 // called again with a context that lives on
		}
		if !s.save(ctx) {
			return retryPause
		}
		return 0
	})
}

// save saves what waits.
func (s *saver) save(ctx context.Context) (ok bool) {
	w, err := s.changes.Write(ctx, s.store.KeepDuty, func(refused Change, why error) {
		s.log.Error("agent state refused by the database, dropping it", "agent", refused.Login, "error", why)
	})
	switch {
	case w.Fails:
		s.log.Error("cannot save agent states, retrying", "changes", w.Left, "error", err)
	case w.Works:
		s.log.Info("agent states are saved again")
	}
	if w.Dropped > 0 {
		s.log.Error("changes of agent states dropped: too many wait for the database", "changes", w.Dropped)
	}
	return err == nil
}

// touch tells the store now and then that the hub is there, and has it forget old times.
func (s *saver) touch(ctx context.Context, now time.Time, r *Rules) {
	if !r.On {
		return
	}
	if now.Sub(s.touched) >= touchEvery {
		s.touched = now
		s.alive(ctx, now)
	}
	if r.Retention > 0 && now.Sub(s.forgot) >= forgetEvery {
		s.forgot = now
		if err := s.store.ForgetTimes(ctx, now.Add(-r.Retention)); err != nil && ctx.Err() == nil {
			s.log.Error("cannot delete old working times", "error", err)
		}
	}
}

func (s *saver) alive(ctx context.Context, now time.Time) {
	if err := s.store.KeepAlive(ctx, now); err != nil && ctx.Err() == nil {
		s.log.Error("cannot save that the hub is there", "error", err)
	}
}
