package api

import (
	"context"
	"net/http"

	"traybell/hub/access"
	"traybell/hub/admin"
	"traybell/shared/protocol"
)

const queueTag = "Queues"

type setQueue struct {
	PBX  string `path:"pbx" maxLength:"200" doc:"id"`
	Name string `path:"name" maxLength:"200" doc:"of the queue"`
	Body struct {
		Agent   string                `json:"agent" minLength:"1" maxLength:"200" doc:"login"`
		Control protocol.QueueControl `json:"control" enum:"join,leave,pause,resume"`
		Reason  string                `json:"reason,omitempty" maxLength:"200" doc:"of a pause"`
	}
}

func registerQueues(to registrar, c *admin.Queues) {
	read(to, "listQueues", "/queues", queueTag, "Queues: who waits, and who takes the calls",
		func(ctx context.Context, p access.Principal, _ *nothing) ([]admin.Queue, error) {
			return c.List(ctx, p)
		})
	act(to, access.Supervise, http.MethodPost, "controlQueue", "/queues/{pbx}/{name}/control", queueTag,
		"Have an agent join, leave, pause or resume, and wait until the PBX shows it",
		func(ctx context.Context, p access.Principal, in *setQueue) error {
			return c.Control(ctx, p, in.Body.Agent, in.Body.Control, protocol.SetQueue{
				PBX: in.PBX, Name: in.Name, Reason: in.Body.Reason,
			})
		})
}
