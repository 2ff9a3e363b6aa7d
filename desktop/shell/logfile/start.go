package logfile

import (
	"fmt"
	"io"
	"log"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"traybell/desktop/platform"
	"traybell/shared/loglimit"

	"github.com/pkg/browser"
)

// Start logs to stderr and to a file in a folder; empty: the user's cache folder. Path is empty if the
// file cannot be opened; the program runs without it.
func Start(dir string, verbose bool) (to *slog.Logger, path string, closeLog func(), err error) {
	if dir == "" {
		if dir, err = os.UserCacheDir(); err != nil {
			return nil, "", nil, fmt.Errorf("user's cache folder: %w", err)
		}
		dir = filepath.Join(dir, "traybell")
	}
	out, closeLog := io.Writer(os.Stderr), func() {}
	file, fileErr := Open(filepath.Join(dir, "traybell.log"))
	if fileErr == nil {
		// The file first: nothing is written behind an error, and a Windows program without a
		// console cannot write to stderr.
		out, closeLog = io.MultiWriter(file, os.Stderr), func() { _ = file.Close() }
		path = filepath.Join(dir, "traybell.log")
	}
	level := slog.LevelInfo
	if verbose {
		level = slog.LevelDebug
	}
	to = slog.New(loglimit.New(slog.NewTextHandler(out, loglimit.Options(level)), loglimit.Desktop, time.Now))
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
