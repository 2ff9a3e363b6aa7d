package ami

import (
	"errors"
	"net"
	"os"
	"sync/atomic"
	"time"
)

const (
	// drainPause is how long a read waits for what has been received already. A deadline that has
	// passed hides it.
	drainPause = 50 * time.Millisecond
	drainTime  = time.Second // for all that is read after a failed write
	standstill = time.Second // a deadline noticed so much later: this process stood still
)

// patientReader reads from a connection, and notes when something came. Until the login the caller
// sets the deadline; after it, a read fails when the PBX was silent for idle. Silence is judged only
// after what has been received was read, and the time in which this process stood still does not
// count: then the PBX is pinged and has the time stall to answer.
type patientReader struct {
	conn        net.Conn
	idle, stall time.Duration
	ping        func()
	heard       atomic.Int64 // Unix nanoseconds
	until       atomic.Int64 // when drain ends, Unix nanoseconds; 0: not draining
}

func (r *patientReader) start(idle, stall time.Duration, ping func()) {
	r.idle, r.stall, r.ping = idle, stall, ping
}

// drain makes reads fail once nothing is left to read. Any goroutine may call it.
func (r *patientReader) drain() {
	now := time.Now()
	r.until.Store(now.Add(drainTime).UnixNano())
	_ = r.conn.SetReadDeadline(now) // ends a read that waits
}

func (r *patientReader) Read(b []byte) (int, error) {
	if r.idle == 0 {
		return r.read(b)
	}
	for wait := r.idle; ; {
		began := time.Now()
		if until := r.until.Load(); until > 0 {
			if began.UnixNano() >= until {
				return 0, os.ErrDeadlineExceeded
			}
			wait = drainPause
		}
		_ = r.conn.SetReadDeadline(began.Add(wait))
		if wait > drainPause && r.until.Load() > 0 {
			continue // drain began meanwhile
		}
		n, err := r.read(b)
		if n > 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
			return n, err
		}
		switch {
		case r.until.Load() == 0 && time.Since(began) > wait+standstill:
			r.ping()
			wait = r.stall
		case wait > drainPause:
			wait = drainPause
		default:
			return n, err
		}
	}
}

func (r *patientReader) read(b []byte) (int, error) {
	n, err := r.conn.Read(b)
	if n > 0 { // an EOF may come from what is between, long after the PBX was heard of
		r.heard.Store(time.Now().UnixNano())
	}
	return n, err
}
