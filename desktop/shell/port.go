package shell

import (
	"cmp"
	"os"
	"path/filepath"
	"sync"
	"time"

	"traybell/desktop/client"
	"traybell/desktop/crash"
	"traybell/desktop/model"
	"traybell/desktop/platform"
	"traybell/desktop/settings"
	"traybell/desktop/shell/display"
	"traybell/desktop/shell/logfile"
	"traybell/desktop/shell/loop"
	"traybell/desktop/shell/notices"
	"traybell/desktop/shell/popups"
	"traybell/desktop/shell/preferences"
	"traybell/desktop/shell/support"
	"traybell/desktop/ui"
	"traybell/desktop/ui/screen"
	"traybell/shared/protocol"

	"github.com/pkg/browser"
)

// port gives windows and popups access to the state. Its methods are called on Fyne's goroutine.
type port struct {
	opts    Options
	logPath string
	owner   *loop.Owner[state]
	display *display.Display
	exit    func()
	work    *sync.WaitGroup
}

// events are the clicks on popups.
func (p port) events(caller func(call string)) screen.Events {
	return screen.Events{
		OK:     p.Ticket,
		Append: func(call, ticket string) { p.owner.Post(func(s *state) { s.appendTo(ticket, call) }) },
		Open:   p.Browse,
		Copy:   p.Copy,
		Close:  func(string) {}, // Gone follows
		Shown: func(call string) {
			p.owner.Post(func(s *state) {
				if !notices.IsTest(call) {
					s.session.TellShown(protocol.ShownCall{Call: call})
				}
			})
		},
		Category: caller,
		Gone:     func(card string) { p.owner.Post(func(s *state) { s.gone(card) }) },
	}
}

// Do runs a function on Fyne's goroutine.
func (p port) Do(f func()) { p.display.Do(f) }

// Exit ends the program.
func (p port) Exit() { p.exit() }

// Copy copies a text to the clipboard.
func (p port) Copy(text string) { p.display.Copy(text) }

// Browse opens a web page.
func (p port) Browse(page string) { p.owner.Post(func(s *state) { s.browse(page) }) }

// Ticket creates a call's ticket.
func (p port) Ticket(call, customer string) { p.owner.Post(func(s *state) { s.press(call, customer) }) }

// About returns the content of the About window.
func (p port) About() (a ui.About, ok bool) {
	ok = p.owner.Ask(func(s *state) { a = view{s}.about(p.opts.Version, p.logPath) })
	return a, ok
}

// Collect writes an archive for support and opens its folder.
func (p port) Collect(about string) {
	p.owner.Post(func(s *state) {
		secrets, files := s.session.Secrets(), []string{s.preferences.Path()}
		if p.logPath != "" {
			files = append(append(files, logfile.All(p.logPath)...), crash.Reports(filepath.Dir(p.logPath))...)
		}
		go func() {
			path, err := support.Collect(support.Folder(), time.Now(), about, files, secrets())
			s.post(func() {
				if err != nil {
					s.log.Error("cannot collect for support", "error", err)
					s.warn("support", "notice.support_failed", err.Error())
					return
				}
				s.log.Info("collected for support", "file", path)
				s.warn("support", model.TitleCollected, path)
			})
			if err == nil {
				_ = browser.OpenFile(filepath.Dir(path)) // without a file manager the card names the file
			}
		}()
	})
}

// List returns the content of the calls window.
func (p port) List() (list ui.CallList, ok bool) {
	ok = p.owner.Ask(func(s *state) { list = view{s}.calls() })
	return list, ok
}

// Search requests calls.
func (p port) Search(search string, missed bool) {
	p.owner.Post(func(s *state) { s.earlier.Search(search, missed) })
}

// Older requests the next page.
func (p port) Older() { p.owner.Post(func(s *state) { s.earlier.Older() }) }

// Seen marks the missed calls as seen.
func (p port) Seen() {
	p.owner.Post(func(s *state) {
		if s.missed.Look() {
			s.notices.Drop("missed")
			s.refresh()
		}
	})
}

// Caller returns the content of the caller window.
func (p port) Caller(id string) (caller ui.Caller, number string, ok bool) {
	asked := p.owner.Ask(func(s *state) {
		var call protocol.Call
		if call, ok = s.call(id); ok {
			caller, number = view{s}.caller(call), cmp.Or(call.E164, call.Number)
		}
	})
	return caller, number, ok && asked
}

// Request sends a request to the hub.
func (p port) Request(action string, data any, done func(answer protocol.Message, failure string)) {
	p.owner.Post(func(s *state) {
		s.session.Request(action, data, func(answer protocol.Message, failure string) {
			p.Do(func() { done(answer, failure) })
		})
	})
}

// Page returns the page of a number.
func (p port) Page(number string) (page string, ok bool) {
	ok = p.owner.Ask(func(s *state) { page = s.page(number) })
	return page, ok
}

// Shown returns the settings for the settings window.
func (p port) Shown() (own settings.Own, ok bool) {
	ok = p.owner.Ask(func(s *state) { own = s.preferences.Shown() })
	return own, ok
}

// Input returns the input of the settings window.
func (p port) Input() (in ui.SettingsInput, ok bool) {
	ok = p.owner.Ask(func(s *state) {
		in = ui.SettingsInput{
			Own: s.preferences.Shown(), Hub: s.administrator(), Native: popups.Available,
			Password: s.session.PasswordFrom(), Problem: s.session.Remedy(), AskPassword: s.session.PasswordFails(),
			KeyringFailed: s.session.KeyringFails(),
		}
		if s.popups.HasHotkeys() {
			in.TryHotkey, in.HotkeyFailed = p.tryHotkey, s.popups.HotkeyFailed()
		}
	})
	in.Monitors = p.display.Monitors()
	var err error
	if in.System, err = p.opts.system(); err != nil {
		p.owner.Post(func(s *state) { s.log.Warn("cannot read desktop integration", "error", err) })
	}
	return in, ok
}

func (p port) tryHotkey(text string) (failed string) {
	p.owner.Ask(func(s *state) { failed = s.popups.TryHotkey(text) })
	return failed
}

// Save applies the settings of the settings window.
func (p port) Save(r ui.SettingsResult) (err error) {
	p.owner.Ask(func(s *state) {
		err = s.adopt(r.Own, func() {
			s.notices.Drop("settings", "keyring")
			if r.Password != "" {
				s.session.SetPassword(r.Password, r.SessionOnly, s.merged())
			}
			s.quiet.Watch()
		})
	})
	if err != nil {
		return err
	}
	p.work.Go(func() {
		if err := p.opts.setSystem(r.System); err != nil {
			p.owner.Post(func(s *state) {
				s.log.Error("cannot change desktop integration", "error", err)
				s.warn("system", "notice.system", err.Error())
			})
		}
	})
	return nil
}

// Saved confirms, without a tray, that the program runs on without a window.
func (p port) Saved() {
	if platform.Tray() != nil {
		p.owner.Post(func(s *state) { s.warn("saved", model.TitleSaved, s.texts.Say("notice.saved_why")) })
	}
}

// Adopt applies settings.
func (p port) Adopt(now settings.Own) (err error) {
	p.owner.Ask(func(s *state) { err = s.adopt(now, func() {}) })
	return err
}

// Restore applies the settings again.
func (p port) Restore() { p.owner.Post((*state).apply) }

// Test shows a test popup with these delays.
func (p port) Test(kind string, delays protocol.Popups) {
	p.owner.Post(func(s *state) {
		s.popups.SetDelays(delays)
		s.test(kind)
	})
}

// Try tests a connection; the session continues.
func (p port) Try(r ui.SettingsResult, done func(outcome ui.Outcome, text string)) {
	p.owner.Post(func(s *state) {
		to := preferences.Merge(r.Own, s.administrator())
		s.session.Probe(to, r.Password, func(opened protocol.OpenedSession, problem *client.Problem) {
			s.post(func() {
				outcome, text := ui.Works, ""
				switch {
				case problem == nil:
					text = s.texts.SayWith("settings.try_works", map[string]any{
						"Name": cmp.Or(opened.Agent.Name, opened.Agent.Login), "Version": opened.Hub,
					})
				case problem.Kind == client.CertificateRefused:
					outcome, text = ui.ToConfirm, s.session.ExplainProbe(problem, to)
				default:
					outcome, text = ui.Fails, s.session.ExplainProbe(problem, to)
				}
				p.Do(func() { done(outcome, text) })
			})
		})
	})
}

// Refused reports that a link or file was rejected.
func (p port) Refused(text string) {
	p.owner.Post(func(s *state) { s.warn("join", "join.refused", text) })
}

// windowsFail shows what to do if windows cannot be opened. It may be called on any goroutine.
func (p port) windowsFail(err error) {
	p.owner.Post(func(s *state) {
		if !p.display.HasWindows() {
			s.warn("display", "notice.no_display", view{s}.withoutDisplay(p.opts.Version, p.logPath))
			return
		}
		why := s.texts.SayWith("notice.no_opengl_why", map[string]any{"File": s.preferences.Path()})
		s.log.Error("cannot open windows", "error", err)
		_, _ = os.Stderr.WriteString(why + "\n")
		s.warn("opengl", "notice.no_opengl", why)
	})
}
