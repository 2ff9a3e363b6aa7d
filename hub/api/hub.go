package api

import (
	"context"
	"net/http"
	"time"

	"traybell/hub/access"
	"traybell/hub/admin"
)

const hubTag = "Hub"

type newMode struct {
	Body struct {
		Mode  admin.ModeName `json:"mode" enum:"active,maintenance"`
		Until time.Time      `json:"until,omitzero" doc:"when the hub becomes active again by itself"`
		Text  string         `json:"text,omitempty" maxLength:"200" doc:"for the agents"`
	}
}

type newLimit struct {
	Body struct {
		Limit int `json:"limit" minimum:"0" maximum:"100000" doc:"terminals at once; 0: limits.clients of hub.yml"`
	}
}

func registerHub(to registrar, c *admin.Hub) {
	read(to, "getHub", "/hub", hubTag, "State of the hub",
		func(ctx context.Context, p access.Principal, _ *nothing) (admin.Overview, error) {
			return c.Overview(ctx, p)
		})
	read(to, "getMode", "/hub/mode", hubTag, "Mode of the hub",
		func(ctx context.Context, p access.Principal, _ *nothing) (admin.Mode, error) { return c.Mode(ctx, p) })
	answer(to, access.Admin, http.MethodPut, "setMode", "/hub/mode", hubTag,
		"Change the mode: during maintenance new terminals are refused",
		func(ctx context.Context, p access.Principal, in *newMode) (admin.Mode, error) {
			return c.SetMode(ctx, p, admin.Mode{Mode: in.Body.Mode, Until: in.Body.Until, Text: in.Body.Text})
		})
	read(to, "getLimit", "/hub/limit", hubTag, "Limit of terminals",
		func(ctx context.Context, p access.Principal, _ *nothing) (admin.TerminalLimit, error) {
			return c.Limit(ctx, p)
		})
	answer(to, access.Admin, http.MethodPut, "setLimit", "/hub/limit", hubTag,
		"Change the limit of terminals at once; it is kept",
		func(ctx context.Context, p access.Principal, in *newLimit) (admin.TerminalLimit, error) {
			return c.SetLimit(ctx, p, in.Body.Limit)
		})
	read(to, "getConfiguration", "/hub/configuration", hubTag, "Configuration in use, without secrets",
		func(ctx context.Context, p access.Principal, _ *nothing) (admin.Configuration, error) {
			return c.Configuration(ctx, p)
		})
	answer(to, access.Admin, http.MethodPost, "reload", "/hub/configuration/reload", hubTag, "Read hub.yml now",
		func(ctx context.Context, p access.Principal, _ *nothing) (admin.Configuration, error) {
			return c.Reload(ctx, p)
		})
}

const terminalTag = "Terminals"

type newMessage struct {
	Body struct {
		To   admin.To `json:"to" doc:"exactly one of its fields"`
		Text string   `json:"text" minLength:"1" maxLength:"1000"`
	}
}

// Reached is how many terminals got a message, or were signed out.
type Reached struct {
	Terminals int `json:"terminals"`
}

type oneAgent struct {
	Login string `path:"login" maxLength:"200"`
}

type oneTerminal struct {
	ID string `path:"id" maxLength:"100"`
}

func registerTerminals(to registrar, c *admin.Terminals) {
	read(to, "listTerminals", "/terminals", terminalTag, "Terminals that are signed in",
		func(ctx context.Context, p access.Principal, _ *nothing) ([]admin.Terminal, error) {
			return c.List(ctx, p)
		})
	answer(to, access.Supervise, http.MethodPost, "sendMessage", "/terminals/messages", terminalTag,
		"Show a text on terminals",
		func(ctx context.Context, p access.Principal, in *newMessage) (Reached, error) {
			n, err := c.Message(ctx, p, in.Body.To, in.Body.Text)
			return Reached{n}, err
		})
	act(to, access.Supervise, http.MethodDelete, "endSession", "/terminals/{id}", terminalTag,
		"End a session: the terminal stays away until the agent signs in",
		func(ctx context.Context, p access.Principal, in *oneTerminal) error { return c.End(ctx, p, in.ID) })
	answer(to, access.Supervise, http.MethodPost, "signOut", "/agents/{login}/sign-out", terminalTag,
		"End all sessions of an agent and revoke the tokens of all the agent's desktops",
		func(ctx context.Context, p access.Principal, in *oneAgent) (Reached, error) {
			n, err := c.SignOut(ctx, p, in.Login)
			return Reached{n}, err
		})
}
