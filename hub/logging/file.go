package logging

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"sync"
	"time"
)

// output writes each line to standard error and to the log file.
type output struct {
	mu     sync.Mutex
	out    io.Writer
	file   *monthlyFile // may be nil
	failed bool         // the last write to file
}

// use switches to another file, nil for none, and returns the one before.
func (l *output) use(file *monthlyFile) (before *monthlyFile) {
	l.mu.Lock()
	defer l.mu.Unlock()
	before, l.file = l.file, file
	return before
}

func (l *output) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file != nil {
		_, err := l.file.Write(line)
		if err != nil && !l.failed {
			_, _ = fmt.Fprintf(l.out, "cannot write the log file: %v\n", err)
		}
		l.failed = err != nil
	}
	return l.out.Write(line)
}

const (
	logName   = "traybell-hub_200601.log"
	checkFile = time.Minute // how often to check that the file was not moved
)

var logNames = regexp.MustCompile(`^traybell-hub_[0-9]{6}\.log$`)

// monthlyFile is one file per calendar month, deleted after keep. Unlike size-based rotation, the
// names and the retention of months are part of hub.yml's contract, and logrotate may move a file.
type monthlyFile struct {
	folder string
	keep   time.Duration // 0: forever
	now    func() time.Time

	mu      sync.Mutex
	file    *os.File
	name    string
	checked time.Time
}

func (m *monthlyFile) Write(line []byte) (int, error) {
	if err := m.rotate(); err != nil {
		return 0, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.file.Write(line)
}

// rotate opens the file of this month if it is not open or was moved, and deletes old files.
func (m *monthlyFile) rotate() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	name := now.Format(logName)
	if m.file != nil && name == m.name {
		if now.Sub(m.checked) < checkFile {
			return nil
		}
		m.checked = now
		named, err := os.Stat(filepath.Join(m.folder, name))
		if opened, openedErr := m.file.Stat(); err == nil && openedErr == nil && os.SameFile(named, opened) {
			return nil
		}
	}
	f, err := m.open(name)
	if err != nil {
		return err
	}
	if m.file != nil {
		_ = m.file.Close()
	}
	m.file, m.name, m.checked = f, name, now
	m.deleteOld(now)
	return nil
}

func (m *monthlyFile) open(name string) (*os.File, error) {
	return os.OpenFile(filepath.Join(m.folder, name), os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o640)
}

// try opens the file of this month and leaves none that was not there.
func (m *monthlyFile) try() error {
	name := m.now().Format(logName)
	_, err := os.Stat(filepath.Join(m.folder, name))
	missing := errors.Is(err, os.ErrNotExist)
	f, err := m.open(name)
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil || !missing {
		return err
	}
	return os.Remove(f.Name())
}

// deleteOld deletes the files of months that ended longer than keep ago. The next month retries
// failures.
func (m *monthlyFile) deleteOld(now time.Time) {
	entries, err := os.ReadDir(m.folder)
	if m.keep <= 0 || err != nil {
		return
	}
	for _, e := range entries {
		month, err := time.ParseInLocation(logName, e.Name(), now.Location())
		if err == nil && logNames.MatchString(e.Name()) && e.Type().IsRegular() &&
			month.AddDate(0, 1, 0).Before(now.Add(-m.keep)) {
			_ = os.Remove(filepath.Join(m.folder, e.Name()))
		}
	}
}

func (m *monthlyFile) close() error {
	if m == nil {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.file == nil {
		return nil
	}
	err := m.file.Close()
	m.file = nil
	if errors.Is(err, os.ErrClosed) {
		return nil
	}
	return err
}
