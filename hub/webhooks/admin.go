package webhooks

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// ErrUnknown means that hub.yml has no such webhook.
var ErrUnknown = errors.New("no such webhook")

// Undelivered returns deliveries that wait or were set aside, of one webhook or of all, oldest
// first, without their bodies.
func (h *Hooks) Undelivered(ctx context.Context, webhook string, most int) ([]Delivery, error) {
	list, err := h.Store.Undelivered(ctx, webhook, most)
	for i := range list {
		list[i].Body = nil
	}
	return list, err
}

// Retry attempts the waiting delivery of a webhook at once, and makes those set aside wait again;
// id 0: all of them. A webhook that was switched off is on again.
func (h *Hooks) Retry(ctx context.Context, webhook string, id int64) error {
	q, err := h.queue(webhook)
	if err != nil {
		return err
	}
	if _, err := h.Store.RetryDelivery(ctx, webhook, id); err != nil {
		return err
	}
	if err := h.Store.SwitchOn(ctx, webhook); err != nil {
		return err
	}
	q.mu.Lock()
	if q.gone {
		q.gone, q.trouble = false, trouble{}
	}
	q.mu.Unlock()
	q.again()
	return nil
}

// Drop deletes a delivery of a webhook; id 0: all that wait or were set aside. The webhook need not
// be in hub.yml any more.
func (h *Hooks) Drop(ctx context.Context, webhook string, id int64) (int, error) {
	n, err := h.Store.DropDelivery(ctx, webhook, id)
	if q, known := h.queue(webhook); err == nil && known == nil {
		q.again() // the one in progress may be dropped
	}
	return n, err
}

func (h *Hooks) queue(name string) (*queue, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if q := h.queues[name]; q != nil {
		return q, nil
	}
	return nil, fmt.Errorf("%w: %s", ErrUnknown, name)
}

// SendTest sends an event that is marked as a test, once and at once, and returns how long it took.
func SendTest(ctx context.Context, w Webhook, source, version string) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, attemptTime)
	defer cancel()
	now := time.Now()
	e := Event{
		ID: ID(Test, w.Name, now.Format(time.RFC3339Nano)), Type: Test, Subject: w.Name, Time: now,
		Data: map[string]bool{"test": true},
	}
	body, err := e.encode(source)
	if err != nil {
		return 0, err
	}
	s := newSender(w, version)
	defer s.client.CloseIdleConnections()
	err = s.send(ctx, Delivery{Event: e.ID, Type: e.Type, Body: body}, now)
	return time.Since(now), err
}
