package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"traybell/hub/app"
	"traybell/hub/config"
	"traybell/hub/store"
	"traybell/hub/trace"
	"traybell/shared/phone"
)

type why struct {
	Call  string `arg:"" optional:"" help:"A number in any form, or a call id. Default: the last calls."`
	Agent string `help:"Only what happened for the agent with this login." placeholder:"LOGIN"`
	Last  int    `help:"The maximum number of calls." default:"5" short:"n"`
	configFlag
}

// Run prints what the hub decided about the last calls, newest last, and what the agents' desktops
// reported.
func (w why) Run(ctx context.Context, to streams) (err error) {
	cfg, err := w.load()
	if err != nil {
		return err
	}
	parts, err := app.Compile(cfg)
	if err != nil {
		return err
	}
	var extensions []string
	if w.Agent != "" {
		i := slices.IndexFunc(cfg.Agents, func(a config.Agent) bool { return a.Login == w.Agent })
		if i < 0 {
			return fmt.Errorf("hub.yml has no agent with the login %q", w.Agent)
		}
		extensions = cfg.Agents[i].Extensions
	}
	s, err := app.OpenDatabase(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()

	traces, err := w.traces(ctx, s, parts.Numbers)
	if err != nil {
		return err
	}
	var text strings.Builder
	if len(traces) == 0 {
		text.WriteString("No such call. Traces are kept for a week, for the last 50,000 calls at most.\n" +
			"If calls are missing, see in the hub's log whether the PBX is connected (pbx=… state=working), " +
			"or run: traybell-hub check\n")
	}
	slices.Reverse(traces)
	for i, t := range traces {
		if i > 0 && w.Agent == "" {
			text.WriteByte('\n')
		}
		fmt.Fprintf(&text, "%s  %s  [%s]\n", local(t.At), t.About(), t.CallID)
		if w.Agent != "" {
			fmt.Fprintf(&text, "    %s: %s\n", w.Agent, t.For(w.Agent, extensions))
		}
		if w.Agent == "" || w.Call != "" {
			writeSteps(&text, t)
		}
	}
	_, err = io.WriteString(to.out, text.String())
	return err
}

func (w why) traces(ctx context.Context, s *store.Store, numbers *phone.Reader) ([]trace.Trace, error) {
	party := ""
	if w.Call != "" {
		t, ok, err := s.TraceOf(ctx, w.Call)
		if err != nil || ok {
			return []trace.Trace{t}, err
		}
		if party = numbers.Typed(w.Call).Key(); party == "" {
			return nil, fmt.Errorf("%q is neither a number nor a call id", w.Call)
		}
	}
	return s.TracesOf(ctx, party, 0, max(w.Last, 1))
}

func writeSteps(text *strings.Builder, t trace.Trace) {
	for _, step := range t.Steps {
		sentence, details := step.Say()
		fmt.Fprintf(text, "    %s  %s\n", step.At.Local().Format("15:04:05.000"), sentence)
		for _, d := range details {
			fmt.Fprintf(text, "                    %s\n", d)
		}
	}
}
