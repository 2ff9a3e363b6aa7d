// Package logfile writes a log to a file of limited size.
package logfile

import (
	"os"
	"path/filepath"
	"strings"

	"gopkg.in/natefinch/lumberjack.v2"
)

const (
	maxMegabytes = 1        // of the file; as much again is in the one before it
	maxEntry     = 16 << 10 // bytes of one entry: a hub may send megabytes
)

// File is a log file. It is safe for concurrent use.
type File struct{ rotated lumberjack.Logger }

// Open opens the log and creates its folder if needed.
func Open(path string) (*File, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	_ = os.Remove(path + ".old") // of earlier versions
	f := &File{lumberjack.Logger{Filename: path, MaxSize: maxMegabytes, MaxBackups: 1, LocalTime: true}}
	if _, err := f.rotated.Write(nil); err != nil {
		return nil, err
	}
	return f, nil
}

// Write writes one entry, truncated if it is too long.
func (f *File) Write(entry []byte) (int, error) {
	text := entry
	if len(text) > maxEntry {
		text = append(text[:maxEntry:maxEntry], "…\n"...)
	}
	if _, err := f.rotated.Write(text); err != nil {
		return 0, err
	}
	return len(entry), nil
}

// Close closes the file.
func (f *File) Close() error { return f.rotated.Close() }

// All returns the paths of the log and of the rotated one.
func All(path string) []string {
	extension := filepath.Ext(path)
	rotated, err := filepath.Glob(strings.TrimSuffix(path, extension) + "-*" + extension)
	if err != nil {
		return []string{path} // the folder's name has characters that are special to Glob
	}
	return append(rotated, path)
}
