package ui

import (
	"testing"
	"time"

	"traybell/shared/protocol"

	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"
)

// If several customers have the number, the agent chooses one of them or none before a ticket is
// created.
func TestTicketAsksForCustomer(t *testing.T) {
	test.NewTempApp(t)
	var made []string
	c := NewCalls(english(t), CallsActions{
		Ask: func(string, bool) {}, Older: func() {},
		Ticket: func(call, customer string) { made = append(made, call+" "+customer) },
		Open:   func(string) {}, Caller: func(string) {}, Copy: func(string) {}, Close: func() {},
	}, func(time.Duration, func()) {})
	call := protocol.Call{
		ID: "main:1", Number: "1",
		Caller: protocol.Caller{
			Status: protocol.Several,
			Customers: []protocol.Customer{
				{Login: "ivan", Name: "Ivan"}, {Login: "olga", Name: "Olga", Company: "ACME"},
			},
		},
	}
	c.Show(CallList{Calls: []protocol.Call{call}, Live: map[string]bool{"main:1": true}})
	test.NewTempWindow(t, c.Content())
	c.list.Select(0)
	var which *widget.Select
	for _, o := range c.bar.Objects {
		switch o := o.(type) {
		case *widget.Select:
			which = o
		case *widget.Button:
			if o.Text == c.texts.Say("card.ok") {
				t.Error("OK is offered before a customer is chosen")
			}
		}
	}
	if which == nil {
		t.Fatal("no choice of customers")
	}
	which.SetSelected("Olga — ACME")
	which.SetSelected("None of these")
	if len(made) != 2 || made[0] != "main:1 olga" || made[1] != "main:1 " {
		t.Errorf("tickets for %q", made)
	}
}
