package app

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"traybell/hub/cdr"
	"traybell/hub/config"
	"traybell/hub/store"
)

func databaseFile(cfg *config.Config) string { return filepath.Join(cfg.DataDir, "traybell.db") }

// OpenDatabase opens the database of a hub to read it, while the hub runs or after. It creates and
// changes nothing.
func OpenDatabase(ctx context.Context, cfg *config.Config) (*store.Store, error) {
	path := databaseFile(cfg)
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("no database yet, or it is not readable: %w; is this the hub.yml of the hub?", err)
	}
	return store.OpenToRead(ctx, path)
}

// newRecords returns the store of call records, which writes the monthly file if hub.yml enables
// it.
func newRecords(cfg *config.Config, s *store.Store) (cdr.Store, cdr.Rules) {
	file := cdr.File{Format: cdr.Format(cfg.CDR.Format)}
	if cfg.CDR.File {
		file.Folder = cfg.DataDir
	}
	return s.Records(file), cdr.Rules{Grace: cfg.CDR.Grace, Retain: cfg.CDR.Retention}
}
