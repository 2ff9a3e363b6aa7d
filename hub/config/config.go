// Package config reads hub.yml: types, defaults, strict decoding, checks, and problems with line
// and remedy. A *Config does not change after Load; a reload creates a new one. The package imports
// no other package of the hub; app converts the values.
package config

import (
	"time"

	"traybell/shared/protocol"

	"github.com/invopop/jsonschema"
)

// Config is hub.yml. After Load paths are absolute; relative ones start at the folder of hub.yml.
type Config struct {
	Listen          string                    `yaml:"listen" jsonschema_description:"Address for agents and pages: host:port."`
	PublicURL       string                    `yaml:"public_url" jsonschema_description:"The hub's URL for browsers, used in links to its pages. Default: from listen and the host name."`
	DataDir         string                    `yaml:"data_dir" jsonschema_description:"Folder for the database, the generated certificate and the CDR files."`
	TLS             TLS                       `yaml:"tls" jsonschema_description:"Encryption of the port."`
	Region          string                    `yaml:"region" jsonschema_description:"ISO 3166 code of the country for national numbers: RU, DE, US."`
	Limits          Limits                    `yaml:"limits" jsonschema_description:"Limits that protect the hub."`
	Database        Database                  `yaml:"database" jsonschema_description:"The database. This version supports SQLite in data_dir."`
	CDR             CDR                       `yaml:"cdr" jsonschema_description:"Call detail records."`
	Log             Log                       `yaml:"log" jsonschema_description:"The hub's log, on standard error and in files."`
	PBX             []PBX                     `yaml:"pbx" jsonschema_description:"The Asterisk servers."`
	Agents          []Agent                   `yaml:"agents" jsonschema_description:"The agents."`
	Blocking        Blocking                  `yaml:"blocking" jsonschema_description:"What agents may not block."`
	Tracking        []Line                    `yaml:"tracking" jsonschema_description:"Numbers that customers call."`
	TicketTemplates map[string]TicketTemplate `yaml:"ticket_templates" jsonschema_description:"Ticket templates by name, used by tracking.ticket."`
	CallerID        CallerID                  `yaml:"caller_id" jsonschema_description:"Corrections of the numbers that the PBX presents."`
	Directories     []Directory               `yaml:"directories" jsonschema_description:"Where to find customers by number, in this order."`
	HelpDesk        HelpDesk                  `yaml:"help_desk" jsonschema_description:"Where to create tickets."`
	Desktop         Desktop                   `yaml:"desktop" jsonschema_description:"Defaults for desktops. Agents may change what is not locked."`
	Admins          []Admin                   `yaml:"admins" jsonschema_description:"Who may open the hub's pages."`

	src      *source
	warnings Problems
	files    []string
	sum      string
}

// TLS is the encryption of the port.
type TLS struct {
	Mode string `yaml:"mode" jsonschema:"enum=auto,enum=files,enum=off" jsonschema_description:"auto: the hub creates a certificate, desktops pin it. files: cert and key. off: only if listen is a loopback address."`
	Cert string `yaml:"cert" jsonschema_description:"PEM file of the certificate chain, for mode files."`
	Key  string `yaml:"key" jsonschema_description:"PEM file of the private key, for mode files."`
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
	ID           string `yaml:"id" jsonschema:"pattern=^[a-z0-9-]+$" jsonschema_description:"Short name, part of call ids: never change it."`
	Address      string `yaml:"address" jsonschema_description:"AMI address: host:port, usually port 5038."`
	Username     string `yaml:"username" jsonschema_description:"The section name in manager.conf."`
	Password     Secret `yaml:"password" jsonschema_description:"The secret in manager.conf."`
	PasswordFile string `yaml:"password_file" jsonschema_description:"File that contains the secret, instead of password."`
	MD5          bool   `yaml:"md5" jsonschema_description:"Challenge-response login, which does not send the secret."`
	TLS          bool   `yaml:"tls" jsonschema_description:"AMI over TLS (tlsenable in manager.conf), usually port 5039."`
	CA           string `yaml:"ca" jsonschema_description:"For tls: PEM file of the server's certificate or its CA. Default: the system's CAs."`
	Enabled      bool   `yaml:"enabled" jsonschema_description:"false: ignore this server."`
}

func (p *PBX) setDefaults() { *p = PBX{MD5: true, Enabled: true} }

// Agent answers calls.
type Agent struct {
	Login        string   `yaml:"login" jsonschema_description:"Unique; used in records and in the help desk."`
	Name         string   `yaml:"name" jsonschema_description:"Display name. Default: the login."`
	Extensions   []string `yaml:"extensions" jsonschema_description:"The agent's phones. Agents who share a phone need different passwords."`
	Password     Secret   `yaml:"password" jsonschema_description:"argon2id hash from: traybell-hub passwd"`
	PasswordFile string   `yaml:"password_file" jsonschema_description:"File that contains the hash, instead of password."`
	Teams        []string `yaml:"teams" jsonschema_description:"Any names, used by tracking."`
	Rights       []string `yaml:"rights" jsonschema_description:"What the agent may do: ticket, category, block. Default: nothing."`
}

// JSONSchemaExtend adds the rights to the schema.
func (Agent) JSONSchemaExtend(s *jsonschema.Schema) {
	property, _ := s.Properties.Get("rights")
	for _, right := range protocol.Rights() {
		property.Items.Enum = append(property.Items.Enum, right)
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
}

// The ways to show a line's calls.
const (
	ShowRinging = "ringing"
	ShowBound   = "bound"
)

func (l *Line) setDefaults() { *l = Line{Show: ShowRinging} }

// TicketTemplate has a text/template over the call in every field.
type TicketTemplate struct {
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
	Show   bool   `yaml:"show" jsonschema_description:"true: agents see the result. false: use it only to find the customer."`
}

// Directory is a source of customers.
type Directory struct {
	Name         string            `yaml:"name" jsonschema_description:"Unique; shown to agents with the customer."`
	Type         string            `yaml:"type" jsonschema:"enum=csv,enum=sql,enum=ldap" jsonschema_description:"csv: a file with a header. sql: MySQL, MariaDB or PostgreSQL. ldap: Active Directory or another LDAP server."`
	Path         string            `yaml:"path" jsonschema_description:"csv: the file."`
	Driver       string            `yaml:"driver" jsonschema:"enum=mysql,enum=postgres" jsonschema_description:"sql: mysql (also MariaDB) or postgres."`
	DSN          Secret            `yaml:"dsn" jsonschema_description:"sql: the database: user:password@tcp(host:3306)/database for mysql, postgres://user:password@host:5432/database for postgres."`
	DSNFile      string            `yaml:"dsn_file" jsonschema_description:"File that contains it, instead of dsn."`
	Query        string            `yaml:"query" jsonschema_description:"sql: a SELECT with one row per customer and columns named as in CSV files. Default: the customers of OTRS, Znuny or OTOBO."`
	URL          string            `yaml:"url" jsonschema_description:"ldap: ldap://host or ldaps://host."`
	StartTLS     bool              `yaml:"start_tls" jsonschema_description:"ldap: use StartTLS on ldap://."`
	CA           string            `yaml:"ca" jsonschema_description:"ldap, mysql: PEM file of the server's CA. Default: the system's CAs."`
	BindDN       string            `yaml:"bind_dn" jsonschema_description:"ldap: user for reading. Default: anonymous."`
	Password     Secret            `yaml:"password" jsonschema_description:"ldap: that user's password."`
	PasswordFile string            `yaml:"password_file" jsonschema_description:"File that contains it, instead of password."`
	BaseDN       string            `yaml:"base_dn" jsonschema_description:"ldap: base of the search."`
	Scope        string            `yaml:"scope" jsonschema:"enum=sub,enum=one,enum=base" jsonschema_description:"ldap: sub (default): all below base_dn. one: directly below. base: only itself."`
	Filter       string            `yaml:"filter" jsonschema_description:"ldap: filter for customers (AlwaysFilter in OTRS). Default: (objectClass=person)."`
	Map          map[string]string `yaml:"map" jsonschema_description:"ldap: attributes by field if they differ from the defaults, such as UserPhone: telephoneNumber; separate several by commas."`
	Refresh      time.Duration     `yaml:"refresh" jsonschema_description:"sql, ldap: how often to read the customers. Default: 5m. csv files are read when they change."`
}

// The types of directories.
const (
	CSV  = "csv"
	SQL  = "sql"
	LDAP = "ldap"
)

// defaultRefresh is for directories without change detection.
const defaultRefresh = 5 * time.Minute

// Desktop has the defaults for desktops.
type Desktop struct {
	Language string   `yaml:"language" jsonschema:"enum=,enum=en,enum=ru" jsonschema_description:"en or ru. Default: the desktop's language."`
	Popups   Popups   `yaml:"popups" jsonschema_description:"The three kinds of popup."`
	Links    Links    `yaml:"links" jsonschema_description:"URLs for a call with placeholders such as <PIM_CID>."`
	Locked   []string `yaml:"locked" jsonschema_description:"Keys that agents may not change, such as links.ticket or popups.incoming."`
}

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

// Admin may open the hub's pages.
type Admin struct {
	Login        string `yaml:"login" jsonschema_description:"Unique among admins."`
	Password     Secret `yaml:"password" jsonschema_description:"argon2id hash from: traybell-hub passwd"`
	PasswordFile string `yaml:"password_file" jsonschema_description:"File that contains the hash, instead of password."`
}

const day = 24 * time.Hour

// Default has the default of every key, no PBX and no agents.
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
		HelpDesk: defaultHelpDesk(),
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

// later explains a kind that a later version will support; "" for all others.
func (d *Directory) later(kind string) string {
	return later("type", kind, "`type: csv`, sql or ldap", "zammad", "rt")
}

func (d *Database) later(kind string) string {
	return later("driver", kind, "`driver: sqlite`, or remove `database`", "postgres")
}

func (*Directory) selector() string { return "type" }
func (*Database) selector() string  { return "driver" }

func (*Directory) settings(string) any { return nil }
func (*Database) settings(string) any  { return nil }

func later(key, kind, now string, known ...string) string {
	for _, k := range known {
		if kind == k {
			return "`" + key + ": " + kind + "` is not supported in this version; use " + now
		}
	}
	return ""
}
