package roster

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"traybell/hub/config"
	"traybell/hub/config/check"
	"traybell/hub/signin"
	"traybell/shared/protocol"
)

// Plan is the changes of a sheet to the agents of hub.yml. Call Hash before Apply.
type Plan struct {
	Sheet  *Sheet
	Kept   []string // logins in hub.yml that are not in the sheet
	agents []planned
	cfg    *config.Config
}

// planned is one agent of the sheet.
type planned struct {
	row       Row
	old       int          // index in hub.yml, -1: new
	want      config.Agent // the result; Hash sets the password
	plain     string       // the password to hash; empty: keep the current one
	generated bool
	what      []string // keys that change
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
	k.emptyTeams()
	if len(k.problems) > 0 {
		return nil, k.problems
	}
	return p, nil
}

// compare plans one agent. Missing columns and empty names or passwords change nothing.
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
		a.generated = a.plain == ""
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

// checker finds rows that would make hub.yml invalid.
type checker struct {
	p        *Plan
	seen     map[string]int // line by login
	problems Problems
}

func (k *checker) complain(row Row, column int, format string, values ...any) {
	at := row.at[column]
	if at == 0 { // the row is too short
		at = row.at[columnLogin]
	}
	k.problems = append(k.problems, Problem{
		File: k.p.Sheet.File, Line: row.line, Column: at, Text: fmt.Sprintf(format, values...),
	})
}

func (k *checker) row(row Row) {
	switch {
	case row.Login == "":
		k.complain(row, columnLogin, "no login")
	case check.LoginProblem(row.Login) != "":
		k.complain(row, columnLogin, "%s", check.LoginProblem(row.Login))
	case k.seen[row.Login] > 0:
		k.complain(row, columnLogin, "%q is already in line %d", row.Login, k.seen[row.Login])
	default:
		k.seen[row.Login] = row.line
	}
	if len(row.Extensions) == 0 {
		k.complain(row, columnExtensions, "no extensions; add the agent's phones, such as 101, 201")
	}
	for i, e := range row.Extensions {
		if problem := config.ExtensionProblem(e); problem != "" {
			k.complain(row, columnExtensions, "%s", problem)
		} else if slices.Contains(row.Extensions[:i], e) {
			k.complain(row, columnExtensions, "extension %s is in this list twice", e)
		}
	}
	for _, right := range row.Rights {
		if !slices.Contains(protocol.Rights(), right) {
			k.complain(row, columnRights, "%q is not a right; use %s", right, strings.Join(protocol.Rights(), ", "))
		}
	}
	for column, text := range map[int]string{columnName: row.Name, columnTeams: strings.Join(row.Teams, "")} {
		if strings.ContainsFunc(text, unicode.IsControl) {
			k.complain(row, column, "this field contains a line break or another control character")
		}
	}
	if row.Password != "" {
		if err := signin.CheckNew(row.Password); err != nil {
			k.complain(row, columnPassword, "%v; leave the field empty to generate one", err)
		}
	}
}

// shared checks shared extensions: the number of agents, and that passwords in the sheet differ.
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
				k.complain(a.row, columnExtensions, "extension %s has %d agents already, which is the maximum", e,
					config.Sharing)
			}
			if a.plain == "" {
				continue
			}
			key := e + "\x00" + a.plain
			if other, twice := given[key]; twice && other.Login != a.row.Login {
				k.complain(a.row, columnPassword,
					"%s in line %d has the same password and also extension %s; it must differ, because the password "+
						"identifies the agent",
					other.Login, other.line, e)
			}
			given[key] = a.row
		}
	}
}

// emptyTeams finds teams in tracking that would have no agents left.
func (k *checker) emptyTeams() {
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
					Text: fmt.Sprintf("the team %q would have no agents, but the tracked number %q in hub.yml uses it",
						t,
						line.Number),
				})
			}
		}
	}
}

// Report lists the changes, one line per agent.
func (p *Plan) Report() string {
	var b strings.Builder
	fresh, changed, same := 0, 0, 0
	var lines []string
	for _, a := range p.agents {
		switch {
		case a.old < 0:
			fresh++
			lines = append(lines,
				fmt.Sprintf("new      %s (%s) at %s", a.row.Login, a.want.Name, strings.Join(a.want.Extensions, ", ")))
		case len(a.what) > 0:
			changed++
			lines = append(lines, fmt.Sprintf("changed  %s: %s", a.row.Login, strings.Join(a.what, ", ")))
		default:
			same++
		}
	}
	comma := map[rune]string{';': "semicolons", ',': "commas", '\t': "tabs", '|': "bars"}[p.Sheet.Comma]
	fmt.Fprintf(&b, "%s: %d agents (%s, %s): %d new, %d changed, %d unchanged\n", p.Sheet.File, len(p.agents),
		p.Sheet.Encoding, comma, fresh, changed, same)
	for _, line := range lines {
		b.WriteString("  " + line + "\n")
	}
	if len(p.Kept) > 0 {
		what := "agents in hub.yml are not in the file and stay"
		if len(p.Kept) == 1 {
			what = "agent in hub.yml is not in the file and stays"
		}
		fmt.Fprintf(&b, "%d %s unchanged: %s\n", len(p.Kept), what, strings.Join(p.Kept, ", "))
	}
	return b.String()
}

// Changes reports whether there is anything to write.
func (p *Plan) Changes() bool {
	return slices.ContainsFunc(p.agents, func(a planned) bool { return a.old < 0 || len(a.what) > 0 })
}
