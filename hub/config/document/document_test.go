package document

import (
	"os"
	"path/filepath"
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

func (*twoKinds) Selector() string    { return "type" }
func (*twoKinds) Later(string) string { return "" }
func (k *twoKinds) Settings(kind string) any {
	if kind == "b" {
		return &k.B
	}
	return &k.A
}

func TestInlinedKeysBelongToTheKind(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "secret"), []byte("hunter2"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{"a", "b"} {
		var got twoKinds
		text := "url: https://desk.example.com\ntoken_file: secret\ntype: " + kind + "\n"
		d, problem := Read("hub.yml", dir, []byte(text), &got)
		if problem != nil {
			t.Fatal(problem)
		}
		if problems, _ := d.Finish(); len(problems) > 0 {
			t.Fatal(problems)
		}
		secret := filepath.Join(dir, "secret")
		want := twoKinds{Type: kind}
		*want.Settings(kind).(*kindKeys) = kindKeys{"https://desk.example.com", NewSecret("hunter2"), secret}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("type %s (-want +got):\n%s", kind, diff)
		}
		if files := d.Files(&got); !slices.Equal(files, []string{secret}) {
			t.Errorf("type %s: files %q", kind, files)
		}
		if HasPlainSecret(&got) {
			t.Errorf("type %s: the secret in a file counts as plain", kind)
		}
		want.Settings(kind).(*kindKeys).TokenFile = ""
		if !HasPlainSecret(&want) {
			t.Errorf("type %s: plain secret not found", kind)
		}
		if keys := Changed(&got, &want); !slices.Equal(keys, []string{"token_file"}) {
			t.Errorf("type %s: changed %q", kind, keys)
		}
	}
}
