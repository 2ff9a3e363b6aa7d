package shell

import (
	"traybell/desktop/settings"
)

// loadComputer reads the administrator's file for this computer. It is called before the shell's
// goroutine runs.
func (s *shell) loadComputer() error {
	own, path, err := settings.LoadComputer(settings.ComputerFiles())
	s.computer = own
	switch {
	case err != nil:
		s.log.Error("the settings of this computer are not used", "file", path, "error", err)
		return &computerFileError{path, err}
	case path != "":
		s.log.Info("the settings of this computer lie below the agent's own", "file", path)
	}
	return nil
}

// computerFileError is a file for this computer that does not count.
type computerFileError struct {
	path string
	err  error
}

func (c *computerFileError) Error() string { return c.path + ": " + c.err.Error() }

func (c *computerFileError) Unwrap() error { return c.err }
