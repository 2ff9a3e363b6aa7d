package phones

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
)

// WaitAnswered waits for the answer to a call that this phone placed.
func (c *Call) WaitAnswered(ctx context.Context) error {
	select {
	case <-c.answered:
		return nil
	case <-c.ended:
		return fmt.Errorf("phone %s: the call ended with %d before an answer", c.phone.name, c.Status())
	case <-ctx.Done():
		return fmt.Errorf("phone %s: no answer: %w", c.phone.name, context.Cause(ctx))
	}
}

// WaitHeard waits for audio from the other side: only then has the PBX connected the two. A call
// cannot be transferred before.
func (c *Call) WaitHeard(ctx context.Context) error {
	select {
	case <-c.audio.heard:
		return nil
	case <-c.ended:
		return fmt.Errorf("phone %s: the call ended with %d before any audio", c.phone.name, c.Status())
	case <-ctx.Done():
		return fmt.Errorf("phone %s: no audio: %w", c.phone.name, context.Cause(ctx))
	}
}

// WaitEnded waits until this side of the call has ended.
func (c *Call) WaitEnded(ctx context.Context) error {
	select {
	case <-c.ended:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("phone %s: the call has not ended: %w", c.phone.name, context.Cause(ctx))
	}
}

// Status is the SIP status that ended the call: 200 after a BYE, 486 for busy, 487 for a cancelled
// call; 0 during the call.
func (c *Call) Status() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.status
}

// Answer answers a call that rings here and waits for the PBX's confirmation.
func (c *Call) Answer(ctx context.Context) error {
	c.mu.Lock()
	body := c.sdp()
	c.mu.Unlock()
	if err := c.respond(200, "OK", body); err != nil {
		return err
	}
	c.once.decided.Do(func() { close(c.decided) })
	select {
	case <-c.acked:
		c.up()
		return nil
	case <-c.ended:
		return fmt.Errorf("phone %s: the call was over before it was answered", c.phone.name)
	case <-ctx.Done():
		return fmt.Errorf("phone %s: the PBX does not confirm the answer: %w", c.phone.name, context.Cause(ctx))
	}
}

// Busy refuses a call that rings here (486).
func (c *Call) Busy() error { return c.refuse(486, "Busy Here", nil) }

// Forward redirects a call that rings here (302).
func (c *Call) Forward(extension string) error {
	to := sip.Uri{Scheme: "sip", User: extension, Host: c.phone.pbx.Host}
	return c.refuse(302, "Moved Temporarily", &sip.ContactHeader{Address: to})
}

func (c *Call) refuse(status int, reason string, contact *sip.ContactHeader) error {
	res := sip.NewResponseFromRequest(c.invite, status, reason, nil)
	if contact != nil {
		res.AppendHeader(contact)
	}
	if err := c.server.Respond(res); err != nil {
		return fmt.Errorf("phone %s, %d: %w", c.phone.name, status, err)
	}
	c.once.decided.Do(func() { close(c.decided) })
	c.end(status)
	return nil
}

// Hold puts the other side on hold (RFC 3264, 8.4).
func (c *Call) Hold(ctx context.Context) error { return c.hold(ctx, true) }

// Resume ends Hold.
func (c *Call) Resume(ctx context.Context) error { return c.hold(ctx, false) }

// hold waits until the PBX has the ACK of an earlier offer, and tries again if both sides made one at
// once (RFC 3261, 14.1).
func (c *Call) hold(ctx context.Context, held bool) error {
	c.offers.Lock()
	defer c.offers.Unlock()
	c.mu.Lock()
	c.held = held
	c.mu.Unlock()
	for {
		req := c.request(sip.INVITE, 0)
		c.setBody(req)
		res, err := c.do(ctx, req)
		if err == nil {
			return c.ack(res)
		}
		if res == nil || res.StatusCode != sip.StatusRequestPending {
			return err
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return err
		}
	}
}

// Transfer sends the other side to an extension without a consultation (REFER, RFC 5589, 6). This
// phone hangs up when the PBX reports success.
func (c *Call) Transfer(ctx context.Context, extension string) error {
	c.blind.Store(true)
	return c.refer(ctx, "<sip:"+extension+"@"+c.phone.pbx.Host+">")
}

// TransferTo connects the other side with that of another call of this phone (REFER with Replaces,
// RFC 5589, 7). The other call may still be ringing.
func (c *Call) TransferTo(ctx context.Context, other *Call) error {
	other.mu.Lock()
	to, local, remote := other.remote.uri, other.local.tag, other.remote.tag
	other.mu.Unlock()
	escape := strings.NewReplacer(";", "%3B", "=", "%3D", "@", "%40", " ", "%20")
	replaces := escape.Replace(other.id + ";to-tag=" + remote + ";from-tag=" + local)
	return c.refer(ctx, "<sip:"+to.User+"@"+c.phone.pbx.Host+"?Replaces="+replaces+">")
}

func (c *Call) refer(ctx context.Context, to string) error {
	req := c.request(sip.REFER, 0)
	req.AppendHeader(sip.NewHeader("Refer-To", to))
	req.AppendHeader(sip.NewHeader("Referred-By", "<sip:"+c.phone.name+"@"+c.phone.host+">"))
	_, err := c.do(ctx, req)
	return err
}

// HangUp ends the call: BYE if it is up, CANCEL if it rings at the other side, 603 if it rings
// here.
func (c *Call) HangUp(ctx context.Context) error {
	select {
	case <-c.ended:
		return nil
	case <-c.answered:
		return c.bye(ctx)
	default:
	}
	if c.incoming {
		return c.refuse(603, "Decline", nil)
	}
	// A CANCEL has the branch and the CSeq number of its INVITE (RFC 3261, 9.1).
	cancel := sip.NewRequest(sip.CANCEL, *c.invite.Recipient.Clone())
	cancel.AppendHeader(sip.HeaderClone(c.invite.Via()))
	cancel.AppendHeader(sip.HeaderClone(c.invite.From()))
	cancel.AppendHeader(sip.HeaderClone(c.invite.To()))
	cancel.AppendHeader(sip.HeaderClone(c.invite.CallID()))
	cancel.AppendHeader(&sip.CSeqHeader{SeqNo: c.invite.CSeq().SeqNo, MethodName: sip.CANCEL})
	if _, err := c.phone.client.Do(ctx, cancel); err != nil {
		return fmt.Errorf("phone %s, CANCEL: %w", c.phone.name, err)
	}
	select {
	case <-c.ended:
		return nil
	case <-c.answered: // answered before the CANCEL arrived
		return c.bye(ctx)
	case <-ctx.Done():
		return fmt.Errorf("phone %s: the PBX does not end the call: %w", c.phone.name, context.Cause(ctx))
	}
}

// Phone is the phone of this side.
func (c *Call) Phone() *Phone { return c.phone }

// Called is the number that the PBX called here.
func (c *Call) Called() string { return c.invite.Recipient.User }

// Clear ends all calls of the phone: it refuses those that ring here and hangs up the others.
func (p *Phone) Clear(ctx context.Context) {
	p.Forget()
	p.mu.Lock()
	calls := slices.Collect(maps.Values(p.calls))
	p.mu.Unlock()
	for _, c := range calls {
		_ = c.HangUp(ctx) // the PBX may have forgotten it
	}
}

func (c *Call) bye(ctx context.Context) error {
	_, err := c.do(ctx, c.request(sip.BYE, 0))
	c.end(200)
	return err
}

// obey does what the PBX asks for.
func (c *Call) obey(event string) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	c.mu.Lock()
	held := c.held
	c.mu.Unlock()
	up := false
	select {
	case <-c.answered:
		up = true
	default:
	}
	switch {
	case event == "talk" && !up && c.incoming:
		_ = c.Answer(ctx) // the call may be over
	case event == "talk" && held:
		_ = c.Resume(ctx)
	case event == "hold" && up && !held:
		_ = c.Hold(ctx)
	}
}

// keys are the events of RFC 4733, 3.2.
const keys = "0123456789*#ABCD"

// Press presses keys during a call, and waits until their tones are over.
func Press(ctx context.Context, c *Call, digits string) error {
	for _, digit := range digits {
		event := strings.IndexRune(keys, digit)
		if event < 0 {
			return fmt.Errorf("phone %s has no key %q", c.phone.name, digit)
		}
		k := key{byte(event), make(chan struct{})}
		select {
		case c.audio.keys <- k: // the tone of the last one is over
		case <-c.ended:
			return fmt.Errorf("phone %s: the call ended before %q was pressed", c.phone.name, digit)
		case <-ctx.Done():
			return fmt.Errorf("phone %s, %q: %w", c.phone.name, digit, context.Cause(ctx))
		}
		select {
		case <-k.sent:
		case <-c.ended: // by this key, perhaps
		case <-ctx.Done():
			return fmt.Errorf("phone %s, %q: %w", c.phone.name, digit, context.Cause(ctx))
		}
	}
	return nil
}

// Speak has a call send a tone instead of silence, or silence again.
func Speak(c *Call, on bool) { c.audio.speaks.Store(on) }

// Spoken is how many packets of the tone a call has sent.
func Spoken(c *Call) int64 { return c.audio.spoken.Load() }

// Tones is how many packets with the tone of another phone have come to a call.
func Tones(c *Call) int64 { return c.audio.tones.Load() }

// Loud is how many packets with sound have come to a call.
func Loud(c *Call) int64 { return c.audio.loud.Load() }
