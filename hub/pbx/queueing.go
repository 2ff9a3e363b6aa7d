package pbx

import (
	"context"
	"strconv"

	"traybell/hub/ami/wire"
)

// Queueing sends the actions that change who takes calls of queues. Its methods may be called from any
// goroutine, and fail as those of PBX do.
type Queueing struct{ pbx *PBX }

// QueueingOf returns what changes the queues of a PBX.
func QueueingOf(p *PBX) Queueing { return Queueing{p} }

// NewMember is a member to be added to a queue.
type NewMember struct {
	Interface, StateInterface string
	Name                      string
	Penalty                   int
	Paused                    bool
	Reason                    string // of the pause; Asterisk 16 ignores it here
}

// Add adds a member to a queue.
func (q Queueing) Add(ctx context.Context, queue string, m NewMember) error {
	a := wire.NewAction("QueueAdd").With("Queue", queue).With("Interface", m.Interface).
		With("MemberName", m.Name).With("Penalty", strconv.Itoa(m.Penalty)).With("Paused", strconv.FormatBool(m.Paused))
	if m.StateInterface != "" {
		a = a.With("StateInterface", m.StateInterface)
	}
	if m.Reason != "" {
		a = a.With("Reason", m.Reason)
	}
	return q.pbx.do(ctx, a)
}

// Remove removes a dynamic member from a queue.
func (q Queueing) Remove(ctx context.Context, queue, member string) error {
	return q.pbx.do(ctx, wire.NewAction("QueueRemove").With("Queue", queue).With("Interface", member))
}

// Pause pauses a member of a queue, or ends its pause.
func (q Queueing) Pause(ctx context.Context, queue, member string, paused bool, reason string) error {
	return q.pbx.do(ctx, wire.NewAction("QueuePause").With("Queue", queue).With("Interface", member).
		With("Paused", strconv.FormatBool(paused)).With("Reason", reason))
}

// Status returns the rows that describe all queues.
func (q Queueing) Status(ctx context.Context) ([]wire.Message, error) {
	s, ok := q.pbx.connection()
	if !ok {
		return nil, ErrNotConnected
	}
	return s.List(ctx, wire.NewAction("QueueStatus"))
}
