package admin

import (
	"context"
	"sync"
	"time"

	"traybell/hub/access"
)

// Day is the ended calls of a day.
type Day struct {
	Begins time.Time `json:"begins"`
	Hours  []Hour    `json:"hours" nullable:"false" doc:"from the begin of the day; 23 to 25"`
}

// Hour is the ended calls that began in an hour. Calls between extensions do not count.
type Hour struct {
	Answered int `json:"answered" doc:"incoming and outgoing"`
	Missed   int `json:"missed"`
	Outgoing int `json:"outgoing" doc:"of all"`
}

// Answered returns the calls of the day that were answered.
func (d Day) Answered() (n int) {
	for _, h := range d.Hours {
		n += h.Answered
	}
	return n
}

// Missed returns the calls of the day that were missed.
func (d Day) Missed() (n int) {
	for _, h := range d.Hours {
		n += h.Missed
	}
	return n
}

// Calls returns the calls of the day.
func (d Day) Calls() int { return d.Answered() + d.Missed() }

// dayRest is how often the time of a count is left between two, so that open pages cost little on a
// busy day.
const dayRest = 200

// counted is the day that was counted last.
type counted struct {
	mu  sync.Mutex // held while it is counted
	day Day
	due time.Time // when it is counted again
}

// Day counts the ended calls of the day that begins at a time, in the time's zone. Counting a
// million calls takes a second: the count is shared, and repeated the less often the longer it
// takes.
func (c *Calls) Day(ctx context.Context, p access.Principal, begins time.Time) (Day, error) {
	if err := need(p, access.View); err != nil {
		return Day{}, err
	}
	c.counted.mu.Lock()
	defer c.counted.mu.Unlock()
	began := time.Now()
	if c.counted.day.Begins.Equal(begins) && began.Before(c.counted.due) {
		return c.counted.day, nil
	}
	d, err := c.count(ctx, begins)
	if err == nil {
		c.counted.day, c.counted.due = d, time.Now().Add(dayRest*time.Since(began))
	}
	return d, failure(err)
}

func (c *Calls) count(ctx context.Context, begins time.Time) (Day, error) {
	ends := begins.AddDate(0, 0, 1)
	d := Day{Begins: begins, Hours: make([]Hour, int(ends.Sub(begins)/time.Hour))}
	counts, err := c.Records.CountRecords(ctx, begins, ends, time.Hour)
	for _, n := range counts {
		if n.Slot < len(d.Hours) {
			d.Hours[n.Slot] = Hour{Answered: n.Answered, Missed: n.Missed, Outgoing: n.Outgoing}
		}
	}
	return d, err
}
