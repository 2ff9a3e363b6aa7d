package pbx

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"traybell/hub/ami/wire"
)

// Steering sends the actions that change calls. That Asterisk accepts one proves little: events show
// what has happened. Its methods may be called from any goroutine, and fail as those of PBX do.
type Steering struct{ pbx *PBX }

// Steering returns what changes calls on the PBX.
func (p *PBX) Steering() Steering { return Steering{p} }

// Status returns the status of the PBX.
func (s Steering) Status() Status { return s.pbx.Status() }

// Hangup hangs up a channel, with a Q.931 cause; 0: the usual one.
func (s Steering) Hangup(ctx context.Context, channel string, cause int) error {
	a := wire.NewAction("Hangup").With("Channel", channel)
	if cause != 0 {
		a = a.With("Cause", strconv.Itoa(cause))
	}
	return s.pbx.do(ctx, a)
}

// Notify sends the phone of a channel an event within the dialog: talk or hold (RFC 3265 packages that
// phones of several vendors take for keys). It succeeds also if the phone refuses it.
func (s Steering) Notify(ctx context.Context, channel, event string) error {
	return s.pbx.do(ctx, wire.NewAction("PJSIPNotify").With("Channel", channel).With("Variable", "Event="+event))
}

// Originate is a call that begins at a phone.
type Originate struct {
	Channel           string // the phone, such as "PJSIP/101"
	Context, Exten    string // where the phone is connected to when it answers
	Name, Number      string // the CallerID
	Uniqueid          string // of the phone's channel: the Linkedid of the call
	Timeout           time.Duration
	Variables         []string // "name=value"
	Application, Data string   // instead of Context and Exten
}

// Originate has a phone ring. id is the ActionID that an OriginateResponse has. The PBX answers before
// anything rings.
func (s Steering) Originate(ctx context.Context, o Originate) (id string, err error) {
	a := wire.NewAction("Originate").With("Channel", o.Channel)
	if o.Application != "" {
		a = a.With("Application", o.Application).With("Data", o.Data)
	} else {
		a = a.With("Context", o.Context).With("Exten", o.Exten).With("Priority", "1")
	}
	name := strings.Map(func(r rune) rune {
		if r == '"' || r == '\\' || r == '<' || r == '>' {
			return ' '
		}
		return r
	}, o.Name)
	a = a.With("CallerID", fmt.Sprintf("%q <%s>", name, o.Number)).With("ChannelId", o.Uniqueid).
		With("Timeout", strconv.FormatInt(o.Timeout.Milliseconds(), 10))
	if strings.HasPrefix(o.Channel, "Local/") {
		a = a.With("OtherChannelId", o.Uniqueid+"-2")
	}
	for _, variable := range o.Variables {
		a = a.With("Variable", variable)
	}
	c, ok := s.pbx.connection()
	if !ok {
		return "", ErrNotConnected
	}
	reply, err := c.Do(ctx, a.With("Async", "true")) // otherwise the connection waits for the phone
	return reply.ActionID(), err
}

// Exists reports whether a number exists in a context of the dialplan. known is false if the manager
// user may not ask, which needs write=call or reporting.
func (s Steering) Exists(ctx context.Context, dialplan, number string) (exists, known bool, err error) {
	c, ok := s.pbx.connection()
	if !ok {
		return false, false, ErrNotConnected
	}
	reply, err := c.Do(ctx, wire.NewAction("Getvar").
		With("Variable", "DIALPLAN_EXISTS("+dialplan+","+number+",1)"))
	if refused := new(ResponseError); errors.As(err, &refused) {
		return false, false, nil
	}
	return reply.Get("Value") == "1", err == nil, err
}

// SetDeviceState sets the state of a custom device, such as INUSE for op_alert101, which keys of
// phones and DeviceStateChange show. It needs write=call.
func (s Steering) SetDeviceState(ctx context.Context, device, state string) error {
	return s.pbx.do(ctx,
		wire.NewAction("Setvar").With("Variable", "DEVICE_STATE(Custom:"+device+")").With("Value", state))
}

// Transfer sends the other side of a channel's call to a number at once. The channel hangs up.
func (s Steering) Transfer(ctx context.Context, channel, dialplan, exten string) error {
	return s.pbx.do(ctx, wire.NewAction("BlindTransfer").With("Channel", channel).With("Context", dialplan).
		With("Exten", exten))
}

// Consult has a channel talk with a number while the other side hears music. It presses the digits of
// features.conf: where the dialplan lacks the options t or T of Dial, the other side hears them, and
// nothing else happens. Hanging the channel up completes the transfer.
func (s Steering) Consult(ctx context.Context, channel, dialplan, exten string) error {
	return s.pbx.do(ctx, wire.NewAction("Atxfer").With("Channel", channel).With("Context", dialplan).
		With("Exten", exten))
}

// CancelConsult brings a channel back from a consultation.
func (s Steering) CancelConsult(ctx context.Context, channel string) error {
	return s.pbx.do(ctx, wire.NewAction("CancelAtxfer").With("Channel", channel))
}

// Mute says whether others hear a channel.
func (s Steering) Mute(ctx context.Context, channel string, on bool) error {
	state := "off"
	if on {
		state = "on"
	}
	return s.pbx.do(ctx, wire.NewAction("MuteAudio").With("Channel", channel).With("Direction", "in").
		With("State", state))
}

// Digit plays a digit to a channel or, received, acts as if its phone had pressed it. It returns when
// the tone is over.
func (s Steering) Digit(ctx context.Context, channel, digit string, received bool) error {
	a := wire.NewAction("PlayDTMF").With("Channel", channel).With("Digit", digit).With("Duration", "80")
	if received {
		a = a.With("Receive", "true")
	}
	return s.pbx.do(ctx, a)
}

// Park parks a channel. back hears the number of the place, and gets the call when its time is over.
func (s Steering) Park(ctx context.Context, channel, back string) error {
	return s.pbx.do(ctx, wire.NewAction("Park").With("Channel", channel).With("TimeoutChannel", back).
		With("AnnounceChannel", back))
}

// Parked returns the places of the parked channels in the parking lots by Uniqueid.
func (s Steering) Parked(ctx context.Context) (map[string]string, error) {
	c, ok := s.pbx.connection()
	if !ok {
		return nil, ErrNotConnected
	}
	rows, err := c.List(ctx, wire.NewAction("ParkedCalls"))
	slots := map[string]string{}
	for _, row := range rows {
		if unique := row.Get("ParkeeUniqueid"); unique != "" {
			slots[strings.Clone(unique)] = strings.Clone(row.Get("ParkingSpace"))
		}
	}
	return slots, err
}
