package store

import (
	"context"
	"database/sql"
	"errors"
)

// row is a *sql.Row or *sql.Rows.
type row interface{ Scan(dest ...any) error }

// each calls scan for every row of a query. An error of scan ends it.
func (s *Store) each(ctx context.Context, scan func(row) error, query string, args ...any) error {
	rows, err := s.read.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// change runs f in one transaction.
func (s *Store) change(ctx context.Context, f func(tx *sql.Tx) error) error {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := f(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}
