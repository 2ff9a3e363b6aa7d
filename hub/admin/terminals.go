package admin

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"slices"
	"strings"
	"time"

	"traybell/hub/access"
	"traybell/hub/freetext"
	"traybell/hub/staff"
	"traybell/shared/protocol"
)

// Session is a session of a terminal, see agents.Session.
type Session struct {
	Login     string
	Name      string
	Extension string
	Address   string
	Client    protocol.Client
	Since     time.Time
	Waiting   int
}

// TerminalServer has the sessions of the terminals.
type TerminalServer interface {
	Sessions() []Session
	// Message queues a message for the sessions for which to returns true, and returns their number.
	Message(m protocol.Message, to func(Session) bool) int
	// End ends the session of an agent on a desktop for good, or without a desktop all of the agent,
	// and revokes their tokens.
	End(ctx context.Context, login, desktop string) (ended int, err error)
}

// Terminals are the commands for terminals.
type Terminals struct {
	Audited
	Server TerminalServer
	Staff  func() *staff.Staff
}

// Terminal is a terminal that is signed in.
type Terminal struct {
	ID        string    `json:"id" doc:"the same whenever the agent uses this desktop"`
	Agent     string    `json:"agent" doc:"login"`
	Name      string    `json:"name"`
	Teams     []string  `json:"teams" nullable:"false"`
	Extension string    `json:"extension" doc:"that it signed in with"`
	Version   string    `json:"version"`
	System    string    `json:"system" doc:"operating system"`
	Language  string    `json:"language"`
	Address   string    `json:"address" doc:"host and port"`
	Since     time.Time `json:"since"`
	Queued    int       `json:"queued" doc:"messages that wait to be sent to it"`
}

// terminalID names the session of an agent on a desktop. The desktop's own name comes from outside
// and may have any characters.
func terminalID(s Session) string {
	sum := sha256.Sum256([]byte(s.Login + "\x00" + s.Client.Desktop))
	return strings.ToLower(base32.HexEncoding.EncodeToString(sum[:10]))
}

// List returns the terminals that are signed in, sorted by agent. An agent without roles sees the
// agent's own.
func (t *Terminals) List(_ context.Context, p access.Principal) ([]Terminal, error) {
	own, err := needOrOwn(p)
	if err != nil {
		return nil, err
	}
	agents, list := t.Staff(), []Terminal{}
	for _, s := range t.Server.Sessions() {
		if own && s.Login != p.Name {
			continue
		}
		a, _ := agents.Agent(s.Login)
		list = append(list, Terminal{
			ID: terminalID(s), Agent: s.Login, Name: s.Name, Teams: append([]string{}, a.Teams...),
			Extension: s.Extension, Version: s.Client.Version, System: s.Client.OS, Language: s.Client.Language,
			Address: s.Address, Since: s.Since.UTC(), Queued: s.Waiting,
		})
	}
	return list, nil
}

// To selects terminals. Exactly one field is set.
type To struct {
	Terminal string `json:"terminal,omitempty" doc:"id"`
	Agent    string `json:"agent,omitempty" doc:"login"`
	Team     string `json:"team,omitempty"`
	All      bool   `json:"all,omitempty"`
}

// Message shows a text on terminals, and returns how many got it.
func (t *Terminals) Message(_ context.Context, p access.Principal, to To, text string) (reached int, err error) {
	object := to.Terminal + to.Agent + to.Team
	if to.All {
		object = "all"
	}
	err = t.change(p, access.Supervise, "terminal.message", object, text, func() (err error) {
		if text, err = freetext.Clean("text", text, MaxMessage); err != nil {
			return err
		}
		if text == "" {
			return invalid("The text is empty.")
		}
		to, err := t.selector(to)
		if err != nil {
			return err
		}
		m, err := protocol.New(protocol.Notification, protocol.TextMessage, protocol.Text{From: p.Name, Text: text})
		if err != nil {
			return err
		}
		reached = t.Server.Message(m, to)
		return nil
	})
	return reached, err
}

func (t *Terminals) selector(to To) (func(Session) bool, error) {
	agents := t.Staff()
	set := 0
	for _, is := range []bool{to.Terminal != "", to.Agent != "", to.Team != "", to.All} {
		if is {
			set++
		}
	}
	if set != 1 {
		return nil, invalid("Name one of terminal, agent, team or all.")
	}
	switch {
	case to.Terminal != "":
		if !slices.ContainsFunc(t.Server.Sessions(), func(s Session) bool { return terminalID(s) == to.Terminal }) {
			return nil, missing("No terminal with the id %.40q is signed in.", to.Terminal)
		}
		return func(s Session) bool { return terminalID(s) == to.Terminal }, nil
	case to.Agent != "":
		if _, ok := agents.Agent(to.Agent); !ok {
			return nil, noAgent(to.Agent)
		}
		return func(s Session) bool { return s.Login == to.Agent }, nil
	case to.Team != "":
		of := map[string]bool{}
		for _, a := range agents.Agents() {
			if slices.Contains(a.Teams, to.Team) {
				of[a.Login] = true
			}
		}
		if len(of) == 0 {
			return nil, missing("No agent is in a team %.40q.", to.Team)
		}
		return func(s Session) bool { return of[s.Login] }, nil
	}
	return func(Session) bool { return true }, nil
}

// End ends a session and revokes the token of its desktop. The terminal does not come back until the
// agent signs in, with the password.
func (t *Terminals) End(ctx context.Context, p access.Principal, id string) error {
	who := ""
	sessions := t.Server.Sessions()
	i := slices.IndexFunc(sessions, func(s Session) bool { return terminalID(s) == id })
	if i >= 0 {
		who = sessions[i].Login + ", " + sessions[i].Address
	}
	return t.change(p, access.Supervise, "terminal.end", id, who, func() error {
		if i < 0 {
			return missing("No terminal with the id %.40q is signed in.", id)
		}
		ended, err := t.Server.End(ctx, sessions[i].Login, sessions[i].Client.Desktop)
		if err == nil && ended == 0 {
			return missing("No terminal with the id %.40q is signed in.", id)
		}
		return err
	})
}

// SignOut ends all sessions of an agent and revokes the tokens of all desktops that the agent ever
// used, also of those that are not signed in. It returns the number of sessions.
func (t *Terminals) SignOut(ctx context.Context, p access.Principal, agent string) (ended int, err error) {
	err = t.change(p, access.Supervise, "agent.signout", agent, "", func() (err error) {
		if _, ok := t.Staff().Agent(agent); !ok {
			return noAgent(agent)
		}
		ended, err = t.Server.End(ctx, agent, "")
		return err
	})
	return ended, err
}
