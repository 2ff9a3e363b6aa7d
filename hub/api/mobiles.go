package api

import (
	"context"
	"net/http"

	"traybell/hub/access"
	"traybell/hub/admin"
)

type newMobile struct {
	OneNumber
	Body admin.NewMobile
}

type setMobile struct {
	Login string `path:"login" maxLength:"200" doc:"of the agent"`
	Body  struct {
		On bool `json:"on" doc:"false: the phones take the calls again; without a desktop, the agent leaves the queues"`
	}
}

func registerMobiles(to registrar, c *admin.Mobiles) {
	read(to, "listMobiles", "/mobiles", queueTag, "Mobiles on which agents may take calls of queues: the white list",
		func(ctx context.Context, p access.Principal, _ *nothing) ([]admin.Mobile, error) {
			return c.List(ctx, p)
		})
	act(to, access.Admin, http.MethodPut, "addMobile", "/mobiles/{number}", queueTag,
		"Put a number on the white list, or change whose it is",
		func(ctx context.Context, p access.Principal, in *newMobile) error {
			return c.Add(ctx, p, in.Number, in.Body)
		})
	act(to, access.Admin, http.MethodDelete, "removeMobile", "/mobiles/{number}", queueTag,
		"Take a number off the white list",
		func(ctx context.Context, p access.Principal, in *OneNumber) error {
			return c.Remove(ctx, p, in.Number)
		})
	act(to, access.Supervise, http.MethodPost, "setMobile", "/agents/{login}/mobile", queueTag,
		"Have an agent take calls on the mobile, or at the phones again, and wait until the PBX shows it",
		func(ctx context.Context, p access.Principal, in *setMobile) error {
			return c.Set(ctx, p, in.Login, in.Body.On)
		})
}
