// Command retry runs go test with its arguments. Tests that fail it runs once more, alone: those with
// real servers share a machine with the servers. It names what passes only then.
package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
)

// most is how many tests may fail and be run again. More are no accident.
const most = 5

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "retry:", err)
		os.Exit(1) //nolint:gocritic // stop only resets signals
	}
}

func run(ctx context.Context, args []string) error {
	var f failures
	err := goTest(ctx, args, &f)
	if err == nil {
		return nil
	}
	if reason := f.final(); reason != "" {
		return fmt.Errorf("%w; not run again: %s", err, reason)
	}
	options := slices.DeleteFunc(slices.Clone(args), isPackage)
	for _, of := range f.packages {
		fmt.Printf("Once more: %s of %s\n", strings.Join(of.tests, ", "), of.path)
		again := append(slices.Clone(options), "-run", "^("+strings.Join(of.tests, "|")+")$", of.path)
		if err := goTest(ctx, again, &failures{}); err != nil {
			return fmt.Errorf("%s fails twice: %w", of.path, err)
		}
		fmt.Printf("Passed only when run again: %s of %s\n", strings.Join(of.tests, ", "), of.path)
	}
	return nil
}

// isPackage reports whether an argument names packages.
func isPackage(arg string) bool { return strings.HasPrefix(arg, "./") }

// goTest runs go test, and prints what it prints.
func goTest(ctx context.Context, args []string, f *failures) error {
	cmd := exec.CommandContext(ctx, "go", append([]string{"test"}, args...)...)
	read, write := io.Pipe()
	cmd.Stdout, cmd.Stderr = write, write
	done := make(chan error)
	go func() {
		err := cmd.Run()
		_ = write.Close() // always nil
		done <- err
	}()
	lines := bufio.NewReader(read)
	for {
		line, err := lines.ReadString('\n')
		fmt.Print(line)
		f.line(strings.TrimSuffix(line, "\n"))
		if errors.Is(err, io.EOF) {
			return <-done
		}
	}
}

// failures are the failed tests in the output of go test.
type failures struct {
	packages []failed
	tests    []string // of the package whose output goes on
	broken   string   // what no second run excuses
}

// failed are the failed tests of a package.
type failed struct {
	path  string
	tests []string
}

func (f *failures) line(text string) {
	if strings.HasPrefix(text, "WARNING: DATA RACE") {
		f.broken = "a data race"
	}
	if name, ok := strings.CutPrefix(text, "--- FAIL: "); ok {
		name, _, _ = strings.Cut(name, " ")
		f.tests = append(f.tests, name)
		return
	}
	if _, ok := strings.CutPrefix(text, "ok  \t"); ok {
		f.tests = nil
	}
	path, ok := strings.CutPrefix(text, "FAIL\t")
	if !ok {
		return
	}
	path, _, _ = strings.Cut(path, "\t")
	path, _, _ = strings.Cut(path, " ")
	if len(f.tests) == 0 {
		f.broken = path + " ended without the failure of a test"
	}
	f.packages = append(f.packages, failed{path, f.tests})
	f.tests = nil
}

// final returns why failed tests are not run again; empty if they are.
func (f *failures) final() string {
	n := 0
	for _, p := range f.packages {
		n += len(p.tests)
	}
	switch {
	case f.broken != "":
		return f.broken
	case n == 0:
		return "no test failed"
	case n > most:
		return fmt.Sprintf("%d tests failed", n)
	}
	return ""
}
