// Package fail is why a command of an agent was not carried out: a code for programs, a problem
// that desktops say in the agent's language, and the details for administrators.
package fail

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"traybell/shared/protocol"
)

// Code is the kind of a failure.
type Code string

// The codes.
const (
	Invalid   Code = "invalid"   // the command itself is wrong
	Forbidden Code = "forbidden" // a right is missing, or hub.yml forbids it
	NotFound  Code = "not_found"
	Conflict  Code = "conflict"  // it has changed meanwhile
	Busy      Code = "busy"      // too much is asked, or the hub is stopping; a retry may succeed
	Limited   Code = "limited"   // the client asks too often
	HelpDesk  Code = "help_desk" // the help desk refused or failed
	PBX       Code = "pbx"       // a PBX refused or failed
	Internal  Code = "internal"  // something broke in the hub; its log says what
)

// Error is a failed command.
type Error struct {
	Code    Code
	Problem protocol.Problem
	About   string
	Text    string // for agents whose desktop does not know Problem
	Detail  string // for administrators; empty: Text says it all
	Retry   bool   // the same command may succeed later
	Err     error  // the cause, for the log; may be nil
}

// Error is for administrators.
func (e *Error) Error() string {
	text := cmp.Or(e.Detail, e.Text)
	if e.Err != nil {
		return strings.TrimSpace(text + " " + e.Err.Error())
	}
	return text
}

func (e *Error) Unwrap() error { return e.Err }

// New makes a failure. about is what it concerns, see protocol.Problem.
func New(problem protocol.Problem, about string) *Error {
	of := known[problem]
	return &Error{Code: of.code, Problem: problem, About: about, Text: Text(problem, about), Retry: of.retry}
}

// Text is the English sentence of a problem, for desktops that do not know it.
func Text(problem protocol.Problem, about string) string {
	return strings.ReplaceAll(known[problem].text, "%", about)
}

// Because adds the cause.
func (e *Error) Because(err error) *Error {
	e.Err = err
	return e
}

// Explain adds what administrators need to know.
func (e *Error) Explain(format string, args ...any) *Error {
	e.Detail = fmt.Sprintf(format, args...)
	return e
}

// Of returns err as an *Error; any other error is Internal.
func Of(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return New(protocol.HubFailed, "").Because(err)
}

// known has the code of each problem, whether a retry may help, and its sentence; % is About.
var known = map[protocol.Problem]struct {
	code  Code
	retry bool
	text  string
}{
	protocol.HelpDeskDown: {HelpDesk, true, "The help desk is not responding."},
	protocol.HelpDeskGone: {
		HelpDesk, false, "The ticket is in a help desk that the hub no longer uses: please add this there yourself.",
	},
	protocol.HelpDeskRefused:   {HelpDesk, false, "The help desk refuses this ticket: please tell an administrator."},
	protocol.HelpDeskSetup:     {HelpDesk, false, "The help desk is not available: please tell an administrator."},
	protocol.HelpDeskCustomer:  {HelpDesk, false, "The help desk does not know the customer %."},
	protocol.HelpDeskSettling:  {HelpDesk, true, "The help desk has not confirmed the ticket yet."},
	protocol.HelpDeskUncertain: {HelpDesk, true, "The ticket may exist: if it is not in the help desk, press again."},
	protocol.HelpDeskCreated: {
		HelpDesk, false, "The ticket was created, its number is unknown: see the help desk, do not press again.",
	},
	protocol.HelpDeskUnsaid: {HelpDesk, false, "The help desk did not create the ticket."},

	protocol.CallUnknown:      {NotFound, false, "The hub has forgotten this call: create a ticket in the help desk."},
	protocol.ScriptNone:       {NotFound, false, "There is no page for this call."},
	protocol.AnnouncementNone: {NotFound, false, "There is no announcement for the extension %."},
	protocol.ListenNotNow:     {Conflict, false, "The agent does not talk in this call now."},
	protocol.ListenOwn:        {Conflict, false, "The phone % is in this call."},
	protocol.ListenTwice:      {Conflict, false, "The phone % listens already."},
	protocol.ListenPhone:      {Invalid, false, "Choose the phone of an agent that is to ring."},
	protocol.CallTest:         {Invalid, false, "This is a test call: there is no ticket for it."},
	protocol.CallNotYours:     {Forbidden, false, "This call is not one of yours."},
	protocol.TicketNotOpen:    {NotFound, false, "% is not an open ticket of this customer."},
	protocol.TicketTemplate:   {Invalid, false, "The ticket could not be filled in: please tell an administrator."},
	protocol.TicketCustomer:   {Invalid, false, "The chosen customer does not have this number: choose again."},
	protocol.TicketUnsaved:    {Internal, true, "The ticket could not be saved: please press again."},
	protocol.TicketMissing:    {NotFound, false, "This call has no ticket yet: create the ticket first."},
	protocol.TicketDropped:    {HelpDesk, false, "An administrator dropped this ticket: %."},
	protocol.NoteSaved:        {HelpDesk, true, "The note is saved and will be added later."},
	protocol.NoteUnsaved:      {Internal, true, "The note could not be saved: please try again."},
	protocol.TicketBusy:       {Busy, true, "This ticket is being finished: please press again."},
	protocol.TicketSaved:      {HelpDesk, true, "The ticket is saved and will be created later."},

	protocol.NumberWithheld:   {Invalid, false, "The caller withheld the number."},
	protocol.NumberInternal:   {Forbidden, false, "% is an internal number: only outside numbers can be blocked."},
	protocol.NumberShort:      {Forbidden, false, "% may be an internal number: no outside caller showed it lately."},
	protocol.NumberHidden:     {Forbidden, false, "A hidden number cannot be saved."},
	protocol.NumberUnnamed:    {Invalid, false, "The number needs a name."},
	protocol.NumberMany:       {Conflict, false, "You have saved % numbers, which is the most: remove one first."},
	protocol.NumberUnsaved:    {Internal, true, "Your numbers could not be changed: please try again."},
	protocol.NumberUnread:     {Internal, true, "Your numbers could not be read: please try again."},
	protocol.NumberInvalid:    {Invalid, false, "% cannot be blocked: it is not a telephone number."},
	protocol.NumberProtected:  {Forbidden, false, "% is protected and cannot be blocked."},
	protocol.NumberUnchecked:  {Internal, true, "Whether this number is protected is not known yet: please try again."},
	protocol.NumberNotBlocked: {NotFound, false, "This number is not blocked."},
	protocol.BlockFailed:      {PBX, true, "The number could not be blocked (PBX %)."},
	protocol.BlockIncomplete:  {PBX, true, "The number is not blocked everywhere (PBX %). The hub tries again."},
	protocol.UnblockFailed:    {PBX, true, "The number could not be unblocked (PBX %)."},
	protocol.UnblockPartial:   {PBX, true, "The number is not unblocked everywhere (PBX %). The hub tries again."},
	protocol.BlockNoPBX:       {Invalid, false, "There is no PBX to block callers on."},
	protocol.BlockUnsaved:     {Internal, true, "Nothing was blocked: the hub could not save it. Please try again."},

	protocol.CategoryUnsaved: {Internal, true, "The note could not be saved: please try again."},
	protocol.CategoryUnknown: {Invalid, false, "There is no category %."},
	protocol.TextTooLong:     {Invalid, false, "The text is longer than % characters."},
	protocol.HistoryNone:     {NotFound, false, "This hub keeps no earlier calls."},
	protocol.HistoryFailed:   {Busy, true, "The earlier calls could not be read: please try again."},
	protocol.MissedClaimed:   {Conflict, false, "% calls back already."},
	protocol.MissedNone:      {NotFound, false, "This number needs no call back any more."},
	protocol.MissedUnsaved:   {Internal, true, "This could not be saved: please try again."},

	protocol.ControlNotNow:    {Conflict, false, "The call has changed: this is not possible now."},
	protocol.ControlNoPhone:   {Forbidden, false, "Your phone is not in this call."},
	protocol.ControlPhoneDeaf: {PBX, false, "Your phone does not do this on request: use its keys."},
	protocol.ControlPBXRight: {
		Forbidden, false, "The PBX does not let the hub do this: please tell an administrator.",
	},
	protocol.ControlPBXDown:    {PBX, true, "The PBX % is not connected."},
	protocol.ControlPBXRefused: {PBX, false, "The PBX refuses this: %."},
	protocol.ControlUnproven:   {PBX, true, "The PBX does not confirm this: look at your phone."},
	protocol.ControlNoConsult:  {PBX, false, "The PBX cannot do this with this call: transfer it at once."},
	protocol.DialInvalid:       {Invalid, false, "% is not a telephone number."},
	protocol.DialForbidden:     {Forbidden, false, "You may not dial %: an administrator can allow it."},
	protocol.DialNobody:        {NotFound, false, "There is no colleague % with a phone."},
	protocol.DialAmbiguous:     {Invalid, false, "Several colleagues match %: type more of the name."},
	protocol.DialUnknown:       {NotFound, false, "The PBX does not know the number %."},
	protocol.DialLine:          {NotFound, false, "There is no line % that you may dial with."},
	protocol.ColleagueAway:     {Conflict, false, "% is not signed in: the message was not sent."},
	protocol.DialBusy:          {Conflict, false, "You have % calls already: end one of them first."},
	protocol.DialPhone:         {PBX, false, "The phone % does not ring: check that it is connected."},
	protocol.DialNoPBX:         {Forbidden, false, "The hub may not place calls: please tell an administrator."},
	protocol.DutyOff:           {NotFound, false, "This hub does not keep what agents do."},
	protocol.DutyNotNow:        {Conflict, false, "This is not possible now: what you do has changed."},
	protocol.DutyMode:          {Invalid, false, "The mode % is not used here."},
	protocol.DutyPause:         {Invalid, false, "Choose a reason for the pause."},
	protocol.DutyProject:       {Invalid, false, "There is no project %: choose another one."},
	protocol.DutyKind:          {Invalid, false, "There is no kind of work %: choose another one."},
	protocol.QueueNone:         {NotFound, false, "You have no queue."},
	protocol.QueueNotYours:     {Forbidden, false, "The queue % is not one of yours."},
	protocol.QueueNotIn:        {Conflict, false, "You are not in the queue %: join it first."},
	protocol.QueueUnknown:      {NotFound, false, "The PBX has no queue %: please tell an administrator."},
	protocol.QueueUnproven:     {PBX, true, "The PBX does not confirm the change of the queue %: please look again."},
	protocol.MobileNone: {
		Forbidden, false, "Your mobile is not on the list of those that take calls: please ask an administrator.",
	},
	protocol.MobileNumber: {
		Invalid, false, "% is not a telephone number: write it with its code, such as +7 916 123-45-67.",
	},
	protocol.MobilePIN:      {Invalid, false, "The PIN must have 4 to % digits."},
	protocol.MobileFixed:    {Conflict, false, "This number is in the hub's configuration: change it there."},
	protocol.MobileUnlisted: {NotFound, false, "This number is not on the list."},
	protocol.MobileMany:     {Invalid, false, "The list has % numbers, which is the most: remove one first."},
	protocol.AgentUnknown:   {NotFound, false, "There is no agent %."},
	protocol.MobileDialplan: {
		PBX, false, "The PBX % is not set up to call mobiles: please tell an administrator.",
	},
	protocol.PasswordWrong:     {Forbidden, false, "The current password is wrong."},
	protocol.PasswordShort:     {Invalid, false, "The new password needs at least % characters."},
	protocol.PasswordLong:      {Invalid, false, "The new password is too long: it has at most % bytes."},
	protocol.PasswordControl:   {Invalid, false, "The new password has a line break or another control character."},
	protocol.PasswordSame:      {Invalid, false, "The new password is the current one."},
	protocol.PasswordTaken:     {Conflict, false, "Choose another password: an agent of your extension has this one."},
	protocol.PasswordWait:      {Busy, true, "Too many wrong passwords: try again in % s."},
	protocol.PasswordElsewhere: {Forbidden, false, "The company keeps your password elsewhere: change it there."},
	protocol.PasswordUnwritten: {Forbidden, false, "The hub cannot change your password: please ask an administrator."},

	protocol.RightMissing:  {Forbidden, false, "You do not have the right %: an administrator can give it to you."},
	protocol.HubBusy:       {Busy, true, "The hub is busy or stopping: please try again."},
	protocol.HubOlder:      {Invalid, false, "The hub is older than this program and cannot do this."},
	protocol.HubFailed:     {Internal, true, "The hub could not do this: please tell an administrator."},
	protocol.HubMaintained: {Busy, true, "The hub is under maintenance: please come back later."},
	protocol.ActionInvalid: {Invalid, false, "The hub does not understand this program: please tell an administrator."},

	protocol.AccountRemoved:   {Forbidden, false, "An administrator removed your account."},
	protocol.AccountPassword:  {Forbidden, false, "Your password was changed: sign in with the new one."},
	protocol.AccountExtension: {Forbidden, false, "Your extension was changed: sign in with %."},
}
