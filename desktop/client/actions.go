package client

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"traybell/shared/protocol"
)

// mostPending actions may wait for an answer.
const mostPending = 200

// pending is an action that has no answer yet.
type pending struct {
	id     string
	name   string
	raw    []byte
	sentOn uint64        // the connection's number; zero: on none
	done   chan struct{} // closed with answer or problem set
	answer protocol.Message
	gone   *Problem
}

// Denied is the hub's answer to an action that failed.
type Denied struct { //nolint:errname // it is an answer first
	Action string
	protocol.Failure
}

func (d *Denied) Error() string { return d.Text }

// Do sends an action and waits for its answer. An action without an id gets one. While ctx lasts it
// is sent again, with the same id, after every reconnect, so that the hub does it once. The answer
// is returned, and for an error of the hub a *Denied as well; the handler is given it too. When the
// hub refuses this desktop for good, the *Problem is returned.
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
		return protocol.Message{}, fmt.Errorf("action %s: %d bytes are more than the hub takes (%d)", action.Name,
			len(raw), protocol.MaxMessage)
	}
	p := &pending{id: action.ID, name: action.Name, raw: raw, done: make(chan struct{})}
	c.mu.Lock()
	if len(c.pending) >= mostPending {
		c.mu.Unlock()
		return protocol.Message{}, fmt.Errorf("action %s: %d others wait already", action.Name, mostPending)
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
		case <-p.done: // just in time
		default:
			return protocol.Message{}, fmt.Errorf("no answer to %s: %w", action.Name, context.Cause(ctx))
		}
	}
	switch {
	case p.gone != nil:
		return protocol.Message{}, p.gone
	case p.answer.Type == protocol.Error:
		d := &Denied{Action: action.Name}
		if err := p.answer.Decode(&d.Failure); err != nil {
			return p.answer, fmt.Errorf("the answer to %s: %w", action.Name, err)
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

// send sends what waits, all of it again on a new connection, in the order of Do.
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
			return // the reader sees it too; the next connection sends it again
		}
	}
}

// answered hands an answer to those who wait for it.
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

// giveUp tells all who wait that there will be no answer.
func (c *Client) giveUp(problem *Problem) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range c.pending {
		p.gone = problem
		close(p.done)
	}
	c.pending = nil
}
