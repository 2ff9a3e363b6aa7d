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
	"traybell/desktop/shell/logfile"

	"github.com/pkg/browser"
)

// folder is where the settings are.
func (o Options) folder() (string, error) {
	if o.Folder != "" {
		return o.Folder, nil
	}
	return settings.Folder()
}

// openLog logs to stderr and to a file in the user's cache folder, or in the folder of the settings
// if one is given. Path is empty if the file cannot be opened; the program runs without it.
func (o Options) openLog() (to *slog.Logger, path string, closeLog func(), err error) {
	dir := o.Folder
	if dir == "" {
		if dir, err = os.UserCacheDir(); err != nil {
			return nil, "", nil, fmt.Errorf("user's cache folder: %w", err)
		}
		dir = filepath.Join(dir, "traybell")
	}
	out, closeLog := io.Writer(os.Stderr), func() {}
	file, fileErr := logfile.Open(filepath.Join(dir, "traybell.log"))
	if fileErr == nil {
		// The file first: nothing is written behind an error, and a Windows program without a
		// console cannot write to stderr.
		out, closeLog = io.MultiWriter(file, os.Stderr), func() { _ = file.Close() }
		path = filepath.Join(dir, "traybell.log")
	}
	level := slog.LevelInfo
	if o.Verbose {
		level = slog.LevelDebug
	}
	to = slog.New(slog.NewTextHandler(out, &slog.HandlerOptions{Level: level}))
	others := slog.NewLogLogger(to.Handler(), slog.LevelDebug)
	log.SetFlags(0) // libraries log harmless events: locale C, no preferences yet, no tray
	log.SetOutput(others.Writer())
	platform.LogTo(others)
	browser.Stdout, browser.Stderr = io.Discard, io.Discard
	if fileErr != nil {
		to.Warn("cannot open log file", "error", fileErr)
	}
	return to, path, closeLog, nil
}
