// Package categories keeps the categories of numbers and their history.
package categories

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"traybell/hub/store/internal/sqlite"
	"traybell/hub/store/internal/words"
	"traybell/shared/protocol"
)

// Store implements desk.CategoryStore.
type Store struct{ db *sqlite.Database }

// New returns the store of a database.
func New(db *sqlite.Database) Store { return Store{db} }

// Category returns the category of a number; the neutral one if none is set.
func (s Store) Category(ctx context.Context, number string) (protocol.Category, error) {
	c := protocol.Category{Number: number, Color: protocol.Neutral}
	err := s.db.Read.QueryRowContext(ctx,
		`SELECT color, comment, author, changed FROM category WHERE number = ?`, number).
		Scan(&c.Color, &c.Comment, &c.Author, sqlite.Moment(&c.Changed))
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return protocol.Category{}, fmt.Errorf("read category: %w", err)
	}
	return c, nil
}

// SetCategory sets the category of c.Number. The previous one stays in Categories.
func (s Store) SetCategory(ctx context.Context, c protocol.Category) error {
	if c.Number == "" {
		return errors.New("a category needs a number")
	}
	err := s.db.Change(ctx, func(tx *sql.Tx) error {
		for _, statement := range []string{
			`INSERT INTO category (number, color, comment, author, changed) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (number) DO UPDATE SET color = excluded.color, comment = excluded.comment,
				author = excluded.author, changed = excluded.changed`,
			`INSERT INTO category_change (number, color, comment, author, changed) VALUES (?, ?, ?, ?, ?)`,
		} {
			_, err := tx.ExecContext(ctx, statement, c.Number, c.Color, c.Comment, c.Author, sqlite.Written(c.Changed))
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("save category: %w", sqlite.Explain(err))
	}
	return nil
}

// Categories returns all categories that a number ever had, newest first.
func (s Store) Categories(ctx context.Context, number string) ([]protocol.Category, error) {
	var list []protocol.Category
	err := s.db.Each(ctx, func(r sqlite.Row) error {
		c := protocol.Category{Number: number}
		if err := r.Scan(&c.Color, &c.Comment, &c.Author, sqlite.Moment(&c.Changed)); err != nil {
			return err
		}
		list = append(list, c)
		return nil
	}, `SELECT color, comment, author, changed FROM category_change WHERE number = ? ORDER BY id DESC`, number)
	if err != nil {
		return nil, fmt.Errorf("read categories: %w", sqlite.Explain(err))
	}
	return list, nil
}

// FindCategories returns categories other than the neutral one without a comment, the newest first:
// those of a color, unless it is empty, and with a text in number, comment or author. after is the
// last one of the page before; zero: the first page.
func (s Store) FindCategories(ctx context.Context, color protocol.Color, text string, after protocol.Category,
	limit int,
) (list []protocol.Category, err error) {
	where, values := `(color <> ? OR comment <> '')`, []any{protocol.Neutral}
	if color != "" {
		where, values = where+` AND color = ?`, append(values, color)
	}
	if !after.Changed.IsZero() {
		where += ` AND (changed, number) < (?, ?)`
		values = append(values, sqlite.Written(after.Changed), after.Number)
	}
	terms := words.Terms(text)
	err = s.db.Each(ctx, func(r sqlite.Row) error {
		var c protocol.Category
		if err := r.Scan(&c.Number, &c.Color, &c.Comment, &c.Author, sqlite.Moment(&c.Changed)); err != nil {
			return err
		}
		if words.Match(terms, c.Number, words.Digits(c.Number), c.Comment, c.Author) {
			list = append(list, c)
		}
		if len(list) >= limit {
			return errEnough
		}
		return nil
	}, `SELECT number, color, comment, author, changed FROM category WHERE `+where+
		` ORDER BY changed DESC, number DESC`, values...)
	if err != nil && !errors.Is(err, errEnough) {
		return nil, fmt.Errorf("read categories: %w", sqlite.Explain(err))
	}
	return list, nil
}

// errEnough ends a query.
var errEnough = errors.New("enough")
