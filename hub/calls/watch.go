package calls

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"traybell/hub/ami"
	"traybell/shared/protocol"
)

// WatchConfig is what a Watcher needs to know. PBX, AMI and OnChange must be given.
type WatchConfig struct {
	PBX         string // its id in hub.yml
	AMI         ami.Config
	IsExtension func(endpoint string) bool // nil: ShortDigits

	// Resync is how often stock is taken anew while the connection lasts; 5 min. A Hangup that was
	// lost would otherwise leave its call for ever.
	Resync time.Duration

	// OnChange and OnState are called on the watcher's one goroutine, in order. They may take their
	// time: events wait in the queue of AMI, and when that is full the connection is made anew and
	// stock is taken.
	OnChange func(Change)
	OnState  func(protocol.PBX)

	Now func() time.Time // time.Now
	Log *slog.Logger
}

// Watcher follows one PBX: it connects, logs in with events on, asks for Status, and from then on
// follows the events. One goroutine, that of Run, owns the tracker.
type Watcher struct {
	cfg     WatchConfig
	client  *ami.Client
	tracker *Tracker
	resyncs atomic.Uint64
	refused bool // Status was refused; said once
	hears   bool // an event of class call has come

	mu       sync.Mutex // guards what follows
	standing Standing
	calls    bool // as hears
}

// NewWatcher makes a watcher. Nothing happens before Run. The fields Name, Wanted, OnState and Log
// of the AMI configuration are the watcher's own business.
func NewWatcher(cfg WatchConfig) *Watcher {
	if cfg.Resync <= 0 {
		cfg.Resync = 5 * time.Minute
	}
	if cfg.OnState == nil {
		cfg.OnState = func(protocol.PBX) {}
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	w := &Watcher{cfg: cfg, tracker: NewTracker(cfg.PBX, cfg.IsExtension)}
	w.standing = Standing{PBX: protocol.PBX{ID: cfg.PBX, State: protocol.PBXStopped}, Since: cfg.Now()}
	cfg.AMI.Name, cfg.AMI.Wanted, cfg.AMI.OnState, cfg.AMI.Log = cfg.PBX, Events(), w.connection, cfg.Log
	w.client = ami.NewClient(cfg.AMI)
	return w
}

// Run watches until ctx is done, then returns nil. While the connection is lost calls stay as they
// were; stock is taken when it is back.
func (w *Watcher) Run(ctx context.Context) error { return w.client.Run(ctx, w.serve) }

// Session is the connection of the moment, for actions on the PBX; ok is false while there is none.
// Its events are the watcher's. Any goroutine may ask.
func (w *Watcher) Session() (s *ami.Session, ok bool) { return w.client.Session() }

// connection hears how the connection is. It works only when stock has been taken, too: serve tells
// that.
func (w *Watcher) connection(s ami.Status) {
	switch s.State {
	case ami.Stopped:
		w.tell(protocol.PBXStopped, s.Reason)
	case ami.Refused:
		w.tell(protocol.PBXStopped, s.Reason) // somebody must act
	case ami.Connecting:
		w.tell(protocol.PBXConnecting, s.Reason)
	case ami.Working:
	}
}

func (w *Watcher) serve(ctx context.Context, s *ami.Session) error {
	w.tracker.Connected(s.Epoch())
	if err := w.takeStock(ctx, s, true); err != nil {
		return err
	}
	defer w.study(ctx, s)()
	timer := time.NewTimer(w.pause())
	defer timer.Stop()
	for {
		select {
		case m, ok := <-s.Events():
			if !ok {
				return s.Err()
			}
			w.heard(m)
			w.pass(w.tracker.Apply(m, w.cfg.Now()))
		case <-timer.C:
			if err := w.takeStock(ctx, s, false); err != nil {
				return err
			}
			timer.Reset(w.pause())
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// pause is Resync give or take a tenth, so that several PBXs are not asked at once.
func (w *Watcher) pause() time.Duration {
	spread := int64(w.cfg.Resync / 5)
	if spread <= 0 {
		return w.cfg.Resync
	}
	return w.cfg.Resync - w.cfg.Resync/10 + time.Duration(rand.Int64N(spread))
}

func (w *Watcher) pass(changes []Change) {
	for _, c := range changes {
		w.cfg.OnChange(c)
	}
}

// takeStock asks for Status and gives the answer to the tracker, together with the events that came
// meanwhile.
func (w *Watcher) takeStock(ctx context.Context, s *ami.Session, fresh bool) error {
	began := time.Now()
	w.resyncs.Add(1)
	rows, since, err := status(ctx, s)
	var answer *ami.ResponseError
	switch {
	case errors.As(err, &answer):
		// Without Status there is no telling what a lost connection hid: at the beginning nothing
		// is taken for certain, later all stays.
		if !w.refused {
			w.cfg.Log.Error("the PBX refuses Status: calls that are going on when the hub connects are not seen; "+
				"give the manager user write=system",
				"pbx", w.cfg.PBX, "answer", answer.Answer)
			w.refused = true
		}
		if fresh {
			w.pass(w.tracker.Resync(nil, since, w.cfg.Now()))
		} else {
			for _, m := range since {
				w.pass(w.tracker.Apply(m, w.cfg.Now()))
			}
		}
		w.tell(protocol.PBXWorking, "the PBX refuses Status: give the manager user write=system")
		return nil
	case err != nil:
		return fmt.Errorf("taking stock of the calls: %w", err)
	}
	w.pass(w.tracker.Resync(rows, since, w.cfg.Now()))
	w.tell(protocol.PBXWorking, "")
	w.cfg.Log.Debug("took stock of the calls", "pbx", w.cfg.PBX, "channels", len(rows), "meanwhile", len(since),
		"took", time.Since(began))
	return nil
}

// enough is how many events may come while Status is answered: some hundreds is usual. Above it
// something is wrong with the PBX.
const enough = 1 << 16

// status lists the channels and keeps the events that come meanwhile.
func status(ctx context.Context, s *ami.Session) (rows, since []ami.Message, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	type answer struct {
		rows []ami.Message
		err  error
	}
	asked := make(chan answer, 1)
	go func() {
		rows, err := s.List(ctx, ami.NewAction("Status"))
		asked <- answer{rows, err}
	}()
	for {
		select {
		case m, ok := <-s.Events():
			if !ok {
				return nil, nil, s.Err()
			}
			if since = append(since, m); len(since) > enough {
				return nil, nil, fmt.Errorf("more than %d events while waiting for Status", enough)
			}
		case a := <-asked:
			// The reader queues events in order with the rows: what came before the last row is in
			// the queue by now.
			for range len(s.Events()) {
				if m, ok := <-s.Events(); ok {
					since = append(since, m)
				}
			}
			return a.rows, since, a.err
		}
	}
}
