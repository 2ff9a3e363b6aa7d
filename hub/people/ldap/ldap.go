// Package ldap reads people who may sign in from a directory server: Active Directory, OpenLDAP and
// others. Groups of the server decide who may sign in and what for.
package ldap

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"traybell/hub/ldapserver"
	"traybell/hub/people"
	"traybell/hub/remote"

	"github.com/go-ldap/ldap/v3"
)

// Everybody is the DN of the group of all people.
const Everybody = "*"

// Group is a group of the server, and what its members get.
type Group struct {
	DN     string
	Teams  []string
	Rights []string
	Roles  []string
}

// Options configure New.
type Options struct {
	ldapserver.Options
	// lists of attributes, separated by commas
	Login     string // the first that exists
	Name      string // the first that exists
	Extension string // all of them
	Groups    []Group
	// NoExtension says why a text is no extension; empty if it is one.
	NoExtension func(text string) string
}

// Source implements people.Source.
type Source struct {
	server                 *ldapserver.Server
	login, name, extension []string
	wanted                 []string
	filter                 string
	groups                 []Group
	noExtension            func(string) string
}

// mostEntries is how many entries are read, also of people who may not sign in.
const mostEntries = 200_000

var errMany = fmt.Errorf("more than %d people or %d entries: narrow base_dn and filter", people.MostPeople, mostEntries)

// attributes of accounts that are disabled, and of their passwords' age
var account = []string{
	"userAccountControl", "accountExpires", "pwdLastSet", // Active Directory
	"pwdAccountLockedTime", "pwdChangedTime", // OpenLDAP's ppolicy
	"nsAccountLock", // 389 Directory Server, FreeIPA
}

// New returns a source, which connects in Read and Try. The error is a *remote.OptionError.
func New(o Options) (*Source, error) {
	server, err := ldapserver.New(o.Options)
	if err != nil {
		return nil, err
	}
	s := &Source{
		server: server, filter: cmp.Or(strings.TrimSpace(o.Filter), ldapserver.EveryPerson), groups: o.Groups,
		noExtension: o.NoExtension, wanted: slices.Clone(account),
	}
	for _, each := range []struct {
		key, list string
		into      *[]string
	}{{"login", o.Login, &s.login}, {"name", o.Name, &s.name}, {"extension", o.Extension, &s.extension}} {
		if *each.into, err = ldapserver.Attributes(each.list); err != nil {
			return nil, &remote.OptionError{Key: each.key, Err: err}
		}
		s.wanted = append(s.wanted, *each.into...)
	}
	for i, g := range o.Groups {
		if _, err := ldap.ParseDN(g.DN); g.DN != Everybody && (err != nil || g.DN == "") {
			return nil, &remote.OptionError{
				Key: fmt.Sprintf("groups[%d].group", i),
				Err: errors.New("it is not a distinguished name such as cn=Support,ou=Groups,dc=example,dc=com; " +
					"\"*\" stands for all people"),
			}
		}
	}
	return s, nil
}

// Try implements people.Source.
func (s *Source) Try(ctx context.Context, dn, password string) error {
	err := s.server.Try(ctx, dn, password)
	var wrong *ldapserver.WrongPasswordError
	if errors.As(err, &wrong) {
		return fmt.Errorf("%w: %w", people.ErrWrong, err)
	}
	return err
}

// entry is a person on the server.
type entry struct {
	people.Person
	key string // of the DN
}

// Read implements people.Source. People without a group are left out.
func (s *Source) Read(ctx context.Context, add func(people.Person), report func(string)) error {
	var found []entry
	about := func(dn, text string) {
		if dn != "" {
			text = fmt.Sprintf("%.80q: %s", dn, text)
		}
		report(text)
	}
	return s.server.Do(ctx, func(ctx context.Context, session *ldapserver.Session) error {
		session.Whole = true
		searching, stop := context.WithCancelCause(ctx)
		defer stop(nil)
		entries := 0
		err := session.Search(searching, s.wanted, func(e *ldap.Entry) {
			if entries++; entries > mostEntries || len(found) == people.MostPeople {
				stop(errMany)
				return
			}
			if p, ok := s.person(e, about); ok {
				found = append(found, entry{p, keyOf(e.DN)})
			}
		}, about)
		if cause := context.Cause(searching); errors.Is(cause, errMany) {
			return cause
		}
		if err != nil {
			return err
		}
		m := members{Session: session, source: s, people: found, report: about}
		granted := map[string][]Group{} // by key
		for i, g := range s.groups {
			of, err := m.of(ctx, g.DN)
			if err != nil {
				return fmt.Errorf("groups[%d]: %w", i, err)
			}
			for key := range of {
				granted[key] = append(granted[key], g)
			}
		}
		for _, e := range found {
			if groups := granted[e.key]; len(groups) > 0 {
				add(join(e.Person, groups))
			}
		}
		return nil
	})
}

// join adds what groups grant.
func join(p people.Person, groups []Group) people.Person {
	for _, g := range groups {
		p.Teams, p.Rights, p.Roles = union(p.Teams, g.Teams), union(p.Rights, g.Rights), union(p.Roles, g.Roles)
	}
	return p
}

func union(a, b []string) []string {
	for _, s := range b {
		if !slices.Contains(a, s) {
			a = append(slices.Clip(a), s)
		}
	}
	return a
}

// person returns the person of an entry; ok is false if the account is disabled or has no login.
func (s *Source) person(e *ldap.Entry, report func(dn, text string)) (p people.Person, ok bool) {
	if disabled(e, time.Now()) {
		return p, false
	}
	text := func(attributes []string) string {
		for _, a := range attributes {
			values, unusable := ldapserver.Values(e, []string{a})
			for _, u := range unusable {
				report(e.DN, u)
			}
			if len(values) > 0 {
				return values[0]
			}
		}
		return ""
	}
	p = people.Person{ID: e.DN, Login: text(s.login), Stamp: stamp(e)}
	if p.Name = text(s.name); p.Name == "" {
		p.Name = p.Login
	}
	switch {
	case p.Login == "":
		report(e.DN, "no login: none of the attributes "+strings.Join(s.login, ", "))
		return p, false
	case strings.ContainsAny(p.Login, " \t\r\n\x00") || len(p.Login) > 100:
		report(e.DN, fmt.Sprintf("the login %.80q contains a space or is too long", p.Login))
		return p, false
	}
	values, unusable := ldapserver.Values(e, s.extension)
	for _, u := range unusable {
		report(e.DN, u)
	}
	for _, value := range values {
		for x := range strings.FieldsFuncSeq(value, func(r rune) bool { return r == ',' || r == ';' }) {
			x = strings.TrimSpace(x)
			if why := s.noExtension(x); why != "" {
				report(e.DN, why)
			} else if !slices.Contains(p.Extensions, x) {
				p.Extensions = append(p.Extensions, x)
			}
		}
	}
	return p, true
}

func first(e *ldap.Entry, attribute string) string {
	if values, _ := ldapserver.Values(e, []string{attribute}); len(values) > 0 {
		return values[0]
	}
	return ""
}

// stamp returns what changes with the password: when it was set.
func stamp(e *ldap.Entry) string { return cmp.Or(first(e, "pwdLastSet"), first(e, "pwdChangedTime")) }

// disabled reports whether an account is disabled or has expired.
func disabled(e *ldap.Entry, now time.Time) bool {
	const accountDisable = 2 // UF_ACCOUNTDISABLE of MS-ADTS
	if flags, _ := strconv.Atoi(first(e, "userAccountControl")); flags&accountDisable != 0 {
		return true
	}
	// hundreds of nanoseconds since 1601; 0 and the maximum mean never
	const epoch = 11_644_473_600 // 1970 in seconds since 1601
	ticks, err := strconv.ParseInt(first(e, "accountExpires"), 10, 64)
	if err == nil && ticks > 0 && ticks/10_000_000-epoch < now.Unix() {
		return true
	}
	// locked for good (draft-behera-ldap-password-policy, 5.3.3)
	return first(e, "pwdAccountLockedTime") == "000001010000Z" || strings.EqualFold(first(e, "nsAccountLock"), "true")
}

// keyOf returns a DN in a form that can be compared: without the differences in case and spaces that
// servers ignore.
func keyOf(dn string) string {
	parsed, err := ldap.ParseDN(dn)
	if err != nil {
		return strings.ToLower(dn)
	}
	var b strings.Builder
	for _, rdn := range parsed.RDNs {
		parts := make([]string, len(rdn.Attributes))
		for i, a := range rdn.Attributes {
			parts[i] = strconv.Quote(strings.ToLower(a.Type)) + "=" +
				strconv.Quote(strings.ToLower(strings.Join(strings.Fields(a.Value), " ")))
		}
		slices.Sort(parts)
		b.WriteString(strings.Join(parts, "+") + ",")
	}
	return b.String()
}
