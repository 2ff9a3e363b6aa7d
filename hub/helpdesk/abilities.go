package helpdesk

import (
	"context"

	"traybell/shared/protocol"
)

// Wanted is what a ticket template of hub.yml names in the help desk.
type Wanted struct {
	Template string // its name in hub.yml
	Queue    string
	Priority string
	State    string
	Type     string
	Owner    string
}

// Form is a help desk whose form for a new ticket can be opened filled in.
type Form interface {
	// FormLink returns the address of the form for a template, with the placeholders of desktop
	// links, such as <PIM_CALLID>.
	FormLink(ctx context.Context, of Wanted) (string, error)
}

// Customers is a help desk that lists its customers. Errors are *Error.
type Customers interface {
	// Customers returns a page of the list; 0 is the first.
	Customers(ctx context.Context, page int) (CustomersPage, error)
}

// CustomersPage is a page of the list of customers.
type CustomersPage struct {
	Rows  []CustomerRow
	More  bool // there is another page
	Total int  // number of rows of all pages
	// ByChange is set if the list has the row changed last first.
	ByChange bool
}

// CustomerRow is an entry of the list of customers.
type CustomerRow struct {
	Key     string            // unique in the list
	Version string            // changes with every change of the row
	Who     protocol.Customer // without login: an agent or another user, who is left out
}
