package config

import (
	"fmt"
	"strings"
	"time"

	"traybell/hub/config/check"
	"traybell/hub/config/document"
)

// Recordings says where the recordings of calls are.
type Recordings struct {
	Sources   []RecordingSource `yaml:"sources" jsonschema_description:"Where recordings are, and how they are found. Default: the hub has none."`
	Retention time.Duration     `yaml:"retention" jsonschema_description:"Recordings older than that are deleted from folders with delete: true; 0s: the hub deletes none by itself."`
	Links     RecordingLinks    `yaml:"links" jsonschema_description:"Links to the recordings of a call, which its ticket gets at hang-up."`
}

// RecordingSource is where recordings of a PBX are.
type RecordingSource struct {
	PBX          []string        `yaml:"pbx" jsonschema_description:"Ids of the PBXs whose recordings are here. Default: all."`
	Folder       string          `yaml:"folder" jsonschema_description:"Folder with the recordings, such as a mounted one. Symbolic links that lead outside are not followed."`
	URL          string          `yaml:"url" jsonschema_description:"Instead of folder: https:// address of the folder on a web server."`
	Username     string          `yaml:"username" jsonschema_description:"url: user for reading."`
	Password     document.Secret `yaml:"password" jsonschema_description:"url: that user's password."`
	PasswordFile string          `yaml:"password_file" jsonschema_description:"File that contains it, instead of password."`
	Token        document.Secret `yaml:"token" jsonschema_description:"url: sent as Authorization: Bearer."`
	TokenFile    string          `yaml:"token_file" jsonschema_description:"File that contains it, instead of token."`
	CA           string          `yaml:"ca" jsonschema_description:"url: PEM file of the server's CA. Default: the system's CAs."`
	PBXFolder    string          `yaml:"pbx_folder" jsonschema_description:"The same folder on the PBX: paths that the PBX gives begin with it."`
	Pattern      string          `yaml:"pattern" jsonschema_description:"Path of a call's recordings below the folder, with <linkedid>, <uniqueid>, <year>, <month>, <day>, <time>, <number>, <extension> and <did>; with folder also * and ?. Default: as FreePBX names them; none with url."`
	CDR          RecordingTable  `yaml:"cdr" jsonschema_description:"The PBX's CDR table, whose rows name recordings. Default: it is not asked."`
	Delete       bool            `yaml:"delete" jsonschema_description:"folder: the hub may delete recordings, on request and after retention."`
}

// RecordingTable is the CDR table of a PBX.
type RecordingTable struct {
	Driver  string          `yaml:"driver" jsonschema:"enum=,enum=mysql,enum=postgres" jsonschema_description:"mysql (also MariaDB) or postgres."`
	DSN     document.Secret `yaml:"dsn" jsonschema_description:"The database: user:password@tcp(host:3306)/asteriskcdrdb for mysql, postgres://user:password@host:5432/database for postgres."`
	DSNFile string          `yaml:"dsn_file" jsonschema_description:"File that contains it, instead of dsn."`
	CA      string          `yaml:"ca" jsonschema_description:"mysql: PEM file of the server's CA; it enables encryption."`
	Query   string          `yaml:"query" jsonschema_description:"A SELECT of the names or paths of a call's recordings, and perhaps the call's time; {call} is the Linkedid. Default: recordingfile and calldate of the table cdr, as FreePBX has them."`
}

// RecordingLinks are links for tickets.
type RecordingLinks struct {
	Valid  time.Duration `yaml:"valid" jsonschema_description:"How long a link works; 0s: tickets get none."`
	SignIn bool          `yaml:"sign_in" jsonschema_description:"true: who opens a link signs in, and may listen to the call. false: anyone with the link may listen."`
}

func defaultRecordings() Recordings {
	return Recordings{Links: RecordingLinks{Valid: 30 * day, SignIn: true}}
}

// freePBXRecordings is the pattern of the recordings of FreePBX.
const freePBXRecordings = "<year>/<month>/<day>/*-<uniqueid>.*"

// SetDefaults implements document.Defaulter.
func (s *RecordingSource) SetDefaults() { s.PBXFolder = "/var/spool/asterisk/monitor" }

func (k checker) recordings() {
	r := &k.c.Recordings
	if r.Retention != 0 {
		check.Between(k, "recordings.retention", r.Retention, day, 100*365*day)
	}
	check.Between(k, "recordings.links.valid", r.Links.Valid, 0, 10*365*day)
	for i := range r.Sources {
		s := &r.Sources[i]
		at := fmt.Sprintf("recordings.sources[%d]", i)
		for j, id := range s.PBX {
			if !k.hasPBX(id) {
				k.Complain(fmt.Sprintf("%s.pbx[%d]", at, j), "there is no PBX %s", document.Quote(id))
			}
		}
		switch {
		case (s.Folder == "") == (s.URL == ""):
			k.Complain(at, "use either `folder` or `url`")
		case s.URL != "":
			k.Page(at+".url", s.URL)
			if s.Delete {
				k.Complain(at+".delete", "the hub cannot delete by HTTP; use `folder`, or remove `delete`")
			}
			if s.Username+s.Password.Reveal()+s.Token.Reveal() != "" &&
				strings.HasPrefix(strings.ToLower(s.URL), "http:") {
				k.Warn(at+".url", "the password or token is sent in clear text; use https://")
			}
		default:
			s.Folder = k.Absolute(s.Folder)
			if s.Username+s.Password.Reveal()+s.Token.Reveal()+s.CA != "" {
				k.Complain(at, "`username`, `password`, `token` and `ca` need `url`")
			}
			if s.Pattern == "" && !k.Bad(at+".pattern") {
				s.Pattern = freePBXRecordings
			}
		}
		for key, file := range map[string]*string{".ca": &s.CA, ".cdr.ca": &s.CDR.CA} {
			if *file = k.Absolute(*file); *file != "" {
				k.File(at+key, *file)
			}
		}
		if s.CDR != (RecordingTable{}) {
			if k.Given(at+".cdr.driver", s.CDR.Driver) {
				k.OneOf(at+".cdr.driver", s.CDR.Driver, "mysql", "postgres")
			}
			k.Secret(at+".cdr.dsn", s.CDR.DSN)
		}
	}
}
