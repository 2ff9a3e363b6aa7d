// Package missed is the missed calls of the team: which callers must be called back, and who does
// it. The missed calls of a number are one item, which is open until the number is talked with, or
// until somebody marks it as done. Agents claim items, so that two do not call the same number back.
//
// Items follow from the call records. Only claims and marks are stored. The package has no
// goroutine; any goroutine may use a Service.
package missed

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"traybell/hub/access"
	"traybell/hub/cdr"
	"traybell/hub/fail"
	"traybell/hub/staff"
	"traybell/shared/phone"
	"traybell/shared/protocol"
)

const (
	// OpenFor is how long a missed call is open at most.
	OpenFor      = 30 * 24 * time.Hour
	changeTime   = 10 * time.Second
	longestInput = 200 // bytes of a number
)

// Item is the missed calls of a number that came in after the last talk with it and after the last
// time it was marked as done.
type Item struct {
	Number string // phone.Number.Key
	Calls  int
	First  time.Time  // start of the first call
	Last   time.Time  // start of the last call
	Call   cdr.Record // the last call
	Agents []string   // logins of those who were shown one of the calls, sorted
	Claim  Mark       // who calls back; zero: no one yet
	Done   Mark       // who marked earlier calls of the number as done; zero: no one
}

// Mark is what somebody said about a number.
type Mark struct {
	Kind    access.Kind
	Login   string // or name of a token
	Name    string
	At      time.Time
	Through time.Time // start of the last call that it is about
}

// by reports whether a principal made the mark.
func (m Mark) by(p access.Principal) bool { return m.Kind == p.Kind && m.Login == p.Name }

// Query selects open items.
type Query struct {
	Login  string    // only items with a call that the agent was shown; empty: all
	Since  time.Time // calls that began earlier are not open
	After  Position  // of the last item of the page before; zero: the first page
	Limit  int
	Number string // only this one; empty: all
}

// Position is the place of an item in the list.
type Position struct {
	Last   time.Time
	Number string
}

// Store keeps claims and marks, and finds the items.
type Store interface {
	// MissedItems returns open items, the latest call first.
	MissedItems(ctx context.Context, q Query) ([]Item, error)
	// MissedItem returns the item of a number. If none is open it has no calls.
	MissedItem(ctx context.Context, number string, since time.Time) (Item, error)
	// ChangeMissed reads the item of a number, has it changed and stores its Claim and Done. Others
	// who change it wait meanwhile. An error of change is returned, and nothing is stored.
	ChangeMissed(ctx context.Context, number string, since time.Time, change func(*Item) error) (Item, error)
}

// Rules are what hub.yml says.
type Rules struct {
	Numbers *phone.Reader
	Staff   *staff.Staff
}

// Service carries out the commands about missed calls. All fields are needed. Errors are
// *fail.Error.
type Service struct {
	Store Store
	Rules func() Rules
	Send  func(logins []string, m protocol.Message) // to the agents' desktops; does not block
	Log   *slog.Logger
	Now   func() time.Time
}

// List returns open items, the latest call first. Agents without a role get those with calls that
// they were shown.
func (s *Service) List(ctx context.Context, p access.Principal, after Position, limit int) ([]Item, error) {
	q := Query{Since: s.since(), After: after, Limit: limit}
	switch {
	case p.May(access.View):
	case p.Kind == access.Agent:
		q.Login = p.Name
	default:
		return nil, fail.New(protocol.RightMissing, string(access.View))
	}
	items, err := s.Store.MissedItems(ctx, q)
	if err != nil {
		return nil, fail.New(protocol.HistoryFailed, "").Because(err)
	}
	return items, nil
}

// Claim has the principal call back. Of several at the same time one gets the item, and the others
// an error with the name.
func (s *Service) Claim(ctx context.Context, p access.Principal, number string) (Item, error) {
	return s.change(ctx, p, number, protocol.FollowUpClaimed, func(i *Item) error {
		switch {
		case i.Calls == 0:
			return fail.New(protocol.MissedNone, "")
		case i.Claim.At.IsZero():
			i.Claim = s.mark(p, i.Last)
		case !i.Claim.by(p):
			return fail.New(protocol.MissedClaimed, i.Claim.Name)
		}
		return nil
	})
}

// Release gives an item back. Only supervisors release those of others.
func (s *Service) Release(ctx context.Context, p access.Principal, number string) (Item, error) {
	return s.change(ctx, p, number, protocol.FollowUpOpen, func(i *Item) error {
		if err := mine(*i, p); err != nil {
			return err
		}
		i.Claim = Mark{}
		return nil
	})
}

// Done marks the calls of a number as done, without a talk in the records: those that began until
// the given time, or all if it is zero. Only supervisors do that if another one has claimed them.
func (s *Service) Done(ctx context.Context, p access.Principal, number string, until time.Time) (Item, error) {
	return s.change(ctx, p, number, protocol.FollowUpDone, func(i *Item) error {
		if i.Calls == 0 {
			return fail.New(protocol.MissedNone, "")
		}
		if err := mine(*i, p); err != nil {
			return err
		}
		if until.IsZero() || until.After(i.Last) {
			until = i.Last
		}
		i.Done = s.mark(p, until)
		return nil
	})
}

// mine returns an error if another one has claimed the item, and the principal may not overrule.
func mine(i Item, p access.Principal) error {
	if i.Claim.At.IsZero() || i.Claim.by(p) || p.May(access.Supervise) {
		return nil
	}
	return fail.New(protocol.MissedClaimed, i.Claim.Name)
}

func (s *Service) since() time.Time { return s.Now().Add(-OpenFor) }

func (s *Service) mark(p access.Principal, through time.Time) Mark {
	m := Mark{Kind: p.Kind, Login: p.Name, Name: p.Name, At: s.Now().UTC().Truncate(time.Microsecond), Through: through}
	switch {
	case p.Kind == access.Agent:
		m.Name = s.Rules().Staff.Name(p.Name)
	case p.Name == "":
		m.Name = "administrator"
	}
	return m
}

// change changes the item of a number and notifies the agents who see its calls.
func (s *Service) change(ctx context.Context, p access.Principal, number string, to protocol.FollowUpState,
	do func(*Item) error,
) (Item, error) {
	if len(number) > longestInput {
		return Item{}, fail.New(protocol.MissedNone, "")
	}
	key := s.Rules().Numbers.Typed(number).Key()
	if key == "" {
		return Item{}, fail.New(protocol.MissedNone, "")
	}
	ctx, cancel := context.WithTimeout(ctx, changeTime)
	defer cancel()
	var was Item
	item, err := s.Store.ChangeMissed(ctx, key, s.since(), func(i *Item) error {
		if i.Calls > 0 && !p.May(access.Supervise) && (p.Kind != access.Agent || !slices.Contains(i.Agents, p.Name)) {
			return forbidden(p)
		}
		was = *i
		return do(i)
	})
	if err != nil {
		if f := fail.Of(err); f.Code != fail.Internal {
			return Item{}, f
		}
		return Item{}, fail.New(protocol.MissedUnsaved, "").Because(err)
	}
	if item.Claim == was.Claim && item.Done == was.Done {
		return item, nil
	}
	s.Log.Info("missed call "+string(to), "number", key, "calls", was.Calls, "kind", p.Kind, "who", p.Name)
	s.notify(p, was, item, to)
	return item, nil
}

func forbidden(p access.Principal) error {
	if p.Kind == access.Agent {
		return fail.New(protocol.CallNotYours, "")
	}
	return fail.New(protocol.RightMissing, string(access.Supervise))
}

// notify sends the change to the agents who see the calls.
func (s *Service) notify(p access.Principal, was, now Item, to protocol.FollowUpState) {
	event := protocol.MissedEvent{Number: now.Number, Until: was.Last, FollowUp: protocol.FollowUp{State: to}}
	switch to {
	case protocol.FollowUpClaimed:
		event.FollowUp = now.Claim.shown(to)
	case protocol.FollowUpDone:
		event.Until, event.FollowUp = now.Done.Through, now.Done.shown(to)
	case protocol.FollowUpOpen:
	}
	logins := was.Agents
	if p.Kind == access.Agent && !slices.Contains(logins, p.Name) {
		logins = append(slices.Clone(logins), p.Name)
	}
	m, err := protocol.New(protocol.Event, protocol.MissedFollowUp, event)
	if err != nil { // not with these types
		s.Log.Error("cannot encode the follow-up of a missed call", "error", err)
		return
	}
	s.Send(logins, m)
}

func (m Mark) shown(state protocol.FollowUpState) protocol.FollowUp {
	f := protocol.FollowUp{State: state, By: m.Name, At: m.At}
	if m.Kind == access.Agent {
		f.Login = m.Login
	}
	return f
}

// FollowUp returns who takes care of a missed call that was not returned; nil if it is not one,
// or too old.
func (s *Service) FollowUp(ctx context.Context, r cdr.Record) *protocol.FollowUp {
	if !r.Missed || r.Direction != protocol.Incoming || r.Party() == "" {
		return nil
	}
	item, err := s.Store.MissedItem(ctx, r.Party(), s.since())
	if err != nil {
		s.Log.Warn("cannot read who takes care of a missed call", "call", r.CallID, "error", err)
		return nil
	}
	var f protocol.FollowUp
	switch {
	case !r.Started.After(item.Done.Through):
		f = item.Done.shown(protocol.FollowUpDone)
	case item.Calls == 0 || r.Started.Before(item.First) || r.Started.After(item.Last):
		return nil
	case item.Claim.At.IsZero():
		f.State = protocol.FollowUpOpen
	default:
		f = item.Claim.shown(protocol.FollowUpClaimed)
	}
	return &f
}
