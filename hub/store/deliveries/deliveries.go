// Package deliveries keeps the events on their way to webhooks.
package deliveries

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"traybell/hub/batch"
	"traybell/hub/jobs"
	"traybell/hub/store/internal/sqlite"
	"traybell/hub/webhooks"
)

var columns = sqlite.Columns[webhooks.Delivery]{
	{Name: "webhook", Field: func(d *webhooks.Delivery) any { return &d.Webhook }},
	{Name: "event", Field: func(d *webhooks.Delivery) any { return &d.Event }},
	{Name: "type", Field: func(d *webhooks.Delivery) any { return &d.Type }},
	{Name: "at", Field: func(d *webhooks.Delivery) any { return sqlite.Moment(&d.At) }},
	{Name: "body", Field: func(d *webhooks.Delivery) any { return &d.Body }},
	{Name: "state", Field: func(d *webhooks.Delivery) any { return &d.State }},
	{Name: "error", Field: func(d *webhooks.Delivery) any { return &d.Error }},
	{Name: "tries", Field: func(d *webhooks.Delivery) any { return &d.Tries }},
	{Name: "next", Field: func(d *webhooks.Delivery) any { return sqlite.Moment(&d.Next) }},
	{Name: "owner", Field: func(d *webhooks.Delivery) any { return &d.Claim.Owner }},
	{Name: "claimed_until", Field: func(d *webhooks.Delivery) any { return sqlite.Moment(&d.Claim.Until) }},
}

var (
	add  = columns.Insert("webhook_delivery") + ` ON CONFLICT (webhook, event) DO NOTHING`
	read = `SELECT ` + columns.Selected("webhook_delivery") + `, id FROM webhook_delivery `
)

// first selects the oldest waiting delivery of a webhook.
const first = `id = (SELECT MIN(id) FROM webhook_delivery WHERE state = 'waiting' AND webhook = ?)`

// Store implements webhooks.Store.
type Store struct{ db *sqlite.Database }

// New returns the store of a database.
func New(db *sqlite.Database) Store { return Store{db} }

// KeepDeliveries implements webhooks.Store.
func (s Store) KeepDeliveries(ctx context.Context, list []webhooks.Delivery) error {
	insert := s.db.Write.In(ctx, add)
	err := s.db.Change(ctx, func(tx *sql.Tx) error {
		for _, d := range list {
			if d.Webhook == "" || d.Event == "" {
				return &batch.RefusedError{Err: errors.New("a delivery needs a webhook and an event")}
			}
			if _, err := insert(tx, columns.Bind(&d)...); err != nil {
				return sqlite.Refusal(err)
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("save events for webhooks: %w", sqlite.Explain(err))
	}
	return nil
}

// NextDelivery implements webhooks.Store.
func (s Store) NextDelivery(ctx context.Context, webhook string, claim jobs.Claim) (webhooks.Delivery, bool, error) {
	// Reads are cheap, and most of them find nothing.
	list, err := s.list(ctx, `WHERE `+first, webhook)
	if err != nil || len(list) == 0 || !list[0].Claim.FreeFor(claim.Owner, s.db.Now()) {
		return webhooks.Delivery{}, false, err
	}
	claimed, err := s.db.Claim(ctx, claim, "webhook_delivery", `id = ? AND state = 'waiting'`, list[0].ID)
	if err != nil || claimed == 0 {
		return webhooks.Delivery{}, false, err
	}
	list[0].Claim = claim
	return list[0], true, nil
}

// AdvanceDelivery implements webhooks.Store.
func (s Store) AdvanceDelivery(ctx context.Context, d webhooks.Delivery) error {
	result, err := s.db.Write.ExecContext(ctx, `UPDATE webhook_delivery
		SET tries = ?, next = ?, error = ?, owner = ?, claimed_until = ?
		WHERE id = ? AND state = 'waiting' AND owner IN ('', ?)`,
		d.Tries, sqlite.Written(d.Next), d.Error, d.Claim.Owner, sqlite.Written(d.Claim.Until), d.ID, d.Claim.Owner)
	if err != nil {
		return fmt.Errorf("save the progress of an event for a webhook: %w", sqlite.Explain(err))
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, jobs.ErrTaken)
	}
	return nil
}

// EndDelivery implements webhooks.Store.
func (s Store) EndDelivery(ctx context.Context, d webhooks.Delivery) error {
	_, err := s.db.Write.ExecContext(ctx, `UPDATE webhook_delivery
		SET state = ?, tries = ?, error = ?, next = '', owner = '', claimed_until = '',
			body = CASE WHEN ? THEN x'' ELSE body END
		WHERE id = ? AND owner IN ('', ?)`,
		d.State, d.Tries, d.Error, d.State == webhooks.Delivered, d.ID, d.Claim.Owner)
	if err != nil {
		return fmt.Errorf("save the end of an event for a webhook: %w", sqlite.Explain(err))
	}
	return nil
}

// Undelivered implements webhooks.Store.
func (s Store) Undelivered(ctx context.Context, webhook string, most int) ([]webhooks.Delivery, error) {
	return s.list(ctx, `WHERE state IN ('waiting', 'set_aside') AND (webhook = ? OR ? = '') ORDER BY id LIMIT ?`,
		webhook, webhook, max(most, 0))
}

// CountDeliveries implements webhooks.Store.
func (s Store) CountDeliveries(ctx context.Context) (map[string]webhooks.Waits, error) {
	counts := map[string]webhooks.Waits{}
	err := s.db.Each(ctx, func(from sqlite.Row) error {
		var name string
		var n webhooks.Waits
		err := from.Scan(&name, &n.Waiting, &n.SetAside)
		counts[name] = n
		return err
	}, `SELECT webhook, SUM(state = 'waiting'), SUM(state = 'set_aside') FROM webhook_delivery
		WHERE state IN ('waiting', 'set_aside') GROUP BY webhook`)
	if err != nil {
		return nil, fmt.Errorf("count events for webhooks: %w", sqlite.Explain(err))
	}
	return counts, nil
}

// RetryDelivery implements webhooks.Store.
func (s Store) RetryDelivery(ctx context.Context, webhook string, id int64) (int, error) {
	return s.change(ctx, `UPDATE webhook_delivery SET state = 'waiting', tries = 0, next = '', at = MAX(at, ?)
		WHERE webhook = ? AND (id = ? OR ? = 0) AND state = 'set_aside'`,
		sqlite.Written(s.db.Now()), webhook, id, id)
}

// DropDelivery implements webhooks.Store.
func (s Store) DropDelivery(ctx context.Context, webhook string, id int64) (int, error) {
	return s.change(ctx, `DELETE FROM webhook_delivery
		WHERE webhook = ? AND (id = ? OR ? = 0) AND state IN ('waiting', 'set_aside')`, webhook, id, id)
}

// ForgetDeliveries implements webhooks.Store.
func (s Store) ForgetDeliveries(ctx context.Context, delivered, setAside, waiting time.Time, most int) (int, error) {
	if _, err := s.change(ctx, `DELETE FROM webhook_delivery WHERE state = 'delivered' AND at < ?
		OR state = 'set_aside' AND at < ?`, sqlite.Written(delivered), sqlite.Written(setAside)); err != nil {
		return 0, err
	}
	if _, err := s.change(ctx, `UPDATE webhook_delivery SET state = 'set_aside', owner = '', claimed_until = '',
		error = 'too old; ' || error WHERE state = 'waiting' AND at < ?`, sqlite.Written(waiting)); err != nil {
		return 0, err
	}
	return s.change(ctx, `DELETE FROM webhook_delivery WHERE id IN (
		SELECT id FROM (SELECT id, ROW_NUMBER() OVER (PARTITION BY webhook ORDER BY id DESC) AS place
			FROM webhook_delivery WHERE state = 'waiting') WHERE place > ?)`, max(most, 0))
}

// SwitchOff implements webhooks.Store.
func (s Store) SwitchOff(ctx context.Context, off webhooks.Off) error {
	_, err := s.change(ctx, `INSERT INTO webhook_off (webhook, url, at, reason) VALUES (?, ?, ?, ?)
		ON CONFLICT (webhook) DO UPDATE SET url = excluded.url, at = excluded.at, reason = excluded.reason`,
		off.Webhook, off.URL, sqlite.Written(off.At), off.Reason)
	return err
}

// SwitchOn implements webhooks.Store.
func (s Store) SwitchOn(ctx context.Context, webhook string) error {
	_, err := s.change(ctx, `DELETE FROM webhook_off WHERE webhook = ?`, webhook)
	return err
}

// SwitchedOff implements webhooks.Store.
func (s Store) SwitchedOff(ctx context.Context) (list []webhooks.Off, err error) {
	err = s.db.Each(ctx, func(from sqlite.Row) error {
		var off webhooks.Off
		err := from.Scan(&off.Webhook, &off.URL, sqlite.Moment(&off.At), &off.Reason)
		list = append(list, off)
		return err
	}, `SELECT webhook, url, at, reason FROM webhook_off ORDER BY webhook`)
	if err != nil {
		return nil, fmt.Errorf("read which webhooks are off: %w", sqlite.Explain(err))
	}
	return list, nil
}

func (s Store) change(ctx context.Context, statement string, values ...any) (int, error) {
	result, err := s.db.Write.ExecContext(ctx, statement, values...)
	if err != nil {
		return 0, fmt.Errorf("change events for webhooks: %w", sqlite.Explain(err))
	}
	n, err := result.RowsAffected()
	return int(n), err
}

func (s Store) list(ctx context.Context, which string, values ...any) (list []webhooks.Delivery, err error) {
	err = s.db.Each(ctx, func(from sqlite.Row) error {
		var d webhooks.Delivery
		err := columns.Scan(from, &d, &d.ID)
		list = append(list, d)
		return err
	}, read+which, values...)
	if err != nil {
		return nil, fmt.Errorf("read events for webhooks: %w", sqlite.Explain(err))
	}
	return list, nil
}
