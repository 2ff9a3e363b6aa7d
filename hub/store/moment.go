package store

import (
	"fmt"
	"time"
)

// layout has a fixed width, so that moments sort as text. Microseconds are what PostgreSQL keeps
// too.
const layout = "2006-01-02T15:04:05.000000Z"

// moment is a time as a column holds it; empty for the zero time.
type moment struct{ time *time.Time }

func written(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(layout)
}

// Scan implements sql.Scanner.
func (m moment) Scan(value any) error {
	text, ok := value.(string)
	if !ok && value != nil {
		return fmt.Errorf("a moment is text, not %T", value)
	}
	if text == "" {
		*m.time = time.Time{}
		return nil
	}
	t, err := time.Parse(layout, text)
	if err != nil {
		return fmt.Errorf("reading a moment: %w", err)
	}
	*m.time = t.UTC()
	return nil
}
