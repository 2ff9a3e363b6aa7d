// Package shell assembles the desktop program: settings, the session with the hub, cards, tray and
// windows.
//
// The state belongs to one goroutine and the windows to Fyne's, the program's first; each accesses
// the other only by posted functions (package loop). The state's goroutine never waits for Fyne,
// the hub, the keyring or a browser. Fyne's may wait for the state's.
package shell

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	"traybell/assets/translations"
	"traybell/desktop/crash"
	"traybell/desktop/settings"
	"traybell/desktop/shell/display"
	"traybell/desktop/shell/integration"
	"traybell/desktop/shell/logfile"
	"traybell/desktop/shell/loop"
	"traybell/desktop/shell/memory"
	"traybell/desktop/shell/popups"
	"traybell/desktop/shell/preferences"
	"traybell/desktop/shell/session"
	"traybell/desktop/shell/updating"
	"traybell/desktop/system"
	"traybell/desktop/ui"
)

// Options are the command line.
type Options struct {
	Folder    string // of the settings; empty: the user's own
	Server    string // overrides the settings, as do the next three
	Port      int
	Extension string
	Trust     string // the fingerprint of a certificate that is trusted without asking
	Plain     bool   // no TLS, for a hub on this computer
	Password  string // from the environment
	Open      string // a window to open: settings, links, calls, dial, colleagues, about, test
	URL       string // an address to open: tel:…
	Verbose   bool   // logs more
	Version   string
	Watch     bool // a crash leaves a report and restarts the program
}

// folder is where the settings are.
func (o Options) folder() (string, error) {
	if o.Folder != "" {
		return o.Folder, nil
	}
	return settings.Folder()
}

func (o Options) flags() preferences.Flags {
	return preferences.Flags{Server: o.Server, Port: o.Port, Extension: o.Extension, Trust: o.Trust}
}

func (o Options) request() system.Request { return system.Request{Open: o.Open, URL: o.URL} }

// Run runs the program until it exits. It must be called on the first goroutine, which Fyne needs.
// It returns system.ErrRunning if the program already runs, and an error for the user if there is
// no screen.
func Run(ctx context.Context, opts Options) (err error) {
	ctx, exit := context.WithCancel(ctx)
	defer exit()
	again := false // start the program that has replaced this one, after all is released
	defer func() {
		if again {
			err = errors.Join(err, crash.Restart(updating.Arguments(os.Args[1:])...))
		}
	}()
	folder, err := opts.folder()
	if err != nil {
		return err
	}
	log, logPath, closeLog, err := logfile.Start(opts.Folder, opts.Verbose)
	if err != nil {
		return err
	}
	defer closeLog()
	defer loop.LimitExit(ctx, loop.ExitWithin, log, os.Exit)()
	prefs, settingsErr := preferences.Load(settings.In(folder), opts.flags(), log)
	texts, err := translations.Load(prefs.Merged(settings.Default()).Language)
	if err != nil {
		return err
	}
	owner := loop.New[state](ctx, 256)
	open := func(f func(*windows)) { owner.Post(func(s *state) { s.front.Post(f) }) }
	instance, err := system.Acquire(ctx, folder, opts.request(), func(r system.Request) {
		if r.Quit {
			exit()
			return
		}
		open(func(w *windows) { w.answer(r) })
	})
	switch {
	case errors.Is(err, system.ErrRunning):
		return err
	case err != nil:
		log.Warn("a second start will not find this one", "error", err)
	default:
		defer func() { _ = instance.Close() }()
	}
	crashed := opts.watch(log, logPath)

	var work sync.WaitGroup
	p := port{
		ctx: ctx, program: integration.Program{Folder: opts.Folder}, version: opts.Version, logPath: logPath,
		owner: owner, exit: exit, work: &work,
	}
	p.display, err = display.Open(ctx, display.Config{
		Scale: prefs.Kept().Scale, Settings: prefs.Path(), Log: log,
		NoWindows: func() { p.noWindows() },
	})
	if err != nil {
		return err
	}
	defer p.display.Close()
	w := newWindows(log, texts, p)
	s := newState(session.Config{
		Context: ctx, Log: log, Texts: texts, Post: owner.Do, Version: opts.Version, Plain: opts.Plain,
		Password: opts.Password,
	}, prefs, loop.On(p.Do, w), w.trust.Ask)
	s.popups = popups.New(popups.Config{
		Context: ctx, Log: log, Texts: texts, Display: p.display, Preferences: prefs, Post: owner.Do,
		Events: p.events(w), Restaged: s.refresh,
		Refused: func(error) { s.warn("native", "notice.no_native", texts.Say("notice.no_native_why")) },
	}, s.merged().Popups)
	defer s.popups.Close()
	s.updating.Restart = func() {
		again = true
		exit()
	}
	s.hotkeys = p.hotkeys(s)
	s.startAtSignIn = func(on bool) {
		work.Go(func() {
			if err := p.program.SetAutostart(on); err != nil {
				log.Error("cannot change start at sign-in", "error", err)
			}
		})
	}
	system.HandleURLs(func(address string) { open(func(w *windows) { w.openURL(address) }) })
	s.tray = ui.NewTray(texts)
	s.notices.TellStart(settingsErr, crashed)
	s.memory.Save()
	p.display.Windows.WhenClosed(func() { owner.Post(func(s *state) { s.memory.Tidy() }) })

	work.Go(func() { owner.Run(s) })
	work.Go(func() { memory.Report(ctx, log) })
	endTray := startTray(s, p)
	p.display.Run(ctx, func() {
		owner.Post((*state).apply)
		owner.Post(func(s *state) { s.quiet.Watch() })
		owner.Post((*state).connect)
		if r := opts.request(); r != (system.Request{}) {
			w.answer(r)
		}
	})
	exit()
	endTray()
	work.Wait()
	s.session.Close()
	s.updating.Close()
	return nil
}

// watch enables crash reports and restarts. It reports whether this is a restart after a crash.
func (o Options) watch(log *slog.Logger, logPath string) (crashed bool) {
	if !o.Watch || logPath == "" {
		return false
	}
	about := "traybell " + o.Version + " on " + runtime.GOOS + "/" + runtime.GOARCH
	if err := crash.Watch(filepath.Dir(logPath), about); err != nil {
		log.Warn("crashes will not be reported", "error", err)
	}
	report := crash.Report()
	if report != "" {
		log.Error("restarted after a crash", "report", report)
	}
	return report != ""
}
