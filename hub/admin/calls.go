package admin

import (
	"cmp"
	"context"
	"errors"
	"io"
	"time"

	"traybell/hub/access"
	"traybell/hub/calldata"
	"traybell/hub/cdr"
	"traybell/hub/desk"
	"traybell/hub/trace"
	"traybell/shared/phone"
	"traybell/shared/protocol"
)

// LiveCall is a call that is in progress.
type LiveCall struct {
	ID        string               `json:"id"`
	PBX       string               `json:"pbx"`
	Direction protocol.Direction   `json:"direction" enum:"incoming,outgoing,internal"`
	State     protocol.State       `json:"state"`
	Number    string               `json:"number,omitempty" doc:"absent if it is withheld"`
	Display   string               `json:"display,omitempty" doc:"the number for people"`
	Name      string               `json:"name,omitempty" doc:"CallerID name"`
	DID       string               `json:"did,omitempty" doc:"called number"`
	Line      string               `json:"line,omitempty" doc:"name of the tracked number"`
	Customers []string             `json:"customers" nullable:"false" doc:"names of the customers with the number"`
	Category  protocol.Color       `json:"category,omitempty"`
	Blocked   bool                 `json:"blocked,omitempty"`
	Ticket    string               `json:"ticket,omitempty" doc:"number"`
	Started   time.Time            `json:"started"`
	Answered  time.Time            `json:"answered,omitzero"`
	Data      []protocol.CallDatum `json:"data,omitempty" doc:"what the dialplan says about the call"`
	Legs      []protocol.Leg       `json:"legs" nullable:"false" doc:"the phones of the call"`
	Agents    []string             `json:"agents" nullable:"false" doc:"logins of the agents who see or saw it"`
}

// PastCall is the record of a call.
type PastCall struct {
	ID           string               `json:"id"`
	PBX          string               `json:"pbx"`
	Direction    protocol.Direction   `json:"direction" enum:"incoming,outgoing,internal"`
	Number       string               `json:"number,omitempty" doc:"of the other party; absent if it is withheld"`
	E164         string               `json:"e164,omitempty" doc:"the number, if it is a valid public one"`
	Name         string               `json:"name,omitempty" doc:"CallerID name"`
	DID          string               `json:"did,omitempty" doc:"called number"`
	Line         string               `json:"line,omitempty" doc:"name of the tracked number"`
	Extension    string               `json:"extension,omitempty" doc:"that answered, rang first or placed the call"`
	Agent        string               `json:"agent,omitempty" doc:"logins of the agents at the extension, by commas"`
	Callee       string               `json:"callee,omitempty" doc:"of an internal call: the extension called"`
	Started      time.Time            `json:"started"`
	Answered     time.Time            `json:"answered,omitzero"`
	Ended        time.Time            `json:"ended"`
	Ring         int                  `json:"ring" doc:"seconds"`
	Talk         int                  `json:"talk" doc:"seconds"`
	Cause        int                  `json:"cause,omitempty" doc:"Q.931"`
	Missed       bool                 `json:"missed"`
	Blocked      string               `json:"blocked,omitempty" doc:"who blocked the number, when and why"`
	Customer     string               `json:"customer,omitempty" doc:"login"`
	CustomerName string               `json:"customer_name,omitempty"`
	Company      string               `json:"company,omitempty"`
	Ticket       string               `json:"ticket,omitempty" doc:"number"`
	TicketURL    string               `json:"ticket_url,omitempty"`
	Data         []protocol.CallDatum `json:"data,omitempty" doc:"what the dialplan said about the call"`
}

func pastCall(r cdr.Record) PastCall {
	return PastCall{
		ID: r.CallID, PBX: r.PBX, Direction: r.Direction, Number: r.Number, E164: r.E164, Name: r.Name, DID: r.DID,
		Line: r.Line, Extension: r.Extension, Agent: r.Agent, Callee: r.Callee(), Started: r.Started.UTC(),
		Answered: utc(r.Answered), Ended: utc(r.Ended), Ring: int(r.Rang / time.Second),
		Talk: int(r.Talked() / time.Second), Cause: r.Cause, Missed: r.Missed, Blocked: r.Blocked,
		Customer: r.Customer, CustomerName: r.CustomerName, Company: r.Company, Ticket: r.Ticket,
		TicketURL: r.TicketURL, Data: calldata.Decode(r.Data),
	}
}

// utc keeps a zero time zero.
func utc(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC()
}

// CallTrace is what the hub decided about a call, and why.
type CallTrace struct {
	Call      string             `json:"call"`
	PBX       string             `json:"pbx"`
	Direction protocol.Direction `json:"direction" enum:"incoming,outgoing,internal"`
	Number    string             `json:"number,omitempty"`
	Name      string             `json:"name,omitempty"`
	DID       string             `json:"did,omitempty"`
	At        time.Time          `json:"at"`
	Result    string             `json:"result" doc:"what came of the popup"`
	Steps     []TraceStep        `json:"steps,omitempty"`
}

// TraceStep is one step of a trace.
type TraceStep struct {
	At      time.Time `json:"at"`
	What    string    `json:"what"`
	Text    string    `json:"text" doc:"a sentence"`
	Details []string  `json:"details,omitempty"`
}

// LiveCalls are the calls in progress.
type LiveCalls interface {
	Live(ctx context.Context) ([]desk.LiveCall, error)
}

// Records are the records of ended calls.
type Records interface {
	// FindRecords returns ended calls, newest first. It takes about a second at most and says how far
	// it got.
	FindRecords(ctx context.Context, q cdr.Query) (cdr.Page, error)
	// CountRecords counts the ended calls that began in [from, to), by slots of that length. Slots
	// without calls are absent. Calls between extensions do not count.
	CountRecords(ctx context.Context, from, to time.Time, slot time.Duration) ([]cdr.Count, error)
}

// Traces are the traces of the last calls.
type Traces interface {
	trace.Kept
	TraceOf(ctx context.Context, callID string) (t trace.Trace, ok bool, err error)
}

// Calls are the commands for calls.
type Calls struct {
	Live    LiveCalls
	Records Records
	Traces  Traces
	Numbers func() *phone.Reader
	Hidden  Hidden

	counted counted
}

// Now returns the calls in progress, oldest first. An agent without roles sees the agent's own.
func (c *Calls) Now(ctx context.Context, p access.Principal) ([]LiveCall, error) {
	own, err := needOrOwn(p)
	if err != nil {
		return nil, err
	}
	live, err := c.Live.Live(ctx)
	if err != nil {
		return nil, failure(err)
	}
	list := []LiveCall{}
	for _, l := range live {
		if own && !l.SeenBy(p.Name) {
			continue
		}
		list = append(list, liveCall(l))
	}
	return list, nil
}

func liveCall(l desk.LiveCall) LiveCall {
	c := LiveCall{
		ID: l.Call.ID, PBX: l.PBX, Direction: l.Call.Direction, State: l.Call.State, Number: l.Call.Number,
		Display: l.Call.Display, Name: l.Call.Name, DID: l.Call.DID, Line: l.Call.Line.Name,
		Customers: []string{}, Category: l.Call.Caller.Category.Color, Blocked: l.Call.Caller.Blocked != nil,
		Started: l.Call.Started.UTC(), Answered: utc(l.Call.Answered), Legs: append([]protocol.Leg{}, l.Call.Legs...),
		Agents: append([]string{}, l.Agents...), Data: calldata.Lasting(l.Call.Data),
	}
	for _, customer := range l.Call.Caller.Customers {
		c.Customers = append(c.Customers, customer.Name)
	}
	if l.Call.Ticket != nil {
		c.Ticket = l.Call.Ticket.Number
	}
	return c
}

// CallFilter selects ended calls. Zero fields select all.
type CallFilter struct {
	From, To  time.Time // they began in [From, To)
	Text      string    // part of the number, name, customer or ticket
	Agent     string    // login of one who answered, placed or missed it
	PBX       string
	Direction protocol.Direction
	Missed    bool
}

// Past returns a page of ended calls, newest first. An agent without roles sees those that were
// shown to the agent.
func (c *Calls) Past(ctx context.Context, p access.Principal, f CallFilter, of Page) (List[PastCall], error) {
	q, err := c.query(p, f)
	if err != nil {
		return List[PastCall]{}, err
	}
	if q.Limit, err = of.start(&q.After); err != nil {
		return List[PastCall]{}, err
	}
	page, err := c.find(ctx, q)
	if err != nil {
		return List[PastCall]{}, failure(err)
	}
	list := List[PastCall]{Items: each(page.Records, pastCall)}
	if page.More {
		list.Next = cursor(page.Next)
	}
	return list, nil
}

func (c *Calls) query(p access.Principal, f CallFilter) (q cdr.Query, err error) {
	own, err := needOrOwn(p)
	if err != nil {
		return q, err
	}
	if err := cmp.Or(searchable(f.Text), dated(f.From, f.To)); err != nil {
		return q, err
	}
	q = cdr.Query{
		From: f.From, To: f.To, Text: f.Text, Agent: f.Agent, PBX: f.PBX, Direction: f.Direction, Missed: f.Missed,
	}
	if own {
		q.ShownTo = p.Name
	}
	return q, nil
}

// find returns a page of records without those that an agent may not find. If there are no others it
// reads on: a page without calls that is not the last one would say what was found.
func (c *Calls) find(ctx context.Context, q cdr.Query) (cdr.Page, error) {
	for {
		page, err := c.Records.FindRecords(ctx, q)
		read := len(page.Records)
		page.Records = found(c.Hidden, q.ShownTo != "", q.Text, page.Records, cdr.Record.Searched)
		if err != nil || read == 0 || len(page.Records) > 0 || !page.More {
			return page, err
		}
		q.After = page.Next
	}
}

// WriteCSV writes the calls that a filter selects, newest first, with the columns of `traybell-hub
// cdr export`.
func (c *Calls) WriteCSV(ctx context.Context, p access.Principal, f CallFilter, to io.Writer) error {
	q, err := c.query(p, f)
	if err != nil {
		return err
	}
	w := cdr.NewTable(to, time.Local)
	err = w.Header()
	for more := true; more && err == nil; {
		q.Limit = mostPage
		var page cdr.Page
		if page, err = c.find(ctx, q); err != nil {
			break
		}
		for _, r := range page.Records {
			err = errors.Join(err, w.Write(r))
		}
		more, q.After = page.More, page.Next
	}
	return failure(errors.Join(err, w.Flush()))
}

// TraceFilter selects traces.
type TraceFilter struct {
	Number   string // in any notation; empty: all
	Language string // of the results; empty: English
}

// Traced returns a page of the traces of the last calls, newest first, without steps.
func (c *Calls) Traced(ctx context.Context, p access.Principal, f TraceFilter, page Page) (List[CallTrace], error) {
	if err := need(p, access.View); err != nil {
		return List[CallTrace]{}, err
	}
	if err := searchable(f.Number); err != nil {
		return List[CallTrace]{}, err
	}
	before := int64(0)
	limit, err := page.start(&before)
	if err != nil {
		return List[CallTrace]{}, err
	}
	parties := []string{""}
	if f.Number != "" {
		parties = c.Numbers().Keys(f.Number)
	}
	found, err := trace.OfFirst(ctx, c.Traces, parties, before, limit+1)
	return paged(found, limit, func(t trace.Trace) int64 { return t.ID },
		func(t trace.Trace) CallTrace { return callTrace(t, f.Language) }), failure(err)
}

// Why returns the trace of a call in a language; empty: English.
func (c *Calls) Why(ctx context.Context, p access.Principal, callID, language string) (CallTrace, error) {
	if err := need(p, access.View); err != nil {
		return CallTrace{}, err
	}
	t, ok, err := c.Traces.TraceOf(ctx, callID)
	switch {
	case err != nil:
		return CallTrace{}, failure(err)
	case !ok:
		return CallTrace{}, missing("There is no trace of this call. Traces are kept for a week, for the last 50,000 " +
			"calls at most.")
	}
	found := callTrace(t, language)
	for _, s := range t.Steps {
		sentence, details := s.Say(language)
		found.Steps = append(found.Steps, TraceStep{
			At: s.At.UTC(), What: string(s.What), Text: sentence, Details: details,
		})
	}
	return found, nil
}

func callTrace(t trace.Trace, language string) CallTrace {
	return CallTrace{
		Call: t.CallID, PBX: t.PBX, Direction: t.Direction, Number: t.Number, Name: t.Name, DID: t.DID,
		At: t.At.UTC(), Result: t.Result(language),
	}
}
