// Package config reads hub.yml: its keys, their defaults and checks. Package document decodes it;
// package watch notices changes. A *Config does not change after Load; a reload creates a new one. The package imports
// no other package of the hub; app converts the values.
package config

import (
	"time"

	"traybell/hub/config/announcements"
	"traybell/hub/config/document"
	"traybell/hub/config/mobile"
	"traybell/hub/config/numberbook"
	"traybell/hub/config/rules"
	"traybell/shared/protocol"

	"github.com/invopop/jsonschema"
)

// Config is hub.yml. After Load paths are absolute; relative ones start at the folder of hub.yml.
type Config struct {
	Listen          string                      `yaml:"listen" jsonschema_description:"Address for agents and pages: host:port."`
	PublicURL       string                      `yaml:"public_url" jsonschema_description:"The hub's URL for browsers, used in links to its pages. Default: from listen and the host name."`
	DataDir         string                      `yaml:"data_dir" jsonschema_description:"Folder for the database, the generated certificate and the CDR files."`
	TLS             TLS                         `yaml:"tls" jsonschema_description:"Encryption of the port."`
	Region          string                      `yaml:"region" jsonschema_description:"ISO 3166 code of the country for national numbers: RU, DE, US."`
	Limits          Limits                      `yaml:"limits" jsonschema_description:"Limits that protect the hub."`
	Database        Database                    `yaml:"database" jsonschema_description:"The database. This version supports SQLite in data_dir."`
	CDR             CDR                         `yaml:"cdr" jsonschema_description:"Call detail records."`
	Log             Log                         `yaml:"log" jsonschema_description:"The hub's log, on standard error and in files."`
	PBX             []PBX                       `yaml:"pbx" jsonschema_description:"The Asterisk servers."`
	Agents          []Agent                     `yaml:"agents" jsonschema_description:"The agents."`
	Blocking        Blocking                    `yaml:"blocking" jsonschema_description:"What agents may not block."`
	Dial            Dial                        `yaml:"dial" jsonschema_description:"What agents may dial from the desktop, and how."`
	States          States                      `yaml:"states" jsonschema_description:"What agents do: modes, states, pauses."`
	Tasks           Tasks                       `yaml:"tasks" jsonschema_description:"What agents do without a call, in the mode offline."`
	Supervision     Supervision                 `yaml:"supervision" jsonschema_description:"What supervisors do on the live board."`
	Queues          []Queue                     `yaml:"queues" jsonschema_description:"Queues of Asterisk, and who takes their calls."`
	Mobile          mobile.Section              `yaml:"mobile" jsonschema_description:"Agents' mobiles as members of queues."`
	Tracking        []Line                      `yaml:"tracking" jsonschema_description:"Numbers that customers call."`
	TicketTemplates map[string]TicketTemplate   `yaml:"ticket_templates" jsonschema_description:"Ticket templates by name, used by tracking.ticket and rules."`
	CallData        []CallDatum                 `yaml:"call_data" jsonschema_description:"What the dialplan says about calls, such as a contract number that the caller entered."`
	NumberBook      []numberbook.Number         `yaml:"number_book" jsonschema_description:"Numbers that all agents find in the window to dial."`
	Schedules       map[string]rules.Schedule   `yaml:"schedules" jsonschema_description:"When the company is open, by name; for rules."`
	Rules           []rules.Rule                `yaml:"rules" jsonschema_description:"What happens to calls, in this order."`
	CallerID        CallerID                    `yaml:"caller_id" jsonschema_description:"Corrections of the numbers that the PBX presents."`
	Directories     []Directory                 `yaml:"directories" jsonschema_description:"Where to find customers by number, in this order."`
	HelpDesk        HelpDesk                    `yaml:"help_desk" jsonschema_description:"Where to create tickets."`
	HelpDesks       []HelpDesk                  `yaml:"help_desks" jsonschema_description:"More help desks, with the keys of help_desk. Ticket templates name theirs."`
	Desktop         Desktop                     `yaml:"desktop" jsonschema_description:"Defaults for desktops. Agents may change what is not locked."`
	Downloads       Downloads                   `yaml:"downloads" jsonschema_description:"The desktop programs that the page /get hands out."`
	Admins          []Admin                     `yaml:"admins" jsonschema_description:"Who may open the hub's pages."`
	SignIn          SignIn                      `yaml:"sign_in" jsonschema_description:"Who else may sign in."`
	API             API                         `yaml:"api" jsonschema_description:"The REST API."`
	Recordings      Recordings                  `yaml:"recordings" jsonschema_description:"Recordings of calls: where they are, and who gets links to them."`
	Announcements   announcements.Announcements `yaml:"announcements" jsonschema_description:"Recorded announcements: what callers hear of agents who do not answer."`
	Webhooks        []Webhook                   `yaml:"webhooks" jsonschema_description:"URLs that get events, as CloudEvents signed by Standard Webhooks."`

	doc      *document.Document
	warnings document.Problems
	files    []string
	sum      string
}

// TLS is the encryption of the port.
type TLS struct {
	Mode string `yaml:"mode" jsonschema:"enum=auto,enum=files,enum=off" jsonschema_description:"auto: the hub creates a certificate, desktops pin it. files: cert and key. off: only if listen is a loopback address."`
	Cert string `yaml:"cert" jsonschema_description:"File of the certificate chain, PEM or DER, for mode files."`
	Key  string `yaml:"key" jsonschema_description:"File of the private key, PEM or DER, for mode files."`
}

// The modes of TLS.
const (
	TLSAuto  = "auto"
	TLSFiles = "files"
	TLSOff   = "off"
)

// Limits protect the hub.
type Limits struct {
	Clients int `yaml:"clients" jsonschema:"minimum=1,maximum=100000" jsonschema_description:"Maximum number of connected desktops."`
}

// Database is the hub's database.
type Database struct {
	Driver string `yaml:"driver" jsonschema:"enum=sqlite" jsonschema_description:"sqlite: a file in data_dir."`
}

// CDR configures call detail records. The database always has them.
type CDR struct {
	Grace     time.Duration `yaml:"grace" jsonschema_description:"How long to wait for a call's ticket after its end. A later ticket is only in the database, not in the file."`
	File      bool          `yaml:"file" jsonschema_description:"true: also write pim_cdr_YYYYMM.log in data_dir, one line per call."`
	Format    string        `yaml:"format" jsonschema:"enum=auto,enum=opc" jsonschema_description:"Lines of the file. auto: the 14 fields of OPC; a file with lines in the format of traybell 1 keeps it until its month ends. opc: OPC's fields at once."`
	Retention time.Duration `yaml:"retention" jsonschema_description:"How long to keep records and files; 0s: forever."`
}

// Formats of the CDR file, see CDR.Format.
const (
	CDRAuto = "auto"
	CDROPC  = "opc"
)

// Log configures the hub's log.
type Log struct {
	Format      string        `yaml:"format" jsonschema:"enum=text,enum=json" jsonschema_description:"text or json, one line per event."`
	Folder      string        `yaml:"folder" jsonschema_description:"Folder for monthly files, traybell-hub_YYYYMM.log, in addition to standard error. Default: no files."`
	Retention   time.Duration `yaml:"retention" jsonschema_description:"How long to keep these files; 0s: forever."`
	MaskNumbers bool          `yaml:"mask_numbers" jsonschema_description:"true: mask telephone numbers except their ends. Debug messages (serve --verbose) still show full numbers."`
}

// The formats of the log.
const (
	LogText = "text"
	LogJSON = "json"
)

// PBX is one Asterisk server, read over AMI.
type PBX struct {
	ID             string          `yaml:"id" jsonschema:"pattern=^[a-z0-9-]+$" jsonschema_description:"Short name, part of call ids: never change it."`
	Address        string          `yaml:"address" jsonschema_description:"AMI address: host:port, usually port 5038."`
	Username       string          `yaml:"username" jsonschema_description:"The section name in manager.conf."`
	Password       document.Secret `yaml:"password" jsonschema_description:"The secret in manager.conf."`
	PasswordFile   string          `yaml:"password_file" jsonschema_description:"File that contains the secret, instead of password."`
	MD5            bool            `yaml:"md5" jsonschema_description:"Challenge-response login, which does not send the secret."`
	TLS            bool            `yaml:"tls" jsonschema_description:"AMI over TLS (tlsenable in manager.conf), usually port 5039."`
	CA             string          `yaml:"ca" jsonschema_description:"For tls: PEM file of the server's certificate or its CA. Default: the system's CAs."`
	DialplanEvents bool            `yaml:"dialplan_events" jsonschema_description:"true: read the variables of call_data as soon as they are set, with the events VarSet. The user needs read = …,dialplan: many events on a busy PBX."`
	Enabled        bool            `yaml:"enabled" jsonschema_description:"false: ignore this server."`
	Trunks         []string        `yaml:"trunks" jsonschema_description:"Endpoints that lead outside, where the hub cannot tell: names such as 701, or patterns: * any text, ? one character, 7xx digits, DAHDI/i* only of one technology."`
	Extensions     []string        `yaml:"extensions" jsonschema_description:"Endpoints that are phones of the company, written as trunks are. Extensions of agents need not be here."`
}

// SetDefaults implements document.Defaulter.
func (p *PBX) SetDefaults() { *p = PBX{MD5: true, Enabled: true} }

// Agent answers calls.
type Agent struct {
	Login        string          `yaml:"login" jsonschema_description:"Unique; used in records and in the help desk."`
	Name         string          `yaml:"name" jsonschema_description:"Display name. Default: the login."`
	Extensions   []string        `yaml:"extensions" jsonschema_description:"The agent's phones. Agents who share a phone need different passwords."`
	Password     document.Secret `yaml:"password" jsonschema_description:"argon2id hash from: traybell-hub passwd"`
	PasswordFile string          `yaml:"password_file" run:"traybell-hub passwd" jsonschema_description:"File that contains the hash, instead of password."`
	Teams        []string        `yaml:"teams" jsonschema_description:"Any names, used by tracking and rules."`
	Rights       []string        `yaml:"rights" jsonschema_description:"What the agent may do: ticket, category, block, control (dial, answer, hold, transfer and hang up from the desktop; see dial), numbers (see a hidden number on request; see tracking.hide_number), record (pause the recording of a call and go on), recordings (listen to the recordings of own calls), recordings_team (also to those of agents in the same teams). Default: nothing."`
	Roles        []string        `yaml:"roles" jsonschema_description:"What the agent may do on the hub's pages, as for admins. Default: see the agent's own calls and tickets."`
}

// JSONSchemaExtend adds the rights and roles to the schema.
func (Agent) JSONSchemaExtend(s *jsonschema.Schema) {
	enumerate(s, "rights", protocol.Rights())
	enumerate(s, "roles", Roles())
}

// enumerate adds the known words of a list to the schema.
func enumerate(s *jsonschema.Schema, key string, words []string) {
	property, _ := s.Properties.Get(key)
	for _, word := range words {
		property.Items.Enum = append(property.Items.Enum, word)
	}
}

// Line is a number that customers call.
type Line struct {
	Number  string   `yaml:"number" jsonschema_description:"The called number as the PBX has it, a dialplan pattern such as _7495XXXXXXX, or * for all."`
	Name    string   `yaml:"name" jsonschema_description:"Shown to agents instead of the number."`
	Comment string   `yaml:"comment" jsonschema_description:"Shown to agents, such as a greeting."`
	Teams   []string `yaml:"teams" jsonschema_description:"Teams that see its calls. Default: all agents whose phone rings."`
	Agents  []string `yaml:"agents" jsonschema_description:"Logins that see its calls, in addition to teams."`
	Show    string   `yaml:"show" jsonschema:"enum=ringing,enum=bound" jsonschema_description:"ringing: only to those whose phone rings. bound: to all in teams and agents."`
	Ticket  string   `yaml:"ticket" jsonschema_description:"The ticket template of this line."`

	WrapUp *time.Duration `yaml:"wrap_up" jsonschema_description:"Wrap-up after its calls, instead of states.wrap_up; 0s: none."`

	HideNumber bool `yaml:"hide_number" jsonschema_description:"Agents do not see the numbers of those who have called this line, on any line. The right numbers lets an agent see one on request, which is written to the audit."`

	Script    Script    `yaml:"script" jsonschema_description:"A page of the company, such as a script of what to ask, for the calls of this line."`
	ScreenPop ScreenPop `yaml:"screen_pop" jsonschema_description:"A link of desktop.links that opens by itself for the calls of this line."`
}

// Script is a page that opens in the browser of an agent.
type Script struct {
	URL  string `yaml:"url" jsonschema_description:"Its URL, with the placeholders of desktop.links. Empty: none. It gets #token=…, with which it may read the call, make its ticket and add notes."`
	Open string `yaml:"open" jsonschema:"enum=ring,enum=answer,enum=press" jsonschema_description:"ring: when the agent's phone rings. answer: when the agent answers. press: only by the button on the card, which there is always."`
}

// ScreenPop is a link that opens by itself.
type ScreenPop struct {
	Link string `yaml:"link" jsonschema:"enum=,enum=cid,enum=map,enum=ticket" jsonschema_description:"Which of desktop.links, such as ticket for the form of a new ticket. Empty: none."`
	Open string `yaml:"open" jsonschema:"enum=ring,enum=answer" jsonschema_description:"ring: when the agent's phone rings. answer: when the agent answers."`
}

// Supervision is what supervisors do.
type Supervision struct {
	Notice bool `yaml:"notice" jsonschema_description:"true: the desktop of an agent says when a supervisor listens."`
}

// The moments at which pages open.
const (
	OpenOnRing   = "ring"
	OpenOnAnswer = "answer"
	OpenOnPress  = "press"
)

// The ways to show a line's calls.
const (
	ShowRinging = "ringing"
	ShowBound   = "bound"
)

// SetDefaults implements document.Defaulter.
func (l *Line) SetDefaults() {
	*l = Line{Show: ShowRinging, Script: Script{Open: OpenOnPress}, ScreenPop: ScreenPop{Open: OpenOnAnswer}}
}

// TicketTemplate has a text/template over the call in every field.
type TicketTemplate struct {
	HelpDesk string `yaml:"help_desk" jsonschema_description:"Name of the help desk in help_desks. Default: help_desk."`
	Queue    string `yaml:"queue" jsonschema_description:"The help desk's queue or group."`
	Priority string `yaml:"priority" jsonschema_description:"As named in the help desk."`
	State    string `yaml:"state" jsonschema_description:"As named in the help desk."`
	Type     string `yaml:"type" jsonschema_description:"Only if the help desk uses ticket types."`
	Owner    string `yaml:"owner" jsonschema_description:"The owner's login in the help desk."`
	Title    string `yaml:"title" jsonschema_description:"Title, such as: Call from {{.Caller.Name}}"`
	Body     string `yaml:"body" jsonschema_description:"Text of the first article."`
}

// CallerID corrects presented numbers.
type CallerID struct {
	Rules []Rule `yaml:"rules" jsonschema_description:"The first matching rule applies."`
}

// Rule matches numbers with Prefix and Min to Max characters. It removes Strip characters from the
// start, then prepends Add.
type Rule struct {
	Prefix string `yaml:"prefix" jsonschema_description:"Start of the number; empty: any."`
	Min    int    `yaml:"min" jsonschema:"minimum=0,maximum=64" jsonschema_description:"Minimum length including the prefix; 0: any."`
	Max    int    `yaml:"max" jsonschema:"minimum=0,maximum=64" jsonschema_description:"Maximum length including the prefix; 0: any."`
	Strip  int    `yaml:"strip" jsonschema:"minimum=0,maximum=64" jsonschema_description:"Number of characters to remove from the start."`
	Add    string `yaml:"add" jsonschema_description:"Characters to prepend afterwards."`
	Show   bool   `yaml:"show" jsonschema_description:"Agents see the result. Otherwise it only finds the customer."`
}

// Directory is a source of customers.
type Directory struct {
	Name         string            `yaml:"name" jsonschema_description:"Unique; shown to agents with the customer."`
	Type         string            `yaml:"type" jsonschema:"enum=csv,enum=vcard,enum=carddav,enum=sql,enum=ldap,enum=http,enum=help_desk" jsonschema_description:"csv: a file with a header, such as the export of an address book. vcard: a file with vCards (.vcf). carddav: address books of Nextcloud and others. sql: MySQL, MariaDB or PostgreSQL. ldap: Active Directory or another LDAP server. http: any list in JSON, such as that of a CRM or of 1C. help_desk: the customers of a help desk."`
	Path         string            `yaml:"path" jsonschema_description:"csv, vcard: the file."`
	Encoding     string            `yaml:"encoding" jsonschema_description:"csv, vcard: the encoding of the file: utf-8, utf-16, windows-1251, windows-1252, windows-1250, koi8-r and others. Default: recognised."`
	Driver       string            `yaml:"driver" jsonschema:"enum=mysql,enum=postgres" jsonschema_description:"sql: mysql (also MariaDB) or postgres."`
	DSN          document.Secret   `yaml:"dsn" jsonschema_description:"sql: the database: user:password@tcp(host:3306)/database for mysql, postgres://user:password@host:5432/database for postgres."`
	DSNFile      string            `yaml:"dsn_file" jsonschema_description:"File that contains it, instead of dsn."`
	Query        string            `yaml:"query" jsonschema_description:"sql: a SELECT with one row per customer and columns named as in CSV files. Default: the customers of OTRS, Znuny or OTOBO."`
	URL          string            `yaml:"url" jsonschema_description:"ldap: ldap://host or ldaps://host. carddav: https:// of an address book or of the server. http: https:// of the list; it may contain {{.Token}}."`
	StartTLS     bool              `yaml:"start_tls" jsonschema_description:"ldap: use StartTLS on ldap://."`
	CA           string            `yaml:"ca" jsonschema_description:"ldap, carddav, http, mysql: PEM file of the server's CA. Default: the system's CAs."`
	BindDN       string            `yaml:"bind_dn" jsonschema_description:"ldap: user for reading. Default: anonymous."`
	Username     string            `yaml:"username" jsonschema_description:"carddav, http: user for reading. Default: anonymous."`
	Password     document.Secret   `yaml:"password" jsonschema_description:"ldap, carddav, http: that user's password; with carddav usually an app password."`
	PasswordFile string            `yaml:"password_file" jsonschema_description:"File that contains it, instead of password."`
	BaseDN       string            `yaml:"base_dn" jsonschema_description:"ldap: base of the search."`
	Scope        string            `yaml:"scope" jsonschema:"enum=sub,enum=one,enum=base" jsonschema_description:"ldap: sub (default): all below base_dn. one: directly below. base: only itself."`
	Filter       string            `yaml:"filter" jsonschema_description:"ldap: filter for customers (AlwaysFilter in OTRS). Default: (objectClass=person)."`
	Map          map[string]string `yaml:"map" jsonschema_description:"ldap: attributes by field if they differ from the defaults, such as UserPhone: telephoneNumber; separate several by commas. http: places in an entry of the list by field."`
	HelpDesk     string            `yaml:"help_desk" jsonschema_description:"Name of the help desk in help_desks whose customers these are: their logins are not used in others. Default: help_desk for type help_desk, otherwise any."`
	Token        document.Secret   `yaml:"token" jsonschema_description:"http: sent as Authorization: Bearer, unless url or headers contain {{.Token}}."`
	TokenFile    string            `yaml:"token_file" jsonschema_description:"File that contains it, instead of token."`
	Headers      map[string]string `yaml:"headers" jsonschema_description:"http: headers of all requests; the values may contain {{.Token}}."`
	List         string            `yaml:"list" jsonschema_description:"http: place of the list in the reply, such as data.items. Default: the reply is the list."`
	Pages        DirectoryPages    `yaml:"pages" jsonschema_description:"http: how the list is divided into pages. Default: it is not."`
	Lookup       DirectoryLookup   `yaml:"lookup" jsonschema_description:"http: how to ask the server for one number that is in no directory."`
	Refresh      time.Duration     `yaml:"refresh" jsonschema_description:"sql, ldap, carddav, http, help_desk: how often to read the customers. Default: 5m. Files are read when they change."`
}

// DirectoryPages says how a list over HTTP is divided into pages.
type DirectoryPages struct {
	By        string `yaml:"by" jsonschema:"enum=,enum=next,enum=cursor,enum=offset,enum=number" jsonschema_description:"next: a reply has the address of the next page. cursor: a reply has what the next request sends as param. offset: param is the number of entries before the page. number: param is the number of the page."`
	Param     string `yaml:"param" jsonschema_description:"The parameter that selects a page, such as $skip, offset, page or cursor."`
	Size      int    `yaml:"size" jsonschema_description:"Entries of a page, sent as size_param. Default: as the server likes."`
	SizeParam string `yaml:"size_param" jsonschema_description:"The parameter for size, such as $top or limit."`
	Next      string `yaml:"next" jsonschema_description:"next, cursor: place of the next address or cursor in the reply, such as @odata.nextLink; header:Link for the header."`
	First     int    `yaml:"first" jsonschema_description:"number: the number of the first page. Default: 1."`
}

// DirectoryLookup says how a directory over HTTP is asked for one number.
type DirectoryLookup struct {
	URL    string        `yaml:"url" jsonschema_description:"Address on the server of url, with {{.E164}} (+74951234567), {{.Digits}} or {{.National}} (4951234567). Empty: it is not asked."`
	List   string        `yaml:"list" jsonschema_description:"Place of the list in the reply. Default: list of the directory."`
	Within time.Duration `yaml:"within" jsonschema_description:"How long an answer may take. Calls do not wait for it. Default: 3s."`
}

// The types of directories.
const (
	CSV     = "csv"
	VCard   = "vcard"
	CardDAV = "carddav"
	SQL     = "sql"
	LDAP    = "ldap"
	HTTP    = "http"
	// FromHelpDesk is a help desk of hub.yml.
	FromHelpDesk = "help_desk"
)

// defaultRefresh is for directories without change detection.
const defaultRefresh = 5 * time.Minute

// Desktop has the defaults for desktops.
type Desktop struct {
	Language  string   `yaml:"language" jsonschema:"enum=,enum=en,enum=ru" jsonschema_description:"en or ru. Default: the desktop's language."`
	Autostart *bool    `yaml:"autostart" jsonschema_description:"Start the desktop program at sign-in. Default: the agent decides."`
	Popups    Popups   `yaml:"popups" jsonschema_description:"The three kinds of popup."`
	Updates   string   `yaml:"updates" jsonschema:"enum=off,enum=notify,enum=install" jsonschema_description:"What desktops do about a newer version at /get. off: nothing. notify: their menu leads to it. install: a press in the menu also installs it, if the program belongs to the agent alone."`
	Links     Links    `yaml:"links" jsonschema_description:"URLs for a call with placeholders such as <PIM_CID>."`
	Locked    []string `yaml:"locked" jsonschema_description:"Keys that agents may not change, such as links.ticket or popups.incoming."`
}

// What desktops do about newer versions.
const (
	UpdatesOff     = "off"
	UpdatesNotify  = "notify"
	UpdatesInstall = "install"
)

// Popups are the three kinds.
type Popups struct {
	Incoming Popup `yaml:"incoming" jsonschema_description:"The phone rings."`
	Answer   Popup `yaml:"answer" jsonschema_description:"The call was answered."`
	Warning  Popup `yaml:"warning" jsonschema_description:"A warning."`
}

// Popup configures one kind; times are in milliseconds.
type Popup struct {
	Enabled   bool `yaml:"enabled" jsonschema_description:"Whether to show this kind."`
	Appear    int  `yaml:"appear" jsonschema:"minimum=0,maximum=60000" jsonschema_description:"Milliseconds to fade in."`
	Show      int  `yaml:"show" jsonschema:"minimum=0,maximum=86400000" jsonschema_description:"Milliseconds on the screen; 0: until closed or the call ends."`
	Disappear int  `yaml:"disappear" jsonschema:"minimum=0,maximum=60000" jsonschema_description:"Milliseconds to fade out."`
}

// Links are templates of URLs.
type Links struct {
	CID    string `yaml:"cid" jsonschema_description:"Page about the number."`
	Map    string `yaml:"map" jsonschema_description:"Map of the customer's location."`
	Ticket string `yaml:"ticket" jsonschema_description:"Page for a new ticket."`
}

// Downloads are the desktop programs that the hub hands out.
type Downloads struct {
	Folder string `yaml:"folder" jsonschema_description:"Folder with files of a release: desktop programs, SHA256SUMS and SHA256SUMS.sig. Default: desktops in data_dir, or else /usr/share/traybell-hub/desktops, where the package traybell-hub-desktops has them."`
}

// Admin may open the hub's pages.
type Admin struct {
	Login        string          `yaml:"login" jsonschema_description:"Unique among admins."`
	Password     document.Secret `yaml:"password" jsonschema_description:"argon2id hash from: traybell-hub passwd"`
	PasswordFile string          `yaml:"password_file" run:"traybell-hub passwd" jsonschema_description:"File that contains the hash, instead of password."`
	Roles        []string        `yaml:"roles" jsonschema_description:"What the administrator may do. view: read everything. supervise: also messages to agents, end their sessions, their missed calls and states. notes: also categories, blocks and tickets. recordings: also listen to the recordings of all calls. admin: everything. Default: admin."`
}

// JSONSchemaExtend adds the roles to the schema.
func (Admin) JSONSchemaExtend(s *jsonschema.Schema) { enumerate(s, "roles", Roles()) }

const day = 24 * time.Hour

// Default has the default of every key, no PBX and no agents.
func Default() *Config {
	return &Config{
		Listen:        "0.0.0.0:11010",
		DataDir:       "/var/lib/traybell",
		TLS:           TLS{Mode: TLSAuto},
		Region:        "RU",
		Limits:        Limits{Clients: 1000},
		Database:      Database{Driver: "sqlite"},
		CDR:           CDR{Grace: 2 * time.Minute, File: true, Format: CDRAuto, Retention: 400 * day},
		Log:           Log{Format: LogText, Retention: 400 * day},
		Dial:          defaultDial(),
		States:        defaultStates(),
		Mobile:        mobile.Default(),
		HelpDesk:      defaultHelpDesk(),
		Recordings:    defaultRecordings(),
		Announcements: announcements.Default(),
		SignIn: SignIn{LDAP: LDAPSignIn{
			Scope: "sub", Login: "sAMAccountName, uid", Name: "displayName, cn", Extension: "ipPhone",
			Refresh: defaultRefresh, Keep: 7 * day,
		}, OIDC: OIDCSignIn{Login: "preferred_username", Claim: "groups"}},
		Desktop: Desktop{
			Updates: UpdatesNotify,
			Popups: Popups{
				Incoming: Popup{Enabled: true, Appear: 400, Show: 10000, Disappear: 400},
				Answer:   Popup{Enabled: true, Appear: 400, Show: 0, Disappear: 400},
				Warning:  Popup{Enabled: true, Appear: 400, Show: 8000, Disappear: 400},
			},
			Links: Links{
				CID: "https://www.google.com/search?q=<PIM_CID>",
				Map: "https://www.openstreetmap.org/search?query=<PIM_CUSTOMER_UserLocation>",
			},
		},
	}
}

// Later implements document.Chooser.
func (d *Directory) Later(kind string) string {
	return later("type", kind, "`type: csv`, vcard, carddav, sql, ldap, http or help_desk", "zammad", "rt")
}

// Later implements document.Chooser.
func (d *Database) Later(kind string) string {
	return later("driver", kind, "`driver: sqlite`, or remove `database`", "postgres")
}

// Selector implements document.Chooser.
func (*Directory) Selector() string { return "type" }

// Selector implements document.Chooser.
func (*Database) Selector() string { return "driver" }

// Settings implements document.Chooser.
func (*Directory) Settings(string) any { return nil }

// Settings implements document.Chooser.
func (*Database) Settings(string) any { return nil }

func later(key, kind, now string, known ...string) string {
	for _, k := range known {
		if kind == k {
			return "`" + key + ": " + kind + "` is not supported in this version; use " + now
		}
	}
	return ""
}
