package helpdesk

import (
	"context"
	"slices"
	"strconv"
	"strings"
)

// Numbers is a help desk that finds tickets by the numbers that callers know.
type Numbers interface {
	// ByNumber returns the ticket with a number, also one that is closed; ok is false if there is none
	// that the hub may see, or if it is deleted. Of a merged ticket it returns the one that has its
	// notes now, if the help desk tells; else ok is false.
	ByNumber(ctx context.Context, number string) (t NumberedTicket, ok bool, err error)
}

// NumberedTicket is a ticket that was found by its number.
type NumberedTicket struct {
	OpenTicket

	Customers []string // logins; empty: it has none that is known
}

// Others reports whether the ticket is that of other customers than the one with a login. It is not if
// one side is unknown.
func (t NumberedTicket) Others(login string) bool {
	return login != "" && len(t.Customers) > 0 &&
		!slices.ContainsFunc(t.Customers, func(c string) bool { return strings.EqualFold(c, login) })
}

// Counted returns the number of a help desk whose tickets are 1, 2, 3 …, without leading zeros; ok is
// false for a text that cannot be one.
func Counted(number string) (counted string, ok bool) {
	n, err := strconv.ParseUint(number, 10, 31)
	return strconv.FormatUint(n, 10), err == nil && n > 0
}

// Known returns the logins of a ticket's customers, without empty ones and those that stand for unknown
// callers.
func Known(unknown string, logins ...string) []string {
	return slices.DeleteFunc(logins, func(l string) bool { return l == "" || strings.EqualFold(l, unknown) })
}

// ByNumber looks up a ticket by its number. The error is ErrCannotLookUp if the help desk has no means
// to tell.
func ByNumber(ctx context.Context, h HelpDesk, number string) (t NumberedTicket, ok bool, err error) {
	if number == "" || len(number) > maxKey {
		return t, false, nil
	}
	if n, can := h.(Numbers); can {
		return n.ByNumber(ctx, number)
	}
	return t, false, CannotLookUp("The hub does not look up tickets by their numbers in this help desk.")
}

// ByNumber implements Numbers, if the adapter does.
func (b bounded) ByNumber(ctx context.Context, number string) (NumberedTicket, bool, error) {
	t, ok, err := ByNumber(ctx, b.Adapter, number)
	if err == nil && ok {
		err = t.check(false)
	}
	if err != nil {
		return NumberedTicket{}, false, b.short(err)
	}
	t.Title = clip(t.Title, maxTitle)
	return t, ok, nil
}
