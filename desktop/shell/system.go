package shell

import (
	"errors"
	"path/filepath"

	"traybell/desktop/platform"
	"traybell/desktop/ui"
)

// system is the program's registration with the desktop.
func (o Options) system() (ui.System, error) {
	c, err := o.command()
	if err != nil {
		return ui.System{}, err
	}
	start, startErr := platform.Autostart{Command: c}.Enabled()
	links, linksErr := platform.Links{Command: c}.Enabled()
	return ui.System{Autostart: start, Links: links}, errors.Join(startErr, linksErr)
}

// setSystem registers the program with the desktop, and waits for it.
func (o Options) setSystem(want ui.System) error {
	have, _ := o.system() // unreadable means not registered
	c, err := o.command()
	if err == nil && want.Autostart != have.Autostart {
		err = platform.Autostart{Command: c}.Set(want.Autostart)
	}
	if err == nil && want.Links != have.Links {
		err = platform.Links{Command: c}.Set(want.Links)
	}
	return err
}

// command starts this program with the same settings.
func (o Options) command() (platform.Command, error) {
	if o.Folder == "" {
		return platform.Self()
	}
	folder, err := filepath.Abs(o.Folder)
	if err != nil {
		return platform.Command{}, err
	}
	return platform.Self("--config", folder)
}

// Register registers or unregisters this program as the user's handler of tel:, callto: and
// traybell: addresses.
func (o Options) Register(on bool) error {
	c, err := o.command()
	if err != nil {
		return err
	}
	return platform.Links{Command: c}.Set(on)
}
