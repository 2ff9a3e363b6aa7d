package config

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"traybell/hub/config/check"
	"traybell/hub/config/document"

	"github.com/invopop/jsonschema"
)

// HelpDesk configures the help desk. Its keys form one section of hub.yml; those of one kind are in
// a separate struct. The structs of the other kinds keep their defaults.
type HelpDesk struct {
	Type       string          `yaml:"type" jsonschema_description:"builtin: the hub's own ticket list. webhook: any other with HTTP."`
	Name       string          `yaml:"name" jsonschema_description:"Unique; ticket templates and directories name it. In help_desk it is optional."`
	FormerURLs []string        `yaml:"former_urls" jsonschema_description:"Earlier values of url, if only the address has changed: the hub knows by them where its tickets are."`
	Server     HelpDeskServer  `yaml:",inline"`
	Znuny      ZnunyHelpDesk   `yaml:",inline" types:"znuny, otrs, otobo"`
	RT         RTHelpDesk      `yaml:",inline" types:"rt"`
	Redmine    RedmineHelpDesk `yaml:",inline" types:"redmine"`
	Zammad     ZammadHelpDesk  `yaml:",inline" types:"zammad"`
	GLPI       GLPIHelpDesk    `yaml:",inline" types:"glpi"`
	FreeScout  FreeScoutDesk   `yaml:",inline" types:"freescout"`
	OSTicket   OSTicketDesk    `yaml:",inline" types:"osticket"`
	Webhook    WebhookHelpDesk `yaml:",inline" types:"webhook"`
	TalkTime   bool            `yaml:"talk_time" jsonschema_description:"true: at its end a call's talk time goes into its ticket."`
}

// HelpDeskServer has the keys that several kinds share; helpDeskKind.uses says which.
type HelpDeskServer struct {
	URL          string          `yaml:"url" jsonschema_description:"The help desk's address: for znuny, otrs and otobo without index.pl. The paths of requests are added to it."`
	Username     string          `yaml:"username" jsonschema_description:"znuny, otrs, otobo: the hub's agent account in the help desk. glpi: the hub's user, with client_id. freescout: the e-mail of the hub's user, who writes the notes of unknown agents. webhook: for basic authentication; empty: none."`
	Password     document.Secret `yaml:"password" jsonschema_description:"The password of username."`
	PasswordFile string          `yaml:"password_file" jsonschema_description:"File that contains it, instead of password."`
	Token        document.Secret `yaml:"token" jsonschema_description:"rt, zammad: the token of the hub's user. redmine: its API access key. glpi: the API token of the hub's user. freescout: the API key. osticket: an API key for the hub's address. webhook: {{.Token}} in the templates."`
	TokenFile    string          `yaml:"token_file" jsonschema_description:"File that contains it, instead of token."`
	Timeout      time.Duration   `yaml:"timeout" jsonschema_description:"How long one answer may take."`

	UnknownCustomer string        `yaml:"unknown_customer" jsonschema_description:"Customer login for unknown callers; zammad: login or e-mail; freescout, osticket: an e-mail address, for callers without one. Without it znuny, otrs, otobo, zammad and freescout refuse their tickets, and those of rt and glpi have no requester."`
	CustomFields    DynamicFields `yaml:"custom_fields" jsonschema_description:"rt, redmine, zammad, osticket: text fields of a ticket that hold facts of the call. For zammad and osticket their names are lower-case there."`
	AsAgent         bool          `yaml:"as_agent" jsonschema_description:"true: rt: the agent who presses owns the ticket, unless the template names an owner; glpi, freescout: tickets are assigned so. redmine, zammad: the agent is the author of tickets and notes, which needs an administrator's token (zammad: the permission admin.user)."`
}

// The values of help_desk.type.
const (
	Builtin     = "builtin"
	Znuny       = "znuny"
	OTRS        = "otrs"
	OTOBO       = "otobo"
	RT          = "rt"
	Redmine     = "redmine"
	Zammad      = "zammad"
	GLPI        = "glpi"
	FreeScout   = "freescout"
	OSTicket    = "osticket"
	WebhookDesk = "webhook"
)

// helpDeskKind is a kind of help desk.
type helpDeskKind struct {
	types      []string
	uses       []string                           // keys of HelpDeskServer, besides url and timeout
	instead    []string                           // keys of HelpDeskServer that replace token
	settings   func(h *HelpDesk) helpDeskSettings // nil: it is built in
	needsQueue bool                               // it refuses tickets without a queue
}

// helpDeskSettings are the keys of one kind. No two kinds have the same key.
type helpDeskSettings interface {
	check(k deskChecker) // reports problems
}

// helpDeskKinds has an entry for each kind. Package kinds has the adapters.
var helpDeskKinds = []helpDeskKind{
	{types: []string{Builtin}},
	{
		types: []string{Znuny, OTRS, OTOBO}, needsQueue: true,
		uses:     []string{"username", "password", "unknown_customer"},
		settings: func(h *HelpDesk) helpDeskSettings { return &h.Znuny },
	},
	{
		types: []string{Zammad}, needsQueue: true,
		uses:     []string{"token", "unknown_customer", "custom_fields", "as_agent"},
		settings: func(h *HelpDesk) helpDeskSettings { return &h.Zammad },
	},
	{
		types: []string{GLPI}, uses: []string{"token", "unknown_customer", "as_agent"},
		instead:  []string{"username", "password"},
		settings: func(h *HelpDesk) helpDeskSettings { return &h.GLPI },
	},
	{
		types: []string{FreeScout}, needsQueue: true,
		uses:     []string{"username", "token", "unknown_customer", "as_agent"},
		settings: func(h *HelpDesk) helpDeskSettings { return &h.FreeScout },
	},
	{
		types: []string{OSTicket}, uses: []string{"token", "unknown_customer", "custom_fields"},
		settings: func(h *HelpDesk) helpDeskSettings { return &h.OSTicket },
	},
	{
		types: []string{RT}, needsQueue: true, uses: []string{"token", "unknown_customer", "custom_fields", "as_agent"},
		settings: func(h *HelpDesk) helpDeskSettings { return &h.RT },
	},
	{
		types: []string{Redmine}, needsQueue: true, uses: []string{"token", "custom_fields", "as_agent"},
		settings: func(h *HelpDesk) helpDeskSettings { return &h.Redmine },
	},
	{
		types: []string{WebhookDesk}, uses: []string{"username", "password", "token"},
		settings: func(h *HelpDesk) helpDeskSettings { return &h.Webhook },
	},
}

// SetDefaults implements document.Defaulter.
func (h *HelpDesk) SetDefaults() { *h = defaultHelpDesk() }

func defaultHelpDesk() HelpDesk {
	fields := DynamicFields{Call: "CallUniqueID", Number: "CallerNumber"}
	return HelpDesk{
		Type: Builtin, Server: HelpDeskServer{Timeout: 15 * time.Second, CustomFields: fields},
		Znuny: ZnunyHelpDesk{
			Webservice: "Traybell",
			Version:    6,
			Routes: Routes{
				Session: "/Session", Create: "/Ticket", Search: "/TicketSearch",
				Get: "/Ticket/:TicketID", Update: "/Ticket/:TicketID",
			},
			DynamicFields: fields,
		},
	}
}

// HelpDeskTypes returns the values of help_desk.type.
func HelpDeskTypes() []string {
	var types []string
	for _, k := range helpDeskKinds {
		types = append(types, k.types...)
	}
	return types
}

// HelpDeskNeeds returns what a kind of help desk needs to sign the hub in, of username, password and
// token; and whether it refuses tickets without a queue. ok is false for the built-in one and for
// unknown kinds, and for webhook, which needs requests.
func HelpDeskNeeds(kind string) (keys []string, queue, ok bool) {
	k := (&HelpDesk{Type: kind}).kind()
	for _, key := range []string{"username", "password", "token"} {
		if slices.Contains(k.uses, key) {
			keys = append(keys, key)
		}
	}
	return keys, k.needsQueue, k.settings != nil && kind != WebhookDesk
}

// Address is the URL of the help desk; empty for the built-in one.
func (h *HelpDesk) Address() string {
	if h.kind().settings == nil {
		return ""
	}
	return h.Server.URL
}

// kind returns the kind of h.Type; the zero value if the type is unknown.
func (h *HelpDesk) kind() helpDeskKind {
	for _, k := range helpDeskKinds {
		if slices.Contains(k.types, h.Type) {
			return k
		}
	}
	return helpDeskKind{}
}

// Selector implements document.Chooser.
func (*HelpDesk) Selector() string { return "type" }

// Later implements document.Chooser.
func (*HelpDesk) Later(kind string) string {
	return later("type", kind, useType(HelpDeskTypes()), "servicedesk")
}

// Settings implements document.Chooser.
func (h *HelpDesk) Settings(kind string) any {
	for _, k := range helpDeskKinds {
		if k.settings != nil && slices.Contains(k.types, kind) {
			return k.settings(h)
		}
	}
	return nil
}

// JSONSchemaExtend adds the types to the schema.
func (HelpDesk) JSONSchemaExtend(s *jsonschema.Schema) {
	property, _ := s.Properties.Get("type")
	for _, t := range HelpDeskTypes() {
		property.Enum = append(property.Enum, t)
	}
}

// deskChecker checks the section of a help desk, at its key.
type deskChecker struct {
	scalars
	*HelpDesk
	at string
}

func (k checker) helpDesks() {
	names := map[string]int{}
	for i, h := range k.c.HelpDesks {
		k.named(fmt.Sprintf("help_desks[%d].name", i), h.Name, i, names)
	}
	if name := k.c.HelpDesk.Name; name != "" {
		k.named("help_desk.name", name, len(k.c.HelpDesks), names)
	}
	for _, d := range k.c.Desks() {
		deskChecker{k.scalars, d.HelpDesk, d.Key}.all()
	}
	for _, name := range slices.Sorted(maps.Keys(k.c.TicketTemplates)) {
		k.desk("ticket_templates."+name+".help_desk", k.c.TicketTemplates[name].HelpDesk)
	}
	for i, d := range k.c.Directories {
		k.desk(fmt.Sprintf("directories[%d].help_desk", i), d.HelpDesk)
	}
}

// named checks the name of a help desk.
func (k scalars) named(key, name string, i int, names map[string]int) {
	if k.Given(key, name) &&
		strings.ContainsFunc(name, func(r rune) bool { return !plain(r) && r != '-' && r != '_' }) {
		k.Complain(key, "%s is not a name; use letters, digits, - and _", document.Quote(name))
	}
	k.Once(key, name, i, names, "help_desks")
}

// desk checks the name of a help desk that something else names.
func (k checker) desk(key, name string) {
	if name == "" {
		return
	}
	if _, ok := k.c.Desk(name); ok {
		return
	}
	var names []string
	for _, d := range k.c.Desks() {
		if d.Name != "" {
			names = append(names, d.Name)
		}
	}
	k.Complain(key, "there is no help desk %s%s", document.Quote(name), document.DidYouMean(name, names))
}

// ConfiguredDesk is a help desk of hub.yml, and its key there.
type ConfiguredDesk struct {
	*HelpDesk
	Key string // help_desk, help_desks[0] …
}

// Desks returns all help desks; help_desk is the first.
func (c *Config) Desks() []ConfiguredDesk {
	list := []ConfiguredDesk{{&c.HelpDesk, "help_desk"}}
	for i := range c.HelpDesks {
		list = append(list, ConfiguredDesk{&c.HelpDesks[i], fmt.Sprintf("help_desks[%d]", i)})
	}
	return list
}

// Desk returns the help desk with a name; the empty name is help_desk.
func (c *Config) Desk(name string) (ConfiguredDesk, bool) {
	for i, d := range c.Desks() {
		if d.Name == name || i == 0 && name == "" {
			return d, true
		}
	}
	return ConfiguredDesk{}, false
}

func (k deskChecker) all() {
	h := k.HelpDesk
	k.OneOf(k.at+".type", h.Type, HelpDeskTypes()...)
	if !slices.Contains(HelpDeskTypes(), h.Type) {
		return
	}
	if own := h.kind().settings; own != nil {
		if k.Given(k.at+".url", h.Server.URL) {
			k.Page(k.at+".url", h.Server.URL)
		}
		for i, former := range h.FormerURLs {
			k.Page(fmt.Sprintf("%s.former_urls[%d]", k.at, i), former)
		}
		own(h).check(k)
		check.Between(k, k.at+".timeout", h.Server.Timeout, time.Second, time.Minute)
	}
	k.unusedKeys(&h.Server)
	for _, other := range helpDeskKinds {
		if other.settings != nil && !slices.Contains(other.types, h.Type) {
			k.unusedKeys(other.settings(h))
		}
	}
}

// unusedKeys reports keys of other kinds than that of the file. Keys with defaults are allowed, since
// hub.example.yml shows them.
func (k deskChecker) unusedKeys(settings any) {
	h := k.HelpDesk
	v := reflect.ValueOf(settings).Elem()
	for name, i := range document.Fields(v.Type()) {
		types := typesWith(name)
		if v.Field(i).IsZero() || name == "timeout" || strings.HasSuffix(name, "_file") ||
			slices.Contains(types, h.Type) || hasDefault(name) {
			continue
		}
		k.Complain(k.at+"."+name, "the %s help desk has no `%s`; remove it, or use %s", h.Type, name,
			useType(types))
	}
}

// hasDefault reports whether a key has a default.
func hasDefault(name string) bool {
	defaults := defaultHelpDesk()
	sections := []any{&defaults.Server}
	for _, kind := range helpDeskKinds {
		if kind.settings != nil {
			sections = append(sections, kind.settings(&defaults))
		}
	}
	for _, section := range sections {
		v := reflect.ValueOf(section).Elem()
		if i, has := document.Fields(v.Type())[name]; has && !v.Field(i).IsZero() {
			return true
		}
	}
	return false
}

// typesWith returns the types that have a key.
func typesWith(key string) []string {
	var types []string
	for _, k := range helpDeskKinds {
		if k.settings == nil {
			continue
		}
		_, has := document.Fields(reflect.TypeOf(k.settings(&HelpDesk{})).Elem())[key]
		if has || key == "url" || key == "timeout" || slices.Contains(k.uses, key) || slices.Contains(k.instead, key) {
			types = append(types, k.types...)
		}
	}
	return types
}

// useType lists types: "`type: znuny`, otrs or otobo".
func useType(types []string) string {
	first, last := "`type: "+types[0]+"`", types[len(types)-1]
	if len(types) == 1 {
		return first
	}
	return strings.Join(append([]string{first}, types[1:len(types)-1]...), ", ") + " or " + last
}

// ZnunyHelpDesk has the keys of Znuny, OTRS and OTOBO.
type ZnunyHelpDesk struct {
	Webservice    string        `yaml:"webservice" jsonschema_description:"Name of the imported web service."`
	Version       int           `yaml:"version" jsonschema:"enum=5,enum=6" jsonschema_description:"6 for OTRS 6, Znuny and OTOBO; 5 for OTRS 5, which needs ArticleType."`
	Routes        Routes        `yaml:"routes" jsonschema_description:"Paths of the web service if they differ from traybell's."`
	DynamicFields DynamicFields `yaml:"dynamic_fields" jsonschema_description:"Text fields of a ticket that hold facts of the call."`
}

// Routes are paths as in the web service's RouteOperationMapping.
type Routes struct {
	Session string `yaml:"session" jsonschema_description:"SessionCreate, POST."`
	Create  string `yaml:"create" jsonschema_description:"TicketCreate, POST."`
	Search  string `yaml:"search" jsonschema_description:"TicketSearch, POST: a GET would put the password into logs."`
	Get     string `yaml:"get" jsonschema_description:"TicketGet, GET; :TicketID stands for the ticket."`
	Update  string `yaml:"update" jsonschema_description:"TicketUpdate, PATCH; :TicketID stands for the ticket."`
}

// DynamicFields are names of ticket fields.
type DynamicFields struct {
	Call   string `yaml:"call" jsonschema_description:"Field for the call id, which finds the ticket again after a timeout."`
	Number string `yaml:"number" jsonschema_description:"Field for the caller's number; empty: none."`
}

func (z *ZnunyHelpDesk) check(k deskChecker) {
	server := k.Server
	if before, _, found := strings.Cut(server.URL, "/index.pl"); found {
		k.Complain(k.at+".url", "use the URL without index.pl: %s", document.Quote(before))
	}
	if k.Given(k.at+".webservice", z.Webservice) && strings.ContainsAny(z.Webservice, "/?# ") {
		k.Complain(k.at+".webservice",
			"%s is not the name of a web service; use its name in the help desk's list", document.Quote(z.Webservice))
	}
	k.Given(k.at+".username", server.Username)
	k.Secret(k.at+".password", server.Password)
	if z.Version != 5 && z.Version != 6 {
		k.Complain(k.at+".version", "unknown version %d; use 6 (OTRS 6, Znuny, OTOBO) or 5 (OTRS 5)", z.Version)
	}
	routes := reflect.ValueOf(z.Routes)
	for name, i := range document.Fields(routes.Type()) {
		key, route := k.at+".routes."+name, routes.Field(i).String()
		if !strings.HasPrefix(route, "/") {
			k.Complain(key, "%s is not a route; it begins with /, as in the web service", document.Quote(route))
		}
		if (name == "get" || name == "update") && !strings.Contains(route, ":TicketID") {
			k.Complain(key, "the route has no :TicketID for the ticket's id, as in /Ticket/:TicketID")
		}
	}
	if k.Given(k.at+".dynamic_fields.call", z.DynamicFields.Call) {
		k.field(k.at+".dynamic_fields.call", z.DynamicFields.Call)
	}
	k.field(k.at+".dynamic_fields.number", z.DynamicFields.Number)
}

// field checks the name of a dynamic field.
func (k scalars) field(key, name string) {
	if strings.ContainsFunc(name, func(r rune) bool { return !plain(r) }) {
		k.Complain(key, "%s is not the name of a dynamic field; use letters and digits", document.Quote(name))
	}
}

// plain reports whether a character is an ASCII letter or a digit.
func plain(r rune) bool { return r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' }
