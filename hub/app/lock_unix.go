//go:build unix

package app

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

func lockFile(file *os.File) error {
	err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB) //nolint:gosec // a file's number is a small one
	if errors.Is(err, unix.EWOULDBLOCK) {
		return errLocked
	}
	return err
}
