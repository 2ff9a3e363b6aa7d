package trace

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"traybell/shared/protocol"
)

// Say is the step in plain words, and what belongs below it, line by line.
func (s Step) Say() (sentence string, details []string) {
	who := strings.Join(s.Agents, ", ")
	switch s.What {
	case Seen:
		return "The hub first saw the call, " + s.Text + ".", nil
	case Number:
		if s.Text == "" {
			return "The PBX presents no number.", nil
		}
		return fmt.Sprintf("The PBX presents the number %q:", s.Text), s.Words
	case Line:
		if s.Text == "" {
			return "No number is tracked in hub.yml: every call is shown to those whose phone rings.", nil
		}
		return fmt.Sprintf("It came in on the tracked number %s, shown %s.", s.Text, s.Why), nil
	case Untracked:
		return fmt.Sprintf("The number called, %q, is none of hub.yml's tracked numbers: the call is shown to nobody.",
			s.Text), nil
	case Looked:
		after := " after " + brief(s.After)
		switch {
		case s.Why != "" && len(s.Words) == 0:
			return "The directories could not be asked" + after + ": " + s.Why, nil
		case len(s.Words) == 0:
			return "The directories know nobody with that number" + after + ".", nil
		case len(s.Words) == 1:
			return "Found" + after + ": " + s.Words[0] + ".", nil
		}
		return fmt.Sprintf("Found %d customers with that number%s:", len(s.Words), after), s.Words
	case Late:
		return "The directories had not answered after " + brief(s.After) +
			"; the caller is shown as unknown meanwhile.", nil
	case Legs:
		return "Extensions: " + strings.Join(s.Words, ", ") + ".", nil
	case Told:
		return "It concerns " + who + ": " + s.Why + ".", nil
	case NotTold:
		if len(s.Words) > 0 {
			return "It rings at " + strings.Join(s.Words, ", ") + " too: " + s.Why + ".", nil
		}
		return "It does not concern " + who + ", though their phone rings: " + s.Why + ".", nil
	case Off:
		return "Popups of this kind (" + s.Text + ") are switched off in hub.yml, desktop.popups" +
			lockedWords(s.Why) + ".", nil
	case Sent:
		if len(s.Words) == 0 {
			return "Sent to the desktops of " + who + ".", nil
		}
		return "Sent to", s.Words
	case Away:
		return "Signed in on no desktop: " + who + ".", nil
	case Snapshot:
		return who + " signed in and was told of the call.", nil
	case Shown:
		return "On the screen of " + who + afterSent(s.After) + ".", nil
	case Hidden:
		return "The desktop of " + who + " shows no popup" + afterSent(s.After) + ": " +
			hiddenWords(protocol.Hidden(s.Why)) + ".", nil
	case State:
		return "The call is " + s.Text + because(s.Why) + ".", nil
	case Pressed:
		if s.Text != "" {
			return who + " adds it to the ticket " + s.Text + ".", nil
		}
		return who + " pressed for a ticket.", nil
	case Refused:
		return who + " pressed, and was refused: " + s.Why, nil
	case Queued:
		return "The ticket takes longer and is tried again: " + s.Why, nil
	case Ticket:
		return "It has the ticket " + s.Text + ", by " + who + ".", nil
	case NoTicket:
		return "No ticket was made for " + who + ": " + s.Why, nil
	}
	return string(s.What) + " " + strings.TrimSpace(s.Text+" "+s.Why), s.Words // of a newer hub
}

// For says in a sentence how it went with one agent, who has these extensions.
func (t Trace) For(login string, extensions []string) string {
	verdict := ""
	for _, s := range t.Steps {
		if !slices.Contains(s.Agents, login) {
			continue
		}
		switch s.What {
		case Shown:
			return "a popup was on the screen" + afterSent(s.After)
		case Hidden:
			verdict = "the desktop showed no popup: " + hiddenWords(protocol.Hidden(s.Why))
		case Sent, Snapshot:
			verdict = "sent to the desktop, which has not said that it shows it"
		case Away:
			verdict = "signed in on no desktop"
		case NotTold:
			verdict = "not concerned, though the phone rang: " + s.Why
		}
	}
	if verdict != "" {
		return verdict
	}
	var rang []string
	for _, s := range t.Steps {
		switch s.What {
		case Untracked:
			return fmt.Sprintf("not concerned: the number called, %q, is no tracked number", s.Text)
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
		return "not concerned: hub.yml has no such agent now"
	case len(rang) == 0:
		return "not concerned: no phone rang"
	}
	return fmt.Sprintf("not concerned: %s did not ring; %s did", strings.Join(extensions, ", "),
		strings.Join(rang, ", "))
}

// Result says in a few words what came of the popup.
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
		return "no popup at " + few(hidden)
	case len(told) == 0 && !rang:
		return "no phone rang" // a blocked caller, or one who gave up in a menu
	case len(told) == 0:
		return "concerned no agent"
	case len(away) == len(told):
		return "signed in nowhere: " + few(away)
	}
	return "sent to " + few(told)
}

// About says which call it is.
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

// brief writes a duration to the tenth of a millisecond, or to the second where it is long.
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
	return "; only agents who switched them on see one"
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
