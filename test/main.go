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
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: go run ./test [--version] [PACKAGE]...")
		flag.PrintDefaults()
	}
	flag.Parse()
	build.Main("test", func(ctx context.Context) error {
		if *version {
			fmt.Println("traybell", build.Version(ctx))
			return nil
		}
		if flag.NArg() > 0 {
			return test(ctx, flag.Args()...)
		}
		return all(ctx)
	})
}

func all(ctx context.Context) error {
	if err := test(ctx, "./..."); err != nil {
		return err
	}
	return run(ctx, "Comparing cards with their pictures", "test",
		"-race", unchecked, "-vet=off", "-tags", "ci,"+build.Tags(), "./desktop/ui/card/...")
}

// unchecked leaves SQLite, which is C translated to Go, without the checks of pointers that -race
// adds: they took a third of the time of tests with a database.
const unchecked = "-gcflags=modernc.org/...=-d=checkptr=0"

// test vets and tests packages. Vetting with the same options reads what the tests are compiled from,
// so that nothing is compiled a second time.
func test(ctx context.Context, packages ...string) error {
	// for the race detector
	if exec.CommandContext(ctx, "sh", "-c", "echo '#include <pthread.h>' | gcc -E - >/dev/null 2>&1").Run() != nil {
		if err := build.Install(ctx, "gcc", "libc6-dev"); err != nil {
			return err
		}
	}
	options := []string{"-race", unchecked, "-tags", build.Tags()}
	if err := run(ctx, "Vetting", "vet", slices.Concat([]string{"-v"}, options, packages)...); err != nil {
		return err
	}
	return run(ctx, "Testing", "test",
		slices.Concat([]string{"-vet=off", "-shuffle=on", "-timeout=30m"}, options, packages)...)
}

func run(ctx context.Context, doing, command string, args ...string) error {
	return build.Go(ctx, doing, []string{"CGO_ENABLED=1"}, append([]string{command}, args...)...)
}
