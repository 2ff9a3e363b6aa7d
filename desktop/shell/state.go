package shell

import (
	"cmp"
	"context"
	"log/slog"
	"time"

	"traybell/assets/translations"
	"traybell/desktop/client"
	"traybell/desktop/model"
	"traybell/desktop/settings"
	"traybell/desktop/shell/announcement"
	"traybell/desktop/shell/diagnosis"
	"traybell/desktop/shell/dialling"
	"traybell/desktop/shell/duty"
	"traybell/desktop/shell/history"
	"traybell/desktop/shell/hotkeys"
	"traybell/desktop/shell/loop"
	"traybell/desktop/shell/memory"
	"traybell/desktop/shell/mobile"
	"traybell/desktop/shell/notices"
	"traybell/desktop/shell/pages"
	"traybell/desktop/shell/popups"
	"traybell/desktop/shell/preferences"
	"traybell/desktop/shell/quiet"
	"traybell/desktop/shell/session"
	"traybell/desktop/shell/updating"
	"traybell/desktop/ui"
	"traybell/shared/protocol"
)

// frame is the shortest time between two refreshes, which bounds the cost of a flood of calls.
const frame = 16 * time.Millisecond

// state is the program's state. It belongs to the goroutine of its loop.Owner, which passes it to
// functions; windows have no other access.
type state struct {
	ctx   context.Context //nolint:containedctx // lifetime of the program
	log   *slog.Logger
	texts *translations.Texts
	post  func(func()) // runs a function on this goroutine, from another one
	front loop.Guest[windows]

	preferences *preferences.Preferences
	session     *session.Session
	terminal    *model.Terminal
	notices     *notices.Board
	quiet       *quiet.Quiet
	earlier     *history.Earlier
	missed      *history.Missed
	popups      *popups.Popups
	tray        *ui.Tray
	diagnosis   diagnosis.Diagnosis
	dialling    dialling.Dialling
	pages       pages.Pages
	updating    *updating.Updating
	hotkeys     hotkeys.Hotkeys
	duty        *duty.Duty
	announced   *announcement.Announcement
	mobile      *mobile.Mobile
	memory      memory.Memory

	startAtSignIn func(on bool) // registers the program with the desktop

	pace loop.Pace // of refreshes
	full bool      // there are cards on the screen

	awaited bool // the agent has changed the settings to get a connection, and waits for it
}

// newState returns the initial state, without popups and tray. AskTrust asks the agent about a
// certificate and is called on another goroutine.
func newState(c session.Config, p *preferences.Preferences, front loop.Guest[windows],
	askTrust func(ctx context.Context, server, fingerprint string) bool,
) *state {
	s := &state{
		ctx: c.Context, log: c.Log, texts: c.Texts, post: c.Post, front: front,
		preferences: p, terminal: model.New(), notices: notices.New(c.Texts),
	}
	s.session = session.New(c, listener{s, askTrust})
	s.pages = pages.Pages{
		Context: c.Context, Log: c.Log, Session: s.session, Post: c.Post, Warn: s.warn, Links: s.links,
	}
	s.updating = updating.New(updating.Config{
		Context: c.Context, Log: c.Log, Texts: c.Texts, Version: c.Version, Post: c.Post, Settings: s.merged,
		Hub: s.session.Files, Browse: s.pages.Browse, Warn: s.warn, Changed: s.refresh,
	})
	s.quiet = quiet.New(quiet.Config{
		Preferences: p, Post: c.Post, Tell: s.session.TellShown,
		Forget: func(card string) { s.terminal.Forget(card, time.Now()) },
		Changed: func(on bool) {
			if on {
				s.notices.Drop("missed")
			}
			s.refresh()
		},
	})
	refreshWindows := func() { s.front.Post((*windows).refresh) }
	s.diagnosis = diagnosis.Diagnosis{Session: s.session, Texts: c.Texts, Changed: refreshWindows}
	s.dialling = dialling.Dialling{
		Session: s.session, Terminal: s.terminal, Texts: c.Texts, Warn: s.warn,
		Own: p.Kept, Open: func(number string) { s.front.Post(func(w *windows) { w.dial.Open(number) }) },
	}
	s.duty = &duty.Duty{
		Session: s.session, Texts: c.Texts, Post: c.Post, Warn: s.warn, Drop: s.notices.Drop, Changed: s.refresh,
		Now: time.Now, OpenTask: func() { s.front.Post(func(w *windows) { w.task.Open() }) },
	}
	s.announced = &announcement.Announcement{
		Session: s.session, Texts: c.Texts, Post: c.Post, Warn: s.warn, Changed: s.refresh,
	}
	s.mobile = &mobile.Mobile{Session: s.session, Texts: c.Texts, Warn: s.warn, Changed: s.refresh}
	s.earlier = &history.Earlier{Hub: s.session, Texts: c.Texts, Log: c.Log, Changed: refreshWindows}
	s.missed = &history.Missed{
		Hub: s.session, Preferences: p, Log: c.Log, Changed: s.refresh,
		Fresh: func(n int) {
			if !s.quiet.Holds() {
				s.notices.Drop("missed") // a new card, even if the last one has run out
				s.warn("missed", "notice.missed", s.texts.Count("state.missed", n))
			}
		},
	}
	return s
}

// administrator are the hub's settings, or the defaults before the first sign-in.
func (s *state) administrator() protocol.Settings {
	if s.terminal.Hub() == "" {
		return settings.Default()
	}
	return s.terminal.Settings()
}

// merged are the settings that apply.
func (s *state) merged() settings.Effective { return s.preferences.Merged(s.administrator()) }

// apply applies changed settings.
func (s *state) apply() {
	in := s.merged()
	s.terminal.HideInternal(in.HideInternal)
	if in.Autostart != nil {
		s.startAtSignIn(*in.Autostart)
	}
	if translations.Match(in.Language) != s.texts.Language() {
		s.texts.Use(in.Language)
		s.tray.Translate()
	}
	s.popups.SetTickets(s.terminal.May(protocol.RightTicket))
	s.popups.SetDelays(in.Popups)
	s.popups.SetPlace(in.Monitor)
	s.popups.Update()
	s.refresh()
}

// adopt stores settings and connects with them; kept is called in between.
func (s *state) adopt(edited settings.Own, kept func()) error {
	if err := s.preferences.Adopt(edited); err != nil {
		return err
	}
	kept()
	s.awaited = s.awaited || !s.session.Working()
	s.apply()
	s.connect()
	return nil
}

func (s *state) connect() { s.session.Connect(s.merged()) }

// refresh shows changes, now or within a frame.
func (s *state) refresh() { s.pace.Do(s.post, frame, s.show) }

func (s *state) show() {
	in := s.merged()
	cards := s.terminal.Cards()
	for i := range cards {
		if c := &cards[i].Call; c.ID != "" {
			c.Links = in.Links(*c, model.Only(c.Caller.Customers))
		}
	}
	s.quiet.TellWithoutCard(s.terminal.WithoutCard())
	cards = append(s.quiet.Filter(cards, in), s.notices.Cards()...)
	s.popups.Show(cards)
	if s.full && len(cards) == 0 {
		s.memory.Tidy()
	}
	s.full = len(cards) > 0
	s.tray.Show(view{s}.tray())
	s.hotkeys.Update()
	s.front.Post((*windows).refresh)
}

// warn shows a warning; title is a key of the translations.
func (s *state) warn(name, title, text string) {
	s.notices.Warn(name, title, text)
	s.refresh()
}

// gone removes a card that has left the screen.
func (s *state) gone(card string) {
	if !s.notices.Forget(card) {
		s.terminal.Forget(card, time.Now())
	}
	s.refresh()
}

// press requests a ticket. The action's ID is created at the first press of a call and reused, so
// that there is one ticket.
func (s *state) press(call, customer string) {
	if notices.IsTest(call) {
		s.pressTest(call)
		return
	}
	if c, ok := s.earlier.Call(call); ok {
		s.terminal.Adopt(c, time.Now())
	}
	if m, ok := s.terminal.Press(call, customer, client.NewID(), time.Now()); ok {
		s.send(m)
	}
}

// appendTo adds a call to an open ticket; the ID is as in press.
func (s *state) appendTo(ticket, call string) {
	if m, ok := s.terminal.Append(call, ticket, client.NewID(), time.Now()); ok {
		s.send(m)
	}
}

// control has the hub do something with a call. Each press is an action of its own.
func (s *state) control(call string, what protocol.Control, with string) (asked bool) {
	m, asked := s.terminal.Control(call, what, with, client.NewID(), time.Now())
	if asked {
		s.send(m)
	}
	return asked
}

// callBack calls the other side of an earlier call. A missed one is the agent's from then on.
func (s *state) callBack(call string) {
	c, ok := s.call(call)
	if number := cmp.Or(c.E164, c.Number); ok && number != "" {
		if f := c.FollowUp; f != nil && f.State == protocol.FollowUpOpen {
			s.earlier.Follow(protocol.MissedClaim, call)
		}
		s.dialling.Dial(protocol.DialNumber{Number: number}, nil)
	}
}

// addNote adds what the agent wrote to a call's ticket; the ID is as in press. Without a ticket the
// text waits for OK.
func (s *state) addNote(call string) {
	c, ok := s.call(call)
	if at := (view{s}).noted(c).Ticket; !ok || at != model.Made && at != model.Queued {
		return
	}
	if m, ok := s.terminal.Notes.Send(call, client.NewID(), time.Now()); ok {
		s.send(m)
	}
}

func (s *state) send(m protocol.Message) {
	s.refresh()
	s.session.Press(m, func(reason string) {
		s.terminal.Fail(m.ID, reason, time.Now())
		s.refresh()
	})
}

// test shows test popups of some kinds, without the hub.
func (s *state) test(kinds ...string) {
	s.notices.Test(s.merged(), kinds...)
	s.refresh()
	time.AfterFunc(notices.TestTime, func() {
		s.post(func() {
			s.notices.EndTest()
			s.refresh()
		})
	})
}

func (s *state) pressTest(call string) {
	s.notices.PressTest(call)
	s.refresh()
}

// resetPosition moves popups to the default place, visible ones at once, and shows a card there.
func (s *state) resetPosition() {
	s.preferences.Update(func(own *settings.Own) { own.Corner, own.Monitor = "", "" })
	s.popups.SetPlace("")
	s.notices.Drop("place")
	s.warn("place", "notice.place", s.texts.Say("notice.place_why"))
}

// links are those of a current call.
func (s *state) links(id string) protocol.Links {
	c, _ := s.terminal.Call(id)
	return s.merged().Links(c, model.Only(c.Caller.Customers))
}

// call returns a current call, or one in the calls window.
func (s *state) call(id string) (protocol.Call, bool) {
	c, ok := s.terminal.Call(id)
	if !ok {
		c, ok = s.earlier.Call(id)
	}
	return s.terminal.Seen(c), ok
}
