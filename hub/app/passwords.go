package app

import (
	"errors"
	"time"

	"traybell/hub/compile"
	"traybell/hub/config"
	"traybell/hub/passwords"
)

// newPasswords returns what keeps the passwords that agents choose.
func newPasswords(a *App) *passwords.Keeper {
	return passwords.New(passwords.Options{
		File: a.options.File, Check: compile.Check, Apply: a.reloadFile, Audit: a.audit, Now: time.Now,
	})
}

var errNoFile = errors.New("this hub runs without a file")

// reloadFile reads hub.yml and applies it.
func (a *App) reloadFile() error {
	if a.options.File == "" {
		return errNoFile
	}
	cfg, _, err := config.LoadFiles(a.options.File, compile.Check)
	return a.apply(cfg, err)
}
