package redmine

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"traybell/hub/helpdesk"
	"traybell/hub/helpdesk/httpclient"
)

// Check implements helpdesk.Adapter: the key, and the projects, trackers, statuses, priorities,
// members and fields.
func (h *HelpDesk) Check(ctx context.Context, templates []helpdesk.Wanted) (works []string, err error) {
	me, err := h.me(ctx)
	if err == nil && me.Login == "" {
		err = httpclient.Lacks("login", false)
	}
	if err != nil {
		return nil, h.explain(err)
	}
	works = append(works, fmt.Sprintf("Signed in to Redmine at %s as %q.", h.client.URL(), me.Login))
	var missing []error
	// lookup adds an unknown name to missing; another error ends the check.
	lookup := func(at string, err error) error {
		var unknown *helpdesk.Error
		if errors.As(err, &unknown) && unknown.Refused {
			missing = append(missing, &helpdesk.Error{Reason: at + ": " + unknown.Reason})
			return nil
		}
		return err
	}
	for _, w := range templates {
		if w.Queue == "" {
			continue // the hub warns
		}
		at := "ticket_templates." + w.Template
		before := len(missing)
		p, err := h.project(ctx, w.Queue)
		if err == nil {
			err = h.checkTemplate(ctx, w, p, at, lookup)
		} else if err = lookup(at+".queue", err); err == nil {
			continue
		}
		if err != nil {
			return works, h.explain(err)
		}
		if len(missing) == before {
			form := h.form(p, w.Type)
			works = append(works, fmt.Sprintf("The project %q accepts issues. Its form, filled in: %s", w.Queue, form))
		}
	}
	if _, err := h.activity(ctx); err != nil {
		if err := lookup("help_desk.activity", err); err != nil {
			return works, h.explain(err)
		}
	}
	if h.o.AsAgent && !me.Admin {
		missing = append(missing, &helpdesk.Error{
			Reason: fmt.Sprintf("help_desk.as_agent: Redmine ignores it, since %q is no administrator; use an "+
				"administrator's key, or remove as_agent in hub.yml.", me.Login),
		})
	}
	if h.o.CallField == "" {
		works = append(
			works,
			helpdesk.Doubt+"No custom field for the call's id is set: after a lost answer the hub cannot tell "+
				"whether an issue was created.",
		)
	} else if err := h.checkFilter(ctx, lookup); err != nil {
		return works, h.explain(err)
	}
	return works, errors.Join(missing...)
}

func (h *HelpDesk) checkTemplate(ctx context.Context, w helpdesk.Wanted, p project, at string,
	lookup func(at string, err error) error,
) error {
	for _, each := range []struct {
		key, name string
		find      func() (int, error)
	}{
		{".type", w.Type, func() (int, error) { return p.tracker(w.Type) }},
		{".state", w.State, func() (int, error) { return h.status(ctx, w.State) }},
		{".priority", w.Priority, func() (int, error) { return h.priority(ctx, w.Priority) }},
		{".owner", w.Owner, func() (int, error) { return h.member(ctx, p, w.Owner) }},
		{".queue", h.o.CallField, func() (int, error) { return p.field(h.o.CallField) }},
		{".queue", h.o.CallerField, func() (int, error) { return p.field(h.o.CallerField) }},
		{".queue", h.o.CustomerField, func() (int, error) { return p.field(h.o.CustomerField) }},
	} {
		if each.name == "" {
			continue
		}
		if _, err := each.find(); err != nil {
			if err := lookup(at+each.key, err); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkFilter searches for what no issue has: a field that is not a filter is ignored, and every
// issue comes.
func (h *HelpDesk) checkFilter(ctx context.Context, lookup func(at string, err error) error) error {
	for _, name := range []string{h.o.CallField, h.o.CustomerField} {
		if name == "" {
			continue
		}
		id, err := h.fieldID(ctx, name)
		if err != nil || id == 0 {
			return err // the templates are already reported
		}
		list, _, err := h.search(ctx, id, "traybell checks whether this is a filter", "*", "id", 1)
		if err != nil {
			return err
		}
		if len(list) > 0 {
			_ = lookup("help_desk.custom_fields", wrongName("Redmine does not search by the custom field %q: an "+
				"administrator must tick \"Used as a filter\" there.", name))
		}
	}
	return nil
}

// FormLink implements helpdesk.Form.
func (h *HelpDesk) FormLink(ctx context.Context, of helpdesk.Wanted) (string, error) {
	p, err := h.project(ctx, of.Queue)
	if err != nil {
		return "", h.explain(err)
	}
	return h.form(p, of.Type), nil
}

func (h *HelpDesk) form(p project, tracker string) string {
	var b strings.Builder
	b.WriteString(h.client.URL() + "/projects/" + url.PathEscape(p.Identifier) + "/issues/new?issue[subject]=<PIM_CID>")
	if id, ok := find(p.Trackers, tracker); ok {
		fmt.Fprintf(&b, "&issue[tracker_id]=%d", id)
	}
	for _, each := range []struct{ field, value string }{
		{h.o.CallField, "<PIM_CALLID>"},
		{h.o.CallerField, "<PIM_CID_E164>"},
		{h.o.CustomerField, "<PIM_CUSTOMER_UserLogin>"},
	} {
		if id, ok := find(p.Fields, each.field); ok {
			fmt.Fprintf(&b, "&issue[custom_field_values][%d]=%s", id, each.value)
		}
	}
	return strings.NewReplacer("[", "%5B", "]", "%5D").Replace(b.String())
}
