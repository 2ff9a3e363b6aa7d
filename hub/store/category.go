package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"traybell/shared/protocol"
)

// Category returns what is noted about a number, the neutral category where nothing is.
func (s *Store) Category(ctx context.Context, number string) (protocol.Category, error) {
	c := protocol.Category{Number: number, Color: protocol.Neutral}
	err := s.read.QueryRowContext(ctx, `SELECT color, comment, author, changed FROM category WHERE number = ?`, number).
		Scan(&c.Color, &c.Comment, &c.Author, moment{&c.Changed})
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return protocol.Category{}, fmt.Errorf("reading the category of a number: %w", err)
	}
	return c, nil
}

// SetCategory replaces what is noted about c.Number; what was noted before stays in Categories.
func (s *Store) SetCategory(ctx context.Context, c protocol.Category) error {
	if c.Number == "" {
		return errors.New("a category needs a number")
	}
	err := s.change(ctx, func(tx *sql.Tx) error {
		for _, statement := range []string{
			`INSERT INTO category (number, color, comment, author, changed) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (number) DO UPDATE SET color = excluded.color, comment = excluded.comment, author = excluded.author, changed = excluded.changed`,
			`INSERT INTO category_change (number, color, comment, author, changed) VALUES (?, ?, ?, ?, ?)`,
		} {
			if _, err := tx.ExecContext(ctx, statement, c.Number, c.Color, c.Comment, c.Author, written(c.Changed)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("keeping the category of a number: %w", explain(err))
	}
	return nil
}

// Categories returns all that was ever noted about a number, newest first.
func (s *Store) Categories(ctx context.Context, number string) ([]protocol.Category, error) {
	var list []protocol.Category
	err := s.each(ctx, func(r row) error {
		c := protocol.Category{Number: number}
		if err := r.Scan(&c.Color, &c.Comment, &c.Author, moment{&c.Changed}); err != nil {
			return err
		}
		list = append(list, c)
		return nil
	}, `SELECT color, comment, author, changed FROM category_change WHERE number = ? ORDER BY id DESC`, number)
	if err != nil {
		return nil, fmt.Errorf("reading a number's categories: %w", explain(err))
	}
	return list, nil
}
