package config

import (
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// twoKinds is a section with two kinds, which share the keys url and token.
type twoKinds struct {
	Type string   `yaml:"type"`
	A    kindKeys `yaml:",inline"`
	B    kindKeys `yaml:",inline"`
}

type kindKeys struct {
	URL       string `yaml:"url"`
	Token     Secret `yaml:"token"`
	TokenFile string `yaml:"token_file"`
}

func (*twoKinds) selector() string    { return "type" }
func (*twoKinds) later(string) string { return "" }
func (k *twoKinds) settings(kind string) any {
	if kind == "b" {
		return &k.B
	}
	return &k.A
}

func TestInlinedKeysBelongToTheKind(t *testing.T) {
	dir := folder(t, map[string]string{"secret": "hunter2"})
	for _, kind := range []string{"a", "b"} {
		src := newSource("hub.yml", nil)
		tree, problem := parse(src, []byte("url: https://desk.example.com\ntoken_file: secret\ntype: "+kind+"\n"))
		if problem != nil {
			t.Fatal(problem)
		}
		d := &decoder{src: src, bad: map[string]bool{}}
		var got twoKinds
		v := reflect.ValueOf(&got).Elem()
		d.value(tree, v, "")
		d.files(dir, v, "")
		if len(d.problems) > 0 {
			t.Fatal(d.problems)
		}
		secret := filepath.Join(dir, "secret")
		want := twoKinds{Type: kind}
		*want.settings(kind).(*kindKeys) = kindKeys{"https://desk.example.com", NewSecret("hunter2"), secret}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("type %s (-want +got):\n%s", kind, diff)
		}
		if files := filesOf(v, dir); !slices.Equal(files, []string{secret}) {
			t.Errorf("type %s: files %q", kind, files)
		}
		if hasPlainSecret(v) {
			t.Errorf("type %s: the secret in a file counts as plain", kind)
		}
		want.settings(kind).(*kindKeys).TokenFile = ""
		if !hasPlainSecret(reflect.ValueOf(want)) {
			t.Errorf("type %s: plain secret not found", kind)
		}
		if keys := changed(v, reflect.ValueOf(want), ""); !slices.Equal(keys, []string{"token_file"}) {
			t.Errorf("type %s: changed %q", kind, keys)
		}
	}
}

// A key of several kinds has one type, and every secret can be in a file.
func TestHelpDeskKeys(t *testing.T) {
	types := map[string]reflect.Type{}
	for _, k := range helpDeskKinds {
		if k.settings == nil {
			continue
		}
		settings := reflect.TypeOf(k.settings(&HelpDesk{})).Elem()
		fields := fieldsOf(settings)
		for name, i := range fields {
			field := settings.Field(i).Type
			if other, has := types[name]; has && other != field {
				t.Errorf("%s is %v and %v", name, other, field)
			}
			types[name] = field
			if _, has := fields[name+"_file"]; field == secretType && !has {
				t.Errorf("%s has no %s_file", name, name)
			}
		}
	}
}
