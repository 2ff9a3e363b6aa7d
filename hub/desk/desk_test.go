package desk

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"traybell/hub/calls"
	"traybell/hub/fail"
	"traybell/hub/helpdesk"
	"traybell/hub/jobs"
	"traybell/hub/staff"
	"traybell/hub/tickets"
	"traybell/hub/tickettemplate"
	"traybell/hub/tracking"
	"traybell/shared/link"
	"traybell/shared/phone"
	"traybell/shared/protocol"
)

// office is a desk with a fake directory, help desk, store and terminals.
type office struct {
	*Desk
	t      *testing.T
	ctx    context.Context //nolint:containedctx // the test's
	stop   context.CancelFunc
	seq    uint64
	mu     sync.Mutex
	sent   []sent
	found  map[string][]protocol.Customer // by E.164
	phones map[string][]string            // extensions by login of the agents who are signed in
	slow   time.Duration                  // how long the directory takes
	desk   fakeHelpDesk
	store  fakeStore
	setup  setup
}

type sent struct {
	to []string
	m  protocol.Message
}

func (o *office) Send(logins []string, m protocol.Message) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.sent = append(o.sent, sent{logins, m})
}

func (o *office) Find(ctx context.Context, n phone.Number) ([]protocol.Customer, error) {
	select {
	case <-time.After(o.slow):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return o.found[n.E164], nil
}

func (o *office) Phones(login string) []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.phones[login]
}

func (o *office) Online(string) int        { return 1 }
func (o *office) Desktops(string) []string { return []string{"a desktop"} }

type fakeHelpDesk struct {
	mu      sync.Mutex
	made    map[string]helpdesk.Ticket
	creates int
	fail    []error // errors of the next creations; uncertain ones make the ticket
	blind   int     // searches that find nothing yet
	open    []helpdesk.OpenTicket
	asked   int // requests for open tickets
	notes   []helpdesk.Note
}

func (h *fakeHelpDesk) Create(_ context.Context, d helpdesk.Draft) (helpdesk.Ticket, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.creates++
	var err error
	if len(h.fail) > 0 {
		err, h.fail = h.fail[0], h.fail[1:]
	}
	if err == nil || uncertain(err) {
		h.made[fmt.Sprint(d.CallID, "#", h.creates)] = helpdesk.Ticket{
			ID: fmt.Sprint(h.creates), Number: fmt.Sprint("T-", h.creates),
		}
	}
	if err != nil {
		return helpdesk.Ticket{}, err
	}
	return h.made[fmt.Sprint(d.CallID, "#", h.creates)], nil
}

func (h *fakeHelpDesk) Find(_ context.Context, callID string) (helpdesk.Ticket, bool, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.blind > 0 {
		h.blind--
		return helpdesk.Ticket{}, false, nil
	}
	for key, t := range h.made {
		if strings.HasPrefix(key, callID+"#") {
			return t, true, nil
		}
	}
	return helpdesk.Ticket{}, false, nil
}

type fakeStore struct {
	mu         sync.Mutex
	categories map[string]protocol.Category
	requests   map[string]tickets.Request
}

func (s *fakeStore) Category(_ context.Context, number string) (protocol.Category, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c, ok := s.categories[number]; ok {
		return c, nil
	}
	return protocol.Category{Number: number, Color: protocol.Neutral}, nil
}

func (s *fakeStore) SetCategory(_ context.Context, c protocol.Category) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.categories[c.Number] = c
	return nil
}

func (s *fakeStore) TicketOf(_ context.Context, id string) (tickets.Request, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, ok := s.requests[id]
	return r, ok, nil
}

var (
	anna = staff.Agent{
		Login: "anna", Name: "Anna Petrova", Extensions: []string{"101", "201"}, Teams: []string{"support"},
		Rights: []string{"ticket", "category"},
	}
	boris = staff.Agent{
		Login: "boris", Name: "Boris Ivanov", Extensions: []string{"102"}, Teams: []string{"sales"},
		Rights: []string{"ticket"},
	}
	clara = staff.Agent{Login: "clara", Name: "Clara Lind", Extensions: []string{"103"}}
)

// open runs a desk in a synctest bubble.
func open(t *testing.T, lines []tracking.Line, story func(o *office)) {
	openWith(t, lines, func(*setup) {}, story)
}

// setup is what a test may change before it makes the desk.
type setup struct {
	Options
	Rules  Rules
	Agents []staff.Agent
	Lines  []tracking.Line

	terminals func(*office) Terminals // nil: the office itself
}

func (s *setup) rules(t *testing.T) *Rules {
	t.Helper()
	r := s.Rules
	r.Staff = staff.New(s.Agents)
	var err error
	if r.Lines, err = tracking.New(s.Lines, r.Numbers); err != nil {
		t.Fatal(err)
	}
	return &r
}

// openWith is open with changed options.
func openWith(t *testing.T, lines []tracking.Line, change func(*setup), story func(o *office)) {
	synctest.Test(t, func(t *testing.T) {
		numbers, err := phone.NewReader("RU", nil)
		if err != nil {
			t.Fatal(err)
		}
		cid, err := link.Parse("https://search.example/?q=<PIM_CID_E164>")
		if err != nil {
			t.Fatal(err)
		}
		templates, errs := tickettemplate.New(map[string]tickettemplate.Text{
			"support": {Title: "Support: {{.Caller.Name}}", Queue: "Raw"},
		})
		if len(errs) > 0 {
			t.Fatal(errs)
		}
		o := &office{
			t: t,
			found: map[string][]protocol.Customer{
				"+74951234567": {{Login: "ivanov", Name: "Ivan Ivanov", Company: "ACME"}},
			},
		}
		o.desk.made, o.store.requests = map[string]helpdesk.Ticket{}, map[string]tickets.Request{}
		o.store.categories = map[string]protocol.Category{}
		log := slog.New(slog.DiscardHandler)
		o.setup = setup{
			Agents: []staff.Agent{anna, boris, clara}, Lines: lines,
			Rules: Rules{
				Templates: templates, Links: link.Set{CID: cid}, Numbers: numbers, TalkTime: true,
				PBXs: []string{"main"},
			},
			Options: Options{
				Directory: o, HelpDesk: &o.desk, Categories: &o.store, Tickets: &o.store, Log: log,
				Jobs: jobs.New(jobs.Options{Owner: "test", Classify: tickets.Classify, Log: log}),
			},
		}
		change(&o.setup)
		o.setup.Options.Rules = o.setup.rules(t)
		o.Desk, err = New(o.setup.Options)
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		o.ctx, o.stop = ctx, stop
		var terminals Terminals = o
		if o.setup.terminals != nil {
			terminals = o.setup.terminals(o)
		}
		go func() { _ = o.Run(ctx, terminals) }()
		synctest.Wait()
		story(o)
		stop()
		synctest.Wait()
	})
}

// rings returns a ringing call from number to 74950000001.
func rings(number string, legs ...calls.Leg) calls.Call {
	return calls.Call{
		ID: "main:1.1", PBX: "main", Direction: protocol.Incoming, State: protocol.Ringing, Number: number,
		DID: "74950000001", Legs: legs, Started: time.Unix(1_800_000_000, 0),
	}
}

func leg(extension string, s protocol.State) calls.Leg {
	return calls.Leg{Extension: extension, State: s}
}

func (o *office) change(c calls.Call) {
	o.t.Helper()
	o.seq++
	if err := o.Change(o.ctx, calls.Change{PBX: "main", Epoch: 1, Seq: o.seq, Call: c}); err != nil {
		o.t.Fatal(err)
	}
	synctest.Wait()
}

// shown returns the messages since the last call of it: call events as "state status → logins",
// others by name.
func (o *office) shown() []string {
	o.t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	var told []string
	for _, s := range o.sent {
		if s.m.Name != protocol.CallEvent {
			told = append(told, fmt.Sprint(s.m.Name, " → ", strings.Join(s.to, " ")))
			continue
		}
		var c protocol.Call
		if err := s.m.Decode(&c); err != nil {
			o.t.Fatal(err)
		}
		line := fmt.Sprint(c.State, " ", c.Caller.Status)
		if c.Ticket != nil {
			line += " " + c.Ticket.Number
		}
		told = append(told, line+" → "+strings.Join(s.to, " "))
	}
	o.sent = nil
	return told
}

func (o *office) expect(want ...string) {
	o.t.Helper()
	if got := o.shown(); fmt.Sprint(got) != fmt.Sprint(want) {
		o.t.Errorf("shown:\n  %s\nwant:\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

func (o *office) press(a staff.Agent, id string) (string, *fail.Error) {
	o.t.Helper()
	return did(o.CreateTicket(o.ctx, a, CreateTicket{ActionID: id, Call: "main:1.1"}))
}

// did returns the result of a press: the ticket's number, or "later".
func did(answer TicketAnswer, err error) (string, *fail.Error) {
	switch {
	case err != nil:
		return "", fail.Of(err)
	case answer.Queued != nil:
		return "later", nil
	}
	return answer.Created.Number, nil
}

func TestCallIsShownBeforeAndAfterTheLookup(t *testing.T) {
	open(t, nil, func(o *office) {
		o.slow = 100 * time.Millisecond
		o.change(rings("84951234567", leg("101", protocol.Ringing)))
		o.expect("ringing looking → anna")
		time.Sleep(o.slow)
		synctest.Wait()
		o.expect("ringing known → anna")
	})
}

func TestSlowDirectoryCorrectsTheCallerLater(t *testing.T) {
	open(t, nil, func(o *office) {
		o.slow = 3 * time.Second
		o.change(rings("84951234567", leg("101", protocol.Ringing)))
		time.Sleep(lookupTime)
		synctest.Wait()
		o.expect("ringing looking → anna", "ringing unknown → anna")
		time.Sleep(o.slow)
		synctest.Wait()
		o.expect("ringing known → anna")
	})
}

func TestCallerStatus(t *testing.T) {
	for number, want := range map[string]protocol.CallerStatus{
		"84951234567": protocol.Known, "84957654321": protocol.Unknown, "84950000002": protocol.Several,
		"anonymous": protocol.Withheld, "102": protocol.OwnPhone,
	} {
		open(t, nil, func(o *office) {
			o.found["+74950000002"] = []protocol.Customer{{Login: "a"}, {Login: "b"}}
			o.change(rings(number, leg("101", protocol.Ringing)))
			shown := o.shown()
			if last := shown[len(shown)-1]; last != fmt.Sprintf("ringing %s → anna", want) {
				t.Errorf("%s: %s", number, last)
			}
		})
	}
}

func TestAgentsOfALine(t *testing.T) {
	both := []calls.Leg{leg("101", protocol.Ringing), leg("102", protocol.Ringing)}
	for name, story := range map[string]struct {
		line *tracking.Line
		want string
	}{
		"no lines":                    {nil, "anna boris"},
		"the number in another form":  {&tracking.Line{Number: "8 (495) 000-00-01"}, "anna boris"},
		"every number":                {&tracking.Line{Number: "*"}, "anna boris"},
		"a pattern":                   {&tracking.Line{Number: "_7495XXXXXXX"}, "anna boris"},
		"another number":              {&tracking.Line{Number: "74950000002"}, ""},
		"a team, of ringing agents":   {&tracking.Line{Number: "*", Teams: []string{"sales"}}, "boris"},
		"an agent, of ringing agents": {&tracking.Line{Number: "*", Agents: []string{"anna"}}, "anna"},
		"bound to an agent whose phone does not ring": {
			&tracking.Line{Number: "*", Show: tracking.ShowBound, Agents: []string{"clara"}}, "clara",
		},
		"bound to all": {&tracking.Line{Number: "*", Show: tracking.ShowBound}, "anna boris clara"},
	} {
		t.Run(name, func(t *testing.T) {
			var lines []tracking.Line
			if story.line != nil {
				lines = []tracking.Line{*story.line}
			}
			open(t, lines, func(o *office) {
				o.change(rings("anonymous", both...))
				if story.want == "" {
					o.expect()
					return
				}
				o.expect("ringing withheld → " + story.want)
			})
		})
	}
}

func TestAgentsWhoSawACallSeeTheAnswer(t *testing.T) {
	open(t, nil, func(o *office) {
		o.change(rings("anonymous", leg("101", protocol.Ringing), leg("102", protocol.Ringing)))
		c := rings("anonymous", leg("101", protocol.Answered), leg("102", protocol.Ended))
		c.State = protocol.Answered
		o.change(c)
		o.expect("ringing withheld → anna boris", "answered withheld → anna boris")
	})
}

func TestOldAndRepeatedChangesAreIgnored(t *testing.T) {
	open(t, nil, func(o *office) {
		ringing := calls.Change{PBX: "main", Epoch: 2, Seq: 5, Call: rings("anonymous", leg("101", protocol.Ringing))}
		late := ringing
		late.Seq, late.Call.State = 4, protocol.Answered
		older := ringing
		older.Epoch, older.Seq = 1, 900
		for _, c := range []calls.Change{ringing, ringing, late, older} {
			if err := o.Change(o.ctx, c); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		o.expect("ringing withheld → anna")
	})
}

func TestSnapshotHasTheAgentsLiveCalls(t *testing.T) {
	open(t, nil, func(o *office) {
		o.change(rings("84951234567", leg("101", protocol.Ringing)))
		snapshot := func(a staff.Agent) (s protocol.OpenedSession) {
			if err := o.Join(o.ctx, a, func(opened protocol.OpenedSession) { s = opened }); err != nil {
				t.Fatal(err)
			}
			return s
		}
		if s := snapshot(anna); len(s.Calls) != 1 || s.Calls[0].Caller.Status != protocol.Known ||
			s.Calls[0].Links.CID != "https://search.example/?q=%2B74951234567" {
			t.Errorf("anna sees %+v", s.Calls)
		}
		if s := snapshot(boris); len(s.Calls) != 0 {
			t.Errorf("boris sees another agent's call: %+v", s.Calls)
		}
		ended := rings("84951234567", leg("101", protocol.Ended))
		ended.State = protocol.Ended
		o.change(ended)
		if s := snapshot(anna); len(s.Calls) != 0 {
			t.Errorf("anna sees a call that has ended: %+v", s.Calls)
		}
	})
}

func TestManyPressesMakeOneTicket(t *testing.T) {
	open(t, nil, func(o *office) {
		o.change(rings("84951234567", leg("101", protocol.Ringing), leg("102", protocol.Ringing)))
		var wg sync.WaitGroup
		for i := range 20 {
			wg.Go(func() {
				number, failure := o.press([]staff.Agent{anna, boris}[i%2], fmt.Sprint("press-", i))
				if failure != nil || number != "T-1" {
					t.Errorf("press %d: %q, %+v", i, number, failure)
				}
			})
		}
		wg.Wait()
		if o.desk.creates != 1 {
			t.Errorf("%d tickets were made", o.desk.creates)
		}
	})
}

func TestTicketOfAnUncertainRequestIsFound(t *testing.T) {
	open(t, nil, func(o *office) {
		o.desk.fail = []error{&helpdesk.Error{Reason: "No answer.", Uncertain: true}}
		o.change(rings("84951234567", leg("101", protocol.Ringing)))
		if number, failure := o.press(anna, "1"); failure != nil || number != "T-1" {
			t.Errorf("the ticket was not found: %q, %+v", number, failure)
		}
		if o.desk.creates != 1 {
			t.Errorf("%d tickets were made", o.desk.creates)
		}
	})
}

func TestTicketOfAnUncertainRequestIsFoundLater(t *testing.T) {
	open(t, nil, func(o *office) {
		o.desk.fail = []error{&helpdesk.Error{Reason: "No answer.", Uncertain: true}}
		o.desk.blind = 3
		o.change(rings("84951234567", leg("101", protocol.Ringing)))
		if number, failure := o.press(anna, "1"); failure != nil || number != "T-1" {
			t.Errorf("found later: %q, %+v", number, failure)
		}
	})
	open(t, nil, func(o *office) {
		o.desk.fail = []error{&helpdesk.Error{Reason: "No answer.", Uncertain: true}}
		o.desk.blind = 9 // longer than the agent waits
		o.change(rings("84951234567", leg("101", protocol.Ringing)))
		if number, failure := o.press(anna, "1"); failure != nil || number != "later" {
			t.Fatalf("while the request is uncertain: %q, %+v", number, failure)
		}
		time.Sleep(2 * time.Minute)
		if number, failure := o.press(anna, "2"); failure != nil || number != "T-1" || o.desk.creates != 1 {
			t.Errorf("the next press: %q, %+v, %d tickets", number, failure, o.desk.creates)
		}
	})
}

func TestRefusedTicketMayBePressedAgain(t *testing.T) {
	open(t, nil, func(o *office) {
		o.desk.fail = []error{&helpdesk.Error{Reason: "There is no queue Raw.", Err: errors.New("InvalidParameter")}}
		o.change(rings("84951234567", leg("101", protocol.Ringing)))
		if _, failure := o.press(anna, "1"); failure == nil || failure.Code != fail.HelpDesk ||
			failure.Text != "There is no queue Raw." || failure.Retry {
			t.Errorf("got %+v", failure)
		}
		if number, failure := o.press(anna, "2"); failure != nil || number != "T-2" {
			t.Errorf("pressed again: %q, %+v", number, failure)
		}
	})
}

func TestPressOnAnotherAgentsCallIsForbidden(t *testing.T) {
	open(t, nil, func(o *office) {
		o.change(rings("84951234567", leg("101", protocol.Ringing)))
		if _, failure := o.press(boris, "1"); failure == nil || failure.Code != fail.Forbidden {
			t.Errorf("%+v", failure)
		}
		if o.desk.creates != 0 {
			t.Error("a ticket was made")
		}
	})
}

func TestCategoryIsSentToAllAgents(t *testing.T) {
	open(t, nil, func(o *office) {
		o.change(rings("84951234567", leg("101", protocol.Ringing)))
		o.shown()
		if err := o.SetCategory(o.ctx, anna, protocol.SetCategory{
			Number: "+7 495 123-45-67", Color: protocol.Red, Comment: "shouts",
		}); err != nil {
			t.Fatal(err)
		}
		o.expect("category → anna boris clara", "ringing known → anna")
	})
}
