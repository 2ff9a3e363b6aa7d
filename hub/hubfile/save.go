package hubfile

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"traybell/hub/config"
	"traybell/shared/bounded"
)

// ErrChanged means that hub.yml changed after the plan was made.
var ErrChanged = errors.New("hub.yml has changed in the meantime: try again")

const (
	mostNew     = 1000 // names that WriteNew tries
	mostBackups = 20   // files that Replace keeps
	abandoned   = time.Hour
)

// backupName matches the end of a backup's name.
var backupName = regexp.MustCompile(`\.\d{8}-\d{6}(-\d+)?\.bak$`)

// WriteSecret creates a file that only its owner may read. It does not overwrite files.
func WriteSecret(path string, text []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s: %w; it may contain passwords that were not handed out yet", path, fs.ErrExist)
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

// WriteNew writes a secret to base+ext or, if that exists, to base-2+ext and so on. It returns the
// path.
func WriteNew(base, ext string, text []byte) (path string, err error) {
	for n := 1; ; n++ {
		path = base + ext
		if n > 1 {
			path = fmt.Sprintf("%s-%d%s", base, n, ext)
		}
		if err = WriteSecret(path, text); !errors.Is(err, fs.ErrExist) || n == mostNew {
			return path, err
		}
	}
}

// Replace replaces hub.yml atomically, keeps its owner and permissions, and saves the old file as
// backup; the oldest backups beyond mostBackups are deleted. It returns ErrChanged if the old
// content is not was. It follows links.
func Replace(path string, was, text []byte, now time.Time) (backup string, err error) {
	if path, err = filepath.EvalSymlinks(path); err != nil {
		return "", err
	}
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	is, err := bounded.ReadFile(path, config.MaxFile)
	if err != nil {
		return "", err
	}
	if !bytes.Equal(is, was) {
		return "", ErrChanged
	}
	backup, err = WriteNew(path+now.Format(".20060102-150405"), ".bak", was)
	if err != nil {
		return "", fmt.Errorf("write backup: %w", err)
	}
	if err := swap(path, info, text); err != nil {
		_ = os.Remove(backup)
		return "", fmt.Errorf("write %s: %w", path, err)
	}
	forget(path)
	return backup, nil
}

// forget deletes the oldest backups, and what a process left that was killed while it wrote.
func forget(path string) {
	pattern := filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".")
	left, _ := filepath.Glob(escaped.Replace(pattern) + "*") // the pattern is valid
	for _, name := range left {
		number := strings.TrimPrefix(name, pattern) // other names are those of editors
		if _, err := strconv.ParseUint(number, 10, 64); err != nil {
			continue
		}
		if info, err := os.Lstat(name); err == nil && time.Since(info.ModTime()) > abandoned {
			_ = os.Remove(name)
		}
	}
	names, _ := filepath.Glob(escaped.Replace(path) + ".*.bak") // the pattern is valid
	names = slices.DeleteFunc(names, func(name string) bool {
		return !backupName.MatchString(strings.TrimPrefix(name, path))
	})
	slices.SortFunc(names, func(a, b string) int { // hub.yml.20261129-093000-2.bak follows …-093000.bak
		return cmp.Or(cmp.Compare(a[:len(path)+16], b[:len(path)+16]), len(a)-len(b), cmp.Compare(a, b))
	})
	for _, name := range names[:max(0, len(names)-mostBackups)] {
		_ = os.Remove(name) // one too many is no harm
	}
}

// escaped makes a path a pattern of itself.
var escaped = strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`)

// Writable returns why Replace would not be able to write a file; nil if it would.
func Writable(path string) error {
	path, err := filepath.EvalSymlinks(path)
	if err != nil {
		return err
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	name, err := temporary(path, info, nil)
	if err != nil {
		return err
	}
	return os.Remove(name)
}

// swap writes a temporary file and renames it to path.
func swap(path string, like fs.FileInfo, text []byte) error {
	name, err := temporary(path, like, text)
	if err != nil {
		return err
	}
	if err := os.Rename(name, path); err != nil {
		_ = os.Remove(name)
		return err
	}
	return nil
}

// temporary writes a file next to path with the permissions and the owner of another one.
func temporary(path string, like fs.FileInfo, text []byte) (name string, err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*") // 0600
	if err != nil {
		return "", err
	}
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
		_ = os.Remove(f.Name())
	}
	return f.Name(), err
}
