package records

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"traybell/hub/cdr"
	"traybell/hub/store/internal/sqlite"
	"traybell/hub/store/records/cdrline"
	"traybell/shared/protocol"

	"github.com/google/go-cmp/cmp"
)

var (
	moscow = time.FixedZone("MSK", 3*3600)
	noon   = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC) // 12:00 in Moscow
)

func aRecord(n int) cdr.Record {
	return cdr.Record{
		CallID: fmt.Sprintf("main:1795319561.%d", n), PBX: "main", State: cdr.Final,
		Direction: protocol.Incoming, Number: fmt.Sprintf("8495123%04d", n), Name: "Ivan", DID: "74950000001",
		Extension: "101", Agent: "anna", Started: noon, Answered: noon.Add(7 * time.Second),
		Ended: noon.Add(67*time.Second + 900*time.Millisecond), Rang: 7 * time.Second, Cause: 16,
		Customer: "ivanov", Ticket: "2026112210000431", Told: "anna\n",
	}
}

// book is the call records in a separate folder.
type book struct {
	*Records
	t    *testing.T
	path string // of the file for November
}

func openStore(t testing.TB, path string) Store {
	t.Helper()
	db, err := sqlite.Open(t.Context(), path, Describe())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return New(db)
}

func newBook(t *testing.T) book {
	t.Helper()
	return openBook(t, t.TempDir(), cdr.FormatAuto)
}

func openBook(t *testing.T, folder string, format cdr.Format) book {
	t.Helper()
	s := openStore(t, filepath.Join(folder, "traybell.db"))
	c, ok := s.Records(cdr.File{Folder: folder, Zone: moscow, Format: format}).(*Records)
	if !ok {
		t.Fatal("Records has another type")
	}
	return book{c, t, filepath.Join(folder, "pim_cdr_202611.log")}
}

// restart closes the database and opens it again.
func (b book) restart(format cdr.Format) book {
	b.t.Helper()
	if err := b.store.db.Close(); err != nil {
		b.t.Fatal(err)
	}
	return openBook(b.t, b.file.Folder, format)
}

func (b book) keep(numbers ...int) {
	b.t.Helper()
	var records []cdr.Record
	for _, n := range numbers {
		records = append(records, aRecord(n))
	}
	if err := b.KeepRecords(b.t.Context(), records, nil); err != nil {
		b.t.Fatal(err)
	}
}

func (b book) writeOut() {
	b.t.Helper()
	if err := b.WriteOut(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
}

func (b book) content() string {
	b.t.Helper()
	text, err := os.ReadFile(b.path)
	if err != nil {
		b.t.Fatal(err)
	}
	return string(text)
}

// place does what a hub does that is killed before it writes.
func (b book) place() {
	b.t.Helper()
	if more, err := b.placeNext(b.t.Context()); err != nil || !more {
		b.t.Fatalf("place: %v, %v", more, err)
	}
}

func linesOf(format cdrline.Format, numbers ...int) (text string) {
	for _, n := range numbers {
		r := aRecord(n)
		text += format(&r, moscow)
	}
	return text
}

func lineOf(numbers ...int) string { return linesOf(cdrline.OPC, numbers...) }

func (b book) holds(want string) {
	b.t.Helper()
	if diff := cmp.Diff(want, b.content()); diff != "" {
		b.t.Errorf("the file (-want +got):\n%s", diff)
	}
}

// traybell1 puts the book into the state in which traybell 1 leaves it: calls 1 and 2 are in the
// file of November, and call 3 is placed, with its first cut bytes written.
func (b book) traybell1(cut int) {
	b.t.Helper()
	if err := os.WriteFile(b.path, []byte(linesOf(cdrline.Traybell1, 1)), 0o600); err != nil {
		b.t.Fatal(err)
	}
	b.keep(2)
	b.writeOut()
	b.keep(3)
	b.place()
	text := linesOf(cdrline.Traybell1, 1, 2) + linesOf(cdrline.Traybell1, 3)[:cut]
	if err := os.WriteFile(b.path, []byte(text), 0o600); err != nil {
		b.t.Fatal(err)
	}
}

func TestFileOfTraybell1KeepsItsFormatUntilItsMonthEnds(t *testing.T) {
	b := newBook(t)
	b.traybell1(17)
	b = b.restart(cdr.FormatAuto)
	b.keep(4)
	b.writeOut()
	b.holds(linesOf(cdrline.Traybell1, 1, 2, 3, 4))

	december := aRecord(5)
	december.Ended = time.Date(2026, 11, 30, 21, 0, 0, 0, time.UTC) // midnight in Moscow
	keep := func(r cdr.Record) {
		t.Helper()
		if err := b.KeepRecords(t.Context(), []cdr.Record{r}, nil); err != nil {
			t.Fatal(err)
		}
		b.writeOut()
	}
	keep(december)
	b = b.restart(cdr.FormatAuto)
	keep(aRecord(6)) // of November, late
	b.holds(linesOf(cdrline.Traybell1, 1, 2, 3, 4, 6))
	text, err := os.ReadFile(filepath.Join(b.file.Folder, "pim_cdr_202612.log"))
	if err != nil || string(text) != cdrline.OPC(&december, moscow) {
		t.Errorf("December: %q, %v", text, err)
	}

	if err := os.Remove(b.path); err != nil { // collected by another program
		t.Fatal(err)
	}
	keep(aRecord(7))
	b.holds(lineOf(7))
}

func TestFormatOPCChangesAFileOfTraybell1AtOnce(t *testing.T) {
	b := newBook(t)
	b.traybell1(17)
	b = b.restart(cdr.FormatOPC)
	b.keep(4)
	b.writeOut()
	want := linesOf(cdrline.Traybell1, 1, 2, 3) + lineOf(4)
	b.holds(want)
	b.keep(5)
	b.place() // and the hub is killed
	b = b.restart(cdr.FormatAuto)
	b.keep(6)
	b.writeOut()
	b.holds(want + lineOf(5, 6))
}

func TestFirstLineOfTraybell1DecidesForItsMonth(t *testing.T) {
	for _, cut := range []int{-1, 0, 40} { // bytes written; -1: no file
		b := newBook(t)
		b.keep(1)
		b.place()
		if _, err := b.store.db.Write.ExecContext(t.Context(), `UPDATE call_record SET file_line = ?`,
			linesOf(cdrline.Traybell1, 1)); err != nil {
			t.Fatal(err)
		}
		err := os.Remove(b.path)
		if cut >= 0 {
			err = os.WriteFile(b.path, []byte(linesOf(cdrline.Traybell1, 1)[:cut]), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		b = b.restart(cdr.FormatAuto)
		b.keep(2)
		b.writeOut()
		b.holds(linesOf(cdrline.Traybell1, 1, 2))
	}
}

// A hub may be killed at any step, and the disk may keep any part of the last write.
func TestLineIsWrittenOnceWhenTheHubIsKilled(t *testing.T) {
	b := newBook(t)
	b.keep(1)
	b.writeOut()
	for cut := 0; cut <= len(lineOf(2, 3)); cut += 23 {
		t.Run(fmt.Sprintf("after %d bytes", cut), func(t *testing.T) {
			b := newBook(t)
			b.keep(1)
			b.writeOut()
			b.keep(2, 3)
			b.place()
			if err := os.WriteFile(b.path, []byte(lineOf(1)+lineOf(2, 3)[:cut]), 0o600); err != nil {
				t.Fatal(err)
			}
			b.keep(4)
			b.writeOut()
			b.holds(lineOf(1, 2, 3, 4))
			b.writeOut()
			b.holds(lineOf(1, 2, 3, 4))
		})
	}
	t.Run("zeros after a power cut", func(t *testing.T) {
		b := newBook(t)
		b.keep(1, 2)
		b.place()
		if err := os.WriteFile(b.path, append([]byte(lineOf(1)), make([]byte, len(lineOf(2)))...), 0o600); err != nil {
			t.Fatal(err)
		}
		b.writeOut()
		b.holds(lineOf(1, 2))
	})
	t.Run("before anything", func(t *testing.T) {
		b := newBook(t)
		b.keep(1, 2)
		b.place()
		b.writeOut()
		b.holds(lineOf(1, 2))
	})
}

func TestFileIsChangedByOthers(t *testing.T) {
	for _, c := range []struct {
		name, file, want string // file: after lines 1 and 2 were written and 3 was placed
		removed          bool
	}{
		{"moved away", "", lineOf(3, 4), true},
		{"truncated", lineOf(1), lineOf(1, 3, 4), false},
		{"a line without an end was added", lineOf(1, 2) + "somebody", lineOf(1, 2) + "somebody\n" +
			lineOf(3, 4), false},
		{"a line was added behind", lineOf(1, 2, 3) + "somebody\n", lineOf(1, 2, 3) + "somebody\n" + lineOf(4), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBook(t)
			b.keep(1, 2)
			b.writeOut()
			b.keep(3)
			b.place()
			err := os.WriteFile(b.path, []byte(c.file), 0o600)
			if c.removed {
				err = os.Remove(b.path)
			}
			if err != nil {
				t.Fatal(err)
			}
			b.writeOut()
			b.keep(4)
			b.writeOut()
			b.holds(c.want)
		})
	}
}

func TestWriteIsRetried(t *testing.T) {
	b := newBook(t)
	if err := os.Mkdir(b.path, 0o700); err != nil {
		t.Fatal(err)
	}
	b.keep(1, 2)
	if err := b.WriteOut(t.Context()); err == nil {
		t.Error("no error for a folder")
	}
	if err := os.Remove(b.path); err != nil {
		t.Fatal(err)
	}
	b.writeOut()
	b.holds(lineOf(1, 2))
}

func TestMonthlyFiles(t *testing.T) {
	b := newBook(t)
	var records []cdr.Record
	for i, ended := range []time.Time{
		// November in Moscow
		time.Date(2026, 10, 31, 20, 59, 59, 0, time.UTC), time.Date(2026, 10, 31, 21, 0, 0, 0, time.UTC),
		time.Date(2026, 10, 31, 20, 0, 0, 0, time.UTC),
	} {
		r := aRecord(i)
		r.Started, r.Answered, r.Ended = ended.Add(-time.Minute), time.Time{}, ended
		records = append(records, r)
	}
	if err := b.KeepRecords(t.Context(), records, nil); err != nil {
		t.Fatal(err)
	}
	b.writeOut()
	b.holds(cdrline.OPC(&records[1], moscow))
	october := filepath.Join(b.file.Folder, "pim_cdr_202610.log")
	text, err := os.ReadFile(october)
	if err != nil || string(text) != cdrline.OPC(&records[0], moscow)+cdrline.OPC(&records[2], moscow) {
		t.Errorf("October: %q, %v", text, err)
	}

	// Files are deleted by whole months.
	for name, text := range map[string]string{"pim_cdr_202609.log.bak": "", "pim_cdr_notes.log": ""} {
		if err := os.WriteFile(filepath.Join(b.file.Folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	n, err := b.ForgetRecords(t.Context(), time.Date(2026, 10, 31, 20, 58, 55, 0, time.UTC))
	if err != nil || n != 2-1 {
		t.Errorf("deleted: %d, %v", n, err)
	}
	if _, err := os.Stat(october); err != nil {
		t.Errorf("October was deleted before it ended: %v", err)
	}
	if n, err = b.ForgetRecords(t.Context(), time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC)); err != nil || n != 2 {
		t.Errorf("deleted: %d, %v", n, err)
	}
	left, err := filepath.Glob(filepath.Join(b.file.Folder, "pim*"))
	if err != nil || len(left) != 3 {
		t.Errorf("files left: %v, %v", left, err)
	}
}

func TestWithoutFolderNoFileIsWritten(t *testing.T) {
	b := newBook(t)
	none, ok := b.store.Records(cdr.File{Zone: moscow}).(*Records)
	if !ok {
		t.Fatal("Records has another type")
	}
	if err := none.KeepRecords(context.WithoutCancel(t.Context()), []cdr.Record{aRecord(1)}, nil); err != nil {
		t.Fatal(err)
	}
	if err := none.WriteOut(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.writeOut() // enabled later: earlier calls stay out
	if _, err := os.Stat(b.path); err == nil {
		t.Errorf("there is a file: %q", b.content())
	}
	b.keep(2)
	b.writeOut()
	b.holds(lineOf(2))
}
