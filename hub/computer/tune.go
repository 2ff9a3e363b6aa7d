package computer

import (
	"os"
	"runtime"
	"runtime/debug"
)

// With thousands of desktops most of the memory is what they hold. If as much again may be garbage,
// as usual, a desktop takes up to 37 KB of resident memory; if only 50 %, it takes up to 25 KB. With
// fewer desktops the usual is cheaper: a collection costs the same, and there would be more.
//
// A collection of that memory takes a tenth of a second. With fewer than four processors Go has no
// thread for it: each processor collects for milliseconds in which it reads no socket, and calls
// wait. With four, one thread collects and the system shares the cores among them.
const (
	manyDesktops    = 5000
	collectAt       = 50 // GOGC
	leastProcessors = 4  // GOMAXPROCS
)

// Tune sets how much garbage may gather in a hub for that many desktops, and on how many
// processors Go runs it, unless GOGC and GOMAXPROCS do.
func Tune(desktops int) {
	many := desktops >= manyDesktops
	if os.Getenv("GOGC") == "" {
		percent := 100
		if many {
			percent = collectAt
		}
		debug.SetGCPercent(percent)
	}
	// Fewer processors than cores are a container's share, or what GOMAXPROCS sets. More threads would
	// use up the share at once, and all would wait for the next one.
	if n := runtime.GOMAXPROCS(0); many && n < leastProcessors && n == runtime.NumCPU() {
		runtime.GOMAXPROCS(leastProcessors)
	}
}
