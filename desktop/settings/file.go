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

	"traybell/shared/bounded"
	"traybell/shared/replace"
)

// FileName is the name of the settings file.
const FileName = "settings.json"

// Folder returns the default settings folder: traybell in the user's configuration folder.
func Folder() (string, error) {
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", fmt.Errorf("find configuration folder: %w", err)
	}
	return filepath.Join(dir, "traybell"), nil
}

// File is the settings file in a folder. It is not safe for concurrent use.
type File struct {
	dir string
}

// In returns the settings file of a folder. It does not access the disk.
func In(dir string) File { return File{dir: dir} }

// Path returns the file's path.
func (f File) Path() string { return filepath.Join(f.dir, FileName) }

// Broken means that the settings file is invalid. It was renamed, and the program starts with empty
// settings.
type Broken struct { //nolint:errname // the settings are usable
	Path  string // of the settings file
	Aside string // new path of the invalid file
	Err   error
}

func (b *Broken) Error() string {
	return fmt.Sprintf("read %s: %v; saved as %s, starting with empty settings", b.Path, b.Err, b.Aside)
}

func (b *Broken) Unwrap() error { return b.Err }

// Load reads the settings. A missing file is empty settings. The desktop ID is generated and saved
// on the first call. The settings are usable with any error; after errors other than *Broken they
// can probably not be saved.
func (f File) Load() (Own, error) {
	own, err := f.read()
	if own.Desktop != "" {
		return own, err
	}
	own.Desktop = rand.Text()
	if _, aside := errors.AsType[*Broken](err); err != nil && !aside {
		return own, err // a file that could not be read is not overwritten
	}
	return own, errors.Join(err, f.Save(own))
}

func (f File) read() (Own, error) {
	own := Own{}
	text, err := bounded.ReadFile(f.Path(), maxSettings)
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
		return Own{}, fmt.Errorf("read %s: %w; rename: %w", f.Path(), err, moved)
	}
	return Own{}, &Broken{Path: f.Path(), Aside: aside, Err: err}
}

// maxSettings limits the bytes read of a settings file, which has a few thousand.
const maxSettings = 1 << 20

// decode ignores unknown names, so that an older program can read a newer file. It rejects invalid
// values.
func decode(text []byte) (Own, error) {
	var own Own
	d := json.NewDecoder(bytes.NewReader(text))
	if err := d.Decode(&own); err != nil {
		return Own{}, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return Own{}, errors.New("unexpected data after the settings")
	}
	return own.bounded(), nil
}

// bounded clears numbers out of range, which only an editor can set: windows with a scale of 150
// instead of 1.5 would exceed memory.
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

// Save writes the file atomically, readable for the user only.
func (f File) Save(own Own) error {
	text, err := json.MarshalIndent(own, "", "  ")
	if err != nil {
		return fmt.Errorf("save settings: %w", err)
	}
	if err := os.MkdirAll(f.dir, 0o700); err != nil {
		return fmt.Errorf("save settings: %w", err)
	}
	if err := replace.File(f.Path(), append(text, '\n')); err != nil {
		return fmt.Errorf("save settings: %w", err)
	}
	return nil
}
