// Package kinds lists the help desks that the hub supports. A new one is a package next to this
// one, an entry here and one in hub/config/helpdesk.go.
package kinds

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"traybell/hub/config"
	"traybell/hub/config/document"
	"traybell/hub/helpdesk"
	"traybell/hub/helpdesk/builtin"
	"traybell/hub/helpdesk/desks"
	"traybell/hub/helpdesk/redmine"
	"traybell/hub/helpdesk/rt"
	"traybell/hub/helpdesk/znuny"
)

// Hub is what the hub provides to adapters. List may be nil for Check.
type Hub struct {
	List      builtin.List
	PublicURL string // of the hub's pages
	Region    string // of phone numbers
	Log       *slog.Logger
}

// kinds has the adapter of each value of help_desk.type.
var kinds = map[string]func(c *config.HelpDesk, hub Hub) (helpdesk.Adapter, error){
	config.Builtin:     newBuiltin,
	config.Znuny:       newZnuny,
	config.OTRS:        newZnuny,
	config.OTOBO:       newZnuny,
	config.RT:          newRT,
	config.Redmine:     newRedmine,
	config.Zammad:      newZammad,
	config.GLPI:        newGLPI,
	config.FreeScout:   newFreeScout,
	config.OSTicket:    newOSTicket,
	config.WebhookDesk: newWebhook,
}

// Check returns the problems of the help desks of hub.yml. Nothing connects.
func Check(cfg *config.Config) (problems document.Problems) {
	hub := Hub{Region: cfg.Region, Log: slog.New(slog.DiscardHandler)}
	for _, c := range cfg.Desks() {
		if _, err := New(c, hub); err != nil {
			problems = append(problems, problem(cfg, c, err))
		}
	}
	return append(problems, shared(cfg)...)
}

// problem is an error of New at its key.
func problem(cfg *config.Config, c config.ConfiguredDesk, err error) document.Problem {
	key, text := c.Key, err.Error()
	if option := (*helpdesk.OptionError)(nil); errors.As(err, &option) {
		key, text = key+"."+option.Key, option.Err.Error()
		if option.Unknown != "" {
			text += document.DidYouMean(option.Unknown, option.Known)
		}
	}
	return cfg.Problem(key, text)
}

// shared returns the problems of help desks with the same address: only their names tell whose a
// ticket is.
func shared(cfg *config.Config) (problems document.Problems) {
	first := map[string]config.ConfiguredDesk{}
	for _, c := range cfg.Desks() {
		for _, address := range append([]string{c.Address()}, c.FormerURLs...) {
			if address = desks.Same(address); address == "" {
				continue
			}
			before, has := first[address]
			if !has {
				first[address] = c
			} else if before.Key != c.Key && before.Name == "" {
				return append(problems, cfg.Problem(before.Key+".name", fmt.Sprintf("%s has or had the address %s "+
					"too: give this help desk a name, by which the hub knows whose a ticket is; keep it when you move "+
					"this section", c.Key, address)))
			}
		}
	}
	return nil
}

// New returns a help desk of hub.yml; it does not connect. An error in one of its keys is a
// *helpdesk.OptionError.
func New(c config.ConfiguredDesk, hub Hub) (helpdesk.Adapter, error) {
	adapter, err := adapter(c.HelpDesk, hub)
	if err != nil {
		return nil, err
	}
	return helpdesk.In(adapter, c.Key), nil
}

// Set returns all help desks of hub.yml, and the built-in list for the tickets that it has. An error
// is a problem of hub.yml.
func Set(cfg *config.Config, hub Hub) (*desks.Set, error) {
	var list []desks.Desk
	listed := false
	for _, c := range cfg.Desks() {
		h, err := New(c, hub)
		if err != nil {
			return nil, problem(cfg, c, err)
		}
		d := desks.Desk{
			HelpDesk: h, Name: c.Name, Address: c.Address(), Former: slices.Clone(c.FormerURLs), TalkTime: c.TalkTime,
			Elsewhere: c.Type == config.WebhookDesk,
		}
		if c.Type == config.Builtin {
			listed, d = true, hub.listed(d)
		}
		list = append(list, d)
	}
	if !listed {
		list = append(list, hub.listed(desks.Desk{HelpDesk: helpdesk.Bounded(hub.builtin())}))
	}
	directories := map[string]string{}
	for _, d := range cfg.Directories {
		if d.HelpDesk != "" || d.Type == config.FromHelpDesk {
			directories[d.Name] = d.HelpDesk
		}
	}
	return desks.New(directories, list...), nil
}

// listed is the built-in list among other help desks.
func (h Hub) listed(d desks.Desk) desks.Desk {
	d.Address, d.Elsewhere = desks.BuiltIn, true
	d.Former = []string{strings.TrimRight(h.PublicURL, "/") + "/tickets"}
	return d
}

func adapter(c *config.HelpDesk, hub Hub) (helpdesk.Adapter, error) {
	kind, ok := kinds[c.Type]
	if !ok {
		return nil, fmt.Errorf("unknown help desk %q", c.Type)
	}
	hub.Log = hub.Log.With("part", "help desk")
	if c.Name != "" {
		hub.Log = hub.Log.With("help_desk", c.Name)
	}
	return kind(c, hub)
}

// Customers returns a help desk of hub.yml as a list of customers; it does not connect.
func Customers(c *config.HelpDesk, hub Hub) (helpdesk.Customers, error) {
	adapter, err := adapter(c, hub)
	if err != nil {
		return nil, err
	}
	list, ok := adapter.(helpdesk.Customers)
	if !ok {
		return nil, fmt.Errorf(
			"the %s help desk cannot list its customers; use a directory of another type, such as sql",
			c.Type,
		)
	}
	return list, nil
}

func newBuiltin(_ *config.HelpDesk, hub Hub) (helpdesk.Adapter, error) { return hub.builtin(), nil }

func (h Hub) builtin() *builtin.HelpDesk {
	return builtin.New(builtin.Options{List: h.List, PublicURL: h.PublicURL, Log: h.Log})
}

func newZnuny(c *config.HelpDesk, hub Hub) (helpdesk.Adapter, error) {
	s, z := c.Server, c.Znuny
	return znuny.New(znuny.Options{
		URL: s.URL, WebService: z.Webservice, Username: s.Username, Password: s.Password.Reveal(), Version: z.Version,
		UnknownCustomer: s.UnknownCustomer, CallField: z.DynamicFields.Call, CallerField: z.DynamicFields.Number,
		Routes: znuny.Routes(z.Routes), Timeout: s.Timeout, Log: hub.Log,
	})
}

func newRT(c *config.HelpDesk, hub Hub) (helpdesk.Adapter, error) {
	s := c.Server
	return rt.New(rt.Options{
		URL: s.URL, Token: s.Token.Reveal(), UnknownCustomer: s.UnknownCustomer, CallField: s.CustomFields.Call,
		CallerField: s.CustomFields.Number, AsAgent: s.AsAgent, Timeout: s.Timeout, Log: hub.Log,
	})
}

func newRedmine(c *config.HelpDesk, hub Hub) (helpdesk.Adapter, error) {
	s, r := c.Server, c.Redmine
	return redmine.New(redmine.Options{
		URL: s.URL, Key: s.Token.Reveal(), CallField: s.CustomFields.Call, CallerField: s.CustomFields.Number,
		CustomerField: r.CustomerField, PhoneFields: r.PhoneFields, Activity: r.Activity, AsAgent: s.AsAgent,
		Timeout: s.Timeout, Log: hub.Log,
	})
}
