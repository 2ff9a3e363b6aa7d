// Package integration registers the program with the desktop.
package integration

import (
	"errors"
	"path/filepath"

	"traybell/desktop/system"
	"traybell/desktop/ui/setup"
)

// Program is this program with the settings of a folder.
type Program struct {
	Folder string // empty: the user's own
}

// System is the program's registration with the desktop.
func (p Program) System() (setup.System, error) {
	c, err := p.command()
	if err != nil {
		return setup.System{}, err
	}
	start, startErr := system.Autostart{Command: c}.Enabled()
	links, linksErr := system.Links{Command: c}.Enabled()
	return setup.System{Autostart: start, Links: links}, errors.Join(startErr, linksErr)
}

// SetSystem registers the program with the desktop, and waits for it.
func (p Program) SetSystem(want setup.System) error {
	have, _ := p.System() // unreadable means not registered
	c, err := p.command()
	if err == nil && want.Autostart != have.Autostart {
		err = system.Autostart{Command: c}.Set(want.Autostart)
	}
	if err == nil && want.Links != have.Links {
		err = system.Links{Command: c}.Set(want.Links)
	}
	return err
}

// SetAutostart registers the program to start at sign-in, or not.
func (p Program) SetAutostart(on bool) error {
	have, _ := p.System()
	have.Autostart = on
	return p.SetSystem(have)
}

// command starts this program with the same settings.
func (p Program) command() (system.Command, error) {
	if p.Folder == "" {
		return system.Self()
	}
	folder, err := filepath.Abs(p.Folder)
	if err != nil {
		return system.Command{}, err
	}
	return system.Self("--config", folder)
}

// SetLinks registers or unregisters this program as the user's handler of tel:, callto: and
// traybell: addresses.
func (p Program) SetLinks(on bool) error {
	c, err := p.command()
	if err != nil {
		return err
	}
	return system.Links{Command: c}.Set(on)
}
