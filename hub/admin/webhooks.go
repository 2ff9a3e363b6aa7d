package admin

import (
	"context"
	"time"

	"traybell/hub/access"
)

// Webhook is a receiver of events in hub.yml, and its state.
type Webhook struct {
	Name      string    `json:"name"`
	Host      string    `json:"host" doc:"of its URL"`
	URL       string    `json:"url" doc:"path and query, which may be secret, are hidden"`
	Events    []string  `json:"events" nullable:"false" doc:"empty: all"`
	Teams     []string  `json:"teams" nullable:"false" doc:"empty: all"`
	Waiting   int       `json:"waiting" doc:"events that are not delivered yet"`
	SetAside  int       `json:"set_aside" doc:"events that were refused or are too old"`
	Delivered uint64    `json:"delivered" doc:"since the start of the hub"`
	Since     time.Time `json:"failing_since,omitzero" doc:"absent: the last event was accepted"`
	Error     string    `json:"error,omitempty" doc:"of the last attempt"`
	Failed    time.Time `json:"failed,omitzero" doc:"when the last attempt failed"`
	Next      time.Time `json:"next_attempt,omitzero"`
	Off       bool      `json:"off" doc:"the receiver said that it is gone; a retry switches it on"`
}

// Delivery is an event that is not delivered.
type Delivery struct {
	ID      int64     `json:"id"`
	Webhook string    `json:"webhook"`
	Event   string    `json:"event" doc:"id of the event"`
	Type    string    `json:"type"`
	At      time.Time `json:"at"`
	State   string    `json:"state" enum:"waiting,set_aside"`
	Tries   int       `json:"tries"`
	Error   string    `json:"error,omitempty" doc:"of the last attempt"`
}

// WebhookSource are the webhooks of hub.yml.
type WebhookSource interface {
	Webhooks(ctx context.Context) ([]Webhook, error)
	// Undelivered returns the events that wait or were set aside, of one webhook or of all, oldest
	// first.
	Undelivered(ctx context.Context, webhook string, most int) ([]Delivery, error)
	// Retry attempts at once what waits, and what was set aside; id 0: all of it. ok is false if
	// hub.yml has no such webhook.
	Retry(ctx context.Context, webhook string, id int64) (ok bool, err error)
	// Drop deletes what waits or was set aside; id 0: all of it. It returns how many there were.
	Drop(ctx context.Context, webhook string, id int64) (int, error)
}

// Webhooks are the commands for webhooks.
type Webhooks struct {
	Audited
	Source WebhookSource
}

// List returns the webhooks by name.
func (w *Webhooks) List(ctx context.Context, p access.Principal) ([]Webhook, error) {
	if err := need(p, access.View); err != nil {
		return nil, err
	}
	list, err := w.Source.Webhooks(ctx)
	return append([]Webhook{}, list...), failure(err)
}

// Undelivered returns the oldest events that are not delivered, of one webhook or of all.
func (w *Webhooks) Undelivered(ctx context.Context, p access.Principal, webhook string, limit int) ([]Delivery, error) {
	if err := need(p, access.View); err != nil {
		return nil, err
	}
	limit, err := Page{Limit: limit}.start(nil)
	if err != nil {
		return nil, err
	}
	list, err := w.Source.Undelivered(ctx, webhook, limit)
	return append([]Delivery{}, list...), failure(err)
}

// Retry attempts at once what waits for a webhook, and what was set aside; id 0: all of it. A
// webhook whose receiver was gone is on again.
func (w *Webhooks) Retry(ctx context.Context, p access.Principal, webhook string, id int64) error {
	return w.change(p, access.Admin, "webhook.retry", webhook, "", func() error {
		ok, err := w.Source.Retry(ctx, webhook, id)
		if err == nil && !ok {
			return missing("hub.yml has no webhook %.80q.", webhook)
		}
		return err
	})
}

// Drop deletes what waits for a webhook or was set aside; id 0: all of it.
func (w *Webhooks) Drop(ctx context.Context, p access.Principal, webhook string, id int64, reason string) error {
	return w.change(p, access.Admin, "webhook.drop", webhook, reason, func() error {
		n, err := w.Source.Drop(ctx, webhook, id)
		if err == nil && n == 0 {
			return missing("No such event waits for the webhook %.80q.", webhook)
		}
		return err
	})
}
