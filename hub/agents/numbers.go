package agents

import (
	"context"

	"traybell/hub/staff"
	"traybell/shared/protocol"
)

// HiddenNumbers hides numbers from desktops. Its methods do not block.
type HiddenNumbers interface {
	Out(m protocol.Message) protocol.Message // a message as desktops get it
	In(m protocol.Message) protocol.Message  // an action with the numbers that its aliases stand for
}

// Shows shows hidden numbers to agents with the right. from is the address of the desktop.
type Shows interface {
	Show(ctx context.Context, agent staff.Agent, from, call string) (protocol.ShownNumber, error)
}

// encode encodes a message for desktops. All that they get passes here, except session.closed.
func (o *Options) encode(m protocol.Message) ([]byte, error) {
	if o.Numbers != nil {
		m = o.Numbers.Out(m)
	}
	return m.Encode()
}

func showNumber(ctx context.Context, c Commands, a staff.Agent, _ string, in protocol.ShowNumber) (reply, error) {
	shown, err := c.Shows.Show(ctx, a, host(c.session.address), in.Call)
	return notification(protocol.NumberShown, shown), err
}
