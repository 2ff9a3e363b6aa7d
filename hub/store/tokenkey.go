package store

import (
	"context"
	"crypto/rand"
	"fmt"

	"traybell/hub/store/internal/sqlite"
)

const tokenKeyLength = 32 // bytes

// TokenKey returns the key of the tokens that desktops and browsers get. The first call creates it.
func (s *Store) TokenKey(ctx context.Context) (key []byte, err error) {
	created := make([]byte, tokenKeyLength)
	rand.Read(created) // never fails
	_, err = s.db.Write.ExecContext(ctx, `INSERT OR IGNORE INTO token_key (id, key) VALUES (1, ?)`, created)
	if err == nil {
		err = s.db.Write.QueryRowContext(ctx, `SELECT key FROM token_key WHERE id = 1`).Scan(&key)
	}
	if err == nil && len(key) != tokenKeyLength {
		err = fmt.Errorf("it has %d bytes, not %d", len(key), tokenKeyLength)
	}
	if err != nil {
		return nil, fmt.Errorf("read the key of tokens: %w", sqlite.Explain(err))
	}
	return key, nil
}
