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

// maxJournal bounds each file of the journal, in bytes. A state takes some 700; those between two
// writes to the database are few, unless it is away.
const maxJournal = 64 << 20

var errFull = fmt.Errorf("the journal has %d MiB of what the database has not taken", maxJournal>>20)

// journal has the states of calls that may not be in the database yet. It does not wait for the
// disk: a hub that is killed keeps them; what a power cut loses is the last moment. While the
// database writes what is in one of the two files, later states go to the other one.
type journal struct {
	files  [2]journalFile
	active int  // index of the file that is appended to
	fails  bool // the last write
}

type journalFile struct {
	path string // empty: none
	file *os.File
	size int // bytes
	left int // bytes that the previous run left
}

func newJournal(path string) *journal {
	j := &journal{}
	if path == "" {
		return j
	}
	for i, path := range []string{path, path + ".2"} {
		f := &j.files[i]
		f.path = path
		if info, err := os.Stat(path); err == nil {
			f.left = int(info.Size())
			f.size = f.left
		}
	}
	return j
}

// append appends the state of a call. Of failures in a row only the first is returned. It, turn and
// read do not run at the same time; kept runs between two turns.
func (j *journal) append(n Notice) error {
	if j.files[0].path == "" {
		return nil
	}
	line, err := json.Marshal(n)
	if err == nil {
		// The line feed comes first: a line that a full disk has cut takes no other one with it.
		err = j.files[j.active].append(append([]byte{'\n'}, line...))
	}
	again := j.fails && err != nil
	if j.fails = err != nil; again {
		return nil
	}
	return err
}

func (f *journalFile) append(line []byte) error {
	if f.size+len(line) > maxJournal {
		return errFull
	}
	if err := f.open(); err != nil {
		return err
	}
	n, err := f.file.Write(line)
	f.size += n
	return err
}

func (f *journalFile) open() (err error) {
	if f.file == nil {
		f.file, err = os.OpenFile(f.path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	}
	return err
}

// turn has what is appended from now on go to the other file, unless the database may lack
// something of that one. kept follows when the database has all that was appended before.
func (j *journal) turn() {
	if j.files[1-j.active].size == 0 {
		j.active = 1 - j.active
	}
}

// kept empties the file that is not appended to.
func (j *journal) kept() error {
	f := &j.files[1-j.active]
	if f.size == 0 {
		return nil
	}
	if err := f.open(); err != nil {
		return err
	}
	if err := f.file.Truncate(0); err != nil {
		return err
	}
	f.size = 0
	return nil
}

// read returns the last state of each call that the previous run left, though this one may have
// appended others. Lines that were cut are left out.
func (j *journal) read() (states []Notice, err error) {
	at := map[string]int{}
	for _, f := range j.files {
		text, failed := f.read()
		err = errors.Join(err, failed)
		for line := range bytes.Lines(text) {
			var n Notice
			if err := json.Unmarshal(line, &n); err != nil || n.CallID == "" {
				continue
			}
			i, known := at[n.CallID]
			switch {
			case !known:
				at[n.CallID] = len(states)
				states = append(states, n)
			case !n.older(&states[i].Record):
				states[i] = n
			}
		}
	}
	return states, err
}

func (f *journalFile) read() ([]byte, error) {
	if f.left == 0 {
		return nil, nil
	}
	text, err := bounded.ReadFile(f.path, maxJournal)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return text[:min(f.left, len(text))], err
}

func (j *journal) close() {
	for _, f := range j.files {
		if f.file != nil {
			_ = f.file.Close()
		}
	}
}
