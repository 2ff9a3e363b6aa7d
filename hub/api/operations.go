package api

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"traybell/hub/access"
	"traybell/hub/admin"
	"traybell/hub/fail"

	"github.com/danielgtaylor/huma/v2"
)

const introduction = "The commands of administrators for programs. Times are RFC 3339. Lists have pages: send the " +
	"`next` of one as the `cursor` of the following one. A POST with an `Idempotency-Key` is carried out once, " +
	"however often it is sent within a day. Errors are problem details (RFC 9457)."

// operation is a row of the reference.
type operation struct {
	huma.Operation
	role access.Role
}

// noRole is for what agents do for themselves, and for pages of calls.
const noRole access.Role = ""

// nothing is the input of an operation without parameters, or the output of one without a body.
type nothing struct{}

// body is an output.
type body[T any] struct {
	Body T `nullable:"false"`
}

// Paged are the parameters of a list with pages.
type Paged struct {
	Cursor string `query:"cursor" maxLength:"500" doc:"next of the page before"`
	Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"50" doc:"items at most"`
}

func (p Paged) page() admin.Page { return admin.Page{Cursor: p.Cursor, Limit: p.Limit} }

// Period are the parameters of lists of what has a time.
type Period struct {
	From time.Time `query:"from" doc:"at or after"`
	To   time.Time `query:"to" doc:"before"`
}

// repeatable is the parameter of each POST. Server.repeats reads it.
var repeatable = &huma.Param{
	Name: "Idempotency-Key", In: "header", Schema: &huma.Schema{Type: huma.TypeString, MaxLength: new(200)},
	Description: "chosen by the client: a repetition of the request with the same key gets the same answer",
}

// registrar adds operations.
type registrar struct {
	api    huma.API
	server *Server
}

// add adds an operation that needs a role; the command checks it.
func add[I, O any](to registrar, role access.Role, op huma.Operation,
	do func(context.Context, access.Principal, *I) (*O, error),
) {
	if op.DefaultStatus == 0 {
		op.DefaultStatus = http.StatusOK
	}
	if op.Method == http.MethodPost {
		op.Parameters = append(op.Parameters, repeatable)
	}
	op.BodyReadTimeout = -1 // Server has read it
	op.Description = "Needs the role `" + string(role) + "`."
	switch {
	case strings.HasPrefix(Path+op.Path, pagePath):
		op.Description = "Needs the token of the page, from the fragment of its URL."
	case role == noRole:
		op.Description = "Needs the session of an agent on the pages."
	}
	op.Extensions = map[string]any{"x-role": role}
	to.server.operations = append(to.server.operations, operation{op, role})
	huma.Register(to.api, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := do(ctx, principal(ctx), in)
		if err != nil {
			level := slog.LevelDebug
			if fail.Of(err).Code == fail.Internal {
				level = slog.LevelError
			}
			to.server.o.Log.Log(ctx, level, "request failed", "operation", op.OperationID, "error", err)
			return nil, failed(err)
		}
		return out, nil
	})
}

// read adds a GET whose answer is a T.
func read[I, T any](to registrar, id, path, tag, summary string,
	do func(context.Context, access.Principal, *I) (T, error),
) {
	answer(to, access.View, http.MethodGet, id, path, tag, summary, do)
}

// answer adds an operation whose answer is a T.
func answer[I, T any](to registrar, role access.Role, method, id, path, tag, summary string,
	do func(context.Context, access.Principal, *I) (T, error),
) {
	add(to, role, huma.Operation{
		OperationID: id, Method: method, Path: path, Summary: summary, Tags: []string{tag},
	}, func(ctx context.Context, p access.Principal, in *I) (*body[T], error) {
		out, err := do(ctx, p, in)
		return &body[T]{out}, err
	})
}

// act adds an operation without an answer.
func act[I any](to registrar, role access.Role, method, id, path, tag, summary string,
	do func(context.Context, access.Principal, *I) error,
) {
	add(to, role, huma.Operation{
		OperationID: id, Method: method, Path: path, Summary: summary, Tags: []string{tag},
		DefaultStatus: http.StatusNoContent,
	}, func(ctx context.Context, p access.Principal, in *I) (*nothing, error) { return nil, do(ctx, p, in) })
}

func (s *Server) register(api huma.API) {
	to := registrar{api, s}
	c := s.o.Commands
	registerHub(to, c.Hub)
	registerHubFile(to, c.HubFile)
	registerTerminals(to, c.Terminals)
	registerCalls(to, c.Calls)
	registerCallers(to, c.Callers)
	registerTickets(to, c.Tickets)
	registerDirectories(to, c.Directories)
	registerPBXs(to, c.PBXs, c.Numbers)
	registerWebhooks(to, c.Webhooks)
	registerAudit(to, c.Audit)
	registerMissed(to, c.Missed)
	registerTests(to, c.Tests, c.Why)
	registerCallControl(to, c.CallControl)
	registerColleagues(to, c.CallControl)
	registerDuty(to, c.Duty)
	registerQueues(to, c.Queues)
	registerMobiles(to, c.Mobiles)
	registerOwn(to, c.Own)
	registerRecordings(to, c.Recordings)
	registerAnnouncements(to, c.Announcements)
	registerCallPage(to, s.o.Pages)
	registerBoard(to, s.o.Board)
}
