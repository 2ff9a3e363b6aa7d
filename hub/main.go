// Command traybell-hub connects Asterisk to the agents' desktops: it follows the calls of the PBX,
// notifies the desktops and creates the tickets.
package main

import (
	"os"

	"traybell/hub/cmd"
)

// version is set by the linker.
var version = "dev"

func main() { os.Exit(cmd.Main(version)) }
