package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"traybell/packaging/build"
)

// windows builds the desktop for Windows and its setup programs. With SIGN in the environment they
// are signed, see packaging/windows/setup.sh.
func (r release) windows(ctx context.Context) error {
	script := func(doing, name string, args ...string) error {
		cmd := build.Child(ctx, "bash", append([]string{filepath.Join("packaging", "windows", name)}, args...)...)
		cmd.Env = append(os.Environ(), r.env()...)
		cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("%s: %w", doing, err)
		}
		return nil
	}
	if err := script("build the desktop for Windows", "build.sh", r.program); err != nil {
		return err
	}
	name := filepath.Join(r.to, "traybell_"+r.pkg+"_windows_amd64")
	if r.has("setup") {
		err := script("build the setup programs for Windows", "setup.sh", "bin/traybell.exe", r.pkg, name)
		if err != nil {
			return err
		}
	}
	if !r.has("exe") {
		return os.Remove("bin/traybell.exe")
	}
	if sign := os.Getenv("SIGN"); sign != "" {
		if out, err := build.Child(ctx, sign, "bin/traybell.exe").CombinedOutput(); err != nil {
			return fmt.Errorf("sign the desktop for Windows: %w: %s", err, out)
		}
	}
	return os.Rename("bin/traybell.exe", name+".exe")
}
