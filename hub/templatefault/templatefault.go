// Package templatefault says what is wrong with a template (text/template) in the words of
// administrators.
package templatefault

import (
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Kind is what templates of a kind look like.
type Kind struct {
	Example   string   // {{.Caller.Name}}
	Functions []string // those that it offers; nil: it is about names only
}

// Fields returns the names that templates over a type can use: .Caller.Name, .Call.DID and so on.
func Fields(t reflect.Type) []string { return fieldNames(t, "") }

func fieldNames(t reflect.Type, path string) []string {
	names := map[string]bool{}
	for _, f := range reflect.VisibleFields(t) {
		switch {
		case !f.IsExported(), f.Anonymous, f.Type.Kind() == reflect.Bool, f.Type.Kind() == reflect.Slice:
		case f.Type.Kind() == reflect.Struct && f.Type.PkgPath() != "time":
			for _, name := range fieldNames(f.Type, path+"."+f.Name) {
				names[name] = true
			}
		default:
			names[path+"."+f.Name] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

var (
	// prefix of errors: template: title:1:9: executing "title" at <.Caller.Nam>: …
	place          = regexp.MustCompile(`^template: [^:]*:(\d+)(?::\d+)?: (?:executing "[^"]*" at <([^>]*)>: )?`)
	missingField   = regexp.MustCompile(`^can't evaluate field (\w+) in type`)
	missingKey     = regexp.MustCompile(`^map has no entry for key "(\w+)"`)
	missingFunc    = regexp.MustCompile(`^function "(\w+)" not defined`)
	wrongCount     = regexp.MustCompile(`^wrong number of args for (\w+): want (?:at least )?(\d+) got (\d+)`)
	wrongType      = regexp.MustCompile(`^wrong type for value; expected (\w+); got ([\w.]+)`)
	plainPath      = regexp.MustCompile(`^(?:\.\w+)+$`)
	unexpectedMark = regexp.MustCompile(`^(?:unexpected|bad character|unterminated|unrecognized|illegal|malformed)`)
)

// Explain rewrites an error of text/template, and returns the unknown name if that is the error.
func (k Kind) Explain(err error) (text, unknown string) {
	text = err.Error()
	m := place.FindStringSubmatch(text)
	if m == nil {
		return text, ""
	}
	text, unknown = k.explain(text[len(m[0]):], m[2])
	if line, err := strconv.Atoi(m[1]); err == nil && line > 1 {
		text = fmt.Sprintf("line %d of the text: %s", line, text)
	}
	return text, unknown
}

func (k Kind) explain(text, at string) (explained, unknown string) {
	field := missingField.FindStringSubmatch(text)
	if field == nil {
		field = missingKey.FindStringSubmatch(text)
	}
	function, count := missingFunc.FindStringSubmatch(text), wrongCount.FindStringSubmatch(text)
	mismatch := wrongType.FindStringSubmatch(text)
	switch {
	case field != nil:
		unknown = unknownPath(at, field[1])
		return fmt.Sprintf("there is no {{%s}}", unknown), unknown
	case function != nil:
		text = fmt.Sprintf("`%s` is unknown; names begin with a dot", function[1])
		if len(k.Functions) > 0 {
			text += ", and the functions are " + strings.Join(k.Functions, ", ")
		}
		return text, "." + function[1]
	case count != nil:
		return fmt.Sprintf("`%s` has %s values, and needs %s; write it like %s", count[1], count[3], count[2],
			k.Example), ""
	case mismatch != nil:
		return fmt.Sprintf("%s is not a text, which the function before it needs; write it like %s", at, k.Example), ""
	case strings.HasPrefix(text, "unclosed action"):
		return "a {{ is not closed: write }} after the name, such as " + k.Example, ""
	case strings.HasPrefix(text, "unexpected EOF"):
		return "an {{if}}, {{with}} or {{range}} has no {{end}}", ""
	case strings.HasPrefix(text, "unexpected {{end}}"), strings.HasPrefix(text, "unexpected {{else}}"):
		return fmt.Sprintf("this %s has no {{if}}, {{with}} or {{range}}", strings.TrimPrefix(text, "unexpected ")), ""
	case strings.HasPrefix(text, "missing value for"), strings.HasPrefix(text, "empty command"):
		return "there is nothing between {{ and }}; write a name such as " + k.Example, ""
	case unexpectedMark.MatchString(text):
		return "the text between {{ and }} is invalid (" + text + "); write a name such as " + k.Example, ""
	}
	return strings.TrimSpace(at + ": " + text), ""
}

// unknownPath returns an unknown name as written in the template.
func unknownPath(written, field string) string {
	if written = strings.TrimSpace(written); plainPath.MatchString(written) {
		return written
	}
	return "." + field
}
