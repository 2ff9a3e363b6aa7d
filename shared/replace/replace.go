// Package replace writes files that are there whole or not at all, also after a power cut.
package replace

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// File writes a file, readable by its owner only, in place of the one at path, if there is one.
// After an error that one is unchanged.
func File(path string, content []byte) error { return Mode(path, content, private) }

// private is the mode of os.CreateTemp.
const private fs.FileMode = 0o600

// Mode is File with other permissions.
func Mode(path string, content []byte, mode fs.FileMode) error {
	next, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".new-*")
	if err != nil {
		return err
	}
	_, err = next.Write(content)
	if mode != private {
		err = errors.Join(err, next.Chmod(mode))
	}
	if err = errors.Join(err, next.Sync(), next.Close()); err == nil {
		err = os.Rename(next.Name(), path)
	}
	if err != nil {
		_ = os.Remove(next.Name())
	}
	return err
}
