package roster

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// ErrChanged is a hub.yml that somebody wrote to while the plan was made.
var ErrChanged = errors.New("hub.yml was changed meanwhile; nothing was written: try again")

// WriteSecret makes a new file that its owner alone may read; it never replaces one.
func WriteSecret(path string, text []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s is there already and is not replaced: it may hold passwords that nobody has got yet", path)
	}
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		_ = os.Remove(path) // half of it is of no use
	}
	return err
}

// Replace puts a new text in hub.yml's place in one step, with the owner and the rights of the old
// one, which stays beside it under the returned name. was is what it held when the plan was made. A
// link is followed.
func Replace(path string, was, text []byte, now time.Time) (backup string, err error) {
	if path, err = filepath.EvalSymlinks(path); err != nil {
		return "", err
	}
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	is, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	if !bytes.Equal(is, was) {
		return "", ErrChanged
	}
	backup = path + now.Format(".20060102-150405") + ".bak"
	if err := WriteSecret(backup, was); err != nil {
		return "", fmt.Errorf("keep the old file: %w", err)
	}
	if err := swap(path, info, text); err != nil {
		_ = os.Remove(backup)
		return "", fmt.Errorf("write %s: %w", path, err)
	}
	return backup, nil
}

// swap writes a file beside path and renames it to path.
func swap(path string, like fs.FileInfo, text []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*") // 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	_, err = f.Write(text)
	if err == nil {
		err = f.Chmod(like.Mode().Perm())
	}
	if err == nil {
		err = sameOwner(f, like)
	}
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
