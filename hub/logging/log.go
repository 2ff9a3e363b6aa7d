// Package logging is the hub's log: on standard error and in monthly files, without secrets.
package logging

import (
	"context"
	"io"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"traybell/hub/config"
	"traybell/hub/config/document"
	"traybell/hub/datadir"
	"traybell/shared/loglimit"
	"traybell/shared/phone/masked"
)

// Log is the hub's log: text or JSON, on standard error and in monthly files. It replaces secrets
// of hub.yml and, with log.mask_numbers, masks telephone numbers in all messages. Texts and lines are
// bounded as loglimit says. It may be used from any goroutine.
type Log struct {
	*slog.Logger
	scrub atomic.Pointer[func(string) string]
	mask  atomic.Bool // mask numbers
	out   *output
	now   func() time.Time

	earlier *config.Config // the configuration before; used by Prepare only
}

// New opens the log; out is usually standard error. verbose adds debug messages, which show full
// numbers.
func New(cfg *config.Config, out io.Writer, verbose bool, now func() time.Time) (*Log, error) {
	l := &Log{}
	l.out, l.now = &output{out: out}, now
	apply, err := l.Prepare(cfg)
	if err != nil {
		return nil, err
	}
	apply()
	level := slog.LevelInfo
	if verbose {
		level = slog.LevelDebug
	}
	handler := func(debug bool) slog.Handler {
		o := &slog.HandlerOptions{Level: level, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			return l.clean(a, !debug && l.mask.Load())
		}}
		if cfg.Log.Format == config.LogJSON {
			return slog.NewJSONHandler(l.out, o)
		}
		return slog.NewTextHandler(l.out, o)
	}
	l.Logger = slog.New(loglimit.New(byLevel{debug: handler(true), rest: handler(false)}, loglimit.Hub, now))
	return l, nil
}

// Prepare prepares the log for a new configuration: apply switches to cfg's folder, number masking and secrets. The
// format does not change. An error means that the folder is not writable.
func (l *Log) Prepare(cfg *config.Config) (apply func(), err error) {
	file := logFile(cfg, l.now)
	if file != nil {
		if err := file.rotate(); err != nil {
			return nil, problem(cfg, err)
		}
	}
	return func() {
		l.hide(cfg)
		l.mask.Store(cfg.Log.MaskNumbers)
		_ = l.out.use(file).close() // lines are not buffered
	}, nil
}

// logFile is the log's file; nil for none.
func logFile(cfg *config.Config, now func() time.Time) *monthlyFile {
	if cfg.Log.Folder == "" {
		return nil
	}
	return &monthlyFile{folder: cfg.Log.Folder, keep: cfg.Log.Retention, now: now}
}

// Check returns the error that New would return, and leaves no file that was not there. ok is false
// if hub.yml names no folder.
func Check(cfg *config.Config, now func() time.Time) (ok bool, err error) {
	file := logFile(cfg, now)
	if file == nil {
		return false, nil
	}
	if err := file.try(); err != nil {
		return false, problem(cfg, err)
	}
	return true, nil
}

func problem(cfg *config.Config, err error) document.Problem {
	return cfg.Problem("log.folder", datadir.Unwritable(cfg.Log.Folder, err).Error())
}

// hide replaces the secrets of cfg and of the configuration before, which work in progress may
// still log.
func (l *Log) hide(cfg *config.Config) {
	scrub := cfg.Scrub
	if before := l.scrub.Load(); before != nil {
		earlier := l.earlier
		scrub = func(text string) string { return cfg.Scrub(earlier.Scrub(text)) }
	}
	l.earlier = cfg
	l.scrub.Store(&scrub)
}

// Close closes the log file.
func (l *Log) Close() error { return l.out.use(nil).close() }

// unmasked are attributes whose digits are no telephone number.
var unmasked = []string{
	slog.TimeKey, slog.LevelKey, "call", "ticket", "certificate", "address", "action", "part", "pbx",
}

func (l *Log) clean(a slog.Attr, mask bool) slog.Attr {
	clean := *l.scrub.Load()
	if mask && !slices.Contains(unmasked, a.Key) {
		scrub := clean
		clean = func(text string) string { return masked.Numbers(scrub(text)) }
	}
	return loglimit.Attr(a, clean)
}

// byLevel has a handler for debug messages and one for the rest.
type byLevel struct{ debug, rest slog.Handler }

func (h byLevel) of(level slog.Level) slog.Handler {
	if level < slog.LevelInfo {
		return h.debug
	}
	return h.rest
}

// Enabled implements slog.Handler.
func (h byLevel) Enabled(ctx context.Context, level slog.Level) bool {
	return h.of(level).Enabled(ctx, level)
}

// Handle implements slog.Handler.
func (h byLevel) Handle(ctx context.Context, r slog.Record) error {
	return h.of(r.Level).Handle(ctx, r)
}

// WithAttrs implements slog.Handler.
func (h byLevel) WithAttrs(attrs []slog.Attr) slog.Handler {
	return byLevel{h.debug.WithAttrs(attrs), h.rest.WithAttrs(attrs)}
}

// WithGroup implements slog.Handler.
func (h byLevel) WithGroup(name string) slog.Handler {
	return byLevel{h.debug.WithGroup(name), h.rest.WithGroup(name)}
}
