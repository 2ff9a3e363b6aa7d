package agents

import (
	"context"
	"errors"
	"net"
	"strconv"

	"traybell/hub/access"
	"traybell/hub/fail"
	"traybell/hub/signin"
	"traybell/hub/staff"
	"traybell/shared/protocol"
)

// Passwords keeps the passwords that agents choose.
type Passwords interface {
	// SetPassword keeps the hash of an agent's new password, and applies it by SetAgents before it
	// returns.
	SetPassword(ctx context.Context, by access.Principal, hash string) error
}

// SetPassword changes the password of an agent who is not at a desktop and shows the current one. It
// ends the agent's sessions. Errors are *fail.Error.
func (s *Server) SetPassword(ctx context.Context, by access.Principal, current, next string) error {
	s.mu.RLock()
	a, known := s.agents[by.Name]
	s.mu.RUnlock()
	if !known || len(a.Extensions) == 0 {
		return fail.New(protocol.AccountRemoved, "")
	}
	as := signin.Attempt{
		Address: net.JoinHostPort(by.From, "0"), Name: a.Extensions[0], Login: a.Login, Password: current,
	}
	return change{s, by, as}.to(ctx, a.Agent, next, func(string) {})
}

// setPassword changes the password of the agent of a session, which stays and gets a new token.
func setPassword(ctx context.Context, c Commands, a staff.Agent, _ string, in protocol.SetPassword) (reply, error) {
	ses := c.session
	srv := ses.server
	as := signin.Attempt{
		Address: ses.address, Name: ses.extension, Login: a.Login, Device: ses.client.Desktop,
		Password: in.Current, Token: tokenOf(ses),
	}
	by := principal(a)
	by.From = host(ses.address)
	var hash string
	err := change{srv, by, as}.to(ctx, a, in.New, func(h string) {
		srv.mu.Lock()
		ses.chosen, hash = h, h
		srv.mu.Unlock()
	})
	if err != nil {
		return reply{}, err
	}
	as.Login, as.Token, as.Password = "", "", in.New // as the desktop signs in
	if grant, ok := srv.gate.Changed(as, hash); ok {
		ses.mu.Lock()
		ses.grant = grant
		ses.mu.Unlock()
		sendToken(ses)
	}
	return accepted, nil
}

// change is a change of a password.
type change struct {
	server *Server
	by     access.Principal
	as     signin.Attempt // with the current password
}

// to verifies the current password and keeps the new one. chosen gets its hash before it counts.
func (c change) to(ctx context.Context, a staff.Agent, next string, chosen func(hash string)) error {
	switch a.Password {
	case protocol.PasswordHub:
	case protocol.PasswordDirectory:
		return fail.New(protocol.PasswordElsewhere, "")
	default:
		return fail.New(protocol.PasswordUnwritten, "")
	}
	hash, err := c.server.gate.Change(ctx, c.as, next)
	if err != nil {
		return refusedPassword(err)
	}
	chosen(hash)
	if err := c.server.commands.Passwords.SetPassword(ctx, c.by, hash); err != nil {
		return err
	}
	c.server.log.Info("password changed by the agent", "login", a.Login, "from", c.by.From)
	return nil
}

// refusedPassword says why a password was not changed.
func refusedPassword(err error) error {
	var many *signin.TooManyError
	var alike *signin.AlikeError
	switch {
	case errors.As(err, &many):
		return fail.New(protocol.PasswordWait, strconv.Itoa(seconds(many.Wait)))
	case errors.As(err, &alike):
		return fail.New(protocol.PasswordTaken, "")
	case errors.Is(err, signin.ErrWrong):
		return fail.New(protocol.PasswordWrong, "")
	case errors.Is(err, signin.ErrShort):
		return fail.New(protocol.PasswordShort, strconv.Itoa(signin.Shortest))
	case errors.Is(err, signin.ErrLong):
		return fail.New(protocol.PasswordLong, strconv.Itoa(signin.Longest))
	case errors.Is(err, signin.ErrControl):
		return fail.New(protocol.PasswordControl, "")
	case errors.Is(err, signin.ErrSame):
		return fail.New(protocol.PasswordSame, "")
	}
	return fail.New(protocol.HubBusy, "").Because(err)
}
