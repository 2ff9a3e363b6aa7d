package cmd

import (
	"fmt"
	"strings"
	"time"
)

// parsePeriod reads --from and --to; an empty one is the zero time. until is exclusive.
func parsePeriod(begin, end string) (from, until time.Time, err error) {
	if begin != "" {
		if from, _, err = parseTime(begin, time.Local); err != nil {
			return from, until, fmt.Errorf("--from: %w", err)
		}
	}
	if end == "" {
		return from, until, nil
	}
	until, day, err := parseTime(end, time.Local)
	if err != nil {
		return from, until, fmt.Errorf("--to: %w", err)
	}
	if day {
		until = until.AddDate(0, 0, 1)
	}
	if begin != "" && !from.Before(until) {
		return from, until, fmt.Errorf("--from %s is not before --to %s: swap the two", begin, end)
	}
	return from, until, nil
}

// parseTime reads a day or a time, in a zone unless the text names another one.
func parseTime(text string, zone *time.Location) (t time.Time, day bool, err error) {
	if t, err = time.ParseInLocation(time.DateOnly, text, zone); err == nil {
		return t, true, nil
	}
	for _, layout := range []string{
		"2006-01-02T15:04", "2006-01-02T15:04:05", "2006-01-02 15:04", "2006-01-02 15:04:05", time.RFC3339,
	} {
		if t, err = time.ParseInLocation(layout, text, zone); err == nil {
			return t, false, nil
		}
	}
	return t, false, fmt.Errorf("%q is neither a day (2026-11-01) nor a time (2026-11-01T08:00)", text)
}

// parseMoment reads a time: "12:03" is the last one before now. An empty text is the zero time.
func parseMoment(text string, now time.Time) (time.Time, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{"15:04", "15:04:05"} {
		t, err := time.ParseInLocation(layout, text, now.Location())
		if err != nil {
			continue
		}
		at := time.Date(now.Year(), now.Month(), now.Day(), t.Hour(), t.Minute(), t.Second(), 0, now.Location())
		if at.After(now) {
			at = at.AddDate(0, 0, -1)
		}
		return at, nil
	}
	t, day, err := parseTime(text, now.Location())
	if err != nil || day {
		return time.Time{}, fmt.Errorf("%q is not a time such as 12:03 or 2026-11-22 12:03", text)
	}
	return t, nil
}
