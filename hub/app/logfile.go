package app

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

// lines writes each line to standard error and into the month's file.
type lines struct {
	mu     sync.Mutex
	out    io.Writer
	file   *monthlyFile // may be nil
	failed bool         // said once
}

// use writes to another file from now on, nil for none, and returns the one of before.
func (l *lines) use(file *monthlyFile) (before *monthlyFile) {
	l.mu.Lock()
	defer l.mu.Unlock()
	before, l.file = l.file, file
	return before
}

func (l *lines) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file != nil {
		_, err := l.file.Write(line)
		if err != nil && !l.failed {
			_, _ = fmt.Fprintf(l.out, "the log file cannot be written: %v\n", err)
		}
		l.failed = err != nil
	}
	return l.out.Write(line)
}

const (
	logName   = "traybell-hub_200601.log"
	checkFile = time.Minute // how often it is looked whether the file is still there
)

var logNames = regexp.MustCompile(`^traybell-hub_[0-9]{6}\.log$`)

// monthlyFile is a file that is another each month.
type monthlyFile struct {
	folder string
	keep   time.Duration // 0: for ever
	now    func() time.Time

	mu     sync.Mutex
	file   *os.File
	name   string
	looked time.Time
}

func (m *monthlyFile) Write(line []byte) (int, error) {
	if err := m.turn(); err != nil {
		return 0, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.file.Write(line)
}

// turn opens the file of this month, if it is not open, and forgets old ones when a month begins. A
// file that was moved away is made anew.
func (m *monthlyFile) turn() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	name := now.Format(logName)
	if m.file != nil && name == m.name {
		if now.Sub(m.looked) < checkFile {
			return nil
		}
		m.looked = now
		there, err := os.Stat(filepath.Join(m.folder, name))
		if mine, merr := m.file.Stat(); err == nil && merr == nil && os.SameFile(there, mine) {
			return nil
		}
	}
	f, err := os.OpenFile(filepath.Join(m.folder, name), os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o640)
	if err != nil {
		return err
	}
	if m.file != nil {
		_ = m.file.Close()
	}
	m.file, m.name, m.looked = f, name, now
	m.forget(now)
	return nil
}

// forget deletes the files of months that ended too long ago. One that cannot be deleted is tried
// again next month.
func (m *monthlyFile) forget(now time.Time) {
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
