package webhooks

import (
	"cmp"
	"context"
	"errors"
	"net/url"
	"strings"
	"sync"
	"time"

	"traybell/hub/jobs"
)

func pace(p jobs.Pace) jobs.Pace {
	p.Attempt = cmp.Or(p.Attempt, attemptTime)
	p.First = cmp.Or(p.First, 5*time.Second)
	p.Longest = cmp.Or(p.Longest, 15*time.Minute)
	p.AtOnce = 1
	return p
}

// queue delivers the events of one webhook, one after the other.
type queue struct {
	hooks *Hooks
	hook  Webhook
	send  *sender
	jobs  *jobs.Runner
	woken chan struct{}
	stop  context.CancelFunc // of run; set before it starts
	done  chan struct{}
	after <-chan struct{} // closed when the queue that it replaces has ended; may be nil

	mu        sync.Mutex
	pause     context.CancelFunc // ends the pause of the delivery in progress; nil: none
	now       bool               // the next attempt does not wait
	gone      bool
	delivered uint64
	failures  uint64
	trouble
	next time.Time
}

// trouble is why the last attempt failed; zero: it worked.
type trouble struct {
	error  string
	since  time.Time // of the first attempt that failed
	failed time.Time // the last one
}

func newQueue(h *Hooks, w Webhook) *queue {
	return &queue{
		hooks: h, hook: w, send: newSender(w, h.Version), woken: make(chan struct{}, 1), done: make(chan struct{}),
		jobs: jobs.New(jobs.Options{Pace: h.Pace, Owner: h.Owner, Classify: classify, Log: h.Log, Now: h.Now}),
	}
}

func (q *queue) wake() {
	select {
	case q.woken <- struct{}{}:
	default:
	}
}

// end stops the queue and does not wait.
func (q *queue) end() {
	if q.stop != nil {
		q.stop()
	}
}

func (q *queue) off() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.gone
}

func (q *queue) status() Status {
	q.mu.Lock()
	defer q.mu.Unlock()
	s := Status{
		Name: q.hook.Name, Events: q.hook.Events, Teams: q.hook.Teams, Delivered: q.delivered, Attempts: q.failures,
		Since: q.since, Error: q.error, Failed: q.failed, Next: q.next, Off: q.gone,
	}
	if u, err := url.Parse(q.hook.URL); err == nil {
		s.Host, s.URL = u.Host, u.Scheme+"://"+u.Host
		if strings.Trim(u.Path, "/") != "" || u.RawQuery != "" {
			s.URL += "/…"
		}
	}
	return s
}

// run delivers until ctx ends.
func (q *queue) run(ctx context.Context) {
	defer q.send.client.CloseIdleConnections()
	q.readOff(ctx)
	for failing := false; ctx.Err() == nil; {
		if q.off() {
			q.wait(ctx, pollEvery)
			continue
		}
		d, ok, err := q.hooks.Store.NextDelivery(ctx, q.hook.Name, q.jobs.NewClaim())
		switch {
		case err != nil:
			if !failing && ctx.Err() == nil {
				q.hooks.Log.Error("cannot read the events of a webhook, retrying", "webhook", q.hook.Name, "error", err)
			}
			failing = true
			q.wait(ctx, retryWrite)
		case !ok:
			failing = false
			q.wait(ctx, pollEvery)
		default:
			failing = false
			q.deliver(ctx, d)
		}
	}
}

// readOff reads whether the receiver at this URL said that it is gone, to an earlier run of the hub.
func (q *queue) readOff(ctx context.Context) {
	list, err := q.hooks.Store.SwitchedOff(ctx)
	if err != nil && ctx.Err() == nil {
		q.hooks.Log.Error("cannot read which webhooks are switched off", "error", err)
	}
	for _, off := range list {
		if off.Webhook == q.hook.Name && off.URL == q.hook.URL {
			q.mu.Lock()
			q.gone, q.trouble = true, trouble{off.Reason, off.At, off.At}
			q.mu.Unlock()
		}
	}
}

func (q *queue) wait(ctx context.Context, most time.Duration) {
	timer := time.NewTimer(most)
	defer timer.Stop()
	select {
	case <-q.woken:
	case <-timer.C:
	case <-ctx.Done():
	}
}

// deliver attempts a delivery until it is over, ctx ends or an administrator intervenes.
func (q *queue) deliver(ctx context.Context, d Delivery) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	q.mu.Lock()
	q.pause = cancel
	if q.now {
		q.now, d.Next = false, time.Time{}
	}
	q.mu.Unlock()
	defer func() {
		q.mu.Lock()
		q.pause, q.next = nil, time.Time{}
		q.mu.Unlock()
	}()
	h := q.hooks
	task := &jobs.Task{
		Name: "webhook " + q.hook.Name + ", " + d.Type + " " + d.Event, Fresh: d.Tries == 0, Progress: d.Progress,
		Claim: d.Claim,
	}
	task.Do = func(ctx context.Context) error { return q.attempt(ctx, d, task.Progress.Tries) }
	task.Keep = func(ctx context.Context, p jobs.Progress, claim jobs.Claim, err error) error {
		d.Progress, d.Claim = p, claim
		if err != nil {
			d.Error = err.Error()
		}
		q.mu.Lock()
		q.next = p.Next
		q.mu.Unlock()
		return h.Store.AdvanceDelivery(ctx, d)
	}
	err := q.jobs.Run(ctx, task)
	if errors.Is(err, jobs.ErrStopped) || errors.Is(err, jobs.ErrTaken) {
		return // it stays
	}
	d.Tries, d.State, d.Error = task.Progress.Tries, Delivered, ""
	if err != nil {
		d.Tries, d.State, d.Error = d.Tries+1, SetAside, err.Error()
		h.Log.Warn("event set aside", "webhook", q.hook.Name, "event", d.Event, "type", d.Type, "error", err)
	}
	var f *sendError
	if errors.As(err, &f) && f.gone {
		q.switchOff(ctx, d.Error)
	}
	for {
		err := jobs.Keep(ctx, func(ctx context.Context) error { return h.Store.EndDelivery(ctx, d) })
		if err == nil || ctx.Err() != nil {
			return // or it is sent again with the same id
		}
		h.Log.Error("cannot save that an event is delivered, retrying", "webhook", q.hook.Name, "error", err)
		q.wait(ctx, retryWrite)
	}
}

// attempt sends an event once and notes the result.
func (q *queue) attempt(ctx context.Context, d Delivery, tries int) error {
	now := q.hooks.Now()
	err := q.send.send(ctx, d, now)
	q.mu.Lock()
	defer q.mu.Unlock()
	if err == nil {
		q.delivered, q.trouble = q.delivered+1, trouble{}
		return nil
	}
	if ctx.Err() != nil && !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return err // the hub stops, or an administrator intervened
	}
	q.failures++
	q.error, q.failed = err.Error(), now
	if q.since.IsZero() {
		q.since = now
	}
	var f *sendError
	if errors.As(err, &f) {
		f.final = f.refused && tries+1 >= mostRefusals || now.Sub(d.At) > maxAge
	}
	return err
}

func (q *queue) switchOff(ctx context.Context, reason string) {
	at := q.hooks.Now()
	q.mu.Lock()
	q.gone, q.trouble = true, trouble{reason, at, at}
	q.mu.Unlock()
	q.hooks.Log.Error("the receiver of a webhook says that it is gone: no more events are sent there",
		"webhook", q.hook.Name, "error", reason, "fix", "remove it from hub.yml, or set the new URL")
	if err := jobs.Keep(ctx, func(ctx context.Context) error {
		return q.hooks.Store.SwitchOff(ctx, Off{Webhook: q.hook.Name, URL: q.hook.URL, At: at, Reason: reason})
	}); err != nil {
		q.hooks.Log.Error("cannot save that a webhook is switched off", "webhook", q.hook.Name, "error", err)
	}
}

// again ends the pause of the delivery in progress, and reads the queue.
func (q *queue) again() {
	q.mu.Lock()
	q.now = true
	if q.pause != nil {
		q.pause()
	}
	q.mu.Unlock()
	q.wake()
}
