// Package app wires the hub's parts together, starts, reloads and stops them. It owns no state but
// the parts. New, Start and Stop are called from one goroutine.
package app

import (
	"context"
	"crypto/ed25519"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"traybell/hub/admin"
	"traybell/hub/agents"
	"traybell/hub/announcements"
	"traybell/hub/api"
	"traybell/hub/audit"
	"traybell/hub/batch"
	"traybell/hub/blacklist"
	"traybell/hub/blocking"
	"traybell/hub/callcontrol"
	"traybell/hub/caller"
	"traybell/hub/callerlog"
	"traybell/hub/callpage"
	"traybell/hub/calls"
	"traybell/hub/certificate"
	"traybell/hub/colleagues"
	"traybell/hub/compile"
	"traybell/hub/computer"
	"traybell/hub/config"
	"traybell/hub/datadir"
	"traybell/hub/desk"
	"traybell/hub/deviceuser"
	"traybell/hub/duty"
	"traybell/hub/handout"
	"traybell/hub/happened"
	"traybell/hub/health"
	"traybell/hub/hidden"
	"traybell/hub/history"
	"traybell/hub/jobs"
	"traybell/hub/listener"
	"traybell/hub/listening"
	"traybell/hub/metrics"
	"traybell/hub/missed"
	"traybell/hub/mobile"
	"traybell/hub/passwords"
	"traybell/hub/queueing"
	"traybell/hub/recordings"
	"traybell/hub/staff"
	"traybell/hub/store"
	"traybell/hub/supervision"
	"traybell/hub/testcall"
	"traybell/hub/tickets"
	"traybell/hub/timeline"
	"traybell/hub/web"
	"traybell/hub/webhooks"
	"traybell/hub/webhooks/reports"
	"traybell/hub/why"
	"traybell/shared/phone"

	"github.com/gofrs/flock"
)

// Options configure a hub.
type Options struct {
	Config  *config.Config
	Version string
	Log     *slog.Logger

	File       string           // hub.yml, watched for changes; empty: only Reload reloads
	ReloadNow  <-chan os.Signal // reloads File at once, such as SIGHUP; may be nil
	PrepareLog PrepareLog       // applies a reload to the log; may be nil

	Keys []ed25519.PublicKey // of releases that the hub may hand out; nil: release.Keys
}

// App is a hub.
type App struct {
	options     Options
	cfg         atomic.Pointer[config.Config] // the current one
	loaded      *config.Config                // cfg without the people of the company's directory; guarded by reloading
	parts       compile.Parts                 // of cfg; guarded by reloading
	company     company
	provider    provider   // guarded by reloading
	reloading   sync.Mutex // held while a configuration is applied
	reloads     reloads
	service     health.Service
	hooks       *webhooks.Hooks
	endHooks    func() // stops what Start has started
	listens     *reports.Listener
	callerLog   *callerlog.Log
	recordings  *recordings.Service
	announced   *announcements.Service
	callPages   *callpage.Service
	listening   *listening.Service
	board       *supervision.Commands
	log         *slog.Logger
	lock        *flock.Flock
	store       *store.Store
	directories directories
	helpDesks   helpDesks
	metrics     *metrics.Metrics
	pbxs        pbxs
	control     *callcontrol.Controller
	queues      *queueing.Service
	mobile      *mobile.Service
	mobileRules atomic.Pointer[mobile.Rules]
	colleagues  *colleagues.Service
	desk        *desk.Desk
	hidden      *hidden.Book
	agents      *agents.Server
	timeline    *timeline.Recorder
	admin       *admin.Commands
	api         *api.Server
	started     time.Time
	why         *why.Explainer
	tests       *testcall.Tester
	commandLine commandLine
	pages       *web.Server
	connections *listener.Connections
	audit       *audit.Log
	passwords   *passwords.Keeper
	missed      *missed.Service
	duty        *duty.Service
	handout     *handout.Folder
	server      *http.Server
	listener    net.Listener
	certificate atomic.Pointer[certificate.Certificate]

	run  context.Context //nolint:containedctx // from Start to Stop
	stop context.CancelFunc
	work sync.WaitGroup
}

// Serve runs a hub until ctx ends, which may be during its start.
func Serve(ctx context.Context, o Options) error {
	a, err := New(ctx, o)
	if err == nil {
		err = a.Start(ctx)
	}
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return nil
	}
	if err != nil {
		return err
	}
	a.service.Run(ctx)
	return a.Stop()
}

// New does everything that can fail: it compiles the configuration, opens the database and listens.
// Nothing runs yet.
func New(ctx context.Context, o Options) (_ *App, err error) {
	a := &App{options: o, log: o.Log, loaded: o.Config, started: time.Now()}
	a.company.current.Store(a.company.next(o.Config, a.peopleChanged, o.Log))
	cfg := joined(o.Config, a.company.current.Load(), a.log)
	a.cfg.Store(cfg)
	if a.parts, err = compile.Hub(cfg); err != nil {
		return nil, err
	}
	if a.lock, err = datadir.Lock(cfg.DataDir); err != nil {
		return nil, cfg.Problem("data_dir", err.Error())
	}
	datadir.NameOwner(a.lock, "")
	defer func() {
		if err != nil {
			_ = a.lock.Unlock()
		}
	}()
	if err = datadir.CloseFiles(cfg, a.log); err != nil {
		return nil, err
	}
	a.store, err = store.Open(ctx, datadir.DatabaseFile(cfg))
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = a.store.Close()
		}
	}()
	if rekeyed, err := a.store.Rekey(ctx, a.parts.Numbers); err != nil {
		return nil, err
	} else if rekeyed > 0 {
		a.log.Info("stored numbers rekeyed", "numbers", rekeyed)
	}
	a.audit = newAudit(a)
	a.passwords = newPasswords(a)
	a.parts.PlacePasswords(a.passwords.Places(a.loaded))
	if err := a.listen(ctx); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = a.listener.Close()
		}
	}()
	a.service = health.Service{Status: a.status, Alive: a.deskTurns, Log: a.log}
	a.metrics = newMetrics(a)
	a.helpDesks.watch = a.metrics.HelpDesk
	tickets, err := a.newHelpDesks(cfg)
	if err != nil {
		return nil, err
	}
	a.helpDesks.current.Store(tickets)
	a.directories.changed = func(ctx context.Context, of ...phone.Number) { a.desk.DirectoryChanged(ctx, of...) }
	a.directories.unanswered = func(ctx context.Context, of phone.Number, err error) {
		a.desk.DirectorySilent(ctx, of, err)
	}
	a.directories.begin(cfg, a.parts, o.Log)
	a.timeline = timeline.NewRecorder(a.store, a.log.With("part", "timeline"), time.Now)
	commands, err := a.newDesk(cfg)
	if err != nil {
		return nil, err
	}
	agentKey, adminKey, err := tokenKeys(ctx, a.store)
	if err != nil {
		return nil, err
	}
	desktops, browsers := revocations{a.store, revokedSetting}, revocations{a.store, browsersSetting}
	revoked, err := desktops.load(ctx)
	if err != nil {
		return nil, err
	}
	a.handout = newHandout(a)
	a.agents, err = agents.New(agents.Options{
		Agents: a.parts.Accounts, Clients: cfg.Limits.Clients, TokenKey: agentKey,
		Elsewhere: &a.company,
		Revoked:   revoked, KeepRevoked: desktops.keep,
		Written: a.metrics.RingToFrame, Log: o.Log.With("part", "agents"),
		Presence: a.present, Desktop: a.handout.Newest, Numbers: a.hidden,
	}, commands)
	if err != nil {
		return nil, err
	}
	a.admin = a.newAdmin(commands.Blocking)
	a.board = newBoard(a)
	if a.api, err = a.newAPI(cfg); err != nil {
		return nil, err
	}
	if revoked, err = browsers.load(ctx); err != nil {
		return nil, err
	}
	a.pages, err = web.New(web.Options{
		Revoked: revoked, KeepRevoked: browsers.keep,
		Commands: a.admin, Board: a.board, Staff: a.desk.Staff, Passwords: &a.company, Numbers: a.hidden,
		People: pagePeople(cfg, a.parts.Accounts), TokenKey: adminKey,
		Versions: a.versions, Terminals: a.agents, API: a.api, Metrics: a.metrics.Handler(), Ready: a.ready(),
		Notices: a.notices, Hosts: a.hosts(), Desktops: a.handout, Join: a.joinLink,
		PublicURL: func() string { return a.cfg.Load().PublicURL },
		Elsewhere: func() []string { return addresses(a.cfg.Load()) }, Log: o.Log.With("part", "web"),
	})
	if err != nil {
		return nil, err
	}
	if err := a.provider.use(cfg, a.pages, a.log); err != nil {
		return nil, err
	}
	computer.Tune(cfg.Limits.Clients)
	a.connections = listener.NewConnections(cfg.Limits.Clients, o.Log.With("part", "web"))
	if err := errors.Join(a.admin.Hub.Restore(ctx), a.duty.Restore(ctx)); err != nil {
		return nil, err
	}
	a.queues.Follow(a.duty.All())
	a.server = &http.Server{
		Handler: a.pages, MaxHeaderBytes: 16 << 10,
		// net/http clears these for a WebSocket
		ReadHeaderTimeout: 20 * time.Second, ReadTimeout: 20 * time.Second, WriteTimeout: time.Minute,
		IdleTimeout: 30 * time.Second,
		ConnState:   a.connections.State,
		// anyone can cause these errors
		ErrorLog: slog.NewLogLogger(o.Log.Handler(), slog.LevelDebug),
	}
	a.server.RegisterOnShutdown(a.pages.EndStreams)
	return a, nil
}

// listen opens the port.
func (a *App) listen(ctx context.Context) error {
	cfg := a.cfg.Load()
	cert, err := computer.LoadCertificate(cfg, certificate.Own)
	if err != nil {
		return err
	}
	a.certificate.Store(cert)
	computer.LogDoubts(a.log, cfg, cert)
	if a.listener, err = computer.Listen(ctx, cfg); err != nil {
		return err
	}
	datadir.NameOwner(a.lock, a.Addr())
	if cert != nil {
		a.listener = listener.TLS(a.listener, func() *tls.Certificate { return &a.certificate.Load().Certificate })
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
		Switchboard: blacklist.New(&a.pbxs.Set), Store: a.store, Directory: &a.directories,
		Unread: a.directories.unread,
		Rules: func() blocking.Rules {
			r := a.desk.Rules()
			return blocking.Rules{Numbers: r.Numbers, Extension: r.Extension, Protected: r.Protected}
		},
		Owner: owner, Log: log,
	})
	if a.recordings, err = newRecordings(context.Background(), a); err != nil {
		return agents.Commands{}, err
	}
	a.hooks = newHooks(a, owner)
	a.listens = reports.New(a.hooks, time.Now)
	if a.callPages, err = newPages(context.Background(), a); err != nil {
		return agents.Commands{}, err
	}
	people := func() *staff.Staff { return a.desk.Staff() }
	a.callerLog = callerlog.New(people, a.log.With("part", "caller log"), time.Now)
	if err := a.callerLog.Set(callerLogs(cfg)); err != nil {
		return agents.Commands{}, err
	}
	a.desk, err = desk.New(desk.Options{
		Rules: a.deskRules(cfg, a.parts), Directory: &a.directories, HelpDesk: &a.helpDesks, Categories: a.store,
		Tickets: a.store, Jobs: jobs.New(jobs.Options{Owner: owner, Classify: tickets.Classify, Log: log}),
		Blocks: blocks, Facts: a.facts,
		Traces: a.store, Untracked: a.store,
		Hide: func(c calls.Call, rule string) { a.hidden.Ruled(c, rule) },
		Ask:  askRules(a), Recording: a.recordings.TicketLink, TicketMade: a.metrics.PressToTicket,
		Listener: happened.All{a.listens, a.callerLog, a.recordings, a.callPages},
		Version:  a.options.Version, Log: log,
	})
	if err != nil {
		return agents.Commands{}, err
	}
	if a.hidden, err = hidden.New(context.Background(), a.store, a.desk.Rules, log); err != nil {
		return agents.Commands{}, err
	}
	blocks.Calls = a.desk
	a.why = &why.Explainer{Traces: a.store, Timeline: a.store, Rules: a.whyRules}
	a.tests = newTester(a)
	a.control = newControl(a)
	a.listening = newListening(a)
	lookup := caller.Lookup{Directory: &a.directories, Categories: a.store, Blocks: blocks, Log: log}
	if a.mobile, err = newMobile(a); err != nil {
		return agents.Commands{}, err
	}
	if a.queues, err = newQueues(a, lookup); err != nil {
		return agents.Commands{}, err
	}
	a.announced = newAnnouncements(context.Background(), a)
	a.pbxs = pbxs{
		users: map[string]*deviceuser.Users{}, desk: a.desk, tests: a.tests, control: a.control, queues: a.queues,
		listening: a.listening, hidden: a.hidden, mobile: a.mobile,
		timeline: a.timeline, recordings: a.recordings, announced: a.announced,
		skipped: a.metrics.Skipped, work: &a.work, log: a.log.With("part", "pbx"),
	}
	a.missed = newMissed(a)
	a.duty = newDuty(a, cfg)
	a.pbxs.duty = a.duty
	a.colleagues = newColleagues(a)
	a.pbxs.colleagues = a.colleagues
	return agents.Commands{
		Desk: a.desk, Blocking: blocks, Missed: a.missed,
		History: &history.Reader{
			Rules: func() history.Rules {
				r := a.desk.Rules()
				return history.Rules{Numbers: r.Numbers, Links: r.Links, Records: r.Records, Company: r.Company}
			},
			Lookup: lookup, Hidden: a.hidden,
			FollowUp: a.missed.FollowUp, Recordings: a.recordings.Page, Log: log, Now: time.Now,
		},
		Why: a.why, Tests: a.tests, Controls: a.control, Queues: a.queues, Passwords: a.passwords,
		Announcements: a.announced, Mobiles: a.mobile,
		Duty: a.duty, Numbers: newFinder(a), Personal: newPersonal(a), Colleagues: a.colleagues,
		Pages: a.callPages, Shows: &hidden.Shows{Calls: a.desk, Audit: a.audit, Now: time.Now},
	}, err
}

// deskRules converts hub.yml for the desk.
func (a *App) deskRules(cfg *config.Config, p compile.Parts) *desk.Rules {
	records, rules := newRecords(cfg, a.store)
	return &desk.Rules{
		Company: caller.Company{Staff: p.Staff, Endpoints: p.Endpoints},
		Lines:   p.Lines, Rules: p.Rules, Templates: p.Templates,
		Links: p.Links, Settings: p.Settings, Numbers: p.Numbers, PBXs: p.PBXs, Protected: cfg.Blocking.Protected,
		TalkTime: accountsTalk(cfg), Records: records, CDR: rules, CallData: p.CallData,
	}
}

// Start starts the desk first, because the others call it, and the PBXs last, so that calls find
// their directories and agents.
func (a *App) Start(ctx context.Context) error {
	run, stop := context.WithCancel(context.WithoutCancel(ctx))
	a.run, a.stop = run, stop
	a.endHooks = batch.Start(run, a.hooks.Run) // ends after all others: what they report is kept
	a.work.Go(func() { a.audit.Run(run) })
	a.work.Go(func() { a.handout.Run(run) })
	a.work.Go(func() { a.callerLog.Run(run) })
	a.work.Go(func() { a.recordings.Run(run) })
	a.work.Go(func() { _ = a.desk.Run(run, a.agents) })
	a.queues.Run(run, &a.work)
	a.work.Go(func() { a.mobile.Run(run) })
	a.timeline.Add(timeline.Event{Subject: timeline.Hub, What: timeline.Up, Text: a.options.Version})
	a.work.Go(func() { a.timeline.Run(run) })
	a.work.Go(func() { a.duty.Run(run) })
	a.directories.run(run)
	a.work.Go(func() {
		if err := a.server.Serve(a.listener); !errors.Is(err, http.ErrServerClosed) {
			a.log.Error("HTTP server failed", "error", err)
		}
	})
	for _, connection := range a.parts.Connections {
		a.pbxs.connect(run, connection)
	}
	a.commandLine.start(run, a.cfg.Load().DataDir, a.commands(), &a.work, a.log)
	a.work.Go(func() {
		<-run.Done()
		a.pbxs.StopAll()
		a.directories.end()
	})
	a.company.follow(run, a.loaded, a.company.current.Load(), &a.work)
	a.reloads.applied(time.Now(), nil, true)
	a.log.Info("hub ready", "address", a.Addr(), "certificate", a.Fingerprint(), "pbxs", len(a.parts.PBXs),
		"agents", len(a.parts.Accounts))
	if a.options.File != "" { // last: from now on a.parts may change
		a.work.Go(func() { a.watch(run) })
	}
	return nil
}

// Stop stops everything in the opposite order. Desktops are asked to reconnect.
func (a *App) Stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	err := errors.Join(a.commandLine.stop(ctx), a.agents.Stop(ctx), a.server.Shutdown(ctx))
	a.timeline.Add(timeline.Event{Subject: timeline.Hub, What: timeline.Down})
	a.reloading.Lock() // a reload completes first
	a.stop()
	a.reloading.Unlock()
	a.work.Wait()
	a.endHooks()
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
		return c.Fingerprint
	}
	return ""
}
