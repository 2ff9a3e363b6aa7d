package api

import (
	"context"
	"net/http"

	"traybell/hub/access"
	"traybell/hub/admin"
)

const ownTag = "Own account"

type newPassword struct {
	Body struct {
		Current string `json:"current" minLength:"1" maxLength:"1024" format:"password"`
		New     string `json:"new" minLength:"1" maxLength:"1024" format:"password"`
	}
}

// registerOwn adds no POST: what would make it repeatable is kept in the database.
func registerOwn(to registrar, c *admin.Own) {
	act(to, noRole, http.MethodPut, "setOwnPassword", "/own/password", ownTag,
		"Change the agent's password. It ends the agent's sessions on the pages, this one too, and on all desktops",
		func(ctx context.Context, p access.Principal, in *newPassword) error {
			return c.SetPassword(ctx, p, in.Body.Current, in.Body.New)
		})
}
