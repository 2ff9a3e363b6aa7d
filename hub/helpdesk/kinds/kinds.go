// Package kinds lists the help desks that the hub supports. A new one is a package next to this
// one, an entry here and one in hub/config/helpdesk.go.
package kinds

import (
	"context"
	"fmt"
	"log/slog"

	"traybell/hub/config"
	"traybell/hub/helpdesk"
	"traybell/hub/helpdesk/builtin"
	"traybell/hub/helpdesk/znuny"
)

// Adapter is a help desk that can be checked.
type Adapter interface {
	helpdesk.HelpDesk
	// Check connects, without changing anything. found is what works, also if there is an error;
	// the error joins all problems.
	Check(ctx context.Context) (found []string, err error)
}

// Hub is what the hub provides to adapters. List may be nil for Check.
type Hub struct {
	List      builtin.List
	PublicURL string // of the hub's pages
	Log       *slog.Logger
}

// kinds has the adapter of each value of help_desk.type.
var kinds = map[string]func(c *config.HelpDesk, hub Hub) (Adapter, error){
	config.Builtin: newBuiltin,
	config.Znuny:   newZnuny,
	config.OTRS:    newZnuny,
	config.OTOBO:   newZnuny,
}

// New returns the configured help desk; it does not connect.
func New(c *config.HelpDesk, hub Hub) (Adapter, error) {
	kind, ok := kinds[c.Type]
	if !ok {
		return nil, fmt.Errorf("unknown help desk %q", c.Type)
	}
	hub.Log = hub.Log.With("part", "help desk")
	return kind(c, hub)
}

func newBuiltin(_ *config.HelpDesk, hub Hub) (Adapter, error) {
	return builtin.New(builtin.Options{List: hub.List, PublicURL: hub.PublicURL, Log: hub.Log}), nil
}

func newZnuny(c *config.HelpDesk, hub Hub) (Adapter, error) {
	z := c.Znuny
	return znuny.New(znuny.Options{
		URL: z.URL, WebService: z.Webservice, Username: z.Username, Password: z.Password.Reveal(), Version: z.Version,
		UnknownCustomer: z.UnknownCustomer, CallField: z.DynamicFields.Call, CallerField: z.DynamicFields.Number,
		Routes: znuny.Routes(z.Routes), Timeout: z.Timeout, Log: hub.Log,
	})
}
