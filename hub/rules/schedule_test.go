package rules

import (
	"testing"
	"time"
)

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// schedule makes a schedule; open has days and hours in turn.
func schedule(t *testing.T, zone *time.Location, open ...string) *Schedule {
	t.Helper()
	s := &Schedule{Zone: zone}
	for i := 0; i < len(open); i += 2 {
		h, err := ParseHours(open[i+1])
		if err == nil {
			err = ParseWeekdays(open[i], &h.Weekdays)
		}
		if err != nil {
			t.Fatal(err)
		}
		s.Hours = append(s.Hours, h)
	}
	return s
}

func days(t *testing.T, text string) Days {
	t.Helper()
	d, err := ParseDays(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// expect checks times, in RFC 3339, that begin with + if the schedule is open.
func expect(t *testing.T, s *Schedule, times ...string) {
	t.Helper()
	for _, text := range times {
		at, err := time.Parse(time.RFC3339, text[1:])
		if err != nil {
			t.Fatal(err)
		}
		if want := text[0] == '+'; s.Open(at) != want {
			t.Errorf("%s: open is %v (%s)", text, !want, at.In(s.Zone))
		}
	}
}

func TestHoursOfTheWeek(t *testing.T) {
	s := schedule(t, zone(t, "Europe/Moscow"),
		"mon-fri", "09:00-13:00", "mon-fri", "14:00-18:00", "sat-sun", "10:00-24:00")
	expect(t, s,
		"-2026-11-27T08:59:59+03:00", "+2026-11-27T09:00:00+03:00", "+2026-11-27T12:59:59+03:00",
		"-2026-11-27T13:00:00+03:00", "+2026-11-27T17:59:59+03:00", "-2026-11-27T18:00:00+03:00",
		"+2026-11-28T23:59:59+03:00", "-2026-11-29T00:00:00+03:00", "+2026-11-29T10:00:00+03:00",
		"-2026-11-30T00:00:00+03:00",
		// the same moments elsewhere
		"+2026-11-27T06:00:00Z", "-2026-11-27T05:59:59Z", "-2026-11-27T23:00:00+08:00",
	)
}

func TestHoursOverMidnight(t *testing.T) {
	s := schedule(t, time.UTC, "fri", "22:00-06:00")
	s.Holidays = []Days{days(t, "2026-12-05"), days(t, "2026-12-11")}
	expect(t, s,
		"-2026-11-27T05:00:00Z", // the morning of Friday belongs to Thursday
		"-2026-11-27T21:59:59Z", "+2026-11-27T22:00:00Z", "+2026-11-28T05:59:59Z", "-2026-11-28T06:00:00Z",
		"-2026-11-28T23:00:00Z",
		"+2026-12-05T03:00:00Z",                          // a holiday, but the hours began the day before
		"-2026-12-11T23:00:00Z", "-2026-12-12T03:00:00Z", // they do not begin on a holiday
	)
	expect(t, schedule(t, time.UTC, "sat-mon", "00:00-24:00"),
		"+2026-11-28T00:00:00Z", "+2026-11-29T12:00:00Z", "+2026-11-30T23:59:59Z", "-2026-12-01T00:00:00Z",
		"-2026-11-27T23:59:59Z")
}

func TestHolidays(t *testing.T) {
	s := schedule(t, time.UTC, "mon-sun", "09:00-18:00")
	s.Holidays = []Days{days(t, "05-09"), days(t, "2027-01-01..2027-01-08"), days(t, "12-30..01-02"), days(t, "02-29")}
	evening := special(t, "2027-01-05", "17:00-17:30")
	s.Extra = []Special{evening, {Days: days(t, "2027-03-01..2027-03-03")}}
	expect(t, s,
		"-2026-05-09T12:00:00Z", "-2030-05-09T12:00:00Z", "+2030-05-10T12:00:00Z",
		"-2027-01-01T12:00:00Z", "-2027-01-08T12:00:00Z", "+2027-01-09T12:00:00Z", "+2028-01-08T12:00:00Z",
		"-2029-12-30T12:00:00Z", "-2029-12-31T12:00:00Z", "-2030-01-02T12:00:00Z", "+2030-01-03T12:00:00Z",
		"+2029-12-29T12:00:00Z",
		"-2028-02-29T12:00:00Z", "+2027-02-28T12:00:00Z", "+2027-03-04T12:00:00Z", "-2027-03-02T12:00:00Z",
		"-2027-01-05T12:00:00Z", "+2027-01-05T17:15:00Z",
	)
	if !s.Holiday(time.Date(2027, 1, 5, 12, 0, 0, 0, time.UTC)) ||
		s.Holiday(time.Date(2027, 3, 2, 0, 0, 0, 0, time.UTC)) {
		t.Error("a day with hours of its own is a holiday only if it is one of holidays")
	}
}

func special(t *testing.T, day, hours string) Special {
	t.Helper()
	h, err := ParseHours(hours)
	if err != nil {
		t.Fatal(err)
	}
	return Special{days(t, day), []Hours{h}}
}

// The wall clock counts where clocks change: Berlin skips 02:00 to 03:00 on 2027-03-28 and repeats it on
// 2027-10-31; in São Paulo 2018-11-04 began at 01:00.
func TestClockChanges(t *testing.T) {
	berlin := zone(t, "Europe/Berlin")
	expect(t, schedule(t, berlin, "sun", "02:30-04:00"),
		"-2027-03-28T00:59:59Z", "+2027-03-28T01:00:00Z", "+2027-03-28T01:59:59Z", "-2027-03-28T02:00:00Z",
		"-2027-10-31T00:29:59Z", "+2027-10-31T00:30:00Z", "-2027-10-31T01:00:00Z", "+2027-10-31T01:30:00Z",
		"+2027-10-31T02:59:59Z", "-2027-10-31T03:00:00Z",
	)
	night := schedule(t, berlin, "sat", "22:00-06:00")
	expect(t, night, "+2027-03-28T03:59:59Z", "-2027-03-28T04:00:00Z", "+2027-10-31T04:59:59Z", "-2027-10-31T05:00:00Z",
		"+2027-03-27T21:00:00Z", "-2027-03-27T20:59:59Z")
	expect(t, schedule(t, zone(t, "America/Sao_Paulo"), "sat", "20:00-02:00", "sun", "00:00-01:30"),
		"+2018-11-04T02:59:59Z", "+2018-11-04T03:00:00Z", "+2018-11-04T03:30:00Z", "-2018-11-04T04:00:00Z")
}
