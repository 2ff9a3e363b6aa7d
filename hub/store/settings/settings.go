// Package settings keeps what administrators change while the hub runs.
package settings

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"traybell/hub/store/internal/sqlite"
)

// Store keeps settings as JSON, by name.
type Store struct{ db *sqlite.Database }

// New returns the store of a database.
func New(db *sqlite.Database) Store { return Store{db} }

// Setting reads a setting into a pointer; ok is false if it was never set.
func (s Store) Setting(ctx context.Context, name string, into any) (ok bool, err error) {
	var text []byte
	err = s.db.Read.QueryRowContext(ctx, `SELECT value FROM setting WHERE name = ?`, name).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		return false, fmt.Errorf("read setting %s: %w", name, sqlite.Explain(err))
	}
	return true, nil
}

// SetSetting sets a setting.
func (s Store) SetSetting(ctx context.Context, name string, value any) error {
	text, err := json.Marshal(value)
	if err == nil {
		_, err = s.db.Write.ExecContext(ctx, `INSERT INTO setting (name, value) VALUES (?, ?)
			ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, string(text))
	}
	if err != nil {
		return fmt.Errorf("save setting %s: %w", name, sqlite.Explain(err))
	}
	return nil
}
