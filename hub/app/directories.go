package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"traybell/hub/config"
	"traybell/hub/directory"
	"traybell/hub/web"
	"traybell/shared/phone"
	"traybell/shared/protocol"
)

// feeds creates the directories of hub.yml without reading them.
func feeds(cfg *config.Config) ([]directory.Feed, config.Problems) {
	var problems config.Problems
	list := make([]directory.Feed, 0, len(cfg.Directories))
	for i, d := range cfg.Directories {
		source, err := source(d)
		if err != nil {
			key := fmt.Sprintf("directories[%d]", i)
			var option *directory.OptionError
			if errors.As(err, &option) {
				key, err = key+"."+option.Key, option.Err
			}
			problems = append(problems, cfg.Problem(key, err.Error()))
			continue
		}
		list = append(list, directory.Feed{Source: source, Every: d.Refresh})
	}
	return list, problems
}

func source(d config.Directory) (directory.Source, error) {
	switch d.Type {
	case config.SQL:
		return directory.NewSQL(directory.SQLOptions{
			Name: d.Name, Driver: d.Driver, DSN: d.DSN.Reveal(), Query: d.Query, CA: d.CA,
		})
	case config.LDAP:
		return directory.NewLDAP(directory.LDAPOptions{
			Name: d.Name, URL: d.URL, StartTLS: d.StartTLS, CA: d.CA, BindDN: d.BindDN, Password: d.Password.Reveal(),
			BaseDN: d.BaseDN, Scope: d.Scope, Filter: d.Filter, Map: d.Map,
		})
	}
	return directory.NewCSV(d.Name, d.Path), nil
}

// Directory returns the directories, not read yet.
func (p Parts) Directory(log *slog.Logger) *directory.Directory {
	return directory.New(p.Numbers, log.With("part", "directory"), p.feeds...)
}

// directories holds the current directories. New ones start with the customers of the old ones. It
// implements desk.Directory.
type directories struct {
	current atomic.Pointer[directory.Directory]

	mu   sync.Mutex      // guards what follows
	life context.Context //nolint:containedctx // reading ends with it
	stop context.CancelFunc
	done chan struct{}
}

func (d *directories) now() *directory.Directory { return d.current.Load() }

// Find implements desk.Directory.
func (d *directories) Find(ctx context.Context, number phone.Number) ([]protocol.Customer, error) {
	return d.now().Find(ctx, number)
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
func (d *directories) begin(cfg *config.Config, p Parts, log *slog.Logger) {
	first := p.Directory(log)
	first.KeepCopies(directory.Copies{Folder: cfg.DataDir})
	d.current.Store(first)
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

// replace switches to the directories of cfg. Those for which same is true keep their customers and
// their schedule.
func (d *directories) replace(cfg *config.Config, p Parts, log *slog.Logger, sameNumbers bool,
	same func(name string) bool,
) {
	d.end()
	next := p.Directory(log)
	next.KeepCopies(directory.Copies{Folder: cfg.DataDir})
	next.TakeOver(d.now(), sameNumbers, same)
	d.current.Store(next)
	d.run(d.life)
}

// directoryPages implements web.Directories.
type directoryPages struct{ *directories }

func (d directoryPages) ReadDirectory(name string) bool { return d.now().ReadSoon(name) }

func (d directoryPages) DirectoryStatuses() []web.DirectoryStatus {
	var out []web.DirectoryStatus
	for _, s := range d.now().Status() {
		status := web.DirectoryStatus{
			Name: s.Name, Customers: s.Rows, Numbers: s.Numbers, Read: s.Read, Age: s.Age(time.Now()),
			Error: s.LastError, More: s.Troubles - len(s.Problems),
		}
		for _, p := range s.Problems {
			status.Problems = append(status.Problems, p.String())
		}
		out = append(out, status)
	}
	return out
}
