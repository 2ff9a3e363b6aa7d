package shell

import (
	"errors"
	"path/filepath"

	"traybell/desktop/platform"
	"traybell/desktop/ui"
)

// ofSystem is what the desktop does with the program by itself.
func (s *shell) ofSystem() ui.System {
	c, err := s.opts.command()
	start, startErr := platform.Autostart{Command: c}.Enabled()
	links, linksErr := platform.Links{Command: c}.Enabled()
	if err := errors.Join(err, startErr, linksErr); err != nil {
		s.log.Warn("what the system does with this program cannot be told", "error", err)
	}
	return ui.System{Autostart: start, Links: links}
}

// setSystem has the desktop do what the agent wants, and says where it does not. It waits for the desktop.
func (s *shell) setSystem(want ui.System) {
	have := s.ofSystem()
	c, err := s.opts.command()
	if err == nil && want.Autostart != have.Autostart {
		err = platform.Autostart{Command: c}.Set(want.Autostart)
	}
	if err == nil && want.Links != have.Links {
		err = platform.Links{Command: c}.Set(want.Links)
	}
	if err != nil {
		s.log.Error("the system does not take it", "error", err)
		s.post(func() { s.notice("system", "notice.system", err.Error()) })
	}
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

// Register makes this program, or no longer, the one that opens tel:, callto: and traybell: addresses for this user.
func (o Options) Register(on bool) error {
	c, err := o.command()
	if err != nil {
		return err
	}
	return platform.Links{Command: c}.Set(on)
}
