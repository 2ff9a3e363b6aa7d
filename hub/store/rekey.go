package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"traybell/hub/store/internal/sqlite"
	"traybell/shared/phone"
)

// Rekey replaces each phone.Number.Key of earlier versions, which had several for one subscriber,
// by that of this version. It does so in the first call after an upgrade, and returns how many keys
// it replaced.
func (s *Store) Rekey(ctx context.Context, numbers *phone.Reader) (rekeyed int, err error) {
	numbers = numbers.Plain() // the rules were applied already
	err = s.db.Change(ctx, func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, `DELETE FROM once WHERE task = 'rekey'`)
		if err != nil {
			return err
		}
		if due, err := done.RowsAffected(); err != nil || due == 0 {
			return err
		}
		old, err := storedKeys(ctx, tx)
		if err != nil {
			return err
		}
		for _, key := range old {
			n := numbers.Read(key)
			if n.E164 == "" || n.Key() == key {
				continue
			}
			rekeyed++
			if err := rekey(ctx, tx, key, n); err != nil {
				return fmt.Errorf("%s: %w", key, err)
			}
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("change numbers to those of this version: %w", sqlite.Explain(err))
	}
	return rekeyed, nil
}

// storedKeys returns the keys in all tables, once each.
func storedKeys(ctx context.Context, tx *sql.Tx) (keys []string, err error) {
	list, err := tx.QueryContext(ctx, `SELECT number FROM category UNION SELECT number FROM category_change
		UNION SELECT number FROM block UNION SELECT party FROM call_record UNION SELECT party FROM call_trace`)
	if err != nil {
		return nil, err
	}
	defer list.Close()
	for list.Next() {
		var key string
		if err := list.Scan(&key); err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	return keys, list.Err()
}

// rekey replaces one key in all tables by that of n. If both keys have a category, the newer one
// stays.
func rekey(ctx context.Context, tx *sql.Tx, old string, n phone.Number) error {
	args := []any{sql.Named("old", old), sql.Named("new", n.Key()), sql.Named("e164", n.E164)}
	for _, statement := range []string{
		`DELETE FROM category WHERE number IN (:old, :new) AND EXISTS (SELECT 1 FROM category AS other
			WHERE other.number IN (:old, :new)
				AND (other.changed, other.number) > (category.changed, category.number))`,
		`UPDATE category SET number = :new WHERE number = :old`,
		`UPDATE category_change SET number = :new WHERE number = :old`,
		`UPDATE call_record SET words = words || char(10) || substr(:e164, 2), e164 = :e164
			WHERE party = :old AND party <> '' AND e164 = ''`,
		`UPDATE call_record SET party = :new WHERE party = :old AND party <> ''`,
		`UPDATE call_trace SET party = :new WHERE party = :old`,
		`UPDATE OR REPLACE missed_call SET number = :new WHERE number = :old`,
	} {
		if _, err := tx.ExecContext(ctx, statement, args...); err != nil {
			return err
		}
	}
	return rekeyBlocks(ctx, tx, old, n.Key())
}

// action is the last action on a number; id 0: none.
type action struct {
	id      int64
	blocked bool
}

func lastAction(ctx context.Context, tx *sql.Tx, number string) (a action, err error) {
	err = tx.QueryRowContext(ctx, `SELECT id, blocked FROM block WHERE number = ? AND state <> 'failed'
		ORDER BY id DESC LIMIT 1`, number).Scan(&a.id, &a.blocked)
	if errors.Is(err, sql.ErrNoRows) {
		return action{}, nil
	}
	return a, err
}

// rekeyBlocks replaces the number of blocks. If both numbers have one, the state of the number is
// that of the last action, but blocked if one of them is: PBXs have its entries. It gets the
// entries of both, so that an unblock removes them all.
func rekeyBlocks(ctx context.Context, tx *sql.Tx, old, now string) error {
	from, err := lastAction(ctx, tx, old)
	if err != nil {
		return err
	}
	into, err := lastAction(ctx, tx, now)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE block SET number = ? WHERE number = ?`, now, old); err != nil {
		return err
	}
	if from.id == 0 || into.id == 0 {
		return nil
	}
	if from.blocked && !into.blocked || from.blocked == into.blocked && from.id > into.id {
		from, into = into, from
	}
	if into.id < from.id {
		if into.id, err = makeLast(ctx, tx, into.id); err != nil {
			return err
		}
	}
	merge := `INSERT OR IGNORE INTO block_entry (block, pbx, form, done, error)
		SELECT :into, pbx, form, done, error FROM block_entry WHERE block = :from`
	if from.blocked != into.blocked { // what is not unblocked yet is still blocked
		merge = `INSERT OR IGNORE INTO block_entry (block, pbx, form, done, error)
			SELECT :into, pbx, form, 1, '' FROM block_entry WHERE block = :from AND done = 0`
	}
	ids := []any{sql.Named("from", from.id), sql.Named("into", into.id)}
	for _, statement := range []string{
		merge,
		`UPDATE block SET state = 'pending'
			WHERE id = :into AND EXISTS (SELECT 1 FROM block_entry WHERE block = :into AND done = 0)`,
	} {
		if _, err := tx.ExecContext(ctx, statement, ids...); err != nil {
			return err
		}
	}
	return nil
}

// makeLast gives an action a new id.
func makeLast(ctx context.Context, tx *sql.Tx, id int64) (now int64, err error) {
	err = tx.QueryRowContext(ctx, `INSERT INTO block (number, blocked, reason, agent, name, at, state)
		SELECT number, blocked, reason, agent, name, at, state FROM block WHERE id = ? RETURNING id`, id).Scan(&now)
	if err != nil {
		return 0, err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE block_entry SET block = ? WHERE block = ?`, now, id); err != nil {
		return 0, err
	}
	_, err = tx.ExecContext(ctx, `DELETE FROM block WHERE id = ?`, id)
	return now, err
}
