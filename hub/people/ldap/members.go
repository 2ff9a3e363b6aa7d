package ldap

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"traybell/hub/ldapserver"

	"github.com/go-ldap/ldap/v3"
)

const (
	// mostNested is of how many members it is asked whether they are groups, per read.
	mostNested = 2000
	// groupWithMembers matches groups of all kinds.
	groupWithMembers = "(|(objectClass=group)(objectClass=groupOfNames)(objectClass=groupOfUniqueNames)" +
		"(objectClass=posixGroup)(objectClass=groupOfEntries))"
	// inChain finds the members of a group and of the groups in it (LDAP_MATCHING_RULE_IN_CHAIN of
	// MS-ADTS, 3.1.1.3.4.4.3).
	inChain = "1.2.840.113556.1.4.1941"
	// activeDirectory is a capability (LDAP_CAP_ACTIVE_DIRECTORY_OID).
	activeDirectory = "1.2.840.113556.1.4.800"
)

var memberAttributes = []string{"member", "uniqueMember", "memberUid"}

// members finds the people in groups.
type members struct {
	*ldapserver.Session
	source *Source
	people []entry
	report func(dn, text string)

	chains *bool // the server finds nested groups itself; nil: not asked yet
	asked  int
	nested map[string]*ldap.Entry // groups that were read; nil: not a group
}

// of returns the keys of the people in a group and in the groups in it.
func (m *members) of(ctx context.Context, dn string) (map[string]bool, error) {
	found := map[string]bool{}
	if dn == Everybody {
		for _, p := range m.people {
			found[p.key] = true
		}
		return found, nil
	}
	group, err := m.group(ctx, dn)
	if err != nil {
		return nil, err
	}
	if group == nil {
		return nil, fmt.Errorf("the server has no group %q, or does not show it", dn)
	}
	if m.chains == nil {
		root, err := m.Entry(ctx, "", "(objectClass=*)", []string{"supportedCapabilities"})
		if err != nil {
			return nil, err
		}
		chains := root != nil && slices.Contains(root.GetAttributeValues("supportedCapabilities"), activeDirectory)
		m.chains = &chains
	}
	if *m.chains {
		filter := "(&" + m.source.filter + "(memberOf:" + inChain + ":=" + ldap.EscapeFilter(dn) + "))"
		searching, stop := context.WithCancelCause(ctx)
		defer stop(nil)
		entries := 0
		err := m.Below(searching, filter, []string{"1.1"}, func(e *ldap.Entry) {
			if entries++; entries > mostEntries {
				stop(errMany)
				return
			}
			found[keyOf(e.DN)] = true
		}, m.report)
		if cause := context.Cause(searching); errors.Is(cause, errMany) {
			return nil, cause
		}
		return found, err
	}
	byKey, byLogin := map[string]bool{}, map[string]string{}
	for _, p := range m.people {
		byKey[p.key] = true
		byLogin[strings.ToLower(p.Login)] = p.key
	}
	visited := map[string]bool{keyOf(dn): true}
	for open := []*ldap.Entry{group}; len(open) > 0; open = open[1:] {
		for _, login := range values(open[0], "memberUid") {
			if key, ok := byLogin[strings.ToLower(login)]; ok {
				found[key] = true
			}
		}
		for _, member := range slices.Concat(values(open[0], "member"), values(open[0], "uniqueMember")) {
			key := keyOf(member)
			if visited[key] {
				continue
			}
			visited[key] = true
			if byKey[key] {
				found[key] = true
				continue
			}
			if m.asked == mostNested {
				m.report(dn, fmt.Sprintf("more than %d members of groups are not among the people; some may be "+
					"groups, which were not read", mostNested))
			}
			if m.asked++; m.asked > mostNested {
				continue
			}
			inner, err := m.group(ctx, member)
			if err != nil {
				return nil, err
			}
			if inner != nil {
				open = append(open, inner)
			}
		}
	}
	return found, nil
}

// group reads a group; nil if there is none.
func (m *members) group(ctx context.Context, dn string) (*ldap.Entry, error) {
	key := keyOf(dn)
	if e, known := m.nested[key]; known {
		return e, nil
	}
	e, err := m.Entry(ctx, dn, groupWithMembers, memberAttributes)
	if err != nil {
		return nil, err
	}
	if m.nested == nil {
		m.nested = map[string]*ldap.Entry{}
	}
	m.nested[key] = e
	return e, nil
}

func values(e *ldap.Entry, attribute string) []string {
	all, _ := ldapserver.Values(e, []string{attribute})
	return all
}
