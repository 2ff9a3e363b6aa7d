package hubfile

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"traybell/hub/fail"
)

// Why is why a change is refused, for pages in other languages.
type Why string

// The reasons.
const (
	Unchanged     Why = "unchanged"
	ShortPassword Why = "short_password" // about the characters that it needs
	LongPassword  Why = "long_password"  // about the bytes that it may have
	SamePassword  Why = "same_password"  // about an agent
	Taken         Why = "taken"          // about an entry
	NoName        Why = "no_name"
	NoEntry       Why = "no_entry" // about an entry
	EntryChanged  Why = "entry_changed"
	Broken        Why = "broken"
	Unreadable    Why = "unreadable"
	Unsafe        Why = "unsafe"
	Gone          Why = "gone"
	Stale         Why = "stale" // the change has another difference and fingerprint now
	Unwritable    Why = "unwritable"
	Unfit         Why = "unfit"
	NoFile        Why = "no_file"
)

var refusals = map[Why]struct {
	code fail.Code
	text string // % is about
}{
	Unchanged:     {fail.Invalid, "Nothing is changed."},
	ShortPassword: {fail.Invalid, "A password needs at least % characters."},
	LongPassword:  {fail.Invalid, "A password has at most % bytes."},
	SamePassword: {
		fail.Invalid,
		"% shares an extension and has the same password. It must differ, because the password identifies the agent.",
	},
	Taken:        {fail.Conflict, "hub.yml has % already."},
	NoName:       {fail.Invalid, "A ticket template needs a name."},
	NoEntry:      {fail.NotFound, "hub.yml does not have %."},
	EntryChanged: {fail.Conflict, "This entry of hub.yml has changed meanwhile. Read it again before you change it."},
	Broken:       {fail.Conflict, "hub.yml has errors: fix them in an editor first."},
	Unreadable:   {fail.Conflict, "hub.yml cannot be read."},
	Unsafe:       {fail.Conflict, "This hub.yml cannot be changed here: change it in an editor."},
	Gone: {
		fail.NotFound,
		"This change is not waiting any more: it was confirmed or cancelled, or is too old. Make it again.",
	},
	Stale: {
		fail.Conflict,
		"hub.yml has changed meanwhile, and the difference is another one now. Read it and confirm again.",
	},
	Unwritable: {fail.Conflict, "hub.yml could not be written, and is unchanged."},
	Unfit:      {fail.Conflict, "hub.yml has changed meanwhile, and this change does not fit any more."},
	NoFile:     {fail.Conflict, "This hub runs without a file."},
}

// RefusalError is the cause of the errors of an Editor that a person can do something about.
type RefusalError struct {
	Why   Why
	About string
	Err   error // may be nil
}

// Text is the English sentence.
func (r *RefusalError) Text() string { return strings.ReplaceAll(refusals[r.Why].text, "%", r.About) }

func (r *RefusalError) Error() string {
	if r.Err != nil {
		return r.Text() + " " + r.Err.Error()
	}
	return r.Text()
}

func (r *RefusalError) Unwrap() error { return r.Err }

func refuse(why Why, about any, err error) error {
	r := &RefusalError{Why: why, Err: err}
	if about != nil {
		r.About = fmt.Sprint(about)
	}
	return &fail.Error{Code: refusals[why].code, Err: r}
}

// MissingEntry is the error for an entry that hub.yml does not have.
func MissingEntry(name string) error { return refuse(NoEntry, quoted(name), nil) }

// Whys returns all reasons.
func Whys() []Why { return slices.Sorted(maps.Keys(refusals)) }
