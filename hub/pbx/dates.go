package pbx

import (
	"strconv"
	"strings"
	"time"

	"traybell/hub/ami/wire"
)

const (
	standstill = 3 * time.Second // between beats, which come every second: the hub stood still
	catchUp    = time.Second     // after it, for the events that came meanwhile
)

// session says how the times of a session's events are to be read.
type session interface {
	Clock() (difference time.Duration, ok bool) // the hub's clock minus the PBX's
	Delayed() (since time.Time)                 // zero: what comes is not late
}

// dates dates the events of a session by the hub's clock.
type dates struct {
	now func() time.Time
	session

	last   time.Time // of the last event; at first the begin of the session
	sent   time.Time // of the last event, by the PBX; zero: it did not say
	beaten time.Time
	since  time.Time // what is delivered before until came after since
	until  time.Time
}

func newDates(now func() time.Time, of session) *dates {
	began := now()
	return &dates{now: now, session: of, last: began, beaten: began}
}

// beat notes that the goroutine runs. It returns for how long the hub stood still before, usually 0.
func (d *dates) beat(now time.Time) (stood time.Duration) {
	if late := now.Sub(d.beaten); late > standstill {
		stood = late
		d.since, d.until = d.beaten, now.Add(catchUp)
	}
	d.beaten = now
	return stood
}

// waited notes that events waited for a snapshot.
func (d *dates) waited(from, to time.Time) {
	if to.Sub(from) > standstill {
		d.since, d.until = from, to.Add(catchUp)
	}
	d.beaten = to
}

// of returns when an event happened: at the time that the PBX gives it, or else now. since is not
// zero if that is not known: it happened after since. Events are in order, so that a clock that is
// set does not turn them.
func (d *dates) of(m wire.Message) (at, since time.Time, stood time.Duration) {
	now := d.now()
	stood = d.beat(now)
	at, d.sent = now, time.Time{}
	sent, ok := m.Timestamp()
	difference := time.Duration(0)
	if ok {
		difference, ok = d.Clock()
	}
	if ok {
		if sent = sent.Add(difference); sent.Before(now) {
			at = sent
		}
		d.sent = at
	} else if since = d.lateSince(now); !since.IsZero() {
		if created := d.created(m); created.After(since) && created.Before(now) {
			at = created
		}
	}
	if at.Before(d.last) {
		at = d.last
	}
	d.last = at
	return at, since, stood
}

// created returns when the new channel of an event began, to the second, as its Uniqueid says:
// "<seconds>.<counter>", possibly after a system name. It is zero for other events.
func (d *dates) created(m wire.Message) time.Time {
	difference, measured := d.Clock()
	if m.Event() != "Newchannel" || !measured {
		return time.Time{}
	}
	id := m.Get("Uniqueid")
	seconds, _, _ := strings.Cut(id[strings.LastIndexByte(id, '-')+1:], ".")
	n, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.Unix(n, 0).Add(difference)
}

// heard returns until when the events are known, given when the PBX last sent something: what came
// late was sent earlier.
func (d *dates) heard(received time.Time) time.Time {
	d.beat(d.now())
	since := d.lateSince(received)
	switch {
	case since.IsZero():
		return received
	case d.sent.After(since):
		return d.sent
	}
	return since
}

// lateSince returns since when what comes now may have been sent; zero if it comes in time.
func (d *dates) lateSince(now time.Time) time.Time {
	if now.Before(d.until) {
		return d.since
	}
	return d.Delayed()
}
