package why

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"traybell/hub/fail"
	"traybell/hub/staff"
	"traybell/hub/timeline"
	"traybell/hub/trace"
	"traybell/shared/phone"
	"traybell/shared/protocol"
)

// Traces reads the traces of calls.
type Traces interface {
	trace.Kept
	TraceOf(ctx context.Context, callID string) (t trace.Trace, ok bool, err error)
	// TracesAt returns the traces of calls first seen in [from, to), newest first.
	TracesAt(ctx context.Context, from, to time.Time, limit int) ([]trace.Trace, error)
}

// Rules are the parts of hub.yml that explain a call.
type Rules struct {
	Staff   *staff.Staff
	Numbers *phone.Reader
	PBXs    []string // ids of the enabled ones
}

// Explainer explains what came of calls. Its methods may be called from any goroutine.
type Explainer struct {
	Traces   Traces
	Timeline timeline.Kept
	Rules    func() Rules
}

// Question asks about calls. All fields are optional.
type Question struct {
	Call  string    // a call id, or a number in any form
	Agent string    // a login or an extension; empty: all agents whom the call concerns
	At    time.Time // about when; zero: the last calls
	Most  int       // calls; 0: 5
	Own   bool      // only calls that concerned Agent, as the agent asks
}

// Found is a call and what came of it for the agents. Without a call, its trace has only a time,
// and the answers are about that moment.
type Found struct {
	Trace   trace.Trace
	Answers []Answer
}

const (
	aside     = 3 * time.Minute // how wrong the time of a question may be
	mostAside = 500             // calls within it
	mostPast  = 200             // events of a subject
)

// Ask returns the calls that a question is about, newest first.
func (x *Explainer) Ask(ctx context.Context, q Question) ([]Found, error) {
	rules := x.Rules()
	people, err := agents(rules.Staff, q.Agent)
	if err != nil {
		return nil, err
	}
	most := cmp.Or(max(q.Most, 0), 5)
	traces, err := x.traces(ctx, rules, q, most)
	if err != nil {
		return nil, err
	}
	var list []Found
	for _, t := range traces {
		those := people
		if q.Agent == "" {
			those = concerned(t, rules.Staff)
		} else if q.Own || !q.At.IsZero() {
			those = slices.DeleteFunc(slices.Clone(those), func(w Who) bool { return !w.in(t) })
		}
		if q.Agent != "" && len(those) == 0 {
			continue
		}
		f := Found{Trace: t}
		for _, who := range those {
			a, err := x.Explain(ctx, t, who)
			if err != nil {
				return nil, err
			}
			f.Answers = append(f.Answers, a)
		}
		if list = append(list, f); len(list) == most {
			break
		}
	}
	if len(list) > 0 || q.At.IsZero() {
		return list, nil
	}
	return x.moment(ctx, rules, people, traces, q.At)
}

// moment explains a moment without a call for the agents.
func (x *Explainer) moment(ctx context.Context, rules Rules, people []Who, others []trace.Trace, at time.Time,
) ([]Found, error) {
	if len(people) == 0 {
		people = []Who{{}}
	}
	f := Found{Trace: trace.Trace{At: at}}
	for _, who := range people {
		past, err := x.past(ctx, rules, who, at.Add(soon))
		if err != nil {
			return nil, err
		}
		answers := Moment(at, who, past)
		for _, t := range others { // which may have rung at a phone of the agent that hub.yml does not know
			if a := Of(t, who, past); a.Cause == NoAgent && answers[0].Cause == NoRing {
				answers = append([]Answer{a}, answers...)
				break
			}
		}
		f.Answers = append(f.Answers, answers...)
	}
	return []Found{f}, nil
}

func (x *Explainer) traces(ctx context.Context, rules Rules, q Question, most int) ([]trace.Trace, error) {
	if q.Call != "" {
		t, ok, err := x.Traces.TraceOf(ctx, q.Call)
		if err != nil || ok {
			return []trace.Trace{t}, err
		}
	}
	parties := []string{""} // all
	if q.Call != "" {
		if parties = rules.Numbers.Keys(q.Call); len(parties) == 0 {
			return nil, fmt.Errorf("%q is neither a number nor a call id", q.Call)
		}
	}
	if q.At.IsZero() {
		return trace.OfFirst(ctx, x.Traces, parties, 0, most)
	}
	list, err := x.Traces.TracesAt(ctx, q.At.Add(-aside), q.At.Add(aside), mostAside)
	if q.Call != "" {
		list = slices.DeleteFunc(list, func(t trace.Trace) bool { return !slices.Contains(parties, t.Party) })
	}
	return list, err
}

// past reads what the timeline knows until a time.
func (x *Explainer) past(ctx context.Context, rules Rules, who Who, until time.Time) (p Past, err error) {
	p.PBXs = map[string][]timeline.Event{}
	if p.Hub, err = x.Timeline.EventsOf(ctx, timeline.Hub, "", until, mostPast); err != nil {
		return p, err
	}
	if who.Login != "" {
		if p.Agent, err = x.Timeline.EventsOf(ctx, timeline.Agent, who.Login, until, mostPast); err != nil {
			return p, err
		}
	}
	for _, id := range rules.PBXs {
		if p.PBXs[id], err = x.Timeline.EventsOf(ctx, timeline.PBX, id, until, mostPast); err != nil {
			return p, err
		}
	}
	return p, nil
}

// Explain explains a call, whose trace may be incomplete, for one agent.
func (x *Explainer) Explain(ctx context.Context, t trace.Trace, who Who) (Answer, error) {
	past, err := x.past(ctx, x.Rules(), who, t.At.Add(2*soon))
	return Of(t, who, past), err
}

// ForAgent explains a call to an agent whom it concerned. Errors are *fail.Error.
func (x *Explainer) ForAgent(ctx context.Context, a staff.Agent, in protocol.WhyCall,
) (out protocol.ExplainedCall, err error) {
	t, ok, err := x.Traces.TraceOf(ctx, in.Call)
	if err != nil {
		return out, fail.New(protocol.HubFailed, "").Because(err)
	}
	who := Who{Login: a.Login, Extensions: a.Extensions}
	switch {
	case !ok:
		return Answer{Cause: Forgotten, Agent: a.Login}.Explained(in.Call, in.Language), nil
	case !who.in(t):
		return out, fail.New(protocol.CallNotYours, "")
	}
	answer, err := x.Explain(ctx, t, who)
	if err != nil {
		return out, fail.New(protocol.HubFailed, "").Because(err)
	}
	return answer.Explained(in.Call, in.Language), nil
}

// in reports whether a call concerned the agent: the hub decided about the agent, or a phone of the
// agent rang.
func (w Who) in(t trace.Trace) bool {
	return slices.ContainsFunc(t.Steps, func(s trace.Step) bool {
		return w.Login != "" && slices.Contains(s.Agents, w.Login) ||
			s.What == trace.Legs && slices.ContainsFunc(s.Words, func(word string) bool {
				extension, _, _ := strings.Cut(word, " ")
				return slices.Contains(w.Extensions, extension)
			})
	})
}

// agents returns those with a login or an extension; empty: none.
func agents(s *staff.Staff, name string) (list []Who, err error) {
	if name == "" {
		return nil, nil
	}
	for _, a := range s.Agents() {
		if a.Login == name || slices.Contains(a.Extensions, name) {
			list = append(list, Who{a.Login, a.Extensions})
		}
	}
	if len(list) == 0 && strings.Trim(name, "0123456789") != "" {
		return nil, fmt.Errorf("hub.yml has no agent with the login or the extension %q", name)
	}
	if len(list) == 0 {
		list = []Who{{Extensions: []string{name}}}
	}
	return list, nil
}

// concerned returns the agents whom a call concerned, in their order, and the extensions that rang
// without an agent.
func concerned(t trace.Trace, s *staff.Staff) (list []Who) {
	for _, a := range s.Agents() {
		if w := (Who{a.Login, a.Extensions}); w.in(t) {
			list = append(list, w)
		}
	}
	for _, step := range t.Steps {
		if step.What == trace.NotTold {
			for _, extension := range step.Words {
				list = append(list, Who{Extensions: []string{extension}})
			}
		}
	}
	return list
}
