package cdr

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"slices"
	"sync"
	"time"

	"traybell/shared/bounded"
)

// maxJournal bounds each file of the journal, in bytes: the states of calls between two writes to
// the database take some kilobytes. Beyond it, calls are kept by the database alone.
const maxJournal = 16 << 20

// journal has the states of calls that may not be in the database yet. It does not wait for the
// disk: a hub that is killed keeps them; what a power cut loses is the last moment. While the
// database writes what is in one of the two files, later states go to the other one.
type journal struct {
	mu     sync.Mutex
	files  [2]journalFile
	active int  // index of the file that is appended to
	fails  bool // the last write
}

type journalFile struct {
	path string // empty: none
	file *os.File
	size int // bytes

	left    int // bytes that the previous run left
	changed time.Time
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
			f.left, f.changed = int(info.Size()), info.ModTime()
			f.size = f.left
		}
	}
	return j
}

// append appends states of calls. Of failures in a row only the first is returned as an error.
func (j *journal) append(states ...Notice) (written bool, err error) {
	if len(states) == 0 || j.files[0].path == "" {
		return true, nil
	}
	var lines bytes.Buffer
	for _, n := range states {
		line, err := json.Marshal(n)
		if err != nil {
			return false, err
		}
		// The line feed comes first: a line that a full disk has cut takes no other one with it.
		lines.WriteByte('\n')
		lines.Write(line)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if err = j.files[j.active].append(lines.Bytes()); err != nil && j.fails {
		return false, nil
	}
	j.fails = err != nil
	return err == nil, err
}

func (f *journalFile) append(lines []byte) error {
	if f.size+len(lines) > maxJournal {
		return nil
	}
	if err := f.open(); err != nil {
		return err
	}
	n, err := f.file.Write(lines)
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
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.files[1-j.active].size == 0 {
		j.active = 1 - j.active
	}
}

// kept empties the file that is not appended to.
func (j *journal) kept() error {
	j.mu.Lock()
	defer j.mu.Unlock()
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
	j.mu.Lock()
	defer j.mu.Unlock()
	at := map[string]int{}
	files := slices.Clone(j.files[:])
	slices.SortFunc(files, func(a, b journalFile) int { return a.changed.Compare(b.changed) })
	for _, f := range files {
		text, failed := f.read()
		err = errors.Join(err, failed)
		for line := range bytes.Lines(text) {
			var n Notice
			if err := json.Unmarshal(line, &n); err != nil || n.CallID == "" {
				continue
			}
			if i, known := at[n.CallID]; known {
				states[i] = n
				continue
			}
			at[n.CallID] = len(states)
			states = append(states, n)
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
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, f := range j.files {
		if f.file != nil {
			_ = f.file.Close()
		}
	}
}
