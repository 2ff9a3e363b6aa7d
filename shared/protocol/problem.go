package protocol

// Problem is what went wrong, for a desktop to say in the agent's language. A desktop that does not
// know it shows the text that comes with it. About is what it concerns, such as a number.
type Problem string

// The problems.
const (
	HelpDeskDown      Problem = "help_desk.down"      // it does not respond
	HelpDeskRefused   Problem = "help_desk.refused"   // it rejects this ticket
	HelpDeskGone      Problem = "help_desk.gone"      // the ticket is in another one, which the hub no longer uses
	HelpDeskSetup     Problem = "help_desk.setup"     // an administrator must correct the connection
	HelpDeskCustomer  Problem = "help_desk.customer"  // it does not know the customer; about: the login
	HelpDeskSettling  Problem = "help_desk.settling"  // the hub is finding out whether the ticket exists
	HelpDeskUncertain Problem = "help_desk.uncertain" // the hub cannot find out
	HelpDeskCreated   Problem = "help_desk.created"   // the ticket exists, its number is not known
	HelpDeskUnsaid    Problem = "help_desk.failed"    // the reason is only in the hub's trace

	CallUnknown    Problem = "call.unknown" // the hub does not know the call any more
	CallNotYours   Problem = "call.not_yours"
	CallTest       Problem = "call.test"       // a test call gets no ticket
	TicketNotOpen  Problem = "ticket.not_open" // about: the ticket's number
	TicketTemplate Problem = "ticket.template" // the template in hub.yml is wrong
	TicketCustomer Problem = "ticket.customer" // the chosen customer does not have this number
	TicketUnsaved  Problem = "ticket.unsaved"
	TicketMissing  Problem = "ticket.missing" // a note needs one
	TicketDropped  Problem = "ticket.dropped" // by an administrator; about: why
	NoteUnsaved    Problem = "note.unsaved"
	NoteSaved      Problem = "note.saved"
	TicketBusy     Problem = "ticket.busy" // it is being finished: press again
	TicketSaved    Problem = "ticket.saved"

	NumberWithheld   Problem = "number.withheld"
	NumberInternal   Problem = "number.internal" // about: the number, as in the next three
	NumberShort      Problem = "number.short"    // no caller outside has presented it
	NumberInvalid    Problem = "number.invalid"
	NumberProtected  Problem = "number.protected"
	NumberUnchecked  Problem = "number.unchecked" // the directories cannot tell whether it is protected
	NumberHidden     Problem = "number.hidden"    // it cannot be saved
	NumberUnnamed    Problem = "number.unnamed"
	NumberMany       Problem = "number.many" // about: how many an agent can save
	NumberUnsaved    Problem = "number.unsaved"
	NumberUnread     Problem = "number.unread" // the agent's own numbers cannot be read
	NumberNotBlocked Problem = "number.not_blocked"
	BlockFailed      Problem = "block.failed"  // about: the PBXs, as in the next three
	BlockIncomplete  Problem = "block.partial" // done later where it failed
	UnblockFailed    Problem = "unblock.failed"
	UnblockPartial   Problem = "unblock.partial" // done later where it failed
	BlockNoPBX       Problem = "block.no_pbx"
	BlockUnsaved     Problem = "block.unsaved"

	CategoryUnsaved Problem = "category.unsaved"
	CategoryUnknown Problem = "category.unknown" // about: the colour
	TextTooLong     Problem = "text.long"        // about: the maximum of characters
	HistoryNone     Problem = "history.none"     // this hub keeps no calls
	HistoryFailed   Problem = "history.failed"
	MissedClaimed   Problem = "missed.claimed" // about: the name of who has it
	MissedNone      Problem = "missed.none"    // there is no caller to call back
	MissedUnsaved   Problem = "missed.unsaved"

	ControlNotNow     Problem = "control.not_now"     // the call has changed: this is not possible any more
	ControlNoPhone    Problem = "control.no_phone"    // the agent's phone is not in this call
	ControlPhoneDeaf  Problem = "control.phone_deaf"  // the phone does not do this when it is asked to
	ControlPBXRight   Problem = "control.pbx_right"   // an administrator must give the hub a right on the PBX
	ControlPBXDown    Problem = "control.pbx_down"    // about: the PBX
	ControlPBXRefused Problem = "control.pbx_refused" // about: what it answered
	ControlUnproven   Problem = "control.unproven"    // the PBX did not show in time that it happened
	ControlNoConsult  Problem = "control.no_consult"  // the dialplan does not let this call be transferred so
	DialInvalid       Problem = "dial.invalid"        // about: the number, as in the next two
	DialForbidden     Problem = "dial.forbidden"
	DialUnknown       Problem = "dial.unknown" // the PBX has no such number
	DialNobody        Problem = "dial.nobody"  // about: the name, which no colleague has
	DialAmbiguous     Problem = "dial.ambiguous"
	DialLine          Problem = "dial.line"  // about: the line
	DialBusy          Problem = "dial.busy"  // the agent has as many calls as are allowed; about: how many
	DialPhone         Problem = "dial.phone" // about: the extension whose phone does not ring
	DialNoPBX         Problem = "dial.no_pbx"
	AnnouncementNone  Problem = "announcement.none"  // about: the extension, which has none
	ScriptNone        Problem = "script.none"        // the call's line has no page
	ListenNotNow      Problem = "listen.not_now"     // the agent does not talk, or the call is over
	ListenOwn         Problem = "listen.own"         // about: the phone, which is in the call, as in the next
	ListenTwice       Problem = "listen.twice"       // it listens already
	ListenPhone       Problem = "listen.phone"       // a phone of the company must be chosen
	ColleagueAway     Problem = "colleague.away"     // not signed in; about: the name
	DutyOff           Problem = "duty.off"           // hub.yml does not enable agent states
	DutyNotNow        Problem = "duty.not_now"       // the agent's state does not permit this change
	DutyMode          Problem = "duty.mode"          // about: the mode, which the company does not use
	DutyPause         Problem = "duty.pause"         // about: the code; empty: a pause needs a reason
	DutyProject       Problem = "duty.project"       // about: the code
	DutyKind          Problem = "duty.kind"          // about: the code
	QueueNone         Problem = "queue.none"         // the agent has none
	QueueNotYours     Problem = "queue.not_yours"    // about: the queue, as in the next three
	QueueNotIn        Problem = "queue.not_in"       // the agent is not in it
	QueueUnknown      Problem = "queue.unknown"      // the PBX has no such queue
	QueueUnproven     Problem = "queue.unproven"     // the PBX did not show in time that it happened
	MobileNone        Problem = "mobile.none"        // the agent has no mobile on the white list
	MobileDialplan    Problem = "mobile.dialplan"    // a PBX cannot call mobiles; about: its id
	MobileNumber      Problem = "mobile.number"      // about is no telephone number
	MobilePIN         Problem = "mobile.pin"         // about: the most digits
	MobileFixed       Problem = "mobile.fixed"       // hub.yml has the number
	MobileUnlisted    Problem = "mobile.unlisted"    // the number is not on the white list
	MobileMany        Problem = "mobile.many"        // about: the most numbers of the white list
	AgentUnknown      Problem = "agent.unknown"      // about: the login
	PasswordWrong     Problem = "password.wrong"     // the current one
	PasswordShort     Problem = "password.short"     // about: the fewest characters
	PasswordLong      Problem = "password.long"      // about: the most bytes
	PasswordControl   Problem = "password.control"   // it has a line break or the like
	PasswordSame      Problem = "password.same"      // it is the current one
	PasswordTaken     Problem = "password.taken"     // another agent of an extension has it
	PasswordWait      Problem = "password.wait"      // too many wrong ones; about: seconds
	PasswordElsewhere Problem = "password.directory" // see PasswordAt, also the next
	PasswordUnwritten Problem = "password.fixed"

	RightMissing  Problem = "right.missing"
	HubBusy       Problem = "hub.busy" // or stopping
	HubOlder      Problem = "hub.older"
	HubFailed     Problem = "hub.failed"
	HubMaintained Problem = "hub.maintenance" // come back later; about: what an administrator wrote
	ActionInvalid Problem = "action.invalid"

	AccountRemoved   Problem = "account.removed"
	AccountPassword  Problem = "account.password"
	AccountExtension Problem = "account.extension" // about: the agent's extensions now
)
