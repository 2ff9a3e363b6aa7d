// Package app wires the hub's parts together, in one straight line, and starts and stops them in order. It owns no state but the parts; New, Start and Stop are called from one goroutine.
package app

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"traybell/hub/agents"
	"traybell/hub/ami"
	"traybell/hub/blacklist"
	"traybell/hub/config"
	"traybell/hub/desk"
	"traybell/hub/directory"
	"traybell/hub/store"
	"traybell/hub/web"
)

// Options are what a hub is made of.
type Options struct {
	Config  *config.Config
	Version string
	Log     *slog.Logger
}

// App is a hub.
type App struct {
	cfg         *config.Config
	pbxs        []ami.Config // those that are enabled
	log         *slog.Logger
	store       *store.Store
	directory   *directory.Directory
	blacklist   *blacklist.PBXs
	watchers    *watchers
	desk        *desk.Desk
	agents      *agents.Server
	server      *http.Server
	listener    net.Listener
	fingerprint string

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
	<-ctx.Done()
	return a.Stop()
}

// New makes everything that can fail before anything runs: the configuration compiled, the database open, the address taken.
func New(ctx context.Context, o Options) (_ *App, err error) {
	cfg := o.Config
	a := &App{cfg: cfg, log: o.Log}
	parts, err := compile(cfg)
	if err != nil {
		return nil, err
	}
	a.pbxs = parts.ami
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
	helpDesk, err := newHelpDesk(cfg, a.store, a.Addr(), o.Log)
	if err != nil {
		return nil, err
	}
	a.directory = newDirectory(parts.feeds, parts.numbers, o.Log)
	a.directory.KeepCopies(directory.Copies{Folder: cfg.DataDir})
	records, rules := newRecords(cfg, a.store)
	a.blacklist = blacklist.New()
	a.desk, err = desk.New(desk.Options{
		Switchboard: a.blacklist, Blocks: a.store, Protected: cfg.Blocking.Protected, Unread: unread(a.directory),
		Records: records, RecordRules: rules, Traces: a.store, Untracked: a.store,
		Agents: parts.agents, Lines: parts.lines, Templates: parts.templates, Links: parts.links, Settings: parts.settings, Numbers: parts.numbers,
		Directory: a.directory, HelpDesk: helpDesk, Store: a.store, Queue: a.store, Talks: a.store, TalkTime: cfg.HelpDesk.TalkTime, PBXs: parts.pbxs, Version: o.Version, Log: o.Log.With("part", "desk"),
	})
	if err != nil {
		return nil, err
	}
	a.agents, err = agents.New(agents.Options{Agents: parts.agents, Clients: cfg.Limits.Clients, Log: o.Log.With("part", "agents")}, a.desk)
	if err != nil {
		return nil, err
	}
	pages, err := web.New(web.Options{Tickets: a.store, Traces: a.store, Numbers: parts.numbers, Admins: admins(cfg), Terminals: a.agents, Directories: directoryPages{a.directory}, PBXs: pbxPages{a}, Untracked: untrackedPages{a}, Log: o.Log.With("part", "web")})
	if err != nil {
		return nil, err
	}
	a.server = &http.Server{
		Handler: pages, MaxHeaderBytes: 16 << 10,
		// A WebSocket is out of their reach: net/http clears them when it hands the connection over.
		ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 20 * time.Second, WriteTimeout: time.Minute, IdleTimeout: 30 * time.Second,
		ErrorLog: slog.NewLogLogger(o.Log.Handler(), slog.LevelDebug), // what strangers do to the port is not the log's business
	}
	return a, nil
}

// listen takes the address.
func (a *App) listen(ctx context.Context) error {
	certificates, fingerprint, err := certificate(a.cfg)
	if err != nil {
		return err
	}
	a.fingerprint = fingerprint
	var lc net.ListenConfig
	a.listener, err = lc.Listen(ctx, "tcp", a.cfg.Listen)
	if err != nil {
		return a.cfg.Problem("listen", fmt.Sprintf("the address cannot be used: %v; is another hub running, or the port another program's?", err))
	}
	if certificates != nil {
		a.listener = tls.NewListener(a.listener, certificates)
	}
	return nil
}

// Start lets everything run: the desk first, since all others talk to it, and the PBX last, since calls should find their directory read and their agents let in.
func (a *App) Start(ctx context.Context) error {
	run, stop := context.WithCancel(context.WithoutCancel(ctx))
	a.stop = stop
	a.watchers = newWatchers(run, a.desk, a.blacklist, func() []desk.Agent { return a.desk.Agents }, a.log)
	a.work.Go(func() { _ = a.desk.Run(run, a.agents) })
	a.work.Go(func() { a.directory.Run(run) })
	a.work.Go(func() {
		if err := a.server.Serve(a.listener); !errors.Is(err, http.ErrServerClosed) {
			a.log.Error("the hub no longer listens", "error", err)
		}
	})
	for _, connection := range a.pbxs {
		a.watchers.begin(connection)
	}
	a.work.Go(func() {
		<-run.Done()
		a.watchers.endAll()
	})
	a.log.Info("the hub is ready", "address", a.Addr(), "certificate", a.fingerprint, "pbxs", len(a.cfg.PBX), "agents", len(a.cfg.Agents))
	return nil
}

// Stop ends everything in the opposite order. Desktops are told to come back.
func (a *App) Stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	err := errors.Join(a.agents.Stop(ctx), a.server.Shutdown(ctx))
	a.stop()
	a.work.Wait()
	return errors.Join(err, a.store.Close())
}

// Addr is the address that the hub listens on.
func (a *App) Addr() string { return a.listener.Addr().String() }

// Fingerprint is that of the hub's own certificate, as desktops show it; empty where the certificate is not the hub's own.
func (a *App) Fingerprint() string { return a.fingerprint }
