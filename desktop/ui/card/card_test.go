package card_test

import (
	"bytes"
	"flag"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"traybell/assets/translations"
	"traybell/desktop/model"
	"traybell/desktop/ui/card"
	"traybell/shared/protocol"

	"fyne.io/fyne/v2/test"
)

var update = flag.Bool("update", false, "update the golden pictures")

func TestMain(m *testing.M) {
	flag.Parse()
	time.Local = time.UTC // the pictures contain times
	test.NewApp()         // a driver that measures text without a window
	os.Exit(m.Run())
}

var nine = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

func texts(t testing.TB, language string) card.Texts {
	t.Helper()
	s, err := translations.Load(language)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// known is an incoming call of a known customer on a line with a comment.
func known() model.Card {
	return model.Card{
		ID: "main:1", Kind: model.Incoming, Mine: protocol.Ringing, Sticky: true, Since: nine,
		Call: protocol.Call{
			ID: "main:1", Direction: protocol.Incoming, State: protocol.Ringing, Number: "79123456700",
			Display: "+7 912 345-67-00", DID: "74950000001",
			Line: protocol.Line{Name: "Support", Comment: "Answer: “Acme support, good morning”"},
			Caller: protocol.Caller{
				Status:    protocol.Known,
				Customers: []protocol.Customer{{Login: "ivan", Name: "Ivan Petrov", Company: "Romashka Ltd, Voronezh"}},
				Category:  protocol.Category{Color: protocol.Green, Comment: "Always pays on time"},
			},
			Links: protocol.Links{CID: "https://cid", Map: "https://map", Ticket: "https://ticket"},
		},
	}
}

func with(change func(*model.Card)) model.Card {
	m := known()
	change(&m)
	return m
}

func several(m *model.Card) {
	m.Call.Caller.Status = protocol.Several
	m.Call.Caller.Category = protocol.Category{Color: protocol.Yellow, Comment: "Two offices share this number"}
	m.Call.Caller.Customers = []protocol.Customer{
		{Login: "ivan", Name: "Ivan Petrov", Company: "Romashka Ltd"},
		{Login: "olga", Name: "Olga Sidorova", Company: "Romashka Ltd, second office"},
		{Login: "info", Email: "reception@romashka.example"},
		{Login: "x1", Name: "Semyon Ivanov"},
		{Login: "x2", Name: "Pyotr Ivanov"},
		{Login: "x3", Name: "Anna Ivanova"},
	}
}

// before adds a previous call with Boris.
func before(m *model.Card, ago time.Duration) {
	m.Call.Started = nine
	m.Call.Previous = &protocol.PreviousCall{
		Started: nine.Add(-ago), Direction: protocol.Incoming, Agent: "Boris Ivanov", Line: "Support",
		Ticket: &protocol.Ticket{Number: "2026022710000031", URL: "https://desk/31"},
	}
}

// entered is a call of somebody who entered the number of an open ticket.
func entered(m *model.Card) {
	openTickets(m)
	m.Call.Entered = &protocol.EnteredTicket{Number: "2026021910000013", State: protocol.EnteredFound}
}

func openTickets(m *model.Card) {
	m.Call.Caller.Tickets = []protocol.OpenTicket{
		{
			Number: "2026022010000044", Title: "The printer on floor 2 prints only every second page",
			URL: "https://desk/44",
		},
		{Number: "2026021910000013", Title: "VPN", URL: "https://desk/13"},
		{Number: "2026011510000008", Title: "New contract"},
		{Number: "2025120110000002", Title: "Not shown any more", URL: "https://desk/2"},
	}
}

func answered(m *model.Card) {
	m.Kind, m.Mine, m.Sticky = model.Answer, protocol.Answered, false
	m.Call.State = protocol.Answered
}

func made(m *model.Card) {
	answered(m)
	m.Press = model.Press{
		State:  model.Made,
		Ticket: protocol.Ticket{Number: "2026030210000017", URL: "https://desk/1", By: "Anna Petrova"},
	}
}

func warn(title, from, text string) model.Card {
	return model.Card{ID: "warning:x", Kind: model.Warn, Title: title, From: from, Text: text, Since: nine}
}

// noted is an answered call with the field for a note.
func noted(n model.Note, more ...func(*model.Card)) model.Card {
	return with(func(m *model.Card) {
		answered(m)
		for _, change := range more {
			change(m)
		}
		m.Note = n
		m.Note.Max = 2000
	})
}

// pictures are all states of a card.
var pictures = []struct {
	name string
	card model.Card
}{
	{"incoming", known()},
	{"looking", with(func(m *model.Card) {
		m.Call.Caller = protocol.Caller{Status: protocol.Looking}
		m.Call.Links = protocol.Links{CID: "https://cid"}
	})},
	{"hidden", with(func(m *model.Card) {
		m.Call.Hidden, m.Call.Display, m.Call.Number, m.MayShow = true, protocol.HiddenNumber, protocol.Alias+"a", true
	})},
	{"several", with(several)},
	{"note", noted(model.Note{})},
	{"note_text", noted(model.Note{Text: "The printer on the second floor is out of paper again, ask Olga"})},
	{"note_unsent", noted(model.Note{Text: "Out of paper"}, made)},
	{"note_saved", noted(model.Note{State: model.NoteSaved}, made)},
	{"note_failed", noted(model.Note{
		Text: "Out of paper", State: model.NoteFailed, Reason: "The ticket 2026030210000017 no longer exists.",
	}, made)},
	{"previous", with(func(m *model.Card) { before(m, 3*24*time.Hour) })},
	{"previous_missed", with(func(m *model.Card) {
		answered(m)
		before(m, 24*time.Hour)
		m.Call.Previous.Missed, m.Call.Previous.Agent, m.Call.Previous.Ticket = true, "", nil
	})},
	{"previous_called", with(func(m *model.Card) {
		before(m, 110*24*time.Hour)
		openTickets(m)
		m.Call.Previous.Direction, m.Call.Previous.Ticket.Number = protocol.Outgoing, "20251112100000175"
	})},
	{"unknown", with(func(m *model.Card) {
		m.Call.Caller = protocol.Caller{Status: protocol.Unknown}
		m.Call.Name, m.Call.Links, m.Call.Line = "PETROV I", protocol.Links{}, protocol.Line{}
	})},
	{"withheld", with(func(m *model.Card) {
		m.Call.Number, m.Call.Display, m.Call.Links = "", "", protocol.Links{}
		m.Call.Caller = protocol.Caller{Status: protocol.Withheld}
	})},
	{"maybe", with(func(m *model.Card) {
		m.Call.Caller.Customers[0] = protocol.Customer{Login: "a", Company: "Romashka Ltd", Maybe: true}
		m.Call.Caller.Category = protocol.Category{Color: protocol.Neutral}
	})},
	{"test", with(func(m *model.Card) { m.Call.Test = true })},
	{"internal", with(func(m *model.Card) {
		m.Call.Direction, m.Call.Number, m.Call.Display, m.Call.DID = protocol.Internal, "102", "102", "101"
		m.Call.Caller = protocol.Caller{Status: protocol.OwnPhone}
		m.Call.Links, m.Call.Line = protocol.Links{}, protocol.Line{}
		m.Call.Legs = []protocol.Leg{{Extension: "102", Agent: "Boris Ivanov", Calling: true}}
	})},
	{"red", with(func(m *model.Card) {
		m.Call.Caller.Category = protocol.Category{
			Color: protocol.Red,
			Comment: "Insults the operators. Say politely that calls are recorded, and hand over to the head of the " +
				"shift at once if it goes on; do not argue.",
		}
	})},
	{"answered", with(answered)},
	{"held", with(func(m *model.Card) { answered(m); m.Mine = protocol.Held })},
	{"outgoing", with(func(m *model.Card) {
		answered(m)
		m.Call.Direction = protocol.Outgoing
		m.Call.Line = protocol.Line{}
	})},
	{"pressed", with(func(m *model.Card) { answered(m); m.Press.State = model.Pressed })},
	{"queued", with(func(m *model.Card) {
		answered(m)
		m.Press = model.Press{
			State: model.Queued,
			Reason: "The help desk at desk.example.com cannot be reached. The ticket is kept and will be made as " +
				"soon as the help desk takes it.",
		}
	})},
	{"entered", with(entered)},
	{"entered-missing", with(func(m *model.Card) {
		m.Call.Entered = &protocol.EnteredTicket{Number: "2026021910000099", State: protocol.EnteredMissing}
	})},
	{"tickets", with(func(m *model.Card) { openTickets(m); m.Call.Caller.Tickets = m.Call.Caller.Tickets[:1] })},
	{"tickets_many", with(func(m *model.Card) {
		answered(m)
		openTickets(m)
		m.Call.Caller.OpenTickets, m.Call.Caller.TicketsPage = 45, "https://desk/of/ivan"
	})},
	{"adding", with(func(m *model.Card) {
		answered(m)
		openTickets(m)
		m.Press = model.Press{State: model.Pressed, Into: "2026022010000044"}
	})},
	{"made_late", func() model.Card {
		m := warn(model.TitleMade, "", "Ivan Petrov, +79123456700")
		m.Press = model.Press{
			State:  model.Made,
			Ticket: protocol.Ticket{Number: "2026030210000017", URL: "https://desk/1", By: "Anna Petrova"},
		}
		return m
	}()},
	{
		"not_made",
		warn(model.TitleNotMade, "",
			"Ivan Petrov, +79123456700: The queue “Raw” does not exist in the help desk, or is not valid there."),
	},
	{"made", with(made)},
	{"failed", with(func(m *model.Card) {
		answered(m)
		m.Press = model.Press{
			State: model.Failed, Reason: "The help desk refused the ticket: the queue “Raw” does not exist.",
			Retry: true,
		}
	})},
	{"elsewhere", with(func(m *model.Card) {
		m.Mine, m.Elsewhere, m.Done, m.Call.State = protocol.Ended, "Boris Ivanov", true, protocol.Answered
	})},
	{"outside", with(func(m *model.Card) {
		m.Mine, m.Outside, m.Done, m.Call.State = protocol.Ended, true, true, protocol.Answered
	})},
	{"missed", with(func(m *model.Card) {
		m.Mine, m.Done, m.Call.State, m.Call.Missed = protocol.Ended, true, protocol.Ended, true
	})},
	{"ended", with(func(m *model.Card) {
		answered(m)
		m.Mine, m.Done, m.Call.State = protocol.Ended, true, protocol.Ended
	})},
	{"transferred", with(func(m *model.Card) {
		answered(m)
		m.Mine, m.Done, m.Elsewhere = protocol.Ended, true, "Boris Ivanov"
	})},
	{"ringing_at", with(func(m *model.Card) {
		answered(m)
		m.Mine, m.Done = protocol.Ended, true
		m.Call.Legs = []protocol.Leg{{Extension: "102", Agent: "Boris Ivanov", State: protocol.Ringing}}
	})},
	{"long", with(func(m *model.Card) {
		m.Call.Line = protocol.Line{
			Name: "Support of the very important customers of the north-western region, second shift",
			Comment: "Answer: “Acme support of the north-western region, second shift, my name is …, how can I " +
				"help you?” Ask for the contract number first, then for the name, and then for the address of the " +
				"office; never promise a time.",
		}
		m.Call.Display = "+7 (4732) 345-67-00, доб. 1234567890123"
		m.Call.Caller.Customers[0] = protocol.Customer{
			Login: "k", Name: "Константин Константинович Константинопольский-Преображенский",
			Company: "Общество с ограниченной ответственностью " +
				"«Северо-Западное управление промышленного строительства»",
		}
		m.Call.Caller.Category = protocol.Category{
			Color:   protocol.Yellow,
			Comment: "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
		}
	})},
	{"pbx_down", warn(model.TitlePBXDown, "main", "connection refused: 127.0.0.1:5038")},
	{
		"hub_away",
		warn(model.TitleHubAway, "", "hub.example.com does not answer. Calls are not shown until it is back."),
	},
	{
		"message",
		warn(model.TitleMessage, "Boris Ivanov",
			"Please take the line Support for half an hour, I have to go to the warehouse."),
	},
	{"warn_missed", func() model.Card {
		m := warn(model.TitleMissed, "", "+7 912 345-67-00")
		m.Call = known().Call
		m.Call.Missed, m.Call.State = true, protocol.Ended
		return m
	}()},
}

// find returns the middle of a zone, in pixels.
func find(t *testing.T, p *card.Painter, name string) (x, y int) {
	t.Helper()
	x, y, ok := card.Middle(p, name)
	if !ok {
		t.Fatalf("no zone %q", name)
	}
	return x, y
}

// pressing records the actions of a card.
type pressing []string

func (p *pressing) actions() card.Actions {
	note := func(what string) func(string) {
		return func(arg string) { *p = append(*p, what+" "+arg) }
	}
	return card.Actions{
		OK:     func(call, customer string) { *p = append(*p, "ok "+call+" "+customer) },
		Append: func(call, ticket string) { *p = append(*p, "append "+call+" "+ticket) },
		Open:   note("open"), Copy: note("copy"), Close: note("close"), Category: note("category"),
	}
}

func TestPresses(t *testing.T) {
	for _, c := range []struct {
		name string
		card model.Card
		on   []string
		want string
	}{
		{"ok", known(), []string{"ok"}, "ok main:1 ivan"},
		{"ok for no customer", with(several), []string{"none", "ok"}, "ok main:1 "},
		{"ok for a chosen customer", with(several), []string{"customer ivan", "customer olga", "ok"}, "ok main:1 olga"},
		{"number", known(), []string{"cid"}, "open https://cid"},
		{"map", known(), []string{"map"}, "open https://map"},
		{"T-Link", known(), []string{"tlink"}, "open https://ticket"},
		{"category", known(), []string{"category"}, "category main:1"},
		{"close", known(), []string{"close"}, "close main:1"},
		{"close a warning", warn(model.TitleHubAway, "", "x"), []string{"close"}, "close warning:x"},
		{"ticket", with(made), []string{"ticket"}, "open https://desk/1"},
		{"copy", with(made), []string{"copy"}, "copy 2026030210000017"},
		{"open ticket", with(openTickets), []string{"open 2026021910000013"}, "open https://desk/13"},
		{"all open tickets", with(func(m *model.Card) {
			openTickets(m)
			m.Call.Caller.OpenTickets, m.Call.Caller.TicketsPage = 45, "https://desk/of/ivan"
		}), []string{"open all"}, "open https://desk/of/ivan"},
		{
			"add to the ticket that was entered", with(entered),
			[]string{"append 2026021910000013"},
			"append main:1 2026021910000013",
		},
		{"add to a ticket", with(openTickets), []string{"append 2026021910000013"}, "append main:1 2026021910000013"},
		{"ticket made late", func() model.Card {
			m := warn(model.TitleMade, "", "x")
			m.Press = model.Press{State: model.Made, Ticket: protocol.Ticket{Number: "17", URL: "https://desk/17"}}
			return m
		}(), []string{"ticket"}, "open https://desk/17"},
		{"retry", with(func(m *model.Card) {
			m.Press = model.Press{State: model.Failed, Retry: true}
		}), []string{"ok"}, "ok main:1 ivan"},
	} {
		for _, scale := range []float32{1, 1.5, 2} {
			var did pressing
			p := card.NewPainter(card.Look{Texts: texts(t, "en"), Tickets: true}, did.actions())
			p.Paint(c.card, scale)
			for _, name := range c.on {
				x, y := find(t, p, name)
				p.Tap(x, y)
			}
			if got := strings.Join(did, "; "); got != c.want {
				t.Errorf("%s at scale %v: %q, want %q", c.name, scale, got, c.want)
			}
		}
	}
}

func TestDisabledZones(t *testing.T) {
	absent := func(name string, look card.Look, m model.Card, zones ...string) {
		p := card.NewPainter(look, card.Actions{})
		p.Paint(m, 1)
		for _, zone := range zones {
			if _, _, ok := card.Middle(p, zone); ok {
				t.Errorf("%s: %q is enabled", name, zone)
			}
		}
	}
	look := card.Look{Texts: texts(t, "en"), Tickets: true}
	absent("no links", look, with(func(m *model.Card) { m.Call.Links = protocol.Links{} }), "cid", "map", "tlink",
		"category")
	absent("withheld", look, with(func(m *model.Card) { m.Call.Caller.Status = protocol.Withheld }), "cid")
	absent("waiting", look, with(func(m *model.Card) { m.Press.State = model.Pressed }), "ok")
	absent("the ticket of another customer", look, with(func(m *model.Card) {
		m.Call.Entered = &protocol.EnteredTicket{Number: "2026021910000013", State: protocol.EnteredOther}
	}), "append 2026021910000013")
	absent("queued, with an entered ticket", look, with(func(m *model.Card) {
		entered(m)
		m.Press.State = model.Queued
	}), "append 2026021910000013")
	absent("queued", look, with(func(m *model.Card) {
		openTickets(m)
		m.Press.State = model.Queued
	}), "ok", "append 2026021910000013")
	absent("made, with open tickets", look, with(func(m *model.Card) {
		openTickets(m)
		made(m)
	}), "open 2026021910000013", "append 2026021910000013")
	absent("ticket without a page", look, with(openTickets), "open 2026011510000008")
	absent("no permission to append", card.Look{Texts: texts(t, "en")}, with(openTickets), "append 2026021910000013")
	absent("made", look, with(made), "ok")
	absent("failed, no retry", look, with(func(m *model.Card) { m.Press.State = model.Failed }), "ok")
	absent("answered elsewhere", look, with(func(m *model.Card) { m.Done, m.Elsewhere = true, "Boris" }), "ok", "map")
	absent("no permission for tickets", card.Look{Texts: texts(t, "en")}, known(), "ok")
}

func TestObjectsAreReused(t *testing.T) {
	p := card.NewPainter(card.Look{Texts: texts(t, "en"), Tickets: true}, card.Actions{})
	for range 3 {
		for _, pic := range pictures {
			p.Card.Set(pic.card)
		}
	}
	before := card.Objects(p)
	for range 5 {
		for _, pic := range pictures {
			p.Card.Set(pic.card)
		}
	}
	if after := card.Objects(p); after != before {
		t.Errorf("%d objects before, %d after", before, after)
	}
}

func TestControlCharactersAreRemoved(t *testing.T) {
	p := card.NewPainter(card.Look{Texts: texts(t, "en")}, card.Actions{})
	plain, odd := known(), known()
	plain.Call.Display = "+7 912"
	odd.Call.Display = "\u202e+7\n912\x00"
	if a, b := p.Paint(plain, 1), p.Paint(odd, 1); !bytes.Equal(a.Pix, b.Pix) {
		t.Error("control characters change the picture")
	}
}

func BenchmarkPaint(b *testing.B) {
	p := card.NewPainter(card.Look{Texts: texts(b, "en"), Tickets: true}, card.Actions{})
	m := known()
	for b.Loop() {
		p.Paint(m, 1)
	}
}

// If several customers have the number, OK is shown after a choice. The choice is fixed once the
// ticket is requested, and free again after a failure.
func TestChoiceOfCustomer(t *testing.T) {
	may := func(p *card.Painter, name string) bool { return slices.Contains(card.Order(p), name) }
	p := card.NewPainter(card.Look{Texts: texts(t, "en"), Tickets: true}, card.Actions{})
	for _, one := range []struct {
		press          model.Press
		choose, accept bool
	}{
		{model.Press{}, true, false},
		{model.Press{State: model.Pressed, For: "olga"}, false, false},
		{model.Press{State: model.Queued, For: "olga"}, false, false},
		{model.Press{State: model.Made, For: "olga", Ticket: protocol.Ticket{Number: "17"}}, false, false},
		{model.Press{State: model.Failed, For: "olga", Retry: true, Reason: "There is no queue."}, true, true},
	} {
		m := with(several)
		m.Press = one.press
		p.Paint(m, 1)
		if may(p, "customer ivan") != one.choose || may(p, "none") != one.choose || may(p, "ok") != one.accept {
			t.Errorf("%+v: enabled: %q", one.press, card.Order(p))
		}
	}
}
