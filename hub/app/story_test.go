package app_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"traybell/hub/ami/amitest"
	"traybell/hub/app"
	"traybell/hub/certificate"
	"traybell/hub/cmd"
	"traybell/hub/config"
	"traybell/hub/store/storetest/empty"
	"traybell/shared/protocol"
	"traybell/test/terminal"

	"github.com/alexedwards/argon2id"
)

// A story is a simulated PBX, a whole hub and terminals, connected by real sockets.
type story struct {
	t    *testing.T
	pbx  *amitest.PBX
	hub  *app.App
	yaml string
	dir  string
	log  *record

	started    int            // bytes in log at the latest start
	prepareLog app.PrepareLog // of the hub; may be nil
}

const customers = `login;name;e-mail;company;phone;mobile
ivanov;Ivan Ivanov;ivan@acme.example;ACME;+7 (495) 123-45-67;8 916 765-43-21
petrova;Olga Petrova;olga@acme.example;ACME;+7 495 765-43-21;
sidorov;Petr Sidorov;petr@acme.example;ACME;+7 495 765-43-21;
`

const hubYAML = `
listen: 127.0.0.1:0
data_dir: .
pbx: [{id: main, address: "%s", username: %s, password: "%s"}]
agents:
  - {login: anna, name: Anna Petrova, extensions: ["101", "201"], password: "%[4]s", teams: [support], rights: [ticket]}
  - {login: boris, name: Boris Ivanov, extensions: ["102"], password: "%[4]s", teams: [support], rights: [ticket]}
tracking:
  - {number: "84950000001", name: Support, comment: "Say hello", ticket: support}
  - {number: "*"}
ticket_templates:
  support: {queue: Raw, title: "{{.Line.Name}}: {{.Caller.Name}}"}
directories: [{name: customers, type: csv, path: customers.csv}]
`

func tell(t *testing.T) *story {
	t.Helper()
	s := &story{t: t, dir: t.TempDir(), log: &record{}}
	var err error
	if s.pbx, err = amitest.New(amitest.Options{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.pbx.Close() })
	hash, err := argon2id.CreateHash("secret",
		&argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 16})
	if err != nil {
		t.Fatal(err)
	}
	s.yaml = fmt.Sprintf(hubYAML, s.pbx.Addr(), amitest.Username, amitest.Secret, hash)
	if err := os.WriteFile(filepath.Join(s.dir, "customers.csv"), []byte(customers), 0o600); err != nil {
		t.Fatal(err)
	}
	empty.Database(t, filepath.Join(s.dir, "traybell.db"))
	return s
}

// start starts the hub, or starts it again on the same data.
func (s *story) start() {
	s.t.Helper()
	path := filepath.Join(s.dir, "hub.yml")
	if err := os.WriteFile(path, []byte(s.yaml), 0o600); err != nil {
		s.t.Fatal(err)
	}
	cfg, err := config.Load(path)
	if err != nil {
		s.t.Fatal(err)
	}
	s.started = len(s.log.String())
	s.hub, err = app.New(s.t.Context(), app.Options{
		Config: cfg, Version: "test", Log: slog.New(slog.NewTextHandler(s.log, nil)), File: path,
		PrepareLog: s.prepareLog,
	})
	if err != nil {
		s.t.Fatal(err)
	}
	if err := s.hub.Start(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
	hub := s.hub
	s.t.Cleanup(func() { _ = hub.Stop() })
}

// working waits until the PBX works with the latest start of the hub, and the directory is read.
func (s *story) working() {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	for _, state := range []string{"state=working", "part=directory"} { // an earlier call would have no customer
		for !strings.Contains(s.sinceStart(), state) {
			pause(ctx, 5*time.Millisecond)
			if ctx.Err() != nil {
				s.t.Fatalf("no %s\n%s", state, s.log)
			}
		}
	}
}

// sinceStart returns what the hub has logged since it was started last.
func (s *story) sinceStart() string {
	return s.log.String()[s.started:]
}

// usePBX replaces the simulated PBX, before start.
func (s *story) usePBX(o amitest.Options) {
	s.t.Helper()
	pbx, err := amitest.New(o)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = pbx.Close() })
	s.yaml = strings.ReplaceAll(s.yaml, s.pbx.Addr(), pbx.Addr())
	s.pbx = pbx
}

// logs waits until the hub's log contains a text.
func (s *story) logs(text string) {
	s.t.Helper()
	for late := time.Now().Add(patience); !strings.Contains(s.log.String(), text); {
		if time.Now().After(late) {
			s.t.Fatalf("the log has no %q:\n%s", text, s.log)
		}
		<-time.After(5 * time.Millisecond)
	}
}

// empty waits until no desktop is signed in.
func (s *story) empty() {
	s.t.Helper()
	for late := time.Now().Add(patience); !strings.Contains(s.page("/metrics", nil), "\ntraybell_sessions 0\n"); {
		if time.Now().After(late) {
			s.t.Fatal("the session does not end")
		}
		<-time.After(5 * time.Millisecond)
	}
}

// command runs a command of traybell-hub with the story's hub.yml.
func (s *story) command(args ...string) (string, error) {
	s.t.Helper()
	var out strings.Builder
	err := cmd.Run(s.t.Context(), "test", append(args, "-c", filepath.Join(s.dir, "hub.yml")), &out, io.Discard)
	return out.String(), err
}

// must is command; an error fails the test.
func (s *story) must(args ...string) string {
	s.t.Helper()
	out, err := s.command(args...)
	if err != nil {
		s.t.Fatal(err)
	}
	return out
}

// record keeps the hub's log.
type record struct {
	mu   sync.Mutex
	text strings.Builder
}

func (r *record) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.Write(p)
}

func (r *record) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.String()
}

// testTerminal is a minimal desktop.
type testTerminal struct {
	*terminal.Terminal
	t        *testing.T
	messages chan protocol.Message
	opened   protocol.OpenedSession
	received *record // the data of all messages
}

// insecureClient accepts the hub's own certificate.
func insecureClient() *http.Client {
	config := &tls.Config{InsecureSkipVerify: true} //nolint:gosec // self-signed
	return &http.Client{Transport: &http.Transport{TLSClientConfig: config}}
}

func (s *story) signIn(extension string) *testTerminal {
	s.t.Helper()
	return s.signInAs(extension, "secret")
}

// signInAs is signIn with another password.
func (s *story) signInAs(extension, password string) *testTerminal {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	conn, opened, err := terminal.SignIn(ctx, s.hub.Addr(), extension, password)
	if err != nil {
		s.t.Fatal(err)
	}
	x := &testTerminal{
		Terminal: conn, t: s.t, messages: make(chan protocol.Message, 1000), opened: opened,
		received: &record{},
	}
	s.t.Cleanup(func() { _ = conn.CloseNow() })
	go func() {
		defer close(x.messages)
		for {
			m, err := conn.Next(context.WithoutCancel(s.t.Context()))
			if err != nil {
				return
			}
			_, _ = x.received.Write(append(m.Data, '\n'))
			x.messages <- m
		}
	}()
	return x
}

// do sends an action and returns its id.
func (x *testTerminal) do(name string, data any) string {
	x.t.Helper()
	id, err := x.Send(x.t.Context(), name, data)
	if err != nil {
		x.t.Fatal(err)
	}
	return id
}

const patience = 20 * time.Second

func (x *testTerminal) await(name string) protocol.Message {
	x.t.Helper()
	return x.next(name)
}

// next waits for a message with one of the names.
func (x *testTerminal) next(names ...string) protocol.Message {
	x.t.Helper()
	late := time.After(patience)
	for {
		select {
		case m, ok := <-x.messages:
			if !ok {
				x.t.Fatalf("the hub closed the connection before %s", names)
			}
			if slices.Contains(names, m.Name) {
				return m
			}
		case <-late:
			x.t.Fatalf("no %s", names)
		}
	}
}

// sees waits for a call event that satisfies want.
func (x *testTerminal) sees(what string, want func(protocol.Call) bool) protocol.Call {
	x.t.Helper()
	for {
		var c protocol.Call
		if err := x.await(protocol.CallEvent).Decode(&c); err != nil {
			x.t.Fatal(err)
		}
		if want(c) {
			return c
		}
		x.t.Logf("waiting for: %s; got %s, caller %s", what, c.State, c.Caller.Status)
	}
}

func (x *testTerminal) ticket(call string) protocol.CreatedTicket {
	x.t.Helper()
	x.do(protocol.TicketCreate, protocol.CreateTicket{Call: call})
	var made protocol.CreatedTicket
	if err := x.await(protocol.TicketCreated).Decode(&made); err != nil {
		x.t.Fatal(err)
	}
	return made
}

func known(c protocol.Call) bool { return c.Caller.Status == protocol.Known }

func TestCallBecomesATicket(t *testing.T) {
	s := tell(t)
	s.start()
	s.working()
	anna := s.signIn("101")
	call := s.pbx.Incoming(amitest.Incoming{Number: "84951234567", Name: "somebody", DID: "74950000001"})
	call.Ring("101")
	c := anna.sees("the ring", func(protocol.Call) bool { return true })
	if c.State != protocol.Ringing || c.Line.Name != "Support" || c.Line.Comment != "Say hello" ||
		c.E164 != "+74951234567" {
		t.Errorf("first event of the call: %+v", c)
	}
	if c.Caller.Status != protocol.Known {
		c = anna.sees("the caller's name", known)
	}
	if len(c.Caller.Customers) != 1 || c.Caller.Customers[0].Name != "Ivan Ivanov" {
		t.Errorf("the caller: %+v", c.Caller)
	}
	call.Answer("101")
	anna.sees("the answer", func(c protocol.Call) bool {
		return c.State == protocol.Answered && c.Legs[0].Agent == "Anna Petrova"
	})
	made := anna.ticket(c.ID)
	if made.Number == "" || !strings.HasPrefix(made.URL, "https://"+s.hub.Addr()+"/tickets/") ||
		made.By != "Anna Petrova" {
		t.Errorf("the ticket: %+v", made)
	}
	if again := anna.ticket(c.ID); again.Number != made.Number {
		t.Errorf("second press created %s, the first %s", again.Number, made.Number)
	}
	call.Hangup()
	ended := anna.sees("the end", func(c protocol.Call) bool { return c.State == protocol.Ended })
	if ended.Missed || ended.Ticket == nil || ended.Ticket.Number != made.Number {
		t.Errorf("ended call: %+v", ended)
	}
}

func TestGroupSeesWhoAnswered(t *testing.T) {
	s := tell(t)
	s.start()
	s.working()
	anna, boris := s.signIn("101"), s.signIn("102")
	call := s.pbx.Incoming(amitest.Incoming{Number: "84957654321", DID: "74950000009"})
	call.Ring("101", "102")
	c := anna.sees("two customers have that number", func(c protocol.Call) bool {
		return c.Caller.Status == protocol.Several
	})
	call.Answer("102")
	answered := func(c protocol.Call) bool { return c.State == protocol.Answered }
	seen := anna.sees("Boris answered", answered)
	var who string
	for _, leg := range seen.Legs {
		if leg.State == protocol.Answered {
			who = leg.Agent
		}
	}
	if who != "Boris Ivanov" {
		t.Errorf("answered by %q: %+v", who, seen.Legs)
	}
	boris.sees("his own answer", answered)
	ticket := boris.ticket(c.ID)
	var told protocol.CreatedTicket
	if err := anna.await(protocol.TicketCreated).Decode(&told); err != nil || told.Number != ticket.Number {
		t.Errorf("anna got ticket %+v (%v), boris created %+v", told, err, ticket)
	}
	if mine := anna.ticket(c.ID); mine.Number != ticket.Number {
		t.Errorf("anna created another ticket: %s and %s", mine.Number, ticket.Number)
	}
}

func TestRestartFindsTheCallAndItsTicket(t *testing.T) {
	s := tell(t)
	s.start()
	s.working()
	call := s.pbx.Incoming(amitest.Incoming{Number: "84951234567", DID: "74950000001"})
	call.Ring("101")
	anna := s.signIn("101")
	if len(anna.opened.Calls) == 0 {
		anna.sees("the ring", func(protocol.Call) bool { return true })
	}
	call.Answer("101")
	c := anna.sees("the answer", func(c protocol.Call) bool { return c.State == protocol.Answered })
	made := anna.ticket(c.ID)
	if err := s.hub.Stop(); err != nil {
		t.Fatal(err)
	}
	var closed protocol.ClosedSession
	if err := anna.await(protocol.SessionClosed).Decode(&closed); err != nil || !closed.Code.ComeBack() {
		t.Errorf("closed with %+v (%v)", closed, err)
	}

	s.start()
	if _, err := s.pbx.WaitAction(t.Context(), "Status", 2); err != nil {
		t.Fatal(err)
	}
	anna = s.signIn("101")
	var again protocol.Call
	if len(anna.opened.Calls) == 1 {
		again = anna.opened.Calls[0]
	} else {
		again = anna.sees("the call that goes on", func(protocol.Call) bool { return true })
	}
	if again.ID != c.ID || again.State != protocol.Answered {
		t.Errorf("before the restart %+v, after it %+v", c, again)
	}
	if ticket := anna.ticket(c.ID); ticket.Number != made.Number {
		t.Errorf("press after the restart created %s, before %s", ticket.Number, made.Number)
	}
}

func TestResyncAfterAPBXIsCutDuringACall(t *testing.T) {
	s := tell(t)
	s.start()
	s.working()
	anna := s.signIn("101")
	call := s.pbx.Incoming(amitest.Incoming{Number: "84951234567", DID: "74950000001"})
	call.Ring("101")
	c := anna.sees("the ring", func(protocol.Call) bool { return true })
	s.pbx.Cut()
	call.Answer("101") // the hub misses this
	if _, err := s.pbx.WaitAction(t.Context(), "Status", 2); err != nil {
		t.Fatal(err)
	}
	after := anna.sees("the answer that was missed", func(c protocol.Call) bool { return c.State == protocol.Answered })
	if after.ID != c.ID || !after.AnswerUnseen {
		t.Errorf("%s became %+v", c.ID, after)
	}
	if err := s.pbx.Stop(); err != nil {
		t.Fatal(err)
	}
	call.Hangup()
	if err := s.pbx.Start(); err != nil {
		t.Fatal(err)
	}
	end := anna.sees("the end that was missed", func(c protocol.Call) bool { return c.State == protocol.Ended })
	if !end.EndUnseen || end.Missed || end.Cause != 0 {
		t.Errorf("ended as %+v", end)
	}
	pause(t.Context(), 1500*time.Millisecond) // traces are written every second
	why := s.must("why", "8 495 123-45-67")
	for _, said := range []string{
		"The call is answered: at a time that was not seen.", "The call is ended: not seen; it lasted at least until ",
	} {
		if !strings.Contains(why, said) {
			t.Errorf("why does not say %q:\n%s", said, why)
		}
	}
}

func TestWrongSecretIsReportedWithoutTheSecret(t *testing.T) {
	s := tell(t)
	s.yaml = strings.Replace(s.yaml, amitest.Secret, "not the secret", 1)
	s.start()
	anna := s.signIn("101")
	pbx := anna.opened.PBXs[0]
	for pbx.Reason == "" {
		if err := anna.await(protocol.PBXEvent).Decode(&pbx); err != nil {
			t.Fatal(err)
		}
	}
	if pbx.State == protocol.PBXWorking || strings.Contains(pbx.Reason, "password") || len(pbx.Reason) > 60 {
		t.Errorf("anna got %+v", pbx)
	}
	if page := s.page("/pbx", nil); !strings.Contains(page, "refuses to log in") || !strings.Contains(page, "secret") {
		t.Errorf("administrators do not see why:\n%s", page)
	}
	if strings.Contains(s.log.String(), "not the secret") {
		t.Error("the secret is in the log")
	}
}

func TestPBXOverTLS(t *testing.T) {
	s := tell(t)
	dir := t.TempDir()
	own, err := certificate.Own(dir)
	if err != nil {
		t.Fatal(err)
	}
	secure, err := amitest.New(amitest.Options{
		TLS: &tls.Config{Certificates: []tls.Certificate{own.Certificate}, MinVersion: tls.VersionTLS12},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = secure.Close() })
	_, port, err := net.SplitHostPort(secure.Addr())
	if err != nil {
		t.Fatal(err)
	}
	s.yaml = strings.Replace(s.yaml, s.pbx.Addr(), "localhost:"+port, 1) // the name in the certificate
	s.pbx = secure
	s.yaml = strings.Replace(s.yaml, "pbx: [{", "pbx: [{tls: true, ca: "+filepath.Join(dir, "hub.pem")+", ", 1)
	s.start()
	s.working()
	anna := s.signIn("101")
	secure.Incoming(amitest.Incoming{Number: "84951234567", DID: "74950000001"}).Ring("101")
	anna.sees("a call over TLS", known)
}

func TestPortInUse(t *testing.T) {
	s := tell(t)
	s.start()
	path := filepath.Join(s.dir, "second.yml")
	text := strings.NewReplacer("127.0.0.1:0", s.hub.Addr(), "data_dir: .", "data_dir: "+t.TempDir()).Replace(s.yaml)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = app.New(t.Context(), app.Options{Config: cfg, Version: "test", Log: slog.New(slog.DiscardHandler)})
	if err == nil || !strings.Contains(err.Error(), "second.yml:2:9: listen") || !strings.Contains(err.Error(),
		"another hub") {
		t.Errorf("%v", err)
	}
}
