// Package support writes the archive that an agent sends to support.
package support

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"traybell/shared/phone/masked"
)

// maxFile limits the bytes taken from the end of each file.
const maxFile = 2 << 20

// Folder is a folder where the agent easily finds a file.
func Folder() string {
	dir, err := os.UserHomeDir()
	if err != nil {
		return os.TempDir()
	}
	for _, name := range []string{"Downloads", "Desktop"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err == nil && info.IsDir() {
			return filepath.Join(dir, name)
		}
	}
	return dir
}

// Collect writes the archive to a folder and returns its path. It masks telephone numbers and
// removes secrets; missing files are left out. About is the text of the About window.
func Collect(folder string, now time.Time, about string, files, secrets []string) (string, error) {
	var archive bytes.Buffer
	z := zip.NewWriter(&archive)
	add := func(name string, changed time.Time, text string) error {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: changed})
		if err != nil {
			return err
		}
		_, err = io.WriteString(w, harmless(text, secrets))
		return err
	}
	if err := add("traybell.txt", now, about); err != nil {
		return "", err
	}
	for _, path := range files {
		text, changed, err := end(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			text = err.Error() // part of the picture
		}
		if err := add(filepath.Base(path), changed, text); err != nil {
			return "", err
		}
	}
	if err := z.Close(); err != nil {
		return "", err
	}
	path := filepath.Join(folder, "traybell-support-"+now.Format("20060102-150405")+".zip")
	if err := os.WriteFile(path, archive.Bytes(), 0o600); err != nil {
		return "", fmt.Errorf("write support archive: %w", err)
	}
	return path, nil
}

// end returns the end of a file and its modification time.
func end(path string) (string, time.Time, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", time.Time{}, err
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return "", time.Time{}, err
	}
	if over := info.Size() - maxFile; over > 0 {
		if _, err := f.Seek(over, io.SeekStart); err != nil {
			return "", info.ModTime(), err
		}
	}
	text, err := io.ReadAll(io.LimitReader(f, maxFile))
	return string(text), info.ModTime(), err
}

// harmless masks secrets and telephone numbers.
func harmless(text string, secrets []string) string {
	for _, secret := range secrets {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, "***")
		}
	}
	return masked.Numbers(text)
}
