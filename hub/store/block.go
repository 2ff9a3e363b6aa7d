package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"traybell/hub/blocking"
)

const blockColumns = `id, number, blocked, reason, agent, name, at, state`

// BeginBlock keeps an act as pending, with its entries, and returns its id.
func (s *Store) BeginBlock(ctx context.Context, b blocking.Block) (id int64, err error) {
	if b.Number == "" {
		return 0, errors.New("a block needs a number")
	}
	err = s.change(ctx, func(tx *sql.Tx) error {
		err := tx.QueryRowContext(ctx,
			`INSERT INTO block (number, blocked, reason, agent, name, at, state) VALUES (?, ?, ?, ?, ?, ?, 'pending') RETURNING id`,
			b.Number, b.Blocked, b.Reason, b.Agent, b.Name, written(b.At)).Scan(&id)
		if err != nil {
			return err
		}
		return putEntries(ctx, tx, id, b.Entries)
	})
	if err != nil {
		return 0, fmt.Errorf("keeping a block: %w", explain(err))
	}
	return id, nil
}

// EndBlock notes State and Entries of the act with b.ID.
func (s *Store) EndBlock(ctx context.Context, b blocking.Block) error {
	err := s.change(ctx, func(tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, `UPDATE block SET state = ? WHERE id = ?`, b.State, b.ID)
		if err != nil {
			return err
		}
		if rows, err := result.RowsAffected(); err != nil || rows == 0 {
			return errors.Join(err, fmt.Errorf("there is no block %d", b.ID))
		}
		return putEntries(ctx, tx, b.ID, b.Entries)
	})
	if err != nil {
		return fmt.Errorf("keeping the end of a block: %w", explain(err))
	}
	return nil
}

func putEntries(ctx context.Context, tx *sql.Tx, id int64, entries []blocking.Entry) error {
	for _, e := range entries {
		_, err := tx.ExecContext(ctx, `
			INSERT INTO block_entry (block, pbx, form, done, error) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (block, pbx, form) DO UPDATE SET done = excluded.done, error = excluded.error`, id, e.PBX, e.Form, e.Done, e.Error)
		if err != nil {
			return err
		}
	}
	return nil
}

// LastBlock returns the last act on a number that did not fail.
func (s *Store) LastBlock(ctx context.Context, number string) (b blocking.Block, ok bool, err error) {
	list, err := s.blocks(ctx, `WHERE number = ? AND state <> 'failed' ORDER BY id DESC LIMIT 1`, number)
	if err != nil || len(list) == 0 {
		return blocking.Block{}, false, err
	}
	return list[0], true, nil
}

// PendingBlocks returns, of each number's last acts, those with something left to do on the PBX.
func (s *Store) PendingBlocks(ctx context.Context, pbx string) ([]blocking.Block, error) {
	return s.blocks(ctx, `
		WHERE state = 'pending' AND id = (SELECT MAX(id) FROM block AS later WHERE later.number = block.number AND later.state <> 'failed')
			AND EXISTS (SELECT 1 FROM block_entry WHERE block_entry.block = block.id AND pbx = ? AND done = 0)
		ORDER BY id`, pbx)
}

// Blocks returns all acts on a number, also those that failed, newest first.
func (s *Store) Blocks(ctx context.Context, number string) ([]blocking.Block, error) {
	return s.blocks(ctx, `WHERE number = ? ORDER BY id DESC`, number)
}

func (s *Store) blocks(ctx context.Context, which string, args ...any) ([]blocking.Block, error) {
	var list []blocking.Block
	err := s.each(ctx, func(r row) error {
		var b blocking.Block
		if err := r.Scan(&b.ID, &b.Number, &b.Blocked, &b.Reason, &b.Agent, &b.Name, moment{&b.At}, &b.State); err != nil {
			return err
		}
		list = append(list, b)
		return nil
	}, `SELECT `+blockColumns+` FROM block `+which, args...)
	for i := range list {
		if err == nil {
			err = s.each(ctx, func(r row) error {
				var e blocking.Entry
				if err := r.Scan(&e.PBX, &e.Form, &e.Done, &e.Error); err != nil {
					return err
				}
				list[i].Entries = append(list[i].Entries, e)
				return nil
			}, `SELECT pbx, form, done, error FROM block_entry WHERE block = ? ORDER BY pbx, form`, list[i].ID)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("reading blocks: %w", explain(err))
	}
	return list, nil
}
