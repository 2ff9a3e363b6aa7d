// Package link builds URLs about a call from templates with <PIM_…> placeholders. Values from
// callers and directories are untrusted: none can change anything outside its place in the URL.
//
// It has no state. A Template is immutable and safe for concurrent use.
package link

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

// Template is a URL with placeholders.
type Template struct {
	pieces []piece
}

// piece is fixed text or, with a name, a placeholder.
type piece struct {
	text string
	name string
	path bool // part of the URL's path, where no value may be missing
}

var placeholder = regexp.MustCompile(`<([^<>]*)>`)

// Parse parses a template. It rejects unknown placeholders, schemes other than http and https, and
// placeholders in the host.
func Parse(source string) (*Template, error) {
	fail := func(format string, args ...any) (*Template, error) {
		return nil, fmt.Errorf("link %q: %w", source, fmt.Errorf(format, args...))
	}
	scheme, rest, ok := strings.Cut(source, "://")
	if lower := strings.ToLower(scheme); !ok || lower != "http" && lower != "https" {
		return fail("must begin with https:// or http://")
	}
	if i := strings.IndexFunc(source, func(c rune) bool {
		return c <= ' ' || c == 0x7f || c == '\\' || c == '"' || c == 0xfffd
	}); i >= 0 {
		return fail("%q at position %d is not allowed in a URL; write it as %%XX", source[i:i+1], i+1)
	}
	host := rest
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		host = rest[:i]
	}
	if strings.ContainsAny(host, "<>") {
		return fail("placeholders are not allowed in the host; put a / after the host")
	}

	t := &Template{}
	var unknown []string
	fixed := len(source) - len(rest) + len(host) // end of the host
	t.pieces = append(t.pieces, piece{text: source[:fixed]})
	path, done := true, fixed
	add := func(text string) error {
		if strings.ContainsAny(text, "<>") {
			return errors.New("< or > outside a placeholder; write them as %3C and %3E")
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
		return fail("unknown placeholder %s; supported: <%s>", strings.Join(unknown, ", "),
			strings.Join(append(Names(), Variable+"…"), ">, <"))
	}
	if err := add(source[done:]); err != nil {
		return fail("%w", err)
	}
	if address, err := url.Parse(t.fill(func(piece) string { return "x" })); err != nil {
		return fail("%w", errors.Unwrap(err))
	} else if address.Hostname() == "" {
		return fail("missing host")
	}
	return t, nil
}

// Data returns the fields of call_data that the template names; nil for a nil template.
func (t *Template) Data() (fields []string) {
	if t == nil {
		return nil
	}
	for _, p := range t.pieces {
		if field, ok := strings.CutPrefix(p.name, Variable); ok {
			fields = append(fields, field)
		}
	}
	return fields
}

// Expand fills in values. ok is false if the link would open a different page or none in
// particular: a placeholder in the path is empty or makes "." or ".." of a segment, or all
// placeholders are empty. A nil template has no link.
func (t *Template) Expand(values Values) (address string, ok bool) {
	if t == nil {
		return "", false
	}
	hasPlaceholder, hasValue := false, false
	for _, p := range t.pieces {
		if p.name == "" {
			continue
		}
		hasPlaceholder = true
		if values[p.name] != "" {
			hasValue = true
		} else if p.path {
			return "", false
		}
	}
	if hasPlaceholder && !hasValue {
		return "", false
	}
	address = t.fill(func(p piece) string { return escape(values[p.name]) })
	if t.climbs(address) {
		return "", false
	}
	return address, true
}

// Origin is the scheme and the host of the URL; ok is false for a nil template.
func (t *Template) Origin() (origin string, ok bool) {
	if t == nil {
		return "", false
	}
	return strings.ToLower(t.pieces[0].text), true // all before the path
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

// climbs reports whether a value makes "." or ".." of a path segment, which browsers resolve.
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

// escape percent-encodes everything except the unreserved characters of RFC 3986 2.3, so that a
// value cannot end its path segment or parameter, whether parameters are separated by & or, as in
// OTRS, by semicolons.
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

// escapeForeign percent-encodes the non-ASCII characters of a template.
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
