package store

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"traybell/hub/cdr"
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

func newBook(t *testing.T) book {
	t.Helper()
	return openBook(t, t.TempDir(), cdr.FormatAuto)
}

func openBook(t *testing.T, folder string, format cdr.Format) book {
	t.Helper()
	s, err := Open(t.Context(), filepath.Join(folder, "traybell.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	c, ok := s.Records(cdr.File{Folder: folder, Zone: moscow, Format: format}).(*Records)
	if !ok {
		t.Fatal("Records has another type")
	}
	return book{c, t, filepath.Join(folder, "pim_cdr_202611.log")}
}

// restart closes the database and opens it again.
func (b book) restart(format cdr.Format) book {
	b.t.Helper()
	if err := b.store.Close(); err != nil {
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

func linesOf(format lineFormat, numbers ...int) (text string) {
	for _, n := range numbers {
		r := aRecord(n)
		text += format(&r, moscow)
	}
	return text
}

func lineOf(numbers ...int) string { return linesOf(opcLine, numbers...) }

func (b book) holds(want string) {
	b.t.Helper()
	if diff := cmp.Diff(want, b.content()); diff != "" {
		b.t.Errorf("the file (-want +got):\n%s", diff)
	}
}

func TestOPCLine(t *testing.T) {
	incoming := aRecord(7)
	missed := cdr.Record{
		CallID: "branch-2:1795319561.8", PBX: "branch-2", Direction: protocol.Incoming, DID: "74950000001",
		Extension: "101", Started: noon.Add(900 * time.Millisecond), Ended: noon.Add(9 * time.Second),
		Rang: 8 * time.Second, Missed: true,
	}
	outgoing := aRecord(9)
	outgoing.Direction, outgoing.DID, outgoing.Customer, outgoing.Ticket = protocol.Outgoing, "", "", ""
	internal := aRecord(10)
	internal.Direction, internal.Number, internal.DID, internal.Extension = protocol.Internal, "102", "", "102"
	internal.Exten, internal.CID, internal.AnsweredBy = "103", "102", "104"
	rewritten := aRecord(11)
	rewritten.Exten, rewritten.CID, rewritten.AnsweredBy = "s", "0084951230011", "103"
	strange := aRecord(7)
	strange.Customer = "a|b\\c\r\nd\x00e\u2028f"
	for _, c := range []struct {
		name   string
		record cdr.Record
		want   string
	}{
		{
			"incoming, begun by an earlier version", incoming,
			"main|1795319561.7|1795338000|1795338007|1795338067|2026-11-22 12:00:00|101|74950000001|" +
				"84951230007|7|60|16|ivanov|2026112210000431\n",
		},
		{"missed, number withheld", missed, "branch-2|1795319561.8|1795338000||1795338009|2026-11-22 12:00:00||" +
			"74950000001||9|0|||\n"},
		{
			"outgoing, begun by an earlier version", outgoing,
			"main|1795319561.9|1795338000|1795338007|1795338067|2026-11-22 12:00:00||84951230009|" +
				"101|7|60|16||\n",
		},
		{"special characters", strange, "main|1795319561.7|1795338000|1795338007|1795338067|2026-11-22 12:00:00|101|" +
			`74950000001|84951230007|7|60|16|a\pb\\c\r\nd e f|2026112210000431` + "\n"},
		{"internal", internal, "main|1795319561.10|1795338000|1795338007|1795338067|2026-11-22 12:00:00|104|103|102|" +
			"7|60|16|ivanov|2026112210000431\n"},
		{"as the PBX has it", rewritten, "main|1795319561.11|1795338000|1795338007|1795338067|2026-11-22 12:00:00|" +
			"103|s|0084951230011|7|60|16|ivanov|2026112210000431\n"},
	} {
		if diff := cmp.Diff(c.want, opcLine(&c.record, moscow)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestTraybell1Line(t *testing.T) {
	r := aRecord(7)
	r.Name = "a|b\\c\r\nd\x00e\u2028f"
	want := `2026-11-22 12:00:00|2026-11-22 12:00:07|2026-11-22 12:01:07|incoming|84951230007|a\pb\\c\r\nd e f|` +
		"74950000001|101|anna|7|60|16|ivanov|2026112210000431\n"
	if diff := cmp.Diff(want, traybell1Line(&r, moscow)); diff != "" {
		t.Error(diff)
	}
	missed := cdr.Record{
		Direction: protocol.Incoming, Started: noon, Ended: noon.Add(9 * time.Second), Rang: 8 * time.Second,
		Missed: true,
	}
	want = "2026-11-22 12:00:00||2026-11-22 12:00:09|incoming||||||8|0|||\n"
	if got := traybell1Line(&missed, moscow); got != want {
		t.Errorf("a missed call: %q", got)
	}
}

func FuzzLine(f *testing.F) {
	f.Add("Ivan", "ivanov")
	f.Add("|\\\n\r\x85\u2029", "\xff|")
	f.Fuzz(func(t *testing.T, name, customer string) {
		r := aRecord(1)
		r.Number, r.Name, r.Customer = name, name, customer
		for _, format := range []lineFormat{opcLine, traybell1Line} {
			line := format(&r, moscow)
			if strings.Count(line, "|") != 13 || strings.Count(line, "\n") != 1 || !strings.HasSuffix(line, "\n") ||
				strings.ContainsAny(line, "\r\x00") {
				t.Errorf("the line is %q", line)
			}
		}
		earlier, opc := []byte(traybell1Line(&r, moscow)), []byte(opcLine(&r, moscow))
		if !isTraybell1(earlier) || isTraybell1(opc) {
			t.Errorf("the format of %q or %q is not recognized", earlier, opc)
		}
	})
}

func TestFormatIsReadFromTheLastLineOfTheHub(t *testing.T) {
	earlier, opc := linesOf(traybell1Line, 1), linesOf(opcLine, 1)
	for text, want := range map[string]bool{
		"":                                    false,
		"somebody":                            false,
		"\n\n":                                false,
		earlier:                               true,
		earlier + "somebody\n":                true,
		earlier + "|||||||||||||\n":           true,
		earlier[30:] + earlier + "no newline": true,
		opc:                                   false,
		opc + "somebody\n":                    false,
		earlier + opc:                         false,
		opc + earlier:                         true,
	} {
		if got := isTraybell1([]byte(text)); got != want {
			t.Errorf("%q: traybell 1's format is %v, want %v", text, got, want)
		}
	}
}

// traybell1 puts the book into the state in which traybell 1 leaves it: calls 1 and 2 are in the
// file of November, and call 3 is placed, with its first cut bytes written.
func (b book) traybell1(cut int) {
	b.t.Helper()
	if err := os.WriteFile(b.path, []byte(linesOf(traybell1Line, 1)), 0o600); err != nil {
		b.t.Fatal(err)
	}
	b.keep(2)
	b.writeOut()
	b.keep(3)
	b.place()
	text := linesOf(traybell1Line, 1, 2) + linesOf(traybell1Line, 3)[:cut]
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
	b.holds(linesOf(traybell1Line, 1, 2, 3, 4))

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
	b.holds(linesOf(traybell1Line, 1, 2, 3, 4, 6))
	text, err := os.ReadFile(filepath.Join(b.file.Folder, "pim_cdr_202612.log"))
	if err != nil || string(text) != opcLine(&december, moscow) {
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
	want := linesOf(traybell1Line, 1, 2, 3) + lineOf(4)
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
		if _, err := b.store.write.ExecContext(t.Context(), `UPDATE call_record SET file_line = ?`,
			linesOf(traybell1Line, 1)); err != nil {
			t.Fatal(err)
		}
		err := os.Remove(b.path)
		if cut >= 0 {
			err = os.WriteFile(b.path, []byte(linesOf(traybell1Line, 1)[:cut]), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		b = b.restart(cdr.FormatAuto)
		b.keep(2)
		b.writeOut()
		b.holds(linesOf(traybell1Line, 1, 2))
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
	b.holds(opcLine(&records[1], moscow))
	october := filepath.Join(b.file.Folder, "pim_cdr_202610.log")
	text, err := os.ReadFile(october)
	if err != nil || string(text) != opcLine(&records[0], moscow)+opcLine(&records[2], moscow) {
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
