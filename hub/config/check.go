package config

import (
	"fmt"
	"net"
	"os"
	"regexp"
	"slices"
	"strings"

	"traybell/hub/config/check"
	"traybell/hub/config/document"
	"traybell/shared/protocol"

	"github.com/nyaruka/phonenumbers"
)

var (
	pbxID     = regexp.MustCompile(`^[a-z0-9-]+$`)
	extension = regexp.MustCompile(`^[A-Za-z0-9._*#+-]+$`)
	dialled   = regexp.MustCompile(`^\+?[0-9*#]*$`)
)

// scalars checks single values: their form, not how they fit others.
type scalars struct{ check.Values }

// checker checks sections of decoded values and makes relative paths absolute.
type checker struct {
	scalars
	c *Config
}

func (k checker) all() {
	k.hub()
	k.pbxs()
	k.people()
	k.lines()
	k.dial()
	k.states()
	k.callQueues()
	k.c.Mobile.Check(k.Values, len(k.c.Queues) > 0, func(key, login string) { k.knownAgent(key, login, k.c.logins()) })
	k.callData()
	k.rules()
	k.callerID()
	k.blocking()
	k.directories()
	k.helpDesks()
	k.queues()
	k.desktop()
	k.signIn()
	k.api()
	k.webhooks()
	k.recordings()
	k.c.Announcements.Check(k.Values, k.hasPBX)
}

func (k checker) hasPBX(id string) bool {
	return slices.ContainsFunc(k.c.PBX, func(p PBX) bool { return p.ID == id })
}

func (k checker) hub() {
	c := k.c
	k.Address("listen", c.Listen)
	if c.PublicURL != "" {
		k.Page("public_url", c.PublicURL)
	}
	if k.Given("data_dir", c.DataDir) {
		c.DataDir = k.Absolute(c.DataDir)
	}
	if c.Downloads.Folder != "" {
		c.Downloads.Folder = k.Absolute(c.Downloads.Folder)
	}
	k.OneOf("tls.mode", c.TLS.Mode, TLSAuto, TLSFiles, TLSOff)
	c.TLS.Cert, c.TLS.Key = k.Absolute(c.TLS.Cert), k.Absolute(c.TLS.Key)
	switch c.TLS.Mode {
	case TLSFiles:
		k.File("tls.cert", c.TLS.Cert)
		k.File("tls.key", c.TLS.Key)
	case TLSOff:
		if host, _, err := net.SplitHostPort(c.Listen); err == nil && !check.Loopback(host) {
			k.Complain("tls.mode",
				"without TLS, passwords would be sent in clear text; use `mode: auto`, or set `listen` to a loopback "+
					"address such as 127.0.0.1:11010")
		}
	}
	if c.TLS.Mode != TLSFiles && c.TLS.Cert+c.TLS.Key != "" {
		k.Complain("tls.mode", "`cert` and `key` need `mode: files`; set it, or remove them")
	}
	if regions := phonenumbers.GetSupportedRegions(); !regions[c.Region] {
		hint := "use the two-letter country code, such as RU or DE"
		if regions[strings.ToUpper(c.Region)] {
			hint = "use " + strings.ToUpper(c.Region)
		}
		k.Complain("region", "%s is not a known region; %s", document.Quote(c.Region), hint)
	}
	check.Between(k, "limits.clients", c.Limits.Clients, 1, 100_000)
	k.OneOf("database.driver", c.Database.Driver, "sqlite")
	check.Between(k, "cdr.grace", c.CDR.Grace, 0, day)
	k.OneOf("cdr.format", c.CDR.Format, CDRAuto, CDROPC)
	k.Retention("cdr.retention", c.CDR.Retention)
	k.OneOf("log.format", c.Log.Format, LogText, LogJSON)
	k.Retention("log.retention", c.Log.Retention)
	if c.Log.Folder != "" {
		c.Log.Folder = k.Absolute(c.Log.Folder)
		if info, err := os.Stat(c.Log.Folder); err != nil || !info.IsDir() {
			k.Complain("log.folder",
				"%s is not a folder, or not accessible; create it and make the hub's user its owner",
				document.Quote(c.Log.Folder))
		}
	}
}

func (k checker) pbxs() {
	if len(k.c.PBX) == 0 {
		k.Complain("pbx", "no PBX; add at least one with id, address, username and password_file")
	}
	seen := map[string]int{}
	for i, p := range k.c.PBX {
		at := fmt.Sprintf("pbx[%d]", i)
		if p.CA != "" {
			k.c.PBX[i].CA = k.Absolute(p.CA)
			if !p.TLS {
				k.Complain(at+".ca", "`ca` needs `tls: true`")
			} else {
				k.File(at+".ca", k.c.PBX[i].CA)
			}
		}
		if k.Given(at+".id", p.ID) && !pbxID.MatchString(p.ID) {
			k.Complain(at+".id", "%s is not a valid id; use lowercase letters, digits and -", document.Quote(p.ID))
		}
		k.Once(at+".id", p.ID, i, seen, "pbx")
		if k.Given(at+".address", p.Address) {
			k.Address(at+".address", p.Address)
			if strings.HasPrefix(p.Address, ":") {
				k.Complain(at+".address", "no host; use host:port, such as 127.0.0.1:5038")
			}
		}
		k.Given(at+".username", p.Username)
		k.Secret(at+".password", p.Password)
		for name, text := range map[string]string{"username": p.Username, "password": p.Password.Reveal()} {
			if strings.ContainsAny(text, "\r\n") {
				k.Complain(at+"."+name, "must not contain a line break")
			}
		}
		k.endpoints(at, p)
	}
}

func (k checker) people() {
	if len(k.c.Agents) == 0 && k.c.SignIn.LDAP.URL == "" {
		k.Warn("agents", "no agents: no desktop can sign in")
	}
	logins := map[string]int{}
	for i := range k.c.Agents {
		a := &k.c.Agents[i]
		at := fmt.Sprintf("agents[%d]", i)
		k.Login(at, a.Login)
		k.Once(at+".login", a.Login, i, logins, "agents")
		if a.Name == "" {
			a.Name = a.Login
		}
		k.Hash(at+".password", a.Password)
		for j, team := range a.Teams {
			k.Given(fmt.Sprintf("%s.teams[%d]", at, j), team)
		}
		for j, right := range a.Rights {
			each := fmt.Sprintf("%s.rights[%d]", at, j)
			k.OneOf(each, right, protocol.Rights()...)
			if (right == protocol.RightRecordings || right == protocol.RightTeamRecordings) &&
				len(k.c.Recordings.Sources) == 0 {
				k.Warn(each, "there are no recordings to listen to: add `recordings.sources`, or remove the right")
			}
		}
		k.roles(at+".roles", a.Roles)
	}
	k.phones()
	admins := map[string]int{}
	for i := range k.c.Admins {
		a := &k.c.Admins[i]
		at := fmt.Sprintf("admins[%d]", i)
		k.Login(at, a.Login)
		k.Once(at+".login", a.Login, i, admins, "admins")
		k.Hash(at+".password", a.Password)
		if len(a.Roles) == 0 {
			a.Roles = []string{RoleAdmin}
		}
		k.roles(at+".roles", a.Roles)
	}
}
