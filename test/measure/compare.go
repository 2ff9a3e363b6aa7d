package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// settling is how long calls are placed before a measurement, until a condition has its full effect.
const settling = 4 * time.Second

// condition is something that goes on while calls are placed. end ends it; its error says that it
// did not.
type condition struct {
	name  string
	begin func(ctx context.Context) (end func() error, err error)
}

// nothing is the reference.
func nothing(context.Context) (end func() error, err error) {
	return func() error { return nil }, nil
}

// compare measures calls under conditions, in turn, with the same hub and the same desktops. The
// first condition is the reference: the ratios are those of each round, so that other load on the
// machine is about the same for both.
func compare(ctx context.Context, s *stage, l load, conditions []condition) error {
	fmt.Printf("From the AMI bytes of DialBegin to the WebSocket frame at the agent: %d desktops over TLS, %d calls a "+
		"second, %d agents concerned, %s each\n\n", s.desktops, l.rate, l.concerned, l.span)
	fmt.Printf("%-24s %6s %9s %9s %9s %9s %9s %9s   %s\n", "", "times", "p50", "p95", "p99", "worst", "CPU/call",
		"memory", "load")
	of := make([][]result, len(conditions))
	for round := range l.rounds {
		for i := range conditions {
			i = (i + round) % len(conditions)
			r, err := conditions[i].measure(ctx, s, l)
			if err != nil {
				return fmt.Errorf("measure %s: %w", conditions[i].name, err)
			}
			of[i] = append(of[i], r)
			fmt.Printf("%-24s %6d %9s %9s %9s %9s %9s %6.1f KB   %s\n", conditions[i].name, len(r.times), r.at(0.5),
				r.at(0.95), r.at(0.99), r.at(1), r.call.cpu.Round(time.Microsecond), r.call.bytes/1024, loadAverage())
		}
	}
	fmt.Printf("\nratios to %q: median of %d rounds (lowest to highest)\n", conditions[0].name, l.rounds)
	for i := 1; i < len(conditions); i++ {
		fmt.Printf("%-24s p50 %s   p99 %s   CPU/call %s\n", conditions[i].name,
			ratios(of[i], of[0], func(r result) float64 { return float64(r.at(0.5)) }),
			ratios(of[i], of[0], func(r result) float64 { return float64(r.at(0.99)) }),
			ratios(of[i], of[0], func(r result) float64 { return float64(r.call.cpu) }))
	}
	return ctx.Err()
}

func (c condition) measure(ctx context.Context, s *stage, l load) (r result, err error) {
	end, err := c.begin(ctx)
	if err != nil {
		return r, err
	}
	first := l
	first.span = settling
	s.place(ctx, first)
	s.clock.take()
	r, err = s.measure(ctx, l, usage{span: time.Second})
	return r, errors.Join(err, end(), ctx.Err())
}

// ratios formats the ratios of a figure, round by round.
func ratios(of, to []result, figure func(result) float64) string {
	list := make([]float64, len(of))
	for i := range of {
		list[i] = figure(of[i]) / figure(to[i])
	}
	slices.Sort(list)
	return fmt.Sprintf("%.2f (%.2f to %.2f)", list[len(list)/2], list[0], list[len(list)-1])
}

// openOffice starts a hub whose desktops have signed in.
func openOffice(ctx context.Context, l load) (*stage, error) {
	if err := roomFor(l.desktops[0]); err != nil {
		return nil, err
	}
	s, err := openStage(ctx, l.desktops[0], "hub", "-profile", l.profile)
	if err != nil {
		return nil, err
	}
	if err = s.connect(ctx); err == nil {
		_, err = s.ask("profile")
	}
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}
