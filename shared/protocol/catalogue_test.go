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

const sampleToken = "AQAAAABpIYHIPkyRFbmr4wVsLFexeqlNfUrRTe4r8a5nYVQ0Wb8iCdE"

const samplePageToken = "tbs_V2hvIHJlYWRzIHRoaXMgaXMgY3VyaW91cw"

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
		Can:     []Control{ControlAnswer, ControlHangup},
		Entered: &EnteredTicket{Number: "2026112010000099", State: EnteredMissing},
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
	recorded = Call{
		ID: "main:1795318800.1", Direction: Outgoing, State: Ended, Number: "84951234567", Display: "+7 495 123-45-67",
		E164:       "+74951234567",
		Caller:     returned.Caller,
		Legs:       []Leg{{Extension: "101", Agent: "Anna Petrova", State: Ended, Calling: true}},
		Started:    noon.Add(-20 * time.Minute),
		Answered:   noon.Add(-19 * time.Minute),
		Ended:      noon.Add(-17 * time.Minute),
		Cause:      16,
		Recordings: "https://hub.example.com:11010/calls/main:1795318800.1#recordings",
	}
	answered = func() Call {
		c := ringing
		c.State, c.Answered = Answered, noon.Add(7*time.Second)
		c.Legs = []Leg{
			{Extension: "101", Agent: "Anna Petrova", State: Answered},
			{Extension: "102", Agent: "Boris", State: Ended},
		}
		c.Can = []Control{ControlHangup, ControlHold}
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
	spoken = Announcements{
		Code: "*600", List: []RecordedAnnouncement{{PBX: "main", Extension: "101", On: true, Recorded: true}},
	}
	working = Work{
		Me: AgentNow{
			Login: "anna", Name: "Anna Petrova", Mode: ModeIncoming, State: AgentPause, Reason: "lunch", Since: noon,
			Until: noon.Add(
				45 * time.Minute,
			), Shift: noon.Add(-3 * time.Hour), Modes: []Mode{ModeOutgoing, ModeOffline},
			States: []AgentState{AgentWaiting, AgentPause, AgentOff}, At: noon.Add(time.Minute),
		},
		Pauses: []PauseReason{
			{
				Choice: Choice{Code: "lunch", Name: "Lunch"},
				Limit:  2700,
			}, {Choice: Choice{Code: "meeting", Name: "Meeting"}},
		},
		Projects: []Choice{{Code: "1200", Name: "Acme"}}, Kinds: []Choice{{Code: "mail", Name: "Letters"}},
	}
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
				Token:  sampleToken,
				Client: Client{Version: "1.0.0", OS: "windows", Language: "ru", Desktop: "QZ4TJ7"},
			},
		},
		{
			Type: Action, Name: TicketCreate, ID: "P8LM",
			Summary: "Create the ticket of a call. Each call has at most one ticket.",
			Answers: []string{TicketCreated, TicketQueued}, Data: CreateTicket{
				Call: ringing.ID, Template: "support", Customer: "maria",
				Note: "The printer on floor 2 is out of paper.",
			},
		},
		{
			Type: Action, Name: TicketAppend, ID: "P8LN",
			Summary: "Add the call to one of the customer's open tickets, which becomes the call's ticket.",
			Answers: []string{TicketCreated, TicketQueued},
			Data:    AppendTicket{Call: ringing.ID, Ticket: "2026112010000007"},
		},
		{
			Type: Action, Name: TicketNote, ID: "P8LT", Summary: "Add a note to the ticket of a call.",
			Answers: []string{TicketNoted, TicketQueued},
			Data:    NoteTicket{Call: ringing.ID, Text: "He called again: it prints now."},
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
			Answers: []string{Accepted}, Data: ShownCall{Call: ringing.ID, As: AsOtherMonitor, Monitor: "HDMI-1"},
		},
		{
			Type: Action, Name: CallWhy, ID: "P8LU", Summary: "Why the agent saw no popup of a call.",
			Answers: []string{CallExplained}, Data: WhyCall{Call: ringing.ID, Language: "ru"},
		},
		{
			Type: Action, Name: CallTry, ID: "P8LV", Summary: "Place a test call for this agent.",
			Answers: []string{CallTested}, Data: TestCall{Number: "+74951234567", Language: "en", Phone: true},
		},
		{
			Type: Action, Name: HistoryList, ID: "P8LS", Summary: "Request earlier calls.",
			Answers: []string{HistoryAnswer},
			Data:    ListHistory{Before: noon, Limit: 50, Search: "иванова", Missed: true},
		},
		{
			Type: Action, Name: MissedClaim, ID: "P8LU", Summary: "The agent calls back the missed calls of a number.",
			Answers: []string{Accepted}, Data: FollowMissed{Number: "+74951234567"},
		},
		{
			Type: Action, Name: MissedRelease, ID: "P8LV", Summary: "The agent does not call back after all.",
			Answers: []string{Accepted}, Data: FollowMissed{Number: "+74951234567"},
		},
		{
			Type: Action, Name: MissedDone, ID: "P8LW", Summary: "Missed calls of a number need no call back any more.",
			Answers: []string{Accepted}, Data: FollowMissed{Number: "+74951234567", Until: noon},
		},
		{
			Type: Action, Name: CallDial, ID: "P8LX", Summary: "Have the agent's phone ring, and call a number.",
			Answers: []string{CallDialled}, Data: DialNumber{Number: "+7 495 123-45-67", Line: "Support", From: "101"},
		},
		{
			Type: Action, Name: CallScript, ID: "P8LH", Summary: "Open the page of the call's line.",
			Answers: []string{PageOpen}, Data: OpenScript{Call: ringing.ID},
		},
		{
			Type: Action, Name: CallAnswer, ID: "P8LY", Summary: "Have the agent's phone answer.",
			Answers: []string{Accepted}, Data: ControlCall{Call: ringing.ID},
		},
		{
			Type: Action, Name: CallHangup, ID: "P8LZ", Summary: "Hang up, or decline while the phone rings.",
			Answers: []string{Accepted}, Data: ControlCall{Call: ringing.ID},
		},
		{
			Type: Action, Name: CallHold, ID: "P8M0", Summary: "Hold a call.",
			Answers: []string{Accepted}, Data: ControlCall{Call: ringing.ID},
		},
		{
			Type: Action, Name: CallResume, ID: "P8M1", Summary: "Continue a held call.",
			Answers: []string{Accepted}, Data: ControlCall{Call: ringing.ID},
		},
		{
			Type: Action, Name: CallTransfer, ID: "P8N2", Summary: "Transfer a call, at once or after a consultation.",
			Answers: []string{Accepted}, Data: TransferCall{Call: ringing.ID, To: "102", Kind: TransferConsult},
		},
		{
			Type: Action, Name: CallComplete, ID: "P8N3", Summary: "Transfer the call to the one who was consulted.",
			Answers: []string{Accepted}, Data: ControlCall{Call: ringing.ID},
		},
		{
			Type: Action, Name: CallCancel, ID: "P8N4", Summary: "End a consultation and return to the first party.",
			Answers: []string{Accepted}, Data: ControlCall{Call: ringing.ID},
		},
		{
			Type: Action, Name: CallSwap, ID: "P8N5", Summary: "Switch between the parties of a consultation.",
			Answers: []string{Accepted}, Data: ControlCall{Call: ringing.ID},
		},
		{
			Type: Action, Name: CallMute, ID: "P8N6", Summary: "Mute the agent, or end that.",
			Answers: []string{Accepted}, Data: MuteCall{Call: ringing.ID, On: true},
		},
		{
			Type: Action, Name: RecordingPause, ID: "P8R1", Summary: "Pause the recording of a call.",
			Answers: []string{Accepted}, Data: ControlCall{Call: ringing.ID},
		},
		{
			Type: Action, Name: RecordingResume, ID: "P8R2", Summary: "Go on with the recording of a call.",
			Answers: []string{Accepted}, Data: ControlCall{Call: ringing.ID},
		},
		{
			Type: Action, Name: CallDTMF, ID: "P8N7", Summary: "Send tones to the other side.",
			Answers: []string{Accepted}, Data: SendDigits{Call: ringing.ID, Digits: "12#"},
		},
		{
			Type: Action, Name: CallConference, ID: "P8N8", Summary: "Have somebody join a call.",
			Answers: []string{Accepted}, Data: ConferCall{Call: ringing.ID, With: "103"},
		},
		{
			Type: Action, Name: CallPark, ID: "P8N9", Summary: "Park a call.",
			Answers: []string{CallParked}, Data: ControlCall{Call: ringing.ID},
		},
		{
			Type: Action, Name: CallPickup, ID: "P8NA", Summary: "Take a call that rings elsewhere or is parked.",
			Answers: []string{Accepted}, Data: ControlCall{Call: ringing.ID},
		},
		{
			Type: Action, Name: PasswordSet, ID: "P8LX", Summary: "Changes the agent's password.",
			Answers: []string{Accepted}, Data: SetPassword{Current: "correct horse", New: "battery staple"},
		},
		{
			Type: Action, Name: QueueJoin, ID: "P8M5", Summary: "Take calls of a queue.",
			Answers: []string{Accepted}, Data: SetQueue{PBX: "main", Name: "500"},
		},
		{
			Type: Action, Name: QueueLeave, ID: "P8M6", Summary: "Take no calls of a queue any more.",
			Answers: []string{Accepted}, Data: SetQueue{PBX: "main", Name: "500"},
		},
		{
			Type: Action, Name: QueuePause, ID: "P8M7", Summary: "Take no calls of a queue for some time.",
			Answers: []string{Accepted}, Data: SetQueue{Reason: "lunch"},
		},
		{
			Type: Action, Name: QueueResume, ID: "P8M8", Summary: "End a pause in a queue.",
			Answers: []string{Accepted}, Data: SetQueue{},
		},
		{
			Type: Action, Name: MobileSet, ID: "P8NC",
			Summary: "Take calls of queues on the mobile, or at the phones again.",
			Answers: []string{Accepted}, Data: SetMobile{On: true},
		},
		{
			Type: Action, Name: QueueAcknowledge, ID: "P8M9",
			Summary: "The agent takes care of the cause of an alarm, which ends at all desktops.",
			Answers: []string{Accepted}, Data: AcknowledgeAlarm{ID: "1795319561.3"},
		},
		{
			Type: Action, Name: AgentSet, ID: "P8M2", Summary: "Change the agent's mode or state.",
			Answers: []string{Accepted}, Data: SetAgent{State: AgentPause, Reason: "lunch"},
		},
		{
			Type: Action, Name: TaskBegin, ID: "P8M3", Summary: "Begin a task without a call.",
			Answers: []string{Accepted}, Data: BeginTask{Project: "1200", Kind: "mail"},
		},
		{
			Type: Action, Name: TaskEnd, ID: "P8M4", Summary: "Finish the task.",
			Answers: []string{Accepted}, Data: EndTask{Note: "Answered 12 letters."},
		},
		{
			Type: Action, Name: NumbersFind, ID: "P8M5", Summary: "Numbers to dial, by what is typed so far.",
			Answers: []string{NumbersAnswer}, Data: FindNumbers{Text: "ivan", Limit: 20},
		},
		{
			Type: Action, Name: NumberSave, ID: "P8MC", Summary: "Save a number for the agent, or rename it.",
			Answers: []string{Accepted}, Data: PersonalNumber{Number: "+74951234567", Name: "Courier"},
		},
		{
			Type: Action, Name: NumberRemove, ID: "P8MD", Summary: "Remove a number that the agent has saved.",
			Answers: []string{Accepted}, Data: RemoveNumber{Number: "+74951234567"},
		},
		{
			Type: Action, Name: NumberShow, ID: "P8M8", Summary: "Show the hidden number of a call.",
			Answers: []string{NumberShown}, Data: ShowNumber{Call: "main:1700000100.7"},
		},
		{
			Type: Action, Name: ColleaguesList, ID: "P8M6",
			Summary: "What the other agents do, or the next change of it.",
			Answers: []string{ColleaguesChanged}, Data: ListColleagues{After: 41},
		},
		{
			Type: Action, Name: ColleagueMessage, ID: "P8M7", Summary: "Send a text to another agent.",
			Answers: []string{Accepted}, Data: SendColleague{To: "boris", Text: "Can you take the call on hold?"},
		},
		{
			Type: Action, Name: ColleaguePickup, ID: "P8MA",
			Summary: "Have the agent's phone ring, and take the call that rings at a colleague's phone.",
			Answers: []string{Accepted}, Data: PickUpColleague{Login: "boris"},
		},
		{
			Type: Action, Name: AnnouncementSet, ID: "P8N1",
			Summary: "Switch the agent's recorded announcement on or off.",
			Answers: []string{Accepted}, Data: SetAnnouncement{OneAnnouncement{"main", "101"}, true},
		},
		{
			Type: Action, Name: AnnouncementDelete, ID: "P8M9",
			Summary: "Switch the agent's recorded announcement off and delete its sound.",
			Answers: []string{Accepted}, Data: OneAnnouncement{"main", "101"},
		},
		{
			Type: Action, Name: AnnouncementRing, ID: "P8N0",
			Summary: "Ring the agent's phone, to record the announcement or to listen to it.",
			Answers: []string{Accepted}, Data: RingAnnouncement{OneAnnouncement{"main", "101"}, true},
		},

		{
			Type: Event, Name: SessionOpened, Re: "K3V0",
			Summary: "The snapshot: the agent and the whole state. It replaces the terminal's state.",
			Data: OpenedSession{
				Agent: Agent{
					Login: "anna", Name: "Anna Petrova", Extensions: []string{"101", "201"},
					Rights:   []string{"ticket", "category", "block"},
					Password: PasswordHub,
				},
				Settings: defaults, Calls: []Call{ringing}, PBXs: []PBX{{ID: "main", State: PBXWorking}}, Hub: "1.0.0",
				MaxNote: MaxNote, Token: sampleToken, Work: &working, Announcements: &spoken,
			},
		},
		{
			Type: Event, Name: SessionClosed, Summary: "Why the hub is about to close the connection.",
			Data: ClosedSession{Code: CloseBusy, Reason: "Too many sign-ins: try again in 6 s.", Wait: 6},
		},
		{
			Type: Event, Name: TokenEvent, Summary: "A new token for this desktop's next sign-in.",
			Data: SessionToken{Token: sampleToken},
		},
		{
			Type: Event, Name: CallEvent,
			Summary: "A complete call. It replaces the one with the same id.", Data: answered,
		},
		{
			Type: Event, Name: MissedFollowUp, Summary: "Who takes care of missed calls has changed.",
			Data: MissedEvent{
				Number: "+74951234567", Until: noon,
				FollowUp: FollowUp{
					State: FollowUpClaimed, By: "Anna Petrova", Login: "anna", At: noon.Add(time.Minute),
				},
			},
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
			Data: PBX{ID: "main", State: PBXConnecting, Reason: "The PBX is not responding."},
		},
		{
			Type: Event, Name: QueueEvent,
			Summary: "A queue as it is now. It replaces the one with the same pbx and name.",
			Data: Queue{
				PBX: "main", Name: "500", Title: "Support", Waiting: 2, Longest: 41, Agents: 2, Free: 1,
				Members: []QueueMember{
					{Name: "Anna Petrova", Login: "anna", State: "free"},
					{Name: "Boris", Login: "boris", State: "paused", Reason: "lunch", Since: noon},
				},
				Mine: QueueIn, Can: []QueueControl{QueueLeaves, QueuePauses},
			},
		},
		{
			Type: Event, Name: MobileEvent, Summary: "Whether the agent takes calls of queues on a mobile.",
			Data: Mobile{
				Number: "8 (916) 123-45-67", On: true, Since: noon, Until: noon.Add(8 * time.Hour),
			},
		},
		{
			Type: Event, Name: AgentEvent, Summary: "What the agent does has changed.",
			Data: AgentNow{
				Login: "anna", Name: "Anna Petrova", Mode: ModeIncoming, State: AgentTalking,
				Since: noon.Add(time.Minute),
				Next:  AgentWaiting, Shift: noon.Add(-3 * time.Hour), States: []AgentState{AgentWaiting, AgentPause},
				At: noon.Add(time.Minute),
			},
		},
		{
			Type: Event, Name: AnnouncementsEvent, Data: spoken,
			Summary: "The agent's recorded announcements. It replaces all of them.",
		},
		{
			Type: Event, Name: WorkEvent, Summary: "What the agent may choose from has changed.", Data: working,
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
			Type: Notification, Name: TicketNoted, Re: "P8LT", Summary: "The note is in the ticket.",
			Data: NotedTicket{
				Call: ringing.ID, Number: "2026112210000015", URL: "https://desk.example.com/ticket/15",
			},
		},
		{
			Type: Notification, Name: CallExplained, Re: "P8LU", Summary: "Why the agent saw no popup of a call.",
			Data: ExplainedCall{
				Call: ringing.ID, Cause: "quiet", Text: "Был включён режим «Не беспокоить».",
				Remedy: "Выключите его в меню значка в трее.",
			},
		},
		{
			Type: Notification, Name: CallDialled, Re: "P8LX", Summary: "The agent's phone rings.",
			Data: DialledNumber{Call: "main:tb-5f0c7a1e2b3d4c5f6a7b", Number: "84951234567"},
		},
		{
			Type: Notification, Name: CallParked, Re: "P8M9", Summary: "Where the call is parked.",
			Data: ParkedCall{Call: ringing.ID, Slot: "71"},
		},
		{
			Type: Notification, Name: CallListened, Summary: "A supervisor listens to a call of the agent.",
			Data: ListenedCall{Call: ringing.ID, By: "Boris", Mode: "listen"},
		},
		{
			Type: Notification, Name: PageOpen, Re: "P8LH", Summary: "Open a page in the agent's browser.",
			Data: OpenPage{
				Call: ringing.ID, Page: PageScript,
				URL: "https://intranet.example.com/script?number=84951234567#token=" + samplePageToken,
			},
		},
		{
			Type: Notification, Name: CallTested, Re: "P8LV", Summary: "What came of a test call.",
			Data: TestedCall{
				Call: "~test:traybell-test-1795319561.1", Shown: true, Steps: []TestStep{
					{Step: "event", At: noon, After: 300, Text: "event of the PBX: 0.3 ms"},
					{Step: "routed", At: noon, After: 400, Text: "routed: 0.4 ms"},
					{Step: "sent", At: noon, After: 400, Text: "sent to the desktop: 0.4 ms"},
					{Step: "looked", At: noon, After: 900, Text: "caller looked up: 0.9 ms"},
					{
						Step: "popup", At: noon.Add(40 * time.Millisecond), After: 40000,
						Text: "popup on the screen: 40.0 ms",
					},
				},
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
			Data: History{Calls: []Call{missed, returned, recorded}, More: true, Next: recorded.Started},
		},
		{
			Type: Notification, Name: NumbersAnswer, Re: "P8M5", Summary: "Numbers to dial, best match first.",
			Data: NumbersFound{
				Numbers: []FoundNumber{
					{Kind: NumberColleague, Name: "Ivan Orlov", About: "support", Number: "104", Display: "104"},
					{
						Kind: NumberCustomer, Name: "Maria Ivanova", About: "Acme", Number: "+74951234567",
						Display: "8 (495) 123-45-67",
					},
				},
				Lines: []string{"Support"},
			},
		},
		{
			Type: Notification, Name: NumberShown, Re: "P8M8", Summary: "The hidden number of a call.",
			Data: ShownNumber{Call: "main:1700000100.7", Number: "+74951234567", Display: "8 (495) 123-45-67"},
		},
		{
			Type: Notification, Name: ColleaguesChanged, Re: "P8M6", Summary: "What the other agents do.",
			Data: Colleagues{Version: 42, Colleagues: []Colleague{{
				Login: "boris", Name: "Boris", Extensions: []string{"102"}, Teams: []string{"support"},
				State: AgentRinging, Since: noon, Online: true, Phone: PhoneRinging, Pickup: true,
			}}},
		},
		{
			Type: Notification, Name: TextMessage, Summary: "A message to the agent.",
			Data: Text{From: "Boris", Text: "The printer works again."},
		},
		{
			Type: Notification, Name: QueueCalmed, Summary: "An alarm is over, or an agent has acknowledged it.",
			Data: QueueCalm{ID: "1795319561.3", By: "Anna Petrova"},
		},
		{
			Type: Notification, Name: MaintenanceOver, Summary: "The hub admits terminals again.", Data: struct{}{},
		},

		{
			Type: Warning, Name: PBXDown,
			Summary: "The hub has lost the connection to a PBX: its calls are not reported.",
			Data:    PBX{ID: "main", State: PBXConnecting, Reason: "The PBX is not responding."},
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
				Call: ringing.ID, Problem: HelpDeskDown,
				Text: "The help desk is not responding. The ticket is saved and will be created later.",
			},
		},
		{
			Type: Warning, Name: Maintenance, Summary: "The hub will be down for maintenance.",
			Data: Announcement{Text: Text{Text: "The hub moves to a new server."}, Until: noon.Add(time.Hour)},
		},
		{
			Type: Warning, Name: QueueAlarmed, Summary: "Too many callers wait in a queue, or one waits too long.",
			Data: QueueAlarm{
				ID: "1795319561.3", Kind: AlarmWaiting, PBX: "main", Name: "500", Title: "Support", Waiting: 6,
				Limit: 5,
				Since: noon,
			},
		},
		{
			Type: Warning, Name: CallWarning, Summary: "A rule of the hub warns of a call.",
			Data: Text{From: "+7 495 123-45-67", Text: "The contract has ended: ask for payment first."},
		},
		{
			Type: Warning, Name: BlockingPartial, Re: "P8LP", Summary: "A number is blocked on some PBXs only.",
			Data: BlockedCaller{
				Number: "+74959999999", Blocked: true, Reason: "Sells carpets", By: "Anna Petrova",
				Failed: []string{"branch"}, Problem: BlockIncomplete, At: noon,
				Text: "The number is not blocked everywhere (PBX branch). The hub tries again.",
			},
		},

		{
			Type: Warning, Name: PauseEnding, Summary: "The agent's pause ends soon.",
			Data: PauseWarning{
				Login: "anna", Name: "Anna Petrova", Reason: "Lunch", Until: noon.Add(45 * time.Minute),
				Text: "Your pause ends soon.",
			},
		},
		{
			Type: Warning, Name: PauseOver,
			Summary: "A pause was longer than its limit: the agent is off. Supervisors of the agent get it as well.",
			Data: PauseWarning{
				Login: "anna", Name: "Anna Petrova", Reason: "Lunch", Until: noon.Add(45 * time.Minute),
				Text: "The pause of Anna Petrova was longer than its limit.",
			},
		},

		{
			Type: Error, Name: TicketCreate, Re: "P8LM",
			Summary: "An action failed. The error has the action's name, and its id in re.", Data: Failure{
				Code: HelpDeskFailed, Problem: HelpDeskRefused,
				Text: "The help desk refuses this ticket: please tell an administrator.",
			},
		},
	}
}
