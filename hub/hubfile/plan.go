package hubfile

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"traybell/hub/config"
	"traybell/hub/config/document"
	"traybell/hub/config/rewrite"
	"traybell/hub/signin"
	"traybell/shared/protocol"
)

// Action is what is done to an entry.
type Action string

// The actions.
const (
	Add    Action = "add"
	Set    Action = "set"
	Remove Action = "remove"
	Move   Action = "move"
)

// Edit is a change of one entry.
type Edit struct {
	List   List   `json:"list" enum:"agents,tracking,ticket_templates,rules,caller_id.rules"`
	Action Action `json:"action" enum:"add,set,remove,move"`
	Entry  string `json:"entry,omitempty" maxLength:"200" doc:"as in the list of entries; absent for add"`
	// Revision is that of the entry that the client has seen.
	Revision string `json:"revision,omitempty" maxLength:"100" doc:"of the entry as it was read: if it has changed since, nothing is done; absent: any"`
	Values   Values `json:"values,omitempty" doc:"for add and set: keys as in hub.yml, those of sections with dots, with texts, lists of texts, numbers, true or false; keys that are absent stay as they are. A new login, number or name renames the entry, also where hub.yml refers to it"`
	Position int    `json:"position,omitempty" minimum:"0" doc:"for move: the new position in the list, from 1"`
	Password string `json:"password,omitempty" maxLength:"200" doc:"for agents: a new password, of which hub.yml gets the hash"`
	Generate bool   `json:"generate,omitempty" doc:"for agents: generate a password. Always done for a new agent without one"`
}

// plan is an edit of a text of hub.yml.
type plan struct {
	edit      Edit
	hash      string // of the agent's new password
	generated string // the password, if it was generated

	was, now   []byte
	old, fresh *config.Config // nil, if there are problems
	problems   document.Problems
	index      int // of the entry, as in keys of problems
	name       string
}

// password checks and hashes the password of an edit, once.
func (p *plan) password() (err error) {
	e := &p.edit
	switch {
	case e.List != Agents:
		if e.Password != "" || e.Generate {
			return invalid("Only agents have a password.")
		}
		return nil
	case e.Action != Add && e.Action != Set:
		return nil
	case e.Password == "" && (e.Generate || e.Action == Add):
		p.generated = signin.Generate()
		e.Password = p.generated
	case e.Password == "":
		return nil
	case utf8.RuneCountInString(e.Password) < signin.Shortest:
		return refuse(ShortPassword, signin.Shortest, nil)
	case len(e.Password) > protocol.MaxPassword:
		return refuse(LongPassword, protocol.MaxPassword, nil)
	}
	p.hash, err = signin.Hash(e.Password)
	return err
}

// make plans the edit of a text that check has accepted as old.
func (p *plan) make(old *config.Config, was []byte, check func([]byte) (*config.Config, error)) error {
	p.old, p.was, p.fresh, p.problems = old, was, nil, nil
	text, err := rewrite.Parse(was)
	if err != nil {
		return refuse(Unsafe, nil, err)
	}
	section := p.section(text)
	expected, err := p.change(text, section)
	if err != nil {
		return err
	}
	if p.now, err = text.Bytes(); err != nil {
		return refuse(Unsafe, nil, err)
	}
	if string(p.now) == string(was) {
		return refuse(Unchanged, nil, nil)
	}
	fresh, err := check(p.now)
	if errors.As(err, &p.problems) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := p.verify(fresh, expected); err != nil {
		return refuse(Unsafe, nil, err)
	}
	p.fresh = fresh
	return nil
}

func quoted(name string) string { return fmt.Sprintf("%.80q", name) }

func (p *plan) section(text *rewrite.Text) *rewrite.Section {
	if kinds[p.edit.List].named {
		return text.Named(string(p.edit.List))
	}
	return text.List(string(p.edit.List))
}

// find returns the index of the entry in the file.
func (p *plan) find(section *rewrite.Section, all []entry) (int, error) {
	none := MissingEntry(p.edit.Entry)
	i := slices.IndexFunc(all, func(e entry) bool { return e.name == p.edit.Entry })
	switch {
	case i < 0:
		return 0, none
	case section.Len() != len(all):
		return 0, refuse(Unsafe, nil, rewrite.ErrUnsafe)
	case kinds[p.edit.List].named: // the file has them in another order
		for i = 0; section.Name(i) != p.edit.Entry; i++ {
			if i+1 == section.Len() {
				return 0, none
			}
		}
	}
	if r := p.edit.Revision; r != "" && r != revision(section, i) {
		return 0, refuse(EntryChanged, nil, nil)
	}
	return i, nil
}

// revision identifies the text of an entry.
func revision(section *rewrite.Section, i int) string { return digest([]byte(section.Source(i))) }

func digest(texts ...[]byte) string {
	h := sha256.New()
	for _, text := range texts {
		_, _ = fmt.Fprintf(h, "%d\n%s", len(text), text) // a hash returns no errors
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// change changes the text. It returns the entries that the result must have, by list; those of keys
// that are absent have their defaults.
func (p *plan) change(text *rewrite.Text, section *rewrite.Section) (map[List][]entry, error) {
	e, all := p.edit, entries(p.old, p.edit.List)
	expected := map[List][]entry{e.List: all}
	if e.Action == Add {
		values, err := p.values(Defaults(e.List))
		if err != nil {
			return nil, err
		}
		p.index = len(all)
		if kinds[e.List].numbered() {
			p.name = strconv.Itoa(len(all) + 1)
		}
		name, pairs := p.pairs(values)
		if len(pairs) == 0 && !kinds[e.List].named {
			return nil, refuse(Unchanged, nil, nil)
		}
		if slices.ContainsFunc(all, func(e entry) bool { return e.name == p.name }) {
			return nil, refuse(Taken, quoted(p.name), nil)
		}
		section.Add(name, pairs)
		expected[e.List] = append(slices.Clone(all), entry{p.name, values})
		return expected, nil
	}
	i, err := p.find(section, all)
	if err != nil {
		return nil, err
	}
	p.index, p.name = i, e.Entry
	at := slices.IndexFunc(all, func(each entry) bool { return each.name == e.Entry })
	switch e.Action {
	case Remove:
		section.Remove(i)
		expected[e.List] = slices.Delete(slices.Clone(all), at, at+1)
	case Move:
		to := p.position(len(all))
		section.Move(i, to)
		if kinds[e.List].numbered() {
			p.name = strconv.Itoa(to + 1)
		}
		if !kinds[e.List].named {
			moved := slices.Delete(slices.Clone(all), at, at+1)
			expected[e.List] = slices.Insert(moved, to, all[at])
		}
	case Set:
		was := maps.Clone(all[at].values)
		if e.List == Agents && !section.Has(i, "name") {
			was["name"] = "" // instead of its default
		}
		values, err := p.values(was)
		if err != nil {
			return nil, err
		}
		changed := slices.Clone(all)
		changed[at] = entry{p.name, p.set(section, i, all[at].values, values)}
		expected[e.List] = changed
		if p.name != e.Entry {
			p.refer(text, expected)
		}
	default:
		return nil, invalid("There is no action %.40q.", e.Action)
	}
	return expected, nil
}

// position is where an entry is moved to, from 0.
func (p *plan) position(entries int) int { return min(max(p.edit.Position, 1), entries) - 1 }

// values returns those of the edit that differ from the entry's, or from the defaults of a new one.
// It sets the name of the entry.
func (p *plan) values(was Values) (Values, error) {
	of, key := fields[p.edit.List], kinds[p.edit.List].key
	changed := Values{}
	p.name = p.edit.Entry
	for name, value := range p.edit.Values {
		i := slices.IndexFunc(of, func(f Field) bool { return f.Key == name })
		if i < 0 && name == NameKey && kinds[p.edit.List].named {
			text, err := typed(Field{Key: name, Type: Text}, value)
			if err != nil {
				return nil, err
			}
			p.name = text.(string)
			continue
		}
		if i < 0 {
			return nil, invalid("%s has no key %.40q%s.", p.edit.List, name, document.DidYouMean(name, keysOf(of)))
		}
		v, err := typed(of[i], value)
		if err != nil {
			return nil, err
		}
		if name == key {
			p.name = v.(string)
		}
		if tidy, err := typed(of[i], was[name]); err != nil || !same(tidy, v) || p.edit.Action == Add && name == key {
			changed[name] = v
		}
	}
	if p.hash != "" {
		changed["password"] = p.hash
	}
	if kinds[p.edit.List].named && p.name == "" {
		return nil, refuse(NoName, nil, nil)
	}
	return changed, nil
}

func keysOf(of []Field) []string {
	keys := make([]string, len(of))
	for i, f := range of {
		keys[i] = f.Key
	}
	return keys
}

// order has the keys of a list, the password of agents after their extensions.
func order(list List) []string {
	keys := keysOf(fields[list])
	if i := slices.Index(keys, "extensions"); i >= 0 {
		keys = slices.Insert(keys, i+1, "password")
	}
	return keys
}

// pairs are the keys of a new entry.
func (p *plan) pairs(values Values) (name string, pairs []rewrite.Pair) {
	for _, key := range order(p.edit.List) {
		if value, given := values[key]; given {
			pairs = append(pairs, rewrite.Pair{Key: key, Value: written(p.edit.List, key, value)})
		}
	}
	if kinds[p.edit.List].named {
		name = p.name
	}
	return name, rewrite.Nested(pairs)
}

// set changes the keys of an entry, and returns all its values.
func (p *plan) set(section *rewrite.Section, i int, was, changed Values) Values {
	now := Values{}
	for key, value := range was {
		now[key] = value
	}
	var pairs []rewrite.Pair
	for _, key := range order(p.edit.List) {
		value, given := changed[key]
		if !given {
			continue
		}
		now[key] = value
		pair := rewrite.Pair{Key: key, Value: written(p.edit.List, key, value)}
		switch {
		case key == "password" && section.Has(i, "password_file"):
			now["password_file"] = ""
			section.Replace(i, "password_file", key, pair.Value)
		case empty(value) && optional(p.edit.List, key) && section.Drop(i, key):
		default:
			pairs = append(pairs, pair)
		}
	}
	section.SetAll(i, rewrite.Nested(pairs))
	if p.edit.List == Agents && (now["name"] == "" || !section.Has(i, "name") && changed["name"] == nil) {
		now["name"] = p.name // its default
	}
	if kinds[p.edit.List].named && p.name != p.edit.Entry {
		section.Rename(i, p.name)
	}
	return now
}

// references are the keys that name agents and templates.
var references = map[List]map[List][]string{
	Agents: {
		Tracking: {"agents"}, Rules: {"then.route.agents"}, queues: {"agents", "viewers", "alarm.agents"},
		mobiles: {"agent"},
	},
	Templates: {Tracking: {"ticket"}, Rules: {"then.ticket"}},
}

// refer changes what refers to an entry with a new name.
func (p *plan) refer(text *rewrite.Text, expected map[List][]entry) {
	for list, keys := range references[p.edit.List] {
		all, section := entries(p.old, list), text.List(string(list))
		for i, e := range all {
			var pairs []rewrite.Pair
			for _, key := range keys {
				if value, refers := renamed(e.values[key], p.edit.Entry, p.name); refers {
					pairs = append(pairs, rewrite.Pair{Key: key, Value: written(list, key, value)})
					e.values[key] = value
				}
			}
			section.SetAll(i, rewrite.Nested(pairs))
		}
		expected[list] = all
	}
}

// renamed returns a value with another name.
func renamed(value any, was, now string) (changed any, refers bool) {
	names, isList := value.([]string)
	if !isList {
		return now, value == was
	}
	names = slices.Clone(names)
	for i := range names {
		if names[i] == was {
			names[i], refers = now, true
		}
	}
	return names, refers
}

// verify compares the result with what was meant.
func (p *plan) verify(fresh *config.Config, expected map[List][]entry) error {
	for _, key := range config.Changed(p.old, fresh) {
		if _, meant := expected[List(key)]; !meant {
			return fmt.Errorf("%w: %s would change", rewrite.ErrUnsafe, key)
		}
	}
	for list, want := range expected {
		got := entries(fresh, list)
		if kinds[list].named {
			slices.SortFunc(want, func(a, b entry) int { return strings.Compare(a.name, b.name) })
		}
		if len(got) != len(want) {
			return fmt.Errorf("%w: %s would have %d entries", rewrite.ErrUnsafe, list, len(got))
		}
		for i, e := range want {
			for key, value := range e.values {
				if got[i].name != e.name && !kinds[list].numbered() || !same(value, got[i].values[key]) &&
					!sameDuration(value, got[i].values[key]) {
					return fmt.Errorf("%w: %s of %s would change", rewrite.ErrUnsafe, key, got[i].name)
				}
			}
		}
	}
	return nil
}

// shared refuses a typed password that another agent of an extension has.
func (p *plan) shared() error {
	if p.hash == "" || p.generated != "" || p.fresh == nil {
		return nil
	}
	for _, a := range p.fresh.Agents {
		if a.Login != p.name {
			continue
		}
		for _, other := range p.fresh.Agents {
			if other.Login != a.Login && slices.ContainsFunc(other.Extensions, func(e string) bool {
				return slices.Contains(a.Extensions, e)
			}) && signin.Fits(p.edit.Password, other.Password.Reveal()) {
				return refuse(SamePassword, other.Login, nil)
			}
		}
	}
	return nil
}

// field is the key within the entry that a problem concerns; empty: it is elsewhere.
func (p *plan) field(key string) string {
	prefix := fmt.Sprintf("%s[%d].", p.edit.List, p.index)
	if kinds[p.edit.List].named {
		prefix = fmt.Sprintf("%s.%s.", p.edit.List, p.name)
	}
	rest, ok := strings.CutPrefix(key, prefix)
	switch {
	case ok:
	case key+"." == prefix && kinds[p.edit.List].named:
		return NameKey
	default:
		return ""
	}
	rest, _, _ = strings.Cut(rest, "[")
	for _, f := range fields[p.edit.List] {
		if rest == f.Key || strings.HasPrefix(rest, f.Key+".") {
			return f.Key
		}
	}
	return rest
}
