// Package screens is what people see of queues: agents at their desktops, others on the pages and over
// REST. It names the members and says how agents stand to each queue.
//
// Screens owns what it has sent to desktops. The goroutine of Run sends; any goroutine may read.
package screens

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"traybell/hub/membership"
	"traybell/hub/queues"
	"traybell/hub/staff"
	"traybell/shared/protocol"
)

// Places says who is where.
type Places interface {
	Board(pbx string) *queues.Board
	Place(q membership.Queue, a staff.Agent) membership.Place
	Can(q membership.Queue, is membership.Place) []protocol.QueueControl
}

// Options are what Screens need.
type Options struct {
	Places Places
	Rules  func() membership.Rules
	Phones func(login string) []string               // the extensions with which the agent is signed in
	User   func(pbx, device string) string           // the user of a device, or the device
	Send   func(logins []string, m protocol.Message) // to the agents' desktops; does not block
	Log    *slog.Logger
	Now    func() time.Time
}

// Queue is a queue as people see it.
type Queue struct {
	membership.Queue
	Down    bool // what follows is unknown: no connection, or no such queue
	Members []Member
	Callers []queues.Caller // in the order in which they came
}

// Member is a member of a queue as people see it.
type Member struct {
	Name      string // of the agent, or as the PBX has it
	Login     string // empty: no agent, or several share the phone
	Interface string
	State     queues.State
	Reason    string    // of a pause
	Since     time.Time // of a pause; zero: unknown
	Dynamic   bool
}

// Free counts the members who would get a call now.
func (q Queue) Free() (n int) {
	for _, m := range q.Members {
		if m.State == queues.Free {
			n++
		}
	}
	return n
}

// Longest returns when the caller came who has waited longest; zero without callers.
func (q Queue) Longest() time.Time { return queues.Queue{Callers: q.Callers}.Longest() }

const (
	pause = 250 * time.Millisecond // between messages about changes
)

// Screens sends queues to desktops. Make it with New.
type Screens struct {
	o    Options
	wake chan struct{}

	mu      sync.Mutex // guards what follows; held while messages are sent, so that none overtakes another
	sent    map[screen]string
	version uint64
}

// screen is a queue on the desktops of an agent.
type screen struct{ login, pbx, queue string }

// New returns screens that nothing was sent to.
func New(o Options) *Screens {
	return &Screens{o: o, wake: make(chan struct{}, 1), sent: map[screen]string{}}
}

// Changed says that something may have changed. It does not block.
func (s *Screens) Changed() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Run sends changes until ctx ends.
func (s *Screens) Run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.wake:
		}
		s.send("")
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}

// Opened sends all to an agent who has signed in.
func (s *Screens) Opened(login string) { s.send(login) }

// Version is another one after each change, and from time to time while callers wait.
func (s *Screens) Version() uint64 {
	waiting := slices.ContainsFunc(s.Queues(), func(q Queue) bool { return len(q.Callers) > 0 })
	s.mu.Lock()
	defer s.mu.Unlock()
	if waiting {
		return s.version<<32 + uint64(s.o.Now().Unix())/5
	}
	return s.version << 32
}

// Queues returns the queues of hub.yml as they are now.
func (s *Screens) Queues() []Queue {
	rules := s.o.Rules()
	list := make([]Queue, 0, len(rules.Queues))
	for _, q := range rules.Queues {
		shown := Queue{Queue: q}
		now, ok := s.o.Places.Board(q.PBX).Queue(q.Name)
		shown.Down, shown.Callers = !ok, now.Callers
		for _, m := range now.Members {
			shown.Members = append(shown.Members, s.member(rules.Staff, q, m))
		}
		slices.SortStableFunc(shown.Members, func(a, b Member) int { return strings.Compare(a.Name, b.Name) })
		list = append(list, shown)
	}
	return list
}

// member names a member.
func (s *Screens) member(all *staff.Staff, q membership.Queue, m queues.Member) Member {
	shown := Member{
		Name: m.Name, Interface: m.Interface, State: m.State(), Reason: m.Reason, Since: m.PausedAt, Dynamic: m.Dynamic,
	}
	if !m.Dynamic && m.Paused && m.Reason == membership.OfflineReason {
		shown.State, shown.Reason, shown.Since = Out, "", time.Time{}
	}
	for _, phone := range m.Phones() {
		agents := all.Sharing(phone, "", s.o.Phones)
		if len(agents) == 0 {
			agents = all.Sharing(s.o.User(q.PBX, phone), "", s.o.Phones)
		}
		if len(agents) == 0 {
			continue
		}
		names := make([]string, len(agents))
		for i, a := range agents {
			names[i] = a.Name
		}
		shown.Name = strings.Join(names, ", ")
		if len(agents) == 1 {
			shown.Login = agents[0].Login
		}
		break
	}
	if shown.Name == "" {
		shown.Name = m.Interface
	}
	return shown
}

// Out is the state of a member of the PBX's configuration whose agent has left the queue.
const Out queues.State = "out"

// send sends what has changed to all agents, or all to one.
func (s *Screens) send(login string) {
	rules, all := s.o.Rules(), s.Queues()
	s.mu.Lock()
	defer s.mu.Unlock()
	kept := map[screen]bool{}
	for _, q := range all {
		groups := map[string][]string{} // logins by what they get
		messages := map[string]protocol.Message{}
		for _, who := range audience(q.Queue) {
			if login != "" && who != login {
				continue
			}
			a, ok := rules.Staff.Agent(who)
			if !ok {
				continue
			}
			at := screen{who, q.PBX, q.Name}
			kept[at] = true
			m, same := s.message(q, a)
			if s.sent[at] == same && login == "" {
				continue
			}
			s.sent[at] = same
			groups[same] = append(groups[same], who)
			messages[same] = m
		}
		for same, logins := range groups {
			s.o.Send(logins, messages[same])
			s.version++
		}
	}
	if login != "" {
		return
	}
	for at := range s.sent {
		if !kept[at] {
			delete(s.sent, at)
			if m, err := protocol.New(protocol.Event, protocol.QueueEvent, protocol.Queue{
				PBX: at.pbx, Name: at.queue, Gone: true,
			}); err == nil {
				s.o.Send([]string{at.login}, m)
				s.version++
			}
		}
	}
}

// audience are the agents who see a queue.
func audience(q membership.Queue) []string {
	all := slices.Concat(q.Logins, q.Viewers)
	slices.Sort(all)
	return slices.Compact(all)
}

// message is what an agent gets of a queue. same is equal for messages that differ only by the time.
func (s *Screens) message(q Queue, a staff.Agent) (m protocol.Message, same string) {
	e := protocol.Queue{
		PBX: q.PBX, Name: q.Name, Title: q.Title, Down: q.Down, Waiting: len(q.Callers), Free: q.Free(),
	}
	for _, member := range q.Members {
		if member.State == Out {
			continue
		}
		if e.Agents++; len(e.Members) < protocol.MaxQueueMembers {
			e.Members = append(e.Members, protocol.QueueMember{
				Name: member.Name, Login: member.Login, State: string(member.State), Reason: member.Reason,
				Since: member.Since,
			})
		}
	}
	if q.Has(a.Login) && !q.Down {
		place := s.o.Places.Place(q.Queue, a)
		e.Mine, e.Reason, e.Can = place.State, place.Reason, s.o.Places.Can(q.Queue, place)
	}
	longest := q.Longest()
	m, err := protocol.New(protocol.Event, protocol.QueueEvent, e)
	if err != nil { // not with these types
		s.o.Log.Error("cannot encode a queue", "error", err)
	}
	same = string(m.Data) + longest.String()
	if !longest.IsZero() {
		e.Longest = max(int(s.o.Now().Sub(longest)/time.Second), 0)
		m, _ = protocol.New(protocol.Event, protocol.QueueEvent, e)
	}
	return m, same
}
