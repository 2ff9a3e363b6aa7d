package kinds

import (
	"strings"

	"traybell/hub/config"
	"traybell/hub/helpdesk"
	"traybell/hub/helpdesk/freescout"
	"traybell/hub/helpdesk/glpi"
	"traybell/hub/helpdesk/osticket"
	"traybell/hub/helpdesk/zammad"
)

// newZammad: names of attributes are lower-case there.
func newZammad(c *config.HelpDesk, hub Hub) (helpdesk.Adapter, error) {
	s := c.Server
	return zammad.New(zammad.Options{
		URL: s.URL, Token: s.Token.Reveal(), UnknownCustomer: s.UnknownCustomer,
		CallField: strings.ToLower(s.CustomFields.Call), CallerField: strings.ToLower(s.CustomFields.Number),
		AsAgent: s.AsAgent, Timeout: s.Timeout, Log: hub.Log,
	})
}

func newGLPI(c *config.HelpDesk, hub Hub) (helpdesk.Adapter, error) {
	s, g := c.Server, c.GLPI
	if g.ClientID != "" {
		return glpi.NewV2(glpi.V2Options{
			URL: s.URL, ClientID: g.ClientID, ClientSecret: g.ClientSecret.Reveal(), Username: s.Username,
			Password: s.Password.Reveal(), UnknownCustomer: s.UnknownCustomer, AsAgent: s.AsAgent, Timeout: s.Timeout,
			Log: hub.Log,
		})
	}
	return glpi.New(glpi.Options{
		URL: s.URL, Token: s.Token.Reveal(), AppToken: g.AppToken.Reveal(), UnknownCustomer: s.UnknownCustomer,
		AsAgent: s.AsAgent, Timeout: s.Timeout, Log: hub.Log,
	})
}

func newFreeScout(c *config.HelpDesk, hub Hub) (helpdesk.Adapter, error) {
	s := c.Server
	return freescout.New(freescout.Options{
		URL: s.URL, Token: s.Token.Reveal(), Username: s.Username, UnknownCustomer: s.UnknownCustomer,
		AsAgent: s.AsAgent, Timeout: s.Timeout, Log: hub.Log,
	})
}

func newOSTicket(c *config.HelpDesk, hub Hub) (helpdesk.Adapter, error) {
	s := c.Server
	return osticket.New(osticket.Options{
		URL: s.URL, Token: s.Token.Reveal(), UnknownCustomer: s.UnknownCustomer,
		CallField: strings.ToLower(s.CustomFields.Call), CallerField: strings.ToLower(s.CustomFields.Number),
		Timeout: s.Timeout, Log: hub.Log,
	})
}
