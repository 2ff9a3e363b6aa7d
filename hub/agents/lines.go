package agents

import (
	"log/slog"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
)

// Log lines that the actions of one terminal may cause.
const (
	linesEvery = 2 * time.Second
	linesBurst = 30
)

// lines bounds the log lines that a terminal causes. It is safe for concurrent use.
type lines struct {
	log     *slog.Logger
	pace    *rate.Limiter
	leftOut atomic.Int64
}

func newLines(log *slog.Logger) *lines {
	return &lines{log: log, pace: rate.NewLimiter(rate.Every(linesEvery), linesBurst)}
}

// info logs a line, or leaves it out if there were too many.
func (l *lines) info(message string, args ...any) {
	if !l.pace.Allow() {
		l.leftOut.Add(1)
		return
	}
	if n := l.leftOut.Swap(0); n > 0 {
		args = append(args, "left_out_before", n)
	}
	l.log.Info(message, args...)
}

// end says how many lines were left out.
func (l *lines) end(login, address string) {
	if n := l.leftOut.Swap(0); n > 0 {
		l.log.Info("log lines left out: the terminal caused too many", "login", login, "address", address, "lines", n)
	}
}
