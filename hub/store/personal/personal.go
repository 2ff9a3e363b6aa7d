// Package personal keeps the numbers that agents save for themselves.
package personal

import (
	"context"
	"database/sql"
	"fmt"

	"traybell/hub/store/internal/sqlite"
	"traybell/shared/protocol"
)

// The limit holds for new numbers only: others are renamed.
const save = `INSERT INTO personal_number (login, number, name)
	SELECT :login, :number, :name
	WHERE (SELECT count(*) FROM personal_number WHERE login = :login AND number <> :number) < :most
	ON CONFLICT (login, number) DO UPDATE SET name = excluded.name`

// Store implements personal.Store.
type Store struct{ db *sqlite.Database }

// New returns the store of a database.
func New(db *sqlite.Database) Store { return Store{db} }

// PersonalNumbers implements personal.Store.
func (s Store) PersonalNumbers(ctx context.Context, login string) (list []protocol.PersonalNumber, err error) {
	err = s.db.Each(ctx, func(from sqlite.Row) error {
		var n protocol.PersonalNumber
		if err := from.Scan(&n.Number, &n.Name); err != nil {
			return err
		}
		list = append(list, n)
		return nil
	}, `SELECT number, name FROM personal_number WHERE login = ?`, login)
	if err != nil {
		return nil, fmt.Errorf("read the numbers of %s: %w", login, sqlite.Explain(err))
	}
	return list, nil
}

// SavePersonalNumber implements personal.Store.
func (s Store) SavePersonalNumber(ctx context.Context, login string, n protocol.PersonalNumber, most int) (
	saved bool, err error,
) {
	result, err := s.db.Write.ExecContext(ctx, save, sql.Named("login", login), sql.Named("number", n.Number),
		sql.Named("name", n.Name), sql.Named("most", most))
	if err != nil {
		return false, fmt.Errorf("save a number of %s: %w", login, sqlite.Explain(err))
	}
	rows, err := result.RowsAffected()
	return rows > 0, err
}

// RemovePersonalNumber implements personal.Store.
func (s Store) RemovePersonalNumber(ctx context.Context, login, number string) error {
	_, err := s.db.Write.ExecContext(ctx, `DELETE FROM personal_number WHERE login = ? AND number = ?`, login, number)
	if err != nil {
		return fmt.Errorf("remove a number of %s: %w", login, sqlite.Explain(err))
	}
	return nil
}
