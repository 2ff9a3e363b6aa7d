//go:build unix

package shell

import (
	"os"
	"os/signal"
	"runtime"
	"syscall"
)

// tellWeight writes into the log, at each SIGUSR1, what the program holds: for whoever suspects
// that it grows. It ends with the program.
func (s *shell) tellWeight() {
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGUSR1)
	s.work.Go(func() {
		defer signal.Stop(asked)
		for {
			select {
			case <-s.ctx.Done():
				return
			case <-asked:
				runtime.GC()
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				s.log.Info("weight", "heap", m.HeapAlloc, "goroutines", runtime.NumGoroutine())
			}
		}
	})
}
