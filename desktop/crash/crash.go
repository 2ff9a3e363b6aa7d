// Package crash sees to it that a fault of the program is neither lost nor the end of it: what Go
// says of a panic, a fatal error or a fault in a C library goes into a report, and the program is
// started again. A process of its own, the watcher, does both, since nothing of the crashed one can
// be relied on: it is the same program in another role, reads a pipe that nobody but a crash writes
// to (runtime/debug.SetCrashOutput), and ends with the program it watches.
//
// A program that is ended by its user, the system or a signal is not started again.
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

// The watcher is told by the environment what it is, so that its arguments can be those to start
// the program with.
const (
	envFolder = "TRAYBELL_CRASH_FOLDER" // the watcher's role: where reports go
	envAbout  = "TRAYBELL_CRASH_ABOUT"  // a line for the report's head
	envPID    = "TRAYBELL_CRASH_PID"    // the program that is watched
	// told to the program that is started again: the report of what it was started for
	envReport = "TRAYBELL_CRASH_REPORT"
	envTries  = "TRAYBELL_CRASH_TRIES" // how often it was started again without having run for long
)

const (
	mostReport  = 1 << 20     // bytes of one report
	keepReports = 5           // the newest
	ranWell     = time.Minute // a program that ran so long may be started again as if it never had crashed
	endsWithin  = 10 * time.Second
	mostTries   = 3 // in a row, for one that does not
	prefix      = "crash-"
	suffix      = ".txt"
)

// Watch lets a watcher watch this program from now on; reports go into folder, headed by about (the
// version). It fails where no process can be started; the program works without. The watcher ends
// by itself.
func Watch(folder, about string) error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("this program's own path: %w", err)
	}
	read, write, err := os.Pipe()
	if err != nil {
		return err
	}
	defer func() { _, _ = read.Close(), write.Close() }() // the watcher and the runtime have copies of their own
	watcher := exec.CommandContext(context.Background(), self, os.Args[1:]...)
	watcher.Stdin, watcher.Stderr = read, os.Stderr
	watcher.Env = append(without(os.Environ(), envReport), envFolder+"="+folder, envAbout+"="+about,
		envPID+"="+strconv.Itoa(os.Getpid()))
	watcher.SysProcAttr = apart()
	if err := watcher.Start(); err != nil {
		return err
	}
	go func() { _ = watcher.Wait() }() // somebody may end it; that is no harm
	return debug.SetCrashOutput(write, debug.CrashOptions{})
}

// Report is the report of the crash after which this program was started; empty where it was
// started otherwise.
func Report() string { return os.Getenv(envReport) }

// Reports lists the reports in a folder, the newest first.
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
	slices.Sort(reports) // their names are times
	slices.Reverse(reports)
	return reports
}

// without is an environment without some variables.
func without(environment []string, names ...string) []string {
	return slices.DeleteFunc(slices.Clone(environment), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return slices.Contains(names, name)
	})
}

func tries() int {
	return max(0, number(envTries))
}

// number is what a variable of the environment counts; 0 where it does not.
func number(name string) int {
	n, err := strconv.Atoi(os.Getenv(name))
	if err != nil {
		return 0
	}
	return n
}
