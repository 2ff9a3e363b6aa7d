package config

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/url"
	"strings"
	"time"

	"traybell/hub/config/check"
	"traybell/hub/config/document"

	"github.com/invopop/jsonschema"
)

// The roles of administrators, agents and tokens.
const (
	RoleView       = "view"
	RoleSupervise  = "supervise"
	RoleNotes      = "notes"
	RoleRecordings = "recordings"
	RoleAdmin      = "admin"
)

// Roles returns all roles.
func Roles() []string { return []string{RoleView, RoleSupervise, RoleNotes, RoleRecordings, RoleAdmin} }

// API is the REST interface.
type API struct {
	Tokens []Token `yaml:"tokens" jsonschema_description:"Tokens of programs."`
}

// Token admits a program to the API.
type Token struct {
	Name     string          `yaml:"name" jsonschema_description:"Unique; recorded with every change that the program makes."`
	Hash     document.Secret `yaml:"hash" jsonschema_description:"SHA-256 of the token, in hexadecimal, from: traybell-hub token"`
	HashFile string          `yaml:"hash_file" run:"traybell-hub token" jsonschema_description:"File that contains the hash, instead of hash."`
	Scopes   []string        `yaml:"scopes" jsonschema_description:"What the program may do: the roles of admins."`
	Expires  time.Time       `yaml:"expires" jsonschema_description:"When the token stops to work: a date such as 2027-01-31, from its first minute, or a time such as 2027-01-31T18:00:00+03:00. Default: never."`
}

// JSONSchemaExtend adds the scopes to the schema.
func (Token) JSONSchemaExtend(s *jsonschema.Schema) { enumerate(s, "scopes", Roles()) }

// Webhook is a URL that gets events.
type Webhook struct {
	Name               string          `yaml:"name" jsonschema_description:"Unique, for the log, the metrics and traybell-hub webhook. Default: the host of the URL."`
	URL                string          `yaml:"url" jsonschema_description:"Where to POST the events; https://, or http:// on this computer."`
	Secret             document.Secret `yaml:"secret" jsonschema_description:"The key of the signatures, as in Standard Webhooks: whsec_ and the base64 of 24 to 64 random bytes."`
	SecretFile         string          `yaml:"secret_file" jsonschema_description:"File that contains it, instead of secret."`
	PreviousSecret     document.Secret `yaml:"previous_secret" jsonschema_description:"A second key that signs as well, while receivers change from one to the other."`
	PreviousSecretFile string          `yaml:"previous_secret_file" jsonschema_description:"File that contains it, instead of previous_secret."`
	Events             []string        `yaml:"events" jsonschema_description:"Default: all events."`
	Teams              []string        `yaml:"teams" jsonschema_description:"Only events of calls and agents of these teams. Default: all."`
	CA                 string          `yaml:"ca" jsonschema_description:"PEM file of the server's certificate or its CA. Default: the system's CAs."`
	Insecure           bool            `yaml:"insecure" jsonschema_description:"true: allow http:// to another computer. Numbers and names are readable on the way."`
}

// JSONSchemaExtend adds the events to the schema.
func (Webhook) JSONSchemaExtend(s *jsonschema.Schema) { enumerate(s, "events", Events()) }

// Events returns the events of webhooks.
func Events() []string {
	return []string{"call.started", "call.answered", "call.ended", "call.missed", "ticket.created", "agent.state"}
}

func (k scalars) roles(key string, roles []string) {
	for i, role := range roles {
		k.OneOf(fmt.Sprintf("%s[%d]", key, i), role, Roles()...)
	}
}

func (k checker) api() {
	seen := map[string]int{}
	for i, t := range k.c.API.Tokens {
		at := fmt.Sprintf("api.tokens[%d]", i)
		k.Given(at+".name", t.Name)
		k.Once(at+".name", t.Name, i, seen, "api.tokens")
		if sum, err := hex.DecodeString(t.Hash.Reveal()); err != nil || len(sum) != 32 {
			k.Complain(at+".hash", "not the hash of a token, which has 64 hexadecimal digits; run: traybell-hub token")
		}
		if len(t.Scopes) == 0 {
			k.Complain(at+".scopes", "`scopes` is missing; use one or more of %s", strings.Join(Roles(), ", "))
		}
		k.roles(at+".scopes", t.Scopes)
		if !t.Expires.IsZero() && time.Now().After(t.Expires) {
			k.Warn(at+".expires", "the token has expired; remove it, or run: traybell-hub token")
		}
	}
}

func (k checker) webhooks() {
	seen := map[string]int{}
	for i := range k.c.Webhooks {
		w := &k.c.Webhooks[i]
		at := fmt.Sprintf("webhooks[%d]", i)
		if k.Given(at+".url", w.URL) {
			k.Page(at+".url", w.URL)
			if u, err := url.Parse(w.URL); err == nil && u.Scheme == "http" && !check.Loopback(u.Hostname()) &&
				!w.Insecure {
				k.Complain(at+".url", "events would be sent in clear text; use https://, or set `insecure: true`")
			}
		}
		unnamed := w.Name == ""
		if u, err := url.Parse(w.URL); unnamed && err == nil {
			w.Name = u.Hostname()
		}
		if _, twice := seen[w.Name]; twice && unnamed {
			k.Complain(at+".name", "`name` is missing; its default, the host %s, is the name of another webhook",
				document.Quote(w.Name))
		} else {
			k.Once(at+".name", w.Name, i, seen, "webhooks")
		}
		k.Secret(at+".secret", w.Secret)
		for key, secret := range map[string]document.Secret{"secret": w.Secret, "previous_secret": w.PreviousSecret} {
			if !secret.Empty() && !webhookSecret(secret.Reveal()) {
				k.Complain(at+"."+key, "not a secret of Standard Webhooks; use whsec_ and the base64 of 24 to 64 "+
					"random bytes: echo whsec_$(openssl rand -base64 32)")
			}
		}
		for j, event := range w.Events {
			k.OneOf(fmt.Sprintf("%s.events[%d]", at, j), event, Events()...)
		}
		k.KnownTeams(at+".teams", w.Teams, k.c.teams())
		if w.CA = k.Absolute(w.CA); w.CA != "" {
			k.File(at+".ca", w.CA)
		}
	}
}

func webhookSecret(text string) bool {
	encoded, ok := strings.CutPrefix(text, "whsec_")
	key, err := base64.StdEncoding.DecodeString(encoded)
	return ok && err == nil && len(key) >= 24 && len(key) <= 64
}
