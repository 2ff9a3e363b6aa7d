package shell

import (
	"cmp"
	"context"
	"path/filepath"
	"sync"
	"time"

	"traybell/desktop/crash"
	"traybell/desktop/model"
	"traybell/desktop/platform"
	"traybell/desktop/shell/display"
	"traybell/desktop/shell/hotkeys"
	"traybell/desktop/shell/integration"
	"traybell/desktop/shell/logfile"
	"traybell/desktop/shell/loop"
	"traybell/desktop/shell/notices"
	"traybell/desktop/shell/queues"
	"traybell/desktop/shell/support"
	"traybell/desktop/system"
	"traybell/desktop/ui"
	"traybell/desktop/ui/screen"
	"traybell/desktop/ui/task"
	"traybell/shared/protocol"

	"github.com/pkg/browser"
)

// port gives windows and popups access to the state. Its methods are called on Fyne's goroutine.
type port struct {
	ctx     context.Context //nolint:containedctx // lifetime of the program
	program integration.Program
	version string
	logPath string
	owner   *loop.Owner[state]
	display *display.Display
	exit    func()
	work    *sync.WaitGroup
}

// events are the clicks on popups.
func (p port) events(w *windows) screen.Events {
	return screen.Events{
		OK:       p.Ticket,
		Append:   func(call, ticket string) { p.owner.Post(func(s *state) { s.appendTo(ticket, call) }) },
		Control:  func(call string, what protocol.Control) { inCall{p}.Control(call, what, "") },
		Transfer: w.ofCall(w.incall.Transfer), Tones: w.ofCall(w.incall.Tones),
		Open:   p.Browse,
		Script: func(call string) { p.owner.Post(func(s *state) { s.pages.Script(call) }) },
		Copy:   p.Copy, Show: w.showNumber,
		Close: func(card string) { // Gone follows
			p.owner.Post(func(s *state) {
				if _, call := s.terminal.Call(card); call {
					s.session.TellShown(protocol.ShownCall{Call: card, Hidden: protocol.HiddenClosed})
				}
			})
		},
		Acknowledge: func(card string) { p.owner.Post(func(s *state) { queues.Acknowledge(s.session, card) }) },
		Shown:       p.shown,
		Category:    w.ofCall(w.caller.Open), Note: w.ofCall(w.note.Open),
		Gone: func(card string) { p.owner.Post(func(s *state) { s.gone(card) }) },
	}
}

// hotkeys returns those for calls.
func (p port) hotkeys(s *state) hotkeys.Hotkeys {
	keyboard, _ := p.display.Host.(platform.Keyboard)
	return hotkeys.Hotkeys{
		Keyboard: keyboard, Calls: s.terminal, Texts: s.texts, Log: s.log, Post: s.post, Own: s.preferences.Kept,
		Control: func(call string, what protocol.Control) { s.control(call, what, "") }, MayDial: s.dialling.May,
		Dial: func() {
			go func() { // waits for another program
				text := p.display.Selected()
				s.post(func() { s.dialling.DialSelected(text) })
			}()
		},
		Refused: func(why string) { s.warn("hotkey", "notice.hotkey", why) },
	}
}

// shown reports a popup to the hub. Whether the screen is locked is asked of the system meanwhile.
func (p port) shown(shown protocol.ShownCall) {
	if notices.IsTest(shown.Call) {
		return
	}
	p.work.Go(func() {
		if system.ScreenLocked(p.ctx) {
			shown.As = protocol.AsBehindLock
		}
		p.owner.Post(func(s *state) { s.session.TellShown(shown) })
	})
}

func (p port) Do(f func()) { p.display.Do(f) }

func (p port) Exit() { p.exit() }

func (p port) Copy(text string) { p.display.Copy(text) }

func (p port) Browse(page string) { p.owner.Post(func(s *state) { s.pages.Browse(page) }) }

func (p port) Ticket(call, customer string) { p.owner.Post(func(s *state) { s.press(call, customer) }) }

// Note returns the content of the window for a note.
func (p port) Note(call string) (in ui.NoteContent, ok bool) {
	asked := p.owner.Ask(func(s *state) { in, ok = view{s}.note(call) })
	return in, ok && asked
}

// WriteNote keeps a text for a call's ticket.
func (p port) WriteNote(call, text string) {
	p.owner.Post(func(s *state) {
		s.terminal.Notes.Write(call, text, time.Now())
		s.refresh()
	})
}

// AddNote adds the kept text to a call's ticket.
func (p port) AddNote(call string) { p.owner.Post(func(s *state) { s.addNote(call) }) }

// inCall is port for the windows about a call.
type inCall struct{ port }

func (p inCall) Control(call string, what protocol.Control, with string) (asked bool) {
	return p.owner.Ask(func(s *state) { asked = s.control(call, what, with) }) && asked
}

func (p inCall) Controlled(call string) (c model.Card, ok bool) {
	asked := p.owner.Ask(func(s *state) { c, ok = model.Controlled(s.terminal, call) })
	return c, ok && asked
}

// Transferable returns a call of the agent's that can be transferred.
func (p inCall) Transferable() (call string) {
	p.owner.Ask(func(s *state) { call = model.Transferable(s.terminal) })
	return call
}

// Why asks the hub why a call had no popup.
func (p port) Why(call string) { p.owner.Post(func(s *state) { s.diagnosis.Ask(call) }) }

// About returns the content of the About window.
func (p port) About() (a ui.About, ok bool) {
	ok = p.owner.Ask(func(s *state) { a = view{s}.about(p.version, p.logPath) })
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

func (p port) Search(search string, missed bool) {
	p.owner.Post(func(s *state) { s.earlier.Search(search, missed) })
}

// Follow sends an action about the missed calls of a call's number.
func (p port) Follow(action, call string) {
	p.owner.Post(func(s *state) { s.earlier.Follow(action, call) })
}

// Dial has the agent's phone ring.
func (p port) Dial(in protocol.DialNumber, done func(failure string)) {
	p.owner.Post(func(s *state) { s.dialling.Dial(in, func(failure string) { p.Do(func() { done(failure) }) }) })
}

// MayDial reports whether the agent may dial.
func (p port) MayDial() (may bool) {
	p.owner.Ask(func(s *state) { may = s.dialling.May() })
	return may
}

// Recent returns the last calls.
func (p port) Recent(done func(calls []protocol.Call, failure string)) {
	p.owner.Post(func(s *state) {
		s.dialling.Recent(func(calls []protocol.Call, failure string) { p.Do(func() { done(calls, failure) }) })
	})
}

// CallBack calls the other side of a call.
func (p port) CallBack(call string) { p.owner.Post(func(s *state) { s.callBack(call) }) }

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

func (p port) Request(action string, data any, done func(answer protocol.Message, failure string)) {
	p.owner.Post(func(s *state) {
		s.session.Request(action, data, func(answer protocol.Message, failure string) {
			p.Do(func() { done(answer, failure) })
		})
	})
}

// ChangePassword changes the agent's password at the hub.
func (p port) ChangePassword(current, next string, done func(problem protocol.Problem, failure string)) {
	p.owner.Post(func(s *state) {
		s.session.ChangePassword(current, next, func(problem protocol.Problem, failure string) {
			if failure == "" {
				s.notices.Drop("keyring")
				s.warn("password", model.TitlePassword, s.texts.Say("password.changed_why"))
			}
			p.Do(func() { done(problem, failure) })
		})
	})
}

func (p port) Page(number string) (page string, ok bool) {
	ok = p.owner.Ask(func(s *state) { page = s.merged().PageOf(number, s.administrator().Links.CID) })
	return page, ok
}

// Task returns the content of the window for tasks.
func (p port) Task() (in task.Content, ok bool) {
	asked := p.owner.Ask(func(s *state) { in, ok = s.duty.Task() })
	return in, ok && asked
}

// noWindows shows what to do without windows. It may be called on any goroutine.
func (p port) noWindows() {
	p.owner.Post(func(s *state) {
		s.warn("display", "notice.no_display", notices.WithoutDisplay(s.texts, view{s}.about(p.version, p.logPath)))
	})
}
