package cmd

import (
	"strings"
	"testing"
	"time"
)

func TestParseMoment(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Time{
		"":                     {},
		"11:59":                now.Add(-time.Minute),
		"12:03":                now.Add(3*time.Minute).AddDate(0, 0, -1), // yesterday
		"2026-11-20 09:30":     time.Date(2026, 11, 20, 9, 30, 0, 0, time.UTC),
		"2026-11-20T09:30:05":  time.Date(2026, 11, 20, 9, 30, 5, 0, time.UTC),
		"2026-11-20T09:30:05Z": time.Date(2026, 11, 20, 9, 30, 5, 0, time.UTC),
	} {
		if got, err := parseMoment(text, now); err != nil || !got.Equal(want) {
			t.Errorf("%q: %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"noon", "2026-11-20"} {
		if _, err := parseMoment(text, now); err == nil || !strings.Contains(err.Error(), "12:03") {
			t.Errorf("%s: %v", text, err)
		}
	}
}
