// Package phones is a drawer of real SIP phones for tests against a real PBX: they ring, answer,
// refuse, forward, hold, transfer and dial. Nobody registers; the PBX knows a phone by its address
// (test/lab).
//
// A Phone may be used from several goroutines. Its state lives behind one mutex; what the PBX sends
// is handled on goroutines of the SIP library. Everything that waits takes a context.
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
	"time"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
)

// PBX is where the lab's Asterisk takes calls, and Beside where the one does that runs beside it:
// its phones are at 127.0.2.….
const (
	PBX    = "127.0.0.1:5060"
	Beside = "127.0.0.2:5060"
)

// Phone is one phone at an address of its own.
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

	mu    sync.Mutex
	calls map[string]*Call // by Call-ID
}

// Listen puts a phone at host:5060. Name is its extension, the user of its own address.
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
		pbx = Beside
	}
	if err := sip.ParseUri("sip:"+pbx, &p.pbx); err != nil {
		return nil, errors.Join(err, socket.Close())
	}
	quiet := slog.New(slog.DiscardHandler)
	p.ua, err = sipgo.NewUA(sipgo.WithUserAgent(name), sipgo.WithUserAgentHostname(host),
		sipgo.WithUserAgentTransactionLayerOptions(sip.WithTransactionLayerLogger(quiet)),
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
		_ = server.ServeUDP(listening) // ends with an error when Close takes the socket away
	}()
	// The library calls from this socket once it knows it, which is when it begins to read.
	select {
	case <-listening.begun:
		return p, nil
	case <-p.served:
		return nil, errors.Join(fmt.Errorf("phone %s: it does not listen", name), p.ua.Close())
	}
}

// firstRead tells when the first read begins.
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

// Close takes the phone off the network, without a word to the PBX.
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

// WaitRinging waits for the next call that rings here, the oldest first.
func (p *Phone) WaitRinging(ctx context.Context) (*Call, error) {
	select {
	case c := <-p.ringing:
		return c, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("phone %s did not ring: %w", p.name, context.Cause(ctx))
	}
}

// Forget drops the calls that rang here and were not asked for.
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

// Dial calls a number and returns when the PBX has it; Call.WaitAnswered waits for more.
func (p *Phone) Dial(ctx context.Context, number string) (*Call, error) {
	return p.dial(ctx, number, p.name, "")
}

// Trunk is the outside world: a phone that calls with any number and name.
type Trunk struct{ *Phone }

// ListenTrunk puts the trunk at its address.
func ListenTrunk(host string) (*Trunk, error) {
	p, err := Listen("trunk", host)
	if err != nil {
		return nil, err
	}
	return &Trunk{p}, nil
}

// Call calls a number of the company, with a caller's number and name; the number "anonymous"
// withholds it.
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

// onInvite is a new call, or a change to one that is up. The library ends the transaction when a
// handler returns, so this one stays until the call is decided.
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
	gone := make(chan struct{})
	tx.OnCancel(func(*sip.Request) { close(gone) })
	if err := c.respond(180, "Ringing", nil); err != nil {
		c.end(0)
		return
	}
	select {
	case p.ringing <- c:
	default: // nobody has asked for the last 32 calls
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

// onNotify hears how a transfer goes (RFC 3515, 2.4.5): once it is through, our part in the call is
// over, and it is ours to say so. After a blind one it is over even where the other end was busy,
// because the caller has left for there.
func (p *Phone) onNotify(req *sip.Request, tx sip.ServerTransaction) {
	_ = tx.Respond(sip.NewResponseFromRequest(req, 200, "OK", nil))
	c := p.find(req.CallID())
	status := string(req.Body())
	through := strings.HasPrefix(status, "SIP/2.0 2")
	failed := strings.HasPrefix(status, "SIP/2.0 ") && !strings.HasPrefix(status, "SIP/2.0 1") && !through
	if c == nil || !through && (!failed || !c.blind.Load()) {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_ = c.HangUp(ctx) // the PBX may have been faster
}

// onOther is content with whatever else the PBX asks, such as whether the phone is there (OPTIONS).
func (p *Phone) onOther(req *sip.Request, tx sip.ServerTransaction) {
	_ = tx.Respond(sip.NewResponseFromRequest(req, 200, "OK", nil))
}
