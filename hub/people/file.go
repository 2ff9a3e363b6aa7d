package people

import (
	"encoding/json"
	"errors"
	"io/fs"
	"time"

	"traybell/shared/bounded"
	"traybell/shared/replace"
)

const (
	fileVersion = 1
	maxFile     = 64 << 20
)

// file is what is kept for the next process.
type file struct {
	Version int             `json:"version"`
	Read    time.Time       `json:"read"`
	People  []Person        `json:"people"`
	Kept    map[string]kept `json:"kept"`
}

// load reads the file. Without one, and with one of another version, the people are unknown until
// they are read.
func (d *Directory) load() {
	if d.o.File == "" {
		return
	}
	text, err := bounded.ReadFile(d.o.File, maxFile)
	var f file
	if err == nil {
		err = json.Unmarshal(text, &f)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	if err == nil && f.Version != fileVersion {
		err = errors.New("the file is of another version")
	}
	if err != nil {
		d.o.Log.Warn("the people of the last run are unknown until the directory is read", "file", d.o.File,
			"error", err)
		return
	}
	d.people, d.status.Read, d.status.People = f.People, f.Read, len(f.People)
	if f.Kept != nil {
		d.kept = f.Kept
	}
}

// save writes the file, readable by the hub's user only. The lock is held.
func (d *Directory) save() {
	if d.o.File == "" {
		return
	}
	text, err := json.Marshal(file{fileVersion, d.status.Read, d.people, d.kept})
	if err == nil {
		err = replace.File(d.o.File, text)
	}
	if err != nil {
		d.o.Log.Error("people and kept hashes are not saved for the next start", "file", d.o.File, "error", err)
	}
}
