package app

import (
	"context"

	"traybell/hub/compile"
	"traybell/hub/personal"
	"traybell/hub/phonebook"
	"traybell/hub/staff"
	"traybell/shared/phone"
	"traybell/shared/protocol"
)

// newFinder returns what finds numbers to dial. The desk exists already.
func newFinder(a *App) *phonebook.Finder {
	book := &compile.NumberBook{}
	return &phonebook.Finder{
		Customers: &a.directories,
		Staff:     func() *staff.Staff { return a.desk.Staff() },
		Book:      func() *phonebook.Book { return book.Of(a.cfg.Load(), a.desk.Rules().Numbers) },
		Numbers:   func() *phone.Reader { return a.desk.Rules().Numbers },
		Personal:  newPersonal(a),
		Hidden:    a.hidden,
		Lines:     func(agent staff.Agent) []string { return a.dialPlan().LinesOf(agent) },
	}
}

// newPersonal returns the numbers that agents save. The desk exists already.
func newPersonal(a *App) *personal.Numbers {
	return &personal.Numbers{
		Store: a.store, Reader: func() *phone.Reader { return a.desk.Rules().Numbers }, Hidden: a.hidden,
	}
}

// Prepare implements phonebook.Customers.
func (d *directories) Prepare() { d.now().Prepare() }

// Suggest implements phonebook.Customers.
func (d *directories) Suggest(ctx context.Context, text string, limit int) ([]protocol.Customer, error) {
	return d.now().Suggest(ctx, text, limit)
}
