// Package wire is the codec of the Asterisk Manager Interface: messages and actions as bytes. It
// does no I/O but read from an io.Reader.
package wire

import (
	"errors"
	"fmt"
	"strings"
)

// The limits of an action in Asterisk's manager.h (AST_MAX_MANHEADERS, and the input buffer of a
// session). Asterisk ignores or cuts what exceeds them.
const (
	maxHeaders = 128
	maxLine    = 1024 // bytes, with the line end
)

// ErrAction is wrapped by all errors about an action that must not be sent.
var ErrAction = errors.New("bad action")

// Action is a request to Asterisk. The session sets the ActionID; it must not be among the fields.
type Action struct {
	Name   string
	Fields []Field
}

// NewAction returns an action without fields.
func NewAction(name string) Action { return Action{Name: name} }

// With returns the action with one more field. The receiver does not change.
func (a Action) With(key, value string) Action {
	fields := make([]Field, len(a.Fields), len(a.Fields)+1)
	copy(fields, a.Fields)
	fields = append(fields, Field{Key: key, Value: value})
	a.Fields = fields
	return a
}

// AppendTo appends the encoded action with id as its ActionID. A name, key or value that could
// inject another line, or that Asterisk would cut, is an error. The error names the field but never
// shows the value, which may be a secret.
func (a Action) AppendTo(b []byte, id string) ([]byte, error) {
	if n := len(a.Fields) + 2; n > maxHeaders {
		return b,
			fmt.Errorf("%w %q: %d headers, Asterisk takes %d at most", ErrAction, printable(a.Name), n, maxHeaders)
	}
	if a.Name == "" {
		return b, fmt.Errorf("%w: no name", ErrAction)
	}
	start := len(b)
	b, err := appendField(b, "Action", a.Name)
	if err == nil {
		b, err = appendField(b, "ActionID", id)
	}
	for i := 0; err == nil && i < len(a.Fields); i++ {
		f := a.Fields[i]
		if strings.EqualFold(f.Key, "ActionID") || strings.EqualFold(f.Key, "Action") {
			err = fmt.Errorf("field %q is set by the session", f.Key)
			break
		}
		b, err = appendField(b, f.Key, f.Value)
	}
	if err != nil {
		return b[:start], fmt.Errorf("%w %q: %w", ErrAction, printable(a.Name), err)
	}
	return append(b, "\r\n"...), nil
}

func appendField(b []byte, key, value string) ([]byte, error) {
	if key == "" || strings.ContainsAny(key, ": \r\n\x00") {
		return b, fmt.Errorf("field %q: a key must not be empty or contain a colon, a space, a line end or NUL",
			printable(key))
	}
	if i := strings.IndexAny(value, "\r\n\x00"); i >= 0 {
		return b, fmt.Errorf("field %q: the value contains a line end or NUL (at byte %d)", key, i)
	}
	if n := len(key) + 2 + len(value) + 2; n > maxLine {
		return b, fmt.Errorf("field %q: the line has %d bytes, Asterisk takes %d at most", key, n, maxLine)
	}
	b = append(b, key...)
	b = append(b, ": "...)
	b = append(b, value...)
	return append(b, "\r\n"...), nil
}

// printable shortens s for an error.
func printable(s string) string {
	if len(s) > 60 {
		return s[:60] + "…"
	}
	return s
}
