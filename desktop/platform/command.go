package platform

import (
	"fmt"
	"os"
)

// Command is how the system starts this program by itself: at sign-in, or for an address.
type Command struct {
	Program string   // its path
	Args    []string // what it is started with each time
}

// Self is the program that runs, started with args.
func Self(args ...string) (Command, error) {
	program := os.Getenv("APPIMAGE") // what os.Executable finds inside an AppImage goes with it
	if program == "" {
		var err error
		if program, err = os.Executable(); err != nil {
			return Command{}, fmt.Errorf("where this program is: %w", err)
		}
	}
	return Command{Program: program, Args: args}, nil
}

// Autostart is the program's start when this user signs in, as the system's own tools show it. It
// may be used from any goroutine.
type Autostart struct{ Command Command }

// The schemes of addresses that the program opens: numbers to call (RFC 3966's tel, and callto of
// old pages), and the administrator's traybell://join.
var schemes = [...]string{"tel", "callto", "traybell"}

// Schemes are the addresses that Links registers.
func Schemes() []string { return schemes[:] }

// Links is the registration of the program, for this user, as the one that opens Schemes. The
// address follows the command's own words and "--", so that nothing in it can be taken for an
// option. It may be used from any goroutine.
type Links struct{ Command Command }
