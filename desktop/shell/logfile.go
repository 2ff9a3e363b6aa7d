package shell

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
)

const (
	mostLog  = 1 << 20  // bytes of the log, and as many of the one before it, traybell.log.old
	mostLine = 16 << 10 // bytes of one entry: a hub may say megabytes
)

// logFile is the log in its file. When that is full it is put aside, in place of the one before: a
// program runs for months, and what goes wrong every second must not fill the disk. It may be
// written to from any goroutine.
type logFile struct {
	path string

	mu   sync.Mutex
	file *os.File // nil: it could not be opened again
	size int64
}

func openLogFile(path string) (*logFile, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	l := &logFile{path: path}
	if err := l.open(); err != nil {
		return nil, err
	}
	return l, nil
}

func (l *logFile) open() error {
	file, err := os.OpenFile(l.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	info, err := file.Stat()
	if err != nil {
		return errors.Join(err, file.Close())
	}
	l.file, l.size = file, info.Size()
	return nil
}

// Write writes one entry.
func (l *logFile) Write(entry []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file != nil && l.size > mostLog {
		_ = l.file.Close() // Windows renames no open files
		l.file = nil
		if err := os.Rename(l.path, l.path+".old"); err != nil {
			_ = os.Truncate(l.path, 0) // rather than to grow without end
		}
	}
	if l.file == nil {
		if err := l.open(); err != nil {
			return 0, err
		}
	}
	text := entry
	if len(text) > mostLine {
		text = append(text[:mostLine:mostLine], "…\n"...)
	}
	n, err := l.file.Write(text)
	l.size += int64(n)
	if err != nil {
		return 0, err
	}
	return len(entry), nil
}

// Close ends it.
func (l *logFile) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		return nil
	}
	return l.file.Close()
}
