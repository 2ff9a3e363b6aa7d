package desk

import (
	"context"
	"fmt"

	"traybell/hub/staff"
	"traybell/shared/protocol"
)

// Do carries out a signed-in agent's action and returns the answer: a notification, or an error. It
// may wait for the help desk.
func (d *Desk) Do(ctx context.Context, a staff.Agent, m protocol.Message) protocol.Message {
	answer, failure := d.act(ctx, a, m)
	if failure != nil {
		d.Log.Info("an action failed", "action", m.Name, "agent", a.Login, "code", failure.Code, "reason", failure.Text)
		answer, _ = protocol.New(protocol.Error, m.Name, failure) // a struct of strings can always be encoded
	}
	return answer
}

func (d *Desk) act(ctx context.Context, a staff.Agent, m protocol.Message) (protocol.Message, *protocol.Failure) {
	switch m.Name {
	case protocol.TicketCreate:
		return act(m, func(in protocol.CreateTicket) (protocol.Message, *protocol.Failure) {
			return d.createTicket(ctx, a, m.ID, in)
		})
	case protocol.TicketAppend:
		return act(m, func(in protocol.AppendTicket) (protocol.Message, *protocol.Failure) {
			return d.appendTicket(ctx, a, m.ID, in)
		})
	case protocol.CategorySet:
		return act(m, func(in protocol.SetCategory) (protocol.Message, *protocol.Failure) {
			return d.setCategory(ctx, a, in)
		})
	case protocol.CallerBlock:
		return act(m, func(in protocol.BlockCaller) (protocol.Message, *protocol.Failure) {
			return d.block(ctx, a, in, true)
		})
	case protocol.CallerUnblock:
		return act(m, func(in protocol.BlockCaller) (protocol.Message, *protocol.Failure) {
			return d.block(ctx, a, in, false)
		})
	case protocol.HistoryList:
		return act(m, func(in protocol.ListHistory) (protocol.Message, *protocol.Failure) {
			return d.history(ctx, a, in)
		})
	case protocol.CallShown:
		return act(m, func(in protocol.ShownCall) (protocol.Message, *protocol.Failure) { return d.shown(ctx, a, in) })
	default:
		return protocol.Message{}, fail(protocol.Invalid,
			"This hub does not know the action %q. Is the desktop newer than the hub?", m.Name)
	}
}

// shown notes that a call's popup is on the agent's screen, or why it is not.
func (d *Desk) shown(ctx context.Context, a staff.Agent, in protocol.ShownCall) (protocol.Message, *protocol.Failure) {
	var told bool
	if failure := d.on(ctx, func() {
		if l, known := d.calls[in.Call]; known {
			if _, told = l.told[a.Login]; told {
				d.traceShown(l, a.Login, in.Hidden)
			}
		}
	}); failure != nil {
		return protocol.Message{}, failure
	}
	if !told {
		return protocol.Message{}, fail(protocol.NotFound, "There is no such call of yours.")
	}
	if in.Hidden != "" {
		d.Log.Info("a desktop shows no popup", "call", in.Call, "agent", a.Login, "why", in.Hidden)
		return accepted()
	}
	d.counters.shown.Add(1)
	d.Log.Info("a popup is on the screen", "call", in.Call, "agent", a.Login)
	return accepted()
}

// act decodes an action's data.
func act[T any](m protocol.Message,

	do func(T) (protocol.Message, *protocol.Failure),
) (protocol.Message, *protocol.Failure) {
	var in T
	if err := m.Decode(&in); err != nil {
		return protocol.Message{}, fail(protocol.Invalid, "The action cannot be read: %v.", err)
	}
	return do(in)
}

func fail(code protocol.ErrorCode, format string, args ...any) *protocol.Failure {
	return &protocol.Failure{Code: code, Text: fmt.Sprintf(format, args...)}
}

func accepted() (protocol.Message, *protocol.Failure) {
	return notification(protocol.Accepted, struct{}{})
}

func notification(name string, data any) (protocol.Message, *protocol.Failure) {
	m, err := protocol.New(protocol.Notification, name, data)
	if err != nil {
		return m, fail(protocol.Invalid, "The answer cannot be encoded: %v.", err)
	}
	return m, nil
}

// on is wait for actions: what goes wrong is said to the agent.
func (d *Desk) on(ctx context.Context, f func()) *protocol.Failure {
	if d.wait(ctx, f) != nil {
		return &protocol.Failure{
			Code: protocol.Limit, Text: "The hub is stopping or too busy; please try again.", Retry: true,
		}
	}
	return nil
}
