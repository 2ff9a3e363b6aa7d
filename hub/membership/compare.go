package membership

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"traybell/hub/pbx"
	"traybell/hub/queues"
	"traybell/hub/staff"
	"traybell/shared/protocol"
)

// task is what must be done on a PBX so that a wish comes true.
type task struct {
	wish  *Wish
	steps []step
}

// step is an action about one member.
type step struct {
	do     does
	queue  string
	member string        // interface
	paused bool          // of pauses
	reason string        // of pauses
	add    pbx.NewMember // of adds
	phone  string        // of adds: the extension
}

type does int

const (
	adds does = iota
	removes
	pauses
)

// rank orders places by what an agent who shares a phone would miss.
var rank = map[protocol.QueueState]int{protocol.QueueOut: 0, protocol.QueuePaused: 1, protocol.QueueIn: 2}

// compare compares the wishes about a PBX with its board, and returns what to do.
func (s *Service) compare(id string) (todo []task) {
	s.mu.Lock()
	board := s.boards[id]
	s.mu.Unlock()
	if board == nil {
		return nil
	}
	connects := board.Connects()
	if connects == 0 {
		return nil
	}
	rules, now := s.o.Rules(), s.o.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	at := s.sites[id]
	if at == nil {
		return nil
	}
	c := comparison{Service: s, rules: rules, board: board, now: now, fresh: at.connects != connects}
	c.alive = c.fresh && s.alive(id, board)
	c.strangers(id)
	for _, w := range s.of(id) {
		if t, ok := c.wish(w); ok {
			todo = append(todo, t)
		}
	}
	at.connects = connects
	members := map[string]time.Time{}
	for _, q := range rules.Queues {
		if seen, ok := board.Queue(q.Name); ok && q.PBX == id {
			for _, m := range seen.Members {
				members[q.Name+"\n"+m.Interface] = m.Added
			}
		}
	}
	if !maps.EqualFunc(members, s.members[id], time.Time.Equal) {
		s.members[id], s.unkept = members, true
	}
	if at.running { // what is done at the moment may be part of it
		return nil
	}
	at.running = len(todo) > 0
	for _, t := range todo {
		t.wish.busy = now.Add(settle)
	}
	return todo
}

// of returns the wishes about a PBX in order. s.mu is held.
func (s *Service) of(id string) (list []*Wish) {
	for k, w := range s.wishes {
		if k.pbx == id {
			list = append(list, w)
		}
	}
	slices.SortFunc(list, func(a, b *Wish) int {
		return cmp.Or(strings.Compare(a.Queue, b.Queue), strings.Compare(a.Login, b.Login))
	})
	return list
}

// alive reports whether the PBX is the process that it was: a member is the one that was known
// before. s.mu is held.
func (s *Service) alive(id string, board *queues.Board) bool {
	for known, added := range s.members[id] {
		queue, name, _ := strings.Cut(known, "\n")
		q, ok := board.Queue(queue)
		if ok && !added.IsZero() && slices.ContainsFunc(q.Members, func(m queues.Member) bool {
			return m.Interface == name && m.Added.Equal(added)
		}) {
			return true
		}
	}
	return false
}

// comparison is one comparison of wishes with a board. The service's lock is held.
type comparison struct {
	*Service
	rules Rules
	board *queues.Board
	now   time.Time
	fresh bool // the first one of a connection
	alive bool // and the PBX was not restarted meanwhile
}

// wish compares one wish, and returns what to do.
func (c comparison) wish(w *Wish) (t task, ok bool) {
	q, known := c.rules.find(w.PBX, w.Queue)
	if !known { // hub.yml leaves it to others
		delete(c.wishes, w.key())
		c.unkept = true
		return task{}, false
	}
	has := q.Has(w.Login)
	if a, ok := c.rules.Staff.Agent(w.Login); ok && has && !slices.Equal(a.Extensions, w.Phones) {
		w.Phones, c.unkept = slices.Clone(a.Extensions), true
	}
	if !has && w.State != protocol.QueueOut { // hub.yml has taken the queue away
		w.State, w.Settled, w.Reason, c.unkept = protocol.QueueOut, false, "", true
	}
	seen, ok := c.board.Queue(q.Name)
	if !ok {
		return task{}, false
	}
	members := c.at(w.PBX, seen, w.Login, w.Phones)
	steps := c.steps(q, w, members)
	is := placeOf(members)
	defer c.note(w, members)
	switch {
	case len(steps) == 0:
		added := time.Time{}
		if len(members) > 0 {
			added = members[0].Added
		}
		if !w.Settled || !w.Added.Equal(added) {
			w.Settled, w.Added, c.unkept = true, added, true
		}
		w.busy, w.fails = time.Time{}, 0
		if !has {
			delete(c.wishes, w.key())
			c.unkept = true
		}
		return task{}, false
	case (w.Settled || c.appeared(w, members)) && has && c.moved(w, is, members) && c.deliberate(w, members):
		c.move(w, is, members)
		return task{}, false
	case c.now.Before(w.busy):
		return task{}, false
	case w.Settled && has && q.Adopt && c.deliberate(w, members):
		c.o.Log.Info("taken over from the PBX", "pbx", w.PBX, "queue", w.Queue, "agent", w.Login, "was", w.State,
			"is", is.State, "reason", is.Reason)
		w.State, w.Reason, w.Hand, w.named, c.unkept = is.State, is.Reason, true, true, true
		return task{}, false
	case w.Settled:
		c.o.Log.Info("changed on the PBX, is put right", "pbx", w.PBX, "queue", w.Queue, "agent", w.Login,
			"is", is.State, "wanted", w.State)
		w.Settled, w.named, c.unkept = false, false, true
	}
	return task{wish: w, steps: steps}, true
}

// deliberate reports whether somebody has changed the members on the PBX, and no restart did.
func (c comparison) deliberate(w *Wish, members []queues.Member) bool {
	return !c.fresh || c.alive || len(members) > 0 && !w.Added.IsZero() && members[0].Added.Equal(w.Added)
}

// at returns the members of a queue that are these phones, or mobiles of the agent.
func (s *Service) at(id string, q queues.Queue, login string, phones []string) (list []queues.Member) {
	for _, m := range q.Members {
		if number := m.Mobile(); number != "" {
			if s.o.Owner(number) == login {
				list = append(list, m)
			}
		} else if slices.ContainsFunc(m.Phones(), func(phone string) bool {
			return slices.Contains(phones, phone) || slices.Contains(phones, s.o.User(id, phone))
		}) {
			list = append(list, m)
		}
	}
	return list
}

// Place is where an agent is in a queue.
type Place struct {
	State  protocol.QueueState
	Reason string
	Since  time.Time // of a pause; zero: unknown
}

// placeOf is the place of an agent with these members.
func placeOf(members []queues.Member) Place {
	if len(members) == 0 {
		return Place{State: protocol.QueueOut}
	}
	if i := slices.IndexFunc(members, isMobile); i >= 0 { // the phones are out of use, or soon are
		members = members[i : i+1]
	}
	for _, m := range members {
		if !m.Paused {
			return Place{State: protocol.QueueIn}
		}
	}
	first := members[0]
	if !first.Dynamic && first.Reason == OfflineReason {
		return Place{State: protocol.QueueOut}
	}
	return Place{State: protocol.QueuePaused, Reason: first.Reason, Since: first.PausedAt}
}

// steps returns what is to be done so that a wish comes true.
func (s *Service) steps(q Queue, w *Wish, members []queues.Member) (list []step) {
	mobile := s.o.On(w.Login)
	if mobile == "" && s.sharedIn(w) {
		return nil
	}
	if w.State != protocol.QueueOut && !slices.ContainsFunc(members, func(m queues.Member) bool {
		return m.Mobile() == mobile
	}) {
		list = append(list, joining(s.o.Rules().Staff, q, w, s.phone(w), mobile))
	}
	for _, m := range members {
		next := step{do: pauses, queue: q.Name, member: m.Interface}
		if w.State != protocol.QueueOut && m.Mobile() != mobile { // the agent takes calls elsewhere
			if m.Dynamic {
				next.do = removes
			} else if m.Paused && m.Reason == MobileReason {
				continue
			}
			next.paused, next.reason = true, MobileReason
			list = append(list, next)
			continue
		}
		switch w.State {
		case protocol.QueueOut:
			if m.Dynamic {
				next.do = removes
			} else if m.Paused && m.Reason == OfflineReason {
				continue
			}
			next.paused, next.reason = true, OfflineReason
		case protocol.QueueIn:
			if !m.Paused {
				continue
			}
		case protocol.QueuePaused:
			if m.Paused && (m.Reason == w.Reason || w.named && m.Reason == "") {
				continue
			}
			next.paused, next.reason = true, w.Reason
		}
		list = append(list, next)
	}
	return list
}

// joining adds an agent to a queue, with a phone or with a mobile.
func joining(all *staff.Staff, q Queue, w *Wish, phone, mobile string) step {
	add := pbx.NewMember{
		Interface:      strings.ReplaceAll(q.Interface, extension, phone),
		StateInterface: strings.ReplaceAll(q.StateInterface, extension, phone),
		Name:           all.Name(w.Login), Penalty: q.Penalty,
		Paused: w.State == protocol.QueuePaused, Reason: w.Reason,
	}
	if mobile != "" {
		add.Interface, add.StateInterface = queues.MobileInterface(mobile)
	}
	return step{do: adds, queue: q.Name, phone: phone, add: add}
}

// extension is what stands for the number of an agent's phone in hub.yml.
const extension = "<extension>"

// phone is the extension with which an agent joins: the one of the desktop, else the first.
func (s *Service) phone(w *Wish) string {
	phone := ""
	for _, p := range append(s.o.Phones(w.Login), w.Phones...) {
		if slices.Contains(w.Phones, p) {
			phone = p
			break
		}
	}
	if user := s.o.User(w.PBX, phone); slices.Contains(w.Phones, user) {
		return user
	}
	return phone
}

// sharedIn reports whether another agent of the same phone is to take more calls of the queue.
func (s *Service) sharedIn(w *Wish) bool {
	for _, other := range s.wishes {
		if other != w && s.o.On(other.Login) == "" && other.PBX == w.PBX && other.Queue == w.Queue &&
			rank[other.State] > rank[w.State] &&
			slices.ContainsFunc(other.Phones, func(p string) bool { return slices.Contains(w.Phones, p) }) {
			return true
		}
	}
	return false
}
