package shell

import (
	"os"
	"runtime/debug"
	"time"
)

// The program stands in the tray all day and paints now and then. What it holds between two paints
// is what it weighs, so that the collector begins early; a card costs it as little as before. GOGC
// in the environment wins.
const collectAt = 40

// tidied is how long after the last card has left the screen, or after the start, what is not
// needed any more is given back to the system.
const tidied = 5 * time.Second

// light keeps the program small.
func (s *shell) light() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(collectAt)
	}
	s.tidy()
}

// tidy gives memory back once nothing is on the screen for a while. It belongs to the shell's
// goroutine, or comes before it.
func (s *shell) tidy() {
	if s.frame.tidy == nil {
		s.frame.tidy = time.AfterFunc(tidied, debug.FreeOSMemory)
		return
	}
	s.frame.tidy.Reset(tidied)
}
