package client

import (
	"context"
	"errors"
	"time"

	"traybell/shared/protocol"
)

// probeWithin is how long a probe takes at most.
const probeWithin = 20 * time.Second

// Probe signs in once, as Run would, and goes again at once: nothing is shown, nothing is kept, and
// Config.Trust is not asked. It returns what the hub says of the agent, or why Run would not get
// that far.
//
// It signs in as a desktop of its own, whatever Config.Desktop is: a session that this desktop has
// is not replaced by it.
func Probe(ctx context.Context, cfg Config) (protocol.OpenedSession, *Problem) {
	cfg.Desktop = "probe-" + NewID()
	c := New(cfg, nil)
	ctx, cancel := context.WithTimeout(ctx, probeWithin)
	defer cancel()
	var opened protocol.OpenedSession
	var came bool
	_, problem := c.connect(ctx, func(t told) {
		if t.message.Name == protocol.SessionOpened && t.message.Decode(&opened) == nil {
			came = true
			cancel() // says goodbye
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

// Wait is how long the hub wants to be left alone, zero where it did not say.
func (p *Problem) Wait() time.Duration { return p.wait }
