package client

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// A computer that stood still does not take that for silence of the hub.
func TestStandstillIsNotSilence(t *testing.T) {
	const every = 2 * time.Second
	for name, test := range map[string]struct {
		takes  []time.Duration // of the Pings, which fail after every
		silent bool
	}{
		"answered":                   {[]time.Duration{time.Millisecond}, false},
		"silent":                     {[]time.Duration{every}, true},
		"stood still":                {[]time.Duration{time.Minute}, false},
		"stood still, silent since":  {[]time.Duration{time.Minute, every}, true},
		"stood still, then answered": {[]time.Duration{time.Minute, time.Millisecond}, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(t.Context())
				k := &connection{check: make(chan struct{}, 1), cut: cancel}
				k.pulse(ctx, every, func(context.Context) error {
					if len(test.takes) == 0 {
						cancel(nil)
						return nil
					}
					took := test.takes[0]
					test.takes = test.takes[1:]
					if time.Sleep(took); took < every {
						return nil
					}
					return context.DeadlineExceeded
				})
				if silent := context.Cause(ctx) == errSilent; silent != test.silent { //nolint:errorlint // not wrapped
					t.Errorf("cut as silent: %v", silent)
				}
			})
		})
	}
}

func TestPausesHaveACeiling(t *testing.T) {
	lost, away, slow := &Problem{Kind: ConnectionLost}, &Problem{Kind: NoAnswer}, &Problem{Kind: TooSlow}
	for name, test := range map[string]struct {
		lasted  time.Duration
		problem *Problem
		longest time.Duration
	}{
		"the hub does not answer":   {0, away, 30 * time.Second},
		"the hub ends each session": {time.Second, slow, 30 * time.Second},
		"short sessions":            {time.Second, lost, openedPause},
		"long sessions":             {time.Minute, lost, 0},
	} {
		t.Run(name, func(t *testing.T) {
			pauses := newPauses()
			var longest time.Duration
			for range 1000 {
				longest = max(longest, pauseAfter(test.lasted, test.problem, pauses))
			}
			if longest > test.longest || longest < test.longest*8/10 {
				t.Errorf("paused for %s, want at most %s", longest, test.longest)
			}
		})
	}
}
