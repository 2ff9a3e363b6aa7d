package directorytest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"traybell/hub/directory"
	"traybell/shared/protocol"

	"github.com/google/go-cmp/cmp"
)

// Golden reads the files of testdata with an extension in a format, and compares the customers and
// problems of each with a golden file next to it. update writes the golden files.
func Golden(t *testing.T, ext string, format directory.Format, update bool) {
	t.Helper()
	files, err := filepath.Glob("testdata/*" + ext)
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	for _, file := range files {
		f, err := directory.NewFile("customers", file, "", format)
		if err != nil {
			t.Fatal(err)
		}
		var customers, problems strings.Builder
		err = f.Read(t.Context(), func(c protocol.Customer) { customers.WriteString(fields(c)) },
			func(p directory.Problem) { problems.WriteString("! " + p.String() + "\n") })
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		read, golden := customers.String()+problems.String(), strings.TrimSuffix(file, ext)+".golden"
		if update {
			if err := os.WriteFile(golden, []byte(read), 0o644); err != nil { //nolint:gosec // as git has it
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), read); diff != "" {
			t.Errorf("%s (-golden +read):\n%s", file, diff)
		}
	}
}

// fields are those of a customer, in a line.
func fields(c protocol.Customer) string {
	var line strings.Builder
	for _, field := range []string{
		c.Login, c.Name, c.Email, c.Company, c.Phone, c.Mobile, c.Fax, c.HomePhone, c.Location, c.Street, c.City,
		c.Office,
	} {
		line.WriteString("[" + strings.ReplaceAll(field, "\r\n", "⏎") + "]")
	}
	return line.String() + "\n"
}
