// Package blacklist writes and reads the blacklists of the PBXs: the family "blacklist" of AstDB,
// which Asterisk's BLACKLIST() and FreePBX look into. The key is the CallerID as the PBX presents
// it, character by character; the value is a description for people.
//
// It owns no goroutine and keeps nothing but which PBXs there are; all methods may be called from
// any goroutine.
package blacklist

import (
	"context"
	"errors"
	"fmt"
	"html"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"traybell/hub/ami"
	"traybell/hub/blocking"
)

const (
	family = "blacklist"
	// longest is how many bytes of a value Asterisk reads back: manager.c and func_db.c have
	// buffers of 256, and FreePBX shows less.
	longest = 200
)

// number is what may be a key: what a PBX presents as the CallerID of an outside number. With
// digits alone neither a second line of AMI nor a wildcard can be spelled, nor the keys that
// FreePBX keeps in the same family for its settings, dest and blocked: those are never touched.
var number = regexp.MustCompile(`^\+?[0-9]{1,32}$`)

// PBXs are the PBXs whose blacklists are kept, by their ids.
type PBXs struct {
	mu       sync.Mutex
	ids      []string
	sessions map[string]func() (*ami.Session, bool)
}

// New makes an empty set; Add adds those that are enabled.
func New() *PBXs { return &PBXs{sessions: map[string]func() (*ami.Session, bool){}} }

// Add adds a PBX, or replaces it. session gives its connection of the moment.
func (p *PBXs) Add(id string, session func() (*ami.Session, bool)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.sessions[id] == nil {
		p.ids = append(p.ids, id)
	}
	p.sessions[id] = session
}

// Remove takes out a PBX that is no longer enabled.
func (p *PBXs) Remove(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.sessions, id)
	p.ids = slices.DeleteFunc(p.ids, func(known string) bool { return known == id })
}

// PBXs are the ids, in the order in which they were added.
func (p *PBXs) PBXs() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.ids)
}

// Block puts a number on a PBX's blacklist and reads it back. A number that stands there already
// stays as it is, with the description that somebody gave it. Errors are *desk.SwitchboardError.
func (p *PBXs) Block(ctx context.Context, pbx, number, description string) error {
	s, err := p.session(pbx, number)
	if err != nil {
		return err
	}
	there, err := read(ctx, s, number)
	if err != nil {
		return refusal(pbx, err, false)
	}
	if there {
		return nil
	}
	if _, err := s.Do(ctx,
		ami.NewAction("DBPut").With("Family", family).With("Key", number).With("Val", value(description))); err != nil {
		return refusal(pbx, err, true)
	}
	there, err = read(ctx, s, number)
	switch {
	case err != nil:
		return refusal(pbx, err, true)
	case !there:
		return &blocking.Error{
			Reason: fmt.Sprintf("the PBX %s took the number, but it is not on its blacklist", pbx), Uncertain: true,
		}
	}
	return nil
}

// Unblock takes a number off a PBX's blacklist and reads back that it is gone. was tells whether it
// stood there. Errors are *desk.SwitchboardError.
func (p *PBXs) Unblock(ctx context.Context, pbx, number string) (was bool, err error) {
	s, err := p.session(pbx, number)
	if err != nil {
		return false, err
	}
	if was, err = read(ctx, s, number); err != nil || !was {
		return false, refusal(pbx, err, false)
	}
	if _, err := s.Do(ctx, ami.NewAction("DBDel").With("Family", family).With("Key", number)); err != nil &&
		!absent(err) {
		return true, refusal(pbx, err, true)
	}
	there, err := read(ctx, s, number)
	switch {
	case err != nil:
		return true, refusal(pbx, err, true)
	case there:
		return true, &blocking.Error{
			Reason: fmt.Sprintf("the number is still on the blacklist of the PBX %s", pbx), Uncertain: true,
		}
	}
	return true, nil
}

// session refuses what is no number before anything is sent, and finds the connection.
func (p *PBXs) session(pbx, key string) (*ami.Session, error) {
	if !number.MatchString(key) {
		return nil, &blocking.Error{Reason: fmt.Sprintf("%.40q is no number that could be on a blacklist", key)}
	}
	p.mu.Lock()
	session := p.sessions[pbx]
	p.mu.Unlock()
	if session == nil {
		return nil, &blocking.Error{Reason: fmt.Sprintf("there is no PBX %s that is enabled", pbx)}
	}
	s, ok := session()
	if !ok {
		return nil, &blocking.Error{Reason: fmt.Sprintf("the PBX %s is not connected", pbx)}
	}
	return s, nil
}

func read(ctx context.Context, s *ami.Session, number string) (bool, error) {
	rows, err := s.List(ctx, ami.NewAction("DBGet").With("Family", family).With("Key", number))
	if absent(err) {
		return false, nil
	}
	return len(rows) > 0, err
}

// absent recognises the answer for a key that is not there (manager.c and db.c, Asterisk 12 to 22).
func absent(err error) bool {
	var answer *ami.ResponseError
	return errors.As(err, &answer) && strings.Contains(answer.Answer, "not found")
}

// refusal puts an error into words for an agent. wrote tells that the question was one that changes
// something.
func refusal(pbx string, err error, wrote bool) error {
	var answer *ami.ResponseError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &answer) && answer.Denied():
		return &blocking.Error{
			Reason: fmt.Sprintf("the PBX %s does not allow it: its manager user needs write = system", pbx), Err: err,
		}
	case errors.As(err, &answer):
		return &blocking.Error{Reason: fmt.Sprintf("the PBX %s refused it: %s", pbx, answer.Answer), Err: err}
	default:
		return &blocking.Error{Reason: fmt.Sprintf("the PBX %s does not answer", pbx), Uncertain: wrote, Err: err}
	}
}

// value is the description as FreePBX keeps it: HTML-encoded, "1" where there is none; on one line,
// and not longer than Asterisk reads back.
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
