package testcall

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"traybell/hub/trace"
	"traybell/hub/why"
	"traybell/shared/protocol"
)

// Report is what came of a test call.
type Report struct {
	Call      string     `json:"call"`
	PBX       string     `json:"pbx"`
	Agent     string     `json:"agent"`
	Extension string     `json:"extension"`
	Number    string     `json:"number"`
	DID       string     `json:"did"`
	Steps     []Step     `json:"steps"`
	Shown     bool       `json:"shown"`  // the desktop reports the popup on the screen, and nothing hides it
	Answer    why.Answer `json:"answer"` // why it is not shown
}

// Step is a step of the call's way.
type Step struct {
	Name  Name          `json:"step"`
	At    time.Time     `json:"at"`
	After time.Duration `json:"after"` // since the call was placed
	Text  string        `json:"text"`  // details, as in the trace
}

// Name names a step. The names are stable.
type Name string

// The steps, in their usual order.
const (
	Event  Name = "event"  // the tracker has read the PBX's events
	Routed Name = "routed" // to the agent
	Sent   Name = "sent"   // to the agent's desktops
	Popup  Name = "popup"  // the desktop reports its popup
	Looked Name = "looked" // the directories have answered
)

// Say names a step in a language, "ru" or English.
func (n Name) Say(language string) string {
	words := map[Name][2]string{
		Event: {"event of the PBX", "событие АТС"}, Routed: {"routed", "маршрут найден"},
		Sent: {"sent to the desktop", "отправлено программе"}, Popup: {"popup on the screen", "окно на экране"},
		Looked: {"caller looked up", "звонящий найден в справочниках"},
	}[n]
	if strings.HasPrefix(language, "ru") {
		return words[1]
	}
	return words[0]
}

// Say returns the line of a step.
func (s Step) Say(language string) string {
	return fmt.Sprintf("%s: %.1f ms", s.Name.Say(language), float64(s.After.Microseconds())/1000)
}

// Say returns the report as lines for the agent or an administrator.
func (r Report) Say(to why.Reader) []string {
	var lines []string
	for _, s := range r.Steps {
		lines = append(lines, s.Say(to.Language))
	}
	if !r.Shown {
		said, remedy := r.Answer.Say(to)
		lines = append(lines, strings.TrimSpace(said+" "+remedy))
	}
	return lines
}

// Tested is the report for the agent's desktop.
func (r Report) Tested(language string) protocol.TestedCall {
	t := protocol.TestedCall{Call: r.Call, Shown: r.Shown, Cause: string(r.Answer.Cause)}
	for _, s := range r.Steps {
		t.Steps = append(t.Steps, protocol.TestStep{
			Step: string(s.Name), At: s.At, After: int(s.After.Microseconds()), Text: s.Say(language),
		})
	}
	if !r.Shown {
		t.Text, t.Remedy = r.Answer.Say(why.Reader{Language: language, Agent: true})
	}
	return t
}

// watch reads the trace of a test call.
type watch struct {
	report Report
	each   func(Step)
	began  time.Time
	steps  []trace.Step
	late   bool
}

// names are the steps by those of the trace.
var names = map[trace.What]Name{
	trace.Seen: Event, trace.Told: Routed, trace.Sent: Sent, trace.Snapshot: Sent, trace.Shown: Popup,
	trace.Looked: Looked,
}

func (w *watch) add(s trace.Step) {
	w.steps = append(w.steps, s)
	name, ok := names[s.What]
	if !ok || w.has(name) {
		return
	}
	text, details := s.Say(trace.English)
	step := Step{
		Name: name, At: s.At, After: max(s.At.Sub(w.began), 0),
		Text: strings.Join(append([]string{text}, details...), " "),
	}
	w.report.Steps = append(w.report.Steps, step)
	w.each(step)
}

func (w *watch) has(n Name) bool {
	return slices.ContainsFunc(w.report.Steps, func(s Step) bool { return s.Name == n })
}

// complete reports whether nothing more is to be expected.
func (w *watch) complete() bool {
	if w.late {
		return true
	}
	over := w.has(Popup) || slices.ContainsFunc(w.steps, func(s trace.Step) bool {
		return s.What == trace.Hidden || s.What == trace.Away || s.What == trace.NotTold
	})
	return over && w.has(Looked)
}
