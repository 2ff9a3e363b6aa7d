package computer

import (
	"runtime"
	"runtime/debug"
	"testing"
)

func TestTune(t *testing.T) {
	t.Setenv("GOGC", "")
	processors, percent := runtime.GOMAXPROCS(0), debug.SetGCPercent(100)
	t.Cleanup(func() {
		runtime.GOMAXPROCS(processors)
		debug.SetGCPercent(percent)
	})
	cores := runtime.NumCPU()
	for _, c := range []struct{ desktops, before, after, percent int }{
		{100, cores, cores, 100},
		{10_000, cores, max(cores, leastProcessors), collectAt},
		{10_000, cores + 1, cores + 1, collectAt}, // set by GOMAXPROCS
	} {
		runtime.GOMAXPROCS(c.before)
		Tune(c.desktops)
		if got := runtime.GOMAXPROCS(0); got != c.after {
			t.Errorf("%d desktops on %d processors: %d processors, want %d", c.desktops, c.before, got, c.after)
		}
		if got := debug.SetGCPercent(100); got != c.percent {
			t.Errorf("%d desktops: GOGC is %d, want %d", c.desktops, got, c.percent)
		}
	}
}
