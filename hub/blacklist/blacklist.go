// Package blacklist writes and reads the blacklists of the PBXs: the family "blacklist" of the
// AstDB, which Asterisk's BLACKLIST() and FreePBX read. The key is the CallerID exactly as the PBX
// presents it, the value a description for people.
//
// It keeps no state and has no goroutine; all methods may be called from any goroutine.
package blacklist

import (
	"context"
	"errors"
	"fmt"
	"html"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"traybell/hub/blocking"
	"traybell/hub/pbx"
)

const (
	family = "blacklist"
	// longest is how many bytes of a value Asterisk reads back: manager.c and func_db.c have
	// buffers of 256, and FreePBX shows less.
	longest = 200
)

// number matches the keys that are allowed: what a PBX presents as the CallerID of an outside
// number. Digits cannot spell a second AMI line, a wildcard, or the keys dest and blocked that
// FreePBX keeps in the same family for its settings.
var number = regexp.MustCompile(`^\+?[0-9]{1,32}$`)

// Blacklists are the blacklists of a hub's PBXs.
type Blacklists struct{ pbxs *pbx.Set }

// New returns the blacklists of a set of PBXs, which may change.
func New(pbxs *pbx.Set) *Blacklists { return &Blacklists{pbxs} }

// PBXs returns the ids of the PBXs.
func (b *Blacklists) PBXs() []string { return b.pbxs.IDs() }

// Block puts a number on a PBX's blacklist and reads it back. A number that is on it already keeps
// its description. Errors are *blocking.Error.
func (b *Blacklists) Block(ctx context.Context, id, number, description string) error {
	p, err := b.find(id, number)
	if err != nil {
		return err
	}
	_, listed, err := p.DBGet(ctx, family, number)
	if err != nil {
		return refusal(id, err, false)
	}
	if listed {
		return nil
	}
	if err := p.DBPut(ctx, family, number, value(description)); err != nil {
		return refusal(id, err, true)
	}
	_, listed, err = p.DBGet(ctx, family, number)
	switch {
	case err != nil:
		return refusal(id, err, true)
	case !listed:
		return &blocking.Error{
			Reason: fmt.Sprintf("the PBX %s took the number, but it is not on its blacklist", id), Uncertain: true,
		}
	}
	return nil
}

// Unblock takes a number off a PBX's blacklist and checks that it is off. was reports whether it
// was on it. Errors are *blocking.Error.
func (b *Blacklists) Unblock(ctx context.Context, id, number string) (was bool, err error) {
	p, err := b.find(id, number)
	if err != nil {
		return false, err
	}
	if _, was, err = p.DBGet(ctx, family, number); err != nil || !was {
		return false, refusal(id, err, false)
	}
	if err := p.DBDel(ctx, family, number); err != nil {
		return true, refusal(id, err, true)
	}
	_, listed, err := p.DBGet(ctx, family, number)
	switch {
	case err != nil:
		return true, refusal(id, err, true)
	case listed:
		return true, &blocking.Error{
			Reason: fmt.Sprintf("the number is still on the blacklist of the PBX %s", id), Uncertain: true,
		}
	}
	return true, nil
}

// find returns a PBX, after it has refused what is not a number.
func (b *Blacklists) find(id, key string) (*pbx.PBX, error) {
	if !number.MatchString(key) {
		return nil, &blocking.Error{Reason: fmt.Sprintf("%.40q is not a number for a blacklist", key)}
	}
	p, ok := b.pbxs.PBX(id)
	if !ok {
		return nil, &blocking.Error{Reason: fmt.Sprintf("no PBX %s is enabled", id)}
	}
	return p, nil
}

// refusal words an error for an agent. wrote is true where the number may have been written.
func refusal(id string, err error, wrote bool) error {
	var answer *pbx.ResponseError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, pbx.ErrNotConnected):
		return &blocking.Error{Reason: fmt.Sprintf("the PBX %s is not connected", id), Uncertain: wrote}
	case errors.As(err, &answer) && answer.Denied():
		return &blocking.Error{
			Reason: fmt.Sprintf("the PBX %s does not allow it: its manager user needs write = system", id), Err: err,
		}
	case errors.As(err, &answer):
		return &blocking.Error{Reason: fmt.Sprintf("the PBX %s refused it: %s", id, answer.Answer), Err: err}
	default:
		return &blocking.Error{Reason: fmt.Sprintf("the PBX %s does not answer", id), Uncertain: wrote, Err: err}
	}
}

// value is the description as FreePBX keeps it: HTML-encoded, "1" for an empty one, on one line and
// no longer than Asterisk reads back.
func value(description string) string {
	var b strings.Builder
	for _, word := range strings.FieldsFunc(description, func(c rune) bool {
		return unicode.IsSpace(c) || unicode.IsControl(c) || c == utf8.RuneError
	}) {
		if b.Len() > 0 {
			word = " " + word
		}
		for _, c := range word {
			encoded := html.EscapeString(string(c))
			if b.Len()+len(encoded) > longest {
				return strings.TrimSpace(b.String())
			}
			b.WriteString(encoded)
		}
	}
	if b.Len() == 0 {
		return "1"
	}
	return b.String()
}
