// Package ldap reads customers from directory servers: Active Directory, OpenLDAP and others.
package ldap

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"traybell/hub/directory"
	"traybell/hub/directory/contact"
	"traybell/hub/ldapserver"
	"traybell/hub/remote"
	"traybell/shared/protocol"

	"github.com/go-ldap/ldap/v3"
)

// Options configure New.
type Options struct {
	Name string
	ldapserver.Options
	// Map changes the attributes of customer fields. The keys are those of a CSV header (phone,
	// home phone) or of OTRS (UserPhone, UserHomePhone). A value is a comma-separated list of
	// attributes: all of them for numbers, otherwise the first that exists. An empty value removes
	// the field.
	Map map[string]string
}

// Source reads the entries of a server. Each read opens a connection.
type Source struct {
	name    string
	server  *ldapserver.Server
	columns []mapped
	wanted  []string          // attributes
	named   map[string]string // those of Options.Map, with its keys
}

// mapped is a field and its attributes.
type mapped struct {
	what       contact.Column
	attributes []string
}

// defaultMap fits Active Directory and inetOrgPerson.
func defaultMap() []mapped {
	return []mapped{
		{contact.Login, []string{"sAMAccountName", "uid"}},
		{contact.Name, []string{"displayName", "cn"}},
		{contact.Email, []string{"mail"}},
		{contact.Company, []string{"company", "o"}},
		{contact.Phone, []string{"telephoneNumber", "otherTelephone", "ipPhone"}},
		{contact.Mobile, []string{"mobile", "otherMobile"}},
		{contact.Home, []string{"homePhone", "otherHomePhone"}},
		{contact.Fax, []string{"facsimileTelephoneNumber"}},
		{contact.Street, []string{"streetAddress", "street"}},
		{contact.Zip, []string{"postalCode"}},
		{contact.City, []string{"l"}},
		{contact.Country, []string{"co"}},
		{contact.Office, []string{"physicalDeliveryOfficeName", "roomNumber"}},
	}
}

// New returns a source, which connects in Read. The error is a *remote.OptionError.
func New(o Options) (*Source, error) {
	server, err := ldapserver.New(o.Options)
	if err != nil {
		return nil, err
	}
	l := &Source{name: o.Name, server: server}
	if err := l.setMap(o.Map); err != nil {
		return nil, &remote.OptionError{Key: "map", Err: err}
	}
	return l, nil
}

func (l *Source) setMap(changes map[string]string) error {
	l.columns, l.named = defaultMap(), map[string]string{}
	seen := map[contact.Column]string{}
	for key, value := range changes {
		what := contact.Of(key).Column
		if what == contact.Other || what >= contact.Label {
			return fmt.Errorf("%q is not a customer field; known are %s, also with the prefix User", key,
				contact.Known)
		}
		if other, twice := seen[what]; twice {
			return fmt.Errorf("%q and %q are the same field", min(key, other), max(key, other))
		}
		seen[what] = key
		attributes, err := ldapserver.Attributes(value)
		if err != nil {
			return err
		}
		at := slices.IndexFunc(l.columns, func(m mapped) bool { return m.what == what })
		if at < 0 {
			l.columns = append(l.columns, mapped{what: what})
			at = len(l.columns) - 1
		}
		l.columns[at].attributes = attributes
		for _, a := range attributes {
			l.named[a] = key
		}
	}
	// Mapping first or last name replaces the full name, unless that is mapped, too.
	if _, whole := seen[contact.Name]; !whole && (seen[contact.First] != "" || seen[contact.Last] != "") {
		l.columns = slices.DeleteFunc(l.columns, func(m mapped) bool { return m.what == contact.Name })
	}
	for _, m := range l.columns {
		for _, a := range m.attributes {
			if !slices.ContainsFunc(l.wanted, func(have string) bool { return strings.EqualFold(have, a) }) {
				l.wanted = append(l.wanted, a)
			}
		}
	}
	h := l.head()
	if !h.Has(contact.Phone, contact.Mobile, contact.Home, contact.Fax) || !h.Has(contact.Login, contact.Name,
		contact.First,
		contact.Last, contact.Email, contact.Company) {
		return errors.New("no attribute is left that has a number, or that identifies the customer")
	}
	return nil
}

// head returns the columns that have attributes, in the order of record.
func (l *Source) head() contact.Head {
	var columns []contact.Column
	for _, m := range l.columns {
		if len(m.attributes) > 0 {
			columns = append(columns, m.what)
		}
	}
	return contact.Columns(columns...)
}

// Name implements Source.
func (l *Source) Name() string { return l.name }

// Read implements Source. If the server stops at a limit, the entries read so far are used, and the
// limit is a problem.
func (l *Source) Read(ctx context.Context, add func(protocol.Customer), problem func(directory.Problem)) error {
	head := l.head()
	report := func(dn, text string) {
		if dn != "" {
			text = fmt.Sprintf("%.80q: %s", dn, text)
		}
		problem(directory.Problem{Text: text})
	}
	seen, entries := map[string]bool{}, 0
	err := l.server.Do(ctx, func(ctx context.Context, s *ldapserver.Session) error {
		return s.Search(ctx, l.wanted, func(e *ldap.Entry) {
			entries++
			for a := range l.named {
				if values, _ := ldapserver.Values(e, []string{a}); len(values) > 0 {
					seen[a] = true
				}
			}
			record, unusable := l.record(e)
			c, reason := head.Customer(record)
			if reason != "" {
				report(e.DN, reason)
				return
			}
			for _, text := range slices.Concat(unusable, contact.NoNumbers(c)) {
				report(e.DN, text)
			}
			add(c)
		}, report)
	})
	if err == nil && entries > 0 {
		for _, a := range slices.Sorted(maps.Keys(l.named)) {
			if !seen[a] {
				problem(directory.Problem{
					Key:  "map." + l.named[a],
					Text: fmt.Sprintf("no entry has the attribute %q, or the hub may not read it", a),
				})
			}
		}
	}
	return err
}

// record returns the fields of an entry in the order of head, and the values that cannot be used.
func (l *Source) record(e *ldap.Entry) (record, unusable []string) {
	for _, m := range l.columns {
		if len(m.attributes) == 0 {
			continue
		}
		values, unused := ldapserver.Values(e, m.attributes)
		unusable = append(unusable, unused...)
		switch m.what {
		case contact.Phone, contact.Mobile, contact.Home, contact.Fax:
			for i, v := range values { // RFC 4517, 3.3.11: parameters of a fax follow $
				values[i], _, _ = strings.Cut(v, "$")
			}
			record = append(record, strings.Join(values, "; "))
		default:
			// RFC 4517: $ separates the lines of an address
			record = append(record, strings.ReplaceAll(firstOf(values), "$", ", "))
		}
	}
	return record, unusable
}

func firstOf(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}
