// Package replay says what rules would decide about recorded calls, and what they decided. It has no
// state.
package replay

import (
	"context"
	"slices"
	"time"

	"traybell/hub/calldata"
	"traybell/hub/cdr"
	"traybell/hub/rules"
	"traybell/hub/trace"
	"traybell/hub/tracking"
	"traybell/shared/phone"
	"traybell/shared/protocol"
)

// Store is what a Reader reads.
type Store interface {
	CallRecord(ctx context.Context, callID string) (r cdr.Record, ok bool, err error)
	EachRecord(ctx context.Context, from, to time.Time, each func(cdr.Record) error) error
	TraceOf(ctx context.Context, callID string) (t trace.Trace, ok bool, err error)
	Category(ctx context.Context, number string) (protocol.Category, error)
}

// Reader applies rules to recorded calls. Records do not have all that rules know: a category is that of
// today, a customer has login, name and company, and no ticket was open.
type Reader struct {
	Store
	Rules   *rules.Set
	Lines   *tracking.Lines
	Numbers *phone.Reader
}

// Ruling is what rules did and would do to a call.
type Ruling struct {
	cdr.Record
	Traced  bool // what they did is known
	Did     []rules.Applied
	Skipped []rules.Failure
	Would   []Moment
}

// Moment is what rules would decide from a moment of a call on. Applied and Failed have what differs from
// the moment before.
type Moment struct {
	At rules.Moment
	rules.Decision
}

// Call returns what rules did and would do to a call. ok is false if there is no record of it.
func (r Reader) Call(ctx context.Context, id string) (of Ruling, ok bool, err error) {
	record, ok, err := r.CallRecord(ctx, id)
	if err != nil || !ok {
		return of, false, err
	}
	of, err = r.ruling(ctx, record)
	return of, true, err
}

// Between calls each for the calls that began in [from, to), oldest first.
func (r Reader) Between(ctx context.Context, from, to time.Time, each func(Ruling) error) error {
	return r.EachRecord(ctx, from, to, func(record cdr.Record) error {
		of, err := r.ruling(ctx, record)
		if err != nil {
			return err
		}
		return each(of)
	})
}

func (r Reader) ruling(ctx context.Context, record cdr.Record) (Ruling, error) {
	of := Ruling{Record: record}
	t, traced, err := r.TraceOf(ctx, record.CallID)
	if err != nil {
		return of, err
	}
	if of.Traced = traced; traced {
		of.Did, of.Skipped = did(t)
	}
	var category protocol.Category
	if key := record.NumberKey(); key != "" {
		if category, err = r.Category(ctx, r.Numbers.Read(key).Key()); err != nil {
			return of, err
		}
	}
	known, failed := map[string][]string{}, map[string]string{}
	for _, at := range rules.Moments() {
		f, reached := r.facts(record, category, at)
		if !reached {
			continue
		}
		m := Moment{at, r.Rules.Decide(f)}
		m.Applied = slices.DeleteFunc(m.Applied, func(a rules.Applied) bool {
			before, was := known[a.Rule]
			known[a.Rule] = a.Did
			return was && slices.Equal(before, a.Did)
		})
		m.Failed = slices.DeleteFunc(m.Failed, func(f rules.Failure) bool {
			before, was := failed[f.Rule]
			failed[f.Rule] = f.Why
			return was && before == f.Why
		})
		of.Would = append(of.Would, m)
	}
	return of, nil
}

// did returns what the rules decided last, and which were skipped.
func did(t trace.Trace) (list []rules.Applied, failed []rules.Failure) {
	for _, s := range t.Steps {
		switch s.What {
		case trace.Rule:
			a := rules.Applied{Rule: s.Text, Did: s.Words}
			if i := slices.IndexFunc(list, func(o rules.Applied) bool { return o.Rule == a.Rule }); i >= 0 {
				list[i] = a
			} else {
				list = append(list, a)
			}
		case trace.RuleFailed:
			failed = append(failed, rules.Failure{Rule: s.Text, Why: s.Why})
		}
	}
	return list, failed
}

// facts are what a record knows of a call at a moment. reached is false if the call ended before.
func (r Reader) facts(c cdr.Record, category protocol.Category, at rules.Moment) (f rules.Facts, reached bool) {
	answered, over := !c.Answered.IsZero(), c.State != cdr.Open
	f = rules.Facts{
		ID: c.CallID, PBX: c.PBX, Direction: string(c.Direction), State: string(protocol.Ringing), Number: c.Number,
		E164: c.E164, Name: c.Name, DID: c.DID, Started: c.Started, Withheld: c.Number == "", Blocked: c.Blocked != "",
		Color: string(category.Color), Comment: category.Comment,
		Caller: rules.Caller{
			Status: string(protocol.Unknown), Login: c.Customer, Name: c.CustomerName, Company: c.Company,
		},
	}
	switch {
	case c.Direction == protocol.Internal:
		f.Caller.Status = string(protocol.OwnPhone)
	case f.Withheld:
		f.Caller.Status = string(protocol.Withheld)
	case c.HasCustomer():
		f.Caller.Status, f.Caller.Found = string(protocol.Known), 1
	}
	if c.Extension != "" {
		f.Phones = []string{c.Extension}
	}
	if line := r.Lines.Of(c.DID); line != nil && c.Direction == protocol.Incoming {
		f.LineNumber, f.LineName = line.Number, line.Name
	}
	data := calldata.Decode(c.Data)
	f.Data = func(name string) string {
		for _, d := range data {
			if d.Name == name {
				return d.Value
			}
		}
		return ""
	}
	switch at {
	case rules.OnAnswer:
		f.State, f.Answered = string(protocol.Answered), true
		return f, answered
	case rules.OnEnd:
		f.State, f.Answered, f.Missed, f.Rang, f.Ticket = string(protocol.Ended), answered, c.Missed, c.Rang, c.Ticket
		return f, over
	}
	return f, true
}
