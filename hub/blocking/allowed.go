package blocking

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"traybell/hub/calls"
	"traybell/hub/fail"
	"traybell/hub/tracking"
	"traybell/shared/phone"
)

// Limits of what agents send.
const (
	longestNumber = 200  // bytes
	longestReason = 1000 // characters
)

// outside matches numbers of the public network as a PBX presents them. Only these are written to a
// blacklist.
var outside = regexp.MustCompile(`^\+?[0-9]{1,32}$`)

// outsideNumber parses the number of an outside caller as a desktop sends it.
func outsideNumber(numbers *phone.Reader, text string) (phone.Number, error) {
	if len(text) > longestNumber {
		return phone.Number{}, fail.New(fail.Invalid, "This is not a number: it has more than %d characters.",
			longestNumber)
	}
	number := numbers.Typed(text)
	switch {
	case number.Kind == phone.Withheld || number.Key() == "":
		return number, fail.New(fail.Invalid, "This caller withheld the number, so there is nothing to block.")
	case number.Kind == phone.Internal:
		return number, fail.New(fail.Forbidden, "%.40q is an internal number; only outside numbers can be blocked.",
			number.Local)
	case !outside.MatchString(number.Key()):
		return number, fail.New(fail.Invalid, "%.40q is not a number that can be blocked.", number.Local)
	}
	return number, nil
}

// allowed refuses to block extensions and what the administrator protects. It checks every form: an
// internal number may look like an outside one.
func (s *Service) allowed(ctx context.Context, rules Rules, number phone.Number) error {
	forms := append(rules.Numbers.Forms(number), number.Local)
	if calls.ShortDigits(number.Local) ||
		slices.ContainsFunc(forms, func(form string) bool { return len(rules.Staff.At(form)) > 0 }) {
		return fail.New(fail.Forbidden, "%s is an internal number; only outside numbers can be blocked.",
			number.Display)
	}
	if len(rules.Protected) == 0 {
		return nil
	}
	protected := fail.New(fail.Forbidden, "%s is protected: hub.yml lists it under blocking.protected.", number.Display)
	if rules.protects(number, forms) {
		return protected
	}
	if unread := s.unread(rules); len(unread) > 0 {
		return fail.Again(fail.Internal, nil, "The hub has not read the directory %s yet, so it cannot tell whether "+
			"this is a protected customer. Please try again.", strings.Join(unread, ", "))
	}
	customers, err := s.Directory.Find(ctx, number)
	if err != nil {
		s.Log.Warn("cannot look up whether a number is protected", "number", number.Key(), "error", err)
		return fail.Again(fail.Internal, err, "The directories do not answer, so the hub cannot tell whether this is "+
			"a protected customer. Please try again.")
	}
	for _, c := range customers {
		if slices.Contains(rules.Protected, c.Login) { // also if only the end of the number matches
			return protected
		}
	}
	return nil
}

// protects reports whether a number or one of its forms is protected as a number.
func (r Rules) protects(number phone.Number, forms []string) bool {
	return slices.ContainsFunc(r.Protected, func(entry string) bool {
		if strings.HasPrefix(entry, "_") {
			return slices.ContainsFunc(forms, func(form string) bool { return tracking.Match(entry, form) })
		}
		return r.Numbers.Plain().Read(entry).Key() == number.Key()
	})
}

// unread returns the directories that were never read, if a customer is protected by login.
func (s *Service) unread(rules Rules) []string {
	logins := slices.ContainsFunc(rules.Protected, func(entry string) bool {
		return !strings.HasPrefix(entry, "_") && rules.Numbers.Plain().Read(entry).E164 == ""
	})
	if !logins || s.Unread == nil {
		return nil
	}
	return s.Unread()
}

// entries lists what to write or delete: on every enabled PBX all forms of the number, and those of
// its live calls. Entries of the last action are included, since the rules may have changed since.
func (s *Service) entries(ctx context.Context, rules Rules, number phone.Number, last Block) ([]Entry, error) {
	presented, err := s.Calls.Presented(ctx, number.Key())
	if err != nil {
		return nil, fail.Again(fail.Busy, err, "The hub is stopping or too busy; please try again.")
	}
	var entries []Entry
	add := func(pbx, form string) {
		e := Entry{PBX: pbx, Form: form}
		if outside.MatchString(form) && !calls.ShortDigits(form) && !slices.Contains(entries, e) {
			entries = append(entries, e)
		}
	}
	pbxs := slices.Sorted(slices.Values(s.Switchboard.PBXs()))
	for _, pbx := range pbxs {
		for _, form := range rules.Numbers.Forms(number) {
			add(pbx, form)
		}
		for _, e := range last.Entries {
			if e.PBX == pbx {
				add(pbx, e.Form)
			}
		}
		for _, form := range presented[pbx] {
			add(pbx, form)
		}
	}
	if len(entries) == 0 {
		return nil, fail.New(fail.Invalid, "No PBX presents such a number, according to the CallerID rules in hub.yml.")
	}
	return entries, nil
}
