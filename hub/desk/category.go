package desk

import (
	"context"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"traybell/hub/staff"
	"traybell/shared/phone"
	"traybell/shared/protocol"
)

// Bounds of what agents may write about a number, in characters.
const (
	longestNumber  = 200
	longestComment = 1000
)

// numberOf reads a number as an agent's desktop sends it: as the card shows it, or typed by hand.
func numberOf(numbers *phone.Reader, text string) (phone.Number, *protocol.Failure) {
	if len(text) > longestNumber {
		return phone.Number{}, fail(protocol.Invalid, "This is no number: it is longer than %d characters.",
			longestNumber)
	}
	return numbers.Typed(text), nil
}

// note is what an agent writes about a number: without blanks around it, and without characters
// that only a terminal would understand.
func note(text string) (string, *protocol.Failure) {
	text = strings.TrimSpace(strings.Map(func(c rune) rune {
		if unicode.IsControl(c) && c != '\n' {
			return ' '
		}
		return c
	}, text))
	if utf8.RuneCountInString(text) > longestComment {
		return "", fail(protocol.Invalid, "The text is longer than %d characters.", longestComment)
	}
	return text, nil
}

// setCategory notes a category about a number, whatever it looks like, and tells all agents.
func (d *Desk) setCategory(ctx context.Context, a staff.Agent,
	in protocol.SetCategory,
) (protocol.Message, *protocol.Failure) {
	if !a.May(protocol.RightCategory) {
		return protocol.Message{}, fail(protocol.Forbidden,
			"You may not change categories. An administrator can give you the right %q in hub.yml.", protocol.RightCategory)
	}
	if !slices.Contains([]protocol.Color{protocol.Neutral, protocol.Green, protocol.Yellow, protocol.Red}, in.Color) {
		return protocol.Message{}, fail(protocol.Invalid,
			"There is no category %.40q: neutral, green, yellow or red.", in.Color)
	}
	number, failure := numberOf(d.facts().Numbers, in.Number)
	if failure != nil {
		return protocol.Message{}, failure
	}
	if number.Key() == "" || number.Kind == phone.Withheld {
		return protocol.Message{}, fail(protocol.Invalid, "A category needs a number; this caller withheld it.")
	}
	comment, failure := note(in.Comment)
	if failure != nil {
		return protocol.Message{}, failure
	}
	// One after the other, so that what agents see last is what was kept last.
	d.noting.Lock()
	defer d.noting.Unlock()
	c := protocol.Category{
		Number: number.Key(), Color: in.Color, Comment: comment, Author: a.Name, Changed: d.Now().UTC(),
	}
	if err := d.Store.SetCategory(ctx, c); err != nil {
		d.Log.Error("a category could not be kept", "error", err)
		return protocol.Message{}, &protocol.Failure{
			Code: protocol.Invalid, Text: "The category could not be kept; please tell an administrator.",
			Retry: true,
		}
	}
	d.Log.Info("a category was changed", "number", c.Number, "color", c.Color, "agent", a.Login)
	failure = d.on(ctx, func() {
		d.tell(d.everybody(), protocol.Event, protocol.CategoryEvent, c)
		for _, l := range d.calls {
			if l.number.Key() == c.Number {
				l.caller.Category = c
				d.show(l)
			}
		}
	})
	if failure != nil {
		return protocol.Message{}, failure
	}
	return accepted()
}

// neutral is the category of a number that nobody has noted anything about.
func neutral(number phone.Number) protocol.Category {
	return protocol.Category{Number: number.Key(), Color: protocol.Neutral}
}

// newer is the category to show of the one that is shown and the one that was read: an agent may
// have changed it while it was read.
func newer(shown, read protocol.Category) protocol.Category {
	if shown.Changed.After(read.Changed) {
		return shown
	}
	return read
}
