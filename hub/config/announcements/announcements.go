// Package announcements is the section announcements of hub.yml: what callers hear of agents who do not
// answer.
package announcements

import (
	"fmt"
	"path"
	"regexp"
	"strings"

	"traybell/hub/config/check"
	"traybell/hub/config/document"
)

// Announcements says who may have a recorded announcement, and where the PBXs keep them.
type Announcements struct {
	Enabled    bool     `yaml:"enabled" jsonschema_description:"true: agents switch their announcements on and off, and the hub shows them. The PBX needs the dialplan of packaging/asterisk."`
	PBX        []string `yaml:"pbx" jsonschema_description:"Ids of the PBXs that play announcements. Default: all."`
	Extensions []string `yaml:"extensions" jsonschema_description:"Who may have one: extensions or dialplan patterns, such as _1XX. The hub writes it into the PBX's AstDB, for the service code. Default: all."`
	Code       string   `yaml:"code" jsonschema_description:"Number that records an announcement on a phone, as in the dialplan."`
	Folders    []Folder `yaml:"folders" jsonschema_description:"Folders that the hub shares with PBXs. Without one the hub cannot play announcements on its pages, or take uploaded ones: AMI carries no files."`
}

// Folder has the announcements of a PBX.
type Folder struct {
	PBX       []string `yaml:"pbx" jsonschema_description:"Ids of the PBXs with this folder. Default: all."`
	Folder    string   `yaml:"folder" jsonschema_description:"The folder on the hub's computer, such as a mounted one. The hub's user writes there, and the PBX's reads."`
	PBXFolder string   `yaml:"pbx_folder" jsonschema_description:"The same folder on the PBX."`
}

// usualFolder is where the dialplan records announcements.
const usualFolder = "/var/spool/asterisk/traybell"

// SetDefaults implements document.Defaulter.
func (f *Folder) SetDefaults() { f.PBXFolder = usualFolder }

// Default has the default of every key.
func Default() Announcements { return Announcements{Code: "*600"} }

var (
	mask = regexp.MustCompile(`^[0-9*#]+$|^_([0-9XZNxzn*#]|\[[0-9-]+\])+[.!]?$`)
	code = regexp.MustCompile(`^[0-9*#]{1,20}$`)
)

// longestMask bounds the expression of all extensions, in bytes: AMI and the AstDB keep less than 256.
const longestMask = 200

// Check checks the section and makes its paths absolute. isPBX says whether hub.yml has a PBX.
func (a *Announcements) Check(k check.Values, isPBX func(id string) bool) {
	if !code.MatchString(a.Code) {
		k.Complain("announcements.code", "%s is not a number of a phone; use digits, * and #, such as *600",
			document.Quote(a.Code))
	}
	knownPBXs(k, "announcements.pbx", a.PBX, isPBX)
	for i, e := range a.Extensions {
		if !mask.MatchString(e) {
			k.Complain(fmt.Sprintf("announcements.extensions[%d]", i), "%s is neither an extension nor a dialplan "+
				"pattern; after _ use digits, X (0-9), Z (1-9), N (2-9), [1-5], and . or ! at the end",
				document.Quote(e))
		}
	}
	if n := len(Expression(a.Extensions)); n > longestMask {
		k.Complain("announcements.extensions", "the list is too long for the PBX's AstDB; use patterns, such as _1XX")
	}
	for i := range a.Folders {
		f, at := &a.Folders[i], fmt.Sprintf("announcements.folders[%d]", i)
		knownPBXs(k, at+".pbx", f.PBX, isPBX)
		if k.Given(at+".folder", f.Folder) {
			f.Folder = k.Absolute(f.Folder)
		}
		if f.PBXFolder = path.Clean(f.PBXFolder); !path.IsAbs(f.PBXFolder) ||
			strings.ContainsAny(f.PBXFolder, "\r\n,|&${}\"") {
			k.Complain(at+".pbx_folder", "%s is not an absolute path of a folder; use %s or what `core show settings` "+
				"on the PBX has as spool directory, with /traybell", document.Quote(f.PBXFolder), usualFolder)
		}
	}
}

func knownPBXs(k check.Values, at string, list []string, isPBX func(id string) bool) {
	for i, id := range list {
		if !isPBX(id) {
			k.Complain(fmt.Sprintf("%s[%d]", at, i), "there is no PBX %s", document.Quote(id))
		}
	}
}

// Expression is the regular expression, as Asterisk's REGEX reads it, that extensions and patterns
// match; empty: all.
func Expression(masks []string) string {
	var parts []string
	for _, m := range masks {
		var b strings.Builder
		pattern := strings.HasPrefix(m, "_")
		for _, c := range strings.TrimPrefix(m, "_") {
			switch {
			case pattern && strings.ContainsRune("Xx", c):
				b.WriteString("[0-9]")
			case pattern && strings.ContainsRune("Zz", c):
				b.WriteString("[1-9]")
			case pattern && strings.ContainsRune("Nn", c):
				b.WriteString("[2-9]")
			case pattern && c == '.':
				b.WriteString(".+")
			case pattern && c == '!':
				b.WriteString(".*")
			case c == '*':
				b.WriteString("[*]")
			default:
				b.WriteRune(c)
			}
		}
		parts = append(parts, b.String())
	}
	if len(parts) == 0 {
		return ""
	}
	return "^(" + strings.Join(parts, "|") + ")$"
}
