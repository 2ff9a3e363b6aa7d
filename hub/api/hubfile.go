package api

import (
	"context"
	"net/http"

	"traybell/hub/access"
	"traybell/hub/admin"
	"traybell/hub/hubfile"

	"github.com/danielgtaylor/huma/v2"
)

const fileTag = "Changes of hub.yml"

type oneList struct {
	List hubfile.List `path:"list" enum:"agents,tracking,ticket_templates,rules,caller_id.rules"`
}

type newChange struct{ Body hubfile.Edit }

type oneChange struct {
	ID string `path:"id" maxLength:"100"`
}

type confirmation struct {
	ID   string `path:"id" maxLength:"100"`
	Body struct {
		Fingerprint string `json:"fingerprint" maxLength:"100" doc:"of the change as it was shown"`
	}
}

// secret is an output that may have a password: it is not kept for repeated requests.
type secret[T any] struct {
	CacheControl string `header:"Cache-Control"`
	Body         T
}

func secretly[T any](body T, password string) *secret[T] {
	out := &secret[T]{Body: body}
	if password != "" {
		out.CacheControl = "no-store"
	}
	return out
}

func registerHubFile(to registrar, c *admin.HubFile) {
	const changes = "/hub/configuration/changes"
	answer(to, access.Admin, http.MethodGet, "listEntries", "/hub/configuration/entries/{list}", fileTag,
		"Agents, tracked numbers, ticket templates or rules as hub.yml has them",
		func(_ context.Context, p access.Principal, in *oneList) (hubfile.Content, error) {
			return c.Entries(p, in.List)
		})
	add(to, access.Admin, huma.Operation{
		OperationID: "planChange", Method: http.MethodPost, Path: changes, Tags: []string{fileTag},
		Summary: "Plan a change of one entry: check it and show the difference, without writing anything",
	}, func(_ context.Context, p access.Principal, in *newChange) (*secret[hubfile.Draft], error) {
		out, err := c.Plan(p, in.Body)
		return secretly(out, out.Password), err
	})
	answer(to, access.Admin, http.MethodGet, "getChange", changes+"/{id}", fileTag,
		"A planned change, as it would be made now",
		func(_ context.Context, p access.Principal, in *oneChange) (hubfile.Draft, error) {
			return c.Draft(p, in.ID)
		})
	add(to, access.Admin, huma.Operation{
		OperationID: "confirmChange", Method: http.MethodPost, Path: changes + "/{id}/confirm", Tags: []string{fileTag},
		Summary: "Write a change as it was shown, keep the old file, and wait until the hub has reloaded hub.yml",
	}, func(ctx context.Context, p access.Principal, in *confirmation) (*secret[hubfile.Outcome], error) {
		out, err := c.Confirm(ctx, p, in.ID, in.Body.Fingerprint)
		return secretly(out, out.Password), err
	})
	act(to, access.Admin, http.MethodDelete, "cancelChange", changes+"/{id}", fileTag, "Drop a planned change",
		func(_ context.Context, p access.Principal, in *oneChange) error { return c.Cancel(p, in.ID) })
}
