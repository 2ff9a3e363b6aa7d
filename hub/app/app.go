// Package app wires the hub's parts together, starts, reloads and stops them. It owns no state but
// the parts. New, Start and Stop are called from one goroutine.
package app

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"traybell/hub/agents"
	"traybell/hub/blacklist"
	"traybell/hub/blocking"
	"traybell/hub/config"
	"traybell/hub/desk"
	"traybell/hub/history"
	"traybell/hub/jobs"
	"traybell/hub/pbx"
	"traybell/hub/store"
	"traybell/hub/tickets"
	"traybell/hub/web"

	"github.com/gofrs/flock"
)

// Options configure a hub.
type Options struct {
	Config  *config.Config
	Version string
	Log     *slog.Logger

	File       string            // hub.yml, watched for changes; empty: only Reload reloads
	ReloadNow  <-chan os.Signal  // reloads File at once, such as SIGHUP; may be nil
	PrepareLog PrepareLog        // applies a reload to the log; may be nil
	Notify     func(text string) // sends the hub's state to the service manager, see sd_notify(3); may be nil
}

// App is a hub.
type App struct {
	options     Options
	cfg         atomic.Pointer[config.Config] // the current one
	parts       Parts                         // of cfg; guarded by reloading
	reloading   sync.Mutex                    // held while a configuration is applied
	reloads     reloads
	log         *slog.Logger
	lock        *flock.Flock
	store       *store.Store
	directories directories
	helpDesk    helpDesk
	metrics     *metrics
	pbxs        pbx.Set
	desk        *desk.Desk
	agents      *agents.Server
	pages       *web.Server
	server      *http.Server
	listener    net.Listener
	certificate atomic.Pointer[certificate]

	run  context.Context //nolint:containedctx // from Start to Stop
	stop context.CancelFunc
	work sync.WaitGroup
}

// Serve runs a hub until ctx ends.
func Serve(ctx context.Context, o Options) error {
	a, err := New(ctx, o)
	if err != nil {
		return err
	}
	if err := a.Start(ctx); err != nil {
		return err
	}
	a.notify("READY=1\nSTATUS=" + a.status())
	<-ctx.Done()
	a.notify("STOPPING=1")
	return a.Stop()
}

// New does everything that can fail: it compiles the configuration, opens the database and listens.
// Nothing runs yet.
func New(ctx context.Context, o Options) (_ *App, err error) {
	cfg := o.Config
	a := &App{options: o, log: o.Log}
	a.cfg.Store(cfg)
	if a.parts, err = Compile(cfg); err != nil {
		return nil, err
	}
	if a.lock, err = lockFolder(cfg.DataDir); err != nil {
		return nil, cfg.Problem("data_dir", err.Error())
	}
	defer func() {
		if err != nil {
			_ = a.lock.Unlock()
		}
	}()
	a.store, err = store.Open(ctx, databaseFile(cfg))
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = a.store.Close()
		}
	}()
	if err := a.listen(ctx); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = a.listener.Close()
		}
	}()
	a.metrics = newMetrics(a)
	a.helpDesk.watch = a.metrics.helpDesk
	tickets, err := a.newHelpDesk(cfg)
	if err != nil {
		return nil, err
	}
	a.helpDesk.set(tickets)
	a.directories.begin(cfg, a.parts, o.Log)
	commands, err := a.newDesk(cfg)
	if err != nil {
		return nil, err
	}
	a.agents, err = agents.New(agents.Options{
		Agents: a.parts.accounts, Clients: cfg.Limits.Clients, Log: o.Log.With("part", "agents"),
	}, commands)
	if err != nil {
		return nil, err
	}
	a.pages, err = web.New(web.Options{
		Tickets: a.store, Traces: a.store, Numbers: a.parts.Numbers, Admins: admins(cfg), Terminals: a.agents,
		Directories: directoryPages{&a.directories}, PBXs: pbxPages{a}, Untracked: untrackedPages{a},
		Metrics: a.metrics.handler(), Notices: a.reloads.notices,
		Elsewhere: func() string { return a.cfg.Load().HelpDesk.Address() }, Log: o.Log.With("part", "web"),
	})
	if err != nil {
		return nil, err
	}
	a.server = &http.Server{
		Handler: a.pages, MaxHeaderBytes: 16 << 10,
		// net/http clears these for a WebSocket
		ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 20 * time.Second, WriteTimeout: time.Minute,
		IdleTimeout: 30 * time.Second,
		// anyone can cause these errors
		ErrorLog: slog.NewLogLogger(o.Log.Handler(), slog.LevelDebug),
	}
	return a, nil
}

// listen opens the port.
func (a *App) listen(ctx context.Context) error {
	cfg := a.cfg.Load()
	certificate, err := newCertificate(cfg)
	if err != nil {
		return err
	}
	a.certificate.Store(certificate)
	var lc net.ListenConfig
	a.listener, err = lc.Listen(ctx, "tcp", cfg.Listen)
	if err != nil {
		return cfg.Problem("listen",
			fmt.Sprintf("cannot listen: %v; is another hub or program using the port?", err))
	}
	if certificate != nil {
		a.listener = tls.NewListener(a.listener,
			&tls.Config{
				MinVersion: tls.VersionTLS12, GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
					return &a.certificate.Load().Certificate, nil
				},
			})
	}
	return nil
}

// newDesk creates the desk and the services for the agents' other commands.
func (a *App) newDesk(cfg *config.Config) (agents.Commands, error) {
	log := a.log.With("part", "desk")
	owner, err := jobs.LoadOwner(cfg.DataDir)
	if err != nil {
		return agents.Commands{}, err
	}
	blocks := blocking.New(blocking.Options{
		Switchboard: blacklist.New(&a.pbxs), Store: a.store, Directory: &a.directories, Unread: a.directories.unread,
		Rules: func() blocking.Rules {
			r := a.desk.Rules()
			return blocking.Rules{Numbers: r.Numbers, Staff: r.Staff, Protected: r.Protected}
		},
		Owner: owner, Log: log,
	})
	a.desk, err = desk.New(desk.Options{
		Rules: a.deskRules(cfg, a.parts), Directory: &a.directories, HelpDesk: &a.helpDesk, Categories: a.store,
		Tickets: a.store, Jobs: jobs.New(jobs.Options{Owner: owner, Classify: tickets.Classify, Log: log}),
		Blocks: blocks, Traces: a.store, Untracked: a.store, Version: a.options.Version, Log: log,
	})
	blocks.Calls = a.desk
	return agents.Commands{
		Desk: a.desk, Blocking: blocks,
		History: &history.Reader{
			Rules: func() history.Rules {
				r := a.desk.Rules()
				return history.Rules{Numbers: r.Numbers, Links: r.Links, Staff: r.Staff, Records: r.Records}
			},
			Categories: a.store, Blocks: blocks, Log: log, Now: time.Now,
		},
	}, err
}

// deskRules converts hub.yml for the desk.
func (a *App) deskRules(cfg *config.Config, p Parts) *desk.Rules {
	records, rules := newRecords(cfg, a.store)
	return &desk.Rules{
		Staff: p.staff, Lines: p.lines, Templates: p.templates, Links: p.links, Settings: p.settings,
		Numbers: p.Numbers, PBXs: p.pbxs, Protected: cfg.Blocking.Protected, TalkTime: cfg.HelpDesk.TalkTime,
		Records: records, CDR: rules,
	}
}

// Start starts the desk first, because the others call it, and the PBXs last, so that calls find
// their directories and agents.
func (a *App) Start(ctx context.Context) error {
	run, stop := context.WithCancel(context.WithoutCancel(ctx))
	a.run, a.stop = run, stop
	a.work.Go(func() { _ = a.desk.Run(run, a.agents) })
	a.directories.run(run)
	a.work.Go(func() {
		if err := a.server.Serve(a.listener); !errors.Is(err, http.ErrServerClosed) {
			a.log.Error("HTTP server failed", "error", err)
		}
	})
	for _, connection := range a.parts.Connections {
		a.startPBX(connection)
	}
	a.work.Go(func() {
		<-run.Done()
		a.pbxs.StopAll()
		a.directories.end()
	})
	a.reloads.applied(time.Now(), nil, true)
	a.log.Info("hub ready", "address", a.Addr(), "certificate", a.Fingerprint(), "pbxs", len(a.parts.pbxs),
		"agents", len(a.parts.accounts))
	if a.options.File != "" { // last: from now on a.parts may change
		a.work.Go(func() { a.watch(run) })
	}
	return nil
}

// Stop stops everything in the opposite order. Desktops are asked to reconnect.
func (a *App) Stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	err := errors.Join(a.agents.Stop(ctx), a.server.Shutdown(ctx))
	a.reloading.Lock() // a reload completes first
	a.stop()
	a.reloading.Unlock()
	a.work.Wait()
	err = errors.Join(err, a.store.Close())
	_ = a.lock.Unlock()
	return err
}

// Addr is the hub's listen address.
func (a *App) Addr() string { return a.listener.Addr().String() }

// Fingerprint is the fingerprint of the hub's certificate, as desktops show it; empty if TLS is
// off.
func (a *App) Fingerprint() string {
	if c := a.certificate.Load(); c != nil {
		return c.fingerprint
	}
	return ""
}
