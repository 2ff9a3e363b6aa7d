// Package mobile has agents take calls of queues on their mobiles: it owns the white list of numbers,
// which agents take calls on a mobile now, and what the PBXs have been told of both.
//
// The white list is hub.yml's and what administrators add. The PBXs get it in the AstDB, where the
// dialplan looks up who may join by calling a number. Package membership changes the members; it asks
// this one where an agent takes calls, and tells it who has joined or left on the PBX. The dialplan
// keeps the state of a mobile in a custom device, which a crash may leave wrong: this package puts it
// right.
//
// The goroutine of Run writes to the PBXs and watches the clock. All methods may be called from any
// goroutine.
package mobile

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"traybell/hub/fail"
	"traybell/hub/membership"
	"traybell/hub/pbx"
	"traybell/hub/queues"
	"traybell/hub/staff"
	"traybell/shared/phone"
	"traybell/shared/protocol"
)

// Rules are what hub.yml says.
type Rules struct {
	Numbers *phone.Reader
	Staff   *staff.Staff
	Queues  []membership.Queue
	Listed  []Entry
	Form    phone.Form    // in which the dialplan dials a mobile
	Until   time.Duration // of the day: until then an agent takes calls on a mobile; 0: until another one
	Longest time.Duration // 0: without a limit
}

// Entry is a number of the white list.
type Entry struct {
	Number string // as somebody wrote it
	Login  string // whose mobile it is
	PIN    string // asked for by the PBX; empty: none
	Fixed  bool   `json:"-"` // in hub.yml
}

// Places are who takes calls of queues.
type Places interface {
	Board(pbx string) *queues.Board
	Place(q membership.Queue, a staff.Agent) membership.Place
	Control(ctx context.Context, a staff.Agent, do protocol.QueueControl, in protocol.SetQueue) error
	Move(ctx context.Context, a staff.Agent) error
}

// Shifts are when agents work. Its methods may block.
type Shifts interface {
	// Begin has the work of an agent begin, who has joined by calling the PBX.
	Begin(login string)
	// End has it end, since the agent has left in the same way, or because of the time.
	End(login string)
}

// PBXs are the running PBXs.
type PBXs interface {
	IDs() []string
	PBX(id string) (*pbx.PBX, bool)
}

// Store keeps what the next process needs to know.
type Store interface {
	Load(ctx context.Context) (Kept, error)
	Keep(ctx context.Context, k Kept) error
}

// Kept is what the next process needs to know.
type Kept struct {
	Listed []Entry
	On     map[string]Use  // by login
	Told   map[string]bool // PBXs that have a white list
}

// Use is that an agent takes calls on a mobile.
type Use struct {
	Key   string // of the number
	Since time.Time
}

// Options are what a Service needs.
type Options struct {
	Rules  func() Rules
	Places func() Places
	PBXs   PBXs
	Shifts Shifts
	Phones func(login string) []string // the extensions with which an agent is signed in
	Send   func(logins []string, m protocol.Message)
	Store  Store
	Go     func(f func()) // runs f in the background
	Log    *slog.Logger
	Now    func() time.Time
}

// Service owns the white list, and who takes calls on a mobile. Make it with New.
type Service struct {
	o    Options
	wake chan struct{}

	mu     sync.Mutex // guards what follows
	kept   Kept
	unkept bool
	listed list
	came   []moved // joined or left on a PBX, and not yet dealt with
	screens

	*exchange // with the PBXs
}

// moved is an agent who has joined or left on a PBX.
type moved struct {
	login  string
	joined bool
}

// New returns a service with what the store has.
func New(ctx context.Context, o Options) (*Service, error) {
	s := &Service{o: o, wake: make(chan struct{}, 1), screens: screens{sent: map[string]protocol.Mobile{}}}
	s.exchange = newExchange(s)
	var err error
	if s.kept, err = o.Store.Load(ctx); err != nil {
		return nil, fmt.Errorf("read who takes calls on a mobile: %w", err)
	}
	if s.kept.On == nil {
		s.kept.On = map[string]Use{}
	}
	if s.kept.Told == nil {
		s.kept.Told = map[string]bool{}
	}
	s.index()
	return s, nil
}

// Reload applies other rules.
func (s *Service) Reload() {
	s.mu.Lock()
	s.index()
	s.mu.Unlock()
	s.hurry()
}

func (s *Service) hurry() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Owner implements membership.Mobiles.
func (s *Service) Owner(number string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := s.listed.named(number, s.o.Rules().Numbers); n != nil {
		return n.Login
	}
	return ""
}

// On implements membership.Mobiles.
func (s *Service) On(login string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := s.used(login); n != nil {
		return n.dial
	}
	return ""
}

// used is the number on which an agent takes calls; nil: at the phones. s.mu is held.
func (s *Service) used(login string) *number {
	use, ok := s.kept.On[login]
	if n := s.listed.byKey[use.Key]; ok && n != nil && n.Login == login {
		return n
	}
	return nil
}

// Moved implements membership.Mobiles.
func (s *Service) Moved(login, number string) {
	s.mu.Lock()
	if n := s.listed.named(number, s.o.Rules().Numbers); n != nil {
		s.kept.On[login] = Use{n.key, s.o.Now()}
	} else {
		delete(s.kept.On, login)
	}
	s.unkept = true
	s.came = append(s.came, moved{login, number != ""})
	s.mu.Unlock()
	s.hurry()
}

// Extension is the extension of the agent whose mobile has a number; empty: it is no agent's.
func (s *Service) Extension(number string) string {
	login := s.Owner(number)
	a, ok := s.o.Rules().Staff.Agent(login)
	if !ok {
		return ""
	}
	for _, extension := range append(s.o.Phones(login), a.Extensions...) {
		if slices.Contains(a.Extensions, extension) {
			return extension
		}
	}
	return ""
}

// Set has an agent take calls on a mobile, or at the phones again. Off without a desktop, the agent
// leaves the queues. It returns when the PBXs show it. Errors are *fail.Error.
func (s *Service) Set(ctx context.Context, a staff.Agent, on bool) error {
	s.mu.Lock()
	before, was := s.kept.On[a.Login]
	now := s.used(a.Login)
	if of := s.listed.byLogin[a.Login]; now == nil && len(of) > 0 {
		now = of[0]
	}
	s.mu.Unlock()
	if now == nil {
		return fail.New(protocol.MobileNone, "")
	}
	if !on {
		return s.leave(ctx, a)
	}
	if err := s.dialplan(ctx, a.Login, now.dial); err != nil {
		return err
	}
	s.use(a.Login, Use{now.key, s.o.Now()}, true)
	err := s.take(ctx, a)
	if err != nil {
		s.use(a.Login, before, was)
		_ = s.o.Places().Move(ctx, a) // what it cannot do now, membership does later
		return err
	}
	s.o.Go(func() { s.forgive(now) })
	return nil
}

// take has the agent's mobile take the place of the phones, in all queues if the agent is in none.
func (s *Service) take(ctx context.Context, a staff.Agent) error {
	in := false
	for _, q := range s.queuesOf(a.Login) {
		in = in || s.o.Places().Place(q, a).State != protocol.QueueOut
	}
	if in {
		return s.o.Places().Move(ctx, a)
	}
	return s.o.Places().Control(ctx, a, protocol.QueueJoins, protocol.SetQueue{})
}

// leave has the agent's phones take the calls again, or nothing.
func (s *Service) leave(ctx context.Context, a staff.Agent) error {
	s.use(a.Login, Use{}, false)
	if len(s.o.Phones(a.Login)) > 0 {
		return s.o.Places().Move(ctx, a)
	}
	err := s.o.Places().Control(ctx, a, protocol.QueueLeaves, protocol.SetQueue{})
	if failed := new(fail.Error); errors.As(err, &failed) &&
		(failed.Problem == protocol.QueueNotIn || failed.Problem == protocol.QueueNone) {
		return nil
	}
	return err
}

// use notes whether an agent takes calls on a mobile.
func (s *Service) use(login string, u Use, on bool) {
	s.mu.Lock()
	if on {
		s.kept.On[login] = u
	} else {
		delete(s.kept.On, login)
	}
	s.unkept = true
	s.mu.Unlock()
	s.hurry()
}

// queuesOf returns the queues that an agent has.
func (s *Service) queuesOf(login string) (list []membership.Queue) {
	for _, q := range s.o.Rules().Queues {
		if q.Has(login) {
			list = append(list, q)
		}
	}
	return list
}

// Absent reports whether an agent without a desktop works all the same.
func (s *Service) Absent(login string) bool { return s.On(login) == "" }

// AgentChanged implements duty.Follower: the end of the work ends it on the mobile, too.
func (s *Service) AgentChanged(before, now protocol.AgentNow) {
	if now.State == protocol.AgentOff && before.State != protocol.AgentOff {
		s.use(now.Login, Use{}, false)
	}
}

// Status is a number of the white list as it is now.
type Status struct {
	Entry
	Display string
	Key     string
	On      bool
	Since   time.Time    // of On
	Until   time.Time    // of On; zero: without an end
	State   queues.State // of the mobile as a member; empty: it is none
}

// List returns the white list, hub.yml's first.
func (s *Service) List() (all []Status) {
	s.mu.Lock()
	for _, n := range s.listed.all {
		now := Status{Entry: n.Entry, Display: n.display, Key: n.key}
		if s.used(n.Login) == n {
			use := s.kept.On[n.Login]
			now.On, now.Since, now.Until = true, use.Since, s.o.Rules().end(use.Since)
		}
		all = append(all, now)
	}
	numbers := slices.Clone(s.listed.all)
	s.mu.Unlock()
	for i, n := range numbers {
		for _, q := range s.queuesOf(n.Login) {
			seen, _ := s.o.Places().Board(q.PBX).Queue(q.Name)
			for _, m := range seen.Members {
				if m.Mobile() == n.dial {
					all[i].State = m.State()
				}
			}
		}
	}
	return all
}

// end is when an agent who takes calls on a mobile since then stops; zero: never.
func (r Rules) end(since time.Time) (end time.Time) {
	if r.Longest > 0 {
		end = since.Add(r.Longest)
	}
	if r.Until > 0 {
		at := since.Local()
		day := time.Date(at.Year(), at.Month(), at.Day(), 0, int(r.Until/time.Minute), 0, 0, at.Location())
		if !day.After(since) {
			day = time.Date(at.Year(), at.Month(), at.Day()+1, 0, int(r.Until/time.Minute), 0, 0, at.Location())
		}
		if end.IsZero() || day.Before(end) {
			end = day
		}
	}
	return end
}

// Add puts a number on the white list, or changes whose it is. Errors are *fail.Error.
func (s *Service) Add(ctx context.Context, e Entry) error {
	key, problem := Check(s.o.Rules().Numbers, e.Number)
	switch _, known := s.o.Rules().Staff.Agent(e.Login); {
	case problem != "":
		return fail.New(protocol.MobileNumber, fmt.Sprintf("%.40s", e.Number))
	case CheckPIN(e.PIN) != "":
		return fail.New(protocol.MobilePIN, strconv.Itoa(mostPIN))
	case !known:
		unknown := fail.New(protocol.AgentUnknown, fmt.Sprintf("%.80s", e.Login))
		unknown.Code = fail.Invalid // the number is what the command is about
		return unknown
	}
	return s.edit(ctx, key, &e)
}

// Remove takes a number off the white list. An agent who takes calls on it leaves the queues. Errors are
// *fail.Error.
func (s *Service) Remove(ctx context.Context, number string) error {
	return s.edit(ctx, s.o.Rules().Numbers.Read(number).Key(), nil)
}

// edit replaces an entry of the white list, or removes it.
func (s *Service) edit(ctx context.Context, key string, e *Entry) error {
	s.mu.Lock()
	before, had := s.kept.Listed, s.listed.byKey[key]
	switch {
	case had != nil && had.Fixed:
		s.mu.Unlock()
		return fail.New(protocol.MobileFixed, "")
	case had == nil && e == nil:
		s.mu.Unlock()
		return fail.New(protocol.MobileUnlisted, "")
	}
	read := s.o.Rules().Numbers
	next := slices.DeleteFunc(slices.Clone(before), func(known Entry) bool {
		return read.Read(known.Number).Key() == key
	})
	if e != nil {
		next = append(next, *e)
	}
	if len(next) > mostListed {
		s.mu.Unlock()
		return fail.New(protocol.MobileMany, strconv.Itoa(mostListed))
	}
	s.kept.Listed = next
	s.index()
	kept := s.copied()
	n := s.listed.byKey[key]
	s.mu.Unlock()
	if err := s.o.Store.Keep(ctx, kept); err != nil {
		s.mu.Lock()
		s.kept.Listed = before
		s.index()
		s.mu.Unlock()
		return fail.New(protocol.HubFailed, "").Because(err)
	}
	s.hurry()
	if n != nil {
		s.o.Go(func() { s.forgive(n) })
	}
	return nil
}

// copied is what is kept, for the store. s.mu is held.
func (s *Service) copied() Kept {
	return Kept{slices.Clone(s.kept.Listed), maps.Clone(s.kept.On), maps.Clone(s.kept.Told)}
}

// Bounds of the white list.
const (
	mostListed = 1000
	mostPIN    = 12
)

var (
	digits = regexp.MustCompile(`^[0-9]+$`)
	pins   = regexp.MustCompile(fmt.Sprintf(`^[0-9]{4,%d}$`, mostPIN))
)

// Check returns the key of a number for the white list, or what is wrong with it.
func Check(read *phone.Reader, text string) (key, problem string) {
	n := read.Read(text)
	if n.Kind != phone.External || n.E164 == "" || len(text) > protocol.MaxKey {
		return "", fmt.Sprintf("%.40q is not a telephone number; write it with its code, such as +7 916 123-45-67",
			text)
	}
	return n.Key(), ""
}

// CheckPIN returns what is wrong with the PIN of a number, which need not have one.
func CheckPIN(pin string) (problem string) {
	if pin != "" && !pins.MatchString(pin) {
		return fmt.Sprintf("the PIN must have 4 to %d digits", mostPIN)
	}
	return ""
}

// number is an entry of the white list as it is used.
type number struct {
	Entry
	key     string
	dial    string   // digits
	display string   // for people
	forms   []string // in which a trunk may present it, digits only
}

// list is the white list.
type list struct {
	all     []*number
	byKey   map[string]*number
	byLogin map[string][]*number
}

// index makes the white list of hub.yml and of what administrators have added. s.mu is held.
func (s *Service) index() {
	r := s.o.Rules()
	s.listed = list{byKey: map[string]*number{}, byLogin: map[string][]*number{}}
	for i, e := range slices.Concat(r.Listed, s.kept.Listed) {
		key, problem := Check(r.Numbers, e.Number)
		_, known := r.Staff.Agent(e.Login)
		if problem != "" || CheckPIN(e.PIN) != "" || !known || s.listed.byKey[key] != nil {
			continue
		}
		e.Fixed = i < len(r.Listed)
		read := r.Numbers.Read(e.Number)
		n := &number{
			Entry: e, key: key, display: read.Display,
			dial: strings.TrimPrefix(r.Numbers.Dialled(read, r.Form), "+"),
		}
		for _, form := range append(r.Numbers.Forms(read), n.dial) {
			if form = strings.TrimPrefix(form, "+"); digits.MatchString(form) && !slices.Contains(n.forms, form) {
				n.forms = append(n.forms, form)
			}
		}
		s.listed.all = append(s.listed.all, n)
		s.listed.byKey[key] = n
		s.listed.byLogin[e.Login] = append(s.listed.byLogin[e.Login], n)
	}
	s.stale()
}

// numbers are those of the white list.
func (s *Service) numbers() []*number {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.listed.all
}

// told notes whether a PBX has a white list, and reports whether it had one.
func (s *Service) told(id string, now bool) (before bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before = s.kept.Told[id]
	s.kept.Told[id], s.unkept = now, s.unkept || before != now
	return before
}

// shortest bounds what may be a mobile: devices of phones have shorter names, and are looked up for each
// event of a queue.
const shortest = 7

// named returns the entry for a number in any form; nil: it is not on the list.
func (l list) named(text string, read *phone.Reader) *number {
	if len(text) < shortest || len(l.all) == 0 {
		return nil
	}
	return l.byKey[read.Read(text).Key()]
}
