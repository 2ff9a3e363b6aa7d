package admin

import (
	"context"

	"traybell/hub/access"
	"traybell/hub/hubfile"
)

// HubFile are the commands that change hub.yml.
type HubFile struct {
	Audited
	Editor *hubfile.Editor
}

// Entries returns a list of hub.yml, as it is on the disk.
func (h *HubFile) Entries(p access.Principal, list hubfile.List) (hubfile.Content, error) {
	if err := need(p, access.Admin); err != nil {
		return hubfile.Content{}, err
	}
	c, err := h.Editor.Content(list)
	return c, failure(err)
}

// Plan plans a change, which waits for its confirmation unless it has problems.
func (h *HubFile) Plan(p access.Principal, e hubfile.Edit) (hubfile.Draft, error) {
	if err := h.allowed(p, string(e.Action)+" "+string(e.List)+" "+e.Entry); err != nil {
		return hubfile.Draft{}, err
	}
	c, err := h.Editor.Plan(e, planner(p))
	return c, failure(err)
}

// Draft returns a change that waits for its confirmation.
func (h *HubFile) Draft(p access.Principal, id string) (hubfile.Draft, error) {
	if err := need(p, access.Admin); err != nil {
		return hubfile.Draft{}, err
	}
	c, err := h.Editor.Draft(id, planner(p))
	return c, failure(err)
}

// Cancel drops a change.
func (h *HubFile) Cancel(p access.Principal, id string) error {
	if err := h.allowed(p, id); err != nil {
		return err
	}
	return failure(h.Editor.Cancel(id, planner(p)))
}

// Confirm writes a change as it was shown, and reports the reload. After an error the outcome has
// the change as it would be now.
func (h *HubFile) Confirm(ctx context.Context, p access.Principal, id, fingerprint string) (
	o hubfile.Outcome, err error,
) {
	c, _ := h.Editor.Draft(id, planner(p)) // Confirm says why there is none
	err = h.change(p, access.Admin, "hub.edit", c.Object(), c.Summary, func() (err error) {
		o, err = h.Editor.Confirm(ctx, id, planner(p), fingerprint)
		return err
	})
	return o, err
}

// allowed writes a refused attempt down.
func (h *HubFile) allowed(p access.Principal, object string) error {
	if refused := need(p, access.Admin); refused != nil {
		return h.attempt(p, refused, "hub.edit", object, "", nil)
	}
	return nil
}

// planner is who may confirm a change.
func planner(p access.Principal) string { return string(p.Kind) + " " + p.Name }
