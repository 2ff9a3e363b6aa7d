// Package callpage opens pages of the company in the browsers of agents: the script of a line and the
// links that open by themselves, once for each agent of a call. A script gets a token, with which it
// reads its call, makes the ticket and adds notes, until some time after the call's end.
//
// A Service owns which pages were opened, until the calls end. It has no goroutine; any goroutine may
// use it.
package callpage

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"traybell/hub/calldata"
	"traybell/hub/fail"
	"traybell/hub/happened"
	"traybell/hub/rules"
	"traybell/hub/staff"
	"traybell/hub/tracking"
	"traybell/shared/link"
	"traybell/shared/protocol"

	"golang.org/x/time/rate"
)

// Options are what a Service needs.
type Options struct {
	Rules func() Rules // of the moment
	// Send sends a message to one desktop of an agent, best the one that is signed in with the
	// extension. false: there is none. It does not block.
	Send func(login, extension string, m protocol.Message) bool
	// Hide returns a call as agents see it; nil: they see all of it
	Hide func(c protocol.Call) protocol.Call
	// Password returns the hash of an agent's password; empty if the agent's sessions were ended since
	// a time. It does not block.
	Password func(login string, since time.Time) string
	Key      []byte // signs tokens
	Log      *slog.Logger
	Now      func() time.Time
}

// Rules are the part of hub.yml.
type Rules struct {
	Staff *staff.Staff
	Lines *tracking.Lines
	Links link.Set
}

const (
	afterEnd  = 15 * time.Minute // how long a token is valid after the call's end
	longest   = 12 * time.Hour   // how long it is valid at most
	mostEnded = 5000             // calls that are kept for that

	changesBurst = 10 // tickets and notes that a page makes at once
	changeEvery  = 6 * time.Second
)

// Service opens pages.
type Service struct {
	o Options

	mu    sync.Mutex
	calls map[string]*call
	ended []string // ids, in the order of their ends
}

// call is a call of a line with pages.
type call struct {
	now    protocol.Call
	agents []string // who see or saw it
	pages  tracking.Pages
	open   []rules.Page // by rules, in addition
	opened map[opened]bool
	over   time.Time                // zero: it is live
	paces  map[string]*rate.Limiter // of changes by pages, by login
}

// opened is a page that an agent has got.
type opened struct {
	login string
	page  protocol.PageKind
}

// New returns a service that knows no calls.
func New(o Options) *Service { return &Service{o: o, calls: map[string]*call{}} }

// Happened implements happened.Listener.
func (*Service) Happened(happened.Call) {}

// TicketMade implements happened.Listener.
func (*Service) TicketMade(happened.Ticket) {}

// Shown implements happened.Watcher. The pages of calls that the hub found at its start are open
// already.
func (s *Service) Shown(of happened.Call) {
	seen := of.Call
	if s.o.Hide != nil {
		seen = s.o.Hide(seen)
	}
	if seen.Direction != protocol.Incoming {
		return
	}
	now := s.o.Rules()
	s.mu.Lock()
	defer s.mu.Unlock()
	c, known := s.calls[seen.ID]
	if !known {
		var pages tracking.Pages
		if line := now.Lines.Of(seen.DID); line != nil {
			pages = line.Pages
		}
		if pages.Script == nil && pages.Pop == "" && len(of.Open) == 0 || seen.State == protocol.Ended {
			return
		}
		c = &call{pages: pages, opened: map[opened]bool{}}
		s.calls[seen.ID] = c
	}
	if seen.State == protocol.Ended { // data of the card outlast no call
		seen.Data, seen.Links = calldata.Lasting(seen.Data), protocol.Links{}
	}
	c.now, c.agents, c.open = seen, of.Agents, of.Open
	if seen.State == protocol.Ended {
		s.end(c)
		return
	}
	if !known && !of.Now {
		for _, a := range c.due(now, "") {
			c.opened[a.opened] = true
		}
	}
	if seen.Caller.Status != protocol.Looking {
		s.open(c, now, "")
	}
}

// SignedIn opens what is due for an agent who had no desktop.
func (s *Service) SignedIn(login string) {
	now := s.o.Rules()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.calls {
		if c.over.IsZero() && c.now.Caller.Status != protocol.Looking {
			s.open(c, now, login)
		}
	}
}

// end keeps an ended call for its tokens, and forgets the oldest.
func (s *Service) end(c *call) {
	if !c.over.IsZero() {
		return
	}
	c.over = s.o.Now()
	s.ended = append(s.ended, c.now.ID)
	for len(s.ended) > mostEnded || s.o.Now().Sub(s.calls[s.ended[0]].over) > afterEnd {
		delete(s.calls, s.ended[0])
		s.ended = s.ended[1:]
	}
}

// page is a page that is due for an agent at an extension.
type page struct {
	opened

	extension string
}

// due returns the pages that are to be open, of one agent or of all.
func (c *call) due(now Rules, login string) (list []page) {
	for _, leg := range c.now.Legs {
		if leg.Calling || leg.State == protocol.Ended {
			continue
		}
		open := func(at tracking.Moment) bool {
			return at == tracking.OnRing || at == tracking.OnAnswer && leg.State != protocol.Ringing
		}
		for _, a := range now.Staff.At(leg.Extension) {
			if login != "" && a.Login != login || leg.Login != "" && a.Login != leg.Login ||
				!slices.Contains(c.agents, a.Login) {
				continue
			}
			if c.pages.Script != nil && open(c.pages.OpenScript) {
				list = append(list, page{opened{a.Login, protocol.PageScript}, leg.Extension})
			}
			if c.pages.Pop != "" && open(c.pages.OpenPop) {
				list = append(list, page{opened{a.Login, protocol.PageKind(c.pages.Pop)}, leg.Extension})
			}
			for _, p := range c.open {
				if p.Link != c.pages.Pop && p.At.Due(leg.State != protocol.Ringing, false) {
					list = append(list, page{opened{a.Login, protocol.PageKind(p.Link)}, leg.Extension})
				}
			}
		}
	}
	return list
}

// open sends the pages that are due. One without a URL for this call, such as that of a customer who
// is not known, is left until there is one.
func (s *Service) open(c *call, now Rules, login string) {
	for _, p := range c.due(now, login) {
		if c.opened[p.opened] {
			continue
		}
		of, ok := s.page(c, p)
		if !ok {
			continue
		}
		m, err := protocol.New(protocol.Notification, protocol.PageOpen, of)
		if err == nil && s.o.Send(p.login, p.extension, m) {
			c.opened[p.opened] = true
			s.o.Log.Info("page opened", "call", c.now.ID, "agent", p.login, "page", p.page)
		}
	}
}

// page returns a page of a call with its URL.
func (s *Service) page(c *call, p page) (protocol.OpenPage, bool) {
	of := protocol.OpenPage{Call: c.now.ID, Page: p.page}
	if p.page != protocol.PageScript {
		of.URL = c.now.Links.Of(p.page)
		return of, of.URL != ""
	}
	var customer *protocol.Customer
	if len(c.now.Caller.Customers) == 1 {
		customer = &c.now.Caller.Customers[0]
	}
	address, ok := c.pages.Script.Expand(link.Of(c.now, customer, p.extension))
	of.URL = address + "#token=" + s.token(p.login, c.now.ID)
	return of, ok
}

var errNone = fail.New(protocol.ScriptNone, "")

// Script returns the script of a call for an agent who asks for it.
func (s *Service) Script(_ context.Context, a staff.Agent, id string) (protocol.OpenPage, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.calls[id]
	switch {
	case c == nil || c.pages.Script == nil || s.expired(c):
		return protocol.OpenPage{}, errNone
	case !slices.Contains(c.agents, a.Login):
		return protocol.OpenPage{}, fail.New(protocol.CallNotYours, "")
	}
	extension := ""
	for _, leg := range c.now.Legs {
		if slices.Contains(a.Extensions, leg.Extension) && (extension == "" || leg.State != protocol.Ended) {
			extension = leg.Extension
		}
	}
	of, ok := s.page(c, page{opened{a.Login, protocol.PageScript}, extension})
	if !ok {
		return protocol.OpenPage{}, errNone
	}
	c.opened[opened{a.Login, protocol.PageScript}] = true
	return of, nil
}

func (s *Service) expired(c *call) bool { return !c.over.IsZero() && s.o.Now().Sub(c.over) > afterEnd }

// Origin reports whether a script of hub.yml comes from an origin, such as "https://crm.example.com".
func (s *Service) Origin(origin string) bool {
	for _, line := range s.o.Rules().Lines.Entries() {
		if at, ok := line.Pages.Script.Origin(); ok && strings.EqualFold(at, origin) {
			return true
		}
	}
	return false
}

// Grant returns for whom and for which call a token is.
func (s *Service) Grant(token string) (login, id string, err error) {
	login, id, issued, ok := s.read(token)
	if !ok {
		return "", "", errors.New("it is not of this hub, or the agent was signed out or has another password")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.calls[id]
	if c == nil || s.expired(c) || s.o.Now().Sub(issued) > longest {
		return "", "", errors.New("the call is over, and the time for its page as well")
	}
	if _, ok := s.o.Rules().Staff.Agent(login); !ok {
		return "", "", errors.New("the agent was removed")
	}
	return login, id, nil
}

// Call returns a call that a token is valid for.
func (s *Service) Call(id string) (protocol.Call, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.calls[id]
	if c == nil {
		return protocol.Call{}, false
	}
	return c.now, true
}

// paced reports whether the pages of a call and an agent may change something now. All tokens of the
// two count together.
func (s *Service) paced(login, id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.calls[id]
	if c == nil {
		return false
	}
	if c.paces[login] == nil {
		if c.paces == nil {
			c.paces = map[string]*rate.Limiter{}
		}
		c.paces[login] = rate.NewLimiter(rate.Every(changeEvery), changesBurst)
	}
	return c.paces[login].AllowN(s.o.Now(), 1)
}
