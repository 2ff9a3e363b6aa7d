package protocol

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"github.com/invopop/jsonschema"
)

// object is a JSON object with ordered keys.
type object []member

type member struct {
	key   string
	value any
}

func (o object) MarshalJSON() ([]byte, error) {
	var out bytes.Buffer
	out.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			out.WriteByte(',')
		}
		k, err := plain(m.key)
		if err != nil {
			return nil, err
		}
		v, err := plain(m.value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.key, err)
		}
		out.Write(k)
		out.WriteByte(':')
		out.Write(v)
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

// plain encodes JSON without escaping <, > and &.
func plain(v any) ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return bytes.TrimSpace(out.Bytes()), err
}

// asyncAPI describes the hub in AsyncAPI 3.0, generated from the Go types, their comments and the
// catalogue.
func asyncAPI(t *testing.T) []byte {
	t.Helper()
	src := readSource(t)
	pkg := reflect.TypeFor[Message]().PkgPath()
	reflector := &jsonschema.Reflector{
		Anonymous: true, AllowAdditionalProperties: true, CommentMap: map[string]string{},
	}
	for k, v := range src.comments {
		reflector.CommentMap[pkg+"."+k] = v
	}
	reflector.Mapper = func(of reflect.Type) *jsonschema.Schema {
		known := src.constants[of.Name()]
		if of.PkgPath() != pkg || len(known) == 0 {
			return nil
		}
		s := &jsonschema.Schema{Type: "string", Description: src.comments[of.Name()]}
		if of.Kind() == reflect.Int {
			s.Type = "integer"
		}
		for _, c := range known {
			s.Enum = append(s.Enum, c.value)
		}
		return s
	}

	schemas := map[string]*jsonschema.Schema{}
	data := func(v any) any {
		of := reflect.TypeOf(v)
		if of.Name() == "" {
			return object{{"type", "object"}}
		}
		for name, s := range reflector.ReflectFromType(of).Definitions {
			schemas[name] = s
		}
		return object{{"$ref", "#/components/schemas/" + of.Name()}}
	}

	var messages, refs object
	var sent []any
	operations := object{}
	ref := func(key string) object { return object{{"$ref", "#/channels/acp/messages/" + key}} }
	byName := map[string]string{}
	for _, e := range catalogue() {
		if e.Type != Action && e.Type != Error {
			byName[e.Name] = e.key()
		}
	}
	const failure = "error"
	for _, e := range catalogue() {
		key, name := e.key(), object{{"const", e.Name}}
		if e.Type == Error {
			key, name = failure, object{{"type", "string"}, {"description", "name of the action"}}
		}
		envelope := object{{"type", object{{"const", e.Type}}}, {"name", name}}
		required := []string{"type", "name", "data"}
		if e.Type == Action {
			envelope = append(envelope, member{
				"id",
				object{
					{"type", "string"},
					{"maxLength", MaxID},
					{"description", "chosen by the terminal; the hub performs an action once per id"},
				},
			})
			required = append(required, "id")
		} else {
			envelope = append(envelope, member{
				"re", object{{"type", "string"}, {"description", "id of the answered action"}},
			})
		}
		envelope = append(envelope, member{"data", data(e.Data)})
		messages = append(messages, member{key, object{
			{"name", e.Name},
			{"title", e.key()},
			{"summary", e.Summary},
			{"contentType", "application/json"},
			{"payload", object{{"type", "object"}, {"required", required}, {"properties", envelope}}},
			{"examples", []any{object{{"payload", e.message(t)}}}},
		}})
		refs = append(refs, member{key, object{{"$ref", "#/components/messages/" + key}}})
		if e.Type != Action {
			sent = append(sent, ref(key))
			continue
		}
		var replies []any
		for _, a := range e.Answers {
			if byName[a] == "" {
				t.Fatalf("%s is answered by %s, which is not a message", e.Name, a)
			}
			replies = append(replies, ref(byName[a]))
		}
		operations = append(operations, member{e.Name, object{
			{"action", "receive"},
			{"channel", object{{"$ref", "#/channels/acp"}}},
			{"summary", e.Summary},
			{"messages", []any{ref(key)}},
			{
				"reply",
				object{{"channel", object{{"$ref", "#/channels/acp"}}}, {"messages", append(replies, ref(failure))}},
			},
		}})
	}
	operations = append(operations, member{"tell", object{
		{"action", "send"},
		{"channel", object{{"$ref", "#/channels/acp"}}},
		{"summary", "Messages from the hub, as an answer or unsolicited."},
		{"messages", sent},
	}})
	var defs object
	for _, name := range sortedKeys(schemas) {
		defs = append(defs, member{name, schemas[name]})
	}
	doc := object{
		{"asyncapi", "3.0.0"},
		{"info", object{
			{"title", "ACP: the protocol between a traybell hub and its terminals"},
			{"version", fmt.Sprintf("%d.0.0", Version)},
			{
				"description",
				"The hub's side. One message is one WebSocket text frame of UTF-8 JSON. Unknown names, fields and " +
					"values must be ignored. docs/protocol.md describes the order of messages and the close codes.",
			},
		}},
		{"defaultContentType", "application/json"},
		{"servers", object{{"hub", object{
			{"host", "{hub}:11010"},
			{"protocol", "wss"},
			{
				"variables",
				object{{"hub", object{{"default", "localhost"}, {"description", "the hub's host name or address"}}}},
			},
		}}}},
		{"channels", object{{"acp", object{
			{"address", Path}, {"messages", refs}, {"bindings", object{{"ws", object{{"method", "GET"}}}}},
		}}}},
		{"operations", operations},
		{"components", object{{"messages", messages}, {"schemas", defs}}},
	}
	raw, err := plain(doc)
	if err != nil {
		t.Fatal(err)
	}
	raw = regexp.MustCompile(`#/\$defs/`).ReplaceAll(raw, []byte("#/components/schemas/"))
	var ordered yaml.MapSlice
	if err := yaml.UnmarshalWithOptions(raw, &ordered, yaml.UseOrderedMap()); err != nil {
		t.Fatal(err)
	}
	out, err := yaml.MarshalWithOptions(ordered, yaml.IndentSequence(true))
	if err != nil {
		t.Fatal(err)
	}
	return append([]byte("# Generated from the Go types of this folder: go test ./shared/protocol -update\n"), out...)
}

func TestAsyncAPIIsUpToDate(t *testing.T) {
	now := asyncAPI(t)
	if *update {
		if err := os.WriteFile("asyncapi.yaml", now, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := os.ReadFile("asyncapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(kept), string(now)); diff != "" {
		t.Errorf("asyncapi.yaml is stale: go test ./shared/protocol -update\n%s", diff)
	}
}

// Every $ref must resolve.
func TestAsyncAPIReferences(t *testing.T) {
	raw, err := os.ReadFile("asyncapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var doc map[string]any
	if err := yaml.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	count := 0
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, x := range v {
				walk(x)
			}
		case map[string]any:
			for k, x := range v {
				if target, ok := x.(string); ok && k == "$ref" {
					count++
					var at any = doc
					for _, step := range strings.Split(strings.TrimPrefix(target, "#/"), "/") {
						m, _ := at.(map[string]any)
						at = m[step]
					}
					if at == nil {
						t.Errorf("%s does not resolve", target)
					}
				}
				walk(x)
			}
		}
	}
	walk(doc)
	if count < 50 {
		t.Errorf("only %d references", count)
	}
}
