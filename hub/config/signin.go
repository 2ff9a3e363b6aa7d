package config

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"traybell/hub/config/check"
	"traybell/hub/config/document"
	"traybell/shared/protocol"

	"github.com/invopop/jsonschema"
)

// SignIn is who may sign in besides the agents and admins of hub.yml.
type SignIn struct {
	LDAP LDAPSignIn `yaml:"ldap" jsonschema_description:"Agents and administrators from Active Directory or another LDAP server, with their passwords there."`
	OIDC OIDCSignIn `yaml:"oidc" jsonschema_description:"The pages by an OpenID Connect provider, such as Keycloak, Entra ID or Google."`
}

// OIDCSignIn opens the pages to people of an OpenID Connect provider. It is off without an issuer.
type OIDCSignIn struct {
	Issuer           string          `yaml:"issuer" jsonschema_description:"The provider's issuer URL: what precedes /.well-known/openid-configuration. Default: off."`
	ClientID         string          `yaml:"client_id" jsonschema_description:"The client registered for the hub, with the redirect URI public_url/sign-in/oidc/callback."`
	ClientSecret     document.Secret `yaml:"client_secret" jsonschema_description:"Its secret."`
	ClientSecretFile string          `yaml:"client_secret_file" jsonschema_description:"File that contains it, instead of client_secret."`
	CA               string          `yaml:"ca" jsonschema_description:"PEM file of the provider's CA. Default: the system's CAs."`
	Scopes           []string        `yaml:"scopes" jsonschema_description:"Scopes to ask for. Default: openid, profile, email."`
	Login            string          `yaml:"login" jsonschema_description:"Claim with the login, which the audit records."`
	Claim            string          `yaml:"claim" jsonschema_description:"Claim with the values of roles, a list or one text."`
	Roles            []OIDCRole      `yaml:"roles" jsonschema_description:"Who may do what. People without a role are refused."`
}

// OIDCRole gives roles to people with a value in the claim.
type OIDCRole struct {
	Value string   `yaml:"value" jsonschema_description:"A value of the claim, such as a group."`
	Roles []string `yaml:"roles" jsonschema_description:"As for admins."`
}

// JSONSchemaExtend adds the roles to the schema.
func (OIDCRole) JSONSchemaExtend(s *jsonschema.Schema) { enumerate(s, "roles", Roles()) }

// LDAPSignIn reads people from a directory server. It is off without a URL.
type LDAPSignIn struct {
	URL          string          `yaml:"url" jsonschema_description:"ldaps://host, or ldap://host with start_tls. Default: off."`
	StartTLS     bool            `yaml:"start_tls" jsonschema_description:"Use StartTLS on ldap://."`
	CA           string          `yaml:"ca" jsonschema_description:"PEM file of the server's CA. Default: the system's CAs."`
	BindDN       string          `yaml:"bind_dn" jsonschema_description:"User for reading people and groups. Default: anonymous."`
	Password     document.Secret `yaml:"password" jsonschema_description:"That user's password."`
	PasswordFile string          `yaml:"password_file" jsonschema_description:"File that contains it, instead of password."`
	BaseDN       string          `yaml:"base_dn" jsonschema_description:"Base of the search for people."`
	Scope        string          `yaml:"scope" jsonschema:"enum=sub,enum=one,enum=base" jsonschema_description:"sub: all below base_dn. one: directly below. base: only itself."`
	Filter       string          `yaml:"filter" jsonschema_description:"Filter for people. Default: (objectClass=person). Disabled accounts are left out."`
	Login        string          `yaml:"login" jsonschema_description:"Attributes of the login; the first that exists."`
	Name         string          `yaml:"name" jsonschema_description:"Attributes of the display name; the first that exists."`
	Extension    string          `yaml:"extension" jsonschema_description:"Attributes of the extensions; all of them. People without an extension are no agents; with a role they may open the pages."`
	Groups       []SignInGroup   `yaml:"groups" jsonschema_description:"Who may sign in, and what for. People in several groups get what each grants."`
	Refresh      time.Duration   `yaml:"refresh" jsonschema_description:"How often to read people and groups."`
	Keep         time.Duration   `yaml:"keep" jsonschema_description:"How long after the last sign-in a password counts while the server does not respond; the hub keeps its argon2id hash. 0s: not at all."`
}

// SignInGroup is a group of the directory server.
type SignInGroup struct {
	Group  string   `yaml:"group" jsonschema_description:"The group's DN. Members of groups in it count. * stands for all people that the filter finds."`
	Teams  []string `yaml:"teams" jsonschema_description:"As for agents."`
	Rights []string `yaml:"rights" jsonschema_description:"As for agents."`
	Roles  []string `yaml:"roles" jsonschema_description:"As for agents and admins."`
}

// JSONSchemaExtend adds the rights and roles to the schema.
func (SignInGroup) JSONSchemaExtend(s *jsonschema.Schema) {
	enumerate(s, "rights", protocol.Rights())
	enumerate(s, "roles", Roles())
}

func (k checker) oidc() {
	const at = "sign_in.oidc"
	o := &k.c.SignIn.OIDC
	if o.Issuer == "" && k.Line(at) == 0 {
		return
	}
	if k.Given(at+".issuer", o.Issuer) {
		k.Page(at+".issuer", o.Issuer)
		if u, err := url.Parse(o.Issuer); err == nil && u.Scheme == "http" && !check.Loopback(u.Hostname()) {
			k.Complain(at+".issuer", "anyone on the way could sign in; use https://")
		}
	}
	if k.c.PublicURL == "" {
		k.Complain(at+".issuer", "the provider needs the hub's URL; set `public_url`, and register "+
			"public_url/sign-in/oidc/callback as redirect URI")
	}
	k.Given(at+".client_id", o.ClientID)
	k.Secret(at+".client_secret", o.ClientSecret)
	if o.CA = k.Absolute(o.CA); o.CA != "" {
		k.File(at+".ca", o.CA)
	}
	if len(o.Scopes) == 0 {
		o.Scopes = []string{"openid", "profile", "email"}
	}
	if !slices.Contains(o.Scopes, "openid") {
		k.Complain(at+".scopes", "the scope openid is missing; add it")
	}
	k.Given(at+".login", o.Login)
	k.Given(at+".claim", o.Claim)
	if len(o.Roles) == 0 {
		k.Complain(at+".roles", "`roles` is missing; say which values of the claim give which roles")
	}
	seen := map[string]int{}
	for i, r := range o.Roles {
		each := fmt.Sprintf("%s.roles[%d]", at, i)
		k.Given(each+".value", r.Value)
		k.Once(each+".value", r.Value, i, seen, at+".roles")
		if len(r.Roles) == 0 {
			k.Complain(each+".roles", "`roles` is missing; use one or more of %s", strings.Join(Roles(), ", "))
		}
		k.roles(each+".roles", r.Roles)
	}
}

func (k checker) signIn() {
	k.oidc()
	const at = "sign_in.ldap"
	l := &k.c.SignIn.LDAP
	if l.URL == "" && k.Line(at) == 0 {
		return
	}
	k.ldapServer(at, l.URL, l.BaseDN, l.Scope, l.BindDN, l.Password)
	if u, err := url.Parse(l.URL); err == nil && !encrypted(l.URL, l.StartTLS) && !check.Loopback(u.Hostname()) {
		k.Complain(at+".url", "passwords would be sent in clear text; use ldaps:// or `start_tls: true`")
	}
	if l.CA = k.Absolute(l.CA); l.CA != "" {
		k.File(at+".ca", l.CA)
	}
	k.Given(at+".login", l.Login)
	check.Between(k, at+".refresh", l.Refresh, 10*time.Second, day)
	check.Between(k, at+".keep", l.Keep, 0, 90*day)
	if len(l.Groups) == 0 {
		k.Complain(at+".groups", "`groups` is missing; name the groups whose members may sign in, or \"*\" for all")
	}
	for i, g := range l.Groups {
		each := fmt.Sprintf("%s.groups[%d]", at, i)
		k.Given(each+".group", g.Group)
		for j, team := range g.Teams {
			k.Given(fmt.Sprintf("%s.teams[%d]", each, j), team)
		}
		for j, right := range g.Rights {
			k.OneOf(fmt.Sprintf("%s.rights[%d]", each, j), right, protocol.Rights()...)
		}
		k.roles(each+".roles", g.Roles)
	}
}
