// Package icons holds the program's pictures. They are drawn by the program in generate and kept in the tree.
//
// The tray's picture is the state, by shape as well as by colour, so that it can be told without seeing colours: a whole bell when
// connected, a swinging one when the phone rings, a handset in a call, a triangle when something needs a look, and a hollow, struck
// bell without a connection.
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

// App is the program's picture, a PNG of 256 pixels.
//
//go:embed app.png
var App []byte
