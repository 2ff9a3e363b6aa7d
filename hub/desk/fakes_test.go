package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"traybell/hub/cdr"
	"traybell/hub/helpdesk"
	"traybell/hub/jobs"
	"traybell/hub/tickets"
	"traybell/shared/protocol"
)

type fakeHelpDesk struct {
	mu      sync.Mutex
	made    map[string]helpdesk.Ticket
	creates int
	fail    []error // errors of the next creations; uncertain ones make the ticket
	blind   int     // searches that find nothing yet
	open    []helpdesk.OpenTicket
	asked   int // requests for open tickets
	notes   []helpdesk.Note
	drafts  []helpdesk.Draft
	slow    time.Duration // how long Create takes
}

func (h *fakeHelpDesk) Create(ctx context.Context, d helpdesk.Draft) (helpdesk.Ticket, error) {
	select {
	case <-time.After(h.slow):
	case <-ctx.Done():
		return helpdesk.Ticket{}, &helpdesk.Error{Reason: "Late.", Retry: true, Uncertain: true}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.creates++
	h.drafts = append(h.drafts, d)
	var err error
	if len(h.fail) > 0 {
		err, h.fail = h.fail[0], h.fail[1:]
	}
	if err == nil || uncertain(err) {
		h.made[fmt.Sprint(d.CallID, "#", h.creates)] = helpdesk.Ticket{
			ID: fmt.Sprint(h.creates), Number: fmt.Sprint("T-", h.creates),
		}
	}
	if err != nil {
		return helpdesk.Ticket{}, err
	}
	return h.made[fmt.Sprint(d.CallID, "#", h.creates)], nil
}

func (h *fakeHelpDesk) Find(_ context.Context, callID string) (helpdesk.Ticket, bool, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.blind > 0 {
		h.blind--
		return helpdesk.Ticket{}, false, nil
	}
	for key, t := range h.made {
		if strings.HasPrefix(key, callID+"#") {
			return t, true, nil
		}
	}
	return helpdesk.Ticket{}, false, nil
}

type fakeStore struct {
	mu         sync.Mutex
	categories map[string]protocol.Category
	requests   map[string]tickets.Request
	notes      []tickets.Note // by ID, from 1
	merges     map[string]string
}

func (s *fakeStore) Category(_ context.Context, number string) (protocol.Category, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c, ok := s.categories[number]; ok {
		return c, nil
	}
	return protocol.Category{Number: number, Color: protocol.Neutral}, nil
}

func (s *fakeStore) SetCategory(_ context.Context, c protocol.Category) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.categories[c.Number] = c
	return nil
}

func (s *fakeStore) TicketOf(_ context.Context, id string) (tickets.Request, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, ok := s.requests[id]
	for from, into := range s.merges {
		if into == id && !ok {
			r, ok = s.requests[from]
		}
	}
	return r, ok, nil
}

func (s *fakeStore) merged(m cdr.Merge) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.merges[m.CallID] = m.Into
}

func uncertain(err error) bool {
	var e *helpdesk.Error
	return errors.As(err, &e) && e.Uncertain
}

func (h *fakeHelpDesk) OpenTickets(_ context.Context, customer string) (helpdesk.OpenTickets, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.asked++
	if customer != "ivanov" {
		return helpdesk.OpenTickets{}, nil
	}
	return helpdesk.OpenTickets{Newest: h.open, Count: len(h.open), Page: "https://desk.example/of/ivanov"}, nil
}

func (h *fakeHelpDesk) Append(_ context.Context, n helpdesk.Note) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	var err error
	if len(h.fail) > 0 {
		err, h.fail = h.fail[0], h.fail[1:]
	}
	if err == nil || uncertain(err) {
		h.notes = append(h.notes, n)
	}
	return err
}

// failing sets the errors of the next requests.
func (h *fakeHelpDesk) failing(with []error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.fail = with
}

// count returns how many tickets were requested.
func (h *fakeHelpDesk) count() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.creates
}

func (h *fakeHelpDesk) Noted(_ context.Context, n helpdesk.Note) (bool, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.ContainsFunc(h.notes, func(m helpdesk.Note) bool { return m.Key == n.Key }), nil
}

func (s *fakeStore) change(call string, f func(*tickets.Request)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r, ok := s.requests[call]; ok {
		f(&r)
		s.requests[call] = r
	}
}

func (s *fakeStore) those(of func(tickets.Request) bool) ([]tickets.Request, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []tickets.Request
	for _, r := range s.requests {
		if of(r) {
			list = append(list, r)
		}
	}
	return list, nil
}

func (s *fakeStore) BeginTicket(_ context.Context, r tickets.Request) (tickets.Request, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if kept, ok := s.requests[r.CallID]; ok && kept.State != tickets.Failed {
		return kept, false, nil
	}
	s.requests[r.CallID] = r
	return r, true, nil
}

func (s *fakeStore) EndTicket(_ context.Context, r tickets.Request) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	r.Talk, r.Noted = s.requests[r.CallID].Talk, s.requests[r.CallID].Noted
	s.requests[r.CallID] = r
	return nil
}

func (s *fakeStore) ClaimTickets(context.Context, jobs.Claim) ([]tickets.Request, error) {
	return s.those(func(r tickets.Request) bool { return r.State == tickets.Pending })
}

func (s *fakeStore) OwedTickets(context.Context) ([]tickets.Request, error) {
	return s.those(func(r tickets.Request) bool { return len(r.Owed) > 0 && r.State != tickets.Pending })
}

func (s *fakeStore) ClaimTalk(context.Context, string, jobs.Claim) error { return nil }

func (s *fakeStore) ClaimTalks(context.Context, jobs.Claim) ([]tickets.Request, error) {
	return s.those(func(r tickets.Request) bool { return r.State == tickets.Made && r.Talk > 0 && !r.Noted })
}

func (s *fakeStore) RetryTicket(_ context.Context, r tickets.Request) error {
	s.change(r.CallID, func(k *tickets.Request) {
		k.Tries, k.Next, k.UncertainSince, k.Error = r.Tries, r.Next, r.UncertainSince, r.Error
	})
	return nil
}

func (s *fakeStore) OweTicket(_ context.Context, call, login string) error {
	s.change(call, func(k *tickets.Request) {
		if k.State == tickets.Pending && !slices.Contains(k.Owed, login) {
			k.Owed = append(slices.Clone(k.Owed), login)
		}
	})
	return nil
}

func (s *fakeStore) TicketTold(_ context.Context, call, login string) error {
	s.change(call, func(k *tickets.Request) {
		k.Owed = slices.DeleteFunc(slices.Clone(k.Owed), func(l string) bool { return l == login })
	})
	return nil
}

func (s *fakeStore) KeepTalk(_ context.Context, call string, talk time.Duration) error {
	s.change(call, func(k *tickets.Request) { k.Talk = talk })
	return nil
}

func (s *fakeStore) EndTalk(_ context.Context, call string) error {
	s.change(call, func(k *tickets.Request) { k.Noted = true })
	return nil
}

func away(n int) []error {
	return slices.Repeat([]error{&helpdesk.Error{Reason: "The help desk cannot be reached.", Retry: true}}, n)
}

func (s *fakeStore) BeginNote(_ context.Context, n tickets.Note) (tickets.Note, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, kept := range s.notes {
		if kept.ActionID == n.ActionID && kept.Agent == n.Agent {
			return s.ticketed(kept), false, nil
		}
	}
	n.ID = int64(len(s.notes) + 1)
	s.notes = append(s.notes, n)
	return s.ticketed(n), true, nil
}

// ticketed is a note with the ticket of its call.
func (s *fakeStore) ticketed(n tickets.Note) tickets.Note {
	if r := s.requests[n.CallID]; r.State == tickets.Made {
		n.Ticket, n.Caller = r.Ticket, r.Draft.Caller()
	}
	return n
}

func (s *fakeStore) changeNote(id int64, f func(*tickets.Note)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	f(&s.notes[id-1])
	return nil
}

func (s *fakeStore) RetryNote(_ context.Context, n tickets.Note) error {
	return s.changeNote(n.ID, func(k *tickets.Note) {
		k.Tries, k.Next, k.UncertainSince, k.Error, k.Claim = n.Tries, n.Next, n.UncertainSince, n.Error, n.Claim
	})
}

func (s *fakeStore) EndNote(_ context.Context, n tickets.Note) error {
	return s.changeNote(n.ID, func(k *tickets.Note) {
		k.State, k.Error, k.Problem, k.About, k.Owed = n.State, n.Error, n.Problem, n.About, n.Owed
	})
}

func (s *fakeStore) NoteTold(_ context.Context, id int64) error {
	return s.changeNote(id, func(k *tickets.Note) { k.Owed = false })
}

func (s *fakeStore) notesThat(fit func(tickets.Note) bool) (list []tickets.Note, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, n := range s.notes {
		if n = s.ticketed(n); fit(n) {
			list = append(list, n)
		}
	}
	return list, nil
}

func (s *fakeStore) ClaimNotes(_ context.Context, _ jobs.Claim, call string) ([]tickets.Note, error) {
	return s.notesThat(func(n tickets.Note) bool {
		return n.State == tickets.Pending && n.Ticket.ID != "" && (call == "" || call == n.CallID)
	})
}

func (s *fakeStore) OwedNotes(context.Context) ([]tickets.Note, error) {
	return s.notesThat(func(n tickets.Note) bool { return n.Owed })
}

func (s *fakeStore) RefuseNotes(_ context.Context, call string) (refused []tickets.Note, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.notes {
		n := &s.notes[i]
		r, asked := s.requests[n.CallID]
		left := asked && r.State == tickets.Failed || !asked && call != ""
		if n.State != tickets.Pending || !left || call != "" && n.CallID != call {
			continue
		}
		n.State, n.Owed, n.Error = tickets.Failed, true, r.Error
		refused = append(refused, *n)
	}
	return refused, nil
}
