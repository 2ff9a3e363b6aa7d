// Package idle lets Fyne's main loop sleep while no window is on screen.
//
// Fyne's loop turns sixty times a second whether there is something to do or not, which costs a
// percent of a processor for as long as an agent's working day. A Loop keeps it inside GLFW's wait
// for events instead; that still serves the system's events (tray, clipboard, exit), and Do ends
// the wait. The price is that everybody must use Do instead of fyne.Do, or be served up to Nap
// later.
package idle

import (
	"sync"
	"sync/atomic"
	"time"

	"fyne.io/fyne/v2"
	"github.com/go-gl/glfw/v3.4/glfw"
)

// Nap is the longest sleep. What Fyne itself wants to do, as after a change of theme, waits for it
// or for the next Do: nothing is painted before.
const Nap = 20 * time.Second

// awake is how often a busy loop is looked at again.
const awake = 200 * time.Millisecond

// Loop owns the sleep of Fyne's loop. Make it with New before the app runs.
type Loop struct {
	busy func() bool
	due  atomic.Bool // something was handed over since the last look

	mu      sync.RWMutex
	running bool // GLFW can be called
}

// New makes a loop; busy tells, on Fyne's goroutine, whether a window is on screen.
func New(busy func() bool) *Loop { return &Loop{busy: busy} }

// Start begins to put Fyne's loop to sleep. To be called once Fyne's loop runs.
func (l *Loop) Start() {
	l.mu.Lock()
	l.running = true
	l.mu.Unlock()
	fyne.Do(l.step)
}

// Stop ends it, before the app quits.
func (l *Loop) Stop() {
	l.mu.Lock()
	l.running = false
	l.mu.Unlock()
}

func (l *Loop) step() {
	l.mu.RLock()
	running := l.running
	l.mu.RUnlock()
	switch {
	case !running:
		return
	case l.busy():
		time.AfterFunc(awake, func() { fyne.Do(l.step) })
		return
	case !l.due.Swap(false):
		glfw.WaitEventsTimeout(Nap.Seconds())
	}
	fyne.Do(l.step) // behind what was handed over meanwhile
}

// Do runs f on Fyne's goroutine, soon, without waiting for it. It may be called from anywhere.
func (l *Loop) Do(f func()) {
	fyne.Do(f)
	// Behind it, and before the wake: a step that overtakes f must not sleep, and one that has
	// looked already is woken. The other way round a step in between would forget f, and Fyne's own
	// look at GLFW's events would take the wake away.
	l.due.Store(true)
	l.mu.RLock()
	defer l.mu.RUnlock()
	if l.running {
		wake()
	}
}

// wake ends GLFW's wait. On SIGTERM Fyne ends GLFW by itself and tells nobody before: then there is
// nobody to wake.
func wake() {
	defer func() {
		if r := recover(); r != nil {
			if _, gone := r.(*glfw.Error); !gone {
				panic(r)
			}
		}
	}()
	glfw.PostEmptyEvent()
}
