package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"traybell/hub/access"
	"traybell/hub/admin"
	"traybell/hub/callcontrol/offer"
	"traybell/shared/protocol"
)

type controlCall struct {
	Call string `path:"call" maxLength:"256" doc:"id"`
	Body struct {
		Agent   string    `json:"agent" minLength:"1" maxLength:"200" doc:"login of the agent at whose phone"`
		Control controlOf `json:"control"`
		With    string    `json:"with,omitempty" maxLength:"200" doc:"number or name (transfer, consult, conference), digits"`
	}
}

// controlOf is a control, of those that there are.
type controlOf protocol.Control

// Schema describes it.
func (controlOf) Schema(huma.Registry) *huma.Schema {
	s := &huma.Schema{Type: huma.TypeString}
	for _, c := range offer.All() {
		s.Enum = append(s.Enum, string(c))
	}
	return s
}

type dialNumber struct {
	Body struct {
		Agent  string `json:"agent" minLength:"1" maxLength:"200" doc:"login of the agent whose phone rings"`
		Number string `json:"number" minLength:"1" maxLength:"200" doc:"in any notation"`
		Line   string `json:"line,omitempty" maxLength:"200" doc:"name of a line of hub.yml's dial.lines"`
		From   string `json:"from,omitempty" maxLength:"200" doc:"extension of the agent; default: where signed in"`
	}
}

// DialledNumber is a call that begins at an agent's phone.
type DialledNumber struct {
	Call   string `json:"call" doc:"id"`
	Number string `json:"number" doc:"what the PBX dials"`
}

// ControlledCall is a call with which something was done.
type ControlledCall struct {
	Call string `json:"call" doc:"id"`
	Slot string `json:"slot,omitempty" doc:"after park: the number to fetch it with"`
}

func registerCallControl(to registrar, c *admin.CallControl) {
	answer(to, access.Supervise, http.MethodPost, "controlCall", "/calls/{call}/control", callTag,
		"Do something with a call at an agent's phone, and wait until it is done",
		func(ctx context.Context, p access.Principal, in *controlCall) (ControlledCall, error) {
			slot, err := c.Control(ctx, p, in.Body.Agent, in.Call, protocol.Control(in.Body.Control), in.Body.With)
			return ControlledCall{Call: in.Call, Slot: slot}, err
		})
	answer(to, access.Supervise, http.MethodPost, "dial", "/dial", callTag,
		"Ring an agent's phone, and call a number when the agent answers",
		func(ctx context.Context, p access.Principal, in *dialNumber) (DialledNumber, error) {
			done, err := c.Dial(ctx, p, in.Body.Agent, protocol.DialNumber{
				Number: in.Body.Number, Line: in.Body.Line, From: in.Body.From,
			})
			return DialledNumber{Call: done.Call, Number: done.Number}, err
		})
}
