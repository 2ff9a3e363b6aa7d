package updates

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"traybell/shared/release"
)

// old is added to the name of the former program on Windows, which cannot remove a running one.
const old = ".old"

// Tidy removes the former program. Call it at each start.
func Tidy(program string) {
	if runtime.GOOS == "windows" {
		_ = os.Remove(program + old)
	}
}

// replace puts a downloaded program in place of this one. What was verified is the copy that then
// runs: it is in the program's folder, and not the download.
func (u Updater) replace(ctx context.Context, path string, file release.File) (err error) {
	next, err := copied(path, u.Program, file)
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(next) }() // after the rename it is not there
	if err := tryOut(ctx, next, file.Version); err != nil {
		return err
	}
	if runtime.GOOS != "windows" {
		return os.Rename(next, u.Program)
	}
	Tidy(u.Program)
	if err := os.Rename(u.Program, u.Program+old); err != nil {
		return err
	}
	if err := os.Rename(next, u.Program); err != nil {
		return errors.Join(err, os.Rename(u.Program+old, u.Program))
	}
	return nil
}

// copied copies a download into the folder of a program and verifies what it has copied.
func copied(path, program string, file release.File) (next string, err error) {
	from, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer func() { _ = from.Close() }()
	to, err := os.CreateTemp(filepath.Dir(program), "traybell-*"+filepath.Ext(program))
	if err != nil {
		return "", err
	}
	h := sha256.New()
	_, err = io.Copy(io.MultiWriter(to, h), from)
	if err == nil && hex.EncodeToString(h.Sum(nil)) != file.SHA256 {
		err = ErrChanged
	}
	if runtime.GOOS != "windows" {
		err = errors.Join(err, to.Chmod(0o755))
	}
	if err = errors.Join(err, to.Sync(), to.Close()); err != nil {
		_ = os.Remove(to.Name())
		return "", err
	}
	return to.Name(), nil
}

const tryWithin = 20 * time.Second

// tryOut starts a program for its version: a file for another processor, or a system that it does
// not support, must not replace one that works.
func tryOut(ctx context.Context, program, version string) error {
	ctx, cancel := context.WithTimeout(ctx, tryWithin)
	defer cancel()
	for {
		out, err := exec.CommandContext(ctx, program, "--version").CombinedOutput()
		if errors.Is(err, syscall.ETXTBSY) && ctx.Err() == nil {
			time.Sleep(10 * time.Millisecond) // a process that is being started has the file still open
			continue
		}
		switch {
		case err != nil:
			return fmt.Errorf("%w: %w: %.200s", ErrDoesntRun, err, out)
		case !strings.Contains(string(out), version):
			return fmt.Errorf("%w: it says %.200q, not %s", ErrDoesntRun, out, version)
		}
		return nil
	}
}

// setupFlags install for this user alone, also if the program has administrator's rights, and without
// questions.
var setupFlags = []string{"/S", "/CURRENTUSER", "/START"}

// setUp runs the setup of a version. It has this program end, which ends ctx, replaces it and starts
// the new one. If it does not get so far, this program goes on.
func (u Updater) setUp(ctx context.Context, path string) error {
	setup := filepath.Join(u.Folder, "traybell-setup.exe")
	if err := os.Rename(path, setup); err != nil {
		return err
	}
	cmd := exec.Command(setup, setupFlags...) //nolint:noctx // it outlives this program
	if err := cmd.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case err := <-ended:
		if err != nil {
			return fmt.Errorf("%w: %w", ErrSetup, err)
		}
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
