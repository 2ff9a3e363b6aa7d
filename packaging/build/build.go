// Package build compiles the programs and shows the progress, for the commands in demo, packaging
// and test. They use only the standard library, so that `go run` starts them before it downloads
// modules.
package build

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// The programs that Programs builds, without the extension .exe.
const (
	Hub     = "bin/traybell-hub"
	Desktop = "bin/traybell"
)

// NFPM makes packages; `go run` downloads it. Later ones need modules that proxies refuse.
const NFPM = "github.com/goreleaser/nfpm/v2/cmd/nfpm@v2.44.0"

// TrustedKeys names the variable of the environment with the public keys of releases that programs
// trust: hexadecimal digits, separated by commas. packaging/windows/build.sh reads it as well.
const TrustedKeys = "TRAYBELL_TRUSTED_KEYS"

//go:embed tags.txt
var tags string

// Tags are the build tags of the desktop and of all tests, separated by commas.
func Tags() string { return strings.TrimSpace(tags) }

// Main runs a command in the root of the source tree, with a context that ends on Ctrl-C, SIGTERM,
// the end of the terminal and the end of `go run`, then ends all programs that the command has
// started. On an error Main prints it and exits with status 1.
func Main(name string, run func(ctx context.Context) error) {
	ctx, stop := untilSignal()
	defer stop()
	context.AfterFunc(ctx, stop) // a second Ctrl-C does not wait
	adopt()
	err := root(ctx)
	if err == nil {
		err = run(ctx)
	}
	endAdopted()
	if err != nil {
		if ctx.Err() != nil {
			err = errors.New("interrupted")
		}
		fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
		os.Exit(1) //nolint:gocritic // stop only resets signals
	}
}

// root changes to the root of the source tree, which contains go.mod.
func root(ctx context.Context) error {
	out, err := Child(ctx, "go", "env", "GOMOD").Output()
	if err != nil {
		return fmt.Errorf("run go: %w", err)
	}
	file := strings.TrimSpace(string(out))
	if filepath.Base(file) != "go.mod" {
		return errors.New("run this in the source tree of traybell")
	}
	return os.Chdir(filepath.Dir(file))
}

// Version describes the commit of the source tree.
func Version(ctx context.Context) string {
	out, err := Child(ctx, "git", "describe", "--tags", "--always", "--dirty").Output()
	if err != nil {
		return "dev"
	}
	return strings.TrimSpace(string(out))
}

// Install installs packages by their Debian names, on Linux.
func Install(ctx context.Context, packages ...string) error {
	if runtime.GOOS != "linux" {
		return nil
	}
	// In the terminal's process group, as sudo asks for a password.
	cmd := exec.CommandContext(ctx, "bash", append([]string{"packaging/install.sh"}, packages...)...)
	cmd.Stdin = os.Stdin
	return show(cmd, "Installing programs", nil)
}

// Programs compiles the hub and the desktop into bin/. What is up to date is not compiled again.
func Programs(ctx context.Context) error {
	// Without C code programs need no compiler, and run on every Linux. The desktop needs AppKit on macOS.
	env := []string{"CGO_ENABLED=0"}
	if runtime.GOOS == "darwin" {
		env = []string{"CGO_ENABLED=1"}
	}
	version := Version(ctx)
	for _, program := range []string{Desktop, Hub} {
		to := program
		if runtime.GOOS == "windows" {
			to += ".exe"
		}
		if err := Program(ctx, program, to, version, env...); err != nil {
			return err
		}
	}
	return nil
}

// Program compiles Hub or Desktop to a file, with more variables in the environment.
func Program(ctx context.Context, program, to, version string, env ...string) error {
	folder, tags := "./hub", Tags()
	if program == Desktop {
		// The desktop's only connection is a WebSocket, which needs HTTP 1.
		folder, tags = "./desktop", tags+",nethttpomithttp2"
	}
	flags := "-s -w -X main.version=" + version
	if keys := os.Getenv(TrustedKeys); keys != "" {
		flags += " -X traybell/shared/release.trusted=" + keys
	}
	return Go(ctx, "Building "+to, env, "build", "-v", "-buildvcs=false", "-trimpath", "-tags", tags,
		"-ldflags", flags, "-o", to, folder)
}

// Go runs the go command with more variables in the environment, and shows what it is doing. Of
// its output it counts the downloads and the packages that `go build -v` and `go vet -v` name; the
// rest is printed.
func Go(ctx context.Context, doing string, env []string, args ...string) error {
	cmd := Child(ctx, "go", args...)
	cmd.Env = append(os.Environ(), env...)
	return show(cmd, doing, count(args[0]))
}

// count returns what consumes and counts the lines of a go command.
func count(command string) func(line string) (state string, consumed bool) {
	compiled, downloads := 0, 0
	return func(line string) (string, bool) {
		switch module, downloading := strings.CutPrefix(line, "go: downloading "); {
		case downloading:
			downloads++
			return fmt.Sprintf("module %d: %s", downloads, module), true
		case (command == "build" || command == "vet") && line != "" && !strings.ContainsAny(line, " :#\t"):
			compiled++
			return fmt.Sprintf("package %d: %s", compiled, line), true
		case strings.HasSuffix(line, "[no test files]"):
			return "", true
		}
		return "", false
	}
}
