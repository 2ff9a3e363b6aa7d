package app_test

import (
	"os"
	"path/filepath"
	"testing"

	"traybell/hub/ami/amitest"
	"traybell/shared/protocol"
)

// A call comes before a directory can be read: its card gets the customer when the directory has
// recovered, another call's when a reload adds a directory.
func TestCallsBeforeTheirDirectory(t *testing.T) {
	s := tell(t)
	path := filepath.Join(s.dir, "customers.csv")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	s.start()
	s.working()
	anna := s.signIn("101")
	early := s.pbx.Incoming(amitest.Incoming{Number: "84951234567", DID: "74950000001"})
	early.Ring("101")
	unknown := func(c protocol.Call) bool { return c.Caller.Status == protocol.Unknown }
	anna.sees("the call before the directory is read", unknown)
	if err := os.WriteFile(path, []byte(customers), 0o600); err != nil {
		t.Fatal(err)
	}
	if c := anna.sees("the customer", known); c.Caller.Customers[0].Login != "ivanov" {
		t.Errorf("the caller is %+v", c.Caller)
	}
	early.Answer("101")

	second := s.pbx.Incoming(amitest.Incoming{Number: "84950005566", DID: "74950000001"})
	second.Ring("101")
	anna.sees("a caller of no directory", unknown)
	if err := os.WriteFile(filepath.Join(s.dir, "partners.csv"), []byte("login;name;phone\nkim;Kim;84950005566\n"),
		0o600); err != nil {
		t.Fatal(err)
	}
	s.replaced("path: customers.csv}", "path: customers.csv}, {name: partners, type: csv, path: partners.csv}")
	anna.sees("the customer of the added directory", func(c protocol.Call) bool {
		return known(c) && c.Caller.Customers[0].Login == "kim"
	})
}
