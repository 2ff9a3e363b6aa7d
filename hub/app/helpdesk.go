package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"reflect"
	"slices"
	"sync/atomic"
	"time"

	"traybell/hub/callerlog"
	"traybell/hub/computer"
	"traybell/hub/config"
	"traybell/hub/helpdesk"
	"traybell/hub/helpdesk/desks"
	"traybell/hub/helpdesk/kinds"
)

func (a *App) newHelpDesks(cfg *config.Config) (*desks.Set, error) {
	return kinds.Set(cfg, kinds.Hub{
		List: a.store, PublicURL: computer.PublicURL(cfg, a.Addr()), Region: cfg.Region, Log: a.log,
	})
}

// helpDesks are the current help desks. A reload replaces them: requests in progress stay with the
// old ones, retries go to the new ones.
type helpDesks struct {
	current atomic.Pointer[desks.Set]
	watch   func(operation string, took time.Duration, err error)
}

// Named implements helpdesk.Desks.
func (h *helpDesks) Named(name string) helpdesk.HelpDesk {
	return timed{h.watch, func() helpdesk.HelpDesk { return h.current.Load().Named(name) }}
}

// With implements helpdesk.Desks.
func (h *helpDesks) With(t helpdesk.Ticket) helpdesk.HelpDesk {
	return timed{h.watch, func() helpdesk.HelpDesk { return h.current.Load().With(t) }}
}

// Accounts implements helpdesk.Desks.
func (h *helpDesks) Accounts(t helpdesk.Ticket) bool { return h.current.Load().Accounts(t) }

// Knows implements helpdesk.Desks.
func (h *helpDesks) Knows(name, directory string) bool {
	return h.current.Load().Knows(name, directory)
}

// timed measures the requests to a help desk.
type timed struct {
	watch func(operation string, took time.Duration, err error)
	now   func() helpdesk.HelpDesk
}

// Create implements helpdesk.HelpDesk.
func (t timed) Create(ctx context.Context, draft helpdesk.Draft) (ticket helpdesk.Ticket, err error) {
	defer t.begin("create", &err)()
	return t.now().Create(ctx, draft)
}

// Find implements helpdesk.HelpDesk.
func (t timed) Find(ctx context.Context, callID string) (ticket helpdesk.Ticket, ok bool, err error) {
	defer t.begin("find", &err)()
	return t.now().Find(ctx, callID)
}

// OpenTickets implements helpdesk.HelpDesk.
func (t timed) OpenTickets(ctx context.Context, customer string) (open helpdesk.OpenTickets, err error) {
	defer t.begin("open_tickets", &err)()
	return t.now().OpenTickets(ctx, customer)
}

// ByNumber implements helpdesk.Numbers, if the help desk does.
func (t timed) ByNumber(ctx context.Context, number string) (
	ticket helpdesk.NumberedTicket, ok bool, err error,
) {
	defer t.begin("by_number", &err)()
	return helpdesk.ByNumber(ctx, t.now(), number)
}

// Append implements helpdesk.HelpDesk.
func (t timed) Append(ctx context.Context, n helpdesk.Note) (err error) {
	defer t.begin("append", &err)()
	return t.now().Append(ctx, n)
}

// Noted implements helpdesk.HelpDesk.
func (t timed) Noted(ctx context.Context, n helpdesk.Note) (ok bool, err error) {
	defer t.begin("noted", &err)()
	return t.now().Noted(ctx, n)
}

func (t timed) begin(operation string, err *error) func() {
	began := time.Now()
	return func() { t.watch(operation, time.Since(began), *err) }
}

// accountsTalk reports whether a help desk gets talk times.
func accountsTalk(cfg *config.Config) bool {
	return slices.ContainsFunc(cfg.Desks(), func(c config.ConfiguredDesk) bool { return c.TalkTime })
}

// callerLogs are the help desks that log calls.
func callerLogs(cfg *config.Config) (list []callerlog.Target) {
	for _, c := range cfg.Desks() {
		if target, ok := callerLog(c); ok {
			list = append(list, target)
		}
	}
	return list
}

func callerLog(c config.ConfiguredDesk) (callerlog.Target, bool) {
	z := c.Zammad.CallerLog
	return callerlog.Target{URL: c.Server.URL, Token: z.Token.Reveal(), Opens: z.Opens},
		c.Type == config.Zammad && !z.Token.Empty()
}

// addresses are those of the help desks outside the hub.
func addresses(cfg *config.Config) (list []string) {
	for _, c := range cfg.Desks() {
		if address := c.Address(); address != "" {
			list = append(list, address)
		}
	}
	return list
}

// sameDesk reports whether two configurations have the same help desk with a name.
func sameDesk(a, b *config.Config, name string) bool {
	one, _ := a.Desk(name)
	other, _ := b.Desk(name)
	return reflect.DeepEqual(one, other)
}

// CheckHelpDesk connects to a help desk and returns what works there. The error joins all problems.
func CheckHelpDesk(ctx context.Context, cfg *config.Config, c config.ConfiguredDesk) (works []string, err error) {
	h, err := kinds.New(c, kinds.Hub{
		PublicURL: computer.PublicURL(cfg, cfg.Listen), Region: cfg.Region, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return nil, err
	}
	works, err = h.Check(ctx, wanted(cfg, c))
	if target, ok := callerLog(c); ok {
		refused := callerlog.Check(ctx, target)
		if refused == nil {
			return append(works, "It accepts calls into its caller log."), err
		}
		parts := []error{err}
		if joined, ok := err.(interface{ Unwrap() []error }); ok { //nolint:errorlint // not what is wrapped in it
			parts = joined.Unwrap()
		}
		err = errors.Join(append(parts, fmt.Errorf("caller log: %w", refused))...)
	}
	return works, err
}

// wanted is what the ticket templates of a help desk name in it.
func wanted(cfg *config.Config, of config.ConfiguredDesk) []helpdesk.Wanted {
	var list []helpdesk.Wanted
	for _, name := range templatesOf(cfg, of) {
		t := cfg.TicketTemplates[name]
		list = append(list, helpdesk.Wanted{
			Template: name, Queue: t.Queue, Priority: t.Priority, State: t.State, Type: t.Type, Owner: t.Owner,
		})
	}
	return list
}

// templatesOf returns the names of the ticket templates of a help desk.
func templatesOf(cfg *config.Config, of config.ConfiguredDesk) (names []string) {
	for _, name := range slices.Sorted(maps.Keys(cfg.TicketTemplates)) {
		if d, ok := cfg.Desk(cfg.TicketTemplates[name].HelpDesk); ok && d.Key == of.Key {
			names = append(names, name)
		}
	}
	return names
}
