package client

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"traybell/shared/protocol"
)

// maxPending limits the actions that wait for an answer.
const maxPending = 200

type pending struct {
	id      string
	name    string
	raw     []byte
	sentOn  uint64        // number of the connection; 0: not sent
	done    chan struct{} // closed once answer or problem is set
	answer  protocol.Message
	problem *Problem
}

// Denied is the hub's error answer to an action.
type Denied struct { //nolint:errname // an answer, not only an error
	Action string
	protocol.Failure
}

func (d *Denied) Error() string { return d.Text }

// Do sends an action and waits for its answer. It sets a missing id. Until ctx ends, the action is
// sent again with the same id after every reconnect, and the hub performs it once. An error answer
// is returned together with a *Denied. The handler gets the answer too. If the hub refuses this
// desktop for good, Do returns the *Problem.
func (c *Client) Do(ctx context.Context, action protocol.Message) (protocol.Message, error) {
	action.Type = protocol.Action
	if action.ID == "" {
		action.ID = NewID()
	}
	if err := action.CheckAction(); err != nil {
		return protocol.Message{}, err
	}
	raw, err := json.Marshal(action)
	if err != nil {
		return protocol.Message{}, fmt.Errorf("action %s: %w", action.Name, err)
	}
	if len(raw) > protocol.MaxMessage {
		return protocol.Message{}, fmt.Errorf("action %s: %d bytes exceed the limit of %d", action.Name,
			len(raw), protocol.MaxMessage)
	}
	p := &pending{id: action.ID, name: action.Name, raw: raw, done: make(chan struct{})}
	c.mu.Lock()
	if len(c.pending) >= maxPending {
		c.mu.Unlock()
		return protocol.Message{}, fmt.Errorf("action %s: %d actions are already pending", action.Name, maxPending)
	}
	c.pending = append(c.pending, p)
	if c.current != nil {
		c.current.nudge()
	}
	c.mu.Unlock()

	select {
	case <-p.done:
	case <-ctx.Done():
		c.mu.Lock()
		c.pending = slices.DeleteFunc(c.pending, func(q *pending) bool { return q == p })
		c.mu.Unlock()
		select {
		case <-p.done: // answered in time
		default:
			return protocol.Message{}, fmt.Errorf("no answer to %s: %w", action.Name, context.Cause(ctx))
		}
	}
	switch {
	case p.problem != nil:
		return protocol.Message{}, p.problem
	case p.answer.Type == protocol.Error:
		d := &Denied{Action: action.Name}
		if err := p.answer.Decode(&d.Failure); err != nil {
			return p.answer, fmt.Errorf("answer to %s: %w", action.Name, err)
		}
		return p.answer, d
	}
	return p.answer, nil
}

func (k *connection) nudge() {
	select {
	case k.more <- struct{}{}:
	default:
	}
}

// send writes pending actions in the order of Do. A new connection gets all of them again.
func (c *Client) send(ctx context.Context, k *connection) {
	for {
		c.mu.Lock()
		var next *pending
		for _, p := range c.pending {
			if p.sentOn != k.number {
				next = p
				p.sentOn = k.number
				break
			}
		}
		c.mu.Unlock()
		if next == nil {
			select {
			case <-k.more:
			case <-ctx.Done():
				return
			}
			continue
		}
		if err := k.write(ctx, next.raw); err != nil {
			return // the reader fails as well; the next connection sends it again
		}
	}
}

// answered completes the pending action that m answers.
func (c *Client) answered(m protocol.Message) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pending = slices.DeleteFunc(c.pending, func(p *pending) bool {
		if p.id != m.Re {
			return false
		}
		p.answer = m
		close(p.done)
		return true
	})
}

// giveUp fails all pending actions with problem.
func (c *Client) giveUp(problem *Problem) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range c.pending {
		p.problem = problem
		close(p.done)
	}
	c.pending = nil
}
