package agents

import (
	"errors"
	"fmt"
	"time"

	"traybell/hub/signin"
	"traybell/shared/protocol"
)

// signInRules limit failed sign-ins.
func signInRules(atOnce int) signin.Rules {
	return signin.Rules{
		Address: signin.Limit{Every: time.Second, Burst: 60},
		Pair:    signin.Limit{Every: 6 * time.Second, Burst: 10},
		Name:    signin.Limit{Every: time.Second, Burst: 50},
		AtOnce:  atOnce,
	}
}

// awayWait is how long desktops wait before they try again while a password cannot be verified.
const awayWait = 20 * time.Second

// accounts returns the agents for the guard: an extension is the name, and the password identifies
// one of several agents.
func accounts(list []Account) []signin.Account {
	all := make([]signin.Account, len(list))
	for i, a := range list {
		all[i] = signin.Account{Login: a.Login, Hash: a.Password, Names: a.Extensions}
	}
	return all
}

// signIn returns the agent who opens a session, or why it is refused.
func (s *Server) signIn(address string, o protocol.OpenSession) (Account, signin.Grant, *refusal) {
	grant, err := s.gate.SignIn(s.ctx, signin.Attempt{
		Address: address, Name: o.Extension, Login: o.Login, Password: o.Password,
		Device: o.Client.Desktop, Token: o.Token,
	})
	var many *signin.TooManyError
	var alike *signin.AlikeError
	switch {
	case errors.As(err, &many):
		s.log.Warn("too many sign-ins", "address", address, "extension", o.Extension, "wait", many.Wait)
		return Account{}, signin.Grant{}, &refusal{
			code: protocol.CloseBusy, error: protocol.Limit, wait: many.Wait,
			text: fmt.Sprintf("Too many sign-ins: try again in %d s.", seconds(many.Wait)),
		}
	case errors.As(err, &alike):
		s.log.Error("sign-in refused: agents of one extension have the same password; give each a different one",
			"extension", o.Extension, "logins", alike.Logins, "address", address)
		return Account{}, signin.Grant{}, &refusal{
			code: protocol.CloseRefused, error: protocol.AuthShared,
			text: "Another agent of this extension has the same password, so it does not identify you: ask the " +
				"administrator for a new one.",
		}
	case errors.Is(err, signin.ErrUnclear):
		s.log.Warn("sign-in refused: agents share the extension, and one of them is in the company's directory: "+
			"give that agent an extension of its own", "extension", o.Extension, "address", address)
		return Account{}, signin.Grant{}, &refusal{
			code: protocol.CloseRefused, error: protocol.AuthShared,
			text: "Several agents have this extension, so the password does not identify you: ask the administrator " +
				"for an extension of your own.",
		}
	case errors.Is(err, signin.ErrAway):
		s.log.Warn("sign-in impossible: the directory that knows the password does not respond", "address", address,
			"extension", o.Extension)
		return Account{}, signin.Grant{}, &refusal{
			code: protocol.CloseBusy, error: protocol.Limit, wait: awayWait,
			text: "The company's directory, which knows your password, does not respond. The program tries again.",
		}
	case errors.Is(err, signin.ErrWrong):
		s.log.Warn("sign-in refused", "address", address, "extension", o.Extension)
		return Account{}, signin.Grant{}, &refusal{
			code: protocol.CloseRefused, error: protocol.AuthFailed, text: "The extension or the password is wrong.",
		}
	case err != nil:
		return Account{}, signin.Grant{}, &refusal{
			code: protocol.CloseRestart, error: protocol.Limit, text: "The hub is stopping.",
		}
	}
	s.mu.RLock()
	agent, known := s.agents[grant.Account.Login]
	s.mu.RUnlock()
	if !known || agent.Password != grant.Account.Hash {
		return Account{}, signin.Grant{}, &refusal{
			code: protocol.CloseRestart, error: protocol.Limit,
			text: "Your account has just been changed: sign in again.",
		}
	}
	return agent, grant, nil
}
