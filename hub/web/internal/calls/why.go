package calls

import (
	"cmp"
	"net/http"
	"strings"

	"traybell/hub/access"
	"traybell/hub/admin"
	"traybell/hub/web/internal/recordings"
	"traybell/hub/web/pages"
	"traybell/hub/why"
)

// whyPage is what why.html shows.
type whyPage struct {
	Number string
	Traces []admin.CallTrace
	Error  string
	pages.Turn
}

// Traced shows the calls whose traces answer why.
func (p *Pages) Traced(w http.ResponseWriter, r *http.Request) {
	page := whyPage{Number: pages.Query(r, "number")}
	status := http.StatusOK
	found, err := p.Calls.Traced(r.Context(), pages.Principal(r), admin.TraceFilter{
		Number: page.Number, Language: pages.Language(r),
	},
		pages.PageOf(r))
	if err != nil {
		status, page.Error = p.Explain(r, err)
	}
	page.Traces, page.Turn = found.Items, pages.TurnOf(r, found.Next)
	p.Show(w, r, status, pages.View{Name: "why.html", Title: "why.title", Data: page})
}

// callPage is what call.html shows.
type callPage struct {
	admin.CallTrace
	May     pages.May
	About   string
	Answers []answer
	Player  recordings.Player
	Rules   []ruling
}

// ruling is what the rules would decide about a call at a moment.
type ruling struct {
	At    string // a word for the moment
	Rules []string
}

// rulings returns what the rules of hub.yml would do to a call now.
func (p *Pages) rulings(r *http.Request, callID string) (list []ruling, err error) {
	of, ok, err := p.Rules.Call(r.Context(), pages.Principal(r), callID)
	if err != nil || !ok {
		return nil, err
	}
	for _, m := range of.Would {
		at := ruling{At: p.Texts(r).Say("rules.at_" + string(m.At))}
		for _, a := range m.Applied {
			at.Rules = append(at.Rules, a.Rule+": "+cmp.Or(strings.Join(a.Did, "; "), p.Texts(r).Say("rules.idle")))
		}
		for _, f := range m.Failed {
			at.Rules = append(at.Rules, f.Rule+": "+f.Why)
		}
		list = append(list, at)
	}
	return list, nil
}

// answer is why an agent saw a popup, or none.
type answer struct{ Agent, Said, Remedy string }

// answers explains what came of a call, in the language of the page.
func (p *Pages) answers(r *http.Request, callID string) ([]answer, error) {
	v := pages.VisitorOf(r)
	found, err := p.Reasons.Ask(r.Context(), v.Principal, why.Question{Call: callID, Most: 1})
	reader := why.Reader{Language: pages.Language(r), Agent: !v.May(access.View)}
	if err == nil && len(found) == 0 && reader.Agent {
		found = []why.Found{{Answers: []why.Answer{{Cause: why.Forgotten, Agent: v.Name}}}}
	}
	if err != nil || len(found) == 0 {
		return nil, err
	}
	var list []answer
	for _, a := range found[0].Answers {
		said, remedy := a.Say(reader)
		list = append(list, answer{p.Staff().Name(a.Agent), said, remedy})
	}
	return list, nil
}

// Call shows a call and why the agents saw it.
func (p *Pages) Call(w http.ResponseWriter, r *http.Request) {
	id, page := r.PathValue("call"), callPage{May: pages.MayOf(r)}
	var err error
	if page.Answers, err = p.answers(r, id); err != nil {
		p.Refuse(w, r, err)
		return
	}
	page.Player = p.Recorded.PlayerOf(r, id)
	if !page.May.View { // an agent reads the answer, and nothing about calls of others
		page.About = p.Texts(r).Say("why.call")
		p.Show(w, r, http.StatusOK, pages.View{Name: "call.html", Heading: page.About, Data: page})
		return
	}
	t, err := p.Calls.Why(r.Context(), pages.Principal(r), id, pages.Language(r))
	if err != nil {
		p.Refuse(w, r, err)
		return
	}
	if page.Rules, err = p.rulings(r, id); err != nil {
		p.Refuse(w, r, err)
		return
	}
	page.CallTrace, page.About = t, t.Number
	if page.About == "" {
		page.About = p.Texts(r).Say("calls.no_number")
	}
	if t.Name != "" {
		page.About += " · " + t.Name
	}
	p.Show(w, r, http.StatusOK, pages.View{Name: "call.html", Heading: page.About, Data: page})
}
