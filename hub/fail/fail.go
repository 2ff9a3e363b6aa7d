// Package fail is why a command of an agent, a program or an administrator was not carried out: a
// code for programs and a sentence for people.
package fail

import (
	"errors"
	"fmt"
)

// Code is the kind of a failure.
type Code string

// The codes.
const (
	Invalid   Code = "invalid"   // the command itself is wrong
	Forbidden Code = "forbidden" // a right is missing, or hub.yml forbids it
	NotFound  Code = "not_found"
	Busy      Code = "busy"      // too much is asked, or the hub is stopping; a retry may succeed
	HelpDesk  Code = "help_desk" // the help desk refused or failed
	PBX       Code = "pbx"       // a PBX refused or failed
	Internal  Code = "internal"  // something broke in the hub; its log says what
)

// Error is a failed command.
type Error struct {
	Code  Code
	Text  string // a sentence for people
	Retry bool   // the same command may succeed later
	Err   error  // the cause, for the log; may be nil
}

func (e *Error) Error() string {
	if e.Err != nil {
		return e.Text + " " + e.Err.Error()
	}
	return e.Text
}

func (e *Error) Unwrap() error { return e.Err }

// New makes a failure that a retry does not help.
func New(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Text: fmt.Sprintf(format, args...)}
}

// Again makes a failure that a retry may help, with its cause.
func Again(code Code, err error, format string, args ...any) *Error {
	return &Error{Code: code, Text: fmt.Sprintf(format, args...), Retry: true, Err: err}
}

// Of returns err as an *Error; any other error is Internal.
func Of(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return Again(Internal, err, "The hub could not do this; please tell an administrator.")
}
