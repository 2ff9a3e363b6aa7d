package cmd

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"traybell/hub/app"
	"traybell/hub/trace"
	"traybell/shared/printable"
)

const (
	tailEvery = 500 * time.Millisecond
	tailCalls = 200 // the latest calls that are watched for new steps
)

type tail struct{ configFlag }

// Run prints the steps of all calls about a second after they happen, until ctx ends. It also
// follows a hub that restarts.
func (t tail) Run(ctx context.Context, to streams) (err error) {
	cfg, err := t.load()
	if err != nil {
		return err
	}
	s, err := app.OpenDatabase(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	printed := map[string]int{} // number of steps, by call id
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
			for _, step := range t.Steps[min(printed[t.CallID], len(t.Steps)):] {
				fresh = append(fresh, tailStep{t, step})
			}
		}
		printed = next
		slices.SortStableFunc(fresh, func(a, b tailStep) int { return a.step.At.Compare(b.step.At) })
		if err := writeTail(to.out, fresh); err != nil {
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

func writeTail(out io.Writer, fresh []tailStep) error {
	var text strings.Builder
	for _, f := range fresh {
		sentence, details := f.step.Say(trace.English)
		if f.step.What == trace.Seen {
			sentence = f.call.About() + ": " + sentence
		}
		printable.Fprintf(&text, "%s  %s  %s\n", f.step.At.Local().Format("15:04:05.000"), f.call.CallID, sentence)
		for _, d := range details {
			printable.Fprintf(&text, "%14s%s\n", "", d)
		}
	}
	_, err := io.WriteString(out, text.String())
	return err
}
