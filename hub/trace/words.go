package trace

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"traybell/shared/protocol"
)

// Say returns a sentence for a step in a language, and the lines below it.
func (s Step) Say(language string) (sentence string, details []string) {
	t, who := catalog(language), strings.Join(s.Agents, ", ")
	after := ""
	if s.After > 0 {
		after = t.brief(s.After)
	}
	switch s.What {
	case Seen:
		return t.say("trace.seen", "State", t.code(states, s.Text)), nil
	case Number:
		if s.Text == "" {
			return t.Say("trace.no_number"), nil
		}
		return t.say("trace.number", "Number", s.Text), t.notes(s)
	case Endpoints:
		return t.endpoints(s)
	case Guessed:
		key, why := "trace.guessed_outside", s.Why
		if slices.Contains(s.Words, Inside) {
			key = "trace.guessed_inside"
		}
		if len(s.Notes) > 0 {
			why = t.fill(s.Notes[0].Code, s.Notes[0].With)
		}
		return t.say(key, "Endpoint", s.Text, "Why", why), nil
	case Impostor:
		return t.say("trace.impostor", "Extension", s.Text), nil
	case Pretends:
		return t.say("trace.pretends", "Name", s.Text), nil
	case Line:
		if s.Text == "" {
			return t.Say("trace.no_lines"), nil
		}
		return t.say("trace.line", "Number", s.Text, "How", t.why(s)), nil
	case Untracked:
		return t.say("trace.untracked", "Number", s.Text), nil
	case Looked:
		return t.looked(s)
	case Blocked:
		key := "trace.blocked"
		if s.Why == pending {
			key = "trace.blocked_pending"
		}
		return t.say(key, "By", t.block(s)), nil
	case Late:
		return t.say("trace.late", "After", t.brief(s.After)), nil
	case Data:
		return t.Say("trace.data"), s.Words
	case Legs:
		var legs []string
		for _, leg := range s.Words {
			extension, state, _ := strings.Cut(leg, " ")
			legs = append(legs, extension+" "+t.code(states, state))
		}
		return t.say("trace.legs", "Legs", strings.Join(legs, ", ")), nil
	case Told:
		return t.say("trace.told", "Agents", who, "Why", t.reason(s)), nil
	case NotTold:
		if len(s.Words) > 0 {
			return t.say("trace.also_rings", "Extensions", strings.Join(s.Words, ", "),
				"Why", t.code(reasons, s.Why)), nil
		}
		return t.say("trace.not_told", "Agents", who, "Why", t.reason(s)), nil
	case Rule:
		if len(s.Words) == 0 {
			return t.say("trace.rule_idle", "Rule", s.Text), nil
		}
		return t.say("trace.rule", "Rule", s.Text), s.Words
	case RuleFailed:
		return t.say("trace.rule_failed", "Rule", s.Text, "Why", s.Why), nil
	case Automatic:
		return t.say("trace.automatic", "Rule", s.Why), nil
	case Off:
		if s.Why == string(protocol.HiddenLocked) {
			return t.say("trace.off_locked", "Kind", s.Text), nil
		}
		return t.say("trace.off", "Kind", s.Text), nil
	case Sent:
		if details = t.notes(s); len(details) == 0 {
			return t.say("trace.sent_to", "Agents", who), nil
		}
		return t.Say("trace.sent"), details
	case Away:
		return t.say("trace.away", "Agents", who), nil
	case Snapshot:
		return t.say("trace.snapshot", "Agents", who), nil
	case Merged:
		return t.say("trace.merged", "Call", s.Text), nil
	case Shown:
		return t.say("trace.shown", "Agents", who, "After", after, "As", t.shownAs(s)), nil
	case Closed:
		return t.say("trace.closed", "Agents", who, "After", after), nil
	case Hidden:
		return t.say("trace.hidden", "Agents", who, "After", after, "Why", t.code(hidings, s.Why)), nil
	case State:
		return t.say("trace.state", "State", t.code(states, s.Text), "Why", t.why(s)), nil
	case Pressed:
		return t.say("trace.pressed", "Agents", who, "Ticket", s.Text), nil
	case Refused:
		return t.say("trace.refused", "Agents", who, "Why", s.Why), nil
	case Queued:
		return t.say("trace.queued", "Why", s.Why), nil
	case Ticket:
		return t.say("trace.ticket", "Agents", who, "Ticket", s.Text), nil
	case Noted:
		return t.say("trace.noted", "Agents", who), nil
	case Controlled:
		return t.say("trace.controlled", "Agents", who, "Did", t.code(controls, s.Text), "After", t.brief(s.After),
			"With", strings.Join(s.Words, " "), "Why", s.Why), nil
	case NoTicket:
		return t.say("trace.no_ticket", "Agents", who, "Why", s.Why), nil
	}
	return string(s.What) + " " + strings.TrimSpace(s.Text+" "+s.Why), s.Words // written by a newer version
}

// reason is why agents see a call, or do not, with the rule that decided.
func (t texts) reason(s Step) string {
	if s.Text == "" {
		return t.code(reasons, s.Why)
	}
	return t.code(reasons, s.Why) + ": " + s.Text
}

func (t texts) endpoints(s Step) (sentence string, details []string) {
	details = s.Words
	for _, n := range s.Notes {
		details = append(details, t.endpoint(n))
	}
	if len(details) == 1 {
		return details[0] + ".", nil
	}
	return t.Say("trace.endpoints"), details
}

func (t texts) looked(s Step) (sentence string, details []string) {
	after, found := t.brief(s.After), t.notes(s)
	switch {
	case s.Why != "" && len(found) == 0:
		return t.say("trace.lookup_failed", "After", after, "Why", s.Why), nil
	case len(found) == 0:
		return t.say("trace.not_found", "After", after), nil
	case len(found) == 1:
		return t.say("trace.found", "After", after, "Customer", found[0]), nil
	}
	return t.say("trace.found_many", "After", after, "N", strconv.Itoa(len(found))), found
}

// block says who blocked the caller.
func (t texts) block(s Step) string {
	if len(s.Notes) == 0 {
		return s.Text
	}
	return strings.Join(t.notes(s), ", ")
}

// shownAs says why the agent may not see a popup that is visible.
func (t texts) shownAs(s Step) string {
	on := strings.Join(s.Words, ", ")
	switch protocol.ShownAs(s.Text) {
	case "":
		return ""
	case protocol.AsNotification:
		return t.Say("trace.as_notification")
	case protocol.AsOtherMonitor:
		return t.say("trace.as_other_monitor", "Monitor", on)
	case protocol.AsBehindLock:
		return t.Say("trace.as_behind_lock")
	}
	return s.Text + " " + on // reported by a newer desktop
}

// Result summarizes in a language what came of the popup.
func (t Trace) Result(language string) string {
	var told, shown, hidden, away []string
	rang := false
	for _, s := range t.Steps {
		switch s.What {
		case Legs:
			rang = true
		case Told:
			told = append(told, s.Agents...)
		case Shown:
			shown = append(shown, s.Agents...)
		case Hidden:
			hidden = append(hidden, s.Agents...)
		case Away:
			away = append(away, s.Agents...)
		}
	}
	in := catalog(language)
	of := func(key string, logins []string) string {
		slices.Sort(logins)
		logins = slices.Compact(logins)
		few := strings.Join(logins[:min(len(logins), 5)], ", ")
		if len(logins) > 5 {
			few = in.say("trace.and_more", "Agents", few, "N", strconv.Itoa(len(logins)-5))
		}
		return in.say(key, "Agents", few)
	}
	switch {
	case len(shown) > 0:
		return of("trace.result_shown", shown)
	case len(hidden) > 0:
		return of("trace.result_hidden", hidden)
	case len(told) == 0 && !rang:
		if s, ok := t.Blocked(); ok {
			return in.say("trace.result_blocked", "By", in.block(s))
		}
		return in.Say("trace.result_no_ring") // the caller hung up in a menu, or only the PBX has blocked the number
	case len(told) == 0:
		return in.Say("trace.result_not_routed")
	case len(away) == len(told):
		return of("trace.result_away", away)
	}
	return of("trace.result_sent", told)
}

// Blocked returns the step of the block for which the PBX turned the call away; ok is false if it
// did not.
func (t Trace) Blocked() (block Step, ok bool) {
	for _, s := range t.Steps {
		switch {
		case s.What == Legs:
			return Step{}, false
		case s.What == Blocked && s.Why != pending:
			block, ok = s, true
		}
	}
	return block, ok
}

// About describes the call.
func (t Trace) About() string {
	number := t.Number
	if number == "" {
		number = "no number"
	}
	about := number
	if t.Name != "" {
		about += fmt.Sprintf(" %q", t.Name)
	}
	if t.DID != "" && t.Direction == protocol.Incoming {
		about += " to " + t.DID
	}
	return fmt.Sprintf("%s, %s on %s", about, t.Direction, t.PBX)
}

func decimal(n float64) string { return strconv.FormatFloat(n, 'f', 1, 64) }
