package ami

import (
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"
)

// frozenConn is a connection of a process that stands still: reads take that long, and one whose
// deadline has passed fails although something has been received.
type frozenConn struct {
	net.Conn
	took     []time.Duration // of the next reads
	received []string        // what later reads return
	deadline time.Time
}

func (c *frozenConn) SetReadDeadline(at time.Time) error { c.deadline = at; return nil }

func (c *frozenConn) Read(b []byte) (int, error) {
	if len(c.took) > 0 {
		time.Sleep(c.took[0])
		c.took = c.took[1:]
	} else if len(c.received) == 0 {
		time.Sleep(time.Until(c.deadline))
	}
	switch {
	case !time.Now().Before(c.deadline):
		return 0, os.ErrDeadlineExceeded
	case len(c.received) > 0:
		n := copy(b, c.received[0])
		c.received = c.received[1:]
		return n, nil
	}
	return 0, io.EOF
}

// A hub that stood still reads what has come before it judges that the PBX is silent.
func TestSilenceIsJudgedAfterReading(t *testing.T) {
	const idle, stall = 25 * time.Second, 10 * time.Second
	for name, test := range map[string]struct {
		took     []time.Duration
		received []string
		want     string
		pings    int
		after    time.Duration // of an error
	}{
		"something came in time":                  {[]time.Duration{time.Second}, []string{"x"}, "x", 0, 0},
		"something came, and the hub stood still": {[]time.Duration{time.Minute}, []string{"x"}, "x", 1, 0},
		"the deadline passed as something came":   {[]time.Duration{idle}, []string{"x"}, "x", 0, 0},
		"nothing comes":                           {nil, nil, "", 0, idle + drainPause},
		"the hub stood still, and nothing comes after": {
			[]time.Duration{time.Minute}, nil, "", 1, time.Minute + stall + drainPause,
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				pings := 0
				r := &patientReader{conn: &frozenConn{took: test.took, received: test.received}}
				r.start(idle, stall, func() { pings++ })
				began := time.Now()
				var b [10]byte
				n, err := r.Read(b[:])
				if string(b[:n]) != test.want || (err == nil) != (test.want != "") || pings != test.pings {
					t.Errorf("read %q, %v after %d pings", b[:n], err, pings)
				}
				if err != nil && (!errors.Is(err, os.ErrDeadlineExceeded) || time.Since(began) != test.after) {
					t.Errorf("%v after %s, want %s", err, time.Since(began), test.after)
				}
			})
		})
	}
}

func TestDrainReadsWhatHasCome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &patientReader{conn: &frozenConn{received: []string{"a", "b"}}}
		r.start(time.Minute, time.Minute, func() { t.Error("pinged") })
		r.drain()
		var b [1]byte
		for _, want := range "ab" {
			if n, err := r.Read(b[:]); n != 1 || rune(b[0]) != want {
				t.Errorf("read %q, %v", b[:n], err)
			}
		}
		began := time.Now()
		if _, err := r.Read(b[:]); !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(began) > drainTime {
			t.Errorf("then %v after %s", err, time.Since(began))
		}
	})
}
