package helpdesk

import (
	"cmp"
	"html"
	"strings"
)

// CannotLookUp is an error of Find or Noted that wraps ErrCannotLookUp.
func CannotLookUp(reason string) error { return &Error{Reason: reason, Err: ErrCannotLookUp} }

// Sentence ends the words of a help desk with one full stop.
func Sentence(text string) string { return strings.TrimRight(text, ". \n") + "." }

// Markup makes HTML of a text.
func Markup(text string) string { return strings.ReplaceAll(html.EscapeString(text), "\n", "<br>") }

// Older compares ids of tickets: of two numbers the smaller one is older.
func Older(a, b string) bool { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) < 0 }
