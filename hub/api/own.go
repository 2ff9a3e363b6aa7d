package api

import (
	"context"
	"net/http"

	"traybell/hub/access"
	"traybell/hub/admin"
	"traybell/shared/protocol"
)

const ownTag = "Own account"

type newPassword struct {
	Body struct {
		Current string `json:"current" minLength:"1" maxLength:"1024" format:"password"`
		New     string `json:"new" minLength:"1" maxLength:"1024" format:"password"`
	}
}

// OwnNumber is the parameter that names a number of the agent.
type OwnNumber struct {
	Number string `path:"number" maxLength:"64"`
}

type namedNumber struct {
	OwnNumber
	Body struct {
		Name string `json:"name" minLength:"1" maxLength:"100"`
	}
}

// registerOwn adds no POST: what would make it repeatable is kept in the database.
func registerOwn(to registrar, c *admin.Own) {
	act(to, noRole, http.MethodPut, "setOwnPassword", "/own/password", ownTag,
		"Change the agent's password. It ends the agent's sessions on the pages, this one too, and on all desktops",
		func(ctx context.Context, p access.Principal, in *newPassword) error {
			return c.SetPassword(ctx, p, in.Body.Current, in.Body.New)
		})
	const path = "/own/numbers"
	answer(to, noRole, http.MethodGet, "listOwnNumbers", path, ownTag, "The numbers that the agent has saved, by name",
		func(ctx context.Context, p access.Principal, _ *nothing) ([]protocol.PersonalNumber, error) {
			return c.ListNumbers(ctx, p)
		})
	act(to, noRole, http.MethodPut, "saveOwnNumber", path+"/{number}", ownTag, "Save a number, or rename it",
		func(ctx context.Context, p access.Principal, in *namedNumber) error {
			return c.SaveNumber(ctx, p, protocol.PersonalNumber{Number: in.Number, Name: in.Body.Name})
		})
	act(to, noRole, http.MethodDelete, "removeOwnNumber", path+"/{number}", ownTag, "Remove a number, if it is saved",
		func(ctx context.Context, p access.Principal, in *OwnNumber) error {
			return c.RemoveNumber(ctx, p, in.Number)
		})
}
