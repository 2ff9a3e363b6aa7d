package hidden

import (
	"cmp"
	"context"
	"time"

	"traybell/hub/access"
	"traybell/hub/audit"
	"traybell/hub/cdr"
	"traybell/hub/desk"
	"traybell/hub/fail"
	"traybell/hub/staff"
	"traybell/shared/protocol"
)

// Shows shows hidden numbers to agents who ask for them, and writes that down. All fields are needed.
type Shows struct {
	Calls interface {
		Live(ctx context.Context) ([]desk.LiveCall, error)
		Rules() *desk.Rules
	}
	Audit interface{ Add(e audit.Entry) }
	Now   func() time.Time
}

// Show returns the number of a call that the agent sees or saw. from is the address of the desktop.
// Errors are *fail.Error.
func (s *Shows) Show(ctx context.Context, a staff.Agent, from, call string) (protocol.ShownNumber, error) {
	number, err := s.number(ctx, a, call)
	e := audit.Entry{
		At: s.Now().UTC(), Kind: string(access.Agent), Who: a.Login, From: from, Action: protocol.NumberShow,
		Object: call,
	}
	if err != nil {
		e.Error = fail.Of(err).Error()
	}
	s.Audit.Add(e)
	if err != nil {
		return protocol.ShownNumber{}, err
	}
	return protocol.ShownNumber{
		Call: call, Number: number, Display: cmp.Or(s.Calls.Rules().Numbers.Typed(number).Display, number),
	}, nil
}

func (s *Shows) number(ctx context.Context, a staff.Agent, call string) (string, error) {
	live, err := s.Calls.Live(ctx)
	if err != nil {
		return "", err
	}
	for _, c := range live {
		if c.Call.ID == call && c.SeenBy(a.Login) && c.Call.Number != "" {
			return cmp.Or(c.Call.E164, c.Call.Number), nil
		}
	}
	var r cdr.Record
	shown := false
	if records := s.Calls.Rules().Records; records != nil {
		if r, shown, err = records.RecordOf(ctx, a.Login, call); err != nil {
			return "", fail.New(protocol.HistoryFailed, "").Because(err)
		}
	}
	if !shown || r.Number == "" {
		return "", fail.New(protocol.CallUnknown, "")
	}
	return cmp.Or(r.E164, r.Number), nil
}
