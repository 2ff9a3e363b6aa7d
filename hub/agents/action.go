package agents

import (
	"context"

	"traybell/hub/blocking"
	"traybell/hub/desk"
	"traybell/hub/fail"
	"traybell/hub/staff"
	"traybell/shared/protocol"
)

// Desk is the part of the desk that sessions use.
type Desk interface {
	// Join calls join on the desk's loop with the snapshot, so that every later change comes after
	// it. join does not block and keeps nothing of the snapshot.
	Join(ctx context.Context, agent staff.Agent, join func(snapshot protocol.OpenedSession)) error
	CreateTicket(ctx context.Context, agent staff.Agent, in desk.CreateTicket) (desk.TicketAnswer, error)
	AppendTicket(ctx context.Context, agent staff.Agent, in desk.AppendTicket) (desk.TicketAnswer, error)
	SetCategory(ctx context.Context, agent staff.Agent, in protocol.SetCategory) error
	PopupShown(ctx context.Context, agent staff.Agent, call string, hidden protocol.Hidden) error
	// Refused traces that an agent without the right pressed on a call.
	Refused(call string, agent staff.Agent, why string)
}

// Blocking blocks callers.
type Blocking interface {
	Block(ctx context.Context, agent staff.Agent, number, reason string) (blocking.Result, error)
	Unblock(ctx context.Context, agent staff.Agent, number, reason string) (blocking.Result, error)
}

// History reads earlier calls.
type History interface {
	List(ctx context.Context, agent staff.Agent, in protocol.ListHistory) (protocol.History, error)
}

// Commands carries out the actions of agents. ctx outlives the session, so that a cut connection
// leaves no action half done. Errors are read with fail.Of.
type Commands struct {
	Desk     Desk
	Blocking Blocking
	History  History
}

// action is one ACP action.
type action struct {
	right protocol.Right // needed; empty: none
	run   func(ctx context.Context, c Commands, a staff.Agent, m protocol.Message) (reply, error)
}

// reply is the answer to an action.
type reply struct {
	kind protocol.Type
	name string
	data any
}

func notification(name string, data any) reply { return reply{protocol.Notification, name, data} }

var accepted = notification(protocol.Accepted, struct{}{})

// actions are all actions of a signed-in agent.
var actions = map[string]action{
	protocol.TicketCreate:  {protocol.RightTicket, decode(createTicket)},
	protocol.TicketAppend:  {protocol.RightTicket, decode(appendTicket)},
	protocol.CategorySet:   {protocol.RightCategory, decode(setCategory)},
	protocol.CallerBlock:   {protocol.RightBlock, decode(block)},
	protocol.CallerUnblock: {protocol.RightBlock, decode(unblock)},
	protocol.HistoryList:   {"", decode(listHistory)},
	protocol.CallShown:     {"", decode(popupShown)},
}

// decode makes the run of an action from a function of its data; id is the action's.
func decode[T any](run func(ctx context.Context, c Commands, a staff.Agent, id string, in T) (reply, error),
) func(context.Context, Commands, staff.Agent, protocol.Message) (reply, error) {
	return func(ctx context.Context, c Commands, a staff.Agent, m protocol.Message) (reply, error) {
		var in T
		if err := m.Decode(&in); err != nil {
			return reply{}, fail.New(fail.Invalid, "Cannot read the action: %v.", err)
		}
		return run(ctx, c, a, m.ID, in)
	}
}

func createTicket(ctx context.Context, c Commands, a staff.Agent, id string, in protocol.CreateTicket) (reply, error) {
	answer, err := c.Desk.CreateTicket(ctx, a, desk.CreateTicket{
		ActionID: id, Call: in.Call, Customer: in.Customer, Template: in.Template,
	})
	return ticketReply(answer), err
}

func appendTicket(ctx context.Context, c Commands, a staff.Agent, id string, in protocol.AppendTicket) (reply, error) {
	answer, err := c.Desk.AppendTicket(ctx, a, desk.AppendTicket{ActionID: id, Call: in.Call, Ticket: in.Ticket})
	return ticketReply(answer), err
}

func ticketReply(a desk.TicketAnswer) reply {
	if a.Queued != nil {
		return reply{protocol.Warning, protocol.TicketQueued, a.Queued}
	}
	return notification(protocol.TicketCreated, a.Created)
}

func setCategory(ctx context.Context, c Commands, a staff.Agent, _ string, in protocol.SetCategory) (reply, error) {
	return accepted, c.Desk.SetCategory(ctx, a, in)
}

func block(ctx context.Context, c Commands, a staff.Agent, _ string, in protocol.BlockCaller) (reply, error) {
	result, err := c.Blocking.Block(ctx, a, in.Number, in.Reason)
	return blockReply(result), err
}

func unblock(ctx context.Context, c Commands, a staff.Agent, _ string, in protocol.BlockCaller) (reply, error) {
	result, err := c.Blocking.Unblock(ctx, a, in.Number, in.Reason)
	return blockReply(result), err
}

func blockReply(r blocking.Result) reply {
	if r.Partial {
		return reply{protocol.Warning, protocol.BlockingPartial, r.Told}
	}
	return notification(protocol.CallerBlocked, r.Told)
}

func listHistory(ctx context.Context, c Commands, a staff.Agent, _ string, in protocol.ListHistory) (reply, error) {
	page, err := c.History.List(ctx, a, in)
	return notification(protocol.HistoryAnswer, page), err
}

func popupShown(ctx context.Context, c Commands, a staff.Agent, _ string, in protocol.ShownCall) (reply, error) {
	return accepted, c.Desk.PopupShown(ctx, a, in.Call, in.Hidden)
}

// act carries out an action of a signed-in agent and returns the answer: a notification, a warning
// or an error.
func (s *Server) act(ctx context.Context, a staff.Agent, m protocol.Message) protocol.Message {
	r, err := s.run(ctx, a, m)
	if err != nil {
		f := fail.Of(err)
		s.log.Info("action failed", "action", m.Name, "login", a.Login, "code", f.Code, "reason", f.Text,
			"error", f.Err)
		r = reply{protocol.Error, m.Name, protocol.Failure{Code: errorCode(f.Code), Text: f.Text, Retry: f.Retry}}
	}
	answer, err := protocol.New(r.kind, r.name, r.data)
	if err != nil {
		s.log.Error("cannot encode answer", "action", m.Name, "error", err)
		answer, _ = protocol.New(protocol.Error, m.Name, protocol.Failure{ // strings can always be encoded
			Code: protocol.Broken, Text: "The answer could not be encoded; please tell an administrator.",
		})
	}
	return answer
}

func (s *Server) run(ctx context.Context, a staff.Agent, m protocol.Message) (reply, error) {
	do, known := actions[m.Name]
	if !known {
		return reply{}, fail.New(fail.Invalid,
			"This hub does not know the action %q. Is the desktop newer than the hub?", m.Name)
	}
	if do.right != "" && !a.May(do.right) {
		var on struct {
			Call string `json:"call"`
		}
		if m.Decode(&on) == nil && on.Call != "" {
			s.commands.Desk.Refused(on.Call, a, "the right "+do.right+" is missing in hub.yml")
		}
		return reply{}, fail.New(fail.Forbidden,
			"You do not have the right %q. An administrator can give it to you in hub.yml.", do.right)
	}
	return do.run(ctx, s.commands, a, m)
}

// errorCode is the protocol's code of a failure.
func errorCode(c fail.Code) protocol.ErrorCode {
	switch c {
	case fail.Invalid:
		return protocol.Invalid
	case fail.Forbidden:
		return protocol.Forbidden
	case fail.NotFound:
		return protocol.NotFound
	case fail.Busy:
		return protocol.Limit
	case fail.HelpDesk:
		return protocol.HelpDeskFailed
	case fail.PBX:
		return protocol.PBXFailed
	case fail.Internal:
	}
	return protocol.Broken
}
