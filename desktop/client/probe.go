package client

import (
	"context"
	"errors"
	"time"

	"traybell/shared/protocol"
)

const probeWithin = 20 * time.Second

// Probe signs in once, as Run would, and disconnects. It saves nothing and does not call
// Config.Trust. It returns the hub's answer, or the problem that Run would report.
//
// It uses a separate desktop ID, so that it does not replace a session of this desktop.
func Probe(ctx context.Context, cfg Config) (protocol.OpenedSession, *Problem) {
	cfg.Desktop, cfg.Token, cfg.KeepToken = "probe-"+NewID(), nil, nil
	c := New(cfg, nil)
	ctx, cancel := context.WithTimeout(ctx, probeWithin)
	defer cancel()
	var opened protocol.OpenedSession
	var came bool
	_, problem := c.connect(ctx, func(t event) {
		if t.message.Name == protocol.SessionOpened && t.message.Decode(&opened) == nil {
			came = true
			cancel() // closes the connection cleanly
		}
	})
	var unknown *certificateError
	switch {
	case came:
		return opened, nil
	case errors.As(problem, &unknown):
		return opened, unknown.refused()
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return opened, &Problem{Kind: NoAnswer, Text: "The hub did not answer in time.", Err: ctx.Err()}
	}
	return opened, problem
}

// Wait is the delay that the hub asked for, or 0.
func (p *Problem) Wait() time.Duration { return p.wait }
