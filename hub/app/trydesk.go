package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"traybell/hub/config"
	"traybell/hub/helpdesk"
	"traybell/hub/helpdesk/kinds"
	"traybell/hub/staff"
	"traybell/hub/tickettemplate"
)

// TryHelpDesk creates a ticket that is marked as a test in a help desk, and looks it up. The template is
// that of lines which name none, or the first one of the help desk. It returns what worked. The
// built-in help desk gets none: its list has no other side that could refuse.
func TryHelpDesk(ctx context.Context, cfg *config.Config, c config.ConfiguredDesk) (worked []string, err error) {
	if c.Type == config.Builtin {
		return []string{"Nothing to send: the tickets are in the hub's own database."}, nil
	}
	h, err := kinds.New(c, kinds.Hub{Region: cfg.Region, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	template := tickettemplate.DefaultName
	if names := templatesOf(cfg, c); len(names) > 0 && !slices.Contains(names, template) {
		template = names[0]
	}
	t := cfg.TicketTemplates[template]
	draft := helpdesk.Draft{
		CallID: fmt.Sprintf("check:%d.0", time.Now().UnixNano()), Title: "traybell: test, please close",
		Body:  "`traybell-hub check --send` created this ticket. There was no call.",
		Agent: staff.Agent{Login: "traybell", Name: "traybell"},
		Queue: t.Queue, Priority: t.Priority, State: t.State, Type: t.Type, Owner: t.Owner,
	}
	ticket, err := h.Create(ctx, draft)
	if failed := (*helpdesk.Error)(nil); errors.As(err, &failed) && failed.Uncertain {
		return nil, fmt.Errorf("a ticket may exist now, %q: please look, and close it: %w", draft.Title, err)
	}
	if err != nil {
		return nil, err
	}
	worked = append(
		worked,
		fmt.Sprintf("Created the ticket %s as a test; please close it: %s", ticket.Number, ticket.URL),
	)
	found, ok, err := h.Find(ctx, draft.CallID)
	switch {
	case errors.Is(err, helpdesk.ErrCannotLookUp):
		return append(worked, helpdesk.Doubt+"It cannot be found by the call's id: after a lost answer the agent has "+
			"to look whether the ticket exists."), nil
	case err != nil:
		return worked, err
	case !ok || found.ID != ticket.ID:
		return worked, fmt.Errorf(
			"the ticket %s is not found by its call's id %s: after a lost answer the hub would "+
				"create a second one",
			ticket.Number,
			draft.CallID,
		)
	}
	return append(worked, "Found it by the call's id."), nil
}
