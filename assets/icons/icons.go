// Package icons holds the program's icons, drawn by the command in generate.
//
// The tray icon shows the state by shape as well as by colour: a bell when connected, a swinging
// bell when the phone rings, a handset in a call, a triangle for a problem, and a hollow,
// struck-through bell without a connection. Two marks may overlay it: for missed calls and for
// do-not-disturb.
package icons

import _ "embed" // the icons

//go:generate go run ./generate

// State is the state shown in the tray.
type State int

// The states.
const (
	NoConnection State = iota
	Connected
	Ringing
	Talking
	Warning
)

// States lists the states.
func States() []State { return []State{NoConnection, Connected, Ringing, Talking, Warning} }

func (s State) String() string {
	return [...]string{"no_connection", "connected", "ringing", "talking", "warning"}[s]
}

// Look is a tray icon: a state with marks.
type Look struct {
	State  State
	Missed bool // calls were missed since the agent last looked: a red disk with a bouncing arrow, above
	Quiet  bool // do not disturb: a violet disk with a bar, below
}

func (l Look) String() string {
	name := l.State.String()
	if l.Missed {
		name += "_missed"
	}
	if l.Quiet {
		name += "_quiet"
	}
	return name
}

// Looks lists the tray icons.
func Looks() []Look {
	var all []Look
	for _, s := range States() {
		all = append(all, Look{s, false, false}, Look{s, true, false}, Look{s, false, true}, Look{s, true, true})
	}
	return all
}

// App is the program's icon, a PNG of 256 pixels.
//
//go:embed app.png
var App []byte
