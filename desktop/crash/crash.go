// Package crash writes a report when the program crashes and restarts it. A crash is a panic, a
// fatal error of the Go runtime or a fault in a C library.
//
// Both is done by a second process, the watcher, as the state of a crashed process cannot be relied
// on. The watcher is the same executable in another role. It reads a pipe that the runtime writes
// to only in a crash (runtime/debug.SetCrashOutput), and ends together with the program.
//
// A program that exits by itself or is ended by the user or a signal is not restarted.
package crash

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The watcher gets its role from the environment, so that its arguments are those to restart the
// program with.
const (
	envFolder = "TRAYBELL_CRASH_FOLDER" // marks a watcher: folder for reports
	envAbout  = "TRAYBELL_CRASH_ABOUT"  // first line of a report
	envPID    = "TRAYBELL_CRASH_PID"    // process to watch
	// for the restarted program: path of the crash report
	envReport = "TRAYBELL_CRASH_REPORT"
	envTries  = "TRAYBELL_CRASH_TRIES" // number of restarts in a row
)

const (
	maxReport   = 1 << 20     // bytes
	keepReports = 5           // number of reports kept
	ranWell     = time.Minute // a program that ran this long resets the number of restarts
	endsWithin  = 10 * time.Second
	maxTries    = 3 // restarts in a row
	prefix      = "crash-"
	suffix      = ".txt"
)

// Watch starts a watcher for this program. Reports go into folder; about (the version) is their
// first line. On an error the program works without a watcher. The watcher ends by itself.
func Watch(folder, about string) error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find executable: %w", err)
	}
	read, write, err := os.Pipe()
	if err != nil {
		return err
	}
	defer func() { _, _ = read.Close(), write.Close() }() // the watcher and the runtime have duplicates
	watcher := exec.CommandContext(context.Background(), self, os.Args[1:]...)
	watcher.Stdin, watcher.Stderr = read, os.Stderr
	watcher.Env = append(without(os.Environ(), envReport), envFolder+"="+folder, envAbout+"="+about,
		envPID+"="+strconv.Itoa(os.Getpid()))
	watcher.SysProcAttr = detached()
	if err := watcher.Start(); err != nil {
		return err
	}
	go func() { _ = watcher.Wait() }() // reaps a watcher that ends early
	return debug.SetCrashOutput(write, debug.CrashOptions{})
}

// Report is the path of the report of the crash that caused this start, or empty.
func Report() string { return os.Getenv(envReport) }

// Reports lists the reports in a folder, newest first.
func Reports(folder string) []string {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil
	}
	var reports []string
	for _, e := range entries {
		if n := e.Name(); e.Type().IsRegular() && strings.HasPrefix(n, prefix) && strings.HasSuffix(n, suffix) {
			reports = append(reports, filepath.Join(folder, n))
		}
	}
	slices.Sort(reports) // names are timestamps
	slices.Reverse(reports)
	return reports
}

// without returns environment without the named variables.
func without(environment []string, names ...string) []string {
	return slices.DeleteFunc(slices.Clone(environment), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return slices.Contains(names, name)
	})
}

func tries() int {
	return max(0, number(envTries))
}

// number is an environment variable as a number, or 0.
func number(name string) int {
	n, err := strconv.Atoi(os.Getenv(name))
	if err != nil {
		return 0
	}
	return n
}
