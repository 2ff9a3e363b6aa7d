package config

import (
	"strings"
	"time"
)

func (k checker) helpDesk() {
	h := &k.c.HelpDesk
	k.oneOf("help_desk.type", h.Type, Builtin, Znuny, OTRS, OTOBO)
	k.period("help_desk.timeout", h.Timeout, time.Second, time.Minute)
	if h.Version != 5 && h.Version != 6 {
		k.complain("help_desk.version", "%d is not known; write 6 (OTRS 6, Znuny, OTOBO) or 5 (OTRS 5)", h.Version)
	}
	switch h.Type {
	case Znuny, OTRS, OTOBO:
		if k.given("help_desk.url", h.URL) {
			k.page("help_desk.url", h.URL)
			if at := strings.Index(h.URL, "/index.pl"); at >= 0 {
				k.complain("help_desk.url", "write the address without index.pl: %s", quote(h.URL[:at]))
			}
		}
		if k.given("help_desk.webservice", h.Webservice) && strings.ContainsAny(h.Webservice, "/?# ") {
			k.complain("help_desk.webservice",
				"%s is not a web service's name; write the name that the help desk lists it under",
				quote(h.Webservice))
		}
		k.given("help_desk.username", h.Username)
		k.secret("help_desk.password", h.Password)
		for name, route := range map[string]string{
			"session": h.Routes.Session, "create": h.Routes.Create, "search": h.Routes.Search, "get": h.Routes.Get,
			"update": h.Routes.Update,
		} {
			if !strings.HasPrefix(route, "/") {
				k.complain("help_desk.routes."+name, "%s is not a route; it begins with /, as in the web service",
					quote(route))
			}
		}
		for name, route := range map[string]string{"get": h.Routes.Get, "update": h.Routes.Update} {
			if !strings.Contains(route, ":TicketID") {
				k.complain("help_desk.routes."+name,
					"the route must say with :TicketID where the ticket's id goes, such as /Ticket/:TicketID")
			}
		}
		if k.given("help_desk.dynamic_fields.call", h.DynamicFields.Call) {
			k.field("help_desk.dynamic_fields.call", h.DynamicFields.Call)
		}
		k.field("help_desk.dynamic_fields.number", h.DynamicFields.Number)
	case Builtin:
		for _, each := range []struct{ name, text string }{
			{"url", h.URL},
			{"username", h.Username},
			{"password", h.Password.Reveal()},
			{"unknown_customer", h.UnknownCustomer},
		} {
			if each.text != "" {
				k.complain("help_desk."+each.name,
					"the builtin help desk has no `%s`; name the help desk by `type: znuny`, otrs or otobo, or "+
						"remove it",
					each.name)
			}
		}
	}
}

func (k checker) field(key, name string) {
	for _, r := range name {
		if (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') {
			k.complain(key, "%s cannot be a dynamic field's name; the help desk allows letters and digits", quote(name))
			return
		}
	}
}
