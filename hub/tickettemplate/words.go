package tickettemplate

import (
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"text/template"
)

// Fields returns the names that templates can use: .Caller.Name, .Call.DID and so on.
func Fields() []string { return fieldNames(reflect.TypeFor[Data](), "") }

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
	templatePlace  = regexp.MustCompile(`^template: \w+:(\d+)(?::\d+)?: (?:executing "\w+" at <([^>]*)>: )?`)
	missingField   = regexp.MustCompile(`^can't evaluate field (\w+) in type`)
	missingFunc    = regexp.MustCompile(`^function "(\w+)" not defined`)
	plainPath      = regexp.MustCompile(`^(?:\.\w+)+$`)
	unexpectedMark = regexp.MustCompile(`^(?:unexpected|bad character|unterminated|unrecognized|illegal|malformed)`)
)

// explain rewrites an error of text/template for administrators, and returns the unknown name if
// that is the error.
func explain(err error) (text, unknown string) {
	text = err.Error()
	m := templatePlace.FindStringSubmatch(text)
	if m == nil {
		return text, ""
	}
	text = text[len(m[0]):]
	at := m[2]
	switch field, function := missingField.FindStringSubmatch(text), missingFunc.FindStringSubmatch(text); {
	case field != nil:
		unknown = unknownPath(at, field[1])
		text = fmt.Sprintf("there is no {{%s}}", unknown)
	case function != nil:
		unknown = "." + function[1]
		text = fmt.Sprintf("`%s` is unknown; names begin with a dot", function[1])
	case strings.HasPrefix(text, "unclosed action"):
		text = "a {{ is not closed: write }} after the name, such as {{.Caller.Name}}"
	case strings.HasPrefix(text, "unexpected EOF"):
		text = "an {{if}}, {{with}} or {{range}} has no {{end}}"
	case strings.HasPrefix(text, "unexpected {{end}}"), strings.HasPrefix(text, "unexpected {{else}}"):
		text = fmt.Sprintf("this %s has no {{if}}, {{with}} or {{range}}",
			strings.TrimPrefix(text, "unexpected "))
	case strings.HasPrefix(text, "missing value for"), strings.HasPrefix(text, "empty command"):
		text = "there is nothing between {{ and }}; write a name such as {{.Caller.Name}}"
	case unexpectedMark.MatchString(text):
		text = "the text between {{ and }} is invalid (" + text + "); write a name such as {{.Caller.Name}}"
	default:
		text = strings.TrimSpace(at + ": " + text)
	}
	if line, err := strconv.Atoi(m[1]); err == nil && line > 1 {
		text = fmt.Sprintf("line %d of the text: %s", line, text)
	}
	return text, unknown
}

// unknownPath returns an unknown name as written in the template.
func unknownPath(written, field string) string {
	if written = strings.TrimSpace(written); plainPath.MatchString(written) {
		return written
	}
	return "." + field
}

// try executes a template with all fields set and with none, to check both branches of an {{if}}.
func try(t *template.Template) error {
	for _, sample := range []Data{sampleData(), {}} {
		if err := t.Execute(&strings.Builder{}, sample); err != nil {
			return err
		}
	}
	return nil
}

// sampleData returns a Data with a text in every field.
func sampleData() Data {
	var data Data
	fill(reflect.ValueOf(&data).Elem())
	return data
}

func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString("x")
	case reflect.Struct:
		if v.Type().PkgPath() == "time" {
			return
		}
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				fill(v.Field(i))
			}
		}
	default:
	}
}
