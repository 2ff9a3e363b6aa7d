package protocol

import "time"

// entry is a message of ACP: a sample and its description in asyncapi.yaml.
type entry struct {
	Type    Type
	Name    string
	Data    any
	ID, Re  string
	Summary string
	Answers []string // for an action: names of its answers, other than an error
}

func (e entry) key() string { return string(e.Type) + "." + e.Name }

var (
	noon  = time.Date(2026, 11, 22, 9, 30, 0, 0, time.UTC)
	maria = Customer{
		Login: "maria", Name: "Maria Ivanova", Email: "maria@acme.example", Company: "Acme", Phone: "+7 495 123-45-67",
		Mobile: "+7 916 123-45-67", Location: "Moscow, Tverskaya 1", Directory: "customers",
	}
	ringing = Call{
		ID: "main:1795319561.0", Direction: Incoming, State: Ringing, Number: "84951234567",
		Display: "+7 495 123-45-67", E164: "+74951234567",
		Name: "IVANOVA", DID: "74950000001", Line: Line{Name: "Support", Comment: "Answer: Acme support"},
		Caller: Caller{
			Status: Known, Customers: []Customer{maria},
			Category: Category{
				Number: "+74951234567", Color: Yellow, Comment: "Pays late", Author: "Boris",
				Changed: noon.AddDate(0, -1, 0),
			},
		},
		Legs: []Leg{
			{Extension: "101", Agent: "Anna Petrova", State: Ringing},
			{Extension: "102", Agent: "Boris", State: Ringing},
		},
		Started: noon,
		Links: Links{
			CID: "https://www.google.com/search?q=84951234567",
			Map: "https://www.openstreetmap.org/search?query=Moscow%2C+Tverskaya+1",
		},
	}
	missed = Call{
		ID: "main:1795319400.7", Direction: Incoming, State: Ended, Display: "", DID: "74950000001",
		Line:    Line{Name: "Support"},
		Caller:  Caller{Status: Withheld, Category: Category{Color: Neutral}},
		Legs:    []Leg{{Extension: "101", Agent: "Anna Petrova", State: Ended}},
		Started: noon.Add(-3 * time.Minute), Ended: noon.Add(-150 * time.Second), Cause: 16, Missed: true,
	}
	returned = Call{
		ID: "main:1795319100.3", Direction: Incoming, State: Ended, Number: "84951234567", Display: "+7 495 123-45-67",
		E164: "+74951234567", DID: "74950000001", Line: Line{Name: "Support"},
		Caller: Caller{
			Status: Known, Customers: []Customer{{Login: "maria", Name: "Maria Ivanova"}},
			Category: Category{Color: Neutral},
			Blocked:  &Block{By: "Boris", At: noon.Add(-time.Minute), Reason: "Shouts", Failed: []string{"branch"}},
		},
		Legs:    []Leg{{Extension: "101", Agent: "Anna Petrova", State: Ended}},
		Started: noon.Add(-8 * time.Minute), Ended: noon.Add(-450 * time.Second), Cause: 16, Missed: true,
		CalledBack: &CalledBack{By: "Boris", At: noon.Add(-6 * time.Minute), Direction: Outgoing},
	}
	answered = func() Call {
		c := ringing
		c.State, c.Answered = Answered, noon.Add(7*time.Second)
		c.Legs = []Leg{
			{Extension: "101", Agent: "Anna Petrova", State: Answered},
			{Extension: "102", Agent: "Boris", State: Ended},
		}
		c.Caller.Tickets = []OpenTicket{
			{Number: "2026112010000007", Title: "Printer on floor 2", URL: "https://desk.example.com/ticket/7"},
		}
		c.Caller.OpenTickets, c.Caller.TicketsPage = 12, "https://desk.example.com/tickets?customer=maria"
		c.Ticket = &Ticket{Number: "2026112210000015", URL: "https://desk.example.com/ticket/15", By: "Anna Petrova"}
		c.Previous = &PreviousCall{
			Started: noon.AddDate(0, 0, -2), Direction: Incoming, Agent: "Boris", Line: "Support",
			Ticket: &Ticket{Number: "2026112010000007", URL: "https://desk.example.com/ticket/7"},
		}
		return c
	}()
	defaults = Settings{
		Language: "ru",
		Popups: Popups{
			Incoming: PopupKind{Enabled: true, Appear: 400, Show: 10000, Disappear: 400},
			Answer:   PopupKind{Enabled: true, Appear: 400, Disappear: 400},
			Warning:  PopupKind{Enabled: true, Appear: 400, Show: 8000, Disappear: 400},
		},
		Links: Links{
			CID: "https://www.google.com/search?q=<PIM_CID>",
			Map: "https://www.openstreetmap.org/search?query=<PIM_CUSTOMER_UserLocation>",
		},
		Locked: []string{"links.ticket"},
	}
)

// catalogue lists all messages.
func catalogue() []entry {
	return []entry{
		{
			Type: Action, Name: SessionOpen, ID: "K3V0", Summary: "Sign in. The first message of a terminal.",
			Answers: []string{SessionOpened}, Data: OpenSession{
				Protocol: Version, Extension: "101", Password: "correct horse",
				Client: Client{Version: "1.0.0", OS: "windows", Language: "ru", Desktop: "QZ4TJ7"},
			},
		},
		{
			Type: Action, Name: TicketCreate, ID: "P8LM",
			Summary: "Create the ticket of a call. Each call has at most one ticket.",
			Answers: []string{TicketCreated, TicketQueued}, Data: CreateTicket{
				Call: ringing.ID, Template: "support", Customer: "maria",
			},
		},
		{
			Type: Action, Name: TicketAppend, ID: "P8LN",
			Summary: "Add the call to one of the customer's open tickets, which becomes the call's ticket.",
			Answers: []string{TicketCreated, TicketQueued},
			Data:    AppendTicket{Call: ringing.ID, Ticket: "2026112010000007"},
		},
		{
			Type: Action, Name: CategorySet, ID: "P8LO", Summary: "Set the category of a number, for all agents.",
			Answers: []string{Accepted},
			Data:    SetCategory{Number: "+74951234567", Color: Yellow, Comment: "Pays late"},
		},
		{
			Type: Action, Name: CallerBlock, ID: "P8LP", Summary: "Block a number on every PBX.",
			Answers: []string{CallerBlocked, BlockingPartial},
			Data:    BlockCaller{Number: "+74959999999", Reason: "Sells carpets"},
		},
		{
			Type: Action, Name: CallerUnblock, ID: "P8LQ", Summary: "Unblock a number.",
			Answers: []string{CallerBlocked, BlockingPartial}, Data: BlockCaller{Number: "+74959999999"},
		},
		{
			Type: Action, Name: CallShown, ID: "P8LR",
			Summary: "The popup of a call is visible, or why it is not. Recorded in the call's trace.",
			Answers: []string{Accepted}, Data: ShownCall{Call: ringing.ID, Hidden: HiddenQuiet},
		},
		{
			Type: Action, Name: HistoryList, ID: "P8LS", Summary: "Request earlier calls.",
			Answers: []string{HistoryAnswer},
			Data:    ListHistory{Before: noon, Limit: 50, Search: "иванова", Missed: true},
		},

		{
			Type: Event, Name: SessionOpened, Re: "K3V0",
			Summary: "The snapshot: the agent and the whole state. It replaces the terminal's state.",
			Data: OpenedSession{
				Agent: Agent{
					Login: "anna", Name: "Anna Petrova", Extensions: []string{"101", "201"},
					Rights: []string{"ticket", "category", "block"},
				},
				Settings: defaults, Calls: []Call{ringing}, PBXs: []PBX{{ID: "main", State: PBXWorking}}, Hub: "1.0.0",
			},
		},
		{
			Type: Event, Name: SessionClosed, Summary: "Why the hub is about to close the connection.",
			Data: ClosedSession{Code: CloseBusy, Reason: "Too many sign-ins: try again in 6 s.", Wait: 6},
		},
		{
			Type: Event, Name: CallEvent,
			Summary: "A complete call. It replaces the one with the same id.", Data: answered,
		},
		{
			Type: Event, Name: CategoryEvent, Summary: "The category of a number has changed.",
			Data: ringing.Caller.Category,
		},
		{
			Type: Event, Name: SettingsEvent, Summary: "The administrator has changed the defaults of desktops.",
			Data: defaults,
		},
		{
			Type: Event, Name: PBXEvent, Summary: "The state of the hub's connection to a PBX.",
			Data: PBX{ID: "main", State: PBXConnecting, Reason: "connection refused"},
		},

		{
			Type: Notification, Name: Accepted, Re: "P8LO",
			Summary: "The action was performed. There is no further result.", Data: struct{}{},
		},
		{
			Type: Notification, Name: TicketCreated, Re: "P8LM",
			Summary: "A call has a ticket. It answers the action; the other agents of the call get it without re, " +
				"and with late it follows ticket.queued.",
			Data: CreatedTicket{
				Call: ringing.ID, Ticket: "15", Number: "2026112210000015", URL: "https://desk.example.com/ticket/15",
				By: "Anna Petrova", Late: true, Caller: "Maria Ivanova, +74951234567",
			},
		},
		{
			Type: Notification, Name: CallerBlocked, Re: "P8LP", Summary: "A number was blocked or unblocked.",
			Data: BlockedCaller{
				Number: "+74959999999", Blocked: true, Reason: "Sells carpets", By: "Anna Petrova", At: noon,
			},
		},
		{
			Type: Notification, Name: HistoryAnswer, Re: "P8LS", Summary: "Earlier calls, newest first.",
			Data: History{Calls: []Call{missed, returned}, More: true, Next: returned.Started},
		},
		{
			Type: Notification, Name: TextMessage, Summary: "A message to the agent.",
			Data: Text{From: "Boris", Text: "The printer works again."},
		},

		{
			Type: Warning, Name: PBXDown,
			Summary: "The hub has lost the connection to a PBX: its calls are not reported.",
			Data:    PBX{ID: "main", State: PBXConnecting, Reason: "connection refused"},
		},
		{
			Type: Warning, Name: PBXBack, Summary: "The PBX of an earlier warning is connected again.",
			Data: PBX{ID: "main", State: PBXWorking},
		},
		{Type: Warning, Name: CallMissed, Summary: "A call was missed.", Data: MissedCall{Call: missed}},
		{
			Type: Warning, Name: TicketQueued, Re: "P8LM",
			Summary: "The help desk is not responding. The ticket is saved and will be created later.",
			Data: QueuedTicket{
				Call: ringing.ID, Text: "The help desk does not answer. The ticket will be made when it does.",
			},
		},
		{
			Type: Warning, Name: Maintenance, Summary: "The hub will be down for maintenance.",
			Data: Text{Text: "The hub restarts at 18:00."},
		},
		{
			Type: Warning, Name: BlockingPartial, Re: "P8LP", Summary: "A number is blocked on some PBXs only.",
			Data: BlockedCaller{
				Number: "+74959999999", Blocked: true, Reason: "Sells carpets", By: "Anna Petrova",
				Failed: []string{"branch"}, Text: "The PBX branch did not take the block.", At: noon,
			},
		},

		{
			Type: Error, Name: TicketCreate, Re: "P8LM",
			Summary: "An action failed. The error has the action's name, and its id in re.", Data: Failure{
				Code: HelpDeskFailed, Text: "The help desk refused the ticket: the queue Raw does not exist.",
			},
		},
	}
}
