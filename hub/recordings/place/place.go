// Package place reads and deletes recordings where a PBX keeps them: in a folder, or behind HTTP.
// Places own no state; any goroutine may use them.
package place

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
	"time"
)

// File is a recording that is open. Its size is that of the moment it was opened.
type File interface {
	io.ReadSeekCloser
	Info() Info
}

// Info describes a file.
type Info struct {
	Size     int64
	Modified time.Time // zero: unknown
}

// ErrReadOnly is the error of a Remove where the hub may not delete.
var ErrReadOnly = errors.New("the hub may not delete files there")

// ErrLink is the error of a Remove of a symbolic link, which is no recording.
var ErrLink = errors.New("it is a symbolic link: delete the file that it leads to by hand, then the link")

// TooManyError is the error of a Find that has left out files.
type TooManyError struct{ Pattern string }

func (e *TooManyError) Error() string {
	return fmt.Sprintf("more than %d files match %s: the others are left out", mostFound, e.Pattern)
}

// formats are the endings of recordings, and what their files are.
var formats = map[string]string{
	".wav": "wav", ".wav16": "wav", ".wav49": "wav", ".gsm": "gsm",
	".ulaw": "ulaw", ".ul": "ulaw", ".pcm": "ulaw", ".mu": "ulaw", ".alaw": "alaw", ".al": "alaw",
	".raw": "sln", ".sln": "sln", ".sln12": "sln12", ".sln16": "sln16", ".sln24": "sln24", ".sln32": "sln32",
	".sln44": "sln44", ".sln48": "sln48",
	".mp3": "mp3", ".ogg": "ogg", ".opus": "ogg", ".flac": "flac", ".m4a": "m4a", ".webm": "webm",
}

// Format returns what a file is by its name; empty: no recording.
func Format(name string) string { return formats[strings.ToLower(path.Ext(name))] }

// Endings are the endings of recordings that dialplans write and scripts convert to, the usual first.
func Endings() []string {
	return []string{".wav", ".WAV", ".mp3", ".gsm", ".ogg", ".opus", ".ulaw", ".alaw", ".sln"}
}

// checked refuses a path that is not one of a recording within a place. Names come from databases
// and PBXs: one of a file outside, or of another kind, is not opened.
func checked(name string) error {
	switch {
	case !fs.ValidPath(name), strings.ContainsAny(name, "\x00\\"), len(name) > 1000:
		return &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	case Format(name) == "":
		return &fs.PathError{Op: "open", Path: name, Err: errors.New("it is no recording by its name")}
	}
	return nil
}

// Place is where recordings are. Paths have slashes. Errors of files that do not exist are
// fs.ErrNotExist.
type Place interface {
	// Find returns the paths that match a pattern of path.Match, up to a bound: then with a
	// *TooManyError.
	Find(ctx context.Context, pattern string) ([]string, error)
	Stat(ctx context.Context, name string) (Info, error)
	Open(ctx context.Context, name string) (File, error)
	// Remove deletes a file. The error is ErrReadOnly where the hub may not.
	Remove(ctx context.Context, name string) error
	// Check returns an error if nothing can be read there.
	Check(ctx context.Context) error
	// Older calls each with the recordings that were last changed before a time. A place without a
	// list has none.
	Older(ctx context.Context, before time.Time, each func(name string)) error
	// String names the place for people.
	String() string
}
