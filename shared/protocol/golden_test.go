package protocol

import (
	"bytes"
	"encoding/json"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "update testdata, the examples in docs/protocol.md and asyncapi.yaml")

func (e entry) message(t *testing.T) Message {
	t.Helper()
	m, err := New(e.Type, e.Name, e.Data)
	if err != nil {
		t.Fatal(err)
	}
	m.ID, m.Re = e.ID, e.Re
	return m
}

// written is the message as in testdata: indented, otherwise as sent.
func (e entry) written(t *testing.T) []byte {
	t.Helper()
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(e.message(t)); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// read decodes a message's data into a new value of the sample's type.
func (e entry) read(t *testing.T, frame []byte) any {
	t.Helper()
	m, err := Parse(frame)
	if err != nil {
		t.Fatal(err)
	}
	if m.Type != e.Type || m.Name != e.Name || m.ID != e.ID || m.Re != e.Re {
		t.Errorf("envelope: %+v", m)
	}
	into := reflect.New(reflect.TypeOf(e.Data))
	if err := m.Decode(into.Interface()); err != nil {
		t.Fatal(err)
	}
	return into.Elem().Interface()
}

func TestGoldens(t *testing.T) {
	for _, e := range catalogue() {
		t.Run(e.key(), func(t *testing.T) {
			path := filepath.Join("testdata", e.key()+".json")
			if *update {
				if err := os.WriteFile(path, e.written(t), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			golden, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(golden), string(e.written(t))); diff != "" {
				t.Errorf("the message has changed, but terminals rely on it (-golden +now):\n%s", diff)
			}
			if diff := cmp.Diff(e.Data, e.read(t, golden)); diff != "" {
				t.Errorf("decoded (-want +got):\n%s", diff)
			}
		})
	}
}

func TestUnknownFieldsAreIgnored(t *testing.T) {
	for _, e := range catalogue() {
		t.Run(e.key(), func(t *testing.T) {
			var tree any
			if err := json.Unmarshal(e.written(t), &tree); err != nil {
				t.Fatal(err)
			}
			sown, err := json.Marshal(sow(tree))
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Contains(sown, []byte("from_the_future")) {
				t.Fatal("no field was added")
			}
			if diff := cmp.Diff(e.Data, e.read(t, sown)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// sow adds an unknown field to every object.
func sow(tree any) any {
	switch v := tree.(type) {
	case map[string]any:
		for k := range v {
			v[k] = sow(v[k])
		}
		v["from_the_future"] = map[string]any{"x": []any{1, "2", nil}}
	case []any:
		for i := range v {
			v[i] = sow(v[i])
		}
	}
	return tree
}

// A new name must be added to the catalogue, and with it to the goldens, docs/protocol.md and
// asyncapi.yaml.
func TestCatalogueIsComplete(t *testing.T) {
	have := map[string]bool{}
	for _, e := range catalogue() {
		have[e.Name] = true
	}
	names := 0
	for _, c := range readSource(t).constants[""] {
		if c.file != "message.go" {
			continue
		}
		if s, ok := c.value.(string); ok && s != Path {
			names++
			if !have[s] {
				t.Errorf("%s (%q) is not in the catalogue", c.name, s)
			}
		}
	}
	if names < 20 {
		t.Errorf("only %d names were found in message.go", names)
	}
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) != len(catalogue()) {
		t.Errorf("%d goldens for %d messages (%v)", len(files), len(catalogue()), err)
	}
}

func FuzzParse(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.json")
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Add([]byte(`{"type":"action","name":"session.open","id":"1","data":{"protocol":1e9}}`))
	f.Fuzz(func(t *testing.T, frame []byte) {
		m, err := Parse(frame)
		if err != nil {
			return
		}
		_ = m.CheckAction()
		var o OpenSession
		if m.Decode(&o) == nil {
			_ = o.Check()
		}
		raw, err := json.Marshal(m)
		if own, wrong := m.Encode(); wrong != nil || m.Data == nil && string(own) != string(raw) {
			t.Errorf("%q is encoded as %q, want %q (%v)", frame, own, raw, wrong)
		}
		if err != nil {
			t.Fatalf("%q cannot be encoded again: %v", frame, err)
		}
		again, err := Parse(raw)
		if err != nil || again.Type != m.Type || again.Name != m.Name || again.ID != m.ID || again.Re != m.Re {
			t.Errorf("%q became %q (%v)", frame, raw, err)
		}
	})
}

func TestSameFingerprint(t *testing.T) {
	f := Fingerprint([]byte("certificate"))
	plain := strings.ToLower(strings.ReplaceAll(f, ":", ""))
	if len(plain) != 64 || !SameFingerprint(f, plain) || !SameFingerprint(f, " "+strings.ReplaceAll(f, ":", " ")+"\n") {
		t.Error(f)
	}
	if SameFingerprint(f, Fingerprint([]byte("another"))) || SameFingerprint("", "") || SameFingerprint(f, "") {
		t.Error("different fingerprints are equal")
	}
}

func TestComeBack(t *testing.T) {
	for c, back := range map[CloseCode]bool{
		CloseRestart: true, CloseSlow: true, CloseTimeout: true, CloseBusy: true, 1006: true, CloseRefused: false,
		CloseReplaced: false, CloseEnded: false, CloseInvalid: false, 4499: false,
	} {
		if c.ComeBack() != back {
			t.Error(c)
		}
	}
}

// source is the package's own source, for the descriptions in asyncapi.yaml.
type source struct {
	comments  map[string]string // by "Type" and "Type.Field"
	constants map[string][]constant
}

type constant struct {
	name, file string
	value      any // a string or an int
}

func readSource(t *testing.T) source {
	t.Helper()
	s := source{map[string]string{}, map[string][]constant{}}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range parsed.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok {
				continue
			}
			for _, spec := range g.Specs {
				switch v := spec.(type) {
				case *ast.TypeSpec:
					s.comments[v.Name.Name] = oneLine(g.Doc)
					if st, ok := v.Type.(*ast.StructType); ok {
						for _, f := range st.Fields.List {
							for _, n := range f.Names {
								s.comments[v.Name.Name+"."+n.Name] = oneLine(f.Comment, f.Doc)
							}
						}
					}
				case *ast.ValueSpec:
					if g.Tok != token.CONST || len(v.Values) != 1 {
						continue
					}
					lit, ok := v.Values[0].(*ast.BasicLit)
					if !ok {
						continue
					}
					of := ""
					if id, ok := v.Type.(*ast.Ident); ok {
						of = id.Name
					}
					var value any
					if lit.Kind == token.STRING {
						value, err = strconv.Unquote(lit.Value)
					} else {
						value, err = strconv.Atoi(lit.Value)
					}
					if err != nil {
						t.Fatal(err)
					}
					s.constants[of] = append(s.constants[of], constant{v.Names[0].Name, file, value})
				}
			}
		}
	}
	return s
}

// oneLine joins comments: the one behind a field and the one above it.
func oneLine(comments ...*ast.CommentGroup) string {
	var words []string
	for _, c := range comments {
		words = append(words, strings.Fields(c.Text())...)
	}
	return strings.Join(words, " ")
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
