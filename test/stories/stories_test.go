// Package stories tests a hub's sessions and a desktop's connection together, over real TLS
// sockets.
package stories

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"traybell/desktop/client"
	"traybell/hub/agents"
	"traybell/hub/blocking"
	"traybell/hub/certificate"
	"traybell/hub/staff"
	"traybell/hub/ticketing"
	"traybell/shared/protocol"

	"github.com/alexedwards/argon2id"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience bounds the wait for anything that must happen.
const patience = 30 * time.Second

// front is the desk, the blocking and the history of these tests: it keeps calls and records
// actions. Its lock stands for the desk's loop.
type front struct {
	mu      sync.Mutex
	moved   *sync.Cond
	server  *agents.Server
	calls   []protocol.Call
	actions []act
	do      func(a act, nth int) error // nth time that this id came, from 1; nil: succeeds
}

// act is an action that came to the hub: its name, its id if the hub gets one, and its data.
type act struct {
	name, id string
	data     any
}

func newFront() *front {
	f := &front{}
	f.moved = sync.NewCond(&f.mu)
	return f
}

func (f *front) Join(_ context.Context, a staff.Agent, join func(protocol.OpenedSession)) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	join(protocol.OpenedSession{
		Agent: protocol.Agent{Login: a.Login, Name: a.Name, Extensions: a.Extensions, Rights: a.Rights},
		Calls: slices.Clone(f.calls), Hub: "test",
	})
	return nil
}

func (f *front) act(a act) error {
	f.mu.Lock()
	f.actions = append(f.actions, a)
	nth := 0
	for _, other := range f.actions {
		if other.id == a.id {
			nth++
		}
	}
	do := f.do
	f.moved.Broadcast()
	f.mu.Unlock()
	if do != nil {
		return do(a, nth)
	}
	return nil
}

func (f *front) CreateTicket(
	_ context.Context,
	_ staff.Agent,
	in ticketing.CreateTicket,
) (ticketing.TicketAnswer, error) {
	err := f.act(act{protocol.TicketCreate, in.ActionID, in})
	return ticketing.TicketAnswer{Created: &protocol.CreatedTicket{Number: "T-1"}}, err
}

func (f *front) AppendTicket(
	_ context.Context,
	_ staff.Agent,
	in ticketing.AppendTicket,
) (ticketing.TicketAnswer, error) {
	err := f.act(act{protocol.TicketAppend, in.ActionID, in})
	return ticketing.TicketAnswer{Created: &protocol.CreatedTicket{Number: "T-1"}}, err
}

func (f *front) NoteTicket(_ context.Context, _ staff.Agent, in ticketing.NewNote) (ticketing.NoteAnswer, error) {
	err := f.act(act{protocol.TicketNote, in.ActionID, in})
	return ticketing.NoteAnswer{Noted: &protocol.NotedTicket{Call: in.Call, Number: "T-1"}}, err
}

func (f *front) SetCategory(_ context.Context, _ staff.Agent, in protocol.SetCategory) error {
	return f.act(act{name: protocol.CategorySet, data: in})
}

func (f *front) PopupShown(_ context.Context, _ staff.Agent, report protocol.ShownCall) error {
	return f.act(act{name: protocol.CallShown, data: report})
}

func (f *front) Refused(string, staff.Agent, string) {}

func (f *front) Block(_ context.Context, _ staff.Agent, number, reason string) (blocking.Result, error) {
	return blocking.Result{}, f.act(act{
		name: protocol.CallerBlock, data: protocol.BlockCaller{Number: number, Reason: reason},
	})
}

func (f *front) Unblock(_ context.Context, _ staff.Agent, number, reason string) (blocking.Result, error) {
	return blocking.Result{}, f.act(act{
		name: protocol.CallerUnblock, data: protocol.BlockCaller{Number: number, Reason: reason},
	})
}

func (f *front) ForAgent(_ context.Context, _ staff.Agent, in protocol.WhyCall) (protocol.ExplainedCall, error) {
	return protocol.ExplainedCall{Call: in.Call}, f.act(act{name: protocol.CallWhy, data: in})
}

func (f *front) Test(_ context.Context, _ staff.Agent, in protocol.TestCall) (protocol.TestedCall, error) {
	return protocol.TestedCall{}, f.act(act{name: protocol.CallTry, data: in})
}

func (f *front) List(_ context.Context, _ staff.Agent, in protocol.ListHistory) (protocol.History, error) {
	return protocol.History{}, f.act(act{name: protocol.HistoryList, data: in})
}

// change sets a call and sends it to those agents.
func (f *front) change(c protocol.Call, logins ...string) {
	m, _ := protocol.New(protocol.Event, protocol.CallEvent, c)
	f.mu.Lock()
	defer f.mu.Unlock()
	i := slices.IndexFunc(f.calls, func(o protocol.Call) bool { return o.ID == c.ID })
	if i < 0 {
		f.calls = append(f.calls, c)
	} else {
		f.calls[i] = c
	}
	f.server.Send(logins, m)
}

// hub is an agents.Server behind TLS.
type hub struct {
	t           *testing.T
	front       *front
	server      *agents.Server
	http        *http.Server
	address     string
	fingerprint string
	agents      []agents.Account
}

var quiet = slog.New(slog.DiscardHandler)

// hash is an argon2id hash with minimal cost; a real one takes tens of MiB.
func hash(t *testing.T, password string) string {
	t.Helper()
	h, err := argon2id.CreateHash(password,
		&argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func people(t *testing.T) []agents.Account {
	return []agents.Account{
		{
			Agent: staff.Agent{
				Login: "anna", Name: "Anna Petrova", Extensions: []string{"101", "201"},
				Rights: []string{"ticket", "category", "block"},
			},
			Password: hash(t, "anna's"),
		},
		{Agent: staff.Agent{Login: "boris", Name: "Boris", Extensions: []string{"102"}}, Password: hash(t, "boris's")},
		{Agent: staff.Agent{Login: "clara", Name: "Clara", Extensions: []string{"101"}}, Password: hash(t, "clara's")},
	}
}

// open starts a hub at address; "127.0.0.1:0" for any port. dir keeps its certificate.
func open(t *testing.T, address, dir string, f *front, opts agents.Options) *hub {
	t.Helper()
	own, err := certificate.Own(dir)
	if err != nil {
		t.Fatal(err)
	}
	if opts.Agents == nil {
		opts.Agents = people(t)
	}
	opts.Log = quiet
	server, err := agents.New(opts, agents.Commands{Desk: f, Blocking: f, History: f, Why: f, Tests: f})
	if err != nil {
		t.Fatal(err)
	}
	f.mu.Lock()
	f.server = server
	f.mu.Unlock()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle(protocol.Path, server)
	h := &hub{
		t: t, front: f, server: server, address: l.Addr().String(), fingerprint: own.Fingerprint, agents: opts.Agents,
	}
	h.http = &http.Server{Handler: mux, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, 0)}
	go func() {
		_ = h.http.Serve(tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{own.Certificate}}))
	}()
	t.Cleanup(h.stop)
	return h
}

// stop may be called twice.
func (h *hub) stop() {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := h.server.Stop(ctx); err != nil {
		h.t.Error(err)
	}
	h.http.Close()
}

var _ client.Handler = (*desktop)(nil)
