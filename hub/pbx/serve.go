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
type Tracker interface {
	// Events returns the names of the events that the tracker wants.
	Events() []string
	// Snapshots returns the names of the list actions that describe the present, such as Status.
	Snapshots() []string
	// Connected starts a new connection. Resync follows before any event. epoch grows with each
	// connection of a PBX.
	Connected(epoch uint64)
	// Resync gets the rows of the snapshots and the events that came since they were requested,
	// oldest first. Events may be older than rows. No rows at all means that the PBX refuses the
	// snapshot to a new connection.
	Resync(rows, since []wire.Message, at time.Time)
	// Event gets one wanted event.
	Event(m wire.Message, at time.Time)
}

// maxSince bounds the events that may come while a snapshot is taken. Some hundreds are usual.
const maxSince = 1 << 16

// serve feeds the trackers from a session until it is over, and returns the reason.
func (p *PBX) serve(ctx context.Context, s *ami.Session, epoch uint64) error {
	for _, t := range p.cfg.Trackers {
		t.Connected(epoch)
	}
	if err := p.resync(ctx, s, true); err != nil {
		return err
	}
	defer p.learnCapabilities(ctx, s)()
	timer := time.NewTimer(p.untilResync())
	defer timer.Stop()
	for {
		select {
		case m, ok := <-s.Events():
			if !ok {
				return s.Err()
			}
			p.noteCallEvent(m)
			p.deliver(m)
		case <-timer.C:
			if err := p.resync(ctx, s, false); err != nil {
				return err
			}
			timer.Reset(p.untilResync())
		case <-s.Done():
			return s.Err()
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

func (p *PBX) deliver(m wire.Message) {
	for _, t := range p.wants[m.Event()] {
		t.Event(m, p.cfg.Now())
	}
}

// resync takes the trackers' snapshots. first is true for the first one of a connection.
func (p *PBX) resync(ctx context.Context, s *ami.Session, first bool) error {
	began := time.Now()
	p.mu.Lock()
	p.stats.Resyncs++
	p.mu.Unlock()
	snapshots, since, err := p.takeSnapshots(ctx, s)
	if err != nil {
		return fmt.Errorf("take a snapshot: %w", err)
	}
	rows, reason := 0, ""
	for i, t := range p.cfg.Trackers {
		rows += len(snapshots[i].rows)
		mine := p.wantedBy(t, since)
		refused := snapshots[i].refused
		if refused != nil {
			reason = fmt.Sprintf("the PBX refuses %s: give the manager user write=system", refused.Action)
			if !p.noSnapshot {
				p.cfg.Log.Error("snapshot refused, the state of a new connection is incomplete; "+
					"give the manager user write=system",
					"pbx", p.cfg.Name, "action", refused.Action, "answer", refused.Answer)
				p.noSnapshot = true
			}
		}
		// Without a snapshot a new connection starts from nothing, since anything may have changed;
		// later everything stays.
		if refused == nil || first {
			t.Resync(snapshots[i].rows, mine, p.cfg.Now())
			continue
		}
		for _, m := range mine {
			t.Event(m, p.cfg.Now())
		}
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

// takeSnapshots asks for the snapshot of each tracker, and keeps the events that come meanwhile.
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
	for {
		select {
		case m, ok := <-s.Events():
			if !ok {
				return nil, nil, s.Err()
			}
			if since = append(since, m); len(since) > maxSince {
				return nil, nil, fmt.Errorf("more than %d events before the answer", maxSince)
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
