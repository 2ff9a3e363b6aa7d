// Package webhooks has the page of webhooks and of the events that are not delivered.
package webhooks

import (
	"context"
	"net/http"
	"slices"
	"strconv"

	"traybell/hub/access"
	"traybell/hub/admin"
	"traybell/hub/web/pages"
)

// Pages is the page of webhooks.
type Pages struct {
	*pages.Renderer
	Webhooks *admin.Webhooks
}

// webhooksPage is what webhooks.html shows.
type webhooksPage struct {
	May      pages.May
	Webhooks []webhook
	Error    string
}

type webhook struct {
	admin.Webhook
	Removed bool             // hub.yml no longer has it
	Events  []admin.Delivery // that are not delivered, oldest first
	More    bool             // than are shown
}

// mostOfAll is how many events are looked at for webhooks that hub.yml no longer has.
const mostOfAll = 100

// List shows the webhooks.
func (p *Pages) List(w http.ResponseWriter, r *http.Request) {
	page, status := webhooksPage{May: pages.MayOf(r)}, http.StatusOK
	var err error
	if page.Webhooks, err = p.read(r.Context(), pages.Principal(r)); err != nil {
		status, page.Error = p.Explain(r, err)
	}
	p.Show(w, r, status, pages.View{Name: "webhooks.html", Title: "webhooks.title", Data: page})
}

func (p *Pages) read(ctx context.Context, who access.Principal) (list []webhook, err error) {
	known, err := p.Webhooks.List(ctx, who)
	if err != nil {
		return nil, err
	}
	for _, k := range known {
		list = append(list, webhook{Webhook: k})
	}
	all, err := p.Webhooks.Undelivered(ctx, who, "", mostOfAll)
	if err != nil {
		return nil, err
	}
	for _, d := range all {
		if !slices.ContainsFunc(list, func(w webhook) bool { return w.Name == d.Webhook }) {
			list = append(list, webhook{Webhook: admin.Webhook{Name: d.Webhook}, Removed: true})
		}
	}
	for i := range list {
		w := &list[i]
		if w.Events, err = p.Webhooks.Undelivered(ctx, who, w.Name, pages.Size+1); err != nil {
			return nil, err
		}
		if w.More = len(w.Events) > pages.Size; w.More {
			w.Events = w.Events[:pages.Size]
		}
	}
	return list, nil
}

// Retry attempts at once what waits or was set aside.
func (p *Pages) Retry(w http.ResponseWriter, r *http.Request) {
	id, ok := p.event(w, r)
	if !ok {
		return
	}
	err := p.Webhooks.Retry(r.Context(), pages.Principal(r), pages.Typed(r, "name"), id)
	p.Finish(w, r, err, "/webhooks", "retry")
}

// Drop deletes what waits or was set aside.
func (p *Pages) Drop(w http.ResponseWriter, r *http.Request) {
	id, ok := p.event(w, r)
	if !ok {
		return
	}
	who, name, reason := pages.Principal(r), pages.Typed(r, "name"), pages.Typed(r, "reason")
	p.Finish(w, r, p.Webhooks.Drop(r.Context(), who, name, id, reason), "/webhooks", "dropped")
}

// event reads which event a form is about; 0: all of the webhook. It answers a form that does not
// say it.
func (p *Pages) event(w http.ResponseWriter, r *http.Request) (id int64, ok bool) {
	text := r.PostFormValue("event")
	if text == "all" {
		return 0, true
	}
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil || id <= 0 {
		p.Message(w, r, http.StatusBadRequest, "error.unchanged", "error.incomplete")
		return 0, false
	}
	return id, true
}
