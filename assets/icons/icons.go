// Package icons holds the program's pictures. They are drawn by the program in generate and kept in
// the tree.
//
// The tray's picture is the state, by shape as well as by colour, so that it can be told without
// seeing colours: a whole bell when connected, a swinging one when the phone rings, a handset in a
// call, a triangle when something needs a look, and a hollow, struck bell without a connection. Two
// marks may lie over each: for missed calls, and for do-not-disturb.
package icons

import _ "embed" // the pictures

//go:generate go run ./generate

// State is what the tray tells.
type State int

// The states.
const (
	NoConnection State = iota
	Connected
	Ringing
	Talking
	Warning
)

// States lists them.
func States() []State { return []State{NoConnection, Connected, Ringing, Talking, Warning} }

func (s State) String() string {
	return [...]string{"no_connection", "connected", "ringing", "talking", "warning"}[s]
}

// Look is what the tray shows: a state, and marks over it.
type Look struct {
	State  State
	Missed bool // calls were missed since the agent last looked: a red disk with an arrow that bounces off, above
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

// Looks lists them.
func Looks() []Look {
	var all []Look
	for _, s := range States() {
		all = append(all, Look{s, false, false}, Look{s, true, false}, Look{s, false, true}, Look{s, true, true})
	}
	return all
}

// App is the program's picture, a PNG of 256 pixels.
//
//go:embed app.png
var App []byte
