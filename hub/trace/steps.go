package trace

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"traybell/hub/calls"
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
		if c.Directory != "" {
			who += " in " + c.Directory
		}
		if c.Maybe {
			who += ", perhaps: only the end of the number is the same"
		}
		s.Words = append(s.Words, who)
	}
	if err != nil {
		s.Why = err.Error()
	}
	return s
}

// LineStep is the step of the tracked number of a call to did. line is nil if there is none.
func LineStep(did string, line *tracking.Line, lines *tracking.Lines) Step {
	if line == nil {
		return Step{What: Untracked, Text: did}
	}
	if lines.None() {
		return Step{What: Line}
	}
	how := "to those whose phone rings"
	if line.Show == tracking.ShowBound {
		how = "whichever phone rings, to all"
	}
	words := []string{how}
	if len(line.Teams) > 0 {
		words = append(words, "of the teams "+strings.Join(line.Teams, ", "))
	}
	if len(line.Agents) > 0 {
		words = append(words, "named there: "+strings.Join(line.Agents, ", "))
	}
	text := fmt.Sprintf("%q", line.Number)
	if line.Name != "" {
		text += " (" + line.Name + ")"
	}
	return Step{What: Line, Text: text, Why: strings.Join(words, ", ")}
}

// LegsSince returns the legs whose state is new: "101 ringing".
func LegsSince(before, now []calls.Leg) (changed []string) {
	for _, leg := range now {
		i := slices.IndexFunc(before, func(b calls.Leg) bool { return b.Extension == leg.Extension })
		if i >= 0 && before[i].State == leg.State {
			continue
		}
		how := string(leg.State)
		if leg.Calling && leg.State == protocol.Ringing {
			how = "calling"
		}
		changed = append(changed, leg.Extension+" "+how)
	}
	return changed
}

// StateStep is the step of a call's state. ok is false while it rings: its legs show that.
func StateStep(c calls.Call) (s Step, ok bool) {
	s = Step{What: State, Text: string(c.State)}
	switch c.State {
	case protocol.Ended:
		switch {
		case c.Into != "":
			s.Why = "it became part of the call " + c.Into
		case c.Missed:
			s.Why = "not answered"
		}
		if c.Cause > 0 {
			s.Why = strings.TrimPrefix(s.Why+fmt.Sprintf(", cause %d", c.Cause), ", ")
		}
	case protocol.Ringing:
		return s, false
	}
	return s, true
}
