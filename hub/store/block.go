package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"traybell/hub/blocking"
	"traybell/hub/jobs"
)

const (
	blockColumns = `id, number, blocked, reason, agent, name, at, state, owner, claimed_until`
	// blockLeft selects the last actions on a number that are incomplete on a PBX.
	blockLeft = `state = 'pending'
		AND id = (SELECT MAX(id) FROM block AS later WHERE later.number = block.number AND later.state <> 'failed')
		AND EXISTS (SELECT 1 FROM block_entry WHERE block_entry.block = block.id AND pbx = ? AND done = 0)`
)

// BeginBlock stores an action as pending, with its entries, and returns its id.
func (s *Store) BeginBlock(ctx context.Context, b blocking.Block) (id int64, err error) {
	if b.Number == "" {
		return 0, errors.New("a block needs a number")
	}
	err = s.change(ctx, func(tx *sql.Tx) error {
		err := tx.QueryRowContext(ctx,
			`INSERT INTO block (number, blocked, reason, agent, name, at, state, owner, claimed_until)
				VALUES (?, ?, ?, ?, ?, ?, 'pending', ?, ?) RETURNING id`,
			b.Number, b.Blocked, b.Reason, b.Agent, b.Name, written(b.At),
			b.Claim.Owner, written(b.Claim.Until)).Scan(&id)
		if err != nil {
			return err
		}
		return putEntries(ctx, tx, id, b.Entries)
	})
	if err != nil {
		return 0, fmt.Errorf("save block: %w", explain(err))
	}
	return id, nil
}

// EndBlock stores State and Entries of the action with b.ID and releases its claim. It returns
// jobs.ErrTaken if another owner has claimed it.
func (s *Store) EndBlock(ctx context.Context, b blocking.Block) error {
	err := s.change(ctx, func(tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx,
			`UPDATE block SET state = ?, owner = '', claimed_until = '' WHERE id = ? AND owner IN ('', ?)`,
			b.State, b.ID, b.Claim.Owner)
		if err != nil {
			return err
		}
		if rows, err := result.RowsAffected(); err != nil || rows == 0 {
			return errors.Join(err, unclaimed(ctx, tx, b.ID))
		}
		return putEntries(ctx, tx, b.ID, b.Entries)
	})
	if err != nil {
		return fmt.Errorf("save result of block: %w", explain(err))
	}
	return nil
}

// unclaimed returns why no action with that id could be ended.
func unclaimed(ctx context.Context, tx *sql.Tx, id int64) error {
	err := tx.QueryRowContext(ctx, `SELECT id FROM block WHERE id = ?`, id).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("block %d does not exist", id)
	}
	return errors.Join(err, jobs.ErrTaken)
}

// RenewBlock renews the claim of an action. It returns jobs.ErrTaken if another owner has claimed
// it.
func (s *Store) RenewBlock(ctx context.Context, id int64, claim jobs.Claim) error {
	claimed, err := s.claim(ctx, claim, "block", `id = ? AND state = 'pending'`, id)
	if err == nil && claimed == 0 {
		return jobs.ErrTaken
	}
	return err
}

func putEntries(ctx context.Context, tx *sql.Tx, id int64, entries []blocking.Entry) error {
	for _, e := range entries {
		_, err := tx.ExecContext(ctx, `
			INSERT INTO block_entry (block, pbx, form, done, error) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (block, pbx, form) DO UPDATE SET done = excluded.done, error = excluded.error`,
			id, e.PBX, e.Form, e.Done, e.Error)
		if err != nil {
			return err
		}
	}
	return nil
}

// LastBlock returns the last action on a number that did not fail.
func (s *Store) LastBlock(ctx context.Context, number string) (b blocking.Block, ok bool, err error) {
	list, err := s.blocks(ctx, `WHERE number = ? AND state <> 'failed' ORDER BY id DESC LIMIT 1`, number)
	if err != nil || len(list) == 0 {
		return blocking.Block{}, false, err
	}
	return list[0], true, nil
}

// ClaimBlocks claims the numbers' last actions that are free and incomplete on the PBX, and returns
// them, oldest first.
func (s *Store) ClaimBlocks(ctx context.Context, pbx string, claim jobs.Claim) ([]blocking.Block, error) {
	if _, err := s.claim(ctx, claim, "block", blockLeft, pbx); err != nil {
		return nil, err
	}
	return s.blocks(ctx, `WHERE `+blockLeft+` AND owner = ? ORDER BY id`, pbx, claim.Owner)
}

// Blocks returns all actions on a number, including failed ones, newest first.
func (s *Store) Blocks(ctx context.Context, number string) ([]blocking.Block, error) {
	return s.blocks(ctx, `WHERE number = ? ORDER BY id DESC`, number)
}

func (s *Store) blocks(ctx context.Context, which string, args ...any) ([]blocking.Block, error) {
	var list []blocking.Block
	err := s.each(ctx, func(r row) error {
		var b blocking.Block
		if err := r.Scan(&b.ID, &b.Number, &b.Blocked, &b.Reason, &b.Agent, &b.Name, moment{&b.At}, &b.State,
			&b.Claim.Owner, moment{&b.Claim.Until}); err != nil {
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
		return nil, fmt.Errorf("read blocks: %w", explain(err))
	}
	return list, nil
}
