// Package bounded reads what others wrote up to a size: a wrong path, a device or a server that
// does not end must not fill the memory.
package bounded

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
)

// ErrNoFile is wrapped by the errors of Regular, Open and ReadFile for folders, pipes and devices.
var ErrNoFile = errors.New("is not a regular file")

// TooLargeError is the error of a text that is larger than its limit.
type TooLargeError struct {
	Name string // empty: "the text"
	Most int64  // bytes
}

func (e *TooLargeError) Error() string {
	name := e.Name
	if name == "" {
		name = "the text"
	}
	if e.Most >= 1<<20 {
		return fmt.Sprintf("%s is larger than %d MiB", name, e.Most>>20)
	}
	return fmt.Sprintf("%s is larger than %d KiB", name, e.Most>>10)
}

// ReadAll reads up to most bytes; more are a *TooLargeError. The text is nil with any error.
func ReadAll(from io.Reader, most int64) ([]byte, error) { return read(from, 0, most, "") }

// read is ReadAll for a text of that size or a little more.
func read(from io.Reader, size, most int64, name string) ([]byte, error) {
	if size > most {
		return nil, &TooLargeError{Name: name, Most: most}
	}
	text := bytes.NewBuffer(make([]byte, 0, size+bytes.MinRead))
	switch n, err := text.ReadFrom(io.LimitReader(from, most+1)); {
	case err != nil:
		return nil, err
	case n > most:
		return nil, &TooLargeError{Name: name, Most: most}
	}
	return text.Bytes(), nil
}

// Regular returns an error unless path is a regular file: opening a pipe would block.
func Regular(path string) error {
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s %w", path, ErrNoFile)
	}
	return err
}

// Open opens a regular file to read it.
func Open(path string) (*os.File, error) {
	if err := Regular(path); errors.Is(err, ErrNoFile) {
		return nil, err
	}
	return open(path)
}

// open is Open for a path that may be a pipe since it was looked at: it does not block.
func open(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0) //nolint:gosec // the caller's path
	if errors.Is(err, syscall.EAGAIN) {
		// A file server has lent it to a client; the system asks for it back.
		f, err = os.Open(path) //nolint:gosec // as above
	}
	if err != nil {
		return nil, err
	}
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		_ = f.Close()
		return nil, cmp.Or(err, fmt.Errorf("%s %w", path, ErrNoFile))
	}
	return f, nil
}

// ReadFile reads a regular file of up to most bytes.
func ReadFile(path string, most int64) ([]byte, error) {
	f, err := Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // only read
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	return read(f, info.Size(), most, path)
}
