package helpdesk

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"traybell/shared/printable"
	"traybell/shared/protocol"
)

// What the hub keeps and sends of an answer, in bytes. Help desks allow titles of 255 characters, and
// numbers and keys of far less than 200.
const (
	maxKey    = 200  // of Ticket.ID and Ticket.Number
	maxURL    = 2000 // of Ticket.URL and OpenTickets.Page
	maxTitle  = 300
	maxReason = 600
	maxCause  = 1000 // of Error.Err
)

// Bounded returns a help desk whose answers have one line and a bounded size each: they go to every
// desktop, into the database and the log.
func Bounded(a Adapter) Adapter { return bounded{a, section} }

// In is Bounded for a help desk whose keys are elsewhere in hub.yml: errors name them there, such as
// help_desks[0].token.
func In(a Adapter, key string) Adapter { return bounded{a, key} }

// section is the key of the help desk that the errors of adapters name.
const section = "help_desk"

type bounded struct {
	Adapter
	key string
}

func (b bounded) Create(ctx context.Context, draft Draft) (Ticket, error) {
	t, err := b.Adapter.Create(ctx, draft)
	if err == nil {
		err = t.check(true)
	}
	if err != nil {
		return Ticket{}, b.short(err)
	}
	return t, nil
}

func (b bounded) Find(ctx context.Context, callID string) (Ticket, bool, error) {
	t, ok, err := b.Adapter.Find(ctx, callID)
	if err == nil && ok {
		err = t.check(false)
	}
	if err != nil {
		return Ticket{}, false, b.short(err)
	}
	return t, ok, nil
}

func (b bounded) OpenTickets(ctx context.Context, customer string) (OpenTickets, error) {
	open, err := b.Adapter.OpenTickets(ctx, customer)
	if err != nil {
		return OpenTickets{}, b.short(err)
	}
	open.Count = max(0, min(open.Count, protocol.MostCounted))
	if len(open.Page) > maxURL {
		open.Page = ""
	}
	newest := open.Newest
	open.Newest = nil
	for _, t := range newest[:min(len(newest), MaxNewest)] {
		if err := t.check(false); err != nil {
			return OpenTickets{}, err
		}
		t.Title = clip(t.Title, maxTitle)
		open.Newest = append(open.Newest, t)
	}
	return open, nil
}

func (b bounded) Append(ctx context.Context, n Note) error { return b.short(b.Adapter.Append(ctx, n)) }

func (b bounded) Noted(ctx context.Context, n Note) (bool, error) {
	ok, err := b.Adapter.Noted(ctx, n)
	return ok, b.short(err)
}

func (b bounded) Check(ctx context.Context, templates []Wanted) ([]string, error) {
	found, err := b.Adapter.Check(ctx, templates)
	var joined interface{ Unwrap() []error }
	if !errors.As(err, &joined) {
		return found, b.short(err)
	}
	var all []error
	for _, each := range joined.Unwrap() {
		all = append(all, b.short(each))
	}
	return found, errors.Join(all...)
}

// check returns an error for a ticket whose key, number or address cannot be right: shortened they
// would be those of another one.
func (t Ticket) check(created bool) error {
	for _, part := range []struct {
		name, text string
		most       int
	}{{"key", t.ID, maxKey}, {"number", t.Number, maxKey}, {"address", t.URL, maxURL}} {
		if len(part.text) > part.most || strings.ContainsFunc(part.text, unicode.IsControl) {
			return &Error{
				Reason: fmt.Sprintf("The help desk's answer has a %s of %d bytes, or with line breaks (at most %d "+
					"bytes on one line are used): is there another program at help_desk.url? It begins with %q.",
					part.name, len(part.text), part.most, clip(part.text, 60)),
				Uncertain: created,
			}
		}
	}
	return nil
}

// short returns an error with texts of a bounded size; it wraps err.
func (b bounded) short(err error) error {
	var e *Error
	if err == nil || !errors.As(err, &e) {
		return err
	}
	s := *e
	s.Reason = strings.ReplaceAll(clip(e.Reason, maxReason), section+".", b.key+".")
	s.Customer = clip(e.Customer, maxKey)
	if e.Err != nil {
		s.Err = shortened{clip(e.Err.Error(), maxCause), e.Err}
	}
	return &s
}

type shortened struct {
	text string
	err  error
}

func (s shortened) Error() string { return s.text }
func (s shortened) Unwrap() error { return s.err }

// clip makes a text one line of about that many bytes.
func clip(text string, most int) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, printable.Cut(text, most))
}
