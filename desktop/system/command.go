package system

import (
	"fmt"
	"os"
)

// Command is the command line with which the system starts this program: at sign-in or for a URL.
type Command struct {
	Program string   // path
	Args    []string // arguments of every start
}

// Self returns the running program with args.
func Self(args ...string) (Command, error) {
	program := os.Getenv("APPIMAGE") // the path that os.Executable returns inside an AppImage exists only while it runs
	if program == "" {
		var err error
		if program, err = os.Executable(); err != nil {
			return Command{}, fmt.Errorf("find executable: %w", err)
		}
	}
	return Command{Program: program, Args: args}, nil
}

// Autostart is the start of the program when this user signs in. The system's own tools show it. It
// is safe for concurrent use.
type Autostart struct{ Command Command }

// Schemes of the URLs that the program opens: phone numbers (tel of RFC 3966, callto of older
// pages) and the administrator's traybell://join.
var schemes = [...]string{"tel", "callto", "traybell"}

// Schemes returns the schemes that Links registers.
func Schemes() []string { return schemes[:] }

// Links registers the program as this user's handler of Schemes. The URL follows the arguments and
// "--", so that it is never parsed as an option. It is safe for concurrent use.
type Links struct{ Command Command }
