// Package loglimit bounds a log, whatever comes from outside: each text is of limited length and
// safe to print, and no message fills the disk or hides the others.
package loglimit

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"traybell/shared/printable"
)

const (
	longestText = 8 << 10 // bytes of one attribute: an error may name many problems
	longestName = 200     // bytes of a message by which it is counted
	lineBytes   = 100     // of a line without its texts, roughly

	window       = time.Minute
	mostMessages = 500 // that are counted each; the rest together
	mostNamed    = 50  // messages that are named when their lines are dropped; the rest together
	others       = "others"
)

// PerMinute are the limits of a log, in bytes, roughly.
type PerMinute struct {
	Message int // of lines with the same message
	All     int // the last quarter is for warnings and errors
}

// The limits of the two programs. A busy hub writes 150 lines a second about popups.
var (
	Hub     = PerMinute{Message: 2 << 20, All: 8 << 20}
	Desktop = PerMinute{Message: 64 << 10, All: 256 << 10}
)

// Attr makes the text of an attribute printable. clean, if not nil, changes it before.
func Attr(a slog.Attr, clean func(string) string) slog.Attr {
	v := a.Value.Resolve()
	var text string
	switch v.Kind() {
	case slog.KindString:
		text = v.String()
	case slog.KindAny:
		switch x := v.Any().(type) {
		case *slog.Source, slog.Level: // from slog
			return a
		case error:
			text = x.Error()
		default:
			text = fmt.Sprint(x)
		}
	default:
		return a
	}
	if clean != nil {
		text = clean(text)
	}
	a.Value = slog.StringValue(printable.Block(text, longestText))
	return a
}

// Options are those of a handler whose texts are bounded.
func Options(level slog.Leveler) *slog.HandlerOptions {
	return &slog.HandlerOptions{
		Level: level, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr { return Attr(a, nil) },
	}
}

// Handler passes on what is logged, up to the limits of a minute. What it drops it says: at once
// that it does, and later how many lines.
type Handler struct {
	slog.Handler
	*counts
}

// New returns a handler in front of next.
func New(next slog.Handler, limits PerMinute, now func() time.Time) *Handler {
	return &Handler{next, &counts{limits: limits, now: now, bytes: map[string]int{}, dropped: map[string]int{}}}
}

// counts are what was logged in the present window.
type counts struct {
	limits PerMinute
	now    func() time.Time

	mu      sync.Mutex
	began   time.Time
	all     int            // bytes
	bytes   map[string]int // by message
	dropped map[string]int // lines, by message
}

// Handle implements slog.Handler.
func (h *Handler) Handle(ctx context.Context, r slog.Record) error {
	pass, say := h.count(printable.Cut(r.Message, longestName), size(r), r.Level)
	for _, s := range say {
		if h.Enabled(ctx, s.Level) {
			if err := h.Handler.Handle(ctx, s); err != nil {
				return err
			}
		}
	}
	if !pass {
		return nil
	}
	return h.Handler.Handle(ctx, r)
}

// count counts a line and reports whether it is within the limits. say are the lines about dropped
// ones.
func (c *counts) count(message string, bytes int, level slog.Level) (pass bool, say []slog.Record) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	if now.Sub(c.began) >= window || now.Before(c.began) {
		for _, m := range slices.Sorted(maps.Keys(c.dropped)) {
			r := slog.NewRecord(now, slog.LevelWarn, "log lines dropped: too many in a minute", 0)
			r.AddAttrs(slog.String("message", m), slog.Int("lines", c.dropped[m]))
			say = append(say, r)
		}
		c.began, c.all = now, 0
		clear(c.bytes)
		clear(c.dropped)
	}
	if _, known := c.bytes[message]; !known && len(c.bytes) >= mostMessages {
		message = others
	}
	of, all := c.bytes[message]+bytes, c.all+bytes
	most := c.limits.All
	if level < slog.LevelWarn {
		most = c.limits.All * 3 / 4
	}
	if of <= c.limits.Message && all <= most {
		c.bytes[message], c.all = of, all
		return true, say
	}
	if c.dropped[message] == 0 && len(c.dropped) >= mostNamed {
		message = others
	}
	if c.dropped[message]++; c.dropped[message] == 1 {
		r := slog.NewRecord(now, slog.LevelWarn, "log message comes too often, dropping it for up to a minute", 0)
		r.AddAttrs(slog.String("message", message))
		say = append(say, r)
	}
	return false, say
}

// size estimates the length of a line.
func size(r slog.Record) int {
	n := lineBytes + min(len(r.Message), longestText)
	r.Attrs(func(a slog.Attr) bool {
		n += len(a.Key) + 2
		switch a.Value.Kind() {
		case slog.KindString, slog.KindAny, slog.KindGroup, slog.KindLogValuer:
			n += min(len(a.Value.Resolve().String()), longestText)
		default:
			n += 10
		}
		return true
	})
	return n
}

// WithAttrs implements slog.Handler.
func (h *Handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &Handler{h.Handler.WithAttrs(attrs), h.counts}
}

// WithGroup implements slog.Handler.
func (h *Handler) WithGroup(name string) slog.Handler {
	return &Handler{h.Handler.WithGroup(name), h.counts}
}
