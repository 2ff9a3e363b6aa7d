// Package directorytest is the contract of a directory source, as a test that every source passes.
package directorytest

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"testing"

	"traybell/hub/directory"
	"traybell/shared/phone"
	"traybell/shared/protocol"
)

// Fixture is a source and its backend. All functions are required.
type Fixture struct {
	Source directory.Source
	Write  func(t *testing.T, customers []protocol.Customer) // replaces all customers of the backend
	Stop   func(t *testing.T)                                // stops the server, or removes the file
	Start  func(t *testing.T)                                // undoes Stop
	// NoLogins is set for a backend without a field for the login.
	NoLogins bool
	Away     string // part of the error after Stop
}

// Story runs the test. The backend must be running; it may be empty.
func Story(t *testing.T, f Fixture) {
	t.Helper()
	reader, err := phone.NewReader("RU", nil)
	if err != nil {
		t.Fatal(err)
	}
	d := directory.New(reader, slog.New(slog.NewTextHandler(io.Discard, nil)), directory.Feed{Source: f.Source})
	refresh := func() {
		t.Helper()
		if err := d.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	finds := func(raw, want string) {
		t.Helper()
		customers, err := d.Find(t.Context(), reader.Read(raw))
		if err != nil {
			t.Fatalf("%s: %v", raw, err)
		}
		var logins []string
		for _, c := range customers {
			login, _, _ := strings.Cut(c.Email, "@")
			logins = append(logins, login)
		}
		if got := strings.Join(logins, " "); got != want {
			t.Errorf("%s is %q, want %q", raw, got, want)
		}
	}

	ivanov := protocol.Customer{
		Login: "ivanov", Name: "Иван Иванов", Email: "ivanov@acme.example", Company: `ООО "Ромашка; и сыновья"`,
		Phone: "+7 (495) 123-45-67", Mobile: "8 916 765-43-21",
		Fax: "+7 495 123 45 68", Street: "ул. Ленина, 1", City: "Москва",
	}
	petrova := protocol.Customer{
		Login: "petrova", Name: "Ольга O'Neill", Email: "petrova@acme.example", Company: "Acme",
		Phone: "84951234599, (495) 123-45-67 доб. 12",
	}
	mueller := protocol.Customer{
		Login: "mueller", Name: "Jürgen Müller 😀", Email: "mueller@acme.example", Company: "Acme",
		Phone: "+49 (0)30 1234567",
	}

	f.Write(t, nil)
	refresh()
	if s := d.Status()[0]; s.Rows != 0 || s.Troubles != 1 || !strings.Contains(s.Problems[0].Text, "no customers") {
		t.Errorf("without customers: %+v", s)
	}

	f.Write(t, []protocol.Customer{ivanov, petrova, mueller})
	refresh()
	if s := d.Status()[0]; s.Rows != 3 || s.Numbers != 6 || s.Troubles != 0 {
		t.Errorf("three customers with six numbers: %+v", s)
	}
	finds("84951234567", "ivanov petrova")
	finds("+74951234567;ext=12", "petrova ivanov")
	finds("sip:+79167654321@10.0.0.1", "ivanov")
	finds("84951234568", "ivanov")
	finds("+74951234599", "petrova")
	finds("0049301234567", "mueller")
	finds("+74957654321", "")
	finds("anonymous", "")
	for raw, want := range map[string]protocol.Customer{"+79167654321": ivanov, "+49301234567": mueller} {
		found, err := d.Find(t.Context(), reader.Read(raw))
		if err != nil || len(found) != 1 {
			t.Fatalf("%s: %v, %v", raw, found, err)
		}
		got := found[0]
		if got.Directory != f.Source.Name() {
			t.Errorf("found in %q", got.Directory)
		}
		if want.City != "" && !strings.Contains(got.Location, want.Street+", "+want.City) {
			t.Errorf("location of %s: %q", want.Login, got.Location)
		}
		got.Directory, got.Location = "", ""
		if f.NoLogins {
			want.Login = ""
		}
		if got != want {
			t.Errorf("%s is %+v, want %+v", want.Login, got, want)
		}
	}

	// A change is visible after the next read.
	petrova.Phone = "8 (495) 765-43-21"
	f.Write(t, []protocol.Customer{petrova, mueller})
	finds("+74957654321", "")
	refresh()
	finds("+74957654321", "petrova")
	finds("+74951234599", "")
	finds("+79167654321", "")

	// While the backend is unavailable, the old customers stay.
	f.Stop(t)
	read := d.Status()[0].Read
	if err := d.Refresh(t.Context()); err == nil || !strings.Contains(err.Error(), f.Away) {
		t.Errorf("after Stop: %v; want %q in it", err, f.Away)
	}
	if s := d.Status()[0]; s.Rows != 2 || s.LastError == "" || !s.Read.Equal(read) {
		t.Errorf("after Stop: %+v", s)
	}
	finds("+74957654321", "petrova")
	f.Start(t)
	refresh()
	finds("+74957654321", "petrova")
	if s := d.Status()[0]; s.LastError != "" || !s.Read.After(read) {
		t.Errorf("after Start: %+v", s)
	}

	// A cancelled read is not an error of the source.
	off, cancel := context.WithCancel(t.Context())
	cancel()
	if err := d.Refresh(off); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if s := d.Status()[0]; s.LastError != "" || s.Rows != 2 {
		t.Errorf("cancelled: %+v", s)
	}
}
