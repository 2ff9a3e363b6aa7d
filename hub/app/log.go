package app

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"traybell/hub/config"
	"traybell/shared/phone/masked"
)

// Log is the hub's log as hub.yml wants it: text or JSON, on standard error and in a file each
// month. No secret of hub.yml gets into it, whoever logs it; of telephone numbers only the ends do,
// where that is asked for. It may be used from any goroutine.
type Log struct {
	*slog.Logger
	scrub atomic.Pointer[func(string) string]
	mask  atomic.Bool // numbers are masked
	lines *lines
	now   func() time.Time

	earlier *config.Config // whose secrets were hidden last; Follow's own
}

// NewLog makes the log; out is usually standard error. verbose adds the details, which show numbers
// whole.
func NewLog(cfg *config.Config, out io.Writer, verbose bool, now func() time.Time) (*Log, error) {
	l := &Log{}
	l.lines, l.now = &lines{out: out}, now
	apply, err := l.Follow(cfg)
	if err != nil {
		return nil, err
	}
	apply()
	level := slog.LevelInfo
	if verbose {
		level = slog.LevelDebug
	}
	handler := func(details bool) slog.Handler {
		o := &slog.HandlerOptions{Level: level, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			return l.clean(a, !details && l.mask.Load())
		}}
		if cfg.Log.Format == config.LogJSON {
			return slog.NewJSONHandler(l.lines, o)
		}
		return slog.NewTextHandler(l.lines, o)
	}
	l.Logger = slog.New(byLevel{details: handler(true), rest: handler(false)})
	return l, nil
}

// Follow is a Relog: apply lets the log go to the folder that cfg names, mask numbers where it says
// so, and hide its secrets. The format stays what it was at the start. An error means that the
// folder cannot be written to.
func (l *Log) Follow(cfg *config.Config) (apply func(), err error) {
	var file *monthlyFile
	if cfg.Log.Folder != "" {
		file = &monthlyFile{folder: cfg.Log.Folder, keep: cfg.Log.Retention, now: l.now}
		if err := file.turn(); err != nil {
			return nil, cfg.Problem("log.folder",
				fmt.Sprintf("the log cannot be written there: %v; give the folder to the user that the hub runs as", err))
		}
	}
	return func() {
		l.hide(cfg)
		l.mask.Store(cfg.Log.MaskNumbers)
		_ = l.lines.use(file).close() // every line was written as it came
	}, nil
}

// hide makes cfg's secrets those that are never written, beside those of before: something that is
// under way may still name them.
func (l *Log) hide(cfg *config.Config) {
	scrub := cfg.Scrub
	if before := l.scrub.Load(); before != nil {
		earlier := l.earlier
		scrub = func(text string) string { return cfg.Scrub(earlier.Scrub(text)) }
	}
	l.earlier = cfg
	l.scrub.Store(&scrub)
}

// Close closes the month's file.
func (l *Log) Close() error { return l.lines.use(nil).close() }

// facts are attributes whose digits are no telephone number.
var facts = []string{slog.TimeKey, slog.LevelKey, "call", "ticket", "certificate", "address", "action", "part", "pbx"}

func (l *Log) clean(a slog.Attr, mask bool) slog.Attr {
	clean := *l.scrub.Load()
	if mask && !slices.Contains(facts, a.Key) {
		scrub := clean
		clean = func(text string) string { return masked.Numbers(scrub(text)) }
	}
	v := a.Value.Resolve()
	switch v.Kind() {
	case slog.KindString:
		a.Value = slog.StringValue(clean(v.String()))
	case slog.KindAny:
		switch x := v.Any().(type) {
		case *slog.Source, slog.Level: // of slog's own making
		case error:
			a.Value = slog.StringValue(clean(x.Error()))
		default:
			a.Value = slog.StringValue(clean(fmt.Sprint(x)))
		}
	}
	return a
}

// byLevel hands the details to one handler and all else to another.
type byLevel struct{ details, rest slog.Handler }

func (h byLevel) of(level slog.Level) slog.Handler {
	if level < slog.LevelInfo {
		return h.details
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
	return byLevel{h.details.WithAttrs(attrs), h.rest.WithAttrs(attrs)}
}

// WithGroup implements slog.Handler.
func (h byLevel) WithGroup(name string) slog.Handler {
	return byLevel{h.details.WithGroup(name), h.rest.WithGroup(name)}
}
