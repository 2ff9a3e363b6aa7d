// Package shell is the desktop program put together: settings, the connection to the hub, what the
// agent is to see, popups, tray and windows.
//
// What the program knows (settings, the model, the connection's state) belongs to one goroutine,
// the shell's; everything else hands it functions (post). It never waits for anybody: not for Fyne,
// the hub, the keyring or a browser. Windows belong to Fyne's goroutine, which is the program's
// first, and may wait for the shell's (ask).
package shell

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"traybell/assets/translations"
	"traybell/desktop/client"
	"traybell/desktop/model"
	"traybell/desktop/platform"
	"traybell/desktop/settings"
	"traybell/desktop/ui"
	"traybell/desktop/ui/card"
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

// shell holds the program's parts.
type shell struct {
	ctx     context.Context //nolint:containedctx // the program's life, and so the shell's
	exit    func()          // ends it
	opts    Options         // the command line's; what the agent sets takes its place
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
	form       *ui.SettingsForm

	// What follows belongs to the shell's goroutine.
	own          settings.Own // what is kept, without the command line's
	terminal     *model.Terminal
	status       client.Status
	lost         time.Time // when the connection was lost; zero while it is there
	signedIn     *client.Client
	onLine       context.Context //nolint:containedctx // lasts as long as signedIn is meant to
	hangUp       context.CancelFunc
	session      uint64       // counts connections, so that what an old one still says is not heard
	asking       bool         // the agent is asked about a certificate
	computer     settings.Own // the administrator's for this computer, below the agent's own
	secret       string       // a password for this run
	passwords    ui.PasswordFrom
	keyringFails error // why the keyring cannot be used
	notices      []model.Card
	earlier      earlierCalls
	missed       missedCalls
	hidden       map[string]bool // calls without a popup, as nothing may disturb
	// cards of which the hub was told that their popups are switched off, and in which turn
	off        map[string]time.Time
	quietWatch uint64               // counts the watches over do-not-disturb, so that only the last goes on
	asked      map[client.Kind]bool // for which problems a window was opened by itself
	look       card.Look
}

// Run is the program, from the settings to its exit. It must be called on the first goroutine, as
// Fyne wants it. It returns platform.ErrRunning where the program runs already, and an error with a
// clear sentence where there is no screen.
func Run(ctx context.Context, opts Options) error {
	ctx, exit := context.WithCancel(ctx)
	defer exit()
	s := &shell{
		ctx: ctx, exit: exit, opts: opts, todo: make(chan func(), 256), terminal: model.New(),
		asked: map[client.Kind]bool{}, hidden: map[string]bool{},
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

	instance, err := platform.Acquire(ctx, folder, opts.request(), func(r platform.Request) {
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
	platform.HandleURLs(func(address string) { s.post(func() { s.loop.Do(func() { s.openURL(address) }) }) })
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
