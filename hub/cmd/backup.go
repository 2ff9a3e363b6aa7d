package cmd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"traybell/hub/datadir"
	"traybell/hub/store"
	"traybell/shared/printable"
)

// keptBackups is the number of copies that stay in data_dir/backups.
const keptBackups = 3

type backup struct {
	To string `arg:"" optional:"" help:"The copy. It must not exist. Default: a file in data_dir/backups, of which the latest three are kept." type:"path"`
	configFlag
}

// Run copies the database of a hub, which may be running.
func (b backup) Run(ctx context.Context, to streams) error {
	cfg, err := b.load()
	if err != nil {
		return err
	}
	var folder string
	if b.To == "" {
		folder = filepath.Join(cfg.DataDir, "backups")
		if err := os.Mkdir(folder, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
			return fmt.Errorf("copy the database: %w", err)
		}
		b.To = filepath.Join(folder, time.Now().UTC().Format("traybell-20060102T150405Z.db"))
	}
	if err := store.Backup(ctx, datadir.DatabaseFile(cfg), b.To); err != nil {
		return err
	}
	printable.Fprintf(to.out, "The database was copied to %s.\n", b.To)
	if folder == "" {
		return nil
	}
	return prune(folder)
}

// prune deletes all but the latest copies of a folder, whose names sort by time.
func prune(folder string) error {
	copies, err := filepath.Glob(filepath.Join(folder, "traybell-*.db"))
	if err != nil {
		return err
	}
	for _, old := range copies[:max(0, len(copies)-keptBackups)] {
		err = errors.Join(err, os.Remove(old))
	}
	return err
}
