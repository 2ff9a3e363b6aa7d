package api

import (
	"context"
	"net/http"

	"traybell/hub/access"
	"traybell/hub/supervision"
)

const boardTag = "Supervisors"

type newListening struct{ Body supervision.Listen }

type oneListening struct {
	ID string `path:"id" maxLength:"256"`
}

func registerBoard(to registrar, c *supervision.Commands) {
	answer(to, access.Supervise, http.MethodGet, "getBoard", "/board", boardTag,
		"The live board: agents by state, queues, calls. A supervisor who is an agent sees the own teams",
		func(ctx context.Context, p access.Principal, _ *nothing) (supervision.Board, error) {
			return c.Board(ctx, p)
		})
	answer(to, access.Supervise, http.MethodPost, "beginListening", "/board/listenings", boardTag,
		"Ring the supervisor's phone, and connect it with a call of an agent",
		func(ctx context.Context, p access.Principal, in *newListening) (supervision.BoardListening, error) {
			return c.Begin(ctx, p, in.Body)
		})
	act(to, access.Supervise, http.MethodDelete, "endListening", "/board/listenings/{id}", boardTag, "Stop listening",
		func(ctx context.Context, p access.Principal, in *oneListening) error { return c.End(ctx, p, in.ID) })
}
