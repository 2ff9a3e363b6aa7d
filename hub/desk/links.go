package desk

import (
	"traybell/shared/link"
	"traybell/shared/protocol"
)

// Links are the templates of hub.yml's desktop.links; nil ones give no link.
type Links struct {
	CID, Map, Ticket *link.Template
}

// For fills the links in for a call. What names a customer is left out while it is not clear which.
func (ls Links) For(c protocol.Call) protocol.Links {
	var customer *protocol.Customer
	if len(c.Caller.Customers) == 1 {
		customer = &c.Caller.Customers[0]
	}
	values := link.Of(c, customer, "")
	return protocol.Links{CID: expand(ls.CID, values), Map: expand(ls.Map, values), Ticket: expand(ls.Ticket, values)}
}

func expand(t *link.Template, values link.Values) string {
	if t == nil {
		return ""
	}
	url, _ := t.Expand(values)
	return url
}
