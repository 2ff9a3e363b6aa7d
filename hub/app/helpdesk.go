package app

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"traybell/hub/config"
	"traybell/hub/helpdesk"
	"traybell/hub/helpdesk/builtin"
	"traybell/hub/helpdesk/znuny"
)

func newHelpDesk(cfg *config.Config, list builtin.List, address string, log *slog.Logger) (helpdesk.HelpDesk, error) {
	if cfg.HelpDesk.Type == config.Builtin {
		return builtin.New(builtin.Options{List: list, PublicURL: PublicURL(cfg, address), Log: log}), nil
	}
	z, err := newZnuny(cfg, log)
	if err != nil {
		return nil, cfg.Problem("help_desk", err.Error())
	}
	return z, nil
}

func newZnuny(cfg *config.Config, log *slog.Logger) (*znuny.HelpDesk, error) {
	h := cfg.HelpDesk.Znuny
	return znuny.New(znuny.Options{
		URL: h.URL, WebService: h.Webservice, Username: h.Username, Password: h.Password.Reveal(), Version: h.Version,
		UnknownCustomer: h.UnknownCustomer,
		CallField:       h.DynamicFields.Call, CallerField: h.DynamicFields.Number,
		Routes: znuny.Routes{
			Session: h.Routes.Session, Create: h.Routes.Create, Search: h.Routes.Search, Get: h.Routes.Get,
			Update: h.Routes.Update,
		},
		Timeout: h.Timeout, Log: log.With("part", "help desk"),
	})
}

// helpDesk is the help desk of the moment. It implements desk.HelpDesk; what was begun with the one
// before is finished there, what is asked again goes to the new one.
type helpDesk struct {
	current atomic.Pointer[helpdesk.HelpDesk]
	watch   func(operation string, took time.Duration, err error)
}

func (h *helpDesk) set(now helpdesk.HelpDesk) { h.current.Store(&now) }
func (h *helpDesk) now() helpdesk.HelpDesk    { return *h.current.Load() }

// Create implements desk.HelpDesk.
func (h *helpDesk) Create(ctx context.Context, draft helpdesk.Draft) (ticket helpdesk.Ticket, err error) {
	defer h.timed("create", &err)()
	return h.now().Create(ctx, draft)
}

// Find implements desk.HelpDesk.
func (h *helpDesk) Find(ctx context.Context, callID string) (ticket helpdesk.Ticket, ok bool, err error) {
	defer h.timed("find", &err)()
	return h.now().Find(ctx, callID)
}

// OpenTickets implements desk.HelpDesk.
func (h *helpDesk) OpenTickets(ctx context.Context, customer string) (open helpdesk.OpenTickets, err error) {
	defer h.timed("open_tickets", &err)()
	return h.now().OpenTickets(ctx, customer)
}

// Append implements desk.HelpDesk.
func (h *helpDesk) Append(ctx context.Context, n helpdesk.Note) (err error) {
	defer h.timed("append", &err)()
	return h.now().Append(ctx, n)
}

// Noted implements desk.HelpDesk.
func (h *helpDesk) Noted(ctx context.Context, n helpdesk.Note) (ok bool, err error) {
	defer h.timed("noted", &err)()
	return h.now().Noted(ctx, n)
}

func (h *helpDesk) timed(operation string, err *error) func() {
	began := time.Now()
	return func() { h.watch(operation, time.Since(began), *err) }
}

// CheckHelpDesk connects to an external help desk and returns what works there. The error joins all
// problems.
func CheckHelpDesk(ctx context.Context, cfg *config.Config) (works []string, err error) {
	z, err := newZnuny(cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, err
	}
	return z.Check(ctx)
}
