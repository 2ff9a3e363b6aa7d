package colleagues

import (
	"time"

	"traybell/shared/protocol"
)

// again is the pause before the hub is asked once more after a failure.
const again = 3 * time.Second

// Hub answers requests. The functions that are passed are called on Fyne's goroutine; failure is a
// sentence, empty on success.
type Hub interface {
	Request(action string, data any, done func(answer protocol.Message, failure string))
	Do(f func()) // runs a function on Fyne's goroutine
}

// Follower keeps a list of colleagues up to date while its window is open.
type Follower struct {
	Hub  Hub
	Open func() bool // the window is open
	Show func(all []protocol.Colleague, failure string)

	turn int // of Begin: answers to an earlier one are dropped
}

// Begin asks for all. Show gets them, and each change.
func (f *Follower) Begin() {
	f.turn++
	f.ask(f.turn, 0)
}

// ask asks what the colleagues do. The hub answers each time that something has changed.
func (f *Follower) ask(turn int, after uint64) {
	if turn != f.turn || !f.Open() {
		return
	}
	f.Hub.Request(protocol.ColleaguesList, protocol.ListColleagues{After: after},
		func(m protocol.Message, failure string) {
			var list protocol.Colleagues
			if failure == "" {
				if err := m.Decode(&list); err != nil {
					failure = err.Error()
				}
			}
			if turn != f.turn {
				return
			}
			f.Show(list.Colleagues, failure)
			if failure != "" {
				time.AfterFunc(again, func() { f.Hub.Do(func() { f.ask(turn, 0) }) })
				return
			}
			f.ask(turn, list.Version)
		})
}
