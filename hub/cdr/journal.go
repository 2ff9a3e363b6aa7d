package cdr

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"traybell/shared/bounded"
)

// maxJournal bounds the journal, in bytes: the calls that begin within writePause take some hundred
// each. Beyond it, calls are kept by the database alone.
const maxJournal = 16 << 20

// journal is a file with the calls that have begun since the last write to the database. A call is
// appended before agents see it, without waiting for the disk: a hub that is killed meanwhile keeps
// it; what a power cut loses is that last moment.
type journal struct {
	path  string
	file  *os.File            // nil before the first call
	size  int                 // bytes
	left  int                 // bytes that the previous run left
	fails bool                // the last write
	begun map[string]struct{} // calls that were appended, until they are final
}

func newJournal(path string) *journal {
	j := &journal{path: path, begun: map[string]struct{}{}}
	if info, err := os.Stat(path); err == nil {
		j.left = int(info.Size())
		j.size = j.left
	}
	return j
}

// begin appends a new call. Of failures in a row only the first is returned.
func (j *journal) begin(r Record) error {
	if _, known := j.begun[r.CallID]; known || j.path == "" || r.State != Open || j.size > maxJournal {
		return nil
	}
	line, err := json.Marshal(r)
	if err == nil {
		err = j.open()
	}
	if err == nil {
		var n int
		// The line feed comes first: a line that a full disk has cut takes no other one with it.
		n, err = j.file.Write(append([]byte{'\n'}, line...))
		j.size += n
	}
	if err == nil {
		j.begun[r.CallID] = struct{}{}
	}
	again := j.fails && err != nil
	if j.fails = err != nil; again {
		return nil
	}
	return err
}

func (j *journal) open() (err error) {
	if j.file == nil {
		j.file, err = os.OpenFile(j.path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	}
	return err
}

// kept empties the journal: all of its calls are in the database.
func (j *journal) kept() error {
	if j.size == 0 {
		return nil
	}
	j.size = 0
	return j.file.Truncate(0)
}

// forget forgets a call that is final.
func (j *journal) forget(call string) { delete(j.begun, call) }

// read returns the calls of the previous run, though this one may have begun others. A last line
// that was cut is left out.
func (j *journal) read() (records []Record, err error) {
	if j.left == 0 {
		return nil, nil
	}
	text, err := bounded.ReadFile(j.path, maxJournal+1<<20)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the calls that began last: %w", err)
	}
	for line := range bytes.Lines(text[:min(j.left, len(text))]) {
		var r Record
		if err := json.Unmarshal(line, &r); err == nil && r.CallID != "" {
			records = append(records, r)
		}
	}
	return records, j.open()
}

func (j *journal) close() {
	if j.file != nil {
		_ = j.file.Close()
	}
}
