package cdr

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"time"

	"traybell/shared/bounded"
)

// maxJournal bounds each file of the journal, in bytes. A state takes some 800; those between two
// writes to the database are few, unless it is away.
const maxJournal = 64 << 20

var errFull = fmt.Errorf("the journal has %d MiB of what the database has not taken", maxJournal>>20)

// journal has the states of calls that may not be in the database yet. It does not wait for the
// disk: a hub that is killed keeps them; what a power cut loses is the last moment. While the
// database writes what is in one of the two files, later states go to the other one.
type journal struct {
	files  [2]journalFile
	active int    // index of the file that is appended to
	run    int64  // when this run began, in Unix nanoseconds
	lines  uint64 // of this run
	fails  bool   // the last write
}

type journalFile struct {
	path string // empty: none
	file *os.File
	size int // bytes
	left int // bytes that the previous runs left
}

// line is a state in the journal.
type line struct {
	Notice

	Earlier bool // the call is perhaps known to a run before this one, which may have seen more of it
	Run     int64
	N       uint64 // in the run
}

func newJournal(path string) *journal {
	j := &journal{run: time.Now().UnixNano()}
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

// append appends the state of a call. Of failures in a row only the first is returned. Of append,
// turn, waits and read only one runs at a time; kept runs between two turns.
func (j *journal) append(n Notice, earlier bool) error {
	if j.files[0].path == "" {
		return nil
	}
	j.lines++
	text, err := json.Marshal(line{Notice: n, Earlier: earlier, Run: j.run, N: j.lines})
	if err == nil {
		// The line feed comes first: a line that a full disk has cut takes no other one with it.
		err = j.files[j.active].append(append([]byte{'\n'}, text...))
	}
	again := j.fails && err != nil
	if j.fails = err != nil; again {
		return nil
	}
	return err
}

func (f *journalFile) append(text []byte) error {
	if f.size+len(text) > maxJournal {
		return errFull
	}
	if err := f.open(); err != nil {
		return err
	}
	n, err := f.file.Write(text)
	f.size += n
	return err
}

func (f *journalFile) open() (err error) {
	if f.file == nil {
		f.file, err = os.OpenFile(f.path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	}
	return err
}

// empty empties a file. One that cannot be opened, such as that of another user, is removed.
func (f *journalFile) empty() error {
	if f.path == "" || f.size == 0 && f.file != nil {
		return nil
	}
	if err := f.open(); err != nil {
		if os.Remove(f.path) != nil {
			return err
		}
		f.size = 0
		return f.open()
	}
	if err := f.file.Truncate(0); err != nil {
		return err
	}
	f.size = 0
	return nil
}

// turn has what is appended from now on go to the other file, unless the database may lack
// something of that one. kept follows when the database has all that was appended before.
func (j *journal) turn() {
	if other := &j.files[1-j.active]; other.size == 0 && other.empty() == nil {
		j.active = 1 - j.active
	}
}

// kept empties the file that is not appended to.
func (j *journal) kept() error { return j.files[1-j.active].empty() }

// waits reports whether the database may lack what was appended since the last turn.
func (j *journal) waits() bool { return j.files[j.active].size > 0 }

// read returns the last state of each call in each of the previous runs, in their order. This run
// may have appended others. Lines that were cut are left out.
func (j *journal) read() (lines []line, err error) {
	type key struct {
		call string
		run  int64
	}
	last := map[key]line{}
	for _, f := range j.files {
		text, failed := f.read()
		err = errors.Join(err, failed)
		for text := range bytes.Lines(text) {
			var l line
			if err := json.Unmarshal(text, &l); err != nil || l.CallID == "" {
				continue
			}
			before, known := last[key{l.CallID, l.Run}]
			if known && before.N > l.N {
				l, before = before, l
			}
			if l.Seen.IsZero() {
				l.Seen = before.Seen
			}
			last[key{l.CallID, l.Run}] = l
		}
	}
	return slices.SortedFunc(maps.Values(last), func(a, b line) int {
		return cmp.Or(cmp.Compare(a.Run, b.Run), cmp.Compare(a.N, b.N))
	}), err
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
