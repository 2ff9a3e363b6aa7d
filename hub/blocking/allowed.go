package blocking

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"traybell/hub/fail"
	"traybell/hub/tracking"
	"traybell/shared/phone"
	"traybell/shared/protocol"
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
		return phone.Number{}, fail.New(protocol.TextTooLong, strconv.Itoa(longestNumber))
	}
	number := numbers.Typed(text)
	switch {
	case number.Kind == phone.Withheld || number.Key() == "":
		return number, fail.New(protocol.NumberWithheld, "")
	case outside.MatchString(number.Key()):
	case number.Kind == phone.Internal:
		return number, fail.New(protocol.NumberInternal, fmt.Sprintf("%.40q", number.Local))
	default:
		return number, fail.New(protocol.NumberInvalid, fmt.Sprintf("%.40q", number.Local))
	}
	return number, nil
}

// allowed refuses to block extensions and what the administrator protects. It checks every form: an
// internal number may look like an outside one.
func (s *Service) allowed(ctx context.Context, rules Rules, number phone.Number) error {
	forms := append(rules.Numbers.Forms(number), number.Local)
	if slices.ContainsFunc(forms, rules.Extension) {
		return fail.New(protocol.NumberInternal, number.Display)
	}
	if len(rules.Protected) == 0 {
		return nil
	}
	protected := fail.New(protocol.NumberProtected, number.Display).
		Explain("%s is protected: hub.yml lists it under blocking.protected.", number.Display)
	if rules.protects(number, forms) {
		return protected
	}
	if unread := s.unread(rules); len(unread) > 0 {
		return fail.New(protocol.NumberUnchecked, "").Explain("The hub has not read the directory %s yet, so it "+
			"cannot tell whether this is a protected customer.", strings.Join(unread, ", "))
	}
	customers, err := s.Directory.Find(ctx, number)
	if err != nil {
		s.Log.Warn("cannot look up whether a number is protected", "number", number.Key(), "error", err)
		return fail.New(protocol.NumberUnchecked, "").Because(err).
			Explain("The directories do not answer, so the hub cannot tell whether this is a protected customer.")
	}
	for _, c := range customers {
		if slices.Contains(rules.Protected, c.Login) { // also if only the end of the number matches
			return protected
		}
	}
	return nil
}

// short matches numbers that may be those of phones which hub.yml does not name.
var short = regexp.MustCompile(`^[0-9]{1,6}$`)

// cameFromOutside refuses to block a short number that no caller outside has presented. A town's
// number may have five digits, and so may a phone of the company.
func (s *Service) cameFromOutside(ctx context.Context, number phone.Number) error {
	if !short.MatchString(number.Local) {
		return nil
	}
	presented, err := s.formsOutside(ctx, number)
	if err == nil && len(presented) == 0 {
		return fail.New(protocol.NumberShort, number.Display)
	}
	return err
}

// formsOutside returns the forms that callers outside presented, by PBX.
func (s *Service) formsOutside(ctx context.Context, number phone.Number) (map[string][]string, error) {
	presented, err := s.Calls.Presented(ctx, number.Key())
	if err != nil {
		return nil, fail.New(protocol.HubBusy, "").Because(err)
	}
	return presented, nil
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
	presented, err := s.formsOutside(ctx, number)
	if err != nil {
		return nil, err
	}
	var entries []Entry
	add := func(pbx, form string) {
		e := Entry{PBX: pbx, Form: form}
		if outside.MatchString(form) && !rules.Extension(form) && !slices.Contains(entries, e) {
			entries = append(entries, e)
		}
	}
	pbxs := slices.Sorted(slices.Values(s.Switchboard.PBXs()))
	for _, pbx := range pbxs {
		for _, form := range rules.Numbers.Forms(number) {
			if form == number.Local || !short.MatchString(form) {
				add(pbx, form)
			}
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
		return nil, fail.New(protocol.NumberInvalid, number.Display).
			Explain("No PBX presents such a number, according to the CallerID rules in hub.yml.")
	}
	return entries, nil
}
