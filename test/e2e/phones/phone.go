// Package phones provides SIP phones for tests against a real PBX: they ring, answer, refuse,
// forward, hold, transfer and dial. They do not register; the PBX knows a phone by its address
// (test/lab).
//
// A Phone is safe for concurrent use. One mutex guards its state; requests of the PBX run on
// goroutines of the SIP library. Everything that waits takes a context.
package phones

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
)

// PBX is the SIP address of the lab's Asterisk, Second that of its second Asterisk, whose phones
// are at 127.0.2.….
const (
	PBX    = "127.0.0.1:5060"
	Second = "127.0.0.2:5060"
)

// Phone is a phone with an IP address.
type Phone struct {
	name   string
	host   string
	port   int
	pbx    sip.Uri
	ua     *sipgo.UserAgent
	client *sipgo.Client
	socket net.PacketConn
	served chan struct{}

	ringing chan *Call
	obeys   atomic.Bool

	mu    sync.Mutex
	calls map[string]*Call // by Call-ID
}

// Listen starts a phone at host:5060. Name is its extension and the user of its address.
func Listen(name, host string) (*Phone, error) {
	socket, err := new(net.ListenConfig).ListenPacket(context.Background(), "udp", net.JoinHostPort(host, "5060"))
	if err != nil {
		return nil, fmt.Errorf("phone %s: %w", name, err)
	}
	p := &Phone{
		name: name, host: host, port: 5060, socket: socket,
		served: make(chan struct{}), ringing: make(chan *Call, 32), calls: map[string]*Call{},
	}
	pbx := PBX
	if strings.HasPrefix(host, "127.0.2.") {
		pbx = Second
	}
	if err := sip.ParseUri("sip:"+pbx, &p.pbx); err != nil {
		return nil, errors.Join(err, socket.Close())
	}
	quiet := slog.New(slog.DiscardHandler)
	p.ua, err = sipgo.NewUA(sipgo.WithUserAgent(name), sipgo.WithUserAgentHostname(host),
		sipgo.WithUserAgentTransactionLayerOptions(sip.WithTransactionLayerLogger(quiet),
			sip.WithTransactionLayerUnhandledResponseHandler(func(*sip.Response) {})), // retransmissions
		sipgo.WithUserAgentTransportLayerOptions(sip.WithTransportLayerLogger(quiet)))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("phone %s: %w", name, err), socket.Close())
	}
	address := net.JoinHostPort(host, strconv.Itoa(p.port))
	p.client, err = sipgo.NewClient(p.ua, sipgo.WithClientLogger(quiet),
		sipgo.WithClientAddr(address), sipgo.WithClientConnectionAddr(address))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("phone %s: %w", name, err), p.ua.Close(), socket.Close())
	}
	server, err := sipgo.NewServer(p.ua, sipgo.WithServerLogger(quiet))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("phone %s: %w", name, err), p.ua.Close(), socket.Close())
	}
	server.OnInvite(p.onInvite)
	server.OnAck(p.onAck)
	server.OnBye(p.onBye)
	server.OnNotify(p.onNotify)
	for _, method := range []sip.RequestMethod{sip.OPTIONS, sip.INFO, sip.MESSAGE} {
		server.OnRequest(method, p.onOther)
	}
	listening := &firstRead{PacketConn: socket, begun: make(chan struct{})}
	go func() {
		defer close(p.served)
		_ = server.ServeUDP(listening) // ends with an error when Close closes the socket
	}()
	// The library sends from this socket after its first read.
	select {
	case <-listening.begun:
		return p, nil
	case <-p.served:
		return nil, errors.Join(fmt.Errorf("phone %s does not listen", name), p.ua.Close())
	}
}

// firstRead closes a channel when the first read begins.
type firstRead struct {
	net.PacketConn
	once  sync.Once
	begun chan struct{}
}

func (f *firstRead) ReadFrom(b []byte) (int, net.Addr, error) {
	f.once.Do(func() { close(f.begun) })
	return f.PacketConn.ReadFrom(b)
}

// Name is the phone's extension.
func (p *Phone) Name() string { return p.name }

// Obey has the phone do what the PBX asks: answer and resume for the event talk, hold for hold, and lift
// itself for a Call-Info with answer-after=0.
func (p *Phone) Obey() { p.obeys.Store(true) }

// Close stops the phone without notifying the PBX.
func (p *Phone) Close() error {
	p.mu.Lock()
	calls := make([]*Call, 0, len(p.calls))
	for _, c := range p.calls {
		calls = append(calls, c)
	}
	p.mu.Unlock()
	for _, c := range calls {
		c.end(0)
	}
	err := p.ua.Close()
	if e := p.socket.Close(); e != nil && !errors.Is(e, net.ErrClosed) {
		err = errors.Join(err, e)
	}
	<-p.served
	return err
}

// WaitRinging waits for the next call that rings here, oldest first.
func (p *Phone) WaitRinging(ctx context.Context) (*Call, error) {
	select {
	case c := <-p.ringing:
		return c, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("phone %s did not ring: %w", p.name, context.Cause(ctx))
	}
}

// Forget drops the waiting calls.
func (p *Phone) Forget() {
	for {
		select {
		case <-p.ringing:
		default:
			return
		}
	}
}

// Answer waits for the next call and answers it.
func (p *Phone) Answer(ctx context.Context) (*Call, error) {
	c, err := p.WaitRinging(ctx)
	if err != nil {
		return nil, err
	}
	return c, c.Answer(ctx)
}

// Dial calls a number and returns when the PBX has accepted the call; WaitAnswered waits for the
// answer.
func (p *Phone) Dial(ctx context.Context, number string) (*Call, error) {
	return p.dial(ctx, number, p.name, "")
}

// Trunk is the provider: a phone that calls with any number and name.
type Trunk struct{ *Phone }

// ListenTrunk starts the trunk at its address.
func ListenTrunk(host string) (*Trunk, error) {
	p, err := Listen("trunk", host)
	if err != nil {
		return nil, err
	}
	return &Trunk{p}, nil
}

// Call calls a number of the company from a number and name; "anonymous" withholds the number.
func (t *Trunk) Call(ctx context.Context, did, number, name string) (*Call, error) {
	return t.dial(ctx, did, number, name)
}

func (p *Phone) find(id *sip.CallIDHeader) *Call {
	if id == nil {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.calls[id.Value()]
}

func (p *Phone) keep(c *Call) {
	p.mu.Lock()
	p.calls[c.id] = c
	p.mu.Unlock()
}

func (p *Phone) forget(c *Call) {
	p.mu.Lock()
	delete(p.calls, c.id)
	p.mu.Unlock()
}

func (p *Phone) contact() *sip.ContactHeader {
	return &sip.ContactHeader{Address: sip.Uri{Scheme: "sip", User: p.name, Host: p.host, Port: p.port}}
}

// onInvite handles a new call or a re-INVITE. The library ends the transaction when a handler
// returns, so this one stays until the call is answered or refused.
func (p *Phone) onInvite(req *sip.Request, tx sip.ServerTransaction) {
	if c := p.find(req.CallID()); c != nil {
		c.renew(req, tx)
		return
	}
	c, err := newIncoming(p, req, tx)
	if err != nil {
		_ = tx.Respond(sip.NewResponseFromRequest(req, 488, "Not Acceptable Here", nil))
		return
	}
	p.keep(c)
	if info := req.GetHeader("Call-Info"); info != nil && strings.Contains(info.Value(), "answer-after=0") {
		c.lifted.Store(true)
	}
	gone := make(chan struct{})
	tx.OnCancel(func(*sip.Request) { close(gone) })
	if err := c.respond(180, "Ringing", nil); err != nil {
		c.end(0)
		return
	}
	select {
	case p.ringing <- c:
	default: // 32 calls are waiting
	}
	if p.obeys.Load() && c.lifted.Load() {
		go c.obey("talk")
	}
	select {
	case <-c.decided:
	case <-gone:
		c.end(487)
	case <-tx.Done():
		c.end(487)
	}
}

func (p *Phone) onAck(req *sip.Request, _ sip.ServerTransaction) {
	if c := p.find(req.CallID()); c != nil {
		c.once.acked.Do(func() { close(c.acked) })
	}
}

func (p *Phone) onBye(req *sip.Request, tx sip.ServerTransaction) {
	_ = tx.Respond(sip.NewResponseFromRequest(req, 200, "OK", nil))
	if c := p.find(req.CallID()); c != nil {
		c.end(200)
	}
}

// onNotify handles the progress of a transfer (RFC 3515, 2.4.5). When it is complete, this phone
// hangs up. A blind transfer is complete even if the target is busy, because the caller has left.
func (p *Phone) onNotify(req *sip.Request, tx sip.ServerTransaction) {
	_ = tx.Respond(sip.NewResponseFromRequest(req, 200, "OK", nil))
	c := p.find(req.CallID())
	if event := req.GetHeader("Event"); c != nil && event != nil && p.obeys.Load() {
		go c.obey(event.Value())
	}
	status := string(req.Body())
	through := strings.HasPrefix(status, "SIP/2.0 2")
	failed := strings.HasPrefix(status, "SIP/2.0 ") && !strings.HasPrefix(status, "SIP/2.0 1") && !through
	if c == nil || !through && (!failed || !c.blind.Load()) {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_ = c.HangUp(ctx) // the PBX may have hung up first
}

// onOther accepts all other requests, such as OPTIONS.
func (p *Phone) onOther(req *sip.Request, tx sip.ServerTransaction) {
	_ = tx.Respond(sip.NewResponseFromRequest(req, 200, "OK", nil))
}
