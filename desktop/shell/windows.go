package shell

import (
	"fmt"
	"log/slog"
	"os"
	"strings"

	"traybell/assets/translations"
	"traybell/desktop/model"
	"traybell/desktop/settings"
	"traybell/desktop/shell/loop"
	"traybell/desktop/shell/notices"
	"traybell/desktop/system"
	"traybell/desktop/windows/about"
	"traybell/desktop/windows/caller"
	"traybell/desktop/windows/calls"
	"traybell/desktop/windows/colleagues"
	"traybell/desktop/windows/dial"
	"traybell/desktop/windows/incall"
	"traybell/desktop/windows/note"
	"traybell/desktop/windows/number"
	"traybell/desktop/windows/password"
	"traybell/desktop/windows/setup"
	"traybell/desktop/windows/task"
	"traybell/desktop/windows/trust"
)

// windows are the program's windows. They belong to Fyne's goroutine, which may wait for the
// state's.
type windows struct {
	log      *slog.Logger
	texts    *translations.Texts
	language string // of the open windows
	owner    *loop.Owner[state]
	calls    *calls.Window
	caller   *caller.Window
	about    *about.Window
	setup    *setup.Windows
	trust    *trust.Window
	number   *number.Window
	dial     *dial.Window
	others   *colleagues.Window
	note     *note.Window
	password *password.Window
	task     *task.Window
	incall   *incall.Windows
}

func newWindows(log *slog.Logger, texts *translations.Texts, p port) *windows {
	all := p.display.Windows
	w := &windows{
		log: log, texts: texts, language: texts.Language(), owner: p.owner,
		caller: caller.New(texts, all, p), about: about.New(texts, all, p),
		setup: setup.New(texts, all, settingsPort{p}), number: number.New(texts, all, p),
		password: password.New(texts, all, p), task: task.New(texts, all, p), dial: dial.New(texts, all, p),
		note: note.New(texts, all, p), incall: incall.New(texts, all, inCall{p}),
	}
	w.others = colleagues.New(texts, all, inCall{p}, w.incall.TransferTo)
	w.calls = calls.New(texts, all, p, calls.Others{
		Caller: w.ofCall(w.caller.Open), ShowNumber: w.showNumber, Settings: func() { w.setup.Open(false) },
		About: w.about.Open,
	})
	w.trust = trust.New(texts, all, p.Do, w.cannotTrust, func(fingerprint string) {
		w.owner.Post(func(s *state) {
			s.preferences.Trust(fingerprint)
			s.connect()
		})
	})
	return w
}

// refresh updates the windows that change by themselves.
func (w *windows) refresh() {
	if language := w.texts.Language(); language != w.language {
		w.language = language
		for _, window := range []interface{ Translate() }{
			w.calls, w.about, w.caller, w.number, w.note, w.dial, w.task, w.others, w.incall,
		} {
			window.Translate()
		}
	}
	for _, window := range []interface{ Refresh() }{w.calls, w.about, w.caller, w.note, w.task, w.others, w.incall} {
		window.Refresh()
	}
}

// openMain opens the window of a plain start: Settings if they are incomplete, else the calls.
func (w *windows) openMain() {
	var incomplete bool
	if !w.owner.Ask(func(s *state) {
		in := s.merged()
		incomplete = in.Server == "" || in.Extension == ""
	}) {
		return
	}
	if incomplete {
		w.setup.Open(false)
		return
	}
	w.calls.Open()
}

// openNamed opens a window by its name on the command line.
func (w *windows) openNamed(window string) {
	switch window {
	case "settings", "links":
		w.setup.Open(window == "links")
	case "calls":
		w.calls.Open()
	case "colleagues":
		w.others.Open()
	case "dial":
		w.openDial()
	case "about":
		w.about.Open()
	case "test":
		w.owner.Post(testAll)
	}
}

// testAll shows a test popup of each kind.
func testAll(s *state) { s.test(settings.KeyIncoming, settings.KeyAnswer, settings.KeyWarning) }

// ofCall opens a window about a call. A test popup has none.
func (w *windows) ofCall(open func(call string)) func(call string) {
	return func(call string) {
		if notices.IsTest(call) {
			w.owner.Post(func(s *state) { s.pressTest(call) })
			return
		}
		open(call)
	}
}

// answer handles the arguments of this or a later start.
func (w *windows) answer(r system.Request) {
	switch {
	case r.URL != "":
		w.openURL(r.URL)
	case r.Open != "":
		w.openNamed(r.Open)
	default:
		w.openMain()
	}
}

// openURL opens an address from the system, which is not trusted. Addresses that may hold a secret
// are not logged.
func (w *windows) openURL(raw string) {
	scheme, _, _ := strings.Cut(strings.TrimSpace(raw), ":")
	switch strings.ToLower(scheme) {
	case model.SchemeTel, model.SchemeCallto:
		dialled, err := model.Dialled(raw)
		if err != nil {
			w.log.Warn("phone link ignored", "reason", err, "address", fmt.Sprintf("%.60q", raw))
			w.warn("notice.bad_number", "notice.bad_number_why")
			return
		}
		may := false
		w.owner.Ask(func(s *state) {
			if may = s.dialling.May(); may {
				s.dialling.DialLink(dialled)
			}
		})
		if !may {
			w.number.Open(dialled)
		}
	case settings.JoinScheme:
		if refused := w.setup.Join(raw); refused != "" {
			w.log.Warn("setup link refused", "reason", refused)
		}
	default:
		w.log.Warn("address of unknown scheme ignored", "scheme", fmt.Sprintf("%.20q", scheme))
		w.warn("notice.bad_address", "notice.bad_address_why")
	}
}

// openDial opens the window to dial, if the agent may.
func (w *windows) openDial() {
	may := false
	if w.owner.Ask(func(s *state) { may = s.dialling.May() }); may {
		w.dial.Open("")
	} else {
		w.warn("notice.dial_failed", "notice.dial_not")
	}
}

func (w *windows) warn(title, why string) {
	w.owner.Post(func(s *state) { s.warn("link", title, s.texts.Say(why)) })
}

// cannotTrust explains how to trust a certificate without a window.
func (w *windows) cannotTrust(server, fingerprint string) {
	option := "traybell --trust " + fingerprint
	fmt.Fprintln(os.Stderr, option)
	w.owner.Post(func(s *state) {
		s.warn("trust", "trust.title", s.texts.SayWith("trust.first", map[string]any{"Server": server})+"\n"+option)
	})
}

// showNumber shows the hidden number of a call.
func (w *windows) showNumber(call string) {
	w.owner.Post(func(s *state) { s.dialling.ShowNumber(call, s.refresh) })
}
