package loop

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestExitIsLimited(t *testing.T) {
	for _, one := range []struct {
		name    string
		returns time.Duration
		exits   bool
	}{
		{"the program returns in time", ExitWithin / 2, false},
		{"the program hangs", 2 * ExitWithin, true},
	} {
		t.Run(one.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, end := context.WithCancel(t.Context())
				var log bytes.Buffer
				exits := false
				returned := LimitExit(ctx, ExitWithin, slog.New(slog.NewTextHandler(&log, nil)),
					func(int) { exits = true })
				time.Sleep(time.Hour)
				if exits {
					t.Fatal("exits while it runs")
				}
				end()
				time.Sleep(one.returns)
				returned()
				synctest.Wait()
				if exits != one.exits {
					t.Errorf("exits: %t, want %t", exits, one.exits)
				}
				if one.exits != strings.Contains(log.String(), "TestExitIsLimited") {
					t.Errorf("log: %s", log.String())
				}
			})
		})
	}
}
