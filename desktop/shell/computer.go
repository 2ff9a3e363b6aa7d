package shell

import (
	"errors"
	"time"

	"traybell/desktop/model"
	"traybell/desktop/settings"
)

// kept are the settings that count on this computer without the command line: the agent's own above the computer's.
func (s *shell) kept() settings.Own { return s.own.Above(s.computer) }

// loadComputer reads the administrator's file for this computer. It is called before the shell's goroutine runs.
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

// computerBroken tells that the file does not count. It is called before the shell's goroutine runs.
func (s *shell) computerBroken(err error) {
	var file *computerFileError
	if !errors.As(err, &file) {
		return
	}
	reason := file.err.Error()
	var wrong *settings.WrongFile
	if errors.As(err, &wrong) {
		reason = s.wrongFile(wrong)
	}
	s.notices = append(s.notices, model.Card{
		ID: "warning:own:computer", Kind: model.Warn, Title: "notice.computer", Since: time.Now(), Sticky: true,
		Text: s.texts.SayWith("settings.file_of", map[string]any{"File": file.path, "Reason": reason}),
	})
}
