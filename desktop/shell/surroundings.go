package shell

import (
	"fmt"
	"io"
	"log"
	"log/slog"
	"os"
	"path/filepath"

	"traybell/desktop/platform"
	"traybell/desktop/settings"

	"github.com/jeandeaual/go-locale"

	"github.com/pkg/browser"
)

// folder is where the settings are.
func (s *shell) folder() (string, error) {
	if s.opts.Folder != "" {
		return s.opts.Folder, nil
	}
	return settings.Folder()
}

// openLog writes the log to stderr and to a file in the user's cache folder, or, where settings
// have a folder of their own, to that. Without a file the program goes on.
func (s *shell) openLog(folder string) (closeLog func(), err error) {
	dir := folder
	if s.opts.Folder == "" {
		if dir, err = os.UserCacheDir(); err != nil {
			return nil, fmt.Errorf("the user's cache folder: %w", err)
		}
		dir = filepath.Join(dir, "traybell")
	}
	path := filepath.Join(dir, "traybell.log")
	out, closeLog := io.Writer(os.Stderr), func() {}
	file, err := openLogFile(path)
	if err == nil {
		// The file first: a Windows program without a console cannot write to stderr, and what
		// comes behind an error is not written.
		out, closeLog, s.logPath = io.MultiWriter(file, os.Stderr), func() { _ = file.Close() }, path
	}
	level := slog.LevelInfo
	if s.opts.Verbose {
		level = slog.LevelDebug
	}
	s.log = slog.New(slog.NewTextHandler(out, &slog.HandlerOptions{Level: level}))
	others := slog.NewLogLogger(s.log.Handler(), slog.LevelDebug)
	log.SetFlags(0) // libraries tell Go's standard log what is no trouble: a locale C, no preferences yet, no tray
	log.SetOutput(others.Writer())
	platform.LogTo(others)
	if err != nil {
		s.log.Warn("the log is not kept", "error", err)
	}
	// What a browser has to say belongs into the log, not between the program's own lines.
	browser.Stdout, browser.Stderr = io.Discard, io.Discard
	return closeLog, nil
}

// systemLanguage is the language of the agent's session, empty where it cannot be told.
func systemLanguage() string {
	language, err := locale.GetLanguage()
	if err != nil {
		return ""
	}
	return language
}
