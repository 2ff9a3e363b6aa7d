package api

import (
	"context"
	"net/http"

	"traybell/hub/access"
	"traybell/hub/admin"
	"traybell/shared/protocol"
)

const colleagueTag = "Colleagues"

type pickUpColleague struct {
	OneAgent
	Body struct {
		Agent string `json:"agent" minLength:"1" maxLength:"200" doc:"login of the agent whose phone takes the call"`
	}
}

type messageColleague struct {
	OneAgent
	Body struct {
		Agent string `json:"agent" minLength:"1" maxLength:"200" doc:"login of the agent who writes"`
		Text  string `json:"text" minLength:"1" maxLength:"1000"`
	}
}

func registerColleagues(to registrar, c *admin.CallControl) {
	read(to, "listColleagues", "/colleagues", colleagueTag,
		"What agents do, by their calls, states and phones. An agent, with a role or without, gets the others",
		func(ctx context.Context, p access.Principal, _ *nothing) ([]protocol.Colleague, error) {
			return c.Colleagues(ctx, p)
		})
	act(to, access.Supervise, http.MethodPost, "pickUpColleague", "/colleagues/{login}/pickup", colleagueTag,
		"Ring an agent's phone, and take the call that rings at a colleague's phone. Agents do it for themselves "+
			"without a role",
		func(ctx context.Context, p access.Principal, in *pickUpColleague) error {
			return c.PickUp(ctx, p, in.Body.Agent, in.Login)
		})
	act(to, access.Supervise, http.MethodPost, "messageColleague", "/colleagues/{login}/messages", colleagueTag,
		"Show a text of an agent to a colleague. Agents do it for themselves without a role",
		func(ctx context.Context, p access.Principal, in *messageColleague) error {
			return c.Message(ctx, p, in.Body.Agent, protocol.SendColleague{To: in.Login, Text: in.Body.Text})
		})
}
