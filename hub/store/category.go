package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"traybell/shared/protocol"
)

// Category returns the category of a number; the neutral one if none is set.
func (s *Store) Category(ctx context.Context, number string) (protocol.Category, error) {
	c := protocol.Category{Number: number, Color: protocol.Neutral}
	err := s.read.QueryRowContext(ctx, `SELECT color, comment, author, changed FROM category WHERE number = ?`, number).
		Scan(&c.Color, &c.Comment, &c.Author, moment{&c.Changed})
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return protocol.Category{}, fmt.Errorf("read category: %w", err)
	}
	return c, nil
}

// SetCategory sets the category of c.Number. The previous one stays in Categories.
func (s *Store) SetCategory(ctx context.Context, c protocol.Category) error {
	if c.Number == "" {
		return errors.New("a category needs a number")
	}
	err := s.change(ctx, func(tx *sql.Tx) error {
		for _, statement := range []string{
			`INSERT INTO category (number, color, comment, author, changed) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (number) DO UPDATE SET color = excluded.color, comment = excluded.comment,
				author = excluded.author, changed = excluded.changed`,
			`INSERT INTO category_change (number, color, comment, author, changed) VALUES (?, ?, ?, ?, ?)`,
		} {
			_, err := tx.ExecContext(ctx, statement, c.Number, c.Color, c.Comment, c.Author, written(c.Changed))
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("save category: %w", explain(err))
	}
	return nil
}

// Categories returns all categories that a number ever had, newest first.
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
		return nil, fmt.Errorf("read categories: %w", explain(err))
	}
	return list, nil
}
