package webhooks

import (
	"context"
	"crypto/tls"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"traybell/hub/batch"
	"traybell/hub/jobs"
)

// Bounds of the queues.
const (
	mostUnwritten = 10_000             // events that wait for the database
	mostWaiting   = 10_000             // deliveries of a webhook; older ones are dropped
	maxAge        = 3 * 24 * time.Hour // after which a delivery is set aside
	keepDelivered = 24 * time.Hour     // so that an event which occurs again after a restart is sent once
	keepSetAside  = 7 * 24 * time.Hour
	maxBody       = 64 << 10 // bytes

	gatherTime  = 25 * time.Millisecond // events that are written together
	retryWrite  = 2 * time.Second
	forgetEvery = time.Minute
	pollEvery   = 30 * time.Second // for what another hub on the database left
)

// Webhook is a receiver in hub.yml.
type Webhook struct {
	Name    string   // unique
	URL     string   // never logged: its path or query may be secret
	Secrets []string // whsec_…; each signs
	Events  []string // types; empty: all
	Teams   []string // empty: all
	TLS     *tls.Config
}

// wants reports whether the webhook gets an event.
func (w *Webhook) wants(e *Event) bool {
	return (len(w.Events) == 0 || slices.Contains(w.Events, e.Type)) &&
		(len(w.Teams) == 0 || slices.ContainsFunc(w.Teams, func(t string) bool { return slices.Contains(e.Teams, t) }))
}

// Options configure Hooks.
type Options struct {
	Store   Store
	Source  func() string // the hub's URL: the source of all events
	Owner   string        // of claims, see jobs.LoadOwner
	Version string        // of the hub
	Pace    jobs.Pace     // of retries; zero fields: 5 s, doubled up to 15 minutes, 15 s for an attempt
	Log     *slog.Logger
	Now     func() time.Time // nil: time.Now
}

// Hooks sends events. Make it with New.
type Hooks struct {
	Options
	loop      *batch.Loop
	unwritten *batch.Queue[Delivery]
	forgot    time.Time // of Run
	work      sync.WaitGroup

	mu      sync.Mutex      // guards what follows
	ctx     context.Context //nolint:containedctx // of Run; nil while it does not run
	queues  map[string]*queue
	dropped uint64 // since the start
}

// New returns Hooks without webhooks.
func New(o Options) *Hooks {
	if o.Now == nil {
		o.Now = time.Now
	}
	o.Pace = pace(o.Pace)
	return &Hooks{
		Options: o, loop: batch.New(gatherTime), unwritten: batch.NewQueue[Delivery](mostUnwritten),
		queues: map[string]*queue{},
	}
}

// Set replaces the webhooks. Those that stay the same go on; what waits for a webhook that is
// removed waits until it is back, or too old.
func (h *Hooks) Set(list []Webhook) {
	h.mu.Lock()
	var ended []*queue
	for name, q := range h.queues {
		i := slices.IndexFunc(list, func(w Webhook) bool { return w.Name == name })
		if i < 0 || !q.hook.same(list[i]) {
			ended = append(ended, q)
			delete(h.queues, name)
		}
	}
	for _, w := range list {
		if h.queues[w.Name] != nil {
			continue
		}
		q := newQueue(h, w)
		for _, old := range ended {
			if old.hook.Name == w.Name && old.stop != nil {
				q.after = old.done
			}
		}
		h.queues[w.Name] = q
		if h.ctx != nil {
			h.start(q)
		}
	}
	h.mu.Unlock()
	for _, q := range ended {
		q.end()
	}
}

func (w *Webhook) same(o Webhook) bool {
	return w.URL == o.URL && slices.Equal(w.Secrets, o.Secrets) && slices.Equal(w.Events, o.Events) &&
		slices.Equal(w.Teams, o.Teams) && (w.TLS == nil) == (o.TLS == nil) &&
		(w.TLS == nil || w.TLS.RootCAs.Equal(o.TLS.RootCAs))
}

// start runs a queue; the lock is held.
func (h *Hooks) start(q *queue) {
	ctx, stop := context.WithCancel(h.ctx)
	q.stop = stop
	h.work.Go(func() {
		defer close(q.done)
		defer stop()
		if q.after != nil {
			<-q.after // its attempt ends first, so that the order stays
		}
		q.run(ctx)
	})
}

// Run delivers until ctx ends, and then writes what is left.
func (h *Hooks) Run(ctx context.Context) {
	deliver, stop := context.WithCancel(ctx)
	h.mu.Lock()
	h.ctx = deliver
	for _, q := range h.queues {
		h.start(q)
	}
	h.mu.Unlock()
	h.loop.Run(ctx, h.write)
	h.mu.Lock()
	stop()
	h.ctx = nil // a reload starts no more
	h.mu.Unlock()
	h.work.Wait()
}

// Emit queues an event for the webhooks that want it. It does not block.
func (h *Hooks) Emit(e Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	var body []byte
	for _, q := range h.queues {
		if q.off() || !q.hook.wants(&e) {
			continue
		}
		if body == nil {
			var err error
			if body, err = e.encode(h.Source()); err == nil && len(body) > maxBody {
				err = errTooLarge
			}
			if err != nil {
				h.Log.Error("event not sent", "type", e.Type, "subject", e.Subject, "bytes", len(body), "error", err)
				return
			}
		}
		h.unwritten.Add(Delivery{
			Webhook: q.hook.Name, Event: e.ID, Type: e.Type, At: e.Time, Body: body, State: Waiting,
		})
	}
	h.loop.Wake()
}

// write stores the events that were emitted, and forgets old ones.
func (h *Hooks) write(ctx context.Context) (next time.Duration) {
	written := map[string]bool{} // names of webhooks
	w, err := h.unwritten.Write(ctx, func(ctx context.Context, list []Delivery) error {
		err := h.Store.KeepDeliveries(ctx, list)
		for _, d := range list {
			written[d.Webhook] = written[d.Webhook] || err == nil
		}
		return err
	}, func(d Delivery, why error) {
		h.Log.Error("event refused by the database, dropping it", "webhook", d.Webhook, "event", d.Event, "error", why)
	})
	h.mu.Lock()
	h.dropped += uint64(w.Dropped) //nolint:gosec // not negative
	for name, q := range h.queues {
		if written[name] {
			q.wake()
		}
	}
	h.mu.Unlock()
	switch {
	case w.Fails:
		h.Log.Error("cannot save events for webhooks, retrying", "events", w.Left, "error", err)
	case w.Works:
		h.Log.Info("events for webhooks are saved again")
	}
	if err != nil {
		return retryWrite
	}
	if now := h.Now(); now.Sub(h.forgot) >= forgetEvery && ctx.Err() == nil {
		h.forgot = now
		h.forget(ctx, now)
	}
	return forgetEvery
}

func (h *Hooks) forget(ctx context.Context, now time.Time) {
	dropped, err := h.Store.ForgetDeliveries(ctx, now.Add(-keepDelivered), now.Add(-keepSetAside), now.Add(-maxAge),
		mostWaiting)
	if err != nil && ctx.Err() == nil {
		h.Log.Error("cannot delete old events of webhooks", "error", err)
	}
	if dropped > 0 {
		h.mu.Lock()
		h.dropped += uint64(dropped) //nolint:gosec // not negative
		h.mu.Unlock()
		h.Log.Warn("too many events wait for their webhooks: the oldest are dropped", "dropped", dropped,
			"kept", mostWaiting)
	}
}

// Status is the state of a webhook.
type Status struct {
	Name   string
	Host   string   // of its URL
	URL    string   // path and query, which may be secret, are hidden
	Events []string // empty: all
	Teams  []string // empty: all
	Waits
	Delivered uint64    // since the start
	Attempts  uint64    // that failed, since the start
	Since     time.Time // of the first failed attempt after the last delivery; zero: it works
	Error     string    // of the last attempt; empty: it worked
	Failed    time.Time // the last attempt; zero: it worked
	Next      time.Time // of the next attempt; zero: none is due
	Off       bool      // the receiver said that it is gone; see SwitchOn
}

// Status returns the state of the webhooks, by name.
func (h *Hooks) Status(ctx context.Context) ([]Status, error) {
	waits, err := h.Store.CountDeliveries(ctx)
	h.mu.Lock()
	defer h.mu.Unlock()
	list := make([]Status, 0, len(h.queues))
	for _, q := range h.queues {
		s := q.status()
		s.Waits = waits[s.Name]
		list = append(list, s)
	}
	slices.SortFunc(list, func(a, b Status) int { return strings.Compare(a.Name, b.Name) })
	return list, err
}

// Dropped returns how many events were dropped since the start, because too many waited.
func (h *Hooks) Dropped() uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.dropped
}
