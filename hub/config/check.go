package config

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/alexedwards/argon2id"
	"github.com/nyaruka/phonenumbers"
)

var (
	plainName = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)
	pbxID     = regexp.MustCompile(`^[a-z0-9-]+$`)
	extension = regexp.MustCompile(`^[A-Za-z0-9._*#+-]+$`)
	calledAs  = regexp.MustCompile(`^[A-Za-z0-9.*#+-][A-Za-z0-9._*#+-]*$`)
	pattern   = regexp.MustCompile(`^_(?:[0-9A-Za-z*#+]|-|\[[0-9A-Za-z*#+-]+\])*[.!]?$`)
	dialled   = regexp.MustCompile(`^\+?[0-9*#]*$`)
)

// checker finds what is wrong with values that could be read, and makes relative paths absolute.
type checker struct {
	*decoder
	c      *Config
	folder string
}

func (k checker) all() {
	k.hub()
	k.pbxs()
	k.people()
	k.lines()
	k.callerID()
	k.blocking()
	k.directories()
	k.helpDesk()
	k.queues()
	k.desktop()
}

func (k checker) hub() {
	c := k.c
	k.address("listen", c.Listen)
	if c.PublicURL != "" {
		k.page("public_url", c.PublicURL)
	}
	if k.given("data_dir", c.DataDir) {
		c.DataDir = inFolder(k.folder, c.DataDir)
	}
	k.oneOf("tls.mode", c.TLS.Mode, TLSAuto, TLSFiles, TLSOff)
	c.TLS.Cert, c.TLS.Key = inFolder(k.folder, c.TLS.Cert), inFolder(k.folder, c.TLS.Key)
	switch c.TLS.Mode {
	case TLSFiles:
		k.file("tls.cert", c.TLS.Cert)
		k.file("tls.key", c.TLS.Key)
	case TLSOff:
		if host, _, err := net.SplitHostPort(c.Listen); err == nil && !loopback(host) {
			k.complain("tls.mode",
				"without TLS passwords would cross the network in the clear; write `mode: auto`, or let `listen` be "+
					"a loopback address such as 127.0.0.1:11010")
		}
	}
	if c.TLS.Mode != TLSFiles && c.TLS.Cert+c.TLS.Key != "" {
		k.complain("tls.mode", "`cert` and `key` are used by `mode: files` only; write that, or remove them")
	}
	if regions := phonenumbers.GetSupportedRegions(); !regions[c.Region] {
		hint := "write the country's two capital letters, such as RU or DE"
		if regions[strings.ToUpper(c.Region)] {
			hint = "write " + strings.ToUpper(c.Region)
		}
		k.complain("region", "%s is not a known region; %s", quote(c.Region), hint)
	}
	k.between("limits.clients", c.Limits.Clients, 1, 100_000)
	k.oneOf("database.driver", c.Database.Driver, "sqlite")
	k.period("cdr.grace", c.CDR.Grace, 0, day)
	k.oneOf("cdr.format", c.CDR.Format, CDRAuto, CDROPC)
	k.retention("cdr.retention", c.CDR.Retention)
	k.oneOf("log.format", c.Log.Format, LogText, LogJSON)
	k.retention("log.retention", c.Log.Retention)
	if c.Log.Folder != "" {
		c.Log.Folder = inFolder(k.folder, c.Log.Folder)
		if info, err := os.Stat(c.Log.Folder); err != nil || !info.IsDir() {
			k.complain("log.folder",
				"%s is no folder that the hub can see; make it and give it to the user that the hub runs as",
				quote(c.Log.Folder))
		}
	}
}

func (k checker) pbxs() {
	if len(k.c.PBX) == 0 {
		k.complain("pbx", "no PBX is given; the hub needs at least one, with id, address, username and password_file")
	}
	seen := map[string]int{}
	for i, p := range k.c.PBX {
		at := fmt.Sprintf("pbx[%d]", i)
		if p.CA != "" {
			k.c.PBX[i].CA = inFolder(k.folder, p.CA)
			if !p.TLS {
				k.complain(at+".ca", "it is for `tls: true`, which this PBX does not have")
			} else {
				k.file(at+".ca", k.c.PBX[i].CA)
			}
		}
		if k.given(at+".id", p.ID) && !pbxID.MatchString(p.ID) {
			k.complain(at+".id", "%s cannot be an id; use small letters, digits and -", quote(p.ID))
		}
		k.once(at+".id", p.ID, i, seen, "pbx")
		if k.given(at+".address", p.Address) {
			k.address(at+".address", p.Address)
			if strings.HasPrefix(p.Address, ":") {
				k.complain(at+".address", "the host is missing; write host:port, such as 127.0.0.1:5038")
			}
		}
		k.given(at+".username", p.Username)
		k.secret(at+".password", p.Password)
		for name, text := range map[string]string{"username": p.Username, "password": p.Password.Reveal()} {
			if strings.ContainsAny(text, "\r\n") {
				k.complain(at+"."+name, "a line break cannot be part of it")
			}
		}
	}
}

func (k checker) people() {
	if len(k.c.Agents) == 0 {
		k.warn("agents", "no agent is given: nobody can sign in")
	}
	logins := map[string]int{}
	for i := range k.c.Agents {
		a := &k.c.Agents[i]
		at := fmt.Sprintf("agents[%d]", i)
		k.login(at, a.Login)
		k.once(at+".login", a.Login, i, logins, "agents")
		if a.Name == "" {
			a.Name = a.Login
		}
		k.hash(at+".password", a.Password)
		for j, team := range a.Teams {
			k.given(fmt.Sprintf("%s.teams[%d]", at, j), team)
		}
		for j, right := range a.Rights {
			k.oneOf(fmt.Sprintf("%s.rights[%d]", at, j), right, "ticket", "category", "block")
		}
	}
	k.phones()
	admins := map[string]int{}
	for i, a := range k.c.Admins {
		at := fmt.Sprintf("admins[%d]", i)
		k.login(at, a.Login)
		k.once(at+".login", a.Login, i, admins, "admins")
		k.hash(at+".password", a.Password)
	}
}

// given complains where a text is missing, and tells whether it is there.
func (k checker) given(key, text string) bool {
	if strings.TrimSpace(text) != "" {
		return !k.isBad(key)
	}
	k.complain(key, "`%s` is missing", key[strings.LastIndex(key, ".")+1:])
	return false
}

func (k checker) secret(key string, s Secret) {
	if s.Empty() {
		name := key[strings.LastIndex(key, ".")+1:]
		k.complain(key, "`%s` is missing; better write `%s_file` with the name of a file that holds it", name, name)
	}
}

// hash checks a password that people sign in with.
func (k checker) hash(key string, s Secret) {
	const mend = "make one with: traybell-hub passwd"
	if s.Empty() {
		k.complain(key, "`password` is missing; %s", mend)
		return
	}
	params, salt, sum, err := argon2id.DecodeHash(s.Reveal())
	switch {
	case err != nil:
		k.complain(key, "a password is kept as an argon2id hash ($argon2id$…), never as it is; %s", mend)
	case params.Iterations < 1 || params.Iterations > 100 || params.Memory > 1<<20 || params.Parallelism < 1 ||
		len(salt) < 8 || len(sum) < 16:
		k.complain(key,
			"this argon2id hash has parameters out of bounds (memory to 1 GiB, 1 to 100 rounds, salt from 8, key "+
				"from 16 bytes); %s",
			mend)
	}
}

func (k checker) login(at, login string) {
	if k.given(at+".login", login) && strings.ContainsAny(login, " \t\r\n") {
		k.complain(at+".login", "%s cannot be a login: it holds a space", quote(login))
	}
}

// once complains about the second of two equal names in a list.
func (k checker) once(key, name string, i int, seen map[string]int, list string) {
	if name == "" {
		return
	}
	if first, twice := seen[name]; twice {
		where := ""
		if at, ok := k.src.places[fmt.Sprintf("%s[%d]", list, first)]; ok {
			where = " (line " + strconv.Itoa(at.line) + ")"
		}
		k.complain(key, "%s is there already%s; each must be unique", quote(name), where)
		return
	}
	seen[name] = i
}

func (k checker) oneOf(key, text string, known ...string) {
	if slices.Contains(known, text) {
		return
	}
	k.complain(key, "%s is not known here; write %s", quote(text),
		strings.Join(slices.DeleteFunc(slices.Clone(known), func(s string) bool {
			return s == ""
		}), ", "))
}

func (k checker) between(key string, n, least, most int) {
	if n < least || n > most {
		k.complain(key, "%d is out of bounds; write %d to %d", n, least, most)
	}
}

// retention is a time to keep what holds personal data: a month at least, since files are of
// months; or 0.
func (k checker) retention(key string, d time.Duration) {
	if d != 0 && d < 31*day {
		k.complain(key, "%s is too short; write 31d or more, or 0s to keep all", d)
	}
}

func (k checker) period(key string, d, least, most time.Duration) {
	if d < least || d > most {
		k.complain(key, "%s is out of bounds; write %s to %s", d, least, most)
	}
}

// address checks host:port. Port 0 takes any free one, where the hub itself listens.
func (k checker) address(key, address string) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		k.complain(key, "%s is not an address; write host:port", quote(address))
		return
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 && key != "listen" {
		k.complain(key, "%s is not a port; write a number from 1 to 65535", quote(port))
	}
	if strings.ContainsAny(host, " /@\t") {
		k.complain(key, "%s is not a host", quote(host))
	}
}

func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.IsLoopback()
}

// page checks a web address.
func (k checker) page(key, text string) {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "":
		k.complain(key, "this is not a web address; write https://…")
	case u.User != nil:
		k.complain(key, "a user and password do not belong into an address; remove them")
	}
}

func (k checker) file(key, path string) {
	if !k.given(key, path) {
		return
	}
	if err := plainFile(path); err != nil {
		k.complain(key, "%v; name an existing file, relative to hub.yml or absolute", err)
	}
}
