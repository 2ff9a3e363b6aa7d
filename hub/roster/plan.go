package roster

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"traybell/hub/config"
	"traybell/hub/signin"
	"traybell/shared/protocol"
)

// Plan is what a sheet makes of the agents of hub.yml. Make it with NewPlan, give it its hashes
// with Hash, then it can be written.
type Plan struct {
	Sheet  *Sheet
	Kept   []string // logins of hub.yml that the sheet does not name: they stay
	agents []planned
	cfg    *config.Config
}

// planned is one agent of the sheet.
type planned struct {
	row    Row
	old    int          // the agent's place in hub.yml, -1: new
	want   config.Agent // as it is to be, but for the password
	plain  string       // the password to be hashed, empty: what hub.yml has stays
	madeUp bool
	what   []string // the keys that change
}

// NewPlan compares a sheet with a configuration. The error is Problems.
func NewPlan(cfg *config.Config, s *Sheet) (*Plan, error) {
	p := &Plan{Sheet: s, cfg: cfg}
	k := checker{p: p, seen: map[string]int{}}
	for _, row := range s.Rows {
		k.row(row)
		p.agents = append(p.agents, p.compare(row))
	}
	for _, a := range cfg.Agents {
		if _, named := k.seen[a.Login]; !named {
			p.Kept = append(p.Kept, a.Login)
		}
	}
	k.shared()
	k.stillNamed()
	if len(k.problems) > 0 {
		return nil, k.problems
	}
	return p, nil
}

// compare works out one agent. A column that the sheet does not have changes nothing, nor does an
// empty name or password.
func (p *Plan) compare(row Row) planned {
	a := planned{row: row, old: slices.IndexFunc(p.cfg.Agents, func(o config.Agent) bool {
		return o.Login == row.Login
	}), plain: row.Password}
	if a.old >= 0 {
		a.want = p.cfg.Agents[a.old]
	}
	a.want.Login, a.want.Extensions = row.Login, row.Extensions
	if row.Name != "" {
		a.want.Name = row.Name
	}
	if a.want.Name == "" {
		a.want.Name = row.Login
	}
	if p.Sheet.has[columnTeams] {
		a.want.Teams = row.Teams
	}
	if p.Sheet.has[columnRights] {
		a.want.Rights = row.Rights
	}
	if a.old < 0 {
		a.madeUp = a.plain == ""
		return a
	}
	old := p.cfg.Agents[a.old]
	if a.want.Name != old.Name {
		a.what = append(a.what, "name")
	}
	for _, l := range []struct {
		key       string
		old, want []string
	}{
		{"extensions", old.Extensions, a.want.Extensions},
		{"teams", old.Teams, a.want.Teams},
		{"rights", old.Rights, a.want.Rights},
	} {
		if !slices.Equal(l.old, l.want) {
			a.what = append(a.what, l.key)
		}
	}
	return a
}

// checker finds what hub.yml would refuse, and says where it stands in the sheet.
type checker struct {
	p        *Plan
	seen     map[string]int // by login, the line
	problems Problems
}

func (k *checker) complain(row Row, column int, format string, values ...any) {
	at := row.at[column]
	if at == 0 { // the row ends before that column
		at = row.at[columnLogin]
	}
	k.problems = append(k.problems, Problem{
		File: k.p.Sheet.File, Line: row.line, Column: at, Text: fmt.Sprintf(format, values...),
	})
}

func (k *checker) row(row Row) {
	switch {
	case row.Login == "":
		k.complain(row, columnLogin, "the login is missing")
	case strings.ContainsFunc(row.Login, unicode.IsSpace):
		k.complain(row, columnLogin, "%q cannot be a login: it holds a space", row.Login)
	case len(row.Login) > protocol.MaxID:
		k.complain(row, columnLogin, "%q is longer than %d bytes", row.Login, protocol.MaxID)
	case k.seen[row.Login] > 0:
		k.complain(row, columnLogin, "%q is in line %d already", row.Login, k.seen[row.Login])
	default:
		k.seen[row.Login] = row.line
	}
	if len(row.Extensions) == 0 {
		k.complain(row, columnExtensions, "the extensions are missing; write the agent's phones, such as 101, 201")
	}
	for i, e := range row.Extensions {
		if problem := config.ExtensionProblem(e); problem != "" {
			k.complain(row, columnExtensions, "%s", problem)
		} else if slices.Contains(row.Extensions[:i], e) {
			k.complain(row, columnExtensions, "extension %s is in this list already", e)
		}
	}
	for _, right := range row.Rights {
		if !slices.Contains([]string{"ticket", "category", "block"}, right) {
			k.complain(row, columnRights, "%q is no right; write ticket, category, block", right)
		}
	}
	for column, text := range map[int]string{
		columnName: row.Name, columnTeams: strings.Join(row.Teams, ""), columnPassword: row.Password,
	} {
		if strings.ContainsFunc(text, unicode.IsControl) {
			k.complain(row, column, "there is a line break or another control character in this field")
		}
	}
	switch {
	case row.Password == "":
	case utf8.RuneCountInString(row.Password) < signin.Shortest:
		k.complain(row, columnPassword,
			"a password needs at least %d characters; leave the field empty to have one made up", signin.Shortest)
	case len(row.Password) > protocol.MaxPassword:
		k.complain(row, columnPassword, "this password is longer than %d bytes", protocol.MaxPassword)
	}
}

// shared looks at the extensions that several have: how many, and whether a password of the sheet
// is two agents'.
func (k *checker) shared() {
	count := map[string]int{}
	for _, a := range k.p.cfg.Agents {
		if _, named := k.seen[a.Login]; !named {
			for _, e := range a.Extensions {
				count[e]++
			}
		}
	}
	given := map[string]Row{} // by extension and password
	for _, a := range k.p.agents {
		for _, e := range a.row.Extensions {
			if count[e]++; count[e] == config.Sharing+1 {
				k.complain(a.row, columnExtensions, "%d agents have extension %s already, and no more can share one",
					config.Sharing, e)
			}
			if a.plain == "" {
				continue
			}
			key := e + "\x00" + a.plain
			if other, twice := given[key]; twice && other.Login != a.row.Login {
				k.complain(a.row, columnPassword,
					"%s, in line %d, has the same password and extension %s too; the password tells who of them "+
						"signs in",
					other.Login, other.line, e)
			}
			given[key] = a.row
		}
	}
}

// stillNamed finds teams that a tracked number names and nobody would be in any more.
func (k *checker) stillNamed() {
	teams := map[string]bool{}
	for _, a := range k.p.agents {
		for _, t := range a.want.Teams {
			teams[t] = true
		}
	}
	for _, a := range k.p.cfg.Agents {
		if _, named := k.seen[a.Login]; !named {
			for _, t := range a.Teams {
				teams[t] = true
			}
		}
	}
	for _, line := range k.p.cfg.Tracking {
		for _, t := range line.Teams {
			if !teams[t] {
				k.problems = append(k.problems, Problem{
					File: k.p.Sheet.File,
					Text: fmt.Sprintf("nobody would be in the team %q any more, which the tracked number %q of "+
						"hub.yml names",
						t, line.Number),
				})
			}
		}
	}
}

// Report says what would become of whom, a line each.
func (p *Plan) Report() string {
	var b strings.Builder
	fresh, changed, same := 0, 0, 0
	var told []string
	for _, a := range p.agents {
		switch {
		case a.old < 0:
			fresh++
			told = append(told,
				fmt.Sprintf("new      %s (%s) at %s", a.row.Login, a.want.Name, strings.Join(a.want.Extensions, ", ")))
		case len(a.what) > 0:
			changed++
			told = append(told, fmt.Sprintf("changed  %s: %s", a.row.Login, strings.Join(a.what, ", ")))
		default:
			same++
		}
	}
	comma := map[rune]string{';': "semicolons", ',': "commas", '\t': "tabs"}[p.Sheet.Comma]
	fmt.Fprintf(&b, "%s: %d agents (%s, %s): %d new, %d changed, %d as they were\n", p.Sheet.File, len(p.agents),
		p.Sheet.Encoding, comma, fresh, changed, same)
	for _, line := range told {
		b.WriteString("  " + line + "\n")
	}
	if len(p.Kept) > 0 {
		fmt.Fprintf(&b, "Of hub.yml's agents %d are not in the file and stay as they are: %s\n", len(p.Kept),
			strings.Join(p.Kept, ", "))
	}
	return b.String()
}

// Changes tells whether anything is to be written.
func (p *Plan) Changes() bool {
	return slices.ContainsFunc(p.agents, func(a planned) bool { return a.old < 0 || len(a.what) > 0 })
}
