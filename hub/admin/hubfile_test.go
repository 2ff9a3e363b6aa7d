package admin_test

import (
	"strings"
	"testing"
	"time"

	"traybell/hub/access"
	"traybell/hub/admin"
	"traybell/hub/fail"
	"traybell/hub/hubfile"
)

// Only administrators see and change entries of hub.yml. An attempt to confirm a change is written
// down.
func TestRoleForHubYML(t *testing.T) {
	for _, roles := range [][]access.Role{nil, {access.View}, {access.Supervise, access.Notes}, {access.Admin}} {
		h := newHub()
		c := admin.HubFile{
			Audited: admin.Audited{Audit: h, Now: func() time.Time { return now }},
			Editor:  &hubfile.Editor{Now: func() time.Time { return now }},
		}
		p := access.Principal{Kind: access.Administrator, Name: "vera", Roles: roles}
		want := fail.Forbidden
		if p.May(access.Admin) {
			want = fail.Conflict // this hub runs without a file
		}
		_, err := c.Entries(p, hubfile.Agents)
		_, failed := c.Plan(p, hubfile.Edit{List: hubfile.Agents, Action: hubfile.Remove, Entry: "anna"})
		if fail.Of(err).Code != want || fail.Of(failed).Code != want {
			t.Errorf("%v: %v, %v", roles, err, failed)
		}
		if want != fail.Forbidden {
			want = fail.NotFound
		}
		_, err = c.Draft(p, "x")
		if failed := c.Cancel(p, "x"); fail.Of(err).Code != want || fail.Of(failed).Code != want {
			t.Errorf("%v: %v, %v", roles, err, failed)
		}
		var refused []string // what was not allowed is written down
		for _, e := range h.entries {
			refused = append(refused, e.Action+" "+e.Object)
		}
		if got := strings.Join(refused, ", "); got != "hub.edit remove agents anna, hub.edit x" &&
			(got != "" || !p.May(access.Admin)) {
			t.Errorf("%v: %s", roles, got)
		}
		h.entries = nil
		_, err = c.Confirm(t.Context(), p, "x", "y")
		if fail.Of(err).Code != want || len(h.entries) != 1 || h.entries[0].Action != "hub.edit" ||
			h.entries[0].Error == "" {
			t.Errorf("%v: %v, %+v", roles, err, h.entries)
		}
	}
}
