// Package membership decides which agents take calls of which queues, and makes it so on the PBXs:
// dynamic members are added and removed, the members of the PBX's configuration are paused.
//
// A Service owns the wishes: where each agent is to be in each queue, by a command or by the state of
// the agent. It compares them with the boards of package queues. A difference that was never there
// before is put right. What somebody has changed on the PBX after the PBX agreed is taken over or put
// right, as hub.yml says. After a restart of the PBX the wishes count.
//
// Wishes are kept for the next process. The goroutine of Run compares; actions run on goroutines of
// their own, one per PBX, and on those of commands. All methods may be called from any goroutine.
package membership

import (
	"cmp"
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"traybell/hub/pbx"
	"traybell/hub/queues"
	"traybell/hub/staff"
	"traybell/shared/protocol"
)

// Queue is a queue of hub.yml.
type Queue struct {
	PBX, Name string
	Title     string   // for people
	Logins    []string // of the agents who have it
	Viewers   []string // logins of agents who see it without having it
	// Interface and StateInterface are those of members that are added, with <extension> in them.
	Interface, StateInterface string
	Penalty                   int
	Adopt                     bool // changes on the PBX are taken over
}

// Has reports whether an agent has the queue.
func (q Queue) Has(login string) bool { return slices.Contains(q.Logins, login) }

// Rules are what hub.yml says.
type Rules struct {
	Queues []Queue
	Staff  *staff.Staff
}

// Of returns the queues that an agent has or sees.
func (r Rules) Of(login string) (list []Queue) {
	for _, q := range r.Queues {
		if q.Has(login) || slices.Contains(q.Viewers, login) {
			list = append(list, q)
		}
	}
	return list
}

func (r Rules) find(pbx, name string) (Queue, bool) {
	i := slices.IndexFunc(r.Queues, func(q Queue) bool { return q.PBX == pbx && q.Name == name })
	if i < 0 {
		return Queue{}, false
	}
	return r.Queues[i], true
}

// PBXs are the running PBXs.
type PBXs interface {
	PBX(id string) (*pbx.PBX, bool)
}

// Store keeps what the next process needs to know.
type Store interface {
	Load(ctx context.Context) (Kept, error)
	Keep(ctx context.Context, k Kept) error
}

// Kept is what the next process needs to know.
type Kept struct {
	Wishes []Wish
	// Members are when members were added, by PBX, and by queue and interface: as long as one of them
	// is there, the PBX was not restarted
	Members map[string]map[string]time.Time
}

// Options are what a Service needs.
type Options struct {
	Rules  func() Rules
	PBXs   PBXs
	Phones func(login string) []string     // the extensions with which the agent is signed in
	User   func(pbx, device string) string // the user of a device, or the device
	Mobiles
	Store Store
	Go    func(f func()) // runs f in the background
	Log   *slog.Logger
	Now   func() time.Time
}

// Mobiles are the mobiles with which agents take calls. Its methods do not block, and do not call the
// Service.
type Mobiles interface {
	// Owner returns the login of the agent whose mobile a member is; empty: of none.
	Owner(number string) (login string)
	// On returns the number at which an agent takes calls instead of at the phones; empty: at the phones.
	On(login string) (number string)
	// Moved says that an agent has joined with a mobile on the PBX; number empty: has left.
	Moved(login, number string)
}

// Wish is where an agent is to be in a queue.
type Wish struct {
	PBX, Queue, Login string
	State             protocol.QueueState
	Reason            string `json:",omitempty"` // of a pause
	// Hand: an agent, a supervisor or somebody on the PBX wished it for this queue; the state of the
	// agent leaves it until the agent has been offline
	Hand    bool      `json:",omitempty"`
	Settled bool      `json:",omitempty"` // the PBX has agreed
	Added   time.Time `json:",omitzero"`  // of the member with which the PBX agreed
	Phones  []string  // extensions of the agent

	busy  time.Time // until then an action is given time to show
	fails int       // actions in a row that did not help
	named bool      // the PBX was told the reason
}

// key names a wish.
type key struct{ pbx, queue, login string }

func (w *Wish) key() key { return key{w.PBX, w.Queue, w.Login} }

// Service owns the wishes. Make it with New.
type Service struct {
	o    Options
	wake chan struct{}

	mu      sync.Mutex // guards what follows
	boards  map[string]*queues.Board
	wishes  map[key]*Wish
	work    map[string]Work                 // by login
	members map[string]map[string]time.Time // see Kept
	sites   map[string]*site
	mobiles map[key]known
	changed chan struct{} // closed at the next change of a board
	unkept  bool
	heard   []func() // of Listen
}

// site is what is known of a PBX besides its board.
type site struct {
	connects uint64 // that were compared
	running  bool   // actions run
	reading  bool
	again    bool // read again
}

// Work is what the state of an agent means for the queues.
type Work struct {
	State  protocol.QueueState
	Reason string // of a pause
}

const (
	patience = 1800 * time.Millisecond // for what proves a command
	settle   = 3 * time.Second         // for what proves an action of Run
	most     = time.Minute             // between actions that do not help
	pause    = 50 * time.Millisecond   // for changes that come together
	look     = 5 * time.Second         // between two looks without a change

	// OfflineReason is why members of the PBX's configuration are paused while their agent is out.
	OfflineReason = "offline"
	// MobileReason is why they are paused while their agent takes calls on a mobile.
	MobileReason = "mobile"
)

// New returns a service with the wishes of the store.
func New(ctx context.Context, o Options) (*Service, error) {
	s := &Service{
		o: o, wake: make(chan struct{}, 1), boards: map[string]*queues.Board{}, wishes: map[key]*Wish{},
		work: map[string]Work{}, sites: map[string]*site{}, mobiles: map[key]known{},
		changed: make(chan struct{}),
	}
	kept, err := o.Store.Load(ctx)
	for _, w := range kept.Wishes {
		s.wishes[w.key()] = &w
	}
	s.members = kept.Members
	if s.members == nil {
		s.members = map[string]map[string]time.Time{}
	}
	return s, err
}

// Listen has f called, without arguments and on any goroutine, after each change of a board or of a
// wish. f does not block. Call it before Run.
func (s *Service) Listen(f func()) { s.heard = append(s.heard, f) }

// Board returns the board of a PBX, which the PBX feeds.
func (s *Service) Board(id string) *queues.Board {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.boards[id]
	if b == nil {
		b = queues.NewBoard(queues.Options{
			Wanted: func() (names []string) {
				for _, q := range s.o.Rules().Queues {
					if q.PBX == id {
						names = append(names, q.Name)
					}
				}
				return names
			},
			Changed: s.notify,
			Stale:   func() { s.read(id) },
		})
		s.boards[id] = b
		s.sites[id] = &site{}
	}
	return b
}

// Left forgets the board of a PBX that hub.yml no longer names or enables.
func (s *Service) Left(id string) {
	s.mu.Lock()
	delete(s.boards, id)
	delete(s.sites, id)
	delete(s.members, id)
	s.mu.Unlock()
	s.notify()
}

// Down says that a PBX is not connected.
func (s *Service) Down(id string) { s.Board(id).Lost() }

// Reload compares the wishes with the new rules.
func (s *Service) Reload() { s.notify() }

// notify wakes all who wait for a change.
func (s *Service) notify() {
	s.mu.Lock()
	close(s.changed)
	s.changed = make(chan struct{})
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default:
	}
	for _, f := range s.heard {
		f()
	}
}

// Run compares the wishes with the boards until ctx ends.
func (s *Service) Run(ctx context.Context) {
	var work sync.WaitGroup
	defer work.Wait()
	defer s.keep(context.WithoutCancel(ctx))
	timer := time.NewTimer(look)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.wake:
			select { // changes come together
			case <-ctx.Done():
				return
			case <-time.After(pause):
			}
		case <-timer.C:
		}
		timer.Reset(look)
		for _, id := range s.places() {
			if todo := s.compare(id); len(todo) > 0 {
				work.Go(func() { s.carryOut(ctx, id, todo) })
			}
			s.mu.Lock()
			board := s.boards[id]
			s.mu.Unlock()
			if board != nil && board.Stale() {
				s.read(id)
			}
		}
		s.keep(ctx)
	}
}

// places returns the PBXs.
func (s *Service) places() (ids []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id := range s.boards {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// keep stores the wishes if they have changed.
func (s *Service) keep(ctx context.Context) {
	s.mu.Lock()
	unkept := s.unkept
	s.unkept = false
	list := make([]Wish, 0, len(s.wishes))
	for _, w := range s.wishes {
		list = append(list, *w)
	}
	members := maps.Clone(s.members) // its maps do not change
	s.mu.Unlock()
	if !unkept {
		return
	}
	slices.SortFunc(list, func(a, b Wish) int {
		return cmp.Or(cmp.Compare(a.PBX, b.PBX), cmp.Compare(a.Queue, b.Queue), cmp.Compare(a.Login, b.Login))
	})
	if err := s.o.Store.Keep(ctx, Kept{list, members}); err != nil {
		s.o.Log.Warn("cannot keep who is in which queue: the next hub knows less", "error", err)
		s.mu.Lock()
		s.unkept = true
		s.mu.Unlock()
	}
}

// read reads the board of a PBX whose manager user may not read events of queues.
func (s *Service) read(id string) {
	s.mu.Lock()
	at, board := s.sites[id], s.boards[id]
	if at == nil || at.reading {
		if at != nil {
			at.again = true
		}
		s.mu.Unlock()
		return
	}
	at.reading = true
	s.mu.Unlock()
	s.o.Go(func() {
		for again := true; again; {
			s.readNow(id, board)
			s.mu.Lock()
			again, at.again = at.again, false
			at.reading = again
			s.mu.Unlock()
		}
	})
}

func (s *Service) readNow(id string, board *queues.Board) {
	p, ok := s.o.PBXs.PBX(id)
	if !ok {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	rows, err := pbx.QueueingOf(p).Status(ctx)
	if err != nil {
		s.o.Log.Debug("cannot read the queues", "pbx", id, "error", err)
		return
	}
	board.Read(rows, s.o.Now())
}
