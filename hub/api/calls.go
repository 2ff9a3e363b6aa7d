package api

import (
	"context"
	"net/http"
	"time"

	"traybell/hub/access"
	"traybell/hub/admin"
	"traybell/shared/protocol"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

const callTag = "Calls"

// CallFilter are the parameters that select calls.
type CallFilter struct {
	Period
	Text      string             `query:"text" maxLength:"200" doc:"part of the number, name, customer or ticket"`
	Agent     string             `query:"agent" maxLength:"200" doc:"login of who answered, placed or missed it"`
	PBX       string             `query:"pbx" maxLength:"200" doc:"id"`
	Direction protocol.Direction `query:"direction" enum:"incoming,outgoing,internal"`
	Missed    bool               `query:"missed" doc:"true: only missed calls"`
}

func (f CallFilter) filter() admin.CallFilter {
	return admin.CallFilter{
		From: f.From, To: f.To, Text: f.Text, Agent: f.Agent, PBX: f.PBX, Direction: f.Direction, Missed: f.Missed,
	}
}

type manyCalls struct {
	CallFilter
	Paged
}

type manyTraces struct {
	Paged
	Number string `query:"number" maxLength:"200" doc:"in any notation"`
}

type oneCall struct {
	Call string `path:"call" maxLength:"256" doc:"id"`
}

func registerCalls(to registrar, c *admin.Calls) {
	read(to, "listLiveCalls", "/calls/live", callTag, "Calls in progress",
		func(ctx context.Context, p access.Principal, _ *nothing) ([]admin.LiveCall, error) {
			return c.Now(ctx, p)
		})
	read(to, "listCalls", "/calls", callTag,
		"Past calls, newest first. A page of a rare text may be short or empty and have a next one",
		func(ctx context.Context, p access.Principal, in *manyCalls) (admin.List[admin.PastCall], error) {
			return c.Past(ctx, p, in.filter(), in.page())
		})
	add(to, access.View, huma.Operation{
		OperationID: "exportCalls", Method: http.MethodGet, Path: "/calls.csv", Tags: []string{callTag},
		Summary: "Past calls as CSV, newest first",
		Responses: map[string]*huma.Response{"200": {
			Description: "OK",
			Content:     map[string]*huma.MediaType{"text/csv": {Schema: &huma.Schema{Type: huma.TypeString}}},
		}},
	}, func(ctx context.Context, p access.Principal, in *CallFilter) (*huma.StreamResponse, error) {
		// refused before the answer begins
		if _, err := c.Past(ctx, p, in.filter(), admin.Page{Limit: 1}); err != nil {
			return nil, err
		}
		return &huma.StreamResponse{Body: func(stream huma.Context) {
			stream.SetHeader("Content-Type", "text/csv; charset=utf-8")
			stream.SetHeader("Content-Disposition", `attachment; filename="calls.csv"`)
			_, w := humago.Unwrap(stream)
			if err := c.WriteCSV(ctx, p, in.filter(), slowly{w, http.NewResponseController(w)}); err != nil {
				to.server.o.Log.Warn("export of calls cut", "error", err)
				panic(http.ErrAbortHandler) // so that the client sees it
			}
		}}, nil
	})
	read(to, "listTraces", "/traces", callTag, "What became of the last calls, newest first",
		func(ctx context.Context, p access.Principal, in *manyTraces) (admin.List[admin.CallTrace], error) {
			return c.Traced(ctx, p, admin.TraceFilter{Number: in.Number}, in.page())
		})
	read(to, "getTrace", "/calls/{call}/trace", callTag, "What the hub decided about a call, and why",
		func(ctx context.Context, p access.Principal, in *oneCall) (admin.CallTrace, error) {
			return c.Why(ctx, p, in.Call, "")
		})
}

// slowly writes an answer of any length: only a client that stops reading is cut.
type slowly struct {
	http.ResponseWriter
	control *http.ResponseController
}

const writeWithin = 30 * time.Second

func (w slowly) Write(p []byte) (int, error) {
	_ = w.control.SetWriteDeadline(time.Now().Add(writeWithin)) // not all writers have one
	return w.ResponseWriter.Write(p)
}
