package cdr

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// journaled is what the next run reads.
func journaled(t *testing.T, path string) string {
	t.Helper()
	j := newJournal(path)
	defer j.close()
	states, err := j.read()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, n := range states {
		got = append(got, n.CallID+n.Number)
	}
	slices.Sort(got)
	return strings.Join(got, " ")
}

func TestJournalHasTheStatesThatAreNotKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "calls.journal")
	j := newJournal(path)
	defer j.close()
	put := func(id, number string) {
		t.Helper()
		if err := j.append(Notice{Record: Record{CallID: id, State: Open, Number: number}}, false); err != nil {
			t.Fatal(err)
		}
	}
	expect := func(want string) {
		t.Helper()
		if got := journaled(t, path); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	kept := func() {
		t.Helper()
		if err := j.kept(); err != nil {
			t.Fatal(err)
		}
	}
	expect("")
	put("a", "1")
	put("b", "1")
	put("a", "2")
	expect("a2 b1")
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	j.turn()
	put("c", "1") // while the database writes
	expect("a2 b1 c1")
	j.turn() // the write has failed: both files are needed
	put("c", "2")
	expect("a2 b1 c2")
	kept()
	expect("c2")
	j.turn()
	put("d", "1")
	expect("c2 d1")
	kept()
	expect("d1")
	if _, err := j.files[j.active].file.WriteString("\n" + `{"CallID":"cut`); err != nil {
		t.Fatal(err)
	}
	expect("d1")
	put("f", "1")
	expect("d1 f1")
	j.files[j.active].size = maxJournal
	if err := j.append(Notice{Record: Record{CallID: "e"}}, false); !errors.Is(err, errFull) {
		t.Error(err)
	}
	expect("d1 f1")
	j.turn()
	kept()
	expect("")
}

// Only the first failure is reported, until a state is written again.
func TestJournalOnAFullDisk(t *testing.T) {
	path := filepath.Join(t.TempDir(), "folder", "calls.journal")
	j := newJournal(path)
	defer j.close()
	call := Notice{Record: Record{CallID: "a"}}
	if err := j.append(call, false); err == nil {
		t.Error("written to a folder that is not there")
	}
	if err := j.append(call, false); err != nil {
		t.Errorf("reported again: %v", err)
	}
	if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := j.append(call, false); err != nil {
		t.Fatal(err)
	}
	if got := journaled(t, path); got != "a" {
		t.Errorf("%q", got)
	}
	j.close()
	if err := j.append(call, false); err == nil {
		t.Error("the next failure is not reported")
	}
}

func TestJournalTellsRunsApart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "calls.journal")
	put := func(j *journal, id string) {
		t.Helper()
		if err := j.append(Notice{Record: Record{CallID: id}}, false); err != nil {
			t.Fatal(err)
		}
	}
	killed := newJournal(path)
	put(killed, "before")
	killed.turn()
	put(killed, "while the database wrote")
	if _, err := killed.files[1].file.WriteString("\n{\"CallID\":\"cut"); err != nil {
		t.Fatal(err)
	}
	killed.close()
	j := newJournal(path)
	put(j, "now")
	states, err := j.read()
	if err != nil || len(states) != 2 || states[0].CallID != "before" ||
		states[1].CallID != "while the database wrote" {
		t.Errorf("%v, %v", states, err)
	}
	j.turn() // both files have states
	if err := j.kept(); err != nil || !j.waits() {
		t.Fatal(j.waits(), err)
	}
	j.close()
	if got := journaled(t, path); !strings.Contains(got, "now") {
		t.Errorf("the next run: %q", got)
	}
}

// A file that cannot be opened, such as one of another user, is replaced.
func TestJournalReplacesAForeignFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "calls.journal")
	if err := os.MkdirAll(path, 0o700); err != nil { // a folder cannot be opened even by root
		t.Fatal(err)
	}
	j := newJournal(path)
	defer j.close()
	call := Notice{Record: Record{CallID: "a"}}
	if err := j.append(call, false); err == nil {
		t.Error("written to a folder")
	}
	for range 3 {
		j.turn()
		if err := j.append(call, false); err != nil {
			t.Error(err)
		}
		if err := j.kept(); err != nil {
			t.Error(err)
		}
	}
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		t.Errorf("%v, %v", info, err)
	}
}

func BenchmarkJournal(b *testing.B) {
	j := newJournal(filepath.Join(b.TempDir(), "calls.journal"))
	defer j.close()
	b.ReportAllocs()
	for i := range b.N {
		call := Record{CallID: fmt.Sprint("main:1795000000.", i), State: Open, Number: "+74951234567"}
		if err := j.append(Notice{Record: call}, false); err != nil {
			b.Fatal(err)
		}
		if i%100 == 99 {
			j.turn()
			if err := j.kept(); err != nil {
				b.Fatal(err)
			}
		}
	}
}
