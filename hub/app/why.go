package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"traybell/hub/config"
	"traybell/hub/store"
	"traybell/hub/trace"
)

// WhyOptions say which calls are told of.
type WhyOptions struct {
	Call  string // a number in any form, or a call's id; empty: the last calls
	Agent string // login: how it went with this agent
	Last  int    // how many calls at most
}

// Why tells in plain words what the hub decided about the last calls, newest last, and what the
// agents' desktops said: why somebody saw a popup, or did not. It may be called while a hub works
// on the same database.
func Why(ctx context.Context, cfg *config.Config, o WhyOptions, out io.Writer) (err error) {
	p, err := compile(cfg)
	if err != nil {
		return err
	}
	var extensions []string
	if o.Agent != "" {
		a, ok := p.staff.Agent(o.Agent)
		if !ok {
			return fmt.Errorf("hub.yml has no agent with the login %q", o.Agent)
		}
		extensions = a.Extensions
	}
	s, err := openKept(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()

	traces, err := findTraces(ctx, s, p, o)
	if err != nil {
		return err
	}
	var say strings.Builder
	if len(traces) == 0 {
		say.WriteString("The hub has seen no such call: traces are kept for a week, and of the last 50,000 calls.\n" +
			"Where calls are missing, see in the hub's log whether the PBX is connected (pbx=… state=working), " +
			"and try: traybell-hub check\n")
	}
	slices.Reverse(traces)
	for i, t := range traces {
		if i > 0 && o.Agent == "" {
			say.WriteByte('\n')
		}
		fmt.Fprintf(&say, "%s  %s  [%s]\n", local(t.At), t.About(), t.CallID)
		if o.Agent != "" {
			fmt.Fprintf(&say, "    %s: %s\n", o.Agent, t.For(o.Agent, extensions))
		}
		if o.Agent == "" || o.Call != "" {
			tellSteps(&say, t)
		}
	}
	_, err = io.WriteString(out, say.String())
	return err
}

func findTraces(ctx context.Context, s *store.Store, p parts, o WhyOptions) ([]trace.Trace, error) {
	if o.Call != "" {
		t, ok, err := s.TraceOf(ctx, o.Call)
		if err != nil || ok {
			return []trace.Trace{t}, err
		}
	}
	party := ""
	if o.Call != "" {
		if party = p.numbers.Typed(o.Call).Key(); party == "" {
			return nil, fmt.Errorf("%q is neither a number nor a call's id", o.Call)
		}
	}
	return s.TracesOf(ctx, party, 0, max(o.Last, 1))
}

func tellSteps(say *strings.Builder, t trace.Trace) {
	for _, step := range t.Steps {
		sentence, details := step.Say()
		fmt.Fprintf(say, "    %s  %s\n", step.At.Local().Format("15:04:05.000"), sentence)
		for _, d := range details {
			fmt.Fprintf(say, "                    %s\n", d)
		}
	}
}
