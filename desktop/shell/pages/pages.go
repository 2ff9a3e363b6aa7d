// Package pages opens pages in the agent's browser: links, and what the hub opens with a call. It
// belongs to the shell's goroutine and has no state.
package pages

import (
	"context"
	"log/slog"
	"net/url"

	"traybell/shared/protocol"

	"github.com/pkg/browser"
)

// Session sends requests to the hub. done gets the answer, or why there is none.
type Session interface {
	Request(action string, data any, done func(answer protocol.Message, failure string))
}

// Pages opens pages.
type Pages struct {
	Context context.Context //nolint:containedctx // lifetime of the program
	Log     *slog.Logger
	Session Session
	Post    func(func())                     // runs a function on the shell's goroutine
	Links   func(call string) protocol.Links // with the agent's own
	Warn    func(name, title, text string)   // shows a card
	Open    func(address string) error       // in the browser; nil: the system's
}

// Take opens a page when the hub says so. It reports whether the message is one of these. The answer
// to Script is another one's.
func (p *Pages) Take(m protocol.Message) bool {
	if m.Type != protocol.Notification || m.Name != protocol.PageOpen {
		return false
	}
	var page protocol.OpenPage
	if err := m.Decode(&page); err != nil {
		p.Log.Warn("cannot read message from hub", "name", m.Name)
		return true
	}
	if own := p.Links(page.Call).Of(page.Page); own != "" {
		page.URL = own
	}
	p.Browse(page.URL)
	return true
}

// Script opens the page of a call's line. The answer comes to Take.
func (p *Pages) Script(call string) {
	p.Session.Request(protocol.CallScript, protocol.OpenScript{Call: call}, func(_ protocol.Message, failure string) {
		if failure != "" {
			p.Warn("link", "notice.link_failed", failure)
		}
	})
}

// Browse opens a page in the agent's browser. Links that are not web pages are refused. The log gets
// none of a page's address but the host: it may have a token.
func (p *Pages) Browse(page string) {
	u, err := url.Parse(page)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		p.Log.Warn("link ignored, not a web page")
		return
	}
	open := p.Open
	if open == nil {
		open = browser.OpenURL
	}
	go func() { // it may block as long as the browser runs
		if err := open(u.String()); err != nil && p.Context.Err() == nil {
			p.Log.Warn("cannot open browser", "host", u.Host, "error", err)
			p.Post(func() { p.Warn("link", "notice.link_failed", u.Host) })
		}
	}()
}
