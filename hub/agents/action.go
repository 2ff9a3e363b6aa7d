package agents

import (
	"cmp"
	"context"
	"time"

	"traybell/hub/access"
	"traybell/hub/blocking"
	"traybell/hub/fail"
	"traybell/hub/missed"
	"traybell/hub/staff"
	"traybell/hub/ticketing"
	"traybell/shared/protocol"
)

// Desk is the part of the desk that sessions use.
type Desk interface {
	// Join calls join on the desk's loop with the snapshot, so that every later change comes after
	// it. join does not block, and may keep the snapshot. After an error join was not called and
	// will not be.
	Join(ctx context.Context, agent staff.Agent, join func(snapshot protocol.OpenedSession)) error
	CreateTicket(ctx context.Context, agent staff.Agent, in ticketing.CreateTicket) (ticketing.TicketAnswer, error)
	AppendTicket(ctx context.Context, agent staff.Agent, in ticketing.AppendTicket) (ticketing.TicketAnswer, error)
	NoteTicket(ctx context.Context, agent staff.Agent, in ticketing.NewNote) (ticketing.NoteAnswer, error)
	SetCategory(ctx context.Context, agent staff.Agent, in protocol.SetCategory) error
	PopupShown(ctx context.Context, agent staff.Agent, report protocol.ShownCall) error
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

// Why explains calls.
type Why interface {
	ForAgent(ctx context.Context, agent staff.Agent, in protocol.WhyCall) (protocol.ExplainedCall, error)
}

// Tests places test calls.
type Tests interface {
	Test(ctx context.Context, agent staff.Agent, in protocol.TestCall) (protocol.TestedCall, error)
}

// Missed says who calls back the callers of missed calls.
type Missed interface {
	Claim(ctx context.Context, p access.Principal, number string) (missed.Item, error)
	Release(ctx context.Context, p access.Principal, number string) (missed.Item, error)
	Done(ctx context.Context, p access.Principal, number string, until time.Time) (missed.Item, error)
}

// Controls does things with calls. id is the action's.
type Controls interface {
	// Control does something with a call; with is a number or digits. slot is where a call is parked.
	Control(ctx context.Context, agent staff.Agent, id, call string, control protocol.Control, with string) (
		slot string, err error)
	Dial(ctx context.Context, agent staff.Agent, id string, in protocol.DialNumber) (protocol.DialledNumber, error)
}

// Numbers finds numbers to dial.
type Numbers interface {
	Find(ctx context.Context, agent staff.Agent, in protocol.FindNumbers) (protocol.NumbersFound, error)
}

// Personal has the numbers that agents save for themselves.
type Personal interface {
	Save(ctx context.Context, login string, in protocol.PersonalNumber) error
	Remove(ctx context.Context, login, number string) error
}

// Queues changes who takes calls of queues.
type Queues interface {
	Control(ctx context.Context, agent staff.Agent, do protocol.QueueControl, in protocol.SetQueue) error
	Acknowledge(agent staff.Agent, id string) error
}

// Mobiles has agents take calls on their mobiles.
type Mobiles interface {
	Set(ctx context.Context, agent staff.Agent, on bool) error
}

// Commands carries out the actions of agents. ctx outlives the session, so that a cut connection
// leaves no action half done. Errors are read with fail.Of.
type Commands struct {
	Desk     Desk
	Blocking Blocking
	History  History
	Why      Why
	Tests    Tests
	Missed   Missed
	Controls Controls
	Duty     Duty
	Numbers  Numbers
	Personal Personal
	Queues   Queues
	Shows    Shows
	Mobiles  Mobiles

	Announcements Announcements

	Colleagues Colleagues
	Pages      Pages

	Passwords Passwords

	session *session // that asks
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
	protocol.TicketNote:    {protocol.RightTicket, decode(noteTicket)},
	protocol.CategorySet:   {protocol.RightCategory, decode(setCategory)},
	protocol.CallerBlock:   {protocol.RightBlock, decode(block)},
	protocol.CallerUnblock: {protocol.RightBlock, decode(unblock)},
	protocol.HistoryList:   {"", decode(listHistory)},
	protocol.CallShown:     {"", decode(popupShown)},
	protocol.CallWhy:       {"", decode(whyCall)},
	protocol.CallTry:       {"", decode(testCall)},
	protocol.MissedClaim:   {"", decode(claimMissed)},
	protocol.MissedRelease: {"", decode(releaseMissed)},
	protocol.MissedDone:    {"", decode(endMissed)},
	protocol.CallDial:      {protocol.RightControl, decode(dial)},
	protocol.CallAnswer:    {protocol.RightControl, decode(control(protocol.ControlAnswer))},
	protocol.CallHangup:    {protocol.RightControl, decode(control(protocol.ControlHangup))},
	protocol.CallHold:      {protocol.RightControl, decode(control(protocol.ControlHold))},
	protocol.CallResume:    {protocol.RightControl, decode(control(protocol.ControlResume))},
	protocol.QueueJoin:     {"", decode(queue(protocol.QueueJoins))},
	protocol.QueueLeave:    {"", decode(queue(protocol.QueueLeaves))},
	protocol.QueuePause:    {"", decode(queue(protocol.QueuePauses))},
	protocol.QueueResume:   {"", decode(queue(protocol.QueueResumes))},
	protocol.MobileSet:     {"", decode(setMobile)},
	protocol.PasswordSet:   {"", decode(setPassword)},
	protocol.AgentSet:      {"", decode(setAgent)},
	protocol.TaskBegin:     {"", decode(beginTask)},
	protocol.TaskEnd:       {"", decode(endTask)},
	protocol.NumbersFind:   {protocol.RightControl, decode(findNumbers)},
	protocol.NumberSave:    {protocol.RightControl, decode(saveNumber)},
	protocol.NumberRemove:  {protocol.RightControl, decode(removeNumber)},
	protocol.NumberShow:    {protocol.RightNumbers, decode(showNumber)},

	protocol.QueueAcknowledge: {"", decode(acknowledge)},
	protocol.CallScript:       {"", decode(openScript)},
	protocol.ColleaguesList:   {"", decode(listColleagues)},
	protocol.ColleagueMessage: {"", decode(messageColleague)},
	protocol.ColleaguePickup:  {protocol.RightControl, decode(pickUpColleague)},

	protocol.CallTransfer:   {protocol.RightControl, decode(transfer)},
	protocol.CallComplete:   {protocol.RightControl, decode(control(protocol.ControlComplete))},
	protocol.CallCancel:     {protocol.RightControl, decode(control(protocol.ControlCancel))},
	protocol.CallSwap:       {protocol.RightControl, decode(control(protocol.ControlSwap))},
	protocol.CallMute:       {protocol.RightControl, decode(mute)},
	protocol.CallDTMF:       {protocol.RightControl, decode(sendDigits)},
	protocol.CallConference: {protocol.RightControl, decode(confer)},
	protocol.CallPark:       {protocol.RightControl, decode(park)},
	protocol.CallPickup:     {protocol.RightControl, decode(control(protocol.ControlPickup))},

	protocol.AnnouncementSet:    {"", decode(switchAnnouncement)},
	protocol.AnnouncementDelete: {"", decode(deleteAnnouncement)},
	protocol.AnnouncementRing:   {"", decode(ringAnnouncement)},

	protocol.RecordingPause:  {protocol.RightRecord, decode(control(protocol.ControlPauseRecording))},
	protocol.RecordingResume: {protocol.RightRecord, decode(control(protocol.ControlResumeRecording))},
}

// decode makes the run of an action from a function of its data; id is the action's. What names a
// call, a customer or a ticket is checked here; what people type is cleaned where it is used.
func decode[T interface{ Check() error }](
	run func(ctx context.Context, c Commands, a staff.Agent, id string, in T) (reply, error),
) func(context.Context, Commands, staff.Agent, protocol.Message) (reply, error) {
	return func(ctx context.Context, c Commands, a staff.Agent, m protocol.Message) (reply, error) {
		var in T
		err := m.Decode(&in)
		if err == nil {
			err = in.Check()
		}
		if err != nil {
			return reply{}, fail.New(protocol.ActionInvalid, "").Explain("Cannot read the action: %v.", err)
		}
		return run(ctx, c, a, m.ID, in)
	}
}

func createTicket(ctx context.Context, c Commands, a staff.Agent, id string, in protocol.CreateTicket) (reply, error) {
	answer, err := c.Desk.CreateTicket(ctx, a, ticketing.CreateTicket{
		ActionID: id, Call: in.Call, Customer: in.Customer, Template: in.Template, Note: in.Note,
	})
	return ticketReply(answer), err
}

func appendTicket(ctx context.Context, c Commands, a staff.Agent, id string, in protocol.AppendTicket) (reply, error) {
	answer, err := c.Desk.AppendTicket(ctx, a, ticketing.AppendTicket{
		ActionID: id, Call: in.Call, Ticket: in.Ticket, Note: in.Note,
	})
	return ticketReply(answer), err
}

func ticketReply(a ticketing.TicketAnswer) reply {
	if a.Queued != nil {
		return reply{protocol.Warning, protocol.TicketQueued, a.Queued}
	}
	return notification(protocol.TicketCreated, a.Created)
}

func noteTicket(ctx context.Context, c Commands, a staff.Agent, id string, in protocol.NoteTicket) (reply, error) {
	answer, err := c.Desk.NoteTicket(ctx, a, ticketing.NewNote{ActionID: id, Call: in.Call, Text: in.Text})
	if answer.Queued != nil {
		return reply{protocol.Warning, protocol.TicketQueued, answer.Queued}, err
	}
	return notification(protocol.TicketNoted, answer.Noted), err
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
	in.Search = clip(in.Search, protocol.MaxKey)
	page, err := c.History.List(ctx, a, in)
	return notification(protocol.HistoryAnswer, page), err
}

func popupShown(ctx context.Context, c Commands, a staff.Agent, _ string, in protocol.ShownCall) (reply, error) {
	return accepted, c.Desk.PopupShown(ctx, a, in)
}

func whyCall(ctx context.Context, c Commands, a staff.Agent, _ string, in protocol.WhyCall) (reply, error) {
	answer, err := c.Why.ForAgent(ctx, a, in)
	return notification(protocol.CallExplained, answer), err
}

func testCall(ctx context.Context, c Commands, a staff.Agent, _ string, in protocol.TestCall) (reply, error) {
	answer, err := c.Tests.Test(ctx, a, in)
	return notification(protocol.CallTested, answer), err
}

func claimMissed(ctx context.Context, c Commands, a staff.Agent, _ string, in protocol.FollowMissed) (reply, error) {
	_, err := c.Missed.Claim(ctx, principal(a), in.Number)
	return accepted, err
}

func releaseMissed(ctx context.Context, c Commands, a staff.Agent, _ string, in protocol.FollowMissed) (reply, error) {
	_, err := c.Missed.Release(ctx, principal(a), in.Number)
	return accepted, err
}

func endMissed(ctx context.Context, c Commands, a staff.Agent, _ string, in protocol.FollowMissed) (reply, error) {
	_, err := c.Missed.Done(ctx, principal(a), in.Number, in.Until)
	return accepted, err
}

func dial(ctx context.Context, c Commands, a staff.Agent, id string, in protocol.DialNumber) (reply, error) {
	answer, err := c.Controls.Dial(ctx, a, id, in)
	return notification(protocol.CallDialled, answer), err
}

func findNumbers(ctx context.Context, c Commands, a staff.Agent, _ string, in protocol.FindNumbers) (reply, error) {
	found, err := c.Numbers.Find(ctx, a, in)
	return notification(protocol.NumbersAnswer, found), err
}

func saveNumber(ctx context.Context, c Commands, a staff.Agent, _ string, in protocol.PersonalNumber) (reply, error) {
	return accepted, c.Personal.Save(ctx, a.Login, in)
}

func removeNumber(ctx context.Context, c Commands, a staff.Agent, _ string, in protocol.RemoveNumber) (reply, error) {
	return accepted, c.Personal.Remove(ctx, a.Login, in.Number)
}

// control makes the run of an action on a call without more data.
func control(what protocol.Control) func(context.Context, Commands, staff.Agent, string, protocol.ControlCall) (
	reply, error,
) {
	return func(ctx context.Context, c Commands, a staff.Agent, id string, in protocol.ControlCall) (reply, error) {
		_, err := c.Controls.Control(ctx, a, id, in.Call, what, "")
		return accepted, err
	}
}

// queue makes the run of an action that changes the agent's place in a queue.
func queue(do protocol.QueueControl) func(context.Context, Commands, staff.Agent, string, protocol.SetQueue) (
	reply, error,
) {
	return func(ctx context.Context, c Commands, a staff.Agent, _ string, in protocol.SetQueue) (reply, error) {
		return accepted, c.Queues.Control(ctx, a, do, in)
	}
}

func setMobile(ctx context.Context, c Commands, a staff.Agent, _ string, in protocol.SetMobile) (reply, error) {
	return accepted, c.Mobiles.Set(ctx, a, in.On)
}

func acknowledge(_ context.Context, c Commands, a staff.Agent, _ string, in protocol.AcknowledgeAlarm) (reply, error) {
	return accepted, c.Queues.Acknowledge(a, in.ID)
}

func transfer(ctx context.Context, c Commands, a staff.Agent, id string, in protocol.TransferCall) (reply, error) {
	what := protocol.ControlTransfer
	if in.Kind == protocol.TransferConsult {
		what = protocol.ControlConsult
	}
	_, err := c.Controls.Control(ctx, a, id, in.Call, what, in.To)
	return accepted, err
}

func mute(ctx context.Context, c Commands, a staff.Agent, id string, in protocol.MuteCall) (reply, error) {
	what := protocol.ControlUnmute
	if in.On {
		what = protocol.ControlMute
	}
	_, err := c.Controls.Control(ctx, a, id, in.Call, what, "")
	return accepted, err
}

func sendDigits(ctx context.Context, c Commands, a staff.Agent, id string, in protocol.SendDigits) (reply, error) {
	_, err := c.Controls.Control(ctx, a, id, in.Call, protocol.ControlDTMF, in.Digits)
	return accepted, err
}

func confer(ctx context.Context, c Commands, a staff.Agent, id string, in protocol.ConferCall) (reply, error) {
	_, err := c.Controls.Control(ctx, a, id, in.Call, protocol.ControlConference, in.With)
	return accepted, err
}

func park(ctx context.Context, c Commands, a staff.Agent, id string, in protocol.ControlCall) (reply, error) {
	slot, err := c.Controls.Control(ctx, a, id, in.Call, protocol.ControlPark, "")
	return notification(protocol.CallParked, protocol.ParkedCall{Call: in.Call, Slot: slot}), err
}

// principal is an agent at a desktop, which shows the agent's own calls: roles are for the pages.
func principal(a staff.Agent) access.Principal {
	return access.Principal{Kind: access.Agent, Name: a.Login}
}

// act carries out an action of a signed-in agent and returns the answer: a notification, a warning
// or an error, which it logs.
func (s *Server) act(ctx context.Context, log *lines, ses *session, m protocol.Message) protocol.Message {
	a := ses.now()
	if s.opts.Numbers != nil {
		m = s.opts.Numbers.In(m)
	}
	r, err := s.run(ctx, ses, a, m)
	if err != nil {
		f := fail.Of(err)
		log.info("action failed", "action", m.Name, "login", a.Login, "code", f.Code,
			"reason", cmp.Or(f.Detail, f.Text), "error", f.Err)
		r = reply{protocol.Error, m.Name, protocol.Failure{
			Code: errorCode(f.Code), Text: f.Text, Retry: f.Retry, Problem: f.Problem, About: f.About,
		}}
	}
	answer, err := protocol.New(r.kind, r.name, r.data)
	answer.Plain = r.name == protocol.NumberShown
	if err != nil {
		s.log.Error("cannot encode answer", "action", m.Name, "error", err)
		answer, _ = protocol.New(protocol.Error, m.Name, protocol.Failure{ // strings can always be encoded
			Code: protocol.Broken, Problem: protocol.HubFailed, Text: fail.Text(protocol.HubFailed, ""),
		})
	}
	return answer
}

func (s *Server) run(ctx context.Context, ses *session, a staff.Agent, m protocol.Message) (reply, error) {
	do, known := actions[m.Name]
	if !known {
		return reply{}, fail.New(protocol.HubOlder, "").
			Explain("This hub does not know the action %q. Is the desktop newer than the hub?", m.Name)
	}
	if do.right != "" && !a.May(do.right) {
		var on protocol.NoteTicket // any action on a call
		if m.Decode(&on) == nil && on.Check() == nil {
			s.commands.Desk.Refused(on.Call, a, "the right "+do.right+" is missing in hub.yml")
		}
		return reply{}, fail.New(protocol.RightMissing, do.right)
	}
	c := s.commands
	c.session = ses
	return do.run(ctx, c, a, m)
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
	case fail.Conflict:
		return protocol.Conflict
	case fail.Busy, fail.Limited:
		return protocol.Limit
	case fail.HelpDesk:
		return protocol.HelpDeskFailed
	case fail.PBX:
		return protocol.PBXFailed
	case fail.Internal:
	}
	return protocol.Broken
}
