package cmd

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"traybell/hub/app"
	"traybell/hub/compile"
	"traybell/hub/trace"
	causes "traybell/hub/why"
	"traybell/shared/printable"
)

type why struct {
	Call  string `arg:"" optional:"" help:"A number in any form, or a call id. Default: the last calls."`
	Agent string `help:"Only what happened for the agent with this login or extension." placeholder:"LOGIN|EXT"`
	At    string `help:"About when: 12:03, or 2026-11-22 12:03." placeholder:"TIME"`
	Last  int    `help:"The maximum number of calls." default:"5" short:"n"`
	configFlag
}

// Run prints what the hub decided about the last calls, newest last, what the agents' desktops
// reported, and why agents saw no popup.
func (w why) Run(ctx context.Context, to streams) (err error) {
	cfg, err := w.load()
	if err != nil {
		return err
	}
	parts, err := compile.Hub(cfg)
	if err != nil {
		return err
	}
	q := causes.Question{Call: w.Call, Agent: w.Agent, Most: max(w.Last, 1)}
	if q.At, err = parseMoment(w.At, time.Now()); err != nil {
		return err
	}
	s, err := app.OpenDatabase(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()

	x := causes.Explainer{Traces: s, Timeline: s, Rules: parts.WhyRules}
	found, err := x.Ask(ctx, q)
	if err != nil {
		return err
	}
	var text strings.Builder
	if len(found) == 0 {
		text.WriteString("No such call. Traces are kept for a week, for the last 50,000 calls at most.\n" +
			"With --at, the hub says what was wrong at that time. If calls are missing, see in its log whether the " +
			"PBX is connected (pbx=… state=working), or run: traybell-hub check\n")
	}
	slices.Reverse(found)
	for i, f := range found {
		if i > 0 && w.Agent == "" {
			text.WriteByte('\n')
		}
		w.write(&text, f)
	}
	_, err = io.WriteString(to.out, text.String())
	return err
}

func (w why) write(text *strings.Builder, f causes.Found) {
	if f.Trace.CallID == "" {
		printable.Fprintf(text, "%s  no call of this agent\n", local(f.Trace.At))
	} else {
		printable.Fprintf(text, "%s  %s  [%s]\n", local(f.Trace.At), f.Trace.About(), f.Trace.CallID)
	}
	for _, a := range f.Answers {
		said, remedy := a.Say(causes.Reader{})
		printable.Fprintf(text, "    %s: %s\n", a.Cause, said)
		if remedy != "" {
			printable.Fprintf(text, "        %s\n", remedy)
		}
	}
	if w.Agent == "" || w.Call != "" {
		writeSteps(text, f.Trace)
	}
}

func writeSteps(text *strings.Builder, t trace.Trace) {
	for _, step := range t.Steps {
		sentence, details := step.Say(trace.English)
		printable.Fprintf(text, "    %s  %s\n", step.At.Local().Format("15:04:05.000"), sentence)
		for _, d := range details {
			printable.Fprintf(text, "                    %s\n", d)
		}
	}
}
