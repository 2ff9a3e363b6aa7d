package rewrite

import "strings"

// Set changes a key at the top of the file, or adds it.
func (t *Text) Set(key string, value Value) { t.setIn(t.root, []Pair{{key, value}}) }

// SetIn changes keys of a section at the top of the file, or adds them.
func (t *Text) SetIn(section string, pairs []Pair) {
	if len(pairs) == 0 {
		return
	}
	p := t.root.find(section)
	if p == nil {
		t.addSection(section, pairs)
		return
	}
	if _, ok := pairsOf(p.node); !ok { // null
		t.setNull(*p, linesOf(pairs, t.root.column+2))
		return
	}
	t.setIn(t.mapping(p.node, p.to), pairs)
}

// ReplaceIn changes a key of a section at the top of the file to another one with its value. It
// reports whether the section has the key.
func (t *Text) ReplaceIn(section, was string, p Pair) bool {
	in := t.root.find(section)
	if in == nil {
		return false
	}
	m := t.mapping(in.node, in.to)
	old := m.find(was)
	if old == nil {
		return false
	}
	if was != p.Key {
		t.replace(old.key, p.Key)
	}
	t.setValue(m, old, p.Value)
	return true
}

// Put replaces a section at the top of the file, with its comments, or adds it.
func (t *Text) Put(section string, pairs []Pair) {
	p := t.root.find(section)
	switch {
	case p == nil:
		t.addSection(section, pairs)
	case t.root.flow:
		t.replace(p.value, inBrackets(pairs))
	default:
		t.replace(t.lines(p.from, p.to), strings.Join(sectionOf(section, pairs), "\n")+"\n")
	}
}

func (t *Text) addSection(section string, pairs []Pair) {
	if t.root.flow {
		t.fail("the file is in {…} brackets")
		return
	}
	t.insert(t.last(0, len(t.starts)), append([]string{""}, sectionOf(section, pairs)...))
}

// setIn changes keys of a mapping, and adds the others at its end.
func (t *Text) setIn(m mapping, pairs []Pair) {
	var fresh []Pair
	for _, p := range pairs {
		if old := m.find(p.Key); old != nil {
			t.change(m, old, p.Value)
		} else {
			fresh = append(fresh, p)
		}
	}
	n := len(m.pairs)
	switch {
	case len(fresh) == 0:
	case m.flow && n == 0:
		t.replace(m.span, inBrackets(fresh))
	case m.flow:
		at := m.pairs[n-1].value.to
		t.replace(span{at, at}, ", "+strings.TrimSuffix(strings.TrimPrefix(inBrackets(fresh), "{"), "}"))
	case n == 0:
		t.insert(t.last(0, len(t.starts)), linesOf(fresh, 0))
	default:
		t.insert(m.end, linesOf(fresh, m.column))
	}
}

func sectionOf(name string, pairs []Pair) []string {
	return append([]string{name + ":"}, linesOf(pairs, 2)...)
}

func linesOf(pairs []Pair, indent int) (lines []string) {
	for _, p := range pairs {
		lines = append(lines, p.lines(indent)...)
	}
	return lines
}
