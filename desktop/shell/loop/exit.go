package loop

import (
	"context"
	"log/slog"
	"runtime"
	"time"
)

// ExitWithin is how long the program may take to exit; it usually takes milliseconds.
const ExitWithin = 3 * time.Second

// LimitExit calls exit if the returned function is not called soon after ctx has ended. A
// call to a session bus that hangs may wait for 25 s, a program that hangs may have the clipboard,
// and meanwhile a new start would find this one running.
func LimitExit(ctx context.Context, within time.Duration, log *slog.Logger, exit func(code int)) (returned func()) {
	done := make(chan struct{})
	context.AfterFunc(ctx, func() {
		select {
		case <-done:
		case <-time.After(within):
			stacks := make([]byte, 64<<10)
			log.Error("exit takes too long", "goroutines", string(stacks[:runtime.Stack(stacks, true)]))
			exit(1)
		}
	})
	return func() { close(done) }
}
