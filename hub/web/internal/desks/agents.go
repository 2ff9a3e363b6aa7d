package desks

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"

	"traybell/hub/admin"
	"traybell/hub/staff"
	"traybell/hub/testcall"
	"traybell/hub/web/internal/board"
	"traybell/hub/web/internal/duties"
	"traybell/hub/web/pages"
	"traybell/hub/why"
	"traybell/shared/protocol"
)

// Agents are the pages of agents.
type Agents struct {
	*pages.Renderer
	Staff     pages.Staff
	Terminals *admin.Terminals
	Calls     *admin.Calls
	Tests     *admin.TestCalls
	Duty      *admin.Duty
}

// agentsPage is what agents.html shows.
type agentsPage struct {
	May    pages.May
	Agents []agentRow
	Signed int
	Duty   bool     // there are agent states
	PBXs   []string // those that can ring an agent's phone for a test call
}

type agentRow struct {
	staff.Agent
	Terminals []admin.Terminal
	Talks     string // with whom
	Rings     bool
	Now       *protocol.AgentNow // nil: the agent has no states
	For       time.Duration      // in the state
	About     string             // the pause, or the task
	Changes   []duties.Change
}

// List shows who is signed in, with which version, and who talks.
func (p *Agents) List(w http.ResponseWriter, r *http.Request) {
	who := pages.Principal(r)
	terminals, err := p.Terminals.List(r.Context(), who)
	if err != nil {
		p.Refuse(w, r, err)
		return
	}
	live, err := p.Calls.Now(r.Context(), who)
	if err != nil {
		p.Refuse(w, r, err)
		return
	}
	states, err := p.Duty.States(r.Context(), who)
	if err != nil {
		p.Refuse(w, r, err)
		return
	}
	phones, err := p.Tests.PBXs(r.Context(), who)
	if err != nil {
		p.Refuse(w, r, err)
		return
	}
	page := agentsPage{May: pages.MayOf(r), Duty: p.Duty.On(), PBXs: phones}
	for _, a := range p.Staff().Agents() {
		row := agentRow{Agent: a}
		for _, t := range terminals {
			if t.Agent == a.Login {
				row.Terminals = append(row.Terminals, t)
			}
		}
		for _, c := range live {
			for _, leg := range c.Legs {
				if !slices.Contains(a.Extensions, leg.Extension) || !slices.Contains(c.Agents, a.Login) {
					continue
				}
				switch leg.State {
				case protocol.Answered, protocol.Held:
					row.Talks = c.Number
				case protocol.Ringing:
					row.Rings = true
				}
			}
		}
		if len(row.Terminals) > 0 {
			page.Signed++
		}
		if i := slices.IndexFunc(states, func(s protocol.AgentNow) bool { return s.Login == a.Login }); i >= 0 {
			p.duty(r, &row, states[i])
		}
		page.Agents = append(page.Agents, row)
	}
	slices.SortStableFunc(page.Agents, func(a, b agentRow) int { // signed in first
		return min(1, len(b.Terminals)) - min(1, len(a.Terminals))
	})
	p.Show(w, r, http.StatusOK, pages.View{Name: "agents.html", Title: "agents.title", Data: page})
}

// duty shows what an agent does.
func (p *Agents) duty(r *http.Request, row *agentRow, now protocol.AgentNow) {
	names, say := p.Duty.Names(), p.Texts(r)
	row.Now, row.For = &now, now.At.Sub(now.Since)
	row.About = cmp.Or(names.Pauses[now.Reason], now.Reason)
	if t := now.Task; t != nil {
		row.About = strings.Trim(cmp.Or(names.Projects[t.Project], t.Project)+" · "+
			cmp.Or(names.Kinds[t.Kind], t.Kind), " ·")
	}
	row.Changes = duties.Changes(p.Duty, say, now)
}

// SetState changes what an agent does.
func (p *Agents) SetState(w http.ResponseWriter, r *http.Request) {
	login, want := r.PathValue("agent"), protocol.SetAgent{}
	back := "/agents"
	if pages.Typed(r, "from") == "board" {
		back = board.Back(pages.Typed(r, "phone"))
	}
	words := strings.Fields(r.PostFormValue("to"))
	for len(words) < 3 {
		words = append(words, "")
	}
	switch words[0] {
	case "state":
		want.State, want.Reason = protocol.AgentState(words[1]), words[2]
	case "mode":
		want.Mode = protocol.Mode(words[1])
	case "task":
		p.Finish(w, r, p.Duty.EndTask(r.Context(), pages.Principal(r), login, ""), back, "duty")
		return
	}
	p.Finish(w, r, p.Duty.Set(r.Context(), pages.Principal(r), login, want), back, "duty")
}

// testPage is what test.html shows.
type testPage struct {
	Agent string
	Shown bool
	Steps []testStep
	Said  string
}

type testStep struct {
	Name, Text string
	After      time.Duration
}

// Test places a test call for an agent, and shows what came of it.
func (p *Agents) Test(w http.ResponseWriter, r *http.Request) {
	login := r.PathValue("agent")
	report, err := p.Tests.Place(r.Context(), pages.Principal(r),
		testcall.Question{Agent: login, PBX: pages.Typed(r, "pbx")}, func(testcall.Step) {})
	if err != nil {
		p.Refuse(w, r, err)
		return
	}
	page := testPage{Agent: p.Staff().Name(login), Shown: report.Shown}
	for _, step := range report.Steps {
		page.Steps = append(page.Steps, testStep{step.Name.Say(pages.Language(r)), step.Text, step.After})
	}
	if !report.Shown {
		said, remedy := report.Answer.Say(why.Reader{Language: pages.Language(r)})
		page.Said = strings.TrimSpace(said + " " + remedy)
	}
	p.Show(w, r, http.StatusOK, pages.View{Name: "test.html", Title: "test.title", Data: page})
}
