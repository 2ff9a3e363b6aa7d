//go:build !darwin

package system

import "testing"

// setting is implemented by Autostart and Links.
type setting interface {
	Enabled() (bool, error)
	Set(on bool) error
}

// TestSystemSettings sets and resets each twice. On Windows it uses the registry of the user who
// runs the test.
func TestSystemSettings(t *testing.T) {
	isolate(t)
	c := Command{Program: `/opt/Tray "bell"/100%/traybell`, Args: []string{"--config", "/home/anna/a b"}}
	for name, s := range map[string]setting{"autostart": Autostart{Command: c}, "links": Links{Command: c}} {
		t.Run(name, func(t *testing.T) {
			for _, want := range []bool{false, true, true, false, false} {
				if err := s.Set(want); err != nil {
					t.Fatal(err)
				}
				if on, err := s.Enabled(); err != nil || on != want {
					t.Fatalf("set to %v, got %v, %v", want, on, err)
				}
			}
		})
	}
}
