package build

import (
	"context"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"syscall"
	"time"
)

// patience is how long a program may take to end after SIGTERM.
const patience = 10 * time.Second

// On Linux a child ends with the thread that started it. This keeps the main goroutine on the main
// thread, which lasts as long as the process.
func init() { runtime.LockOSThread() }

// untilSignal returns a context that ends on Ctrl-C, SIGTERM, the end of the terminal and the end
// of the parent process: a signal to `go run` does not reach the program that it runs.
func untilSignal() (context.Context, context.CancelFunc) {
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // as under nohup
		signals = append(signals, syscall.SIGHUP)
	}
	ctx, stop := signal.NotifyContext(context.Background(), signals...)
	parent := os.Getppid()
	go func() {
		for ctx.Err() == nil {
			time.Sleep(500 * time.Millisecond)
			if os.Getppid() != parent {
				stop()
			}
		}
	}()
	return ctx, stop
}

// Child returns a command that does not outlive this process. It is ended with ctx: by SIGTERM, and
// by SIGKILL if that takes longer than ten seconds. Start it on the main goroutine, and wait for
// it.
func Child(ctx context.Context, program string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.SysProcAttr = apart()
	cmd.Cancel = func() error { return end(cmd.Process) }
	cmd.WaitDelay = patience
	return cmd
}
