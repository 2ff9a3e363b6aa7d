package store

import (
	"database/sql/driver"
	"fmt"
	"time"
)

// layout has a fixed width, so that times sort as text. PostgreSQL keeps microseconds, too.
const layout = "2006-01-02T15:04:05.000000Z"

// moment is a time in a column; empty for the zero time.
type moment struct{ time *time.Time }

// Value implements driver.Valuer.
func (m moment) Value() (driver.Value, error) { return written(*m.time), nil }

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

func written(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(layout)
}

// microseconds is a duration in a column.
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
