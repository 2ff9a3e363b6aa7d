//go:build unix

package memory

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"runtime"
	"syscall"
)

// Report logs the program's memory at each SIGUSR1. It returns when the context ends.
func Report(ctx context.Context, log *slog.Logger) {
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGUSR1)
	defer signal.Stop(asked)
	for {
		select {
		case <-ctx.Done():
			return
		case <-asked:
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			log.Info("weight", "heap", m.HeapAlloc, "goroutines", runtime.NumGoroutine())
		}
	}
}
