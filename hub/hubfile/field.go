package hubfile

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"traybell/hub/config"
	"traybell/hub/config/document"
	"traybell/hub/config/rewrite"
	"traybell/hub/fail"

	"github.com/invopop/jsonschema"
)

// List is a part of hub.yml whose entries can be changed.
type List string

// The lists.
const (
	Agents    List = "agents"
	Tracking  List = "tracking"
	Templates List = "ticket_templates"
)

// Lists returns all lists.
func Lists() []List { return []List{Agents, Tracking, Templates} }

// kind is how entries of a list are written.
type kind struct {
	of     reflect.Type
	schema string // its definition in the schema of hub.yml
	key    string // that names an entry; empty: the list is a section of named entries
}

var kinds = map[List]kind{
	Agents:    {reflect.TypeFor[config.Agent](), "Agent", "login"},
	Tracking:  {reflect.TypeFor[config.Line](), "Line", "number"},
	Templates: {reflect.TypeFor[config.TicketTemplate](), "TicketTemplate", ""},
}

// NameKey is the key of the name of an entry in forms; in hub.yml the name is the key of the entry.
const NameKey = "name"

// Type is what a key of an entry has.
type Type string

// The types.
const (
	Text    Type = "text"    // one line
	Lines   Type = "lines"   // a text of several lines
	Texts   Type = "texts"   // a list
	Choice  Type = "choice"  // one of the words
	Choices Type = "choices" // several of the words
)

// Field is a key of the entries of a list. Passwords are not among them, see Edit.
type Field struct {
	Key   string   `json:"key"`
	Type  Type     `json:"type" enum:"text,lines,texts,choice,choices"`
	Words []string `json:"words,omitempty" doc:"of a choice"`
	Help  string   `json:"help" doc:"as in the reference of hub.yml"`
}

// fields has the keys of each list in the order of the schema.
var fields = schemaFields()

func schemaFields() map[List][]Field {
	var schema jsonschema.Schema
	if err := json.Unmarshal(config.Schema(), &schema); err != nil {
		return nil // cannot happen: the input is our own types; the tests read all fields
	}
	all := map[List][]Field{}
	for list, k := range kinds {
		of := schema.Definitions[k.schema]
		for pair := of.Properties.Oldest(); pair != nil; pair = pair.Next() {
			if strings.HasPrefix(pair.Key, "password") || pair.Value.Ref != "" { // its keys are only in the file
				continue
			}
			f := Field{Key: pair.Key, Type: Text, Help: pair.Value.Description}
			words := pair.Value.Enum
			switch {
			case pair.Value.Type == "array" && len(pair.Value.Items.Enum) > 0:
				f.Type, words = Choices, pair.Value.Items.Enum
			case pair.Value.Type == "array":
				f.Type = Texts
			case len(words) > 0:
				f.Type = Choice
			case list == Templates && pair.Key == "body":
				f.Type = Lines
			}
			for _, word := range words {
				f.Words = append(f.Words, fmt.Sprint(word))
			}
			all[list] = append(all[list], f)
		}
	}
	return all
}

// fieldsOf returns the fields of a list, with the templates and help desks that entries can name.
func fieldsOf(list List, cfg *config.Config) []Field {
	all := slices.Clone(fields[list])
	for i, f := range all {
		if list == Tracking && f.Key == "ticket" {
			all[i].Type = Choice
			all[i].Words = append([]string{""}, slices.Sorted(maps.Keys(cfg.TicketTemplates))...)
		}
		if list == Templates && f.Key == "help_desk" {
			all[i].Type, all[i].Words = Choice, []string{""}
			for _, d := range cfg.Desks() {
				if d.Name != "" {
					all[i].Words = append(all[i].Words, d.Name)
				}
			}
		}
	}
	return all
}

// Values are the keys of an entry: texts, and lists of texts.
type Values map[string]any

// entry is an entry of the configuration with all its keys.
type entry struct {
	name   string
	values Values
}

// entries returns those of a list, named ones by name.
func entries(cfg *config.Config, list List) (all []entry) {
	switch list {
	case Agents:
		for _, a := range cfg.Agents {
			all = append(all, entry{a.Login, valuesOf(a)})
		}
	case Tracking:
		for _, l := range cfg.Tracking {
			all = append(all, entry{l.Number, valuesOf(l)})
		}
	case Templates:
		for _, name := range slices.Sorted(maps.Keys(cfg.TicketTemplates)) {
			all = append(all, entry{name, valuesOf(cfg.TicketTemplates[name])})
		}
	}
	return all
}

func valuesOf(of any) Values {
	v, values := reflect.ValueOf(of), Values{}
	for key, i := range document.Fields(v.Type()) {
		switch f := v.Field(i).Interface().(type) {
		case document.Secret:
			values[key] = f.Reveal()
		case []string:
			values[key] = append([]string{}, f...)
		default:
			values[key] = fmt.Sprint(f)
		}
	}
	return values
}

// same reports whether two values of a key are the same.
func same(a, b any) bool {
	listA, isList := a.([]string)
	listB, both := b.([]string)
	if isList && both {
		return slices.Equal(listA, listB)
	}
	return a == b
}

// typed returns a value that a client sent as that of a field.
func typed(f Field, value any) (any, error) {
	isList := f.Type == Texts || f.Type == Choices
	switch v := value.(type) {
	case nil:
		if isList {
			return []string{}, nil
		}
		return "", nil
	case string:
		if !isList {
			return clean(v, f.Type == Lines), nil
		}
	case []string:
		if isList {
			return trimmed(v), nil
		}
	case []any:
		list := make([]string, len(v))
		for i, each := range v {
			text, ok := each.(string)
			if !ok {
				return nil, invalid("The entries of %s must be texts.", f.Key)
			}
			list[i] = text
		}
		if isList {
			return trimmed(list), nil
		}
	}
	if isList {
		return nil, invalid("%s must be a list of texts.", f.Key)
	}
	return nil, invalid("%s must be a text.", f.Key)
}

func trimmed(list []string) []string {
	out := []string{}
	for _, text := range list {
		if text = clean(text, false); text != "" {
			out = append(out, text)
		}
	}
	return out
}

// clean trims a text. Browsers send line ends as CR LF.
func clean(text string, lines bool) string {
	text = strings.ToValidUTF8(text, "\ufffd")
	if lines {
		return strings.ReplaceAll(text, "\r\n", "\n")
	}
	return strings.TrimSpace(text)
}

// written is a value as it is written.
func written(value any) rewrite.Value {
	if list, ok := value.([]string); ok {
		return rewrite.List(list)
	}
	return rewrite.String(fmt.Sprint(value))
}

func empty(value any) bool {
	list, isList := value.([]string)
	return isList && len(list) == 0 || value == ""
}

func invalid(format string, args ...any) error {
	return &fail.Error{Code: fail.Invalid, Text: fmt.Sprintf(format, args...)}
}
