package sqlite

import (
	"context"
	"database/sql"
	"errors"
)

// Row is a *sql.Row or *sql.Rows.
type Row interface{ Scan(dest ...any) error }

// Querier is a *Prepared or *sql.Tx.
type Querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// Each calls scan for every row of a query. An error of scan ends it.
func Each(ctx context.Context, from Querier, scan func(Row) error, query string, args ...any) error {
	rows, err := from.QueryContext(ctx, query, args...)
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

// Each is as the function, on a connection that reads.
func (s *Database) Each(ctx context.Context, scan func(Row) error, query string, args ...any) error {
	return Each(ctx, s.Read, scan, query, args...)
}

// Change runs f in one transaction.
func (s *Database) Change(ctx context.Context, f func(tx *sql.Tx) error) error {
	tx, err := s.Write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := f(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}
