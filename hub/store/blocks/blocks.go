// Package blocks keeps who blocked and unblocked which number, and the entries on the PBXs.
package blocks

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"strings"

	"traybell/hub/blocking"
	"traybell/hub/jobs"
	"traybell/hub/store/internal/sqlite"
	"traybell/hub/store/internal/words"
)

const (
	blockColumns = `id, number, blocked, reason, agent, name, at, state, owner, claimed_until`
	// blockLeft selects the last actions on a number that are incomplete on a PBX.
	blockLeft = `state = 'pending'
		AND id = (SELECT MAX(id) FROM block AS later WHERE later.number = block.number AND later.state <> 'failed')
		AND EXISTS (SELECT 1 FROM block_entry WHERE block_entry.block = block.id AND pbx = ? AND done = 0)`
)

// Store implements blocking.Store.
type Store struct{ db *sqlite.Database }

// New returns the store of a database.
func New(db *sqlite.Database) Store { return Store{db} }

// BeginBlock stores an action as pending, with its entries, and returns its id.
func (s Store) BeginBlock(ctx context.Context, b blocking.Block) (id int64, err error) {
	if b.Number == "" {
		return 0, errors.New("a block needs a number")
	}
	err = s.db.Change(ctx, func(tx *sql.Tx) error {
		err := tx.QueryRowContext(ctx,
			`INSERT INTO block (number, blocked, reason, agent, name, at, state, owner, claimed_until)
				VALUES (?, ?, ?, ?, ?, ?, 'pending', ?, ?) RETURNING id`,
			b.Number, b.Blocked, b.Reason, b.Agent, b.Name, sqlite.Written(b.At),
			b.Claim.Owner, sqlite.Written(b.Claim.Until)).Scan(&id)
		if err != nil {
			return err
		}
		return putEntries(ctx, tx, id, b.Entries)
	})
	if err != nil {
		return 0, fmt.Errorf("save block: %w", sqlite.Explain(err))
	}
	return id, nil
}

// EndBlock stores State and Entries of the action with b.ID and releases its claim. It returns
// jobs.ErrTaken if another owner has claimed it.
func (s Store) EndBlock(ctx context.Context, b blocking.Block) error {
	err := s.db.Change(ctx, func(tx *sql.Tx) error {
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
		return fmt.Errorf("save result of block: %w", sqlite.Explain(err))
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
func (s Store) RenewBlock(ctx context.Context, id int64, claim jobs.Claim) error {
	claimed, err := s.db.Claim(ctx, claim, "block", `id = ? AND state = 'pending'`, id)
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
func (s Store) LastBlock(ctx context.Context, number string) (b blocking.Block, ok bool, err error) {
	list, err := s.blocks(ctx, `WHERE number = ? AND state <> 'failed' ORDER BY id DESC LIMIT 1`, number)
	if err != nil || len(list) == 0 {
		return blocking.Block{}, false, err
	}
	return list[0], true, nil
}

// ClaimBlocks claims the numbers' last actions that are free and incomplete on the PBX, and returns
// them, oldest first.
func (s Store) ClaimBlocks(ctx context.Context, pbx string, claim jobs.Claim) ([]blocking.Block, error) {
	if _, err := s.db.Claim(ctx, claim, "block", blockLeft, pbx); err != nil {
		return nil, err
	}
	return s.blocks(ctx, `WHERE `+blockLeft+` AND owner = ? ORDER BY id`, pbx, claim.Owner)
}

// Blocks returns all actions on a number, including failed ones, newest first.
func (s Store) Blocks(ctx context.Context, number string) ([]blocking.Block, error) {
	return s.blocks(ctx, `WHERE number = ? ORDER BY id DESC`, number)
}

// FindBlocks returns the blocked numbers, the newest first: those with a text in number, reason or
// author, whose ID is below before, unless that is 0.
func (s Store) FindBlocks(ctx context.Context, text string, before int64, limit int) ([]blocking.Block, error) {
	if before == 0 {
		before = math.MaxInt64
	}
	const last = `blocked <> 0 AND state <> 'failed' AND id < ?
		AND id = (SELECT MAX(id) FROM block AS later WHERE later.number = block.number AND later.state <> 'failed')`
	terms, ids := words.Terms(text), []any{}
	err := s.db.Each(ctx, func(r sqlite.Row) error {
		var id int64
		var number, reason, agent, name string
		if err := r.Scan(&id, &number, &reason, &agent, &name); err != nil {
			return err
		}
		if words.Match(terms, number, words.Digits(number), reason, agent, name) {
			ids = append(ids, id)
		}
		if len(ids) >= limit {
			return errEnough
		}
		return nil
	}, `SELECT id, number, reason, agent, name FROM block WHERE `+last+` ORDER BY id DESC`, before)
	if err != nil && !errors.Is(err, errEnough) {
		return nil, fmt.Errorf("read blocks: %w", sqlite.Explain(err))
	}
	return s.blocks(ctx, `WHERE id IN (`+strings.TrimSuffix(strings.Repeat("?, ", len(ids)), ", ")+`) ORDER BY id DESC`,
		ids...)
}

// errEnough ends a query.
var errEnough = errors.New("enough")

func (s Store) blocks(ctx context.Context, which string, args ...any) ([]blocking.Block, error) {
	var list []blocking.Block
	err := s.db.Each(ctx, func(r sqlite.Row) error {
		var b blocking.Block
		if err := r.Scan(&b.ID, &b.Number, &b.Blocked, &b.Reason, &b.Agent, &b.Name, sqlite.Moment(&b.At), &b.State,
			&b.Claim.Owner, sqlite.Moment(&b.Claim.Until)); err != nil {
			return err
		}
		list = append(list, b)
		return nil
	}, `SELECT `+blockColumns+` FROM block `+which, args...)
	for i := range list {
		if err == nil {
			err = s.db.Each(ctx, func(r sqlite.Row) error {
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
		return nil, fmt.Errorf("read blocks: %w", sqlite.Explain(err))
	}
	return list, nil
}
