package link

import "traybell/shared/protocol"

// Set is the templates of hub.yml's desktop.links; a nil one gives no link.
type Set struct {
	CID, Map, Ticket *Template
}

// Has reports whether there is a link with a name: cid, map or ticket.
func (s Set) Has(name string) bool {
	return name == "cid" && s.CID != nil || name == "map" && s.Map != nil || name == "ticket" && s.Ticket != nil
}

// For returns the links of a call. What identifies a customer is left out while several fit.
func (s Set) For(c protocol.Call) protocol.Links {
	var customer *protocol.Customer
	if len(c.Caller.Customers) == 1 {
		customer = &c.Caller.Customers[0]
	}
	values := Of(c, customer, "")
	return protocol.Links{CID: s.CID.expand(values), Map: s.Map.expand(values), Ticket: s.Ticket.expand(values)}
}

func (t *Template) expand(values Values) string {
	if t == nil {
		return ""
	}
	url, _ := t.Expand(values)
	return url
}
