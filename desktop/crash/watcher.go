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

// IsWatcher reports whether this process is a watcher. The program checks it first and calls
// BeWatcher.
func IsWatcher() bool { return os.Getenv(envFolder) != "" }

// BeWatcher waits for the end of the watched program, writes a report if it crashed, and restarts
// it.
func BeWatcher() error {
	signal.Ignore(os.Interrupt) // meant for the program, whose end the watcher follows
	runtime.GOMAXPROCS(1)
	debug.FreeOSMemory()
	began := time.Now()
	said, err := io.ReadAll(io.LimitReader(os.Stdin, maxReport))
	if len(said) == 0 {
		return err
	}
	_, _ = io.Copy(io.Discard, os.Stdin) // until the pipe is closed
	folder := os.Getenv(envFolder)
	report, err := write(folder, os.Getenv(envAbout), began, said)
	if err != nil {
		return err
	}
	n := tries() + 1
	if time.Since(began) >= ranWell {
		n = 1
	}
	if n > maxTries ||
		strings.HasPrefix(string(said), "SIGQUIT") { // SIGQUIT is a request to dump the goroutines and exit
		return nil
	}
	awaitEnd(number(envPID)) // the pipe is closed before the locks are released
	self, err := os.Executable()
	if err != nil {
		return err
	}
	return start(self, os.Args[1:], envReport+"="+report, envTries+"="+strconv.Itoa(n))
}

// Restart starts the program again, after this process has released what it held. Arguments that
// are to be done once, such as links, do not belong to args.
func Restart(args ...string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	return start(self, args)
}

func start(program string, args []string, environment ...string) error {
	again := exec.CommandContext(context.Background(), program, args...)
	again.Env = append(without(os.Environ(), envFolder, envAbout, envPID, envReport, envTries), environment...)
	again.Stderr = os.Stderr
	again.SysProcAttr = detached()
	return again.Start()
}

// write saves a report and removes old ones.
func write(folder, about string, began time.Time, said []byte) (string, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", fmt.Errorf("create folder for crash reports: %w", err)
	}
	now := time.Now()
	path := filepath.Join(folder, prefix+now.Format("20060102-150405.000")+suffix)
	head := fmt.Sprintf("%s\ncrashed %s, after %s\n\n", about, now.Format(time.RFC3339),
		now.Sub(began).Round(time.Second))
	if err := os.WriteFile(path, append([]byte(head), said...), 0o600); err != nil {
		return "", fmt.Errorf("write crash report: %w", err)
	}
	for i, old := range Reports(folder) {
		if i >= keepReports {
			_ = os.Remove(old)
		}
	}
	return path, nil
}
