package helpdesk

import "context"

// Numbers is a help desk that finds tickets by the numbers that callers know.
type Numbers interface {
	// ByNumber returns the ticket with a number, also one that is closed; ok is false if there is none
	// that the hub may see.
	ByNumber(ctx context.Context, number string) (t NumberedTicket, ok bool, err error)
}

// NumberedTicket is a ticket that was found by its number.
type NumberedTicket struct {
	OpenTicket

	Customer string // login; empty: it has none
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
