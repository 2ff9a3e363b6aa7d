package shell

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"time"

	"traybell/desktop/client"
	"traybell/desktop/ui/screen"
	"traybell/shared/protocol"

	"github.com/pkg/browser"
)

// answerWithin is how long a press waits for the hub, reconnects included.
const answerWithin = 5 * time.Minute

// events is what presses on a popup do. All are called on Fyne's goroutine.
func (s *shell) events() screen.Events {
	return screen.Events{
		OK:     func(call, customer string) { s.post(func() { s.press(call, customer) }) },
		Append: func(call, ticket string) { s.post(func() { s.append(call, ticket) }) },
		Open:   s.open,
		// GLFW's own hidden window owns it: none of ours is needed
		Copy:     func(text string) { s.app.Clipboard().SetContent(text) },
		Close:    func(string) {}, // Gone follows
		Shown:    func(call string) { s.post(func() { s.shown(call) }) },
		Category: s.openCaller,
		Gone:     func(id string) { s.post(func() { s.gone(id) }) },
	}
}

// press asks the hub for a ticket. The action's id was made at the first press of that call and
// stays, so that there is one ticket.
func (s *shell) press(call, customer string) {
	if strings.HasPrefix(call, testCall) {
		s.pressTest(call)
		return
	}
	m, ok := s.terminal.Press(call, customer, client.NewID(), time.Now())
	if !ok {
		return
	}
	s.refresh()
	s.send(m)
}

// append asks the hub to add a call to an open ticket; the id is as in press.
func (s *shell) append(call, ticket string) {
	m, ok := s.terminal.Append(call, ticket, client.NewID(), time.Now())
	if !ok {
		return
	}
	s.refresh()
	s.send(m)
}

// send has an action done and tells the model when it cannot be; the hub's answer comes to the
// model by itself.
func (s *shell) send(m protocol.Message) {
	if s.status.State == client.Refused || s.signedIn == nil {
		s.terminal.Fail(m.ID, s.tooltip(), time.Now())
		s.refresh()
		return
	}
	c, onLine := s.signedIn, s.onLine
	go func() {
		ctx, cancel := context.WithTimeout(onLine, answerWithin)
		defer cancel()
		_, err := c.Do(ctx, m)
		var denied *client.Denied
		if err == nil || errors.As(err, &denied) {
			return
		}
		s.log.Warn("an action was not answered", "action", m.Name, "error", err)
		s.post(func() {
			s.terminal.Fail(m.ID, s.texts.Say("notice.no_hub"), time.Now())
			s.refresh()
		})
	}()
}

// shown tells the hub that a call's popup is on the screen, for its trace.
func (s *shell) shown(call string) {
	s.tellShown(protocol.ShownCall{Call: call})
}

// tellShown tells the hub about the popup of a call.
func (s *shell) tellShown(told protocol.ShownCall) {
	call := told.Call
	if strings.HasPrefix(call, testCall) || s.signedIn == nil || s.status.State != client.Working {
		return
	}
	m, err := protocol.New(protocol.Action, protocol.CallShown, told)
	if err != nil {
		return
	}
	c, onLine := s.signedIn, s.onLine
	go func() {
		ctx, cancel := context.WithTimeout(onLine, time.Minute)
		defer cancel()
		if _, err := c.Do(ctx, m); err != nil {
			s.log.Debug("the hub does not know that the popup is shown", "call", call, "error", err)
		}
	}()
}

// open shows a page in the agent's browser. Only pages are: whatever a link says, no other program
// is started.
func (s *shell) open(address string) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		s.log.Warn("this link is not opened", "link", address)
		return
	}
	go func() { // it may wait for as long as the browser runs
		if err := browser.OpenURL(u.String()); err != nil && s.ctx.Err() == nil {
			s.log.Warn("the page could not be opened", "error", err)
			s.post(func() { s.notice("link", "notice.link_failed", u.Host) })
		}
	}()
}
