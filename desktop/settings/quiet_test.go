package settings

import (
	"testing"
	"time"
)

func TestQuiet(t *testing.T) {
	zone := time.FixedZone("MSK", 3*3600)
	for _, c := range []struct {
		choice   QuietFor
		now, end time.Time
	}{
		{QuietHalfHour, time.Date(2026, 11, 22, 9, 0, 0, 0, zone), time.Date(2026, 11, 22, 9, 30, 0, 0, zone)},
		{QuietHour, time.Date(2026, 11, 22, 23, 30, 0, 0, zone), time.Date(2026, 11, 23, 0, 30, 0, 0, zone)},
		{QuietMorning, time.Date(2026, 11, 22, 17, 45, 0, 0, zone), time.Date(2026, 11, 23, 8, 0, 0, 0, zone)},
		{QuietMorning, time.Date(2026, 12, 31, 6, 0, 0, 0, zone), time.Date(2027, 1, 1, 8, 0, 0, 0, zone)},
		{QuietMorning, time.Date(2026, 11, 23, 1, 0, 0, 0, zone), time.Date(2026, 11, 23, 8, 0, 0, 0, zone)},
	} {
		q := c.choice.From(c.now)
		if !q.Until.Equal(c.end) || !q.Active(c.now) || !q.Active(c.end.Add(-time.Second)) || q.Active(c.end) {
			t.Errorf("%s at %s ends at %s, want %s", c.choice, c.now, q.Until, c.end)
		}
	}
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, zone)
	if q := QuietHour.From(now.AddDate(1, 0, 0)); q.Active(now) {
		t.Error("an hour set by a clock one year ahead is still active")
	}
	if q := QuietMorning.From(time.Date(2026, 11, 22, 5, 0, 0, 0, zone)); !q.Active(time.Date(2026, 11, 22, 5, 0, 0, 0,
		zone)) {
		t.Error("the longest choice is not active")
	}
	if q := QuietAlways.From(now); !q.Active(now.AddDate(3, 0, 0)) {
		t.Error("QuietAlways ends by itself")
	}
	if QuietOff.From(now).Active(now) || (Quiet{}).Active(now) {
		t.Error("active although it is off")
	}
}
