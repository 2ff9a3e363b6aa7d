package document

import (
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// Defaulter is a list element with defaults.
type Defaulter interface{ SetDefaults() }

// Chooser is a section with kinds, some of which only later versions support. The key Selector
// names the kind.
type Chooser interface {
	Selector() string
	Later(kind string) string // explains a kind of a later version; "" for all others
	Settings(kind string) any // pointer to the inlined struct with the keys of this kind; nil: none
}

// Namer is the value of a section with free names, which has a rule for them.
type Namer interface {
	// ValidName reports whether a name is valid, and says what names consist of.
	ValidName(name string) (valid bool, rule string)
}

var (
	durationType = reflect.TypeFor[time.Duration]()
	timeType     = reflect.TypeFor[time.Time]()
	secretType   = reflect.TypeFor[Secret]()
)

// plainName matches the names that a file may choose itself.
var plainName = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

func (d *Document) see(key string, n ast.Node) {
	if m, ok := n.(*ast.MappingNode); ok && len(m.Values) > 0 && !m.IsFlowStyle {
		n = m.Values[0].Key
	}
	if t := n.GetToken(); t != nil && t.Position != nil {
		d.src.places[key] = place{t.Position.Line, max(1, t.Position.Column)}
	}
}

// value decodes a node; null means that the key is not set.
func (d *Document) value(n ast.Node, into reflect.Value, key string) {
	switch n := n.(type) {
	case nil, *ast.NullNode, *ast.CommentGroupNode:
		return
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode:
		d.src.hide(n)
		d.Complain(key,
			"anchors, aliases and tags (&, *, !) are not supported; write the value itself, in quotes if it begins "+
				"with one of these")
		return
	}
	switch {
	case into.Kind() == reflect.Pointer:
		into.Set(reflect.New(into.Type().Elem()))
		d.value(n, into.Elem(), key)
	case into.Type() == durationType:
		d.duration(n, into, key)
	case into.Type() == timeType:
		d.time(n, into, key)
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
				d.Complain(key, "%s is not a whole number", Quote(t))
				return
			}
			into.SetInt(int64(i))
		}
	case into.Kind() == reflect.Bool:
		b, ok := n.(*ast.BoolNode)
		if !ok {
			d.Complain(key, "use true or false")
			return
		}
		into.SetBool(b.Value)
	}
}

// text returns a scalar as written, so that 0101 and +7 stay unchanged.
func (d *Document) text(n ast.Node, key string) (string, bool) {
	d.src.textAt(key, n)
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
	hint := ""
	if written := d.src.colon(n); written != "" {
		hint = "; put a value with a colon in quotes: " + Quote(written)
	}
	d.Complain(key, "expected a single value, not %s%s", kind(n), hint)
	return "", false
}

func (d *Document) duration(n ast.Node, into reflect.Value, key string) {
	t, ok := d.text(n, key)
	if !ok {
		return
	}
	v, err := ParseDuration(t)
	if err != nil {
		d.Complain(key, "%s is not a duration; use a number with a unit, such as 30s, 5m, 2h or 400d", Quote(t))
		return
	}
	into.SetInt(int64(v))
}

// time decodes a date, which is its first minute in the local time zone, or a time.
func (d *Document) time(n ast.Node, into reflect.Value, key string) {
	text, ok := d.text(n, key)
	if !ok {
		return
	}
	v, err := time.ParseInLocation(time.DateOnly, text, time.Local)
	if err != nil {
		v, err = time.Parse(time.RFC3339, text)
	}
	if err != nil {
		d.Complain(key, "%s is neither a date nor a time; use 2027-01-31 or 2027-01-31T18:00:00+03:00", Quote(text))
		return
	}
	into.Set(reflect.ValueOf(v))
}

// ParseDuration is time.ParseDuration with leading days: 400d, 1d12h. The maximum is a century.
func ParseDuration(t string) (time.Duration, error) {
	days, rest, found := strings.Cut(t, "d")
	if !found {
		return time.ParseDuration(t)
	}
	n, err := strconv.ParseUint(days, 10, 16)
	if err != nil || n > 36500 || strings.HasPrefix(rest, "-") || strings.HasPrefix(rest, "+") {
		return 0, fmt.Errorf("%q is not a number of days", days)
	}
	v := time.Duration(n) * 24 * time.Hour
	if rest == "" {
		return v, nil
	}
	more, err := time.ParseDuration(rest)
	return v + more, err
}

func (d *Document) list(n ast.Node, into reflect.Value, key string) {
	sequence, ok := n.(*ast.SequenceNode)
	if !ok {
		example := "[a, b]"
		if s, ok := n.(*ast.StringNode); ok && plainName.MatchString(s.Value) {
			example = "[" + short(s.Value) + "]"
		}
		d.Complain(key, "expected a list, not %s; begin each entry with \"- \", or use %s", kind(n), example)
		return
	}
	for i, v := range sequence.Values {
		at := fmt.Sprintf("%s[%d]", key, i)
		element := reflect.New(into.Type().Elem())
		if e, ok := element.Interface().(Defaulter); ok {
			e.SetDefaults()
		}
		if v != nil {
			d.see(at, v)
		}
		if _, null := v.(*ast.NullNode); null || v == nil {
			d.Complain(at, "empty entry; fill it in or remove it")
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
func (d *Document) pairs(n ast.Node, key string) (pairs []pair, ok bool) {
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
		d.Complain(key, "expected a section of keys (`name: value`), not %s", kind(n))
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
func (d *Document) refuse(t *token.Token, key, format string, values ...any) {
	if d.full() {
		return
	}
	p := Problem{File: d.src.file, Key: key, Text: d.src.scrubText(fmt.Sprintf(format, values...))}
	if t != nil && t.Position != nil {
		p.Line, p.Column = t.Position.Line, max(1, t.Position.Column)
	}
	d.problems = append(d.problems, p)
}

func (d *Document) section(n ast.Node, into reflect.Value, key string) {
	pairs, ok := d.pairs(n, key)
	if !ok {
		return
	}
	fields := keysOf(into)
	if c, ok := into.Addr().Interface().(Chooser); ok {
		for _, p := range pairs {
			t, isText := p.value.(*ast.StringNode)
			if !isText || p.name != c.Selector() {
				continue
			}
			if text := c.Later(t.Value); text != "" {
				d.see(join(key, p.name), p.value)
				d.Complain(join(key, p.name), "%s", text)
				d.bad[key] = true
				return
			}
			if own := c.Settings(t.Value); own != nil {
				maps.Copy(fields, keysOf(reflect.ValueOf(own).Elem()))
			}
		}
	}
	for _, p := range pairs {
		at := join(key, p.name)
		field, known := fields[p.name]
		if !known {
			d.src.hideUnknown(p.value)
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
func (d *Document) named(n ast.Node, into reflect.Value, key string) {
	pairs, ok := d.pairs(n, key)
	if !ok {
		return
	}
	into.Set(reflect.MakeMap(into.Type()))
	for _, p := range pairs {
		at := join(key, p.name)
		d.place(at, p)
		element := reflect.New(into.Type().Elem()).Elem()
		valid, rule := plainName.MatchString(p.name), "letters, digits, - and _"
		if n, ok := element.Interface().(Namer); ok {
			valid, rule = n.ValidName(p.name)
		}
		if !valid {
			d.bad[at] = true
			d.refuse(p.key, at, "%s is not a valid name; use %s", Quote(p.name), rule)
			continue
		}
		d.value(p.value, element, at)
		into.SetMapIndex(reflect.ValueOf(p.name), element)
	}
}

// place records the position of a key: of its value if it is a scalar, otherwise of its name.
func (d *Document) place(at string, p pair) {
	d.src.places[at] = place{p.key.Position.Line, max(1, p.key.Position.Column)}
	switch p.value.(type) {
	case *ast.StringNode, *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		d.see(at, p.value)
	}
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
