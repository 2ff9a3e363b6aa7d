package app

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"

	"traybell/hub/cdr"
	"traybell/hub/config"
	"traybell/hub/datadir"
	"traybell/hub/signin"
	"traybell/hub/store"
)

// OpenDatabase opens the database of a hub to read it, while the hub runs or after. It creates and
// changes nothing.
func OpenDatabase(ctx context.Context, cfg *config.Config) (*store.Store, error) {
	path := datadir.DatabaseFile(cfg)
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("no database yet, or it is not readable: %w; is this the hub.yml of the hub?", err)
	}
	return store.OpenToRead(ctx, path)
}

// tokenKeys returns the keys for the tokens of agents and of administrators.
func tokenKeys(ctx context.Context, s *store.Store) (forAgents, forAdmins []byte, err error) {
	secret, err := s.TokenKey(ctx)
	if err != nil {
		return nil, nil, err
	}
	if forAgents, err = hkdf.Key(sha256.New, secret, nil, "agents", signin.KeyLength); err != nil {
		return nil, nil, err
	}
	forAdmins, err = hkdf.Key(sha256.New, secret, nil, "admins", signin.KeyLength)
	return forAgents, forAdmins, err
}

// newRecords returns the store of call records, which writes the monthly file if hub.yml enables
// it.
func newRecords(cfg *config.Config, s *store.Store) (cdr.Store, cdr.Rules) {
	file := cdr.File{Format: cdr.Format(cfg.CDR.Format)}
	if cfg.CDR.File {
		file.Folder = cfg.DataDir
	}
	return s.Records(file), cdr.Rules{
		Grace: cfg.CDR.Grace, Retain: cfg.CDR.Retention, Journal: filepath.Join(cfg.DataDir, datadir.Journal),
	}
}
