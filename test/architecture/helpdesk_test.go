package architecture

import (
	"slices"
	"testing"
)

// A help desk imports the contract and the HTTP client, never another help desk. Only kinds imports
// help desks.
func TestHelpDeskImports(t *testing.T) {
	const root = "traybell/hub/helpdesk"
	shared := []string{root, root + "/httpclient", root + "/helpdesktest", root + "/kinds", root + "/desks"}
	for _, p := range list(t, "./hub/...") {
		if p.ImportPath == root+"/kinds" {
			continue
		}
		for _, i := range p.Imports {
			if within(i, root) && !slices.Contains(shared, i) && !within(p.ImportPath, i) {
				t.Errorf("%s imports %s: use package kinds", p.ImportPath, i)
			}
			if within(p.ImportPath, root) && within(i, "traybell/hub") && !withinAny(i, []string{
				root, "traybell/hub/staff", "traybell/hub/advice", "traybell/hub/jsonplace",
				"traybell/hub/templatefault",
			}) {
				t.Errorf("%s imports %s: help desks know only their contract", p.ImportPath, i)
			}
		}
	}
}
