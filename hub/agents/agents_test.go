package agents

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"traybell/hub/access"
	"traybell/hub/agentstate"
	"traybell/hub/blocking"
	"traybell/hub/certificate"
	"traybell/hub/missed"
	"traybell/hub/staff"
	"traybell/hub/ticketing"
	"traybell/shared/protocol"
	"traybell/test/terminal"

	"github.com/alexedwards/argon2id"
	"github.com/coder/websocket"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if at := childOf(); at != "" {
		terminals(at)
		return
	}
	goleak.VerifyTestMain(m)
}

const patience = 30 * time.Second

// fakeHub carries out all commands: its snapshots are empty, its answers zero values. It records
// what it is asked.
type fakeHub struct {
	mu       sync.Mutex
	joinErr  error
	joined   func() // after a snapshot
	err      error  // of all commands
	ticket   ticketing.TicketAnswer
	note     ticketing.NoteAnswer
	block    blocking.Result
	history  protocol.History
	commands []command
	refused  []command

	passwords Passwords
}

// command is a command that the hub got.
type command struct {
	name  string
	agent string
	in    any
}

func (h *fakeHub) Join(_ context.Context, a staff.Agent, join func(protocol.OpenedSession)) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.joinErr != nil {
		return h.joinErr
	}
	join(protocol.OpenedSession{Agent: protocol.Agent{Login: a.Login}})
	if h.joined != nil {
		h.joined()
	}
	return nil
}

func (h *fakeHub) do(name string, a staff.Agent, in any) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.commands = append(h.commands, command{name, a.Login, in})
	return h.err
}

func (h *fakeHub) CreateTicket(
	_ context.Context,
	a staff.Agent,
	in ticketing.CreateTicket,
) (ticketing.TicketAnswer, error) {
	return h.ticket, h.do(protocol.TicketCreate, a, in)
}

func (h *fakeHub) NoteTicket(_ context.Context, a staff.Agent, in ticketing.NewNote) (ticketing.NoteAnswer, error) {
	return h.note, h.do(protocol.TicketNote, a, in)
}

func (h *fakeHub) AppendTicket(
	_ context.Context,
	a staff.Agent,
	in ticketing.AppendTicket,
) (ticketing.TicketAnswer, error) {
	return h.ticket, h.do(protocol.TicketAppend, a, in)
}

func (h *fakeHub) SetCategory(_ context.Context, a staff.Agent, in protocol.SetCategory) error {
	return h.do(protocol.CategorySet, a, in)
}

func (h *fakeHub) PopupShown(_ context.Context, a staff.Agent, report protocol.ShownCall) error {
	return h.do(protocol.CallShown, a, report)
}

func (h *fakeHub) Block(_ context.Context, a staff.Agent, number, reason string) (blocking.Result, error) {
	return h.block, h.do(protocol.CallerBlock, a, protocol.BlockCaller{Number: number, Reason: reason})
}

func (h *fakeHub) Unblock(_ context.Context, a staff.Agent, number, reason string) (blocking.Result, error) {
	return h.block, h.do(protocol.CallerUnblock, a, protocol.BlockCaller{Number: number, Reason: reason})
}

func (h *fakeHub) List(_ context.Context, a staff.Agent, in protocol.ListHistory) (protocol.History, error) {
	return h.history, h.do(protocol.HistoryList, a, in)
}

func (h *fakeHub) Refused(call string, a staff.Agent, why string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.refused = append(h.refused, command{call, a.Login, why})
}

func (h *fakeHub) ForAgent(_ context.Context, a staff.Agent, in protocol.WhyCall) (protocol.ExplainedCall, error) {
	return protocol.ExplainedCall{Call: in.Call, Cause: "quiet"}, h.do(protocol.CallWhy, a, in)
}

func (h *fakeHub) Test(_ context.Context, a staff.Agent, in protocol.TestCall) (protocol.TestedCall, error) {
	return protocol.TestedCall{Shown: true}, h.do(protocol.CallTry, a, in)
}

func (h *fakeHub) Claim(_ context.Context, p access.Principal, number string) (missed.Item, error) {
	return missed.Item{}, h.follow(protocol.MissedClaim, p, number, time.Time{})
}

func (h *fakeHub) Release(_ context.Context, p access.Principal, number string) (missed.Item, error) {
	return missed.Item{}, h.follow(protocol.MissedRelease, p, number, time.Time{})
}

func (h *fakeHub) Done(_ context.Context, p access.Principal, number string, until time.Time) (missed.Item, error) {
	return missed.Item{}, h.follow(protocol.MissedDone, p, number, until)
}

func (h *fakeHub) follow(name string, p access.Principal, number string, until time.Time) error {
	if p.Kind != access.Agent || len(p.Roles) > 0 {
		return errors.New("agents have no roles at their desktops")
	}
	return h.do(name, staff.Agent{Login: p.Name}, protocol.FollowMissed{Number: number, Until: until})
}

func (h *fakeHub) Message(_ context.Context, a staff.Agent, in protocol.SendColleague) error {
	return h.do(protocol.ColleagueMessage, a, in)
}

func (h *fakeHub) PickUp(_ context.Context, a staff.Agent, _, login string) error {
	return h.do(protocol.ColleaguePickup, a, protocol.PickUpColleague{Login: login})
}

// others are the fake hub's colleagues.
type others struct{ *fakeHub }

func (o others) List(_ context.Context, a staff.Agent, after uint64) (protocol.Colleagues, error) {
	return protocol.Colleagues{Version: after + 1}, o.do(protocol.ColleaguesList, a, after)
}

func (h *fakeHub) Show(_ context.Context, a staff.Agent, _, call string) (protocol.ShownNumber, error) {
	return protocol.ShownNumber{}, h.do(protocol.NumberShow, a, protocol.ShowNumber{Call: call})
}

func (h *fakeHub) Find(_ context.Context, a staff.Agent, in protocol.FindNumbers) (protocol.NumbersFound, error) {
	return protocol.NumbersFound{Numbers: []protocol.FoundNumber{}}, h.do(protocol.NumbersFind, a, in)
}

// saved is Personal of a fakeHub.
type saved struct{ *fakeHub }

func (h saved) Save(_ context.Context, login string, in protocol.PersonalNumber) error {
	return h.do(protocol.NumberSave, staff.Agent{Login: login}, in)
}

func (h saved) Remove(_ context.Context, login, number string) error {
	return h.do(protocol.NumberRemove, staff.Agent{Login: login}, protocol.RemoveNumber{Number: number})
}

func (h *fakeHub) Script(_ context.Context, a staff.Agent, call string) (protocol.OpenPage, error) {
	return protocol.OpenPage{}, h.do(protocol.CallScript, a, call)
}

func (h *fakeHub) Dial(_ context.Context, a staff.Agent, id string, in protocol.DialNumber) (
	protocol.DialledNumber, error,
) {
	return protocol.DialledNumber{Call: "main:tb-" + id}, h.do(protocol.CallDial, a, in)
}

func (h *fakeHub) Control(_ context.Context, a staff.Agent, _, call string, what protocol.Control, with string) (
	string, error,
) {
	name := "call." + string(what)
	switch what { //nolint:exhaustive // the others have the names of their actions
	case protocol.ControlPauseRecording:
		name = protocol.RecordingPause
	case protocol.ControlResumeRecording:
		name = protocol.RecordingResume
	}
	if what == protocol.ControlConsult {
		name = protocol.CallTransfer
	}
	return "701", h.do(name, a, controlled{call, what, with})
}

func (h *fakeHub) Work(login string) *protocol.Work {
	return &protocol.Work{Me: protocol.AgentNow{Login: login, State: protocol.AgentOff}}
}

func (h *fakeHub) Set(_ context.Context, login string, want protocol.SetAgent, by agentstate.Cause) error {
	if by != agentstate.ByAgent {
		return errors.New("a supervisor")
	}
	return h.do(protocol.AgentSet, staff.Agent{Login: login}, want)
}

func (h *fakeHub) BeginTask(_ context.Context, login string, in protocol.BeginTask) error {
	return h.do(protocol.TaskBegin, staff.Agent{Login: login}, in)
}

func (h *fakeHub) EndTask(_ context.Context, login, note string) error {
	return h.do(protocol.TaskEnd, staff.Agent{Login: login}, protocol.EndTask{Note: note})
}

// queueControls is Queues of a fakeHub.
type queueControls struct{ *fakeHub }

func (h queueControls) Control(_ context.Context, a staff.Agent, do protocol.QueueControl, in protocol.SetQueue) error {
	return h.do("queue."+string(do), a, in)
}

func (h queueControls) Acknowledge(a staff.Agent, id string) error {
	return h.do(protocol.QueueAcknowledge, a, id)
}

// announced is Announcements of a fakeHub.
type announced struct{ *fakeHub }

func (h announced) Of(string) *protocol.Announcements { return nil }

func (h announced) Switch(_ context.Context, p access.Principal, in protocol.SetAnnouncement) error {
	return h.do(protocol.AnnouncementSet, staff.Agent{Login: p.Name}, in)
}

func (h announced) Delete(_ context.Context, p access.Principal, of protocol.OneAnnouncement) error {
	return h.do(protocol.AnnouncementDelete, staff.Agent{Login: p.Name}, of)
}

func (h announced) Ring(_ context.Context, p access.Principal, in protocol.RingAnnouncement, id string) error {
	if id != "id" {
		return errors.New("another action")
	}
	return h.do(protocol.AnnouncementRing, staff.Agent{Login: p.Name}, in)
}

// mobiles separates the Set of Mobiles from that of Duty.
type mobiles struct{ *fakeHub }

func (h mobiles) Set(_ context.Context, a staff.Agent, on bool) error {
	return h.do(protocol.MobileSet, a, on)
}

func (h *fakeHub) all() Commands {
	return Commands{
		Desk: h, Blocking: h, History: h, Missed: h, Why: h, Tests: h, Controls: h, Duty: h,
		Announcements: announced{h}, Personal: saved{h},
		Numbers: h, Shows: h, Colleagues: others{h}, Queues: queueControls{h}, Mobiles: mobiles{h},
		Passwords: h.passwords, Pages: h,
	}
}

// cheap is a password hash with minimal cost; a real one takes tens of MiB.
func cheap(t testing.TB, password string) string {
	t.Helper()
	h, err := argon2id.CreateHash(password,
		&argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

type place struct {
	t      testing.TB
	server *Server
	at     string
	roots  *x509.CertPool
}

// start runs a server behind TLS until the test ends.
func start(t testing.TB, opts Options, hub *fakeHub) *place {
	t.Helper()
	if opts.Agents == nil {
		opts.Agents = []Account{{staff.Agent{Login: "anna", Extensions: []string{"101"}}, cheap(t, "anna's")}}
	}
	opts.Log = slog.New(slog.DiscardHandler)
	server, err := New(opts, hub.all())
	if err != nil {
		t.Fatal(err)
	}
	own, err := certificate.Own(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &place{t: t, server: server, at: l.Addr().String(), roots: x509.NewCertPool()}
	p.roots.AddCert(own.Leaf)
	mux := http.NewServeMux()
	mux.Handle(protocol.Path, server)
	web := &http.Server{Handler: mux, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, 0)}
	go func() {
		_ = web.Serve(tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{own.Certificate}}))
	}()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := server.Stop(ctx); err != nil {
			t.Error(err)
		}
		web.Close()
	})
	return p
}

// testTerminal is a bare connection that can send anything.
type testTerminal struct {
	*terminal.Terminal
	t   testing.TB
	ctx context.Context //nolint:containedctx // ends with the test's patience
}

func (p *place) dial(o terminal.Options) (*terminal.Terminal, terminal.Handshake, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	o.TLS = &tls.Config{RootCAs: p.roots, ServerName: "localhost"}
	return terminal.DialWith(ctx, p.at, o)
}

func (p *place) terminal() *testTerminal {
	p.t.Helper()
	conn, _, err := p.dial(terminal.Options{})
	if err != nil {
		p.t.Fatal(err)
	}
	return p.use(conn)
}

// use closes a connection at the end of the test.
func (p *place) use(conn *terminal.Terminal) *testTerminal {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	p.t.Cleanup(func() {
		cancel()
		_ = conn.CloseNow()
	})
	return &testTerminal{Terminal: conn, t: p.t, ctx: ctx}
}

func (k *testTerminal) raw(t websocket.MessageType, frame string) {
	k.t.Helper()
	if err := k.Write(k.ctx, t, []byte(frame)); err != nil {
		k.t.Fatal(err)
	}
}

func (k *testTerminal) send(name, id string, data any) {
	k.t.Helper()
	if err := k.SendAs(k.ctx, name, id, data); err != nil {
		k.t.Fatal(err)
	}
}

func (k *testTerminal) receive() protocol.Message {
	k.t.Helper()
	m, err := k.Next(k.ctx)
	if err != nil {
		k.t.Fatal(err)
	}
	return m
}

var annas = protocol.OpenSession{
	Protocol: protocol.Version, Extension: "101", Password: "anna's", Client: protocol.Client{Desktop: "one"},
}

// in signs in as anna.
func (k *testTerminal) in() *testTerminal {
	k.t.Helper()
	k.send(protocol.SessionOpen, "open", annas)
	if m := k.receive(); m.Name != protocol.SessionOpened || m.Re != "open" {
		k.t.Fatalf("%+v", m)
	}
	return k
}

// closed expects session.closed, and a close frame with the same code.
func (k *testTerminal) closed(code protocol.CloseCode) {
	k.t.Helper()
	m := k.receive()
	var c protocol.ClosedSession
	if err := m.Decode(&c); err != nil || m.Name != protocol.SessionClosed || c.Code != code {
		k.t.Fatalf("%s %s, want session.closed with %d", m.Name, m.Data, code)
	}
	_, _, err := k.Read(k.ctx)
	var frame websocket.CloseError
	if !errors.As(err, &frame) || int(frame.Code) != int(code) {
		k.t.Fatalf("%v, want close code %d", err, code)
	}
}

func (k *testTerminal) failed(code protocol.ErrorCode, re string) protocol.Failure {
	k.t.Helper()
	m := k.receive()
	var f protocol.Failure
	if err := m.Decode(&f); err != nil || m.Type != protocol.Error || f.Code != code || m.Re != re || f.Text == "" {
		k.t.Fatalf("%+v %s, want the error %s to %q", m, m.Data, code, re)
	}
	return f
}

func TestStopClosesSessionsAndRefusesNewOnes(t *testing.T) {
	p := start(t, Options{}, &fakeHub{})
	k, quiet := p.terminal().in(), p.terminal()
	done := make(chan error, 1)
	go func() { done <- p.server.Stop(k.ctx) }()
	k.closed(protocol.CloseRestart)
	quiet.closed(protocol.CloseRestart)
	if err := <-done; err != nil {
		t.Error(err)
	}
	if _, handshake, err := p.dial(terminal.Options{}); handshake.Status != http.StatusServiceUnavailable ||
		handshake.Header.Get("Retry-After") == "" {
		t.Errorf("%v", err)
	}
}
