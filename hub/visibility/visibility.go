// Package visibility describes which calls agents see and which they do not, by hub.yml and by what
// the hub has counted, and the lines that hub.yml lacks.
package visibility

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"traybell/hub/compile"
	"traybell/hub/config"
	"traybell/hub/signin"
	"traybell/hub/store"
	"traybell/hub/tracking"
)

// Of describes who sees incoming calls: works is what hub.yml restricts, doubts is what
// no agent sees, or which agents see nothing.
func Of(p compile.Parts) (works, doubts []string) {
	agents := p.Staff.Agents()
	if len(agents) == 0 {
		return nil, nil // a warning of hub.yml
	}
	sees := map[string]bool{}
	entries, all := p.Lines.Entries(), p.Lines.None()
	for _, l := range entries {
		all = all || l.Number == "*"
		var names, others []string
		for _, a := range agents {
			if l.Admits(a) {
				sees[a.Login] = true
				names = append(names, a.Login)
			} else {
				others = append(others, a.Login)
			}
		}
		if len(others) > 0 {
			works = append(works, fmt.Sprintf("%s: shown to %s, hidden from %s", lineName(l), few(names), few(others)))
		}
	}
	for _, twin := range p.Lines.Twins() {
		doubts = append(doubts, fmt.Sprintf("%s and %s in tracking are the same number, and only one applies to a "+
			"call: remove one of them", twin[0], twin[1]))
	}
	if !all {
		numbers := make([]string, len(entries))
		for i, l := range entries {
			numbers[i] = l.Number
		}
		doubts = append(doubts, fmt.Sprintf("calls to every number but %s are hidden from all agents: add {number: "+
			"\"*\"} to tracking unless that is intended", few(numbers)))
	}
	var blind []string
	for _, a := range agents {
		if !p.Lines.None() && !sees[a.Login] {
			blind = append(blind, a.Login)
		}
	}
	if len(blind) > 0 {
		doubts = append(doubts,
			fmt.Sprintf("no incoming call is shown to %s: every entry of tracking is for other teams or "+
				"agents", few(blind)))
	}
	return works, doubts
}

func lineName(l tracking.Line) string {
	name := l.Number
	if name == "*" {
		name = "all other numbers"
	}
	if l.Name != "" {
		name += " (" + l.Name + ")"
	}
	return name
}

// few lists the first names.
func few(names []string) string {
	const most = 10
	if len(names) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}

// SharedExtensions are the extensions of several agents, who are distinguished by their passwords.
// Those that include people of the company's directory are left out.
func SharedExtensions(p compile.Parts) (shared []string) {
	count, asked := map[string]int{}, map[string]bool{}
	for _, a := range p.Accounts {
		for _, e := range a.Extensions {
			if count[e]++; count[e] == 2 {
				shared = append(shared, e)
			}
			asked[e] = asked[e] || signin.Asked(a.Password)
		}
	}
	return slices.DeleteFunc(shared, func(e string) bool { return asked[e] })
}

// HiddenCalls describes the calls to numbers that are not tracked, so far; empty if there are none.
func HiddenCalls(ctx context.Context, cfg *config.Config, s *store.Store) string {
	list, err := untrackedNumbers(ctx, cfg, s)
	if err != nil {
		return ""
	}
	calls := 0
	var numbers []string
	for _, u := range list {
		if !u.Shown {
			calls += u.Calls
			numbers = append(numbers, u.Number)
		}
	}
	if calls == 0 {
		return ""
	}
	return fmt.Sprintf("calls to %s were hidden so far (%d); traybell-hub numbers prints the entries to add",
		few(numbers), calls)
}
