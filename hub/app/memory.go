package app

import (
	"os"
	"runtime/debug"
)

// With thousands of desktops most of the memory is what they hold. If as much again may be garbage,
// as usual, a desktop takes up to 37 KB of resident memory; if only 30 %, it takes up to 25 KB. With
// fewer desktops the usual is cheaper: a collection costs the same, and there would be more.
const (
	manyDesktops = 5000
	collectAt    = 30 // GOGC
)

// saveMemory sets how much garbage may gather in a hub for that many desktops, unless GOGC does.
func saveMemory(desktops int) {
	percent := 100
	if desktops >= manyDesktops {
		percent = collectAt
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(percent)
	}
}
