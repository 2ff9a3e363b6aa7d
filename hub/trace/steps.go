package trace

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"traybell/hub/calldata"
	"traybell/hub/calls"
	"traybell/hub/endpoint"
	"traybell/hub/tickets"
	"traybell/hub/tracking"
	"traybell/shared/protocol"
)

// LookedStep is the step of the directories' answer.
func LookedStep(customers []protocol.Customer, after time.Duration, err error) Step {
	s := Step{What: Looked, After: after}
	for _, c := range customers {
		who := c.Name
		if c.Login != "" && c.Login != c.Name {
			who = strings.TrimSpace(who + " (" + c.Login + ")")
		}
		found := Note{"trace.customer", map[string]string{"Name": who, "Directory": c.Directory}}
		if c.Maybe {
			found.Code = "trace.customer_maybe"
		}
		s.Notes = append(s.Notes, found)
	}
	if err != nil {
		s.Why = err.Error()
	}
	return s
}

// TicketStep is the step of a request's end.
func TicketStep(r tickets.Request) Step {
	if r.State == tickets.Made {
		return Step{What: Ticket, Agents: []string{r.Agent}, Text: r.Ticket.Number}
	}
	return Step{What: NoTicket, Agents: []string{r.Agent}, Why: r.Error}
}

// endpointSteps are the steps of endpoints whose verdict is new; known has the last verdicts by
// endpoint, and is updated.
func endpointSteps(known map[string]endpoint.Verdict, channels []calls.Channel) (steps []Step) {
	judged := Step{What: Endpoints}
	for _, ch := range channels {
		of, _ := endpoint.Of(ch.Name)
		name := of.String()
		if before, ok := known[name]; ok && before == ch.Verdict {
			continue
		}
		known[name] = ch.Verdict
		side := Outside
		if ch.Verdict.Inside {
			side = Inside
		}
		if !ch.Verdict.Sure() {
			steps = append(steps, Step{
				What: Guessed, Text: name, Words: []string{side}, Notes: []Note{evidence(name, side, ch.Verdict.Why)},
			})
			continue
		}
		judged.Notes = append(judged.Notes, evidence(name, side, ch.Verdict.Why))
	}
	if len(judged.Notes) > 0 {
		steps = append(steps, judged)
	}
	return steps
}

// lineStep is the step of the tracked number of a call to did. line is nil if there is none.
func lineStep(did string, line *tracking.Line, lines *tracking.Lines) Step {
	if line == nil {
		return Step{What: Untracked, Text: did}
	}
	if lines.None() {
		return Step{What: Line}
	}
	how := Note{Code: "trace.line_ringing"}
	if line.Show == tracking.ShowBound {
		how.Code = "trace.line_bound"
	}
	notes := []Note{how}
	if len(line.Teams) > 0 {
		notes = append(notes, Note{"trace.line_teams", map[string]string{"Teams": strings.Join(line.Teams, ", ")}})
	}
	if len(line.Agents) > 0 {
		notes = append(notes, Note{"trace.line_agents", map[string]string{"Agents": strings.Join(line.Agents, ", ")}})
	}
	text := fmt.Sprintf("%q", line.Number)
	if line.Name != "" {
		text += " (" + line.Name + ")"
	}
	return Step{What: Line, Text: text, Notes: notes}
}

// dataStep is the step of what the dialplan says. ok is false if nothing that is kept is new.
func dataStep(before, now calldata.Values) (s Step, ok bool) {
	s = Step{What: Data}
	for _, v := range now {
		if v.Field.Show == calldata.ShowAll && before.Get(v.Field.Name) != v.Text {
			s.Words = append(s.Words, v.Field.Label+": "+v.Text)
		}
	}
	return s, len(s.Words) > 0
}

// calling is the state of a leg that calls and is not connected yet.
const calling = "calling"

// legsSince returns the legs whose state is new: "101 ringing".
func legsSince(before, now []calls.Leg) (changed []string) {
	for i, leg := range now {
		if i >= len(before) || before[i].Extension != leg.Extension { // they seldom move
			i = slices.IndexFunc(before, func(b calls.Leg) bool { return b.Extension == leg.Extension })
		}
		if i >= 0 && before[i].State == leg.State {
			continue
		}
		how := string(leg.State)
		if leg.Calling && leg.State == protocol.Ringing {
			how = calling
		}
		changed = append(changed, leg.Extension+" "+how)
	}
	return changed
}

// Block describes a block in a call of that time: "by Anna Petrova at 12:03 (sells carpets)".
func Block(b protocol.Block, call time.Time) string { return blockNote(b, call).In(English) }

func blockNote(b protocol.Block, call time.Time) Note {
	at, now := b.At.Local(), call.Local()
	with := map[string]string{"By": b.By, "Reason": b.Reason, "At": "", "Day": ""}
	if !b.At.IsZero() {
		with["At"] = at.Format("15:04")
		if at.YearDay() != now.YearDay() || at.Year() != now.Year() {
			with["Day"] = at.Format(time.DateOnly)
		}
	}
	return Note{"trace.block", with}
}

// pending is Why of a block that the PBX does not have yet.
const pending = "pending"

// blockStep is the step of a caller who is blocked.
func blockStep(b protocol.Block, c calls.Call) Step {
	s := Step{What: Blocked, Notes: []Note{blockNote(b, c.Started)}, Words: []string{b.By}}
	if slices.Contains(b.Failed, c.PBX) {
		s.Why = pending
	}
	return s
}

// EndUnseen is the step of the end of a call that was not seen: it lasted at least until then.
// sure means that it is known whether it was answered.
func EndUnseen(lasted time.Time, sure bool) Step {
	s := Step{What: State, Text: string(protocol.Ended), Notes: []Note{
		{"trace.end_unseen", map[string]string{"At": lasted.Local().Format("15:04:05")}},
	}}
	if !sure {
		s.Notes = append(s.Notes, Note{Code: "trace.perhaps_answered"})
	}
	return s
}

// stateStep is the step of a call's state. ok is false while it rings: its legs show that. blocked
// is the block for which the PBX turned the call away; nil: it did not.
func stateStep(c calls.Call, blocked *protocol.Block) (s Step, ok bool) {
	s = Step{What: State, Text: string(c.State)}
	switch c.State {
	case protocol.Ended:
		switch {
		case c.Into != "":
			s.add("trace.into", map[string]string{"Call": c.Into})
		case blocked != nil:
			s.add("trace.ended_blocked", blockNote(*blocked, c.Started).With)
		case c.EndUnseen:
			s = EndUnseen(c.Ended, c.Missed || !c.Answered.IsZero())
		case c.Answered.IsZero() && c.AnswerUnseen:
			s.add("trace.answer_unknown", nil)
		case c.Answered.IsZero():
			s.add("trace.not_answered", nil)
		}
		if c.Cause > 0 {
			s.Notes = append(s.Notes, cause(c.Cause))
		}
	case protocol.Answered:
		if c.Direction == protocol.Incoming && c.AnsweredBy() == "" {
			s.add("trace.answered_outside", nil)
		}
		if c.AnswerUnseen {
			s.add("trace.answer_unseen", nil)
		}
	case protocol.Ringing:
		return s, false
	}
	return s, true
}

func (s *Step) add(code string, with map[string]string) { s.Notes = append(s.Notes, Note{code, with}) }
