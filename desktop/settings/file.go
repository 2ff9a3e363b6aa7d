package settings

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// FileName is the settings file's name in its folder.
const FileName = "settings.json"

// Folder is where settings are kept when nobody says otherwise: traybell in the user's
// configuration folder.
func Folder() (string, error) {
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", fmt.Errorf("the user's configuration folder: %w", err)
	}
	return filepath.Join(dir, "traybell"), nil
}

// File is the settings file in one folder. It belongs to one goroutine.
type File struct {
	dir string
}

// In names the settings file of a folder; nothing is read or made yet.
func In(dir string) File { return File{dir: dir} }

// Path is the file's own.
func (f File) Path() string { return filepath.Join(f.dir, FileName) }

// Broken tells that the settings file could not be understood. It was put aside, and the program
// goes on as if it were new.
type Broken struct { //nolint:errname // the settings are usable: they begin anew
	Path  string // of the settings
	Aside string // where the unreadable file is now
	Err   error
}

func (b *Broken) Error() string {
	return fmt.Sprintf("%s cannot be read (%v); it was kept as %s and the settings begin anew", b.Path, b.Err, b.Aside)
}

func (b *Broken) Unwrap() error { return b.Err }

// Load reads the settings; a file that is not there yet is an empty one. The desktop's own name is
// made, and kept, the first time. With a *Broken error what is returned can be used; with any other
// it can be used too, but will probably not be kept.
func (f File) Load() (Own, error) {
	own, err := f.read()
	if own.Desktop != "" {
		return own, err
	}
	own.Desktop = rand.Text()
	if _, aside := errors.AsType[*Broken](err); err != nil && !aside {
		return own, err // what is there, and could not be read, is not replaced
	}
	return own, errors.Join(err, f.Save(own))
}

func (f File) read() (Own, error) {
	own := Own{}
	text, err := readSettings(f.Path())
	if errors.Is(err, fs.ErrNotExist) {
		return Own{}, nil
	}
	if err == nil {
		own, err = decode(text)
	}
	if err == nil {
		return own, nil
	}
	aside := f.Path() + ".broken"
	if moved := os.Rename(f.Path(), aside); moved != nil {
		return Own{}, fmt.Errorf("%s cannot be read (%w) and cannot be put aside: %w", f.Path(), err, moved)
	}
	return Own{}, &Broken{Path: f.Path(), Aside: aside, Err: err}
}

// mostSettings is what is read of a file of settings; they have a few thousand bytes.
const mostSettings = 1 << 20

// readSettings reads a file whole. A pipe, for which it would wait for ever, and what is far too
// large are refused.
func readSettings(path string) ([]byte, error) {
	switch info, err := os.Stat(path); {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is no file", path)
	case info.Size() > mostSettings:
		return nil, fmt.Errorf("%s has %d bytes, and settings have %d at most", path, info.Size(), mostSettings)
	}
	return os.ReadFile(path)
}

// decode ignores names it does not know, so that an older program can read a newer one's file, but
// not values that make no sense.
func decode(text []byte) (Own, error) {
	var own Own
	d := json.NewDecoder(bytes.NewReader(text))
	if err := d.Decode(&own); err != nil {
		return Own{}, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return Own{}, errors.New("there is something after the settings")
	}
	return own.bounded(), nil
}

// bounded leaves out the numbers that nobody can set but with an editor, 150 for a scale of 150 %:
// windows would be larger than memory.
func (o Own) bounded() Own {
	if o.Port < 0 || o.Port > 65535 {
		o.Port = 0
	}
	if !(o.Scale >= MinScale && o.Scale <= MaxScale) {
		o.Scale = 0
	}
	for _, kind := range []*Kind{&o.Incoming, &o.Answer, &o.Warning} {
		for _, delay := range []struct {
			ms   **int
			most int
		}{{&kind.Appear, MaxFade}, {&kind.Show, MaxShow}, {&kind.Disappear, MaxFade}} {
			if ms := *delay.ms; ms != nil && (*ms < 0 || *ms > delay.most) {
				*delay.ms = nil
			}
		}
	}
	return o
}

// Save replaces the file whole or not at all: a reader, or the next start after a power cut, finds
// the old settings or the new ones. Only the user may read them.
func (f File) Save(own Own) error {
	text, err := json.MarshalIndent(own, "", "  ")
	if err != nil {
		return fmt.Errorf("saving the settings: %w", err)
	}
	if err := os.MkdirAll(f.dir, 0o700); err != nil {
		return fmt.Errorf("saving the settings: %w", err)
	}
	// os.CreateTemp makes the file 0600.
	next, err := os.CreateTemp(f.dir, FileName+".new-*")
	if err != nil {
		return fmt.Errorf("saving the settings: %w", err)
	}
	_, err = next.Write(append(text, '\n'))
	err = errors.Join(err, next.Sync(), next.Close())
	if err == nil {
		err = os.Rename(next.Name(), f.Path())
	}
	if err != nil {
		_ = os.Remove(next.Name())
		return fmt.Errorf("saving the settings: %w", err)
	}
	return nil
}
