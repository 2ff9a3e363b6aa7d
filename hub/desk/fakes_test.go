package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

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
}

func (h *fakeHelpDesk) Create(_ context.Context, d helpdesk.Draft) (helpdesk.Ticket, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.creates++
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
	return r, ok, nil
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
	return s.those(func(r tickets.Request) bool { return r.Owed && r.State != tickets.Pending })
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

func (s *fakeStore) TicketTold(_ context.Context, call string) error {
	s.change(call, func(k *tickets.Request) { k.Owed = false })
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

type slowDesk struct {
	*fakeHelpDesk
	takes time.Duration
}

func (h *slowDesk) Create(ctx context.Context, d helpdesk.Draft) (helpdesk.Ticket, error) {
	select {
	case <-time.After(h.takes):
		return h.fakeHelpDesk.Create(ctx, d)
	case <-ctx.Done():
		return helpdesk.Ticket{}, &helpdesk.Error{Reason: "Late.", Retry: true, Uncertain: true}
	}
}
