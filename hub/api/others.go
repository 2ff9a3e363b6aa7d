package api

import (
	"context"
	"net/http"

	"traybell/hub/access"
	"traybell/hub/admin"
	"traybell/shared/protocol"
)

const directoryTag = "Directories"

type oneDirectory struct {
	Name string `path:"name" maxLength:"200"`
}

type manyCustomers struct {
	Text  string `query:"text" required:"true" minLength:"1" maxLength:"200" doc:"words of the name, company, login or place, or a number"`
	Limit int    `query:"limit" minimum:"1" maximum:"50" default:"50"`
}

func registerDirectories(to registrar, c *admin.Directories) {
	read(to, "listDirectories", "/directories", directoryTag, "Customer directories and their state",
		func(ctx context.Context, p access.Principal, _ *nothing) ([]admin.Directory, error) {
			return c.List(ctx, p)
		})
	act(to, access.Admin, http.MethodPost, "readDirectory", "/directories/{name}/read", directoryTag,
		"Start reading a directory now",
		func(ctx context.Context, p access.Principal, in *oneDirectory) error { return c.Read(ctx, p, in.Name) })
	read(to, "findCustomers", "/customers", directoryTag, "Customers by name or number",
		func(ctx context.Context, p access.Principal, in *manyCustomers) ([]protocol.Customer, error) {
			return c.Search(ctx, p, in.Text, in.Limit)
		})
}

const pbxTag = "PBXs"

type onePBX struct {
	ID string `path:"id" maxLength:"200"`
}

func registerPBXs(to registrar, c *admin.PBXs, numbers *admin.Numbers) {
	read(to, "listPBXs", "/pbxs", pbxTag, "PBXs, their state and what their manager users may do",
		func(ctx context.Context, p access.Principal, _ *nothing) ([]admin.PBX, error) { return c.List(ctx, p) })
	act(to, access.Admin, http.MethodPost, "reconnectPBX", "/pbxs/{id}/reconnect", pbxTag,
		"Try now to connect to a PBX that is stopped or pauses",
		func(ctx context.Context, p access.Principal, in *onePBX) error { return c.Reconnect(ctx, p, in.ID) })
	read(to, "listNumbers", "/numbers", pbxTag, "Called numbers and endpoints that hub.yml does not name",
		func(ctx context.Context, p access.Principal, _ *nothing) (admin.Unnamed, error) {
			return numbers.Unnamed(ctx, p)
		})
}

type manyChanges struct {
	Period
	Paged
	Text string `query:"text" maxLength:"200" doc:"part of who, action, object or detail"`
}

func registerAudit(to registrar, c *admin.Audit) {
	read(to, "listChanges", "/audit", hubTag, "Who changed what, newest first",
		func(ctx context.Context, p access.Principal, in *manyChanges) (admin.List[admin.Change], error) {
			return c.Find(ctx, p, admin.ChangeFilter{Text: in.Text, From: in.From, To: in.To}, in.page())
		})
}

const webhookTag = "Webhooks"

type manyDeliveries struct {
	Webhook string `query:"webhook" maxLength:"200" doc:"name; absent: of all"`
	Limit   int    `query:"limit" minimum:"1" maximum:"500" default:"50"`
}

// OneWebhook are the parameters that name a webhook, and events of it.
type OneWebhook struct {
	Name  string `path:"name" maxLength:"200"`
	Event int64  `query:"event" minimum:"0" doc:"id of one event in the list; absent: all of the webhook"`
}

type droppedDelivery struct {
	OneWebhook
	Reason string `query:"reason" maxLength:"500" doc:"for the audit"`
}

func registerWebhooks(to registrar, c *admin.Webhooks) {
	read(to, "listWebhooks", "/webhooks", webhookTag, "Webhooks and their state",
		func(ctx context.Context, p access.Principal, _ *nothing) ([]admin.Webhook, error) {
			return c.List(ctx, p)
		})
	read(to, "listDeliveries", "/webhooks/deliveries", webhookTag, "Events that are not delivered, oldest first",
		func(ctx context.Context, p access.Principal, in *manyDeliveries) ([]admin.Delivery, error) {
			return c.Undelivered(ctx, p, in.Webhook, in.Limit)
		})
	act(to, access.Admin, http.MethodPost, "retryDeliveries", "/webhooks/{name}/retry", webhookTag,
		"Attempt now what waits or was set aside, and switch the webhook on again",
		func(ctx context.Context, p access.Principal, in *OneWebhook) error {
			return c.Retry(ctx, p, in.Name, in.Event)
		})
	act(to, access.Admin, http.MethodPost, "dropDeliveries", "/webhooks/{name}/drop", webhookTag,
		"Delete events that wait or were set aside",
		func(ctx context.Context, p access.Principal, in *droppedDelivery) error {
			return c.Drop(ctx, p, in.Name, in.Event, in.Reason)
		})
}
