package desk

import (
	"context"
	"strings"
	"time"

	"traybell/shared/phone"
	"traybell/shared/protocol"
)

// Agent is a person who answers calls: hub.yml's agents.
type Agent struct {
	Login      string
	Name       string
	Extensions []string
	Password   string // argon2id, in the PHC string format
	Teams      []string
	Rights     []string // ticket, category, block
}

// Line is a tracked number: hub.yml's tracking.
type Line struct {
	Number   string // a DID, a dialplan pattern ("_7495XXXXXXX"), or "*" for all
	Name     string
	Comment  string
	Teams    []string // who sees its calls; empty: everybody whose extension rings
	Agents   []string // logins, beside the teams
	Show     Show
	Template string // the ticket template's name
}

// Show tells whom a line's calls are shown to.
type Show string

// The two ways.
const (
	ShowRinging Show = "ringing" // the agents whose extension rings (and of the line's teams, where it names any)
	ShowBound   Show = "bound"   // all agents of the line's teams and those it names, whoever's phone rings
)

// Directory finds customers by number. An implementation answers from memory; it is called off the
// desk's loop.
type Directory interface {
	Find(ctx context.Context, number phone.Number) ([]protocol.Customer, error)
}

// HelpDesk makes tickets. Errors are *HelpDeskError where the help desk itself said something; all
// methods may be called at once from several goroutines.
type HelpDesk interface {
	// Create makes one ticket. When it fails with Uncertain, the ticket may exist: Find tells.
	Create(ctx context.Context, draft TicketDraft) (Ticket, error)
	// Find looks for the ticket that was made of that call; ok is false when there is none.
	Find(ctx context.Context, callID string) (ticket Ticket, ok bool, err error)
	TicketNotes
}

// TicketDraft is a ticket to make: the template's text, filled in.
type TicketDraft struct {
	CallID   string             // Call.ID: kept with the ticket, so that Find can find it
	Number   string             // the caller's number, E.164 where it could be read
	Customer *protocol.Customer // nil for an unknown caller
	Agent    Agent              // who pressed
	Title    string
	Body     string
	Queue    string
	Priority string
	State    string
	Type     string
	Owner    string
	Into     *Ticket // the ticket that the call is added to; nil: a new one
}

// Ticket is a ticket that exists.
type Ticket struct {
	ID     string // the help desk's own key
	Number string // what is told to the caller
	URL    string
}

// HelpDeskError is a refusal or a failure of the help desk.
type HelpDeskError struct {
	Reason    string // for the agent, one sentence
	Retry     bool   // the same draft may go through later
	Uncertain bool   // the ticket may have been made
	Refused   bool   // the help desk wants nothing of this very draft: it is of no use to send it again
	Err       error
}

func (e *HelpDeskError) Error() string {
	if e.Err != nil {
		return strings.TrimSuffix(e.Reason, ".") + ": " + e.Err.Error()
	}
	return e.Reason
}

func (e *HelpDeskError) Unwrap() error { return e.Err }

// Store keeps what must survive a restart.
type Store interface {
	CategoryStore
	RequestStore
}

// CategoryStore keeps what agents noted about numbers. A number is in E.164 where it could be read,
// else the digits.
type CategoryStore interface {
	// Category returns the neutral category where nothing is noted.
	Category(ctx context.Context, number string) (protocol.Category, error)
	SetCategory(ctx context.Context, c protocol.Category) error
}

// RequestStore keeps presses of OK, one for each call.
type RequestStore interface {
	// TicketOf returns the request of a call; ok is false where nobody has pressed.
	TicketOf(ctx context.Context, callID string) (r TicketRequest, ok bool, err error)
	// BeginTicket keeps a press before the help desk is asked. first is false, and the kept request
	// is returned, where the call has one already: whoever pressed it.
	BeginTicket(ctx context.Context, r TicketRequest) (kept TicketRequest, first bool, err error)
	// EndTicket notes how the help desk answered: State, Ticket and Error of the request.
	EndTicket(ctx context.Context, r TicketRequest) error
}

// TicketState is where a press stands.
type TicketState string

// The states.
const (
	TicketPending TicketState = "pending" // the help desk is being asked, or will be again
	TicketMade    TicketState = "made"
	TicketFailed  TicketState = "failed" // it may be pressed again
)

// TicketRequest is a press of OK, kept by call.
type TicketRequest struct {
	CallID   string
	ActionID string // the first press's id
	Agent    string // the login of who pressed first
	State    TicketState
	Ticket   Ticket
	Error    string
	At       time.Time

	Draft TicketDraft   // what is to be made; its agent has a login and a name only
	Tries int           // attempts that came to nothing
	Next  time.Time     // when it is tried again; zero while it is being tried
	Dark  time.Time     // when it was last asked for without a certain answer
	Owed  bool          // it ended later than the agent waited, who has to be told yet
	Talk  time.Duration // how long was talked on the call; zero while that is not known
	Noted bool          // the talk time is in the ticket
}

// Terminals carries messages to the agents' desktops. Its methods never block and may be called
// from any goroutine.
type Terminals interface {
	Send(logins []string, m protocol.Message) // encodes once
	Phones(login string) []string             // the extensions with which the agent is signed in; none: is not there
}

// Switchboard keeps the blacklists of the PBXs that are enabled. Its errors are *SwitchboardError;
// all methods may be called at once from several goroutines.
type Switchboard interface {
	PBXs() []string // the ids
	// Block puts a number on a PBX's blacklist, character by character as the PBX presents it, and
	// reads it back. One that stands there already stays as it is.
	Block(ctx context.Context, pbx, form, description string) error
	// Unblock takes it off and reads that it is gone; was tells whether it stood there.
	Unblock(ctx context.Context, pbx, form string) (was bool, err error)
}

// SwitchboardError says why a PBX did not do what it was asked.
type SwitchboardError struct {
	Reason    string // for the agent, the part of a sentence that follows a colon
	Uncertain bool   // it may have been done all the same
	Err       error
}

func (e *SwitchboardError) Error() string {
	if e.Err != nil {
		return strings.TrimSuffix(e.Reason, ".") + ": " + e.Err.Error()
	}
	return e.Reason
}

func (e *SwitchboardError) Unwrap() error { return e.Err }

// BlockStore keeps who blocked and unblocked which number, when, why and where. The last act on a
// number that did not fail is its state.
type BlockStore interface {
	// BeginBlock keeps an act before the PBXs are asked, as pending, and returns its id.
	BeginBlock(ctx context.Context, b Block) (id int64, err error)
	// EndBlock notes what came of it: State and Entries of the act with that ID.
	EndBlock(ctx context.Context, b Block) error
	// LastBlock returns the state of a number; ok is false where nobody ever blocked it.
	LastBlock(ctx context.Context, number string) (b Block, ok bool, err error)
	// PendingBlocks returns the states in which something is left to do on that PBX, oldest first.
	PendingBlocks(ctx context.Context, pbx string) ([]Block, error)
}

// Block is one act: an agent blocked a number, or unblocked it.
type Block struct {
	ID      int64
	Number  string // phone.Number.Key
	Blocked bool   // false: unblocked
	Reason  string
	Agent   string // login
	Name    string // the agent's name
	At      time.Time
	State   BlockState
	Entries []BlockEntry // by PBX, then by form
}

// BlockState is where an act stands.
type BlockState string

// The states.
const (
	BlockPending BlockState = "pending" // something is left to do: a PBX was away, or the hub stopped meanwhile
	BlockDone    BlockState = "done"
	BlockFailed  BlockState = "failed" // nothing was changed on any PBX, and nothing will be
)

// BlockEntry is one form of the number on one PBX.
type BlockEntry struct {
	PBX   string
	Form  string
	Done  bool
	Error string // why it is not done
}
