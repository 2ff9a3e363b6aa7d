package access_test

import (
	"testing"

	"traybell/hub/access"
)

func TestMay(t *testing.T) {
	all := access.Roles()
	for _, c := range []struct {
		has []access.Role
		may []access.Role
	}{
		{nil, nil},
		{[]access.Role{access.View}, []access.Role{access.View}},
		{[]access.Role{access.Supervise}, []access.Role{access.View, access.Supervise}},
		{[]access.Role{access.Notes}, []access.Role{access.View, access.Notes}},
		{[]access.Role{access.Supervise, access.Notes}, []access.Role{access.View, access.Supervise, access.Notes}},
		{[]access.Role{access.Admin}, all},
		{[]access.Role{"owner"}, []access.Role{access.View}},
	} {
		p := access.Principal{Roles: c.has}
		var may []access.Role
		for _, r := range all {
			if p.May(r) {
				may = append(may, r)
			}
		}
		if len(may) != len(c.may) {
			t.Errorf("%v may %v, want %v", c.has, may, c.may)
			continue
		}
		for i := range may {
			if may[i] != c.may[i] {
				t.Errorf("%v may %v, want %v", c.has, may, c.may)
			}
		}
	}
}
