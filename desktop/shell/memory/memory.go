// Package memory keeps the memory of a program small that is mostly idle.
package memory

import (
	"os"
	"runtime/debug"
	"time"
)

const (
	collectAt = 40              // GOGC: what is held between two cards is the program's size
	tidyAfter = 5 * time.Second // after the last card, or the start
)

// Memory returns memory to the system. It belongs to one goroutine.
type Memory struct{ timer *time.Timer }

// Save makes garbage collection more frequent, unless GOGC is set, and frees memory after the
// start.
func (m *Memory) Save() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(collectAt)
	}
	m.Tidy()
}

// Tidy frees memory soon. It is called when the screen becomes empty.
func (m *Memory) Tidy() {
	if m.timer == nil {
		m.timer = time.AfterFunc(tidyAfter, debug.FreeOSMemory)
		return
	}
	m.timer.Reset(tidyAfter)
}
