package pbx

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"traybell/hub/ami"
	"traybell/hub/ami/wire"
)

// ErrNotConnected is returned by an action while there is no connection: it was not sent.
var ErrNotConnected = errors.New("the PBX is not connected")

// ResponseError is what Asterisk answered instead of doing an action. Any other error but
// ErrNotConnected leaves it open whether the action was done.
type ResponseError = ami.ResponseError

// DBGet reads an entry of the AstDB; ok is false if there is none.
func (p *PBX) DBGet(ctx context.Context, family, key string) (value string, ok bool, err error) {
	s, ok := p.connection()
	if !ok {
		return "", false, ErrNotConnected
	}
	rows, err := s.List(ctx, wire.NewAction("DBGet").With("Family", family).With("Key", key))
	if err != nil || len(rows) == 0 {
		return "", false, ignoreAbsent(err)
	}
	return rows[0].Get("Val"), true, nil
}

// DBPut writes an entry of the AstDB.
func (p *PBX) DBPut(ctx context.Context, family, key, value string) error {
	return p.do(ctx, wire.NewAction("DBPut").With("Family", family).With("Key", key).With("Val", value))
}

// DBDel deletes an entry of the AstDB; it is no error if there is none.
func (p *PBX) DBDel(ctx context.Context, family, key string) error {
	return ignoreAbsent(p.do(ctx, wire.NewAction("DBDel").With("Family", family).With("Key", key)))
}

// PhoneStates returns the rows that describe all devices and hints of a PBX.
func PhoneStates(ctx context.Context, p *PBX) ([]wire.Message, error) {
	s, ok := p.connection()
	if !ok {
		return nil, ErrNotConnected
	}
	devices, err := s.List(ctx, wire.NewAction("DeviceStateList"))
	if err != nil {
		return nil, fmt.Errorf("list the states of devices: %w", err)
	}
	hints, err := s.List(ctx, wire.NewAction("ExtensionStateList"))
	if err != nil {
		return nil, fmt.Errorf("list the states of extensions: %w", err)
	}
	return append(devices, hints...), nil
}

// Ring calls a phone by its extension, in the context of the PBX's phones, and plays back what is
// said into it, for a minute at most. The call has number as its caller and uniqueid as its Linkedid.
// The PBX answers before the phone rings; what comes of it are events.
func (p *PBX) Ring(ctx context.Context, extension, number, uniqueid string) error {
	a := wire.NewAction("Originate").With("Channel", "Local/"+extension+"@from-internal").
		With("Application", "Echo").With("CallerID", fmt.Sprintf(`"traybell" <%s>`, number)).
		With("ChannelId", uniqueid).With("OtherChannelId", uniqueid+"-2").With("Timeout", "30000").
		With("Variable", "TIMEOUT(absolute)=60").With("Async", "true")
	if err := p.do(ctx, a); err != nil {
		return fmt.Errorf("ring a phone: %w", err)
	}
	return nil
}

func (p *PBX) do(ctx context.Context, a wire.Action) error {
	s, ok := p.connection()
	if !ok {
		return ErrNotConnected
	}
	_, err := s.Do(ctx, a)
	return err
}

// ignoreAbsent drops the error for a key that is not there (manager.c and db.c, Asterisk 12 to 22).
func ignoreAbsent(err error) error {
	var answer *ami.ResponseError
	if errors.As(err, &answer) && strings.Contains(answer.Answer, "not found") {
		return nil
	}
	if err != nil {
		return fmt.Errorf("AstDB: %w", err)
	}
	return nil
}
