package app

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"traybell/hub/config"
	"traybell/hub/desk"
	"traybell/hub/directory"
	"traybell/shared/phone"
	"traybell/shared/protocol"
)

// helpDesk is the help desk of the moment. It implements desk.HelpDesk; what was begun with the one before is finished there, what is asked again goes to
// the new one.
type helpDesk struct {
	current atomic.Pointer[desk.HelpDesk]
	watch   func(operation string, took time.Duration, err error)
}

func (h *helpDesk) set(now desk.HelpDesk) { h.current.Store(&now) }
func (h *helpDesk) now() desk.HelpDesk    { return *h.current.Load() }

// Create implements desk.HelpDesk.
func (h *helpDesk) Create(ctx context.Context, draft desk.TicketDraft) (ticket desk.Ticket, err error) {
	defer h.timed("create", &err)()
	return h.now().Create(ctx, draft)
}

// Find implements desk.HelpDesk.
func (h *helpDesk) Find(ctx context.Context, callID string) (ticket desk.Ticket, ok bool, err error) {
	defer h.timed("find", &err)()
	return h.now().Find(ctx, callID)
}

// OpenTickets implements desk.HelpDesk.
func (h *helpDesk) OpenTickets(ctx context.Context, customer string) (list []desk.OpenTicket, err error) {
	defer h.timed("open_tickets", &err)()
	return h.now().OpenTickets(ctx, customer)
}

// Append implements desk.HelpDesk.
func (h *helpDesk) Append(ctx context.Context, n desk.TicketNote) (err error) {
	defer h.timed("append", &err)()
	return h.now().Append(ctx, n)
}

// Noted implements desk.HelpDesk.
func (h *helpDesk) Noted(ctx context.Context, n desk.TicketNote) (ok bool, err error) {
	defer h.timed("noted", &err)()
	return h.now().Noted(ctx, n)
}

func (h *helpDesk) timed(operation string, err *error) func() {
	began := time.Now()
	return func() { h.watch(operation, time.Since(began), *err) }
}

// directories are the directories of the moment. Other directories begin with the customers that the ones before had. It implements desk.Directory.
type directories struct {
	current atomic.Pointer[directory.Directory]

	mu   sync.Mutex      // guards what follows
	life context.Context //nolint:containedctx // the hub's: it is read until then
	stop context.CancelFunc
	done chan struct{}
}

func (d *directories) now() *directory.Directory { return d.current.Load() }

// Find implements desk.Directory.
func (d *directories) Find(ctx context.Context, number phone.Number) ([]protocol.Customer, error) {
	return d.now().Find(ctx, number)
}

// unread tells the names of the directories that were never read.
func (d *directories) unread() (names []string) {
	for _, s := range d.now().Status() {
		if s.Read.IsZero() {
			names = append(names, s.Name)
		}
	}
	return names
}

// begin makes the first ones.
func (d *directories) begin(cfg *config.Config, p parts, log *slog.Logger) {
	first := newDirectory(p.feeds, p.numbers, log)
	first.KeepCopies(directory.Copies{Folder: cfg.DataDir})
	d.current.Store(first)
}

// run reads them until ctx ends, or others take their place.
func (d *directories) run(ctx context.Context) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.life = ctx
	ctx, d.stop = context.WithCancel(ctx)
	done := make(chan struct{})
	d.done = done
	current := d.now()
	go func() {
		defer close(done)
		current.Run(ctx)
	}()
}

// end stops reading and waits until it is over.
func (d *directories) end() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.stop()
	<-d.done
}

// replace puts the directories of cfg in the place of those of before. Those for which same is true keep their customers and their schedule.
func (d *directories) replace(cfg *config.Config, p parts, log *slog.Logger, sameNumbers bool, same func(name string) bool) {
	d.end()
	next := newDirectory(p.feeds, p.numbers, log)
	next.KeepCopies(directory.Copies{Folder: cfg.DataDir})
	next.TakeOver(d.now(), sameNumbers, same)
	d.current.Store(next)
	d.run(d.life)
}
