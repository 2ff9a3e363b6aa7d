//go:build darwin

// Package idle suspends Fyne's main loop while no window is open.
//
// Fyne's loop runs sixty times a second, which costs one percent of a processor all day. A Loop
// keeps it in GLFW's wait for events instead, which still handles the system's events (tray,
// clipboard, exit). Do ends the wait. Therefore everything must use Do instead of fyne.Do, or is
// delayed by up to Nap.
package idle

import (
	"sync"
	"sync/atomic"
	"time"

	"fyne.io/fyne/v2"
	"github.com/go-gl/glfw/v3.4/glfw"
)

// Nap is the longest wait. Fyne's own work, such as a change of theme, may be delayed by it;
// nothing is painted before.
const Nap = 20 * time.Second

// awake is the interval between checks of a busy loop.
const awake = 200 * time.Millisecond

// Loop suspends Fyne's loop. Create it with New before the app runs.
type Loop struct {
	busy func() bool
	due  atomic.Bool // work was queued since the last step

	mu      sync.RWMutex
	running bool // GLFW is running
}

// New creates a loop. busy reports, on Fyne's goroutine, whether a window is open.
func New(busy func() bool) *Loop { return &Loop{busy: busy} }

// Start starts to suspend Fyne's loop. Call it when Fyne's loop runs.
func (l *Loop) Start() {
	l.mu.Lock()
	l.running = true
	l.mu.Unlock()
	fyne.Do(l.step)
}

// Stop stops it. Call it before the app quits.
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
	fyne.Do(l.step) // after the work queued meanwhile
}

// Do runs f on Fyne's goroutine without waiting for it. It is safe for concurrent use.
func (l *Loop) Do(f func()) {
	fyne.Do(f)
	// After fyne.Do and before the wake-up: a step that overtakes f must not sleep, and a sleeping
	// one is woken. In the opposite order a step in between would clear due, and Fyne's own poll of
	// GLFW would consume the wake-up.
	l.due.Store(true)
	l.mu.RLock()
	defer l.mu.RUnlock()
	if l.running {
		wake()
	}
}

// wake ends GLFW's wait. On SIGTERM Fyne terminates GLFW without notice; the error is ignored.
func wake() {
	defer func() {
		if r := recover(); r != nil {
			if _, isGLFW := r.(*glfw.Error); !isGLFW {
				panic(r)
			}
		}
	}()
	glfw.PostEmptyEvent()
}
