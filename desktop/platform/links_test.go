//go:build !darwin

package platform

import "testing"

// system is what Autostart and Links have in common.
type system interface {
	Enabled() (bool, error)
	Set(on bool) error
}

// TestAsTheSystemHasIt sets and takes back twice each: on Windows in the registry of whoever runs
// the test.
func TestAsTheSystemHasIt(t *testing.T) {
	apart(t)
	c := Command{Program: `/opt/Tray "bell"/100%/traybell`, Args: []string{"--config", "/home/anna/a b"}}
	for name, s := range map[string]system{"autostart": Autostart{Command: c}, "links": Links{Command: c}} {
		t.Run(name, func(t *testing.T) {
			for _, want := range []bool{false, true, true, false, false} {
				if err := s.Set(want); err != nil {
					t.Fatal(err)
				}
				if on, err := s.Enabled(); err != nil || on != want {
					t.Fatalf("set to %v it is %v, %v", want, on, err)
				}
			}
		})
	}
}
