package app

import (
	"context"

	"traybell/hub/compile"
	"traybell/hub/phonebook"
	"traybell/hub/staff"
	"traybell/shared/phone"
	"traybell/shared/protocol"
)

// newFinder returns what finds numbers to dial. The desk exists already.
func newFinder(a *App) *phonebook.Finder {
	return &phonebook.Finder{
		Customers: &a.directories,
		Staff:     func() *staff.Staff { return a.desk.Staff() },
		Book:      func() []phonebook.Entry { return compile.NumberBook(a.cfg.Load()) },
		Numbers:   func() *phone.Reader { return a.desk.Rules().Numbers },
		Hidden:    a.hidden,
		Lines:     func(agent staff.Agent) []string { return a.dialPlan().LinesOf(agent) },
	}
}

// Prepare implements phonebook.Customers.
func (d *directories) Prepare() { d.now().Prepare() }

// Suggest implements phonebook.Customers.
func (d *directories) Suggest(ctx context.Context, text string, limit int) ([]protocol.Customer, error) {
	return d.now().Suggest(ctx, text, limit)
}
