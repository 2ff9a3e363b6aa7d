package config

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// decoder fills the types from the syntax tree and continues after problems. The library's decoder
// stops at the first one.
type decoder struct {
	src      *source
	problems Problems
	warnings Problems
	bad      map[string]bool // keys with problems: further problems would only be consequences
	unlisted int             // number of problems beyond maxProblems
}

// defaulter is a list element with defaults.
type defaulter interface{ setDefaults() }

// chooser is a section with kinds, some of which only later versions support. The key selector
// names the kind.
type chooser interface {
	selector() string
	later(kind string) string
	settings(kind string) any // pointer to the inlined struct with the keys of this kind; nil: none
}

// inline is the yaml tag of a struct whose keys belong to the section around it.
const inline = ",inline"

var (
	durationType = reflect.TypeFor[time.Duration]()
	secretType   = reflect.TypeFor[Secret]()
)

func (d *decoder) complain(key, format string, values ...any) {
	if d.isBad(key) {
		return
	}
	d.bad[key] = true
	if d.full() {
		return
	}
	d.problems = append(d.problems, d.src.problem(key, fmt.Sprintf(format, values...)))
}

// warn reports something that works but should be fixed.
func (d *decoder) warn(key, format string, values ...any) {
	d.warnings = append(d.warnings, d.src.problem(key, fmt.Sprintf(format, values...)))
}

func (d *decoder) isBad(key string) bool {
	for ; key != ""; key = parent(key) {
		if d.bad[key] {
			return true
		}
	}
	return false
}

func (d *decoder) see(key string, n ast.Node) {
	if m, ok := n.(*ast.MappingNode); ok && len(m.Values) > 0 && !m.IsFlowStyle {
		n = m.Values[0].Key
	}
	if t := n.GetToken(); t != nil && t.Position != nil {
		d.src.places[key] = place{t.Position.Line, max(1, t.Position.Column)}
	}
}

// value decodes a node; null means that the key is not set.
func (d *decoder) value(n ast.Node, into reflect.Value, key string) {
	switch n := n.(type) {
	case nil, *ast.NullNode, *ast.CommentGroupNode:
		return
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode:
		d.src.hide(n)
		d.complain(key,
			"anchors, aliases and tags (&, *, !) are not supported; write the value itself, in quotes if it begins "+
				"with one of these")
		return
	}
	switch {
	case into.Type() == durationType:
		d.duration(n, into, key)
	case into.Type() == secretType:
		if text, ok := d.text(n, key); ok {
			d.src.remember(text)
			into.Set(reflect.ValueOf(NewSecret(text)))
		}
	case into.Kind() == reflect.Struct:
		d.section(n, into, key)
	case into.Kind() == reflect.Slice:
		d.list(n, into, key)
	case into.Kind() == reflect.Map:
		d.named(n, into, key)
	case into.Kind() == reflect.String:
		if text, ok := d.text(n, key); ok {
			into.SetString(text)
		}
	case into.Kind() == reflect.Int:
		if t, ok := d.text(n, key); ok {
			i, err := strconv.Atoi(t)
			if err != nil {
				d.complain(key, "%s is not a whole number", quote(t))
				return
			}
			into.SetInt(int64(i))
		}
	case into.Kind() == reflect.Bool:
		b, ok := n.(*ast.BoolNode)
		if !ok {
			d.complain(key, "use true or false")
			return
		}
		into.SetBool(b.Value)
	}
}

// text returns a scalar as written, so that 0101 and +7 stay unchanged.
func (d *decoder) text(n ast.Node, key string) (string, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		if n.Value == nil {
			return "", true
		}
		return n.Value.Value, true
	case *ast.IntegerNode:
		return n.Token.Value, true
	case *ast.FloatNode:
		return n.Token.Value, true
	case *ast.BoolNode:
		return n.Token.Value, true
	}
	d.complain(key, "expected a single value, not %s", kind(n))
	return "", false
}

func (d *decoder) duration(n ast.Node, into reflect.Value, key string) {
	t, ok := d.text(n, key)
	if !ok {
		return
	}
	v, err := parseDuration(t)
	if err != nil {
		d.complain(key, "%s is not a duration; use a number with a unit, such as 30s, 5m, 2h or 400d", quote(t))
		return
	}
	into.SetInt(int64(v))
}

// parseDuration is time.ParseDuration with leading days: 400d, 1d12h. The maximum is a century.
func parseDuration(t string) (time.Duration, error) {
	days, rest, found := strings.Cut(t, "d")
	if !found {
		return time.ParseDuration(t)
	}
	n, err := strconv.ParseUint(days, 10, 16)
	if err != nil || n > 36500 || strings.HasPrefix(rest, "-") || strings.HasPrefix(rest, "+") {
		return 0, fmt.Errorf("%q is not a number of days", days)
	}
	v := time.Duration(n) * day
	if rest == "" {
		return v, nil
	}
	more, err := time.ParseDuration(rest)
	return v + more, err
}

func (d *decoder) list(n ast.Node, into reflect.Value, key string) {
	sequence, ok := n.(*ast.SequenceNode)
	if !ok {
		d.complain(key, "expected a list, not %s; begin each entry with \"- \", or use [a, b]", kind(n))
		return
	}
	for i, v := range sequence.Values {
		at := fmt.Sprintf("%s[%d]", key, i)
		element := reflect.New(into.Type().Elem())
		if e, ok := element.Interface().(defaulter); ok {
			e.setDefaults()
		}
		if v != nil {
			d.see(at, v)
		}
		if _, null := v.(*ast.NullNode); null || v == nil {
			d.complain(at, "empty entry; fill it in or remove it")
		}
		d.value(v, element.Elem(), at)
		into.Set(reflect.Append(into, element.Elem()))
	}
}

// pair is a key of a section and its value.
type pair struct {
	name  string
	key   *token.Token
	value ast.Node
}

// pairs returns the keys of a mapping without duplicates; ok is false if it is not a mapping.
func (d *decoder) pairs(n ast.Node, key string) (pairs []pair, ok bool) {
	var values []*ast.MappingValueNode
	switch n := n.(type) {
	case *ast.MappingNode:
		values = n.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{n}
	default:
		if key == "" {
			d.bad[key] = true
			d.refuse(n.GetToken(), key, "the file must contain keys and values (`listen: …`), not %s", kind(n))
			return nil, false
		}
		d.complain(key, "expected a section of keys (`name: value`), not %s", kind(n))
		return nil, false
	}
	lines := map[string]int{}
	for _, v := range values {
		t := v.Key.GetToken()
		switch v.Key.(type) {
		case *ast.StringNode, *ast.IntegerNode, *ast.BoolNode, *ast.NullNode, *ast.FloatNode:
		default:
			d.src.hide(v.Value)
			d.refuse(t, key, "a key must be a plain word; << and ? are not supported")
			continue
		}
		if line, twice := lines[t.Value]; twice {
			d.refuse(t, join(key, t.Value), "duplicate key `%s`, already in line %d; remove one of them",
				short(t.Value), line)
			continue
		}
		lines[t.Value] = t.Position.Line
		pairs = append(pairs, pair{t.Value, t, v.Value})
	}
	return pairs, true
}

// refuse reports a problem with the key itself.
func (d *decoder) refuse(t *token.Token, key, format string, values ...any) {
	if d.full() {
		return
	}
	p := Problem{File: d.src.file, Key: key, Text: d.src.scrub(fmt.Sprintf(format, values...))}
	if t != nil && t.Position != nil {
		p.Line, p.Column = t.Position.Line, max(1, t.Position.Column)
	}
	d.problems = append(d.problems, p)
}

func (d *decoder) section(n ast.Node, into reflect.Value, key string) {
	pairs, ok := d.pairs(n, key)
	if !ok {
		return
	}
	fields := keysOf(into)
	if c, ok := into.Addr().Interface().(chooser); ok {
		for _, p := range pairs {
			t, isText := p.value.(*ast.StringNode)
			if !isText || p.name != c.selector() {
				continue
			}
			if text := c.later(t.Value); text != "" {
				d.see(join(key, p.name), p.value)
				d.complain(join(key, p.name), "%s", text)
				d.bad[key] = true
				return
			}
			if own := c.settings(t.Value); own != nil {
				maps.Copy(fields, keysOf(reflect.ValueOf(own).Elem()))
			}
		}
	}
	for _, p := range pairs {
		at := join(key, p.name)
		field, known := fields[p.name]
		if !known {
			d.src.hide(p.value)
			if meant := suggest(p.name, slices.Sorted(maps.Keys(fields))); meant != "" && !slices.ContainsFunc(pairs,
				func(other pair) bool {
					return other.name == meant
				}) {
				d.bad[join(key, meant)] = true // it is misspelt, not missing
			}
			d.refuse(p.key, at, "unknown key `%s`%s", short(p.name),
				DidYouMean(p.name, slices.Sorted(maps.Keys(fields))))
			continue
		}
		d.place(at, p)
		d.value(p.value, field, at)
	}
}

// named decodes a section with free names as keys.
func (d *decoder) named(n ast.Node, into reflect.Value, key string) {
	pairs, ok := d.pairs(n, key)
	if !ok {
		return
	}
	into.Set(reflect.MakeMap(into.Type()))
	for _, p := range pairs {
		at := join(key, p.name)
		d.place(at, p)
		if !plainName.MatchString(p.name) {
			d.refuse(p.key, at, "%s is not a valid name; use letters, digits, - and _", quote(p.name))
			continue
		}
		element := reflect.New(into.Type().Elem()).Elem()
		d.value(p.value, element, at)
		into.SetMapIndex(reflect.ValueOf(p.name), element)
	}
}

// place records the position of a key: of its value if it is a scalar, otherwise of its name.
func (d *decoder) place(at string, p pair) {
	d.src.places[at] = place{p.key.Position.Line, max(1, p.key.Position.Column)}
	switch p.value.(type) {
	case *ast.StringNode, *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		d.see(at, p.value)
	}
}

// fieldsOf maps the keys of a section to its fields, without those of inlined structs.
func fieldsOf(t reflect.Type) map[string]int {
	fields := map[string]int{}
	for i := range t.NumField() {
		if name := t.Field(i).Tag.Get("yaml"); name != "" && name != inline {
			fields[name] = i
		}
	}
	return fields
}

// inlined returns the inlined structs of a section.
func inlined(t reflect.Type) []int {
	var fields []int
	for i := range t.NumField() {
		if t.Field(i).Tag.Get("yaml") == inline {
			fields = append(fields, i)
		}
	}
	return fields
}

// keysOf maps all keys of a section to its fields. A key of several inlined structs is the first
// one's.
func keysOf(v reflect.Value) map[string]reflect.Value {
	keys := map[string]reflect.Value{}
	for _, i := range slices.Backward(inlined(v.Type())) {
		maps.Copy(keys, keysOf(v.Field(i)))
	}
	for name, i := range fieldsOf(v.Type()) {
		keys[name] = v.Field(i)
	}
	return keys
}

// allKeys returns the keys of a type and of all types in it.
func allKeys(t reflect.Type, into map[string]bool) map[string]bool {
	switch t.Kind() {
	case reflect.Slice, reflect.Map:
		return allKeys(t.Elem(), into)
	case reflect.Struct:
		for name, i := range fieldsOf(t) {
			into[name] = true
			allKeys(t.Field(i).Type, into)
		}
		for _, i := range inlined(t) {
			allKeys(t.Field(i).Type, into)
		}
	}
	return into
}

func join(key, name string) string {
	if key == "" {
		return name
	}
	return key + "." + name
}

func kind(n ast.Node) string {
	switch n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return "a section of keys"
	case *ast.SequenceNode:
		return "a list"
	}
	return "a single value"
}

// short limits the length of a text from the file and hides secrets in it.
func short(text string) string {
	text = hideText(strings.Map(func(r rune) rune {
		if strconv.IsPrint(r) {
			return r
		}
		return ' '
	}, text))
	if r := []rune(text); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return text
}

func quote(text string) string { return `"` + short(text) + `"` }
