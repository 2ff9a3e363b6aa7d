package csv_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"traybell/hub/directory"
	"traybell/hub/directory/csv"
	"traybell/shared/phone"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func russian(t testing.TB) *phone.Reader {
	t.Helper()
	r, err := phone.NewReader("RU", nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func quiet() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

func source(t testing.TB, name, path string) *directory.File {
	t.Helper()
	f, err := directory.NewFile(name, path, "", csv.Read)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// found looks a number up and returns "login@directory", with a ? for a guess.
func found(t testing.TB, d *directory.Directory, reader *phone.Reader, raw string) string {
	t.Helper()
	customers, err := d.Find(t.Context(), reader.Read(raw))
	if err != nil {
		t.Fatalf("%s: %v", raw, err)
	}
	var out []string
	for _, c := range customers {
		text := c.Login + "@" + c.Directory
		if c.Maybe {
			text += "?"
		}
		out = append(out, text)
	}
	return strings.Join(out, " ")
}

func TestFindsCustomersOfTwoFiles(t *testing.T) {
	reader := russian(t)
	d := directory.New(reader, quiet(),
		directory.Feed{Source: source(t, "customers", "testdata/customers.csv")},
		directory.Feed{Source: source(t, "staff", "testdata/staff.csv")})
	if err := d.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ raw, want string }{
		{"+74951234567", "sekretar@customers ivanov@customers"}, // without an extension first
		{"84951234567", "sekretar@customers ivanov@customers"},
		{"sip:4951234567@10.0.0.1", "sekretar@customers ivanov@customers"},
		{"+74951234567;ext=12", "ivanov@customers sekretar@customers"},
		{"84951234568", "sekretar@customers"},
		{"+79167654321", "ivanov@customers"},
		{"+79030000001", "ivanov@customers"}, // the number is in staff, the person in both
		{"84951230000", "ivanov@customers"},  // a fax
		{"89161112233", "petrov@customers"},
		{"+74952223344", "petrov@customers"},
		{"123-45-99", "volga@customers"},     // local in the directory and on the PBX
		{"84951234599", "volga@customers?"},  // only the end matches
		{"1234568", "sekretar@customers?"},   // the PBX left the city out
		{"1234567", ""},                      // two have that end: ambiguous
		{"+49301234567", "berlin@customers"}, // +49 (0)30
		{"00491711234567", "berlin@customers"},
		{"+49307654321", "berlin@customers"}, // known as mmueller in staff, by the same e-mail address
		{"101", "anna@staff"},
		{"sip:alice101@pbx", "alice101@staff"},
		{"alice", ""},
		{"10", ""},
		{"1010", ""},
		{"+79165550001", "anna@staff"},
		{"+74957654321", ""},
		{"anonymous", ""},
	} {
		if got := found(t, d, reader, test.raw); got != test.want {
			t.Errorf("%s: %q, want %q", test.raw, got, test.want)
		}
	}
	// The first directory wins, and its empty fields are filled from the other.
	customers, err := d.Find(t.Context(), reader.Read("+79030000001"))
	if err != nil || len(customers) != 1 {
		t.Fatal(customers, err)
	}
	if c := customers[0]; c.Name != "Иванов Иван Петрович" || c.Fax != "84951230000" ||
		c.Mobile != "8-916-765-43-21" || c.Directory != "customers" {
		t.Errorf("merged into %+v", c)
	}
}

func TestReplacedFileIsRead(t *testing.T) {
	file := filepath.Join(t.TempDir(), "customers.csv")
	write := func(text string, at time.Time) {
		if err := os.WriteFile(file+".new", []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(file+".new", at, at); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(file+".new", file); err != nil {
			t.Fatal(err)
		}
	}
	day := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	synctest.Test(t, func(t *testing.T) {
		reader := russian(t)
		d := directory.New(reader, quiet(), directory.Feed{Source: source(t, "customers", file)})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { d.Run(ctx); close(done) }()
		step := func(want, lastError string) {
			t.Helper()
			time.Sleep(31 * time.Second)
			synctest.Wait()
			if got := found(t, d, reader, "+74951111111"); got != want {
				t.Errorf("found %q, want %q", got, want)
			}
			if s := d.Status()[0]; !strings.Contains(s.LastError, lastError) || lastError == "" && s.LastError != "" {
				t.Errorf("status %+v, want the error %q", s, lastError)
			}
		}
		synctest.Wait()
		if s := d.Status()[0]; !strings.Contains(s.LastError, "no such file") {
			t.Errorf("without a file: %+v", s)
		}
		write("login;phone\none;+74951111111\n", day)
		step("one@customers", "")
		read := d.Status()[0].Read
		step("one@customers", "")
		if again := d.Status()[0].Read; again != read {
			t.Error("the same file was read again")
		}
		write("login;phone\ntwo;+74951111111\n", day.Add(time.Second))
		step("two@customers", "")
		write("one;two\nthree;\xff\n", day.Add(2*time.Second))
		step("two@customers", "no known column")
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
		step("two@customers", "no such file")
		write("login;phone\nfour;+74951111111\n;+74952222222\n", day.Add(3*time.Second))
		step("four@customers", "")
		if s := d.Status()[0]; s.Troubles != 1 || s.Problems[0].Line != 3 {
			t.Errorf("status %+v", s)
		}
		cancel()
		<-done
	})
}

func TestUnusedPartsAreReportedByLine(t *testing.T) {
	numbers := russian(t)
	file := filepath.Join(t.TempDir(), "odd.csv")
	if err := os.WriteFile(file, []byte(`login,name,phone
b,B,74951234567.0
c,C,+7 495 123 45 60 +7 916 123 45 60
d,D,8-495-123-45-67/68/69
e,E,"7,49512E+10"
f,F,7.4951234567E+10
h,H,"8 916 123-45-67, ask Olga"
i,I,+7 (495) 123-45-61 до 18:00
`), 0o600); err != nil {
		t.Fatal(err)
	}
	d := directory.New(numbers, quiet(), directory.Feed{Source: source(t, "odd", file)})
	if err := d.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	for presented, want := range map[string]string{
		"84951234567": "b@odd d@odd f@odd", "89161234560": "c@odd", "84951234569": "d@odd", "89161234567": "h@odd",
		"84951234561": "i@odd",
	} {
		if got := found(t, d, numbers, presented); got != want {
			t.Errorf("%s: %q, want %q", presented, got, want)
		}
	}
	var problems []string
	for _, p := range d.Status()[0].Problems {
		problems = append(problems, p.String())
	}
	if diff := cmp.Diff([]string{
		`line 5: phone "7,49512E+10" is not a phone number: calls do not find this customer by it; a spreadsheet has ` +
			`rounded it, enter it again in a column formatted as text`,
		`line 7: phone "8 916 123-45-67, ask Olga": "ask Olga" is not a phone number and is not used`,
		`line 8: phone "+7 (495) 123-45-61 до 18:00": "18:00" is not a phone number and is not used`,
	}, problems); diff != "" {
		t.Error(diff)
	}
}

// An export that was interrupted, or is still being written, does not make customers unknown.
func TestCutExportKeepsTheCustomersBefore(t *testing.T) {
	var whole strings.Builder
	whole.WriteString("login;name;phone\n")
	for i := range 100 {
		fmt.Fprintf(&whole, "c%d;Customer %d;+7495%07d\n", i, i, i)
	}
	all := whole.String()
	lines := strings.SplitAfter(all, "\n")
	row := func(n int) int { return len(strings.Join(lines[:n+1], "")) } // where the row after n begins
	for name, c := range map[string]struct {
		text string
		want int // customers
		why  string
	}{
		"cut in a number":          {all[:row(50)-3], 100, "50 customers, 50 less than before, and ends within a line"},
		"cut in a name":            {all[:row(50)-20], 100, "and ends within a line"},
		"cut near the end":         {all[:row(97)-3], 97, ""},
		"shorter, without a break": {strings.TrimSuffix(all[:row(99)], "\n"), 99, ""},
		"half, and whole":          {all[:row(50)], 50, ""},
		"half, ended as in DOS":    {all[:row(50)] + "\x1a", 50, ""},
		"half, UTF-16":             {utf16le(all[:row(50)]), 50, ""},
		"cut, UTF-16":              {utf16le(all[:row(50)-3]), 100, "and ends within a line"},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "customers.csv")
			write := func(text string) {
				t.Helper()
				if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			d := directory.New(russian(t), quiet(), directory.Feed{Source: source(t, "customers", file)})
			write(strings.TrimSuffix(all, "\n")) // a first read takes what there is
			if err := d.Refresh(t.Context()); err != nil {
				t.Fatal(err)
			}
			write(c.text)
			err := d.Refresh(t.Context())
			if (err != nil) != (c.why != "") || err != nil && !strings.Contains(err.Error(), c.why) {
				t.Errorf("%v, want %q", err, c.why)
			}
			if got := d.Status()[0].Rows; got != c.want {
				t.Errorf("%d customers, want %d", got, c.want)
			}
			write(all)
			if err := d.Refresh(t.Context()); err != nil || d.Status()[0].Rows != 100 {
				t.Errorf("the whole file: %v, %d customers", err, d.Status()[0].Rows)
			}
		})
	}
}

func utf16le(text string) string {
	out := []byte{0xff, 0xfe}
	for _, r := range text { // ASCII
		out = append(out, byte(r), 0)
	}
	return string(out)
}
