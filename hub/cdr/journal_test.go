package cdr

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

func TestJournalHasTheCallsThatAreNotKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "calls.journal")
	j := newJournal(path)
	defer j.close()
	begin := func(id string, state State) {
		t.Helper()
		if err := j.begin(Record{CallID: id, State: state, Number: "+74951234567"}); err != nil {
			t.Fatal(err)
		}
	}
	expect := func(want string) {
		t.Helper()
		again := newJournal(path)
		defer again.close()
		records, err := again.read()
		got := ""
		for _, r := range records {
			got += r.CallID + r.Number + " "
		}
		if err != nil || got != want {
			t.Errorf("%q, %v, want %q", got, err, want)
		}
	}
	expect("")
	begin("a", Open)
	begin("a", Open) // its next state
	begin("b", Open)
	begin("c", Ended) // known to an earlier hub
	expect("a+74951234567 b+74951234567 ")
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if err := j.kept(); err != nil {
		t.Fatal(err)
	}
	begin("a", Open)
	expect("")
	j.forget("a")
	begin("d", Open)
	if _, err := j.file.WriteString("\n" + `{"CallID":"cut`); err != nil {
		t.Fatal(err)
	}
	expect("d+74951234567 ")
	begin("f", Open)
	expect("d+74951234567 f+74951234567 ")
	j.size = maxJournal + 1
	begin("e", Open)
	expect("d+74951234567 f+74951234567 ")
}

// A call that could not be written is written with its next state.
func TestJournalOnAFullDisk(t *testing.T) {
	path := filepath.Join(t.TempDir(), "folder", "calls.journal")
	j := newJournal(path)
	defer j.close()
	call := Record{CallID: "a", State: Open}
	if err := j.begin(call); err == nil {
		t.Error("written to a folder that is not there")
	}
	for _, next := range []Record{{CallID: "b", State: Ended}, call} { // the first has nothing to write
		if err := j.begin(next); err != nil {
			t.Errorf("reported again: %v", err)
		}
	}
	if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := j.begin(call); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(path); err != nil || len(text) == 0 {
		t.Errorf("%q, %v", text, err)
	}
	j.close()
	if err := j.begin(Record{CallID: "c", State: Open}); err == nil {
		t.Error("the next failure is not reported")
	}
}

func TestJournalTellsRunsApart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "calls.journal")
	killed := newJournal(path)
	if err := killed.begin(Record{CallID: "before", State: Open}); err != nil {
		t.Fatal(err)
	}
	if _, err := killed.file.WriteString("\n{\"CallID\":\"cut"); err != nil {
		t.Fatal(err)
	}
	killed.close()
	j := newJournal(path)
	if err := j.begin(Record{CallID: "now", State: Open}); err != nil {
		t.Fatal(err)
	}
	if records, err := j.read(); err != nil || len(records) != 1 || records[0].CallID != "before" {
		t.Errorf("%v, %v", records, err)
	}
	j.close()
	if records, err := newJournal(path).read(); err != nil || len(records) != 2 || records[1].CallID != "now" {
		t.Errorf("the next run: %v, %v", records, err)
	}
}

func BenchmarkJournal(b *testing.B) {
	j := newJournal(filepath.Join(b.TempDir(), "calls.journal"))
	defer j.close()
	b.ReportAllocs()
	for i := range b.N {
		call := Record{CallID: fmt.Sprint("main:1795000000.", i), State: Open, Number: "+74951234567"}
		if err := j.begin(call); err != nil {
			b.Fatal(err)
		}
		if i%100 == 99 {
			if err := j.kept(); err != nil {
				b.Fatal(err)
			}
		}
	}
}
