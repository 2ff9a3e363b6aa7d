package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"traybell/hub/config"
	"traybell/hub/trace"
)

const (
	tailEvery = 500 * time.Millisecond
	tailCalls = 200 // that may have steps at a time
)

// Tail tells each step that the hub takes with any call, as Why does, a second or so after it
// happened, until ctx ends. It follows a hub that works on the same database, also over its
// restart.
func Tail(ctx context.Context, cfg *config.Config, out io.Writer) (err error) {
	s, err := openKept(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	told := map[string]int{} // steps by call
	for first := true; ; first = false {
		traces, err := s.TracesOf(ctx, "", 0, tailCalls)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		next := make(map[string]int, len(traces))
		var fresh []tailStep
		for _, t := range traces {
			next[t.CallID] = len(t.Steps)
			if first {
				continue
			}
			for _, step := range t.Steps[min(told[t.CallID], len(t.Steps)):] {
				fresh = append(fresh, tailStep{t, step})
			}
		}
		told = next
		slices.SortStableFunc(fresh, func(a, b tailStep) int { return a.step.At.Compare(b.step.At) })
		if err := tellTail(out, fresh); err != nil {
			return err
		}
		select {
		case <-time.After(tailEvery):
		case <-ctx.Done():
			return nil
		}
	}
}

type tailStep struct {
	call trace.Trace
	step trace.Step
}

func tellTail(out io.Writer, fresh []tailStep) error {
	var say strings.Builder
	for _, f := range fresh {
		sentence, details := f.step.Say()
		if f.step.What == trace.Seen {
			sentence = f.call.About() + ": " + sentence
		}
		fmt.Fprintf(&say, "%s  %s  %s\n", f.step.At.Local().Format("15:04:05.000"), f.call.CallID, sentence)
		for _, d := range details {
			fmt.Fprintf(&say, "%14s%s\n", "", d)
		}
	}
	_, err := io.WriteString(out, say.String())
	return err
}
