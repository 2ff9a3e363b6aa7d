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

// SetCategory replaces what is noted about c.Number.
func (s *Store) SetCategory(ctx context.Context, c protocol.Category) error {
	if c.Number == "" {
		return errors.New("a category needs a number")
	}
	_, err := s.write.ExecContext(ctx, `
		INSERT INTO category (number, color, comment, author, changed) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (number) DO UPDATE SET color = excluded.color, comment = excluded.comment, author = excluded.author, changed = excluded.changed`,
		c.Number, c.Color, c.Comment, c.Author, written(c.Changed))
	if err != nil {
		return fmt.Errorf("keeping the category of a number: %w", explain(err))
	}
	return nil
}
