// Package jobs runs durable work: work that is kept in the store before it is begun, and that is
// retried until it is done or refused, across restarts. Each piece is claimed by one hub for a
// while, so that several hubs on one database do not do it twice.
//
// It owns neither goroutines nor storage: Run works in the caller's goroutine, and a Task keeps its
// progress where its kind of work is kept.
package jobs

import (
	"context"
	"log/slog"
	"time"
)

// Pace is how often and how long a runner tries. A zero field means the value named.
type Pace struct {
	Attempt time.Duration // one attempt, with the look-ups before and after it: 30 s
	Look    time.Duration // how long uncertain work is looked up at once: 5 s
	// Settle is how long after an uncertain attempt the work may still appear; only then it is
	// attempted again: 1 minute.
	Settle  time.Duration
	First   time.Duration // the pause after the first attempt, then doubled, ± 25 %: 1 s
	Longest time.Duration // 1 minute
	AtOnce  int           // attempts at a time: 8
}

// Options are what a runner needs.
type Options struct {
	Pace  Pace
	Owner string        // who claims; see LoadOwner
	Lease time.Duration // how long a claim lasts unless it is renewed: 2 minutes, at least 2 attempts
	// Classify tells what an error of Find or Do means. nil: every error is uncertain.
	Classify func(error) Outcome
	Log      *slog.Logger
	Now      func() time.Time // time.Now where nil
}

// Runner runs tasks. All methods may be called from several goroutines.
type Runner struct {
	Options
}

// New makes a runner.
func New(o Options) *Runner {
	return &Runner{Options: o}
}

// Claim returns a claim of this runner's owner that begins now: for work that is stored as begun,
// or taken from the store.
func (r *Runner) Claim() Claim {
	return Claim{Owner: r.Owner, Until: r.Now().Add(r.Lease)}
}

// Run attempts a task until it is done, refused or undecided, or ctx ends. The task's work must be
// claimed by the runner's owner. A task that is not fresh first waits for Progress.Next. On return
// t.Progress is what it came to.
func (r *Runner) Run(ctx context.Context, t *Task) error {
	return ErrStopped
}

// LoadOwner returns the owner that belongs to a data directory. It makes one on the first start, so
// that a restarted hub takes its own work at once.
func LoadOwner(dataDir string) (string, error) {
	return "", nil
}
