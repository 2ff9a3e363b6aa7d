package config

import (
	"net/mail"
	"strings"

	"traybell/hub/config/document"
)

// ZammadHelpDesk has the keys of Zammad.
type ZammadHelpDesk struct {
	CallerLog ZammadCallerLog `yaml:"caller_log" jsonschema_description:"Calls for Zammad's caller log."`
}

// ZammadCallerLog is the generic CTI interface of Zammad.
type ZammadCallerLog struct {
	Token     document.Secret `yaml:"token" jsonschema_description:"zammad: the last part of the endpoint's address in Zammad's integration CTI (generic). Empty: no calls are sent."`
	TokenFile string          `yaml:"token_file" jsonschema_description:"File that contains it, instead of token."`
	Opens     bool            `yaml:"opens" jsonschema_description:"zammad: true: Zammad opens the customer, or a new ticket, in the browser of the agent who answers."`
}

// GLPIHelpDesk has the keys of GLPI.
type GLPIHelpDesk struct {
	AppToken     document.Secret `yaml:"app_token" jsonschema_description:"App-Token of the API client; empty: it has none."`
	AppTokenFile string          `yaml:"app_token_file" jsonschema_description:"File that contains it, instead of app_token."`

	ClientID         string          `yaml:"client_id" jsonschema_description:"OAuth client of GLPI 11: the hub uses the API v2 instead of apirest.php, with username and password."`
	ClientSecret     document.Secret `yaml:"client_secret" jsonschema_description:"Its secret."`
	ClientSecretFile string          `yaml:"client_secret_file" jsonschema_description:"File that contains it, instead of client_secret."`
}

// FreeScoutDesk has the keys of FreeScout alone: none.
type FreeScoutDesk struct{}

// OSTicketDesk has the keys of osTicket alone: none.
type OSTicketDesk struct{}

func (z *ZammadHelpDesk) check(k deskChecker) {
	k.needsToken()
	if z.CallerLog.Opens && z.CallerLog.Token.Empty() {
		k.Complain(k.at+".caller_log.opens", "`opens` needs `token`")
	}
}

func (g *GLPIHelpDesk) check(k deskChecker) {
	if g.ClientID == "" {
		k.needsToken()
		return
	}
	k.Secret(k.at+".client_secret", g.ClientSecret)
	k.Given(k.at+".username", k.Server.Username)
	k.Secret(k.at+".password", k.Server.Password)
	for name, secret := range map[string]document.Secret{"token": k.Server.Token, "app_token": g.AppToken} {
		if !secret.Empty() {
			k.Complain(k.at+"."+name, "`%s` is for apirest.php, `client_id` for the API v2; remove one of them", name)
		}
	}
	if strings.HasPrefix(strings.ToLower(k.Server.URL), "http://") && !k.Bad(k.at+".url") {
		k.Warn(k.at+".url", "the password is sent in clear text; use https://")
	}
}

func (*FreeScoutDesk) check(k deskChecker) {
	k.needsToken()
	k.Given(k.at+".username", k.Server.Username)
}

func (*OSTicketDesk) check(k deskChecker) {
	k.needsToken()
	address := k.Server.UnknownCustomer
	if !k.Given(k.at+".unknown_customer", address) {
		return
	}
	if a, err := mail.ParseAddress(address); err != nil || a.Address != address {
		k.Complain(k.at+".unknown_customer", "%s is not an e-mail address, which osTicket needs for callers "+
			"without one; use calls@example.com with your domain", document.Quote(address))
	}
}

// needsToken checks the keys of a help desk with a token.
func (k deskChecker) needsToken() {
	server := k.Server
	k.Secret(k.at+".token", server.Token)
	if strings.HasPrefix(strings.ToLower(server.URL), "http://") && !k.Bad(k.at+".url") {
		k.Warn(k.at+".url", "the token is sent in clear text; use https://")
	}
}
