package trace

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"traybell/shared/protocol"
)

// Say returns a sentence for a step, and the lines below it.
func (s Step) Say() (sentence string, details []string) {
	who := strings.Join(s.Agents, ", ")
	switch s.What {
	case Seen:
		return "First seen: " + s.Text + ".", nil
	case Number:
		if s.Text == "" {
			return "The PBX presents no number.", nil
		}
		return fmt.Sprintf("The PBX presents the number %q:", s.Text), s.Words
	case Line:
		if s.Text == "" {
			return "hub.yml tracks no numbers: every call is shown to the agents whose phone rings.", nil
		}
		return fmt.Sprintf("Tracked number %s, shown %s.", s.Text, s.Why), nil
	case Untracked:
		return fmt.Sprintf("The called number %q is not tracked: the call is not shown.", s.Text), nil
	case Looked:
		after := " after " + brief(s.After)
		switch {
		case s.Why != "" && len(s.Words) == 0:
			return "Directory lookup failed" + after + ": " + s.Why, nil
		case len(s.Words) == 0:
			return "No customer found" + after + ".", nil
		case len(s.Words) == 1:
			return "Found" + after + ": " + s.Words[0] + ".", nil
		}
		return fmt.Sprintf("Found %d customers%s:", len(s.Words), after), s.Words
	case Late:
		return "No answer from the directories after " + brief(s.After) +
			": the caller is shown as unknown for now.", nil
	case Legs:
		return "Extensions: " + strings.Join(s.Words, ", ") + ".", nil
	case Told:
		return "Routed to " + who + ": " + s.Why + ".", nil
	case NotTold:
		if len(s.Words) > 0 {
			return "Also rings at " + strings.Join(s.Words, ", ") + ": " + s.Why + ".", nil
		}
		return "Not routed to " + who + ", though their phone rings: " + s.Why + ".", nil
	case Off:
		return "Popups of this kind (" + s.Text + ") are switched off in hub.yml, desktop.popups" +
			lockedWords(s.Why) + ".", nil
	case Sent:
		if len(s.Words) == 0 {
			return "Sent to the desktops of " + who + ".", nil
		}
		return "Sent to", s.Words
	case Away:
		return "Not signed in: " + who + ".", nil
	case Snapshot:
		return who + " signed in and got the call.", nil
	case Shown:
		return "On the screen of " + who + afterSent(s.After) + ".", nil
	case Hidden:
		return "The desktop of " + who + " shows no popup" + afterSent(s.After) + ": " +
			hiddenWords(protocol.Hidden(s.Why)) + ".", nil
	case State:
		return "The call is " + s.Text + because(s.Why) + ".", nil
	case Pressed:
		if s.Text != "" {
			return who + " adds the call to ticket " + s.Text + ".", nil
		}
		return who + " requested a ticket.", nil
	case Refused:
		return who + " requested a ticket and was refused: " + s.Why, nil
	case Queued:
		return "The ticket takes longer, retrying: " + s.Why, nil
	case Ticket:
		return "Ticket " + s.Text + ", by " + who + ".", nil
	case NoTicket:
		return "No ticket for " + who + ": " + s.Why, nil
	}
	return string(s.What) + " " + strings.TrimSpace(s.Text+" "+s.Why), s.Words // written by a newer version
}

// For returns what came of the call for one agent with these extensions.
func (t Trace) For(login string, extensions []string) string {
	verdict := ""
	for _, s := range t.Steps {
		if !slices.Contains(s.Agents, login) {
			continue
		}
		switch s.What {
		case Shown:
			return "popup shown" + afterSent(s.After)
		case Hidden:
			verdict = "the desktop showed no popup: " + hiddenWords(protocol.Hidden(s.Why))
		case Sent, Snapshot:
			verdict = "sent to the desktop, which has not confirmed the popup"
		case Away:
			verdict = "not signed in"
		case NotTold:
			verdict = "not routed, though the phone rang: " + s.Why
		}
	}
	if verdict != "" {
		return verdict
	}
	var rang []string
	for _, s := range t.Steps {
		switch s.What {
		case Untracked:
			return fmt.Sprintf("not routed: the called number %q is not tracked", s.Text)
		case Legs:
			for _, w := range s.Words {
				if e, _, _ := strings.Cut(w, " "); !slices.Contains(rang, e) {
					rang = append(rang, e)
				}
			}
		}
	}
	switch {
	case len(extensions) == 0:
		return "not routed: hub.yml has no such agent"
	case len(rang) == 0:
		return "not routed: no phone rang"
	}
	return fmt.Sprintf("not routed: %s did not ring; %s did", strings.Join(extensions, ", "),
		strings.Join(rang, ", "))
}

// Result summarizes what came of the popup.
func (t Trace) Result() string {
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
	few := func(logins []string) string {
		slices.Sort(logins)
		logins = slices.Compact(logins)
		if len(logins) > 5 {
			return fmt.Sprintf("%s and %d more", strings.Join(logins[:5], ", "), len(logins)-5)
		}
		return strings.Join(logins, ", ")
	}
	switch {
	case len(shown) > 0:
		return "on the screen of " + few(shown)
	case len(hidden) > 0:
		return "no popup for " + few(hidden)
	case len(told) == 0 && !rang:
		return "no phone rang" // the caller is blocked or hung up in a menu
	case len(told) == 0:
		return "not routed to any agent"
	case len(away) == len(told):
		return "not signed in: " + few(away)
	}
	return "sent to " + few(told)
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

func afterSent(d time.Duration) string {
	if d <= 0 {
		return ""
	}
	return ", " + brief(d) + " after it was sent"
}

// brief rounds a duration to 0.1 ms, or to 0.1 s or 1 s if it is long.
func brief(d time.Duration) string {
	switch {
	case d < 100*time.Microsecond:
		return "less than 0.1 ms"
	case d >= time.Minute:
		return d.Round(time.Second).String()
	case d >= time.Second:
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000)
}

func because(why string) string {
	if why == "" {
		return ""
	}
	return ": " + why
}

func lockedWords(why string) string {
	if why == string(protocol.HiddenLocked) {
		return ", and locked"
	}
	return "; only agents who switched them on get one"
}

func hiddenWords(why protocol.Hidden) string {
	switch why {
	case protocol.HiddenOff:
		return "the agent switched this kind of popup off"
	case protocol.HiddenLocked:
		return "hub.yml switches this kind of popup off and locks it"
	case protocol.HiddenQuiet:
		return "do not disturb is on"
	}
	return string(why)
}
