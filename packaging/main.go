// Command packaging builds both programs into bin/.
package main

import (
	"flag"

	"traybell/packaging/build"
)

func main() {
	flag.Parse()
	build.Main("packaging", build.Programs)
}
