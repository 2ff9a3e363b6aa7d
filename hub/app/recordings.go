package app

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"path/filepath"
	"time"

	"traybell/hub/compile"
	"traybell/hub/computer"
	"traybell/hub/config"
	"traybell/hub/recordings"
	"traybell/hub/recordings/convert"
	"traybell/hub/signin"
	"traybell/hub/staff"
	"traybell/shared/phone"
)

// newRecordings returns what finds recordings. The desk does not exist yet.
func newRecordings(ctx context.Context, a *App) (*recordings.Service, error) {
	secret, err := a.store.TokenKey(ctx)
	if err != nil {
		return nil, err
	}
	key, err := hkdf.Key(sha256.New, secret, nil, "recordings", signin.KeyLength)
	if err != nil {
		return nil, err
	}
	converter, err := convert.New(filepath.Join(a.cfg.Load().DataDir, "recordings"))
	if err != nil {
		return nil, err
	}
	s := recordings.New(recordings.Options{
		Store: a.store,
		PBX: func(id string) (recordings.Recorder, bool) {
			p, ok := a.pbxs.PBX(id)
			if !ok {
				return nil, false
			}
			return p.Steering(), true
		},
		Staff:   func() *staff.Staff { return a.desk.Staff() },
		Numbers: func() *phone.Reader { return a.desk.Rules().Numbers },
		Audit:   a.audit, Convert: converter, LinkKey: key, Log: a.log.With("part", "recordings"), Now: time.Now,
	})
	s.Set(recordingRules(a.cfg.Load(), a.parts, a.Addr()))
	return s, nil
}

// recordingRules are those of hub.yml, with the address of links.
func recordingRules(cfg *config.Config, p compile.Parts, address string) recordings.Rules {
	p.Recordings.Links.Hub = computer.PublicURL(cfg, address)
	return p.Recordings
}
