package crash

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"time"
)

// IsWatcher tells whether this process is to be a watcher. The program asks before anything else,
// and calls BeWatcher.
func IsWatcher() bool { return os.Getenv(envFolder) != "" }

// BeWatcher waits for the watched program's end and does what a crash needs. It returns when there
// is nothing left to do; an error is for nobody but the system's log.
func BeWatcher() error {
	signal.Ignore(os.Interrupt) // meant for the program; the watcher follows it
	runtime.GOMAXPROCS(1)
	debug.FreeOSMemory()
	began := time.Now()
	said, err := io.ReadAll(io.LimitReader(os.Stdin, mostReport))
	if len(said) == 0 {
		return err
	}
	_, _ = io.Copy(io.Discard, os.Stdin) // to its very end, so that what it held is free
	folder := os.Getenv(envFolder)
	report, err := write(folder, os.Getenv(envAbout), began, said)
	if err != nil {
		return err
	}
	n := tries() + 1
	if time.Since(began) >= ranWell {
		n = 1
	}
	if n > mostTries || strings.HasPrefix(string(said), "SIGQUIT") { // who asks for the goroutines wants it to end
		return nil
	}
	awaitEnd(number(envPID)) // the pipe is closed a moment before the locks are
	self, err := os.Executable()
	if err != nil {
		return err
	}
	again := exec.CommandContext(context.Background(), self, os.Args[1:]...)
	again.Env = append(without(os.Environ(), envFolder, envAbout, envPID, envReport, envTries), envReport+"="+report,
		envTries+"="+strconv.Itoa(n))
	again.Stderr = os.Stderr
	again.SysProcAttr = apart()
	return again.Start()
}

// write keeps a report, and the newest of the earlier ones.
func write(folder, about string, began time.Time, said []byte) (string, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", fmt.Errorf("the folder for crash reports: %w", err)
	}
	now := time.Now()
	path := filepath.Join(folder, prefix+now.Format("20060102-150405.000")+suffix)
	head := fmt.Sprintf("%s\ncrashed %s, after %s\n\n", about, now.Format(time.RFC3339),
		now.Sub(began).Round(time.Second))
	if err := os.WriteFile(path, append([]byte(head), said...), 0o600); err != nil {
		return "", fmt.Errorf("the crash report: %w", err)
	}
	for i, old := range Reports(folder) {
		if i >= keepReports {
			_ = os.Remove(old)
		}
	}
	return path, nil
}
