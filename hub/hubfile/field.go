package hubfile

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"traybell/hub/config"
	"traybell/hub/config/document"
	"traybell/hub/config/rewrite"
	"traybell/hub/config/rules"
	"traybell/hub/fail"

	"github.com/invopop/jsonschema"
)

// List is a part of hub.yml whose entries can be changed.
type List string

// The lists.
const (
	Agents        List = "agents"
	Tracking      List = "tracking"
	Templates     List = "ticket_templates"
	Rules         List = "rules"
	CallerIDRules List = "caller_id.rules"

	queues  List = "queues" // only to rename agents
	mobiles List = "mobile.numbers"
)

// Lists returns all lists.
func Lists() []List { return []List{Agents, Tracking, Templates, Rules, CallerIDRules} }

// kind is how entries of a list are written.
type kind struct {
	schema string // its definition in the schema of hub.yml
	key    string // that names an entry
	named  bool   // instead, the list is a section of named entries
	// Without both, an entry is named by its position, from 1.

	sections []string // whose keys are those of the entry, too
	fresh    any      // a new entry with its defaults
}

var kinds = map[List]kind{
	Agents:    {schema: "Agent", key: "login", fresh: fresh[config.Agent]()},
	Tracking:  {schema: "Line", key: "number", fresh: fresh[config.Line]()},
	Templates: {schema: "TicketTemplate", named: true, fresh: fresh[config.TicketTemplate]()},
	Rules: {
		schema: "rules.Rule", key: "name", sections: []string{"then", "then.route"}, fresh: fresh[rules.Rule](),
	},
	CallerIDRules: {schema: "Rule", fresh: fresh[config.Rule]()},
}

// numbered reports whether entries are named by their positions.
func (k kind) numbered() bool { return k.key == "" && !k.named }

// fresh returns a new entry with its defaults.
func fresh[T any]() any {
	var of T
	if d, ok := any(&of).(document.Defaulter); ok {
		d.SetDefaults()
	}
	return of
}

// optional reports whether a key that is absent differs from one that is empty.
func optional(list List, key string) bool {
	of := reflect.ValueOf(kinds[list].fresh)
	i, known := document.Fields(of.Type())[key]
	return known && of.Field(i).Kind() == reflect.Pointer
}

// Defaults are the values of a new entry.
func Defaults(list List) Values { return valuesOf(kinds[list].fresh) }

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
	Flag    Type = "flag"    // true or false
	Number  Type = "number"
)

// Field is a key of the entries of a list. Passwords are not among them, see Edit.
type Field struct {
	Key   string   `json:"key" doc:"of a section: with dots, such as then.ticket"`
	Type  Type     `json:"type" enum:"text,lines,texts,choice,choices,flag,number"`
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
		all[list] = fieldsIn(schema.Definitions, k, "", k.schema)
	}
	return all
}

// fieldsIn returns those of a section of an entry.
func fieldsIn(definitions jsonschema.Definitions, k kind, prefix, section string) (all []Field) {
	for pair := definitions[section].Properties.Oldest(); pair != nil; pair = pair.Next() {
		of := pair.Value
		if of.Ref != "" || strings.HasPrefix(pair.Key, "password") || of.Type == "array" && of.Items.Ref != "" {
			// its keys are only in the file
			if slices.Contains(k.sections, prefix+pair.Key) {
				name := strings.TrimPrefix(of.Ref, "#/$defs/")
				all = append(all, fieldsIn(definitions, k, prefix+pair.Key+".", name)...)
			}
			continue
		}
		f := Field{Key: prefix + pair.Key, Type: Text, Help: of.Description}
		words := of.Enum
		switch {
		case of.Type == "array" && len(of.Items.Enum) > 0:
			f.Type, words = Choices, of.Items.Enum
		case of.Type == "array":
			f.Type = Texts
		case len(words) > 0:
			f.Type = Choice
		case of.Type == "boolean":
			f.Type = Flag
		case of.Type == "integer":
			f.Type = Number
		case slices.Contains([]string{"body", "when", "comment", "then.comment", "then.warn"}, f.Key):
			f.Type = Lines
		}
		for _, word := range words {
			f.Words = append(f.Words, fmt.Sprint(word))
		}
		all = append(all, f)
	}
	return all
}

// fieldsOf returns the fields of a list, with the templates and help desks that entries can name.
func fieldsOf(list List, cfg *config.Config) []Field {
	all := slices.Clone(fields[list])
	for i, f := range all {
		if list == Tracking && f.Key == "ticket" || list == Rules && f.Key == "then.ticket" {
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
	case Rules:
		for _, r := range cfg.Rules {
			all = append(all, entry{r.Name, valuesOf(r)})
		}
	case CallerIDRules:
		for i, r := range cfg.CallerID.Rules {
			all = append(all, entry{strconv.Itoa(i + 1), valuesOf(r)})
		}
	case queues:
		for _, q := range cfg.Queues {
			all = append(all, entry{q.Name, valuesOf(q)})
		}
	case mobiles:
		for _, n := range cfg.Mobile.Numbers {
			all = append(all, entry{n.Number, valuesOf(n)})
		}
	}
	return all
}

// valuesOf returns all keys of an entry, those of its sections with dots.
func valuesOf(of any) Values {
	values := Values{}
	addValues(values, "", reflect.ValueOf(of))
	return values
}

func addValues(values Values, prefix string, of reflect.Value) {
	for key, i := range document.Fields(of.Type()) {
		key, field := prefix+key, of.Field(i)
		for field.Kind() == reflect.Pointer && !field.IsNil() {
			field = field.Elem()
		}
		switch f := field.Interface().(type) {
		case document.Secret:
			values[key] = f.Reveal()
		case []string:
			values[key] = append([]string{}, f...)
		default:
			switch field.Kind() {
			case reflect.Struct:
				addValues(values, key+".", field)
			case reflect.Pointer: // nil
				values[key] = ""
			default:
				values[key] = fmt.Sprint(f)
			}
		}
	}
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

// sameDuration reports whether two texts are the same duration, such as 1m and 60s.
func sameDuration(a, b any) bool {
	of := func(value any) (time.Duration, error) {
		text, _ := value.(string)
		return document.ParseDuration(text)
	}
	first, err := of(a)
	second, failed := of(b)
	return err == nil && failed == nil && first == second
}

// zero is what an empty field of a form means.
var zero = map[Type]string{Flag: "false", Number: "0"}

// typed returns a value that a client sent as that of a field.
func typed(f Field, value any) (any, error) {
	switch f.Type {
	case Texts, Choices:
		return typedList(f, value)
	case Flag, Number:
		switch v := value.(type) {
		case nil:
			return zero[f.Type], nil
		case string:
			return cmp.Or(clean(v, false), zero[f.Type]), nil
		case bool, float64:
			return fmt.Sprint(v), nil
		}
		return nil, invalid("%s must be a %s.", f.Key, f.Type)
	}
	switch v := value.(type) {
	case nil:
		return "", nil
	case string:
		return clean(v, f.Type == Lines), nil
	}
	return nil, invalid("%s must be a text.", f.Key)
}

func typedList(f Field, value any) ([]string, error) {
	switch v := value.(type) {
	case nil:
		return []string{}, nil
	case []string:
		return trimmed(v), nil
	case []any:
		list := make([]string, len(v))
		for i, each := range v {
			text, ok := each.(string)
			if !ok {
				return nil, invalid("The entries of %s must be texts.", f.Key)
			}
			list[i] = text
		}
		return trimmed(list), nil
	}
	return nil, invalid("%s must be a list of texts.", f.Key)
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

// word matches what YAML reads as true, false or a number.
var word = regexp.MustCompile(`^(true|false|0|[1-9][0-9]{0,8})$`)

// written is a value of a key as it is written.
func written(list List, key string, value any) rewrite.Value {
	if texts, ok := value.([]string); ok {
		return rewrite.List(texts)
	}
	text := fmt.Sprint(value)
	isWord := func(f Field) bool { return f.Key == key && zero[f.Type] != "" }
	if word.MatchString(text) && slices.ContainsFunc(fields[list], isWord) {
		return rewrite.Word(text)
	}
	return rewrite.String(text)
}

func empty(value any) bool {
	list, isList := value.([]string)
	return isList && len(list) == 0 || value == ""
}

func invalid(format string, args ...any) error {
	return &fail.Error{Code: fail.Invalid, Text: fmt.Sprintf(format, args...)}
}
