package desk

import (
	"context"
	"fmt"
	"slices"

	"traybell/shared/protocol"
)

// The rights that an agent may have.
const (
	RightTicket   = "ticket"
	RightCategory = "category"
)

// Do carries out a signed-in agent's action and returns the answer: a notification, or an error. It may wait for the help desk.
func (d *Desk) Do(ctx context.Context, a Agent, m protocol.Message) protocol.Message {
	answer, failure := d.act(ctx, a, m)
	if failure != nil {
		d.Log.Info("an action failed", "action", m.Name, "agent", a.Login, "code", failure.Code, "reason", failure.Text)
		answer, _ = protocol.New(protocol.Error, m.Name, failure) // a struct of strings can always be encoded
	}
	return answer
}

func (d *Desk) act(ctx context.Context, a Agent, m protocol.Message) (protocol.Message, *protocol.Failure) {
	switch m.Name {
	case protocol.TicketCreate:
		return act(m, func(in protocol.CreateTicket) (protocol.Message, *protocol.Failure) {
			return d.createTicket(ctx, a, m.ID, in)
		})
	case protocol.CategorySet:
		return act(m, func(in protocol.SetCategory) (protocol.Message, *protocol.Failure) { return d.setCategory(ctx, a, in) })
	case protocol.CallShown:
		return act(m, func(in protocol.ShownCall) (protocol.Message, *protocol.Failure) {
			d.Log.Info("a popup is on the screen", "call", in.Call, "agent", a.Login)
			return accepted()
		})
	default:
		return protocol.Message{}, fail(protocol.Invalid, "This hub does not know the action %q. Is the desktop newer than the hub?", m.Name)
	}
}

// act decodes an action's data.
func act[T any](m protocol.Message, do func(T) (protocol.Message, *protocol.Failure)) (protocol.Message, *protocol.Failure) {
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

// on runs f on the loop and waits for it.
func (d *Desk) on(ctx context.Context, f func()) *protocol.Failure {
	done := make(chan struct{})
	err := d.do(ctx, func() { defer close(done); f() })
	if err == nil {
		select {
		case <-done:
			return nil
		case <-d.stopped:
			err = ErrStopped
		case <-ctx.Done():
			err = ctx.Err()
		}
	}
	return &protocol.Failure{Code: protocol.Limit, Text: "The hub is stopping or too busy; please try again.", Retry: true}
}

func (a Agent) may(right string) bool { return slices.Contains(a.Rights, right) }

func (d *Desk) setCategory(ctx context.Context, a Agent, in protocol.SetCategory) (protocol.Message, *protocol.Failure) {
	if !a.may(RightCategory) {
		return protocol.Message{}, fail(protocol.Forbidden, "You may not change categories. An administrator can give you the right %q in hub.yml.", RightCategory)
	}
	if !slices.Contains([]protocol.Color{protocol.Neutral, protocol.Green, protocol.Yellow, protocol.Red}, in.Color) {
		return protocol.Message{}, fail(protocol.Invalid, "There is no category %q: neutral, green, yellow or red.", in.Color)
	}
	key := numberKey(d.Numbers.Read(in.Number))
	if key == "" {
		return protocol.Message{}, fail(protocol.Invalid, "A category needs a number; this caller withheld it.")
	}
	c := protocol.Category{Number: key, Color: in.Color, Comment: in.Comment, Author: a.Name, Changed: d.Now().UTC()}
	if err := d.Store.SetCategory(ctx, c); err != nil {
		d.Log.Error("a category could not be kept", "error", err)
		return protocol.Message{}, &protocol.Failure{Code: protocol.Invalid, Text: "The category could not be kept; please tell an administrator.", Retry: true}
	}
	failure := d.on(ctx, func() {
		d.tell(d.everybody(), protocol.Event, protocol.CategoryEvent, c)
		for _, l := range d.calls {
			if numberKey(l.number) == key {
				l.caller.Category = c
				d.show(l)
			}
		}
	})
	if failure != nil {
		return protocol.Message{}, failure
	}
	return accepted()
}
