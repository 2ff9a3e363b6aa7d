package membership

import (
	"context"
	"errors"
	"slices"
	"time"

	"traybell/hub/queues"
	"traybell/hub/staff"
	"traybell/shared/protocol"
)

func isMobile(m queues.Member) bool { return m.Mobile() != "" }

// mobileIn returns the number of the mobile among the members of an agent; empty if there is none.
func mobileIn(members []queues.Member) string {
	if i := slices.IndexFunc(members, isMobile); i >= 0 {
		return members[i].Mobile()
	}
	return ""
}

// strangers makes wishes of agents who have joined with their mobiles although the hub knows nothing of
// them yet.
func (c comparison) strangers(id string) {
	for _, q := range c.rules.Queues {
		seen, ok := c.board.Queue(q.Name)
		if q.PBX != id || !ok {
			continue
		}
		for _, m := range seen.Members {
			login := ""
			if number := m.Mobile(); number != "" {
				login = c.o.Owner(number)
			}
			a, known := c.rules.Staff.Agent(login)
			if k := (key{id, q.Name, login}); known && q.Has(login) && c.wishes[k] == nil {
				c.wishes[k] = &Wish{
					PBX: id, Queue: q.Name, Login: login, State: protocol.QueueOut, Settled: true,
					Phones: slices.Clone(a.Extensions), Added: m.Added,
				}
			}
		}
	}
}

// known is the mobile of an agent in a queue as far as the hub knows it.
type known struct {
	number string
	seen   bool // as a member; false: the hub is about to add it
}

// note notes with which mobile an agent is a member.
func (c comparison) note(w *Wish, members []queues.Member) {
	if now := mobileIn(members); now != "" {
		c.mobiles[w.key()] = known{now, true}
	} else if c.mobiles[w.key()].seen {
		delete(c.mobiles, w.key())
	}
}

// appeared reports whether an agent has become a member with a mobile in this connection, or is none any
// more: nothing that the hub has yet to put right.
func (c comparison) appeared(w *Wish, members []queues.Member) bool {
	before, now := c.mobiles[w.key()], mobileIn(members)
	return !c.fresh && (now == "" && before.seen || now != "" && now != before.number)
}

// moved reports whether an agent has joined or left with a mobile on the PBX.
func (c comparison) moved(w *Wish, is Place, members []queues.Member) bool {
	on, now := c.o.On(w.Login), mobileIn(members)
	return now != "" && now != on || on != "" && now == "" && w.State != protocol.QueueOut &&
		is.State == protocol.QueueOut
}

// move takes over that an agent has joined with a mobile, or has left with it: then all queues, since
// the code for it is for all.
func (c comparison) move(w *Wish, is Place, members []queues.Member) {
	number := mobileIn(members)
	c.o.Log.Info("joined or left with a mobile", "pbx", w.PBX, "queue", w.Queue, "agent", w.Login, "mobile", number)
	c.o.Moved(w.Login, number)
	for _, other := range c.wishes {
		if other.Login == w.Login {
			other.Settled, other.busy, other.fails = false, time.Time{}, 0
			if number == "" {
				other.State, other.Reason, other.Hand = protocol.QueueOut, "", true
			}
		}
	}
	w.State, w.Reason, w.Hand, w.named, c.unkept = is.State, is.Reason, true, true, true
}

// Move has the places of an agent follow Mobiles.On, and returns when the PBXs show it.
func (s *Service) Move(ctx context.Context, a staff.Agent) error {
	s.mu.Lock()
	var of []*Wish
	for _, w := range s.wishes {
		if w.Login == a.Login {
			w.Settled, w.busy, w.fails, s.unkept = false, time.Time{}, 0, true
			of = append(of, w)
		}
	}
	s.mu.Unlock()
	s.notify()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var failed error
	for _, w := range of {
		q, ok := s.o.Rules().find(w.PBX, w.Queue)
		if !ok || s.Board(w.PBX).Connects() == 0 { // it follows when the PBX is back
			continue
		}
		if err := s.possible(q, protocol.QueueJoins, Place{}); err != nil {
			failed = errors.Join(failed, err)
			continue
		}
		failed = errors.Join(failed, failure(q, s.await(ctx, func() bool {
			seen, ok := s.Board(q.PBX).Queue(q.Name)
			s.mu.Lock()
			defer s.mu.Unlock()
			return !ok || s.wishes[w.key()] != w || len(s.steps(q, w, s.at(q.PBX, seen, w.Login, w.Phones))) == 0
		})))
	}
	return failed
}
