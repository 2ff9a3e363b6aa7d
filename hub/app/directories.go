package app

import (
	"context"
	"log/slog"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"

	"traybell/hub/compile"
	"traybell/hub/config"
	"traybell/hub/directory"
	"traybell/shared/phone"
	"traybell/shared/protocol"
)

// directories holds the current directories. New ones start with the customers of the old ones. It
// implements caller.Directory.
type directories struct {
	current    atomic.Pointer[directory.Directory]
	changed    func(context.Context, ...phone.Number)                    // see directory.Directory.Changed and Answered
	unanswered func(ctx context.Context, number phone.Number, err error) // see directory.Directory.Unanswered

	mu   sync.Mutex      // guards what follows
	life context.Context //nolint:containedctx // reading ends with it
	stop context.CancelFunc
	done chan struct{}
}

func (d *directories) now() *directory.Directory { return d.current.Load() }

// Find implements caller.Directory.
func (d *directories) Find(ctx context.Context, number phone.Number) ([]protocol.Customer, error) {
	return d.now().Find(ctx, number)
}

// Known implements caller.Directory.
func (d *directories) Known(ctx context.Context, number phone.Number) ([]protocol.Customer, error) {
	return d.now().Known(ctx, number)
}

// unread returns the names of the directories that were never read.
func (d *directories) unread() (names []string) {
	for _, s := range d.now().Status() {
		if s.Read.IsZero() {
			names = append(names, s.Name)
		}
	}
	return names
}

// begin creates the first directories.
func (d *directories) begin(cfg *config.Config, p compile.Parts, log *slog.Logger) {
	d.current.Store(d.create(cfg, p, log))
}

func (d *directories) create(cfg *config.Config, p compile.Parts, log *slog.Logger) *directory.Directory {
	created := p.Directory(log)
	created.KeepCopies(directory.Copies{Folder: cfg.DataDir})
	created.Changed = func(ctx context.Context) { d.changed(ctx) }
	created.Answered = func(ctx context.Context, n phone.Number) { d.changed(ctx, n) }
	created.Unanswered = d.unanswered
	return created
}

// run reads the directories until ctx ends or replace is called.
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

// end stops reading and waits.
func (d *directories) end() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.stop()
	<-d.done
}

// update replaces the directories if they, their certificates or the region changed. It reports
// whether they did.
func (d *directories) update(running, next *config.Config, before, p compile.Parts, log *slog.Logger) bool {
	sameRegion := running.Region == next.Region
	same := func(name string) bool {
		i := slices.IndexFunc(running.Directories, func(of config.Directory) bool { return of.Name == name })
		j := slices.IndexFunc(next.Directories, func(of config.Directory) bool { return of.Name == name })
		return i >= 0 && j >= 0 && reflect.DeepEqual(running.Directories[i], next.Directories[j]) &&
			(next.Directories[j].Type != config.FromHelpDesk ||
				sameDesk(running, next, next.Directories[j].HelpDesk)) &&
			before.Authorities[next.Directories[j].CA] == p.Authorities[next.Directories[j].CA]
	}
	if sameRegion && len(running.Directories) == len(next.Directories) {
		kept := true
		for i, of := range next.Directories {
			kept = kept && running.Directories[i].Name == of.Name && same(of.Name)
		}
		if kept {
			return false
		}
	}
	d.replace(next, p, log, sameRegion, same)
	return true
}

// replace switches to the directories of cfg. Those for which same is true keep their customers and
// their schedule.
func (d *directories) replace(cfg *config.Config, p compile.Parts, log *slog.Logger, sameNumbers bool,
	same func(name string) bool,
) {
	d.end()
	next := d.create(cfg, p, log)
	next.TakeOver(d.now(), sameNumbers, same)
	d.current.Store(next)
	d.run(d.life)
}
