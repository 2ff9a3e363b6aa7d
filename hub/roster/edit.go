package roster

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"traybell/hub/config"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// edit replaces the lines [from, to) of a file.
type edit struct {
	from, to int
	with     []string
}

// Apply returns the text of hub.yml with the planned agents. It changes only the lines that differ
// and appends new agents; everything else, including comments, stays. It parses the result to
// verify that nothing else changed.
func (p *Plan) Apply(path string, text []byte) ([]byte, error) {
	body := strings.TrimPrefix(string(text), "\ufeff")
	bom := text[:len(text)-len(body)]
	lines := strings.Split(body, "\n")
	ending := ""
	if strings.HasSuffix(lines[0], "\r") {
		ending = "\r"
	}
	section, err := findAgents(body, lines)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	edits := p.edits(section)
	for i, e := range slices.Backward(edits) {
		for n := range e.with {
			edits[i].with[n] += ending
		}
		lines = slices.Replace(lines, e.from, e.to, e.with...)
	}
	out := append(slices.Clone(bom), strings.Join(lines, "\n")...)
	if err := p.verify(path, out); err != nil {
		return nil, err
	}
	return out, nil
}

// Block returns the planned agents as YAML, to be added to hub.yml by hand.
func (p *Plan) Block() string {
	out := []string{"agents:"}
	for i := range p.agents {
		out = append(out, p.agents[i].entry("  ", "", false)...)
	}
	return strings.Join(out, "\n") + "\n"
}

// verify parses the changed text and compares it with the plan.
func (p *Plan) verify(path string, text []byte) error {
	now, err := config.Parse(path, text)
	if err != nil {
		return fmt.Errorf("the change would break hub.yml: %w", err)
	}
	want := slices.Clone(p.cfg.Agents)
	for i := range p.agents {
		if a := &p.agents[i]; a.old >= 0 {
			want[a.old] = a.want
		} else {
			want = append(want, a.want)
		}
	}
	same := len(want) == len(now.Agents)
	for i := 0; same && i < len(want); i++ {
		same = sameAgent(want[i], now.Agents[i])
	}
	others := slices.DeleteFunc(config.Changed(p.cfg, now), func(key string) bool { return key == "agents" })
	if !same || len(others) > 0 {
		return fmt.Errorf("cannot change the agents in hub.yml safely, because %v would change; use --print and add "+
			"them "+
			"by hand",
			append(others, "agents"))
	}
	return nil
}

// sameAgent treats nil and empty lists as equal.
func sameAgent(a, b config.Agent) bool {
	return a.Login == b.Login && a.Name == b.Name && a.PasswordFile == b.PasswordFile && a.Password.Equal(b.Password) &&
		slices.Equal(a.Extensions, b.Extensions) && slices.Equal(a.Teams, b.Teams) && slices.Equal(a.Rights, b.Rights)
}

// section is the agents section of hub.yml. Lines count from 0.
type section struct {
	lines   []string
	key     int  // the line of `agents:`; -1: none
	end     int  // after its last line that is not empty or a comment
	flow    bool // a list in brackets
	null    bool // the value is null or ~
	entries []entry
}

// entry is one agent in the file.
type entry struct {
	start, end int // its lines
	dash       int // the column of its dash, from 0
	node       ast.Node
}

func findAgents(text string, lines []string) (section, error) {
	s := section{lines: lines, key: -1}
	// the parser miscounts lines that end with \r\n
	file, err := parser.ParseBytes([]byte(strings.ReplaceAll(text, "\r\n", "\n")), 0)
	if err != nil {
		return s, err
	}
	var pairs []*ast.MappingValueNode
	for _, doc := range file.Docs {
		switch body := doc.Body.(type) {
		case *ast.MappingNode:
			if body.IsFlowStyle {
				return s,
					errors.New("cannot change a file in {…} brackets; use --print and add the agents by hand")
			}
			pairs = body.Values
		case *ast.MappingValueNode:
			pairs = []*ast.MappingValueNode{body}
		}
	}
	at := func(v *ast.MappingValueNode) int { return v.Key.GetToken().Position.Line - 1 }
	i := slices.IndexFunc(pairs, func(v *ast.MappingValueNode) bool { return v.Key.GetToken().Value == "agents" })
	if i < 0 {
		s.end = s.lastOf(0, len(lines))
		return s, nil
	}
	s.key = at(pairs[i])
	limit := len(lines)
	if i+1 < len(pairs) {
		limit = at(pairs[i+1])
	}
	s.end = max(s.key+1, s.lastOf(s.key+1, limit))
	sequence, ok := pairs[i].Value.(*ast.SequenceNode)
	if !ok { // no agents yet
		s.end = s.key + 1
		s.null = pairs[i].Value.GetToken().Value == "null" || pairs[i].Value.GetToken().Value == "~"
		return s, nil
	}
	s.flow = sequence.IsFlowStyle
	for n, e := range sequence.Entries {
		if s.flow {
			s.entries = append(s.entries, entry{node: sequence.Values[n]})
			continue
		}
		start, until := e.Start.Position.Line-1, s.end
		if n+1 < len(sequence.Entries) {
			until = sequence.Entries[n+1].Start.Position.Line - 1
		}
		s.entries = append(s.entries, entry{
			start: start, end: max(start+1, s.lastOf(start, until)), dash: e.Start.Position.Column - 1, node: e.Value,
		})
	}
	if s.flow && len(s.entries) == 0 {
		for _, v := range sequence.Values {
			s.entries = append(s.entries, entry{node: v})
		}
	}
	return s, nil
}

// lastOf returns the line after the last one in [from, to) that is neither empty nor a comment;
// from if there is none.
func (s section) lastOf(from, to int) int {
	for to = min(to, len(s.lines)); to > from; to-- {
		if line := strings.TrimSpace(s.lines[to-1]); line != "" && !strings.HasPrefix(line, "#") {
			return to
		}
	}
	return from
}

// edits returns all changes in the order of the file.
func (p *Plan) edits(s section) []edit {
	byOld := map[int]*planned{}
	var fresh []*planned
	for i := range p.agents {
		if a := &p.agents[i]; a.old >= 0 {
			byOld[a.old] = a
		} else {
			fresh = append(fresh, a)
		}
	}
	if s.flow {
		return p.rewrite(s, byOld, fresh)
	}
	var edits []edit
	dash, flow := 2, len(s.entries) > 0
	for n, e := range s.entries {
		dash, flow = e.dash, flow && isFlow(e.node)
		if a := byOld[n]; a != nil && len(a.what) > 0 {
			edits = append(edits, a.change(s, e)...)
		}
	}
	indent := strings.Repeat(" ", dash)
	var more []string
	for _, a := range fresh {
		more = append(more, a.entry(indent, "", flow)...)
	}
	if len(more) == 0 {
		return edits
	}
	if s.key < 0 {
		return append(edits, edit{s.end, s.end, append([]string{"", "agents:"}, more...)})
	}
	if s.null {
		return append(edits, edit{
			s.key, s.end, append([]string{"agents:" + comment(strings.TrimSuffix(s.lines[s.key], "\r"))}, more...),
		})
	}
	return append(edits, edit{s.end, s.end, more})
}

// rewrite replaces a list in brackets by one with a line per key.
func (p *Plan) rewrite(s section, byOld map[int]*planned, fresh []*planned) []edit {
	if len(fresh) == 0 && !p.Changes() {
		return nil
	}
	out := []string{"agents:"}
	if s.end == s.key+1 {
		out[0] += comment(strings.TrimSuffix(s.lines[s.key], "\r"))
	}
	for n, e := range s.entries {
		a := byOld[n]
		if a == nil {
			a = &planned{old: n, want: p.cfg.Agents[n]}
		}
		out = append(out, a.entry("  ", written(e.node, "password_file"), false)...)
	}
	for _, a := range fresh {
		out = append(out, a.entry("  ", "", false)...)
	}
	return []edit{{s.key, s.end, out}}
}

func isFlow(n ast.Node) bool {
	m, ok := n.(*ast.MappingNode)
	return ok && m.IsFlowStyle
}

// written returns the value of a key as it is in the file; empty if there is none.
func written(n ast.Node, key string) string {
	for _, v := range pairsOf(n) {
		if v.Key.GetToken().Value == key && !isNil(v.Value) {
			return v.Value.GetToken().Value
		}
	}
	return ""
}

func isNil(n ast.Node) bool { return n == nil || reflect.ValueOf(n).IsNil() }

func pairsOf(n ast.Node) []*ast.MappingValueNode {
	switch n := n.(type) {
	case *ast.MappingNode:
		return n.Values
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}
	}
	return nil
}
