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

// ErrChanged means that hub.yml changed after the plan was made.
var ErrChanged = errors.New("hub.yml has changed in the meantime: try again")

// WriteSecret creates a file that only its owner may read. It does not overwrite files.
func WriteSecret(path string, text []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s already exists; it may contain passwords that were not handed out yet", path)
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
		_ = os.Remove(path) // incomplete
	}
	return err
}

// Replace replaces hub.yml atomically, keeps its owner and permissions, and saves the old file as
// backup. It returns ErrChanged if the old content is not was. It follows links.
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
		return "", fmt.Errorf("write backup: %w", err)
	}
	if err := swap(path, info, text); err != nil {
		_ = os.Remove(backup)
		return "", fmt.Errorf("write %s: %w", path, err)
	}
	return backup, nil
}

// swap writes a temporary file and renames it to path.
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
