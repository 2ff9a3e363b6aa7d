// Package supervision is the live board of supervisors, and what they do with calls from there. A
// supervisor who is an agent sees the agents of the own teams, and without a team none. Others with
// the role, and agents with the role admin, see all of them.
//
// It has no state; any goroutine may use it.
package supervision

import (
	"context"
	"fmt"
	"slices"
	"time"

	"traybell/hub/access"
	"traybell/hub/admin"
	"traybell/hub/audit"
	"traybell/hub/fail"
	"traybell/hub/listening"
	"traybell/hub/staff"
	"traybell/shared/protocol"
)

// Commands are what supervisors do. Errors are *fail.Error.
type Commands struct {
	admin.Audited
	Calls      *admin.Calls
	Queues     *admin.Queues
	Duty       *admin.Duty
	Listening  *listening.Service
	Staff      func() *staff.Staff
	Colleagues func(ctx context.Context) ([]protocol.Colleague, error) // all agents
	Phones     func(login string) []string                             // at which an agent is signed in
	Send       func(logins []string, m protocol.Message)
	Notice     func() bool // hub.yml has agents know when somebody listens
}

// Board is what supervisors see.
type Board struct {
	At         time.Time        `json:"at"`
	Agents     []BoardAgent     `json:"agents" nullable:"false"`
	Queues     []admin.Queue    `json:"queues" nullable:"false"`
	Calls      []admin.LiveCall `json:"calls" nullable:"false"`
	Listenings []BoardListening `json:"listenings" nullable:"false"`
}

// BoardAgent is an agent on the board.
type BoardAgent struct {
	Agent      string              `json:"agent" doc:"login"`
	Name       string              `json:"name"`
	Teams      []string            `json:"teams" nullable:"false"`
	Extensions []string            `json:"extensions" nullable:"false"`
	Online     bool                `json:"online" doc:"a desktop is signed in"`
	State      protocol.AgentState `json:"state"`
	Mode       protocol.Mode       `json:"mode,omitempty"`
	Reason     string              `json:"reason,omitempty" doc:"name of the pause"`
	Since      time.Time           `json:"since,omitzero" doc:"of the state"`
	Seconds    int64               `json:"seconds" doc:"in the state"`
	Calls      []BoardPart         `json:"calls" nullable:"false" doc:"in which the agent has a part"`
}

// BoardPart is an agent's part in a call.
type BoardPart struct {
	Call      string           `json:"call" doc:"id"`
	Extension string           `json:"extension"`
	State     protocol.State   `json:"state"`
	With      string           `json:"with,omitempty" doc:"name or number of the other party"`
	Can       []listening.Mode `json:"can" nullable:"false" doc:"what a supervisor may do: listen, whisper, barge"`

	of []staff.Agent // one of whom has the part
}

// BoardListening is a supervisor who listens, or whose phone rings.
type BoardListening struct {
	ID    string         `json:"id"`
	By    string         `json:"by" doc:"login of the supervisor"`
	Agent string         `json:"agent" doc:"login"`
	Name  string         `json:"name" doc:"of the agent"`
	Call  string         `json:"call" doc:"id"`
	Phone string         `json:"phone" doc:"extension of the supervisor"`
	Mode  listening.Mode `json:"mode"`
	Asked time.Time      `json:"asked"`
	Began time.Time      `json:"began,omitzero" doc:"absent: the phone rings"`
	Mine  bool           `json:"mine" doc:"who asks may end it"`
}

// sees returns whom a principal supervises.
func (x *Commands) sees(p access.Principal) func(staff.Agent) bool {
	if p.Kind != access.Agent || p.May(access.Admin) {
		return func(staff.Agent) bool { return true }
	}
	own, _ := x.Staff().Agent(p.Name)
	return func(a staff.Agent) bool {
		return slices.ContainsFunc(a.Teams, func(t string) bool { return slices.Contains(own.Teams, t) })
	}
}

// Board returns the board of a supervisor.
func (x *Commands) Board(ctx context.Context, p access.Principal) (Board, error) {
	b := Board{
		At: x.Now().UTC(), Agents: []BoardAgent{}, Queues: []admin.Queue{}, Calls: []admin.LiveCall{},
		Listenings: []BoardListening{},
	}
	if err := admin.Need(p, access.Supervise); err != nil {
		return b, err
	}
	sees := x.sees(p)
	live, err := x.Calls.Now(ctx, p)
	if err != nil {
		return b, err
	}
	live = slices.DeleteFunc(live, func(c admin.LiveCall) bool { return listening.Own(c.ID) })
	if b.Agents, err = x.agents(ctx, p, live, sees); err != nil {
		return b, err
	}
	shown := map[string]bool{} // logins
	for _, a := range b.Agents {
		shown[a.Agent] = true
	}
	b.Calls = append(b.Calls, slices.DeleteFunc(live, func(c admin.LiveCall) bool {
		return !slices.ContainsFunc(c.Agents, func(login string) bool { return shown[login] }) &&
			!slices.ContainsFunc(b.Agents, func(a BoardAgent) bool {
				return slices.ContainsFunc(a.Calls, func(of BoardPart) bool { return of.Call == c.ID })
			})
	})...)
	queues, err := x.Queues.List(ctx, p)
	for _, q := range queues {
		if slices.ContainsFunc(q.Members, func(m admin.QueueMember) bool { return shown[m.Agent] }) ||
			slices.ContainsFunc(q.Absent, func(a admin.QueueAgent) bool { return shown[a.Agent] }) {
			b.Queues = append(b.Queues, q)
		}
	}
	for _, l := range x.Listening.List() {
		if of := x.listening(p, l); shown[of.Agent] || of.Mine {
			b.Listenings = append(b.Listenings, of)
		}
	}
	return b, err
}

// agents are those of the board, in hub.yml's order.
func (x *Commands) agents(ctx context.Context, p access.Principal, live []admin.LiveCall,
	sees func(staff.Agent) bool,
) ([]BoardAgent, error) {
	list := []BoardAgent{}
	all, err := x.Colleagues(ctx)
	if err != nil {
		return list, err
	}
	now, err := x.Duty.States(ctx, p)
	if err != nil {
		return list, err
	}
	names := x.Duty.Names()
	for _, c := range all {
		a, known := x.Staff().Agent(c.Login)
		if !known || !sees(a) {
			continue
		}
		row := BoardAgent{
			Agent: a.Login, Name: a.Name, Teams: append([]string{}, a.Teams...),
			Extensions: append([]string{}, a.Extensions...), Online: c.Online, State: c.State, Since: c.Since,
			Calls: x.parts(a, live, sees),
		}
		for _, n := range now {
			if n.Login == a.Login {
				row.Mode, row.Reason = n.Mode, names.Pauses[n.Reason]
			}
		}
		if !row.Since.IsZero() {
			row.Seconds = max(int64(x.Now().Sub(row.Since)/time.Second), 0)
		}
		list = append(list, row)
	}
	return list, nil
}

// talking are the agents who may be the one with a part in a call: all at a shared extension, unless
// it is known who took the call.
func (x *Commands) talking(leg protocol.Leg) []staff.Agent {
	all := x.Staff().At(leg.Extension)
	if i := slices.IndexFunc(all, func(a staff.Agent) bool { return a.Login == leg.Login }); i >= 0 {
		return all[i : i+1]
	}
	return all
}

// parts are an agent's parts in the live calls. One that may be another agent's is there only for who
// sees both.
func (x *Commands) parts(a staff.Agent, live []admin.LiveCall, sees func(staff.Agent) bool) []BoardPart {
	list := []BoardPart{}
	for _, c := range live {
		for _, leg := range c.Legs {
			may := x.talking(leg)
			if leg.State == protocol.Ended || leg.Login != "" && leg.Login != a.Login ||
				!slices.ContainsFunc(may, func(of staff.Agent) bool { return of.Login == a.Login }) ||
				slices.ContainsFunc(may, func(of staff.Agent) bool { return !sees(of) }) {
				continue
			}
			part := BoardPart{
				of:        may,
				Call:      c.ID,
				Extension: leg.Extension,
				State:     leg.State,
				With:      with(c, leg),
				Can:       []listening.Mode{},
			}
			if x.Listening.Can(c.ID, leg.Extension) {
				part.Can = listening.Modes()
			}
			list = append(list, part)
		}
	}
	return list
}

// with is the other party of a leg.
func with(c admin.LiveCall, of protocol.Leg) string {
	switch {
	case c.Direction == protocol.Internal:
		for _, leg := range c.Legs {
			if leg.Extension != of.Extension && leg.State != protocol.Ended {
				return firstOf(leg.Agent, leg.Extension)
			}
		}
		return ""
	case len(c.Customers) == 1:
		return firstOf(c.Customers[0], c.Display, c.Number)
	}
	return firstOf(c.Display, c.Number, c.Name)
}

func firstOf(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}

// request is who asked for a listening.
type request struct {
	by    access.Principal
	agent string   // login
	all   []string // logins of those who may be heard, with agent
}

func (x *Commands) listening(p access.Principal, l listening.Listening) BoardListening {
	of, _ := l.For.(request)
	return BoardListening{
		ID: l.ID, By: of.by.Name, Agent: of.agent, Name: l.Name, Call: l.Call, Phone: l.Phone, Mode: l.Mode,
		Asked: l.Asked.UTC(), Began: utc(l.Began),
		Mine: p.May(access.Admin) || of.by.Kind == p.Kind && of.by.Name == p.Name,
	}
}

func utc(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.UTC()
}

// Listen is what a supervisor wants.
type Listen struct {
	Agent string         `json:"agent" minLength:"1" maxLength:"200" doc:"login of the agent"`
	Call  string         `json:"call,omitempty" maxLength:"256" doc:"id; default: the one in which the agent talks"`
	Mode  listening.Mode `json:"mode" enum:"listen,whisper,barge" doc:"whisper: only the agent hears it"`
	Phone string         `json:"phone,omitempty" maxLength:"64" doc:"extension that rings; default: the own one"`
}

// Begin rings the phone of a supervisor, who listens to a call of an agent when answering.
func (x *Commands) Begin(ctx context.Context, p access.Principal, in Listen) (began BoardListening, err error) {
	action, refused := "call.listen", admin.Need(p, access.Supervise)
	if slices.Contains(listening.Modes(), in.Mode) {
		action = "call." + string(in.Mode)
	} else if refused == nil {
		refused = fail.New(protocol.ActionInvalid, "").Explain("There is no mode %.80q.", in.Mode)
	}
	detail := fmt.Sprintf("call %s, phone %s", in.Call, in.Phone)
	var others []string
	err = x.Attempt(p, refused, action, in.Agent, detail, func() error {
		began, others, err = x.begin(ctx, p, in)
		return err
	})
	for _, login := range others {
		_ = x.Attempt(p, nil, action, login, detail, func() error { return nil })
	}
	return began, err
}

// begin also returns the logins of the others at a shared extension who may be heard.
func (x *Commands) begin(ctx context.Context, p access.Principal, in Listen) (BoardListening, []string, error) {
	none := BoardListening{}
	a, known := x.Staff().Agent(in.Agent)
	switch {
	case !known:
		return none, nil, fail.New(protocol.AgentUnknown, fmt.Sprintf("%.80s", in.Agent))
	case !x.sees(p)(a):
		return none, nil, &fail.Error{Code: fail.Forbidden, Text: "This agent is in none of your teams."}
	}
	phone, err := x.phone(p, in.Phone)
	if err != nil {
		return none, nil, err
	}
	part, err := x.part(ctx, p, a, in.Call)
	if err != nil {
		return none, nil, err
	}
	of := request{by: p, agent: a.Login}
	for _, may := range part.of {
		of.all = append(of.all, may.Login)
	}
	l, err := x.Listening.Begin(ctx, listening.Request{
		Call: part.Call, Extension: part.Extension, Name: a.Name, Phone: phone, Mode: in.Mode, For: of,
	})
	if err != nil {
		return none, nil, err
	}
	others := slices.DeleteFunc(slices.Clone(of.all), func(login string) bool { return login == a.Login })
	return x.listening(p, l), others, nil
}

// phone is the extension that rings: the agent's own, or one of an agent that was chosen.
func (x *Commands) phone(p access.Principal, chosen string) (string, error) {
	if p.Kind == access.Agent {
		own, _ := x.Staff().Agent(p.Name)
		for _, phone := range append(x.Phones(p.Name), own.Extensions...) {
			if chosen == "" || chosen == phone {
				return phone, nil
			}
		}
		return "", fail.New(protocol.ListenPhone, "")
	}
	if chosen == "" || len(x.Staff().At(chosen)) == 0 { // any other number would be dialled at the company's cost
		return "", fail.New(protocol.ListenPhone, "")
	}
	return chosen, nil
}

// part is the part of an agent in a call, or in the first one in which the agent talks.
func (x *Commands) part(ctx context.Context, p access.Principal, a staff.Agent, call string) (BoardPart, error) {
	live, err := x.Calls.Now(ctx, p)
	if err != nil {
		return BoardPart{}, err
	}
	for _, part := range x.parts(a, live, x.sees(p)) {
		talks := part.State == protocol.Answered || part.State == protocol.Held
		if talks && (call == "" || part.Call == call) && !listening.Own(part.Call) {
			return part, nil
		}
	}
	return BoardPart{}, fail.New(protocol.ListenNotNow, "")
}

// End ends a listening of the principal's.
func (x *Commands) End(_ context.Context, p access.Principal, id string) error {
	return x.Attempt(p, admin.Need(p, access.Supervise), "call.listen_end", id, "", func() error {
		for _, l := range x.Listening.List() {
			if l.ID == id && x.listening(p, l).Mine {
				x.Listening.End(id)
				return nil
			}
		}
		return &fail.Error{Code: fail.NotFound, Text: "You do not listen there any more."}
	})
}

// Began has the agents at the extension know that somebody listens, if hub.yml says so.
func (x *Commands) Began(l listening.Listening) { x.tell(l, false) }

// Ended writes down from when to when a supervisor listened.
func (x *Commands) Ended(l listening.Listening) {
	of, _ := l.For.(request)
	when := "the phone was not answered"
	if !l.Began.IsZero() {
		when = fmt.Sprintf("from %s to %s", l.Began.UTC().Format(time.RFC3339), l.Ended.UTC().Format(time.RFC3339))
		x.tell(l, true)
	}
	for _, login := range of.all {
		x.Audit.Add(audit.Entry{
			At: l.Ended.UTC(), Kind: string(of.by.Kind), Who: of.by.Name, From: of.by.From,
			Action: "call." + string(l.Mode) + ".ended", Object: login,
			Detail: fmt.Sprintf("call %s, phone %s, %s", l.Call, l.Phone, when),
		})
	}
}

func (x *Commands) tell(l listening.Listening, over bool) {
	of, _ := l.For.(request)
	if !x.Notice() {
		return
	}
	m, err := protocol.New(protocol.Notification, protocol.CallListened, protocol.ListenedCall{
		Call: l.Call, By: x.Staff().Name(of.by.Name), Mode: string(l.Mode), Over: over,
	})
	if err == nil {
		x.Send(of.all, m)
	}
}
