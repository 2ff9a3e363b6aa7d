package pbx

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"traybell/hub/ami"
	"traybell/hub/ami/wire"
	"traybell/shared/protocol"
)

// Tracker follows one subject on a PBX, such as its calls. All methods but Events and Snapshots are
// called on the goroutine of Run. They may take their time: events wait in the queue, and when that
// is full the connection is dropped and a new snapshot is taken.
//
// Times are by the hub's clock. An event has the time at which the PBX sent it, if the PBX says so
// (timestampevents=yes in manager.conf), otherwise the time at which it is delivered.
type Tracker interface {
	// Events returns the names of the events that the tracker wants.
	Events() []string
	// Snapshots returns the names of the list actions that describe the present, such as Status.
	Snapshots() []string
	// Connected starts a new connection. Resync follows before any event. epoch grows with each
	// connection of a PBX. heard is when the PBX was last heard of before: what happened later was
	// not seen. It is zero before the first connection.
	Connected(epoch uint64, heard time.Time)
	// Resync gets the rows of the snapshots and the events that came since they were requested,
	// oldest first, which Event gets next. Events may be older than rows. No rows at all means that
	// the PBX refuses the snapshot to a new connection.
	Resync(rows, since []wire.Message, at time.Time)
	// Event gets one wanted event.
	Event(m wire.Message, at time.Time)
	// Late says that the next events happened at unknown times after since; zero: their times are
	// known.
	Late(since time.Time)
}

// beater is a Tracker with something to do each second, also when no event comes.
type beater interface{ Beat(at time.Time) }

// maxSince and maxBytes bound the events that may come while a snapshot is taken. Some hundreds are
// usual.
const (
	maxSince = 1 << 16
	maxBytes = 64 << 20
)

// serve feeds the trackers from a session until it is over, and returns the reason.
func (p *PBX) serve(ctx context.Context, s *ami.Session, epoch uint64) error {
	p.dates = newDates(p.cfg.Now, s)
	for _, t := range p.cfg.Trackers {
		t.Connected(epoch, p.Heard())
		t.Late(time.Time{})
	}
	p.late = time.Time{}
	if err := p.resync(ctx, s, true); err != nil {
		return err
	}
	p.tookStock = true
	defer p.noteHeard(s)
	defer p.learnCapabilities(ctx, s)()
	timer := time.NewTimer(p.untilResync())
	defer timer.Stop()
	beat := time.NewTicker(time.Second)
	defer beat.Stop()
	for {
		select {
		case m, ok := <-s.Events(): // closed when all that was read has been delivered
			if !ok {
				return s.Err()
			}
			p.noteEvent(m)
			p.deliver(m)
		case <-timer.C:
			if err := p.resync(ctx, s, false); err != nil {
				return err
			}
			timer.Reset(p.untilResync())
		case <-beat.C:
			p.stoodStill(p.dates.beat(p.cfg.Now()))
			for _, t := range p.cfg.Trackers {
				if b, ok := t.(beater); ok {
					b.Beat(p.cfg.Now())
				}
			}
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// untilResync is Resync ± 10 %, so that several PBXs are not asked at once.
func (p *PBX) untilResync() time.Duration {
	spread := int64(p.cfg.Resync / 5)
	if spread <= 0 {
		return p.cfg.Resync
	}
	return p.cfg.Resync - p.cfg.Resync/10 + time.Duration(rand.Int64N(spread))
}

// deliver hands an event to the trackers that want it.
func (p *PBX) deliver(m wire.Message) {
	at, since, stood := p.dates.of(m)
	p.stoodStill(stood)
	if !since.Equal(p.late) {
		p.late = since
		for _, t := range p.cfg.Trackers {
			t.Late(since)
		}
	}
	for _, t := range p.wants[m.Event()] {
		t.Event(m, at)
	}
}

// stoodStill logs that the hub stood still for that long.
func (p *PBX) stoodStill(d time.Duration) {
	if d > 0 {
		p.mu.Lock()
		p.stats.Standstills++
		p.mu.Unlock()
		p.cfg.Log.Warn("the hub stood still; events that came meanwhile have the times that the PBX gives them "+
			"(timestampevents = yes in manager.conf), otherwise their times are recorded as not seen",
			"pbx", p.cfg.Name, "for", d.Round(time.Millisecond))
	}
}

// resync takes the trackers' snapshots. first is true for the first one of a connection.
func (p *PBX) resync(ctx context.Context, s *ami.Session, first bool) error {
	began := time.Now()
	p.mu.Lock()
	p.stats.Resyncs++
	p.mu.Unlock()
	asked := p.cfg.Now()
	snapshots, since, err := p.takeSnapshots(ctx, s)
	p.dates.waited(asked, p.cfg.Now())
	if err != nil {
		if !first {
			for _, m := range since { // the state before them is known
				p.deliver(m)
			}
		}
		return fmt.Errorf("take a snapshot: %w", err)
	}
	rows, reason := 0, ""
	for i, t := range p.cfg.Trackers {
		rows += len(snapshots[i].rows)
		refused := snapshots[i].refused
		if refused != nil {
			remedy := "give the manager user write=system"
			if refused.Action == "QueueStatus" { // needs no right
				remedy = "load app_queue.so"
			}
			reason = fmt.Sprintf("the PBX refuses %s: %s", refused.Action, remedy)
			if !p.noSnapshot {
				p.cfg.Log.Error("snapshot refused, the state of a new connection is incomplete", "pbx", p.cfg.Name,
					"action", refused.Action, "answer", refused.Answer, "fix", remedy)
				p.noSnapshot = true
			}
		}
		// Without a snapshot a new connection starts from nothing, since anything may have changed;
		// later everything stays.
		if refused == nil || first {
			t.Resync(snapshots[i].rows, p.wantedBy(t, since), p.cfg.Now())
		}
	}
	for _, m := range since {
		p.deliver(m)
	}
	p.setState(protocol.PBXWorking, reason, nil)
	p.cfg.Log.Debug("snapshot taken", "pbx", p.cfg.Name, "rows", rows, "events", len(since), "took", time.Since(began))
	return nil
}

// wantedBy returns the events that a tracker wants.
func (p *PBX) wantedBy(t Tracker, events []wire.Message) []wire.Message {
	if len(p.cfg.Trackers) == 1 {
		return events
	}
	return slices.DeleteFunc(slices.Clone(events), func(m wire.Message) bool {
		return !slices.Contains(p.wants[m.Event()], t)
	})
}

// snapshot is the answer to one tracker's list actions.
type snapshot struct {
	rows    []wire.Message
	refused *ami.ResponseError
}

// takeSnapshots asks for the snapshot of each tracker, and keeps the events that come meanwhile. It
// returns these even if it fails.
func (p *PBX) takeSnapshots(ctx context.Context, s *ami.Session) ([]snapshot, []wire.Message, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	type answer struct {
		snapshots []snapshot
		err       error
	}
	answered := make(chan answer, 1)
	go func() {
		snapshots, err := p.ask(ctx, s)
		answered <- answer{snapshots, err}
	}()
	var since []wire.Message
	bytes := 0
	for {
		select {
		case m, ok := <-s.Events():
			if !ok {
				return nil, since, s.Err()
			}
			since = append(since, m)
			if bytes += m.Size(); len(since) > maxSince || bytes > maxBytes {
				return nil, since, fmt.Errorf("%d events (%d MiB) came before the answer, the most that the hub keeps",
					len(since), bytes>>20)
			}
		case a := <-answered:
			// The reader queues events and rows in order: what came before the last row is in the
			// queue by now.
			for range len(s.Events()) {
				if m, ok := <-s.Events(); ok {
					since = append(since, m)
				}
			}
			return a.snapshots, since, a.err
		}
	}
}

// ask lists what each tracker's snapshot actions list.
func (p *PBX) ask(ctx context.Context, s *ami.Session) ([]snapshot, error) {
	snapshots := make([]snapshot, len(p.cfg.Trackers))
	for i, t := range p.cfg.Trackers {
		for _, name := range t.Snapshots() {
			rows, err := s.List(ctx, wire.NewAction(name))
			if errors.As(err, &snapshots[i].refused) {
				snapshots[i].rows = nil
				break
			}
			if err != nil {
				return nil, err
			}
			snapshots[i].rows = append(snapshots[i].rows, rows...)
		}
	}
	return snapshots, nil
}
