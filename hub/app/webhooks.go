package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"traybell/hub/admin"
	"traybell/hub/computer"
	"traybell/hub/web"
	"traybell/hub/webhooks"
)

func newHooks(a *App, owner string) *webhooks.Hooks {
	h := webhooks.New(webhooks.Options{
		Store: a.store, Source: func() string { return computer.PublicURL(a.cfg.Load(), a.Addr()) }, Owner: owner,
		Version: a.options.Version, Log: a.log.With("part", "webhooks"),
	})
	h.Set(a.parts.Hooks)
	return h
}

// adminWebhooks implements admin.WebhookSource.
type adminWebhooks struct{ *webhooks.Hooks }

func (w adminWebhooks) Webhooks(ctx context.Context) ([]admin.Webhook, error) {
	all, err := w.Status(ctx)
	list := make([]admin.Webhook, len(all))
	for i, s := range all {
		list[i] = admin.Webhook{
			Name: s.Name, Host: s.Host, URL: s.URL, Events: append([]string{}, s.Events...),
			Teams: append([]string{}, s.Teams...), Waiting: s.Waiting, SetAside: s.SetAside, Delivered: s.Delivered,
			Since: s.Since, Error: s.Error, Failed: s.Failed, Next: s.Next, Off: s.Off,
		}
	}
	return list, err
}

func (w adminWebhooks) Undelivered(ctx context.Context, webhook string, most int) ([]admin.Delivery, error) {
	all, err := w.Hooks.Undelivered(ctx, webhook, most)
	list := make([]admin.Delivery, len(all))
	for i, d := range all {
		list[i] = admin.Delivery{
			ID: d.ID, Webhook: d.Webhook, Event: d.Event, Type: d.Type, At: d.At, State: string(d.State),
			Tries: d.Tries, Error: d.Error,
		}
	}
	return list, err
}

func (w adminWebhooks) Retry(ctx context.Context, webhook string, id int64) (ok bool, err error) {
	if err = w.Hooks.Retry(ctx, webhook, id); errors.Is(err, webhooks.ErrUnknown) {
		return false, nil
	}
	return err == nil, err
}

// notices name the webhooks whose receivers accept no events, or reject some.
func (w adminWebhooks) notices() (list []web.Notice) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	all, _ := w.Status(ctx) // without the counts if the database is away
	for _, of := range all {
		switch {
		case of.Off:
			list = append(list, web.Notice{
				Title: "The receiver of the webhook " + of.Name + " is gone: it gets no more events.", At: of.Since,
				Text: of.Error,
			})
		case !of.Since.IsZero():
			list = append(list, web.Notice{
				Title: "The webhook " + of.Name + " accepts no events.", At: of.Since,
				Text: fmt.Sprintf("%s\nwaiting: %d, set aside: %d", of.Error, of.Waiting, of.SetAside),
			})
		case of.SetAside > 0:
			list = append(list, web.Notice{
				Title: "The webhook " + of.Name + " has rejected events.", At: time.Now(),
				Text: fmt.Sprintf("set aside: %d", of.SetAside),
			})
		}
	}
	return list
}
