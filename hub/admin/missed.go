package admin

import (
	"context"
	"time"

	"traybell/hub/access"
	"traybell/hub/missed"
	"traybell/shared/phone"
)

// MissedService says who calls back the callers of missed calls.
type MissedService interface {
	List(ctx context.Context, p access.Principal, after missed.Position, limit int) ([]missed.Item, error)
	Claim(ctx context.Context, p access.Principal, number string) (missed.Item, error)
	Release(ctx context.Context, p access.Principal, number string) (missed.Item, error)
	Done(ctx context.Context, p access.Principal, number string, until time.Time) (missed.Item, error)
}

// Missed are the commands for missed calls. Agents without roles see and claim those that they were
// shown.
type Missed struct {
	Audited
	Service MissedService
	Numbers func() *phone.Reader
}

// MissedNumber is the missed calls of a number that were not returned.
type MissedNumber struct {
	Number   string       `json:"number"`
	Display  string       `json:"display" doc:"the number for people"`
	Calls    int          `json:"calls" doc:"missed since the last talk with the number"`
	First    time.Time    `json:"first" doc:"start of the first call"`
	Last     time.Time    `json:"last" doc:"start of the last call"`
	Call     string       `json:"call" doc:"id of the last call"`
	Name     string       `json:"name,omitempty" doc:"CallerID name of the last call"`
	Customer string       `json:"customer,omitempty"`
	Company  string       `json:"company,omitempty"`
	DID      string       `json:"did,omitempty" doc:"called number of the last call"`
	Line     string       `json:"line,omitempty" doc:"name of the tracked number"`
	Agents   []string     `json:"agents" nullable:"false" doc:"logins of the agents who were shown the calls"`
	Claimed  *MissedClaim `json:"claimed,omitempty" doc:"who calls back; absent: no agent yet"`
}

// MissedClaim says who calls back.
type MissedClaim struct {
	Kind  string    `json:"kind" enum:"administrator,agent,token,local"`
	Login string    `json:"login" doc:"or the name of a token"`
	Name  string    `json:"name"`
	At    time.Time `json:"at"`
}

// List returns a page of the numbers that must be called back, the latest call first.
func (m *Missed) List(ctx context.Context, p access.Principal, page Page) (List[MissedNumber], error) {
	if _, err := needOrOwn(p); err != nil {
		return List[MissedNumber]{}, err
	}
	var after missed.Position
	limit, err := page.start(&after)
	if err != nil {
		return List[MissedNumber]{}, err
	}
	found, err := m.Service.List(ctx, p, after, limit+1)
	return paged(found, limit, func(i missed.Item) missed.Position {
		return missed.Position{Last: i.Last, Number: i.Number}
	}, m.number), failure(err)
}

func (m *Missed) number(i missed.Item) MissedNumber {
	n := MissedNumber{
		Number: i.Number, Display: m.Numbers().Typed(i.Number).Display, Calls: i.Calls, First: i.First, Last: i.Last,
		Call: i.Call.CallID, Name: i.Call.Name, Customer: i.Call.CustomerName, Company: i.Call.Company, DID: i.Call.DID,
		Line: i.Call.Line, Agents: append([]string{}, i.Agents...),
	}
	if c := i.Claim; !c.At.IsZero() {
		n.Claimed = &MissedClaim{Kind: string(c.Kind), Login: c.Login, Name: c.Name, At: c.At}
	}
	return n
}

// Claim has the principal call back a number. The error is a conflict if another one does.
func (m *Missed) Claim(ctx context.Context, p access.Principal, number string) error {
	return m.follow(p, "missed.claim", number, func() error {
		_, err := m.Service.Claim(ctx, p, number)
		return err
	})
}

// Release gives a claim back.
func (m *Missed) Release(ctx context.Context, p access.Principal, number string) error {
	return m.follow(p, "missed.release", number, func() error {
		_, err := m.Service.Release(ctx, p, number)
		return err
	})
}

// Done marks the missed calls of a number as done: those that began until the given time, or all if
// it is zero.
func (m *Missed) Done(ctx context.Context, p access.Principal, number string, until time.Time) error {
	return m.follow(p, "missed.done", number, func() error {
		if err := dated(until); err != nil {
			return err
		}
		_, err := m.Service.Done(ctx, p, number, until)
		return err
	})
}

// follow changes who takes care of a number. The service decides which calls are an agent's.
func (m *Missed) follow(p access.Principal, action, number string, do func() error) error {
	var refused error
	if p.Kind != access.Agent {
		refused = need(p, access.Supervise)
	}
	return m.attempt(p, refused, action, number, "", do)
}
