package config

import (
	"cmp"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"traybell/hub/config/document"

	gocmp "github.com/google/go-cmp/cmp"
)

// referenceHead is the text above the tables of the configuration reference.
const referenceHead = `# Configuration reference

Every key of hub.yml. The [admin guide](admin-guide.md) explains how to use them;
[hub.example.yml](../hub/config/hub.example.yml) shows each in its place. This page is generated
from the Go types by ` + "`go test ./hub/config -update`" + `.

- Durations: ` + "`30s`, `5m`, `2h`, `400d`" + `.
- Relative paths start at the folder of hub.yml.
- Secrets: either the key itself, or the key with ` + "`_file`" + `, which names a file that holds only the
  secret.
- Unknown keys are errors.
`

// TestConfigurationReference compares docs/configuration.md with the types.
func TestConfigurationReference(t *testing.T) {
	var b strings.Builder
	b.WriteString(referenceHead)
	top, defaults := reflect.TypeFor[Config](), reflect.ValueOf(Default()).Elem()
	b.WriteString("\n## Top level\n" + keysTable)
	for i := range top.NumField() {
		if f := top.Field(i); f.IsExported() && !section(f.Type) {
			keyRow(&b, f, name(f), "", defaults.Field(i))
		}
	}
	for i := range top.NumField() {
		if f := top.Field(i); f.IsExported() && section(f.Type) {
			fmt.Fprintf(&b, "\n## %s\n%s\n", name(f), f.Tag.Get("jsonschema_description"))
			if f.Type == reflect.TypeFor[[]HelpDesk]() { // its keys are there already
				continue
			}
			b.WriteString(keysTable)
			keyRows(&b, f.Type, name(f), "", defaults.Field(i))
		}
	}
	const file = "../../docs/configuration.md"
	if *update {
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("stale, run go test ./hub/config -update (-file +types):\n%s", diff)
	}
}

const keysTable = "\n| Key | Default | Description |\n|---|---|---|\n"

func name(f reflect.StructField) string { return f.Tag.Get("yaml") }

// section reports whether a type has keys: a section, a list of sections, or a map of them.
func section(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Slice, reflect.Map:
		return section(t.Elem())
	}
	return document.Section(t)
}

// keyRows writes the keys of a section; value holds the defaults. of are the types of the section
// that have the keys; empty: all.
func keyRows(b *strings.Builder, t reflect.Type, at, of string, value reflect.Value) {
	switch t.Kind() {
	case reflect.Slice:
		at += "[]"
	case reflect.Map:
		at += ".NAME"
	}
	if t.Kind() != reflect.Struct {
		t = t.Elem()
		fresh := reflect.New(t)
		if d, ok := fresh.Interface().(document.Defaulter); ok {
			d.SetDefaults()
		}
		value = fresh.Elem()
	}
	for i := range t.NumField() {
		f := t.Field(i)
		if name(f) == document.Inline {
			keyRows(b, f.Type, at, f.Tag.Get("types"), value.Field(i))
			continue
		}
		key := at + "." + name(f)
		if section(f.Type) {
			keyRows(b, f.Type, key, of, value.Field(i))
			continue
		}
		keyRow(b, f, key, of, value.Field(i))
	}
}

func keyRow(b *strings.Builder, f reflect.StructField, key, of string, value reflect.Value) {
	text := strings.ReplaceAll(f.Tag.Get("jsonschema_description"), "|", "\\|")
	if of != "" {
		text = of + ": " + text
	}
	fmt.Fprintf(b, "| `%s` | %s | %s |\n", key, shownDefault(value), text)
}

func shownDefault(v reflect.Value) string {
	switch x := v.Interface().(type) {
	case time.Duration:
		if x == 0 {
			return ""
		}
		if x%day == 0 {
			return fmt.Sprintf("`%dd`", x/day)
		}
		return "`" + strings.NewReplacer("m0s", "m", "h0m0s", "h").Replace(x.String()) + "`"
	case document.Secret, time.Time:
		return ""
	case string:
		return cmp.Or(strings.ReplaceAll("`"+x+"`", "``", ""), "")
	}
	if v.Kind() == reflect.Slice || v.Kind() == reflect.Map || v.Kind() == reflect.Pointer && v.IsNil() {
		return ""
	}
	return fmt.Sprintf("`%v`", v.Interface())
}
