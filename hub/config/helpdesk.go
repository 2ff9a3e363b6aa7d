package config

import (
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/invopop/jsonschema"
)

// HelpDesk configures the help desk. Its keys form one section of hub.yml; those of one kind are in
// a separate struct. The structs of the other kinds keep their defaults.
type HelpDesk struct {
	Type     string        `yaml:"type" jsonschema_description:"builtin: the hub's own ticket list. The others: a Generic Interface web service."`
	Znuny    ZnunyHelpDesk `yaml:",inline"`
	TalkTime bool          `yaml:"talk_time" jsonschema_description:"true: at its end a call's talk time goes into its ticket."`
}

// The values of help_desk.type.
const (
	Builtin = "builtin"
	Znuny   = "znuny"
	OTRS    = "otrs"
	OTOBO   = "otobo"
)

// helpDeskKind is a kind of help desk.
type helpDeskKind struct {
	types      []string
	settings   func(h *HelpDesk) helpDeskSettings // nil: it has no keys
	needsQueue bool                               // it refuses tickets without a queue
}

// helpDeskSettings are the keys of one kind. Keys with the same name in several kinds have the same
// type.
type helpDeskSettings interface {
	check(k checker) // reports problems
	address() string // the help desk's URL
}

// helpDeskKinds has an entry for each kind. Package kinds has the adapters.
var helpDeskKinds = []helpDeskKind{
	{types: []string{Builtin}},
	{
		types: []string{Znuny, OTRS, OTOBO}, needsQueue: true,
		settings: func(h *HelpDesk) helpDeskSettings { return &h.Znuny },
	},
}

func defaultHelpDesk() HelpDesk {
	return HelpDesk{Type: Builtin, Znuny: ZnunyHelpDesk{
		Webservice: "Traybell",
		Version:    6,
		Routes: Routes{
			Session: "/Session", Create: "/Ticket", Search: "/TicketSearch",
			Get: "/Ticket/:TicketID", Update: "/Ticket/:TicketID",
		},
		DynamicFields: DynamicFields{Call: "CallUniqueID", Number: "CallerNumber"},
		Timeout:       10 * time.Second,
	}}
}

// HelpDeskTypes returns the values of help_desk.type.
func HelpDeskTypes() []string {
	var types []string
	for _, k := range helpDeskKinds {
		types = append(types, k.types...)
	}
	return types
}

// Address is the URL of the help desk; empty for the built-in one.
func (h *HelpDesk) Address() string {
	if kind := h.kind(); kind.settings != nil {
		return kind.settings(h).address()
	}
	return ""
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

func (*HelpDesk) selector() string { return "type" }

func (*HelpDesk) later(kind string) string {
	return later("type", kind, useType(HelpDeskTypes()), "zammad", "rt", "glpi", "osticket", "webhook")
}

func (h *HelpDesk) settings(kind string) any {
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

func (k checker) helpDesk() {
	h := &k.c.HelpDesk
	k.oneOf("help_desk.type", h.Type, HelpDeskTypes()...)
	if !slices.Contains(HelpDeskTypes(), h.Type) {
		return
	}
	own := h.kind().settings
	if own != nil {
		own(h).check(k)
	}
	for _, other := range helpDeskKinds {
		if other.settings != nil && !slices.Contains(other.types, h.Type) {
			k.unusedKeys(h.Type, other.settings)
		}
	}
}

// unusedKeys reports keys of another kind than that of the file. Keys with defaults are allowed,
// since hub.example.yml shows them.
func (k checker) unusedKeys(kind string, settings func(h *HelpDesk) helpDeskSettings) {
	defaults := defaultHelpDesk()
	v, unset := reflect.ValueOf(settings(&k.c.HelpDesk)).Elem(), reflect.ValueOf(settings(&defaults)).Elem()
	for name, i := range fieldsOf(v.Type()) {
		if v.Field(i).IsZero() || !unset.Field(i).IsZero() || strings.HasSuffix(name, "_file") {
			continue
		}
		k.complain("help_desk."+name, "the %s help desk has no `%s`; remove it, or use %s", kind, name,
			useType(typesWith(name)))
	}
}

// typesWith returns the types that have a key.
func typesWith(key string) []string {
	var types []string
	for _, k := range helpDeskKinds {
		if k.settings == nil {
			continue
		}
		if _, has := fieldsOf(reflect.TypeOf(k.settings(&HelpDesk{})).Elem())[key]; has {
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
	URL             string        `yaml:"url" jsonschema_description:"The help desk's URL without index.pl."`
	Webservice      string        `yaml:"webservice" jsonschema_description:"Name of the imported web service."`
	Username        string        `yaml:"username" jsonschema_description:"The hub's agent account in the help desk."`
	Password        Secret        `yaml:"password" jsonschema_description:"The password of this account."`
	PasswordFile    string        `yaml:"password_file" jsonschema_description:"File that contains it, instead of password."`
	Version         int           `yaml:"version" jsonschema:"enum=5,enum=6" jsonschema_description:"6 for OTRS 6, Znuny and OTOBO; 5 for OTRS 5, which needs ArticleType."`
	UnknownCustomer string        `yaml:"unknown_customer" jsonschema_description:"Customer login for unknown callers; without it the help desk refuses their tickets."`
	Routes          Routes        `yaml:"routes" jsonschema_description:"Paths of the web service if they differ from traybell's."`
	DynamicFields   DynamicFields `yaml:"dynamic_fields" jsonschema_description:"Text fields of a ticket that hold facts of the call."`
	Timeout         time.Duration `yaml:"timeout" jsonschema_description:"How long one answer may take."`
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

func (z *ZnunyHelpDesk) address() string { return z.URL }

func (z *ZnunyHelpDesk) check(k checker) {
	if k.given("help_desk.url", z.URL) {
		k.page("help_desk.url", z.URL)
		if before, _, found := strings.Cut(z.URL, "/index.pl"); found {
			k.complain("help_desk.url", "use the URL without index.pl: %s", quote(before))
		}
	}
	if k.given("help_desk.webservice", z.Webservice) && strings.ContainsAny(z.Webservice, "/?# ") {
		k.complain("help_desk.webservice",
			"%s is not the name of a web service; use its name in the help desk's list", quote(z.Webservice))
	}
	k.given("help_desk.username", z.Username)
	k.secret("help_desk.password", z.Password)
	if z.Version != 5 && z.Version != 6 {
		k.complain("help_desk.version", "unknown version %d; use 6 (OTRS 6, Znuny, OTOBO) or 5 (OTRS 5)", z.Version)
	}
	routes := reflect.ValueOf(z.Routes)
	for name, i := range fieldsOf(routes.Type()) {
		key, route := "help_desk.routes."+name, routes.Field(i).String()
		if !strings.HasPrefix(route, "/") {
			k.complain(key, "%s is not a route; it begins with /, as in the web service", quote(route))
		}
		if (name == "get" || name == "update") && !strings.Contains(route, ":TicketID") {
			k.complain(key, "the route has no :TicketID for the ticket's id, as in /Ticket/:TicketID")
		}
	}
	if k.given("help_desk.dynamic_fields.call", z.DynamicFields.Call) {
		k.field("help_desk.dynamic_fields.call", z.DynamicFields.Call)
	}
	k.field("help_desk.dynamic_fields.number", z.DynamicFields.Number)
	k.period("help_desk.timeout", z.Timeout, time.Second, time.Minute)
}

// field checks the name of a dynamic field.
func (k checker) field(key, name string) {
	for _, r := range name {
		if (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') {
			k.complain(key, "%s is not the name of a dynamic field; use letters and digits", quote(name))
			return
		}
	}
}
