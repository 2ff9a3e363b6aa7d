package app

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"traybell/hub/config"
	"traybell/hub/helpdesk"
	"traybell/hub/helpdesk/kinds"
)

func (a *App) newHelpDesk(cfg *config.Config) (helpdesk.HelpDesk, error) {
	h, err := kinds.New(&cfg.HelpDesk, kinds.Hub{List: a.store, PublicURL: PublicURL(cfg, a.Addr()), Log: a.log})
	if err != nil {
		return nil, cfg.Problem("help_desk", err.Error())
	}
	return h, nil
}

// helpDesk is the current help desk. A reload replaces it: requests in progress stay with the old
// one, retries go to the new one.
type helpDesk struct {
	current atomic.Pointer[helpdesk.HelpDesk]
	watch   func(operation string, took time.Duration, err error)
}

func (h *helpDesk) set(now helpdesk.HelpDesk) { h.current.Store(&now) }
func (h *helpDesk) now() helpdesk.HelpDesk    { return *h.current.Load() }

// Create implements helpdesk.HelpDesk.
func (h *helpDesk) Create(ctx context.Context, draft helpdesk.Draft) (ticket helpdesk.Ticket, err error) {
	defer h.timed("create", &err)()
	return h.now().Create(ctx, draft)
}

// Find implements helpdesk.HelpDesk.
func (h *helpDesk) Find(ctx context.Context, callID string) (ticket helpdesk.Ticket, ok bool, err error) {
	defer h.timed("find", &err)()
	return h.now().Find(ctx, callID)
}

// OpenTickets implements helpdesk.HelpDesk.
func (h *helpDesk) OpenTickets(ctx context.Context, customer string) (open helpdesk.OpenTickets, err error) {
	defer h.timed("open_tickets", &err)()
	return h.now().OpenTickets(ctx, customer)
}

// Append implements helpdesk.HelpDesk.
func (h *helpDesk) Append(ctx context.Context, n helpdesk.Note) (err error) {
	defer h.timed("append", &err)()
	return h.now().Append(ctx, n)
}

// Noted implements helpdesk.HelpDesk.
func (h *helpDesk) Noted(ctx context.Context, n helpdesk.Note) (ok bool, err error) {
	defer h.timed("noted", &err)()
	return h.now().Noted(ctx, n)
}

func (h *helpDesk) timed(operation string, err *error) func() {
	began := time.Now()
	return func() { h.watch(operation, time.Since(began), *err) }
}

// CheckHelpDesk connects to the help desk and returns what works there. The error joins all
// problems.
func CheckHelpDesk(ctx context.Context, cfg *config.Config) (works []string, err error) {
	h, err := kinds.New(&cfg.HelpDesk, kinds.Hub{
		PublicURL: PublicURL(cfg, cfg.Listen), Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return nil, err
	}
	return h.Check(ctx)
}
