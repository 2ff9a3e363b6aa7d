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
	"path/filepath"
	"runtime"
	"sync"

	"traybell/assets/translations"
	"traybell/desktop/crash"
	"traybell/desktop/platform"
	"traybell/desktop/settings"
	"traybell/desktop/shell/display"
	"traybell/desktop/shell/loop"
	"traybell/desktop/shell/memory"
	"traybell/desktop/shell/popups"
	"traybell/desktop/shell/preferences"
	"traybell/desktop/shell/session"
	"traybell/desktop/ui"
	"traybell/desktop/windows/setup"
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
	Open      string // a window to open: settings, links, calls, about, test
	URL       string // an address to open: tel:…
	Verbose   bool   // logs more
	Version   string
	Watch     bool // a crash leaves a report and restarts the program
}

func (o Options) flags() preferences.Flags {
	return preferences.Flags{Server: o.Server, Port: o.Port, Extension: o.Extension, Trust: o.Trust}
}

func (o Options) request() platform.Request { return platform.Request{Open: o.Open, URL: o.URL} }

// Run runs the program until it exits. It must be called on the first goroutine, which Fyne needs.
// It returns platform.ErrRunning if the program already runs, and an error for the user if there is
// no screen.
func Run(ctx context.Context, opts Options) error {
	ctx, exit := context.WithCancel(ctx)
	defer exit()
	folder, err := opts.folder()
	if err != nil {
		return err
	}
	log, logPath, closeLog, err := opts.openLog()
	if err != nil {
		return err
	}
	defer closeLog()
	prefs, settingsErr := preferences.Load(settings.In(folder), opts.flags(), log)
	texts, err := translations.Load(prefs.Merged(settings.Default()).Language)
	if err != nil {
		return err
	}
	owner := loop.New[state](ctx, 256)
	open := func(f func(*windows)) { owner.Post(func(s *state) { s.front.Post(f) }) }
	instance, err := platform.Acquire(ctx, folder, opts.request(), func(r platform.Request) {
		open(func(w *windows) { w.answer(r) })
	})
	switch {
	case errors.Is(err, platform.ErrRunning):
		return err
	case err != nil:
		log.Warn("a second start will not find this one", "error", err)
	default:
		defer func() { _ = instance.Close() }()
	}
	crashed := opts.watch(log, logPath)

	var work sync.WaitGroup
	p := port{opts: opts, logPath: logPath, owner: owner, exit: exit, work: &work}
	p.display, err = display.Open(ctx, display.Config{
		Scale: prefs.Kept().Scale, Settings: prefs.Path(), Log: log,
		NoWindows: func(err error) { p.windowsFail(err) },
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
		Events: p.events(w.openCaller), Restaged: s.refresh,
		Refused: func(error) { s.warn("native", "notice.no_native", texts.Say("notice.no_native_why")) },
	}, s.merged().Popups)
	defer s.popups.Close()
	platform.HandleURLs(func(address string) { open(func(w *windows) { w.openURL(address) }) })
	s.tray = ui.NewTray(texts)
	s.tellStart(settingsErr, crashed)
	s.memory.Save()

	work.Go(func() { owner.Run(s) })
	work.Go(func() { memory.Report(ctx, log) })
	endTray := startTray(s, p)
	p.display.Run(ctx, func() {
		owner.Post((*state).apply)
		owner.Post(func(s *state) { s.quiet.Watch() })
		owner.Post((*state).connect)
		if r := opts.request(); r != (platform.Request{}) {
			w.answer(r)
		}
	})
	exit()
	endTray()
	work.Wait()
	s.session.Close()
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

// tellStart shows cards about problems before the start.
func (s *state) tellStart(err error, crashed bool) {
	if crashed {
		s.notices.Warn("crashed", "notice.crashed", s.texts.Say("notice.crashed_why"))
	}
	if broken, ok := errors.AsType[*settings.Broken](err); ok {
		s.notices.Keep("settings", "notice.settings_broken",
			s.texts.SayWith("notice.settings_broken_why", map[string]any{"Aside": broken.Aside}))
	}
	file, ok := errors.AsType[*preferences.ComputerError](err)
	if !ok {
		return
	}
	reason := file.Err.Error()
	if wrong, ok := errors.AsType[*settings.FileError](file.Err); ok {
		reason = setup.WrongFile(s.texts, wrong)
	}
	s.notices.Keep("computer", "notice.computer",
		s.texts.SayWith("settings.file_of", map[string]any{"File": file.Path, "Reason": reason}))
}
