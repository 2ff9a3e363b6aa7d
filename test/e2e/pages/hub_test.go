//go:build e2e

// Package pages tests the hub's pages in Chromium: with a keyboard, on a narrow screen, with axe-core,
// and takes their pictures after a day of made-up traffic.
package pages

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"traybell/hub/ami/amitest"
	"traybell/hub/app"
	"traybell/hub/audit"
	"traybell/hub/cdr"
	"traybell/hub/compile"
	"traybell/hub/helpdesk"
	"traybell/hub/jobs"
	"traybell/hub/signin"
	"traybell/hub/staff"
	"traybell/hub/store"
	"traybell/hub/tickets"
	"traybell/hub/trace"
	"traybell/hub/tracking"
	"traybell/hub/webhooks"
	"traybell/shared/protocol"
	"traybell/test/terminal"
)

const password = "correct horse"

const hubYAML = `
listen: 127.0.0.1:0
data_dir: .
admins:
  - {login: admin, password: "%[1]s"}
  - {login: viewer, password: "%[1]s", roles: [view]}
pbx:
  - {id: main, address: "%[2]s", username: "%[4]s", password: "%[5]s"}
  - {id: branch, address: "%[3]s", username: "%[4]s", password: "%[5]s"}
  - {id: warehouse, address: "127.0.0.1:1", username: traybell, password: "%[5]s"}
agents:
  - {login: anna, name: Anna Petrova, extensions: ["101"], password: "%[1]s", teams: [support],
     rights: [ticket, category, block]}
  - {login: boris, name: Boris Ivanov, extensions: ["102"], password: "%[1]s", teams: [sales], rights: [ticket]}
  - {login: clara, name: Клара Семёнова-Константинопольская, extensions: ["103"], password: "%[1]s",
     teams: [support, second level]}
  - {login: dmitri, name: Dmitri Sokolov, extensions: ["104", "105"], password: "%[1]s", teams: [support]}
tracking:
  - {number: "74950000001", name: Support, comment: "Answer: Acme support", teams: [support]}
  - {number: "74950000002", name: Sales, teams: [sales]}
ticket_templates:
  default: {title: "Call from {{.Caller.Name}}", queue: Support}
  callback: {title: "Call back: {{.Caller.Number}}", queue: Support}
schedules: {office: {open: [{days: [mon-fri], hours: ["09:00-18:00"]}]}}
rules:
  - name: debtors
    when: category.color == "red" || caller.company == "Acme"
    then: {warn: Payment in advance only., route: {teams: [support]}}
  - {name: nights, when: "call.missed && !schedule.office", then: {create_ticket: end, ticket: callback}}
caller_id:
  rules:
    - {prefix: "0", min: 11, strip: 1, show: true}   # outside line
    - {min: 7, max: 7, add: "8495", show: true}
directories:
  - {name: customers, type: csv, path: customers.csv}
  - {name: crm, type: sql, driver: mysql, dsn: "traybell:readonly@tcp(127.0.0.1:1)/crm"}
webhooks:
  - {name: chat, url: "%[6]s/hooks/secret", secret: whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD, teams: [support]}
  - {name: statistics, url: "http://127.0.0.1:1/", secret: whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD,
     events: [call.ended, call.missed]}
announcements: {enabled: true, pbx: [main], extensions: [_10X], folders: [{folder: .}]}
states: {enabled: true, pauses: [{code: lunch, name: Lunch, limit: 45m}]}
queues: [{name: "500", pbx: main, title: Support, teams: [support], alarm: {waiting: 3}}]
mobile: {numbers: [{number: "+7 916 111-22-33", agent: anna, pin: "4711"}]}
recordings: {sources: [{folder: ., pattern: "<linkedid>.wav"}]}
`

const customersCSV = `login;name;email;company;phone
ivanov;Ivan Ivanov;ivan@acme.example;ACME;+7 (495) 123-45-67
petrova;Olga Petrova;olga@globex.example;Globex;+7 495 765-43-21
sidorov;Petr Sidorov;petr@initech.example;Initech;not a number
`

// callers are who calls on the made-up day.
var callers = []struct{ number, name, company string }{
	{"+74951234567", "Ivan Ivanov", "ACME"},
	{"+74957654321", "Olga Petrova", "Globex"},
	{"+79161112233", "", ""},
	{
		"+78125550144",
		"Константин Константинопольский",
		"ООО «Научно-производственное объединение Северо-Западная звезда»",
	},
	{"+79035550177", "Petr Sidorov", "Initech"},
	{"", "", ""},
	{"+442079460018", "Jane Doe", "Umbrella Ltd"},
}

// testHub is a hub after a day.
type testHub struct {
	*app.App
	t            *testing.T
	dir          string
	main, branch *amitest.PBX
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestMain makes it half past five in the afternoon, so that the day has its calls.
func TestMain(m *testing.M) {
	now := time.Now().UTC()
	wanted := time.Date(now.Year(), now.Month(), now.Day(), 17, 30, 0, 0, time.UTC)
	time.Local = time.FixedZone("office", int(wanted.Sub(now).Truncate(time.Minute).Seconds()))
	os.Exit(m.Run())
}

// newHub fills a day and starts a hub with it.
func newHub(ctx context.Context, t *testing.T) *testHub {
	t.Helper()
	h := &testHub{t: t, dir: t.TempDir()}
	var err error
	h.main, err = amitest.New(amitest.Options{})
	must(t, err)
	t.Cleanup(func() { _ = h.main.Close() })
	h.branch, err = amitest.New(amitest.Options{})
	must(t, err)
	t.Cleanup(func() { _ = h.branch.Close() })
	hash, err := signin.Hash(password)
	must(t, err)
	h.fill(ctx)
	must(t, os.WriteFile(filepath.Join(h.dir, "customers.csv"), []byte(customersCSV), 0o600))
	t.Chdir(h.dir)
	receiver := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(receiver.Close)
	file := "hub.yml" // the pictures show its path
	must(t, os.WriteFile(file, fmt.Appendf(nil, hubYAML, hash, h.main.Addr(), h.branch.Addr(), amitest.Username,
		amitest.Secret, receiver.URL), 0o600))
	h.main.Queues.Add("500")
	h.main.Set("op_alert", "101", "1")
	h.main.Set("op_alert_file", "101", "/var/spool/asterisk/traybell/101-1")
	h.main.Set("op_alert", "103", "1")
	cfg, err := compile.Load(file)
	must(t, err)
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	h.App, err = app.New(ctx, app.Options{Config: cfg, File: file, Version: "1.4.0", Log: log, Keys: h.release()})
	must(t, err)
	must(t, h.Start(ctx))
	t.Cleanup(func() { must(t, h.Stop()) })
	for _, pbx := range []*amitest.PBX{h.main, h.branch} {
		_, err := pbx.WaitAction(ctx, "Status", 1)
		must(t, err)
	}
	for extension, system := range map[string]string{"101": "windows", "102": "linux", "103": "darwin"} {
		desk, _, err := terminal.Open(ctx, h.Addr(), terminal.Options{}, protocol.OpenSession{
			Protocol: protocol.Version, Extension: extension, Password: password,
			Client: protocol.Client{Desktop: extension, Version: "1.4.0", OS: system, Language: "en"},
		})
		must(t, err)
		t.Cleanup(func() { _ = desk.CloseNow() })
		go func() {
			for err := error(nil); err == nil; { // answers pings
				_, err = desk.Next(ctx)
			}
		}()
	}
	talk := h.main.Incoming(amitest.Incoming{Number: "84951234567", Name: "IVANOV", DID: "74950000001"})
	talk.Ring("101")
	talk.Answer("101")
	h.main.Incoming(amitest.Incoming{Number: "79161112233", DID: "74950000002"}).Ring("102")
	h.main.Incoming(amitest.Incoming{Number: "84957654321", DID: "74950000001"}).Ring("103", "104")
	return h
}

// fill writes the day into the hub's database.
func (h *testHub) fill(ctx context.Context) {
	h.t.Helper()
	s, err := store.Open(ctx, filepath.Join(h.dir, "traybell.db"))
	must(h.t, err)
	defer func() { must(h.t, s.Close()) }()
	day := time.Now().Truncate(time.Second)
	day = time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, time.Local)
	chance := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // a day is not a secret
	agents := []string{"anna", "boris", "clara", "dmitri"}
	var records []cdr.Record
	var traces []trace.Trace
	for hour, calls := range map[int]int{8: 9, 9: 24, 10: 31, 11: 27, 12: 12, 13: 16, 14: 29, 15: 33, 16: 21, 17: 7} {
		for i := range calls {
			who := callers[chance.IntN(len(callers))]
			at := day.Add(time.Duration(hour)*time.Hour + time.Duration(i)*time.Hour/time.Duration(calls+1)/2)
			r := cdr.Record{
				CallID: fmt.Sprintf("main:%d.%d", hour, i), PBX: "main", State: cdr.Final, Direction: protocol.Incoming,
				Number: who.number, E164: who.number, CustomerName: who.name, Company: who.company, DID: "74950000001",
				Line: "Support", Agent: agents[i%4], Extension: fmt.Sprint(101 + i%4), Started: at,
				Rang: time.Duration(3+chance.IntN(20)) * time.Second, Told: agents[i%4] + "\n",
			}
			r.Answered = at.Add(r.Rang)
			r.Ended = r.Answered.Add(time.Duration(20+chance.IntN(600)) * time.Second)
			switch {
			case i%8 == 3:
				r.Missed, r.Answered, r.Ended = true, time.Time{}, at.Add(r.Rang)
			case i%5 == 4:
				r.Direction, r.DID, r.Line = protocol.Outgoing, "", ""
			case i%3 == 0 && who.name != "":
				r.Ticket = fmt.Sprintf("20261129%05d", hour*100+i)
			}
			records = append(records, r)
			if hour > 15 {
				traces = append(traces, trace.Trace{
					CallID: r.CallID, PBX: "main", Direction: r.Direction, Number: who.number, Name: who.name,
					DID: r.DID, At: at, Steps: []trace.Step{
						{At: at, What: trace.Seen, Text: "ringing"},
						{
							At: at, What: trace.Number, Text: who.number,
							Notes: []trace.Note{{Code: "number.international", With: map[string]string{
								"Text": who.number, "Region": "RU",
							}}},
						},
						{
							At: at, What: trace.Line, Text: `"74950000001" (Support)`,
							Notes: []trace.Note{{Code: "trace.line_ringing"}},
						},
						{At: at, What: trace.Told, Agents: []string{agents[i%4]}, Why: "their phone rings"},
						{
							At:     at.Add(30 * time.Millisecond),
							What:   trace.Shown,
							Agents: []string{agents[i%4]},
							After:  31 * time.Millisecond,
						},
					},
				})
			}
		}
	}
	for i, number := range []string{"+74950000017", "+74950000017", "+79160000023", "+78120000031"} { // they wait
		at := day.Add(15*time.Hour + time.Duration(i)*20*time.Minute)
		records = append(records, cdr.Record{
			CallID: fmt.Sprintf("main:missed.%d", i), PBX: "main", State: cdr.Final, Direction: protocol.Incoming,
			Number: number, E164: number, DID: "74950000001", Line: "Support", Extension: "101", Agent: "anna",
			Started: at, Ended: at.Add(20 * time.Second), Rang: 20 * time.Second, Missed: true,
			Told: "anna\nclara\n",
		})
	}
	must(h.t, s.Records(cdr.File{}).KeepRecords(ctx, records, nil))
	must(h.t, s.KeepTraces(ctx, traces))
	for i, c := range []struct {
		color   protocol.Color
		comment string
	}{
		{protocol.Green, "Pays on time"},
		{protocol.Yellow, "Calls often; the ticket about the invoice is open"},
		{protocol.Red, "Rude"},
		{protocol.Red, "Грубит операторам. Говорить спокойно, при повторе — переводить на руководителя смены."},
	} {
		must(h.t, s.SetCategory(ctx, protocol.Category{
			Number: callers[i].number, Color: c.color, Comment: c.comment, Author: "Anna Petrova",
			Changed: day.Add(time.Duration(9+i) * time.Hour),
		}))
	}
	for i, title := range []string{
		"Printer on the second floor does not print", "Не приходит почта после обновления", "Invoice 4711",
		"New telephone",
		"Сломался принтер в бухгалтерии: печатает пустые страницы, бумага заканчивается, заявка срочная",
	} {
		who := callers[i]
		made, err := s.AddListed(ctx, helpdesk.Draft{
			CallID: fmt.Sprint(
				"main:t",
				i,
			), Title: title, Body: "The customer called.", Number: who.number, Queue: "Support",
			Priority: "3 normal", State: "open", Agent: staff.Agent{Login: agents[i%4]},
			Customer: &protocol.Customer{Login: fmt.Sprint("c", i), Name: who.name, Company: who.company},
		})
		must(h.t, err)
		if i == 2 {
			closed := true
			_, err := s.EditListed(ctx, made.Number, helpdesk.ListedEdit{By: "admin", Note: "Paid.", Closed: &closed})
			must(h.t, err)
		}
	}
	at := day.Add(16*time.Hour + 40*time.Minute)
	waiting := jobs.Claim{Owner: "another hub", Until: time.Now().Add(time.Hour)}
	_, _, err = s.BeginTicket(ctx, tickets.Request{
		CallID: "main:16.1", ActionID: "a1", Agent: "boris", State: tickets.Pending, At: at, Claim: waiting,
		Draft: helpdesk.Draft{
			CallID: "main:16.1", Title: "Call from Olga Petrova", Number: "+74957654321",
			Customer: &protocol.Customer{Login: "petrova", Name: "Olga Petrova"}, Agent: staff.Agent{Login: "boris"},
		},
	})
	must(h.t, err)
	must(h.t, s.RetryTicket(ctx, tickets.Request{
		CallID: "main:16.1", Claim: waiting, Progress: jobs.Progress{Tries: 4, Next: time.Now().Add(5 * time.Minute)},
		Error: "the help desk does not answer: connection refused; is it running?",
	}))
	for i, d := range []webhooks.Delivery{
		{
			Webhook: "statistics", Type: webhooks.CallMissed, State: webhooks.SetAside,
			Error: "HTTP 422 Unprocessable Entity",
		},
		{Webhook: "statistics", Type: webhooks.CallEnded, State: webhooks.Waiting},
		{Webhook: "former", Type: webhooks.AgentState, State: webhooks.Waiting},
	} {
		d.Event, d.At, d.Body, d.Tries = fmt.Sprint("evt_", i), at, []byte("{}"), 5*(1-i%2)
		must(h.t, s.KeepDeliveries(ctx, []webhooks.Delivery{d}))
	}
	must(h.t, s.CountUntracked(ctx, []tracking.Untracked{
		{PBX: "main", Number: "74950000099", Calls: 7, First: day.Add(9 * time.Hour), Last: at},
		{PBX: "branch", Number: "78005550143", Calls: 2, First: day.Add(10 * time.Hour), Last: at},
	}, 100))
	must(h.t, s.KeepAudit(ctx, []audit.Entry{
		{At: day.Add(9 * time.Hour), Kind: "administrator", Who: "admin", From: "192.0.2.7", Action: "hub.reload"},
		{
			At: day.Add(11 * time.Hour), Kind: "administrator", Who: "admin", From: "192.0.2.7", Action: "category.set",
			Object: "+79161112233", Detail: "red Rude",
		},
		{
			At: day.Add(
				13 * time.Hour,
			), Kind: "administrator", Who: "viewer", From: "2001:db8::77", Action: "terminal.end",
			Object: "3k2vq0n8m1c7h5t9", Detail: "boris, 192.0.2.31:50123", Error: "This needs the role supervise.",
		},
		{
			At: day.Add(15 * time.Hour), Kind: "token", Who: "crm", From: "192.0.2.50", Action: "caller.block",
			Object: "+79035550177", Detail: "Sells carpets",
		},
	}))
}
