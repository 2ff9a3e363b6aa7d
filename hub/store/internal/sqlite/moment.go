package sqlite

import (
	"database/sql"
	"database/sql/driver"
	"fmt"
	"time"
)

// layout has a fixed width, so that times sort as text. PostgreSQL keeps microseconds, too.
const layout = "2006-01-02T15:04:05.000000Z"

// Value is a field that a column holds in another form.
type Value interface {
	driver.Valuer
	sql.Scanner
}

// Moment is a time in a column: UTC with microseconds, so that times sort as text; empty for the
// zero time.
func Moment(t *time.Time) Value { return moment{t} }

// Microseconds is a duration in a column.
func Microseconds(d *time.Duration) Value { return microseconds{d} }

type moment struct{ time *time.Time }

// Value implements driver.Valuer.
func (m moment) Value() (driver.Value, error) { return Written(*m.time), nil }

// Scan implements sql.Scanner.
func (m moment) Scan(value any) error {
	text, ok := value.(string)
	if !ok && value != nil {
		return fmt.Errorf("a time is text, not %T", value)
	}
	if text == "" {
		*m.time = time.Time{}
		return nil
	}
	t, err := time.Parse(layout, text)
	if err != nil {
		return fmt.Errorf("read time: %w", err)
	}
	*m.time = t.UTC()
	return nil
}

// The first and the last time of the layout: longer years would not sort as text, or be read back.
var (
	firstMoment = time.Date(1, 1, 1, 0, 0, 0, 1000, time.UTC)
	lastMoment  = time.Date(9999, 12, 31, 23, 59, 59, 999999000, time.UTC)
)

// Written returns a time as the database has it, in UTC, so that texts sort as times; empty for the
// zero time.
func Written(t time.Time) string {
	switch {
	case t.IsZero():
		return ""
	case t.Before(firstMoment):
		t = firstMoment
	case t.After(lastMoment):
		t = lastMoment
	}
	return t.UTC().Format(layout)
}

type microseconds struct{ duration *time.Duration }

// Value implements driver.Valuer.
func (m microseconds) Value() (driver.Value, error) { return m.duration.Microseconds(), nil }

// Scan implements sql.Scanner.
func (m microseconds) Scan(value any) error {
	n, ok := value.(int64)
	if !ok {
		return fmt.Errorf("a duration is a number, not %T", value)
	}
	*m.duration = time.Duration(n) * time.Microsecond
	return nil
}
