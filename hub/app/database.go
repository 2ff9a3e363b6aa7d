package app

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"traybell/hub/config"
	"traybell/hub/store"
)

// databaseFile is where the hub of a configuration keeps its database.
func databaseFile(cfg *config.Config) string { return filepath.Join(cfg.DataDir, "traybell.db") }

// openKept opens the database that a hub works on, or has worked on: unlike the hub itself, it
// makes none and changes nothing.
func openKept(ctx context.Context, cfg *config.Config) (*store.Store, error) {
	path := databaseFile(cfg)
	if _, err := os.Stat(path); err != nil {
		return nil,
			fmt.Errorf("there is no database yet, or it cannot be seen: %w; is this the hub.yml that the hub is run "+
				"with?",
				err)
	}
	return store.OpenToRead(ctx, path)
}
