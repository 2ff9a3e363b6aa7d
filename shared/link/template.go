// Package link makes addresses of pages about a call from templates with <PIM_…> placeholders, such
// that nothing a caller or a directory says can change what the address is for: every value stays
// in the place that the template gives it.
//
// It owns no state: a Template never changes and may be expanded by any number of goroutines.
package link

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

// Template is an address with placeholders.
type Template struct {
	pieces []piece
}

// piece is fixed text, or, where name is set, a placeholder.
type piece struct {
	text string
	name string
	path bool // stands in the address's path, where nothing may be missing
}

var placeholder = regexp.MustCompile(`<([^<>]*)>`)

// Parse reads a template. Its error says what is wrong and how to mend it: an unknown placeholder,
// a scheme other than http and https, or a placeholder where it would decide whose page is opened.
func Parse(source string) (*Template, error) {
	fail := func(format string, args ...any) (*Template, error) {
		return nil, fmt.Errorf("link %q: %w", source, fmt.Errorf(format, args...))
	}
	scheme, rest, ok := strings.Cut(source, "://")
	if lower := strings.ToLower(scheme); !ok || lower != "http" && lower != "https" {
		return fail("it must begin with https:// or http://")
	}
	if i := strings.IndexFunc(source, func(c rune) bool {
		return c <= ' ' || c == 0x7f || c == '\\' || c == '"' || c == 0xfffd
	}); i >= 0 {
		return fail("%q at position %d cannot stand in an address; write it as %%XX", source[i:i+1], i+1)
	}
	host := rest
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		host = rest[:i]
	}
	if strings.ContainsAny(host, "<>") {
		return fail("the host may not come from a placeholder; write the host and a / before the first one")
	}

	t := &Template{}
	var unknown []string
	fixed := len(source) - len(rest) + len(host) // behind the host
	t.pieces = append(t.pieces, piece{text: source[:fixed]})
	path, done := true, fixed
	add := func(text string) error {
		if strings.ContainsAny(text, "<>") {
			return errors.New("a < or > that belongs to no placeholder; write them as %3C and %3E")
		}
		if strings.ContainsAny(text, "?#") {
			path = false
		}
		t.pieces = append(t.pieces, piece{text: escapeForeign(text)})
		return nil
	}
	for _, at := range placeholder.FindAllStringSubmatchIndex(source[fixed:], -1) {
		at[0], at[1], at[2], at[3] = at[0]+fixed, at[1]+fixed, at[2]+fixed, at[3]+fixed
		if err := add(source[done:at[0]]); err != nil {
			return fail("%w", err)
		}
		name, ok := known(source[at[2]:at[3]])
		if !ok {
			unknown = append(unknown, source[at[0]:at[1]])
		}
		t.pieces = append(t.pieces, piece{text: source[at[0]:at[1]], name: name, path: path})
		done = at[1]
	}
	if len(unknown) > 0 {
		return fail("unknown placeholder %s; there are <%s>", strings.Join(unknown, ", "), strings.Join(Names(), ">, <"))
	}
	if err := add(source[done:]); err != nil {
		return fail("%w", err)
	}
	if address, err := url.Parse(t.fill(func(piece) string { return "x" })); err != nil {
		return fail("%w", errors.Unwrap(err))
	} else if address.Hostname() == "" {
		return fail("it has no host")
	}
	return t, nil
}

// Expand puts values into their places. There is no link, and ok is false, where it would open a
// page about nothing or another page than the template's: a placeholder of the path is empty, or
// makes "." or ".." of a part of it, or every placeholder of the address is empty. A nil template
// has no link.
func (t *Template) Expand(values Values) (address string, ok bool) {
	if t == nil {
		return "", false
	}
	asked, told := false, false
	for _, p := range t.pieces {
		if p.name == "" {
			continue
		}
		asked = true
		if values[p.name] != "" {
			told = true
		} else if p.path {
			return "", false
		}
	}
	if asked && !told {
		return "", false
	}
	address = t.fill(func(p piece) string { return escape(values[p.name]) })
	if t.climbs(address) {
		return "", false
	}
	return address, true
}

func (t *Template) fill(value func(piece) string) string {
	var out strings.Builder
	for _, p := range t.pieces {
		if p.name == "" {
			out.WriteString(p.text)
		} else {
			out.WriteString(value(p))
		}
	}
	return out.String()
}

// climbs tells whether a value made a step up or nowhere of the path: browsers resolve those before
// they ask the server.
func (t *Template) climbs(address string) bool {
	steps := func(address string) (count int) {
		path, _, _ := strings.Cut(strings.TrimPrefix(address, t.pieces[0].text), "?")
		path, _, _ = strings.Cut(path, "#")
		for part := range strings.SplitSeq(path, "/") {
			if part = strings.ReplaceAll(strings.ToLower(part), "%2e", "."); part == "." || part == ".." {
				count++
			}
		}
		return count
	}
	return steps(address) != steps(t.fill(func(piece) string { return "x" }))
}

// escape leaves of a value only the unreserved characters of RFC 3986 2.3; all others are
// percent-encoded, so that none of them can end the place it stands in: not a path's part, not a
// parameter, be they parted by & or, as in OTRS, by semicolons.
func escape(value string) string {
	value = strings.ToValidUTF8(value, "\uFFFD")
	var out strings.Builder
	for i := range len(value) {
		c := value[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '.' || c == '_' ||
			c == '~' {
			out.WriteByte(c)
		} else {
			fmt.Fprintf(&out, "%%%02X", c)
		}
	}
	return out.String()
}

// escapeForeign writes the letters of the template's own text that are not ASCII as an address
// holds them.
func escapeForeign(text string) string {
	var out strings.Builder
	for i := range len(text) {
		if text[i] < 0x80 {
			out.WriteByte(text[i])
		} else {
			fmt.Fprintf(&out, "%%%02X", text[i])
		}
	}
	return out.String()
}
