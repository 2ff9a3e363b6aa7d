// Package shell is the desktop program put together: settings, the connection to the hub, what the agent is to see, popups, tray and windows.
//
// What the program knows (settings, the model, the connection's state) belongs to one goroutine, the shell's; everything else hands it
// functions (post). It never waits for anybody: not for Fyne, the hub, the keyring or a browser. Windows belong to Fyne's goroutine, which is
// the program's first, and may wait for the shell's (ask).
package shell

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"time"

	"traybell/assets/translations"
	"traybell/desktop/client"
	"traybell/desktop/model"
	"traybell/desktop/platform"
	"traybell/desktop/popup"
	"traybell/desktop/settings"
	"traybell/desktop/ui"
	"traybell/desktop/ui/card"
	"traybell/shared/protocol"
)

// Options are what the command line says.
type Options struct {
	Folder    string // of the settings; empty: the user's own
	Server    string // over what is kept
	Port      int
	Extension string
	Plain     bool   // no TLS, for a hub on this computer
	Trust     string // a certificate's fingerprint that is trusted without asking
	Password  string // over what is kept
	Open      string // a window to open at once: settings, links, calls, about, test
	URL       string // an address to open at once: tel:…
	Verbose   bool   // the log tells more
	Version   string
	Watch     bool // a crash leaves a report and starts the program again
}

// awayAfter is how long the hub may be gone before a card says so; the tray says it at once.
const awayAfter = 10 * time.Second

// answerWithin is how long a press waits for the hub, reconnects included.
const answerWithin = 5 * time.Minute

// shell holds the program's parts.
type shell struct {
	ctx     context.Context //nolint:containedctx // the program's life, and so the shell's
	exit    func()          // ends it
	opts    Options
	log     *slog.Logger
	logPath string
	file    settings.File
	texts   *translations.Texts
	keyring platform.Keyring
	stage
	frame frame
	tray  *ui.Tray
	todo  chan func()
	work  sync.WaitGroup

	// What open windows show; of Fyne's goroutine.
	aboutShown ui.About
	callsShown ui.CallList
	callsView  *ui.Calls

	// What follows belongs to the shell's goroutine.
	own        settings.Own // what is kept, without the command line's
	screen     *model.Screen
	status     client.Status
	lost       time.Time // when the connection was lost; zero while it is there
	signedIn   *client.Client
	onLine     context.Context //nolint:containedctx // lasts as long as signedIn is meant to
	hangUp     context.CancelFunc
	session    uint64       // counts connections, so that what an old one still says is not heard
	asking     bool         // the agent is asked about a certificate
	computer   settings.Own // the administrator's for this computer, below the agent's own
	secret     string       // a password for this run
	passwords  ui.PasswordFrom
	keyringOK  error // why the keyring cannot be used
	notices    []model.Card
	earlier    earlierCalls
	missed     missedCalls
	blocked    []string             // numbers, as far as the hub told since the start
	hidden     map[string]bool      // calls without a popup, as nothing may disturb
	off        map[string]time.Time // cards of which the hub was told that their popups are switched off, and in which turn
	quietWatch uint64               // counts the watches over do-not-disturb, so that only the last goes on
	asked      map[client.Kind]bool // for which problems a window was opened by itself
	look       card.Look
}

// Run is the program, from the settings to its exit. It must be called on the first goroutine, as Fyne wants it. It returns
// platform.ErrRunning where the program runs already, and an error with a clear sentence where there is no screen.
func Run(ctx context.Context, opts Options) error {
	ctx, exit := context.WithCancel(ctx)
	defer exit()
	s := &shell{
		ctx: ctx, exit: exit, opts: opts, todo: make(chan func(), 256), screen: model.New(), asked: map[client.Kind]bool{}, hidden: map[string]bool{},
		keyring: platform.Keyring{Service: "traybell"}, status: client.Status{State: client.Connecting},
	}
	folder, err := s.folder()
	if err != nil {
		return err
	}
	closeLog, err := s.openLog(folder)
	if err != nil {
		return err
	}
	defer closeLog()
	s.file = settings.In(folder)
	own, loadErr := s.file.Load()
	s.own = own
	computerErr := s.loadComputer()
	if s.texts, err = translations.Load(s.inForce().Language); err != nil {
		return err
	}

	instance, err := platform.BeTheOne(ctx, folder, opts.request(), func(r platform.Request) {
		s.post(func() { s.loop.Do(func() { s.answer(r) }) }) // the shell runs only when there is a loop
	})
	switch {
	case errors.Is(err, platform.ErrRunning):
		return err
	case err != nil:
		s.log.Warn("a second start will not find this one", "error", err)
	default:
		defer func() { _ = instance.Close() }()
	}
	s.watch()

	if err := s.setStage(); err != nil {
		return err
	}
	defer s.strike()
	platform.HearURLs(func(address string) { s.post(func() { s.loop.Do(func() { s.openURL(address) }) }) })
	s.tray = ui.NewTray(s.texts)
	if loadErr != nil {
		s.settingsBroken(loadErr)
	}
	s.computerBroken(computerErr)

	s.work.Go(s.run)
	s.light()
	s.tellWeight()
	endTray := s.startTray()
	s.perform(func() {
		s.post(s.settingsChanged)
		s.post(s.watchQuiet)
		s.post(s.connect)
		if r := opts.request(); r != (platform.Request{}) {
			s.answer(r)
		}
	})
	exit()
	endTray()
	s.work.Wait()
	return nil
}

// prepareFyne says what Fyne reads from the environment, before it does. What the agent has set there wins.
func prepareFyne(scale float32) {
	set := func(name, value string) {
		if os.Getenv(name) == "" {
			_ = os.Setenv(name, value)
		}
	}
	if scale > 0 {
		set("FYNE_SCALE", strconv.FormatFloat(float64(scale), 'f', 2, 32))
		set("FYNE_DISABLE_DPI_DETECTION", "true")
	}
	if runtime.GOOS == "linux" {
		set("FYNE_PLATFORM", "x11") // as the popups: one connection for clipboard, windows and cards, under Wayland too
	}
}

// administrator are the hub's settings, or the usual ones before it has told any.
func (s *shell) administrator() protocol.Settings {
	if s.screen.Hub() == "" {
		return settings.Default()
	}
	return s.screen.Settings()
}

func (s *shell) inForce() settings.InForce {
	return s.opts.over(s.kept()).Over(s.administrator(), systemLanguage())
}

// corner is the one that was set, or the system's custom: macOS shows what is new at the top.
func (s *shell) corner() popup.Corner {
	if c := popup.Corner(s.kept().Corner); c.Valid() {
		return c
	}
	if runtime.GOOS == "darwin" {
		return popup.TopRight
	}
	return popup.BottomRight
}

// run is the shell's goroutine.
func (s *shell) run() {
	for {
		select {
		case <-s.ctx.Done():
			if s.hangUp != nil {
				s.hangUp()
			}
			return
		case f := <-s.todo:
			f()
		}
	}
}

// post hands the shell's goroutine something to do, from any other. It does not wait for it.
func (s *shell) post(f func()) {
	select {
	case s.todo <- f:
	case <-s.ctx.Done():
	}
}

// ask hands it something and waits for it; false when the program ends meanwhile.
func (s *shell) ask(f func()) bool {
	done := make(chan struct{})
	s.post(func() { f(); close(done) })
	select {
	case <-done:
		return true
	case <-s.ctx.Done():
		return false
	}
}

// connect begins a connection with the settings as they are, in place of the one there was.
func (s *shell) connect() {
	if s.hangUp != nil {
		s.hangUp()
	}
	force := s.inForce()
	ctx, hangUp := context.WithCancel(s.ctx)
	s.onLine, s.hangUp = ctx, hangUp
	s.session++
	s.asking = false
	number := s.session
	hear := func(f func()) {
		s.post(func() {
			if number == s.session {
				f()
			}
		})
	}
	if force.Server == "" || force.Extension == "" {
		s.statusIs(client.Status{State: client.Refused, Problem: &client.Problem{Kind: client.SettingsIncomplete, Final: true}})
		return
	}
	account := Account(force)
	secret := cmp.Or(s.secret, s.opts.Password)
	c := client.New(client.Config{
		Server: force.Server, Port: force.Port, Plain: s.opts.Plain, Extension: force.Extension,
		Password: func(ctx context.Context) (string, error) {
			if secret != "" {
				return secret, nil
			}
			password, err := s.keyring.Password(ctx, account)
			if err == nil {
				hear(func() { s.passwords = ui.FromKeyring })
			}
			if err != nil && !errors.Is(err, platform.ErrNoPassword) {
				hear(func() { s.keyringOK = err })
			}
			return password, err
		},
		Fingerprint: force.Pin, Proxy: platform.Proxy,
		Trust: func(ctx context.Context, fingerprint string, _ *x509.Certificate) bool {
			hear(func() { s.asking = true; s.refresh() })
			trusted := s.askTrust(ctx, force.Server, fingerprint)
			hear(func() {
				if s.asking = false; trusted {
					s.pin(fingerprint)
				}
				s.refresh()
			})
			return trusted
		},
		Desktop: force.Desktop, Version: s.opts.Version, OS: runtime.GOOS, Language: s.texts.Language(), Log: s.log,
	}, handler{hear: hear, s: s})
	s.signedIn = c
	s.statusIs(client.Status{State: client.Connecting})
	s.work.Go(func() {
		if err := c.Run(ctx); err != nil {
			s.log.Warn("the connection was given up", "reason", err)
		}
	})
}

// Account names an agent's password in the keyring.
func Account(f settings.InForce) string {
	return fmt.Sprintf("%s@%s:%d", f.Extension, f.Server, f.Port)
}

// pin keeps the certificate that was trusted.
func (s *shell) pin(fingerprint string) {
	own := s.opts.trusted(s.kept(), fingerprint).Apart(s.computer)
	if own == s.own {
		return
	}
	s.own = own
	if err := s.file.Save(s.own); err != nil {
		s.log.Error("the certificate is not remembered", "error", err)
	}
}

// handler passes on what a connection says to the shell's goroutine.
type handler struct {
	hear func(func())
	s    *shell
}

// Status is called by the client.
func (h handler) Status(st client.Status) { h.hear(func() { h.s.statusIs(st) }) }

// Message is called by the client.
func (h handler) Message(m protocol.Message) { h.hear(func() { h.s.message(m) }) }

func (s *shell) message(m protocol.Message) {
	s.noteBlocked(m)
	defer s.callEnded(m) // once the model knows
	changed, err := s.screen.Apply(m, time.Now())
	if err != nil {
		s.log.Warn("a message of the hub cannot be read", "name", m.Name, "error", err)
		return
	}
	if m.Type == protocol.Event && (m.Name == protocol.SessionOpened || m.Name == protocol.SettingsEvent) {
		s.settingsChanged()
	}
	if m.Type == protocol.Event && m.Name == protocol.SessionOpened {
		s.askMissed(true)
		s.askShownCalls()
	}
	if changed {
		s.refresh()
	}
}

// settingsChanged brings the agent's or the administrator's new settings into force.
func (s *shell) settingsChanged() {
	force := s.inForce()
	s.screen.HideInternal = force.HideInternal
	if translations.Match(force.Language) != s.texts.Language() {
		s.texts.Use(force.Language)
		s.tray.Translate()
	}
	s.look.Tickets = slices.Contains(s.screen.Agent().Rights, "ticket")
	s.popups.SetDelays(force.Popups)
	s.popups.SetPlace(s.corner(), force.Monitor)
	s.popups.SetLook(s.look)
	s.restage()
	s.refresh()
}

func (s *shell) statusIs(st client.Status) {
	s.status = st
	switch {
	case st.State == client.Working:
		s.lost, s.asked, s.keyringOK = time.Time{}, map[client.Kind]bool{}, nil
	case st.Problem != nil && s.lost.IsZero():
		s.lost = time.Now()
		number := s.session
		time.AfterFunc(awayAfter, func() {
			s.post(func() {
				if number == s.session && !s.lost.IsZero() && s.status.State != client.Refused && s.screen.Hub() != "" {
					s.screen.HubAway(s.tooltip(), time.Now())
					s.refresh()
				}
			})
		})
	}
	if st.State == client.Refused {
		s.refused(st.Problem)
	}
	s.refresh()
}

// refused opens, once, the window that can mend it.
func (s *shell) refused(p *client.Problem) {
	if p == nil || s.asked[p.Kind] {
		return
	}
	s.asked[p.Kind] = true
	switch p.Kind {
	case client.SettingsIncomplete, client.PasswordMissing, client.PasswordWrong:
		s.loop.Do(func() {
			if !s.windows.Shown(joinWindow) { // which mends it too
				s.openSettings(false)
			}
		})
	case client.CertificateChanged:
		force := s.inForce()
		server, old, now := force.Server, force.Pin, p.Fingerprint
		s.loop.Do(func() { s.openDistrust(server, old, now) })
	}
	if s.screen.Hub() != "" || p.Kind != client.SettingsIncomplete {
		s.screen.HubAway(s.tooltip(), time.Now())
	}
}

// only is the customer where it is clear who calls.
func only(customers []protocol.Customer) *protocol.Customer {
	if len(customers) != 1 {
		return nil
	}
	return &customers[0]
}
