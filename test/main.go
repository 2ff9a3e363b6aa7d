// Command test runs all tests that need no server, or those of the packages in its arguments.
package main

import (
	"context"
	"flag"
	"fmt"
	"os/exec"
	"slices"

	"traybell/packaging/build"
)

func main() {
	version := flag.Bool("version", false, "print the version and exit")
	retry := flag.Bool("retry", false, "run tests that fail once more, alone")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: go run ./test [--retry] [--version] [PACKAGE]...")
		flag.PrintDefaults()
	}
	flag.Parse()
	build.Main("test", func(ctx context.Context) error {
		if *version {
			fmt.Println("traybell", build.Version(ctx))
			return nil
		}
		command := []string{"test"}
		if *retry {
			command = []string{"run", "./test/retry"}
		}
		if flag.NArg() > 0 {
			return test(ctx, command, flag.Args()...)
		}
		return all(ctx, command)
	})
}

func all(ctx context.Context, command []string) error {
	if err := test(ctx, command, "./..."); err != nil {
		return err
	}
	return run(ctx, "Comparing cards with their pictures", []string{"test"},
		"-race", unchecked, "-vet=off", "-tags", "ci,"+build.Tags(), "./desktop/ui/card/...")
}

// unchecked leaves SQLite, which is C translated to Go, without the checks of pointers that -race
// adds: they took a third of the time of tests with a database.
const unchecked = "-gcflags=modernc.org/...=-d=checkptr=0"

// test vets and tests packages. Vetting with the same options reads what the tests are compiled from,
// so that nothing is compiled a second time.
func test(ctx context.Context, command []string, packages ...string) error {
	// for the race detector
	if exec.CommandContext(ctx, "sh", "-c", "echo '#include <pthread.h>' | gcc -E - >/dev/null 2>&1").Run() != nil {
		if err := build.Install(ctx, "gcc", "libc6-dev"); err != nil {
			return err
		}
	}
	options := []string{"-race", unchecked, "-tags", build.Tags()}
	if err := run(ctx, "Vetting", []string{"vet"}, slices.Concat([]string{"-v"}, options, packages)...); err != nil {
		return err
	}
	return run(ctx, "Testing", command,
		slices.Concat([]string{"-vet=off", "-shuffle=on", "-timeout=30m"}, options, packages)...)
}

func run(ctx context.Context, doing string, command []string, args ...string) error {
	return build.Go(ctx, doing, []string{"CGO_ENABLED=1"}, slices.Concat(command, args)...)
}
