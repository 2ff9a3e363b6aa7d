// Package config owns hub.yml: its types, its defaults, the strict reading of it and the words in
// which its problems are told. A *Config is not changed after Load; a reload makes a new one. The
// package knows no adapter: it hands on plain values, and app maps them to who needs them.
package config

import "time"

// Config is hub.yml. Paths are absolute after Load: a relative one in the file is meant from the
// file's own folder.
type Config struct {
	Listen          string                    `yaml:"listen" jsonschema_description:"Address for agents and pages: host:port."`
	PublicURL       string                    `yaml:"public_url" jsonschema_description:"The hub's address as browsers reach it, for links to its pages; made of listen and this machine's name where left out."`
	DataDir         string                    `yaml:"data_dir" jsonschema_description:"Folder of the database, the generated certificate and the CDR files."`
	TLS             TLS                       `yaml:"tls" jsonschema_description:"How the port is encrypted."`
	Region          string                    `yaml:"region" jsonschema_description:"ISO 3166 code of the country whose national numbers are meant: RU, DE, US."`
	Limits          Limits                    `yaml:"limits" jsonschema_description:"Bounds that protect the hub."`
	Database        Database                  `yaml:"database" jsonschema_description:"Where facts are kept. This version knows SQLite in data_dir."`
	CDR             CDR                       `yaml:"cdr" jsonschema_description:"The record of every call."`
	Log             Log                       `yaml:"log" jsonschema_description:"What the hub says of itself, on standard error and in files."`
	PBX             []PBX                     `yaml:"pbx" jsonschema_description:"The Asterisk servers."`
	Agents          []Agent                   `yaml:"agents" jsonschema_description:"Who answers calls."`
	Blocking        Blocking                  `yaml:"blocking" jsonschema_description:"Whom agents may not block."`
	Tracking        []Line                    `yaml:"tracking" jsonschema_description:"Numbers that customers call."`
	TicketTemplates map[string]TicketTemplate `yaml:"ticket_templates" jsonschema_description:"Tickets by name, as tracking.ticket names them."`
	CallerID        CallerID                  `yaml:"caller_id" jsonschema_description:"How the numbers that the PBX presents are mended."`
	Directories     []Directory               `yaml:"directories" jsonschema_description:"Where customers are found by their number; asked in this order."`
	HelpDesk        HelpDesk                  `yaml:"help_desk" jsonschema_description:"Where tickets are made."`
	Desktop         Desktop                   `yaml:"desktop" jsonschema_description:"Defaults for every desktop; an agent may change what is not locked."`
	Admins          []Admin                   `yaml:"admins" jsonschema_description:"Who may open the hub's pages."`

	src      *source
	warnings Problems
	files    []string
	sum      string
}

// TLS says how the port is encrypted.
type TLS struct {
	Mode string `yaml:"mode" jsonschema:"enum=auto,enum=files,enum=off" jsonschema_description:"auto: a certificate of the hub's own, pinned by desktops. files: cert and key. off: only where listen is a loopback address."`
	Cert string `yaml:"cert" jsonschema_description:"PEM file of the certificate chain, for mode files."`
	Key  string `yaml:"key" jsonschema_description:"PEM file of the private key, for mode files."`
}

// The modes of TLS.
const (
	TLSAuto  = "auto"
	TLSFiles = "files"
	TLSOff   = "off"
)

// Limits are bounds.
type Limits struct {
	Clients int `yaml:"clients" jsonschema:"minimum=1,maximum=100000" jsonschema_description:"Desktops connected at once."`
}

// Database says where facts are kept.
type Database struct {
	Driver string `yaml:"driver" jsonschema:"enum=sqlite" jsonschema_description:"sqlite: a file in data_dir."`
}

// CDR says how the record of every call is kept. It is in the database in any case.
type CDR struct {
	Grace     time.Duration `yaml:"grace" jsonschema_description:"How long after a call's end its ticket is waited for; one that comes later is in the database, not in the file."`
	File      bool          `yaml:"file" jsonschema_description:"true: also a line per call in pim_cdr_YYYYMM.log in data_dir."`
	Format    string        `yaml:"format" jsonschema:"enum=auto,enum=opc" jsonschema_description:"Lines of the file. auto: the 14 fields of OPC; a file with lines of traybell 1's format keeps that format until its month ends. opc: OPC's fields at once."`
	Retention time.Duration `yaml:"retention" jsonschema_description:"How long records and files are kept, such as 400d; 0s: for ever."`
}

// Formats of the CDR file, see CDR.Format.
const (
	CDRAuto = "auto"
	CDROPC  = "opc"
)

// Log says how the hub's log is written.
type Log struct {
	Format      string        `yaml:"format" jsonschema:"enum=text,enum=json" jsonschema_description:"text or json, a line for each event."`
	Folder      string        `yaml:"folder" jsonschema_description:"Folder for a file each month, traybell-hub_YYYYMM.log, beside standard error; none where left out."`
	Retention   time.Duration `yaml:"retention" jsonschema_description:"How long these files are kept; 0s: for ever."`
	MaskNumbers bool          `yaml:"mask_numbers" jsonschema_description:"true: of telephone numbers only the ends are written; serve --verbose writes them whole all the same, in its details."`
}

// The formats of the log.
const (
	LogText = "text"
	LogJSON = "json"
)

// PBX is one Asterisk server, read over AMI.
type PBX struct {
	ID           string `yaml:"id" jsonschema:"pattern=^[a-z0-9-]+$" jsonschema_description:"Its short name, part of every call's id: never change it."`
	Address      string `yaml:"address" jsonschema_description:"AMI address: host:port, usually port 5038."`
	Username     string `yaml:"username" jsonschema_description:"The section's name in manager.conf."`
	Password     Secret `yaml:"password" jsonschema_description:"The secret in manager.conf."`
	PasswordFile string `yaml:"password_file" jsonschema_description:"A file that holds the secret, instead of password."`
	MD5          bool   `yaml:"md5" jsonschema_description:"Log in by challenge and response, so that the secret is never sent."`
	TLS          bool   `yaml:"tls" jsonschema_description:"AMI over TLS (tlsenable in manager.conf), usually port 5039."`
	CA           string `yaml:"ca" jsonschema_description:"For tls: PEM file of the authority behind the server's certificate, or of the certificate itself; the computer's own authorities where left out."`
	Enabled      bool   `yaml:"enabled" jsonschema_description:"false: leave this server alone."`
}

func (p *PBX) setDefaults() { *p = PBX{MD5: true, Enabled: true} }

// Agent is a person who answers calls.
type Agent struct {
	Login        string   `yaml:"login" jsonschema_description:"Unique; appears in records and with the help desk."`
	Name         string   `yaml:"name" jsonschema_description:"As colleagues read it; the login where left out."`
	Extensions   []string `yaml:"extensions" jsonschema_description:"The phones of this agent. Several agents may share one: their passwords tell who signs in."`
	Password     Secret   `yaml:"password" jsonschema_description:"argon2id hash, made by: traybell-hub passwd"`
	PasswordFile string   `yaml:"password_file" jsonschema_description:"A file that holds the hash, instead of password."`
	Teams        []string `yaml:"teams" jsonschema_description:"Names of your own, used by tracking."`
	Rights       []string `yaml:"rights" jsonschema:"enum=ticket,enum=category,enum=block" jsonschema_description:"What the agent may press: ticket, category, block. None where left out."`
}

// Line is a number that customers call.
type Line struct {
	Number  string   `yaml:"number" jsonschema_description:"The number called, as the PBX knows it; a dialplan pattern such as _7495XXXXXXX; or * for all."`
	Name    string   `yaml:"name" jsonschema_description:"What agents read instead of the number."`
	Comment string   `yaml:"comment" jsonschema_description:"What agents should say or know."`
	Teams   []string `yaml:"teams" jsonschema_description:"Teams that see its calls; everybody whose phone rings where left out."`
	Agents  []string `yaml:"agents" jsonschema_description:"Logins that see its calls beside the teams."`
	Show    string   `yaml:"show" jsonschema:"enum=ringing,enum=bound" jsonschema_description:"ringing: to those whose phone rings. bound: to all of teams and agents, whoever's phone rings."`
	Ticket  string   `yaml:"ticket" jsonschema_description:"The ticket template of this line."`
}

// The ways to show a line's calls.
const (
	ShowRinging = "ringing"
	ShowBound   = "bound"
)

func (l *Line) setDefaults() { *l = Line{Show: ShowRinging} }

// TicketTemplate is a ticket to be; every text is a text/template over the call.
type TicketTemplate struct {
	Queue    string `yaml:"queue" jsonschema_description:"The help desk's queue or group."`
	Priority string `yaml:"priority" jsonschema_description:"As the help desk names it."`
	State    string `yaml:"state" jsonschema_description:"As the help desk names it."`
	Type     string `yaml:"type" jsonschema_description:"Only where the help desk has ticket types switched on."`
	Owner    string `yaml:"owner" jsonschema_description:"The help desk's login of the owner."`
	Title    string `yaml:"title" jsonschema_description:"Template of the title, such as: Call from {{.Caller.Name}}"`
	Body     string `yaml:"body" jsonschema_description:"Template of the first article."`
}

// CallerID is how presented numbers are mended.
type CallerID struct {
	Rules []Rule `yaml:"rules" jsonschema_description:"The first rule that fits a number is applied."`
}

// Rule changes numbers that begin with Prefix and have Min to Max characters: it cuts Strip
// characters from the front, then puts Add there.
type Rule struct {
	Prefix string `yaml:"prefix" jsonschema_description:"How the number begins; empty fits all."`
	Min    int    `yaml:"min" jsonschema:"minimum=0,maximum=64" jsonschema_description:"Its least length, prefix included; 0: any."`
	Max    int    `yaml:"max" jsonschema:"minimum=0,maximum=64" jsonschema_description:"Its greatest length, prefix included; 0: any."`
	Strip  int    `yaml:"strip" jsonschema:"minimum=0,maximum=64" jsonschema_description:"How many characters to cut from the front."`
	Add    string `yaml:"add" jsonschema_description:"What to put in front afterwards."`
	Show   bool   `yaml:"show" jsonschema_description:"true: agents see the result. false: it is used to find the customer only."`
}

// Directory is a source of customers.
type Directory struct {
	Name         string            `yaml:"name" jsonschema_description:"Unique; agents read it beside a customer."`
	Type         string            `yaml:"type" jsonschema:"enum=csv,enum=sql,enum=ldap" jsonschema_description:"csv: a file with a header line. sql: a query in MySQL, MariaDB or PostgreSQL. ldap: Active Directory or another LDAP server."`
	Path         string            `yaml:"path" jsonschema_description:"csv: the file."`
	Driver       string            `yaml:"driver" jsonschema:"enum=mysql,enum=postgres" jsonschema_description:"sql: mysql (also MariaDB) or postgres."`
	DSN          Secret            `yaml:"dsn" jsonschema_description:"sql: the database's address: user:password@tcp(host:3306)/database for mysql, postgres://user:password@host:5432/database for postgres."`
	DSNFile      string            `yaml:"dsn_file" jsonschema_description:"A file that holds it, instead of dsn."`
	Query        string            `yaml:"query" jsonschema_description:"sql: a SELECT with a row for each customer; its columns are named as a CSV file's. Left out: the customers of OTRS, Znuny and OTOBO."`
	URL          string            `yaml:"url" jsonschema_description:"ldap: ldap://host or ldaps://host."`
	StartTLS     bool              `yaml:"start_tls" jsonschema_description:"ldap: encrypt an ldap:// connection."`
	CA           string            `yaml:"ca" jsonschema_description:"ldap, mysql: PEM file of the authority behind the server's certificate; the computer's own where left out."`
	BindDN       string            `yaml:"bind_dn" jsonschema_description:"ldap: who reads; nobody signs in where left out."`
	Password     Secret            `yaml:"password" jsonschema_description:"ldap: that user's password."`
	PasswordFile string            `yaml:"password_file" jsonschema_description:"A file that holds it, instead of password."`
	BaseDN       string            `yaml:"base_dn" jsonschema_description:"ldap: where the customers are."`
	Scope        string            `yaml:"scope" jsonschema:"enum=sub,enum=one,enum=base" jsonschema_description:"ldap: sub: all below base_dn, also where left out. one: directly below it. base: itself."`
	Filter       string            `yaml:"filter" jsonschema_description:"ldap: which entries are customers (AlwaysFilter in OTRS); (objectClass=person) where left out."`
	Map          map[string]string `yaml:"map" jsonschema_description:"ldap: attributes by field, such as UserPhone: telephoneNumber, where they are not the usual ones; several with commas between."`
	Refresh      time.Duration     `yaml:"refresh" jsonschema_description:"sql, ldap: how often the customers are read again, 5m where left out. A csv file is read when it has changed."`
}

// The types of directories.
const (
	CSV  = "csv"
	SQL  = "sql"
	LDAP = "ldap"
)

// defaultRefresh is for directories that cannot tell when they have changed.
const defaultRefresh = 5 * time.Minute

// HelpDesk is where tickets are made.
type HelpDesk struct {
	Type            string        `yaml:"type" jsonschema:"enum=builtin,enum=znuny,enum=otrs,enum=otobo" jsonschema_description:"builtin: the hub numbers and keeps requests itself. The others: a Generic Interface web service."`
	URL             string        `yaml:"url" jsonschema_description:"The help desk's address up to and without index.pl."`
	Webservice      string        `yaml:"webservice" jsonschema_description:"Name of the imported web service."`
	Username        string        `yaml:"username" jsonschema_description:"The hub's own agent in the help desk."`
	Password        Secret        `yaml:"password" jsonschema_description:"That agent's password."`
	PasswordFile    string        `yaml:"password_file" jsonschema_description:"A file that holds it, instead of password."`
	Version         int           `yaml:"version" jsonschema:"enum=5,enum=6" jsonschema_description:"6 for OTRS 6, Znuny and OTOBO; 5 sends ArticleType as OTRS 5 wants it."`
	UnknownCustomer string        `yaml:"unknown_customer" jsonschema_description:"Customer login for callers whom nobody knows; without it their tickets are refused by the help desk."`
	Routes          Routes        `yaml:"routes" jsonschema_description:"Paths of the web service, where they are not those of the one that traybell ships."`
	DynamicFields   DynamicFields `yaml:"dynamic_fields" jsonschema_description:"Text fields of a ticket that hold facts of the call."`
	Timeout         time.Duration `yaml:"timeout" jsonschema_description:"How long one answer may take."`
	TalkTime        bool          `yaml:"talk_time" jsonschema_description:"true: at its end a call's talk time goes into its ticket."`
}

// The help desks of this version.
const (
	Builtin = "builtin"
	Znuny   = "znuny"
	OTRS    = "otrs"
	OTOBO   = "otobo"
)

// Routes are the web service's paths, as its RouteOperationMapping writes them.
type Routes struct {
	Session string `yaml:"session" jsonschema_description:"SessionCreate, POST."`
	Create  string `yaml:"create" jsonschema_description:"TicketCreate, POST."`
	Search  string `yaml:"search" jsonschema_description:"TicketSearch, POST: a GET would put the password into logs."`
	Get     string `yaml:"get" jsonschema_description:"TicketGet, GET; :TicketID stands for the ticket."`
	Update  string `yaml:"update" jsonschema_description:"TicketUpdate, PATCH; :TicketID stands for the ticket."`
}

// DynamicFields are names of ticket fields.
type DynamicFields struct {
	Call   string `yaml:"call" jsonschema_description:"Holds the call's id, by which a ticket is found again after a time-out."`
	Number string `yaml:"number" jsonschema_description:"Holds the caller's number; empty: not kept."`
}

// Desktop are the defaults for desktops.
type Desktop struct {
	Language string   `yaml:"language" jsonschema:"enum=,enum=en,enum=ru" jsonschema_description:"en or ru; the desktop's own where left out."`
	Popups   Popups   `yaml:"popups" jsonschema_description:"The three kinds of popup."`
	Links    Links    `yaml:"links" jsonschema_description:"Pages about a call; <PIM_CID> and the like stand for its facts."`
	Locked   []string `yaml:"locked" jsonschema_description:"Keys that agents may not change, such as links.ticket or popups.incoming."`
}

// Popups are the three kinds.
type Popups struct {
	Incoming Popup `yaml:"incoming" jsonschema_description:"The phone rings."`
	Answer   Popup `yaml:"answer" jsonschema_description:"The call was answered."`
	Warning  Popup `yaml:"warning" jsonschema_description:"Something to look at."`
}

// Popup is how one kind behaves; times are milliseconds.
type Popup struct {
	Enabled   bool `yaml:"enabled" jsonschema_description:"Whether this kind is shown."`
	Appear    int  `yaml:"appear" jsonschema:"minimum=0,maximum=60000" jsonschema_description:"Milliseconds to fade in."`
	Show      int  `yaml:"show" jsonschema:"minimum=0,maximum=86400000" jsonschema_description:"Milliseconds to stay; 0: until it is closed or the call ends."`
	Disappear int  `yaml:"disappear" jsonschema:"minimum=0,maximum=60000" jsonschema_description:"Milliseconds to fade out."`
}

// Links are templates of URLs.
type Links struct {
	CID    string `yaml:"cid" jsonschema_description:"Page about the number."`
	Map    string `yaml:"map" jsonschema_description:"Page with the customer's place."`
	Ticket string `yaml:"ticket" jsonschema_description:"Page that begins a ticket."`
}

// Admin may open the hub's pages.
type Admin struct {
	Login        string `yaml:"login" jsonschema_description:"Unique among admins."`
	Password     Secret `yaml:"password" jsonschema_description:"argon2id hash, made by: traybell-hub passwd"`
	PasswordFile string `yaml:"password_file" jsonschema_description:"A file that holds the hash, instead of password."`
}

const day = 24 * time.Hour

// Default is what a hub.yml that names none of these keys means. It has no PBX and nobody who could
// sign in.
func Default() *Config {
	return &Config{
		Listen:   "0.0.0.0:11010",
		DataDir:  "/var/lib/traybell",
		TLS:      TLS{Mode: TLSAuto},
		Region:   "RU",
		Limits:   Limits{Clients: 1000},
		Database: Database{Driver: "sqlite"},
		CDR:      CDR{Grace: 2 * time.Minute, File: true, Format: CDRAuto, Retention: 400 * day},
		Log:      Log{Format: LogText, Retention: 400 * day},
		HelpDesk: HelpDesk{
			Type:       Builtin,
			Webservice: "Traybell",
			Version:    6,
			Routes: Routes{
				Session: "/Session", Create: "/Ticket", Search: "/TicketSearch",
				Get: "/Ticket/:TicketID", Update: "/Ticket/:TicketID",
			},
			DynamicFields: DynamicFields{Call: "CallUniqueID", Number: "CallerNumber"},
			Timeout:       10 * time.Second,
		},
		Desktop: Desktop{
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

// later tells of a kind that hub.yml will know in a later version; "" for one that is known now, or
// never will be.
func (d *Directory) later(kind string) string {
	return later("type", kind, "`type: csv`, sql or ldap", "zammad", "rt")
}

func (h *HelpDesk) later(kind string) string {
	return later("type", kind, "`type: builtin`, znuny, otrs or otobo", "zammad", "rt", "glpi", "osticket", "webhook")
}

func (d *Database) later(kind string) string {
	return later("driver", kind, "`driver: sqlite`, or leave `database` out", "postgres")
}

func (*Directory) selector() string { return "type" }
func (*HelpDesk) selector() string  { return "type" }
func (*Database) selector() string  { return "driver" }

func later(key, kind, now string, known ...string) string {
	for _, k := range known {
		if kind == k {
			return "`" + key + ": " + kind + "` is not supported in this version; write " + now
		}
	}
	return ""
}
