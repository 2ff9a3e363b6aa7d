package sqlite

import "time"

const (
	rowsAtOnce = 3
	restAfter  = 50 * time.Microsecond
	restUntil  = 100 // rows: more are a backlog, whose transaction is not to take longer
)

// Rest is called before row i of a transaction that writes many. It lets calls have the core now
// and then: the system leaves it for milliseconds to a thread that has slept and now works.
func Rest(i int) {
	if i > 0 && i < restUntil && i%rowsAtOnce == 0 {
		time.Sleep(restAfter)
	}
}
