package rules

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Schedule is when a company is open, by the wall clock of its time zone: a day on which clocks
// change has its usual hours.
type Schedule struct {
	Zone     *time.Location
	Hours    []Hours
	Holidays []Days
	Extra    []Special // days with hours that replace those of the week and of holidays
}

// Hours are from a minute of the day to another. To is at most a day; if it is not after From, it is
// on the next day, which the hours of this day go on into, even if it is a holiday.
type Hours struct {
	Weekdays [7]bool // by time.Weekday
	From, To int     // minutes from midnight, 0 to 1440
}

// Days are dates from one to another, both included. Year is 0 in days of every year.
type Days struct{ From, To Date }

// Date is a day.
type Date struct {
	Year  int // 0: every year
	Month time.Month
	Day   int
}

// Special are days with hours of their own.
type Special struct {
	Days  Days
	Hours []Hours // of any weekday
}

// Open reports whether the schedule is open at a time.
func (s *Schedule) Open(at time.Time) bool {
	at = at.In(s.Zone)
	minute := at.Hour()*60 + at.Minute()
	today := dateOf(at)
	for _, h := range s.of(today, at.Weekday()) {
		if minute >= h.From && (minute < h.To || h.To <= h.From) {
			return true
		}
	}
	// Noon: a day that begins later, because clocks change at midnight, is a day too.
	before := time.Date(at.Year(), at.Month(), at.Day()-1, 12, 0, 0, 0, s.Zone)
	for _, h := range s.of(dateOf(before), before.Weekday()) {
		if h.To <= h.From && minute < h.To {
			return true
		}
	}
	return false
}

// Holiday reports whether a time is on a holiday of the schedule.
func (s *Schedule) Holiday(at time.Time) bool { return s.holiday(dateOf(at.In(s.Zone))) }

func (s *Schedule) holiday(day Date) bool {
	for _, days := range s.Holidays {
		if days.has(day) {
			return true
		}
	}
	return false
}

// of returns the hours that begin on a day.
func (s *Schedule) of(day Date, weekday time.Weekday) (hours []Hours) {
	for _, special := range s.Extra {
		if special.Days.has(day) {
			return special.Hours
		}
	}
	if s.holiday(day) {
		return nil
	}
	for _, h := range s.Hours {
		if h.Weekdays[weekday] {
			hours = append(hours, h)
		}
	}
	return hours
}

func dateOf(at time.Time) Date { return Date{at.Year(), at.Month(), at.Day()} }

func (d Days) has(day Date) bool {
	if d.From.Year == 0 {
		day.Year = 0
		if d.To.before(d.From) { // over New Year
			return !day.before(d.From) || !d.To.before(day)
		}
	}
	return !day.before(d.From) && !d.To.before(day)
}

func (d Date) before(other Date) bool {
	if d.Year != other.Year {
		return d.Year < other.Year
	}
	if d.Month != other.Month {
		return d.Month < other.Month
	}
	return d.Day < other.Day
}

var weekdays = []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}

// ParseWeekdays adds the days of a text such as mon or mon-fri; sat-mon goes over Sunday.
func ParseWeekdays(text string, into *[7]bool) error {
	from, to, several := strings.Cut(strings.ToLower(strings.TrimSpace(text)), "-")
	if !several {
		to = from
	}
	i, j := weekday(from), weekday(to)
	if i < 0 || j < 0 {
		return fmt.Errorf("%.40q is not a weekday; use mon, tue, wed, thu, fri, sat, sun, or mon-fri", text)
	}
	for ; ; i = (i + 1) % 7 {
		into[(i+1)%7] = true
		if i == j {
			return nil
		}
	}
}

func weekday(text string) int {
	for i, name := range weekdays {
		if strings.TrimSpace(text) == name {
			return i
		}
	}
	return -1
}

// ParseHours parses a text such as 09:00-18:00.
func ParseHours(text string) (h Hours, err error) {
	from, to, ok := strings.Cut(text, "-")
	var fromOK, toOK bool
	h.From, fromOK = minuteOf(from)
	h.To, toOK = minuteOf(to)
	switch {
	case !ok || !fromOK || !toOK || h.From == 24*60:
		return h, fmt.Errorf("%.40q are not hours; use 09:00-18:00, 22:00-06:00 or 00:00-24:00", text)
	case h.From == h.To:
		return h, fmt.Errorf("%.40q is no time at all; use 00:00-24:00 for the whole day", text)
	}
	return h, nil
}

func minuteOf(text string) (int, bool) {
	hour, minute, ok := strings.Cut(strings.TrimSpace(text), ":")
	h, errH := strconv.ParseUint(hour, 10, 8)
	m, errM := strconv.ParseUint(minute, 10, 8)
	if !ok || errH != nil || errM != nil || len(minute) != 2 || m > 59 || h > 24 || h == 24 && m > 0 {
		return 0, false
	}
	return int(h*60 + m), true //nolint:gosec // at most 1440
}

// ParseDays parses a text such as 2027-05-09, 05-09 (of every year) or 2027-01-01..2027-01-08.
func ParseDays(text string) (d Days, err error) {
	from, to, several := strings.Cut(text, "..")
	if !several {
		to = from
	}
	if d.From, err = parseDate(from); err != nil {
		return d, err
	}
	if d.To, err = parseDate(to); err != nil {
		return d, err
	}
	switch {
	case (d.From.Year == 0) != (d.To.Year == 0):
		return d, fmt.Errorf("%.40q has a year at one end only; use 2027-01-01..2027-01-08 or 01-01..01-08", text)
	case d.From.Year != 0 && d.To.before(d.From):
		return d, fmt.Errorf("%.40q ends before it begins", text)
	}
	return d, nil
}

func parseDate(text string) (Date, error) {
	text = strings.TrimSpace(text)
	if at, err := time.Parse(time.DateOnly, text); err == nil && at.Year() > 0 {
		return dateOf(at), nil
	}
	if at, err := time.Parse(time.DateOnly, "2000-"+text); err == nil { // a leap year: 02-29 is a date
		return Date{0, at.Month(), at.Day()}, nil
	}
	return Date{}, fmt.Errorf("%.40q is not a date; use 2027-05-09, or 05-09 for every year", text)
}
