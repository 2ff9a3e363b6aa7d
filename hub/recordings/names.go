package recordings

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"traybell/hub/recordings/place"
)

// Pattern is a path below the folder with placeholders in angle brackets and the wildcards of
// path.Match. The zero Pattern finds nothing.
type Pattern string

// placeholders of a Pattern.
var placeholders = []string{"linkedid", "uniqueid", "year", "month", "day", "time", "number", "extension", "did"}

var placeholder = regexp.MustCompile(`<([^<>]*)>`)

// openEnded is an id that is not followed by a character that ids do not have: 1.7 would find 1.78.
var openEnded = regexp.MustCompile(`<(?:linkedid|uniqueid)>(?:[0-9*?\[\\<]|$)`)

// loose reports whether a pattern has no id of a call: what it finds may be of another one.
func (p Pattern) loose() bool {
	return !strings.Contains(string(p), "<linkedid>") && !strings.Contains(string(p), "<uniqueid>")
}

// Check returns what is wrong with a pattern. wildcards are only for folders.
func (p Pattern) Check(wildcards bool) error {
	for _, found := range placeholder.FindAllStringSubmatch(string(p), -1) {
		if !slices.Contains(placeholders, found[1]) {
			return fmt.Errorf("unknown placeholder <%s>; use <%s>", found[1], strings.Join(placeholders, ">, <"))
		}
	}
	plain := placeholder.ReplaceAllString(string(p), "x")
	if _, err := path.Match(plain, ""); err != nil || !fs.ValidPath(plain) {
		return errors.New("it is not a path below the folder; write <year>/<month>/<day>/*-<uniqueid>.*")
	}
	party := strings.Contains(string(p), "<number>") || strings.Contains(string(p), "<extension>")
	if p.loose() && (!party || !strings.Contains(string(p), "<time>")) {
		return errors.New("it would find recordings of other calls; it needs <linkedid>, <uniqueid>, or <time> " +
			"with <number> or <extension>")
	}
	if found := openEnded.FindString(string(p)); found != "" {
		return fmt.Errorf("it would find recordings of other calls; after %s write what follows the id in the "+
			"names, such as . or -", found[:strings.Index(found, ">")+1])
	}
	if !wildcards && strings.ContainsAny(plain, "*?[") {
		return errors.New("servers have no list of files: a pattern for url may not have * or ?")
	}
	return nil
}

// safe is what a value of a pattern may have: it comes from PBXs and callers.
var safe = regexp.MustCompile(`^[0-9A-Za-z+#._-]*$`)

// of returns the patterns of a call. With an unknown or unsafe value there are none.
func (p Pattern) of(c wanted) (list []string) {
	if p == "" {
		return nil
	}
	ids := append([]string{c.linkedid}, c.uniqueids...)
	for _, id := range slices.Compact(ids) {
		at := c.Started.In(time.Local)
		values := map[string]string{
			"linkedid": c.linkedid, "uniqueid": id, "year": at.Format("2006"), "month": at.Format("01"),
			"day": at.Format(
				"02",
			), "time": at.Format("150405"), "number": c.CID, "extension": c.Extension, "did": c.DID,
		}
		usable := true
		one := placeholder.ReplaceAllStringFunc(string(p), func(name string) string {
			value := values[strings.Trim(name, "<>")]
			usable = usable && value != "" && safe.MatchString(value)
			return value
		})
		if usable && !slices.Contains(list, one) {
			list = append(list, one)
		}
	}
	return list
}

// dated is the date in the names of FreePBX, and of others who write it so.
var dated = regexp.MustCompile(`(?:^|[^0-9])(20[0-9]{2})(0[1-9]|1[0-2])([0-3][0-9])(?:[^0-9]|$)`)

// places returns where below a folder a recording with a name may be, the likely first. A PBX gives a
// path, or only the base name; folder is that of the recordings on the PBX.
func places(name, folder string, began time.Time) (list []string) {
	name = strings.TrimSpace(name)
	switch {
	case name == "" || strings.ContainsAny(name, "\\\x00"):
		return nil
	case strings.HasPrefix(name, "/"):
		below, ok := strings.CutPrefix(path.Clean(name), strings.TrimRight(folder, "/")+"/")
		if !ok {
			return nil
		}
		return []string{below}
	case strings.Contains(name, "/"):
		return []string{path.Clean(name)}
	}
	if found := dated.FindStringSubmatch(name); found != nil {
		list = append(list, path.Join(found[1], found[2], found[3], name))
	}
	if !began.IsZero() {
		list = append(list, path.Join(began.In(time.Local).Format("2006/01/02"), name))
	}
	return slices.Compact(append(list, name))
}

// otherwise returns the same name with other endings: a script may have converted the recording.
func otherwise(name string) (list []string) {
	plain := strings.TrimSuffix(name, path.Ext(name))
	for _, ending := range place.Endings() {
		if plain+ending != name {
			list = append(list, plain+ending)
		}
	}
	return list
}
