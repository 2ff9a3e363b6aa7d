package phones

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/emiago/sipgo/sip"
)

// Call is a call of a phone: a SIP dialog (RFC 3261, 12).
type Call struct {
	// Number and Name are the caller's, as the ringing phone got them; empty for a call that it
	// placed.
	Number, Name string

	phone    *Phone
	id       string
	incoming bool
	audio    *audio

	invite *sip.Request          // the INVITE, with the tags known so far
	server sip.ServerTransaction // of an incoming call

	decided  chan struct{} // an incoming call was answered or refused
	acked    chan struct{}
	answered chan struct{}
	ended    chan struct{}
	once     struct{ decided, acked, answered, ended sync.Once }

	blind  atomic.Bool // the other side was transferred without asking
	lifted atomic.Bool // the PBX asks the phone to lift itself

	offers sync.Mutex // held during a re-INVITE

	mu      sync.Mutex
	local   party
	remote  party
	target  sip.Uri // where requests of the dialog go
	cseq    uint32
	version int // of our SDP
	held    bool
	status  int
}

// party is one end of a dialog.
type party struct {
	name string
	uri  sip.Uri
	tag  string
}

func (p party) params() sip.HeaderParams {
	params := sip.NewParams()
	if p.tag != "" {
		params.Add("tag", p.tag)
	}
	return params
}

func newCall(p *Phone, incoming bool) (*Call, error) {
	a, err := newAudio(p.host)
	if err != nil {
		return nil, err
	}
	return &Call{
		phone: p, incoming: incoming, audio: a,
		decided: make(chan struct{}), acked: make(chan struct{}), answered: make(chan struct{}),
		ended: make(chan struct{}),
	}, nil
}

func newIncoming(p *Phone, req *sip.Request, tx sip.ServerTransaction) (*Call, error) {
	c, err := newCall(p, true)
	if err != nil {
		return nil, err
	}
	c.id, c.server, c.invite = req.CallID().Value(), tx, req.Clone()
	c.invite.To().Params.Add("tag", sip.GenerateTagN(12))
	from, to := c.invite.From(), c.invite.To()
	c.local = party{to.DisplayName, to.Address, tag(to.Params)}
	c.remote = party{from.DisplayName, from.Address, tag(from.Params)}
	c.Number, c.Name = from.Address.User, from.DisplayName
	c.target = from.Address
	if contact := c.invite.Contact(); contact != nil {
		c.target = contact.Address
	}
	return c, c.audio.towards(req.Body())
}

func (p *Phone) dial(ctx context.Context, number, from, name string) (*Call, error) {
	c, err := newCall(p, false)
	if err != nil {
		return nil, err
	}
	req := sip.NewRequest(sip.INVITE, sip.Uri{Scheme: "sip", User: number, Host: p.pbx.Host, Port: p.pbx.Port})
	c.id = sip.GenerateTagN(24)
	id := sip.CallIDHeader(c.id)
	c.local = party{name, sip.Uri{Scheme: "sip", User: from, Host: p.host}, sip.GenerateTagN(12)}
	c.remote = party{"", sip.Uri{Scheme: "sip", User: number, Host: p.pbx.Host}, ""}
	c.target = req.Recipient
	c.address(req, &id)
	c.cseq = 1
	req.AppendHeader(&sip.CSeqHeader{SeqNo: c.cseq, MethodName: sip.INVITE})
	req.AppendHeader(p.contact())
	c.setBody(req)
	c.invite = req
	p.keep(c)
	tx, err := p.client.TransactionRequest(context.WithoutCancel(ctx), req)
	if err != nil {
		c.end(0)
		return nil, fmt.Errorf("phone %s dials %s: %w", p.name, number, err)
	}
	heard := make(chan struct{})
	go c.follow(tx, heard)
	select {
	case <-heard:
		return c, nil
	case <-c.ended:
		return c, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("phone %s dials %s, no response from the PBX: %w", p.name, number, context.Cause(ctx))
	}
}

// follow reads the responses to a call that was placed.
func (c *Call) follow(tx sip.ClientTransaction, heard chan struct{}) {
	var once sync.Once
	for {
		select {
		case res := <-tx.Responses():
			once.Do(func() { close(heard) })
			switch {
			case res.IsProvisional():
			case res.IsSuccess():
				c.mu.Lock()
				c.remote.tag = tag(res.To().Params)
				if contact := res.Contact(); contact != nil {
					c.target = contact.Address
				}
				c.mu.Unlock()
				if c.ack(res) != nil || c.audio.towards(res.Body()) != nil {
					c.end(0)
					return
				}
				c.up()
				return
			default:
				c.end(res.StatusCode)
				return
			}
		case <-tx.Done():
			c.end(0)
			return
		case <-c.ended:
			return
		}
	}
}

// ack confirms a 200 to an INVITE (RFC 3261, 13.2.2.4), outside of any transaction.
func (c *Call) ack(res *sip.Response) error {
	ack := c.request(sip.ACK, res.CSeq().SeqNo)
	return c.phone.client.WriteRequest(ack)
}

// request creates a request within the dialog.
func (c *Call) request(method sip.RequestMethod, cseq uint32) *sip.Request {
	c.mu.Lock()
	defer c.mu.Unlock()
	if cseq == 0 {
		c.cseq++
		cseq = c.cseq
	}
	req := sip.NewRequest(method, *c.target.Clone())
	id := sip.CallIDHeader(c.id)
	c.address(req, &id)
	req.AppendHeader(&sip.CSeqHeader{SeqNo: cseq, MethodName: method})
	req.AppendHeader(c.phone.contact())
	return req
}

func (c *Call) address(req *sip.Request, id *sip.CallIDHeader) {
	req.AppendHeader(&sip.FromHeader{DisplayName: c.local.name, Address: c.local.uri, Params: c.local.params()})
	req.AppendHeader(&sip.ToHeader{DisplayName: c.remote.name, Address: c.remote.uri, Params: c.remote.params()})
	req.AppendHeader(id)
}

// do sends a request of the dialog and expects a 2xx.
func (c *Call) do(ctx context.Context, req *sip.Request) (*sip.Response, error) {
	res, err := c.phone.client.Do(ctx, req)
	if err != nil {
		return nil, fmt.Errorf("phone %s, %s: %w", c.phone.name, req.Method, err)
	}
	if !res.IsSuccess() {
		return res, fmt.Errorf("phone %s, %s: the PBX answers %d %s", c.phone.name, req.Method, res.StatusCode,
			res.Reason)
	}
	return res, nil
}

func (c *Call) respond(status int, reason string, body []byte) error {
	res := sip.NewResponseFromRequest(c.invite, status, reason, body)
	res.AppendHeader(c.phone.contact())
	if body != nil {
		res.AppendHeader(sip.NewHeader("Content-Type", "application/sdp"))
	}
	if err := c.server.Respond(res); err != nil {
		return fmt.Errorf("phone %s, %d: %w", c.phone.name, status, err)
	}
	return nil
}

// renew answers a re-INVITE with the current SDP.
func (c *Call) renew(req *sip.Request, tx sip.ServerTransaction) {
	c.mu.Lock()
	c.version++
	body := c.sdp()
	c.mu.Unlock()
	res := sip.NewResponseFromRequest(req, 200, "OK", body)
	res.AppendHeader(c.phone.contact())
	res.AppendHeader(sip.NewHeader("Content-Type", "application/sdp"))
	if c.audio.towards(req.Body()) != nil {
		res = sip.NewResponseFromRequest(req, 488, "Not Acceptable Here", nil)
	}
	_ = tx.Respond(res)
}

func (c *Call) up() { c.once.answered.Do(func() { close(c.answered); c.audio.start() }) }

func (c *Call) end(status int) {
	c.once.ended.Do(func() {
		c.mu.Lock()
		c.status = status
		c.mu.Unlock()
		c.audio.close()
		c.phone.forget(c)
		close(c.ended)
		c.once.decided.Do(func() { close(c.decided) })
	})
}

func (c *Call) setBody(req *sip.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.version++
	req.AppendHeader(sip.NewHeader("Content-Type", "application/sdp"))
	req.SetBody(c.sdp())
}

func (c *Call) sdp() []byte { return c.audio.sdp(c.version, c.held) }

// tag returns the tag of a From's or To's parameters.
func tag(params sip.HeaderParams) string {
	t, _ := params.Get("tag")
	return t
}
