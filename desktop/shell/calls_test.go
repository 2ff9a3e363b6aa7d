//go:build linux

package shell

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"traybell/desktop/settings"
	"traybell/desktop/shell/history"
	"traybell/shared/protocol"
)

// keeper is a hub with call records, from which it answers history.list.
type keeper struct {
	d     *desk
	calls []protocol.Call
	asked chan protocol.ListHistory // the requests, in order
	acts  chan protocol.Message     // tickets, notes, tests and questions why, not answered
}

// keep answers until the desktop disconnects; other actions are accepted.
func keep(d *desk, calls []protocol.Call) *keeper {
	k := &keeper{d, calls, make(chan protocol.ListHistory, 100), make(chan protocol.Message, 100)}
	go func() {
		for frame := range d.said {
			m, err := protocol.Parse(frame)
			if err != nil {
				continue
			}
			switch m.Name {
			case protocol.TicketCreate, protocol.TicketNote, protocol.CallWhy, protocol.CallTry:
				k.acts <- m
				continue
			}
			if m.Name == protocol.NumbersFind {
				d.write(protocol.Notification, protocol.NumbersAnswer, m.ID, someNumbers(m))
				continue
			}
			if m.Name == protocol.ColleaguesList {
				k.colleagues(m)
				continue
			}
			var in protocol.ListHistory
			if m.Name != protocol.HistoryList || m.Decode(&in) != nil {
				d.write(protocol.Notification, protocol.Accepted, m.ID, struct{}{})
				continue
			}
			k.asked <- in
			var found []protocol.Call
			for _, c := range k.calls {
				named := len(c.Caller.Customers) > 0 && strings.Contains(strings.ToLower(c.Caller.Customers[0].Name),
					strings.ToLower(in.Search))
				if (in.Before.IsZero() || c.Started.Before(in.Before)) && (!in.Missed || c.Missed) &&
					(in.Search == "" || strings.Contains(c.Number, in.Search) || named) {
					found = append(found, c)
				}
			}
			page := found[:min(in.Limit, len(found))]
			d.write(protocol.Notification, protocol.HistoryAnswer, m.ID, protocol.History{
				Calls: page, More: len(page) < len(found),
			})
		}
	}()
	return k
}

// colleagues answers the first question; others wait for a change that does not come.
func (k *keeper) colleagues(m protocol.Message) {
	var in protocol.ListColleagues
	if m.Decode(&in) != nil || in.After != 0 {
		return
	}
	list := protocol.Colleagues{Version: 1}
	for _, c := range []struct {
		name, extension, team string
		state                 protocol.AgentState
	}{
		{"Boris Ivanov", "102", "support", protocol.AgentTalking},
		{"Ivan Orlov", "104", "support", protocol.AgentWaiting},
		{"Vera Smirnova", "105", "sales", protocol.AgentPause},
		{"Petr Volkov", "106", "sales", protocol.AgentOff},
	} {
		list.Colleagues = append(list.Colleagues, protocol.Colleague{
			Login: c.name, Name: c.name, Extensions: []string{c.extension}, Teams: []string{c.team}, State: c.state,
			Since: time.Now(), Online: c.state != protocol.AgentOff,
		})
	}
	k.d.write(protocol.Notification, protocol.ColleaguesChanged, m.ID, list)
}

// someNumbers are those that are found for any text.
func someNumbers(m protocol.Message) protocol.NumbersFound {
	found := protocol.NumbersFound{Numbers: []protocol.FoundNumber{}, Lines: []string{"Support"}}
	var in protocol.FindNumbers
	if m.Decode(&in) == nil && in.Text != "" {
		found.Numbers = []protocol.FoundNumber{
			{Kind: protocol.NumberColleague, Name: "Ivan Orlov", About: "support", Number: "104", Display: "104"},
			{
				Kind: protocol.NumberCustomer, Name: "Ivan Ivanov", About: "ACME", Number: "+74951234567",
				Display: "+7 495 123-45-67",
			},
		}
	}
	return found
}

// next returns the next matching request.
func (k *keeper) next(what string, is func(protocol.ListHistory) bool) protocol.ListHistory {
	k.d.t.Helper()
	late := time.After(patience)
	for {
		select {
		case in := <-k.asked:
			if is(in) {
				return in
			}
		case <-late:
			k.d.t.Fatal("the hub was not asked for " + what)
		}
	}
}

// aDay is the calls of a day, newest first, with everything that a row can show.
func aDay(now time.Time) []protocol.Call {
	at := func(minutes int) time.Time {
		return now.Add(-time.Duration(minutes) * time.Minute).Truncate(time.Second)
	}
	call := func(minutes int, number, display, name, company string, more func(*protocol.Call)) protocol.Call {
		c := protocol.Call{
			ID: fmt.Sprintf("main:%d.0", minutes), Direction: protocol.Incoming, State: protocol.Ended, Number: number,
			E164: number, Display: display,
			Line: protocol.Line{Name: "Support"}, Started: at(minutes), Ended: at(minutes).Add(3 * time.Minute),
			Links: protocol.Links{
				CID: "https://www.google.com/search?q=" + number, Ticket: "https://desk.example.com/new",
			},
		}
		if name != "" {
			c.Caller = protocol.Caller{
				Status: protocol.Known, Customers: []protocol.Customer{{Login: "x", Name: name, Company: company}},
			}
		}
		if more != nil {
			more(&c)
		}
		return c
	}
	talked := func(c *protocol.Call) { c.Answered = c.Started.Add(9 * time.Second) }
	calls := []protocol.Call{
		call(4, "+74951234567", "+7 495 123-45-67", "Ivan Ivanov", "ACME", func(c *protocol.Call) {
			talked(c)
			c.Ticket = &protocol.Ticket{Number: "2026112210000017", URL: "https://desk.example.com/17"}
			c.Caller.Category = protocol.Category{Color: protocol.Green}
		}),
		call(11, "+79161112233", "+7 916 111-22-33", "Olga Petrova", "Analytical Engines", func(c *protocol.Call) {
			c.Missed = true
		}),
		call(25, "+78123334455", "+7 812 333-44-55", "", "", func(c *protocol.Call) {
			talked(c)
			c.Direction = protocol.Outgoing
			c.Line.Name = ""
		}),
		call(38, "+74957770011", "+7 495 777-00-11", "Pavel Sidorov", "", func(c *protocol.Call) {
			c.Missed = true
			c.CalledBack = &protocol.CalledBack{By: "Boris Ivanov", At: at(30), Direction: protocol.Outgoing}
		}),
		call(52, "", "", "", "", func(c *protocol.Call) {
			talked(c)
			c.E164, c.Line.Name = "", "Sales"
			c.Legs = []protocol.Leg{{Extension: "103", Agent: "Zoe Martin", Login: "zoe", State: protocol.Ended}}
		}),
		call(61, "102", "102", "Boris Ivanov", "", func(c *protocol.Call) {
			talked(c)
			c.Direction = protocol.Internal
			c.Line.Name = ""
		}),
		call(75, "+74950001122", "+7 495 000-11-22", "Robocall Ltd", "", func(c *protocol.Call) {
			c.Missed = true
			c.Caller.Category = protocol.Category{Color: protocol.Red}
			c.Caller.Blocked = &protocol.Block{By: "Boris Ivanov", At: at(70), Reason: "A robot"}
		}),
	}
	for i := range 70 {
		calls = append(calls,
			call(1500+i*7, fmt.Sprintf("+7495555%04d", i), fmt.Sprintf("+7 495 555-%02d-%02d", i/100, i%100), "", "",
				talked))
	}
	return calls
}

// The calls window by keyboard: pages, search, missed calls.
func TestCallsWindow(t *testing.T) {
	display, hub, folder := screenOf(t), newHub(t), t.TempDir()
	host, port, _ := settings.CheckServer(hub.URL)
	if err := settings.In(folder).Save(settings.Own{
		Server: host, Port: port, Extension: "101", Desktop: "me", ToldNoTray: true,
	}); err != nil {
		t.Fatal(err)
	}
	p := run(t, display, Options{
		Folder: folder, Trust: protocol.Fingerprint(hub.Certificate().Raw), Password: "geheim", Open: "calls",
	}, withBus, "FYNE_THEME=light")
	d := hub.next(t)
	open := d.read(protocol.SessionOpen)
	p.window("^Calls")
	k := keep(d, aDay(time.Now()))
	d.write(protocol.Event, protocol.SessionOpened, open.ID, protocol.OpenedSession{
		Agent: protocol.Agent{
			Login: "anna", Name: "Anna Petrova", Extensions: []string{"101"},
			Rights: []protocol.Right{protocol.RightTicket},
		},
		Settings: settings.Default(), Hub: "1",
	})
	first := k.next("the first page", func(in protocol.ListHistory) bool { return !in.Missed })
	if !first.Before.IsZero() || first.Limit != history.PageSize || first.Search != "" {
		t.Errorf("it asks for %+v", first)
	}

	// The search field has the focus. The hub is queried once, not for each letter.
	if out, err := p.tool("xdotool", "type", "--delay", "40", "petrova"); err != nil {
		t.Fatalf("typing: %v %s", err, out)
	}
	search := k.next("what is searched", func(in protocol.ListHistory) bool { return in.Search != "" })
	if search.Search != "petrova" || search.Missed {
		t.Errorf("it searches %+v", search)
	}
	p.keys("shift+Tab") // no cursor blinks in the list
	p.settled()
	p.picture("found")
	p.keys("Tab", "ctrl+a", "BackSpace")
	k.next("all again", func(in protocol.ListHistory) bool { return in.Search == "" && !in.Missed })

	p.keys("Tab", "Tab", "space")
	k.next("the missed alone", func(in protocol.ListHistory) bool { return in.Missed && in.Limit == history.PageSize })
	p.settled()
	p.picture("missed")
	p.keys("shift+Tab", "space")
	k.next("all again", func(in protocol.ListHistory) bool { return !in.Missed })
	p.settled()
	p.picture("all")

	p.keys("Tab", "Tab", "Tab", "space") // over the missed and the list
	older := k.next("older ones", func(in protocol.ListHistory) bool { return !in.Before.IsZero() })
	if want := k.calls[history.PageSize-1].Started; !older.Before.Equal(want) {
		t.Errorf("older ones are those before %s, want %s", older.Before, want)
	}
	p.settled()
	p.tab(4) // the search, all, missed, the list
	p.keys("space")
	p.settled()
	p.picture("calls")
	p.end()
	close(d.done)
}
