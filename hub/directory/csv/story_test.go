package csv_test

import (
	stdcsv "encoding/csv"
	"os"
	"path/filepath"
	"testing"

	"traybell/hub/directory/directorytest"
	"traybell/shared/protocol"
)

func TestCSVStory(t *testing.T) {
	file := filepath.Join(t.TempDir(), "customers.csv")
	move := func(from, to string) func(*testing.T) {
		return func(t *testing.T) {
			if err := os.Rename(from, to); err != nil {
				t.Fatal(err)
			}
		}
	}
	directorytest.Story(t, directorytest.Fixture{
		Source: source(t, "customers", file),
		Stop:   move(file, file+".away"), Start: move(file+".away", file), Away: "no such file",
		Write: func(t *testing.T, customers []protocol.Customer) {
			f, err := os.Create(file)
			if err != nil {
				t.Fatal(err)
			}
			w := stdcsv.NewWriter(f)
			rows := [][]string{{"login", "name", "email", "company", "phone", "mobile", "fax", "street", "city"}}
			for _, c := range customers {
				rows = append(rows, []string{
					c.Login, c.Name, c.Email, c.Company, c.Phone, c.Mobile, c.Fax, c.Street, c.City,
				})
			}
			if err := w.WriteAll(rows); err != nil {
				t.Fatal(err)
			}
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
		},
	})
}
