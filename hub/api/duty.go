package api

import (
	"context"
	"net/http"

	"traybell/hub/access"
	"traybell/hub/admin"
	"traybell/shared/protocol"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

const dutyTag = "Agent states"

// OneAgent is the parameter that names an agent.
type OneAgent struct {
	Login string `path:"login" maxLength:"200"`
}

type setState struct {
	OneAgent
	Body struct {
		Mode   protocol.Mode       `json:"mode,omitempty" enum:"incoming,outgoing,offline" doc:"absent: it stays"`
		State  protocol.AgentState `json:"state,omitempty" enum:"off,waiting,pause,idle" doc:"absent: the first of the mode"`
		Reason string              `json:"reason,omitempty" maxLength:"64" doc:"code of the pause"`
	}
}

type beginTask struct {
	OneAgent
	Body struct {
		Project string `json:"project,omitempty" maxLength:"64" doc:"code; absent if hub.yml has no projects"`
		Kind    string `json:"kind" minLength:"1" maxLength:"64" doc:"code of the kind of work"`
	}
}

type endTask struct {
	OneAgent
	Body struct {
		Note string `json:"note,omitempty" maxLength:"2000"`
	}
}

// WorkFilter are the parameters that select working times.
type WorkFilter struct {
	Agent string `query:"agent" maxLength:"200" doc:"login; default: all agents"`
	From  string `query:"from" maxLength:"10" doc:"first day, as 2026-11-29, in the hub's time zone; default: today"`
	To    string `query:"to" maxLength:"10" doc:"last day, included; default: the first one"`
}

func registerDuty(to registrar, c *admin.Duty) {
	read(to, "listAgentStates", "/agents/states", dutyTag, "What agents do, and what they may change to",
		func(ctx context.Context, p access.Principal, _ *nothing) ([]protocol.AgentNow, error) {
			return c.States(ctx, p)
		})
	act(to, access.Supervise, http.MethodPut, "setAgentState", "/agents/{login}/state", dutyTag,
		"Change the mode or state of an agent. Agents do it for themselves without a role",
		func(ctx context.Context, p access.Principal, in *setState) error {
			return c.Set(ctx, p, in.Login, protocol.SetAgent{
				Mode: in.Body.Mode, State: in.Body.State, Reason: in.Body.Reason,
			})
		})
	act(to, access.Supervise, http.MethodPost, "beginTask", "/agents/{login}/task", dutyTag,
		"Begin a task of an agent in the mode offline",
		func(ctx context.Context, p access.Principal, in *beginTask) error {
			return c.BeginTask(ctx, p, in.Login, protocol.BeginTask{Project: in.Body.Project, Kind: in.Body.Kind})
		})
	act(to, access.Supervise, http.MethodPost, "endTask", "/agents/{login}/task/end", dutyTag,
		"Finish the task of an agent",
		func(ctx context.Context, p access.Principal, in *endTask) error {
			return c.EndTask(ctx, p, in.Login, in.Body.Note)
		})
	read(to, "listTasks", "/tasks", dutyTag, "Finished tasks, by agent and begin",
		func(ctx context.Context, p access.Principal, in *WorkFilter) ([]admin.DoneTask, error) {
			return c.Tasks(ctx, p, admin.WorkFilter(*in))
		})
	read(to, "listWorkTimes", "/work-times", dutyTag,
		"Working times by day, agent, mode, state, reason and task. Those of an agent and a day add up to the shifts",
		func(ctx context.Context, p access.Principal, in *WorkFilter) ([]admin.WorkTime, error) {
			return c.WorkTimes(ctx, p, admin.WorkFilter(*in))
		})
	add(to, access.View, huma.Operation{
		OperationID: "exportWorkTimes", Method: http.MethodGet, Path: "/work-times.csv", Tags: []string{dutyTag},
		Summary: "Working times as CSV",
		Responses: map[string]*huma.Response{"200": {
			Description: "OK",
			Content:     map[string]*huma.MediaType{"text/csv": {Schema: &huma.Schema{Type: huma.TypeString}}},
		}},
	}, func(ctx context.Context, p access.Principal, in *WorkFilter) (*huma.StreamResponse, error) {
		f := admin.WorkFilter(*in)
		if _, err := c.WorkTimes(ctx, p, f); err != nil { // refused before the answer begins
			return nil, err
		}
		return &huma.StreamResponse{Body: func(stream huma.Context) {
			stream.SetHeader("Content-Type", "text/csv; charset=utf-8")
			stream.SetHeader("Content-Disposition", `attachment; filename="work-times.csv"`)
			_, w := humago.Unwrap(stream)
			if err := c.WriteCSV(ctx, p, f, slowly{w, http.NewResponseController(w)}); err != nil {
				to.server.o.Log.Warn("export of working times cut", "error", err)
				panic(http.ErrAbortHandler) // so that the client sees it
			}
		}}, nil
	})
}
