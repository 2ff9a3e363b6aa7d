package ldapserver

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-ldap/ldap/v3"
)

// Search reads all entries below BaseDN by pages and passes them to use in the server's order.
// report gets what is missing, by the DN of an entry if it is about one: values that were not read,
// parts that are on other servers, entries beyond a limit of the server.
func (s *Session) Search(ctx context.Context, attributes []string, use func(*ldap.Entry),
	report func(dn, text string),
) error {
	return s.search(ctx, ldap.NewSearchRequest(s.o.BaseDN, s.scope, ldap.DerefAlways, 0, 0, false, s.o.Filter,
		attributes, nil), use, report)
}

// Below is Search with another filter.
func (s *Session) Below(ctx context.Context, filter string, attributes []string, use func(*ldap.Entry),
	report func(dn, text string),
) error {
	return s.search(ctx, ldap.NewSearchRequest(s.o.BaseDN, s.scope, ldap.DerefAlways, 0, 0, false, filter,
		attributes, nil), use, report)
}

// Entry reads one entry, if the filter matches it; nil if the server does not have it.
func (s *Session) Entry(ctx context.Context, dn, filter string, attributes []string) (found *ldap.Entry, err error) {
	var missing error
	err = s.search(ctx, ldap.NewSearchRequest(dn, ldap.ScopeBaseObject, ldap.NeverDerefAliases, 0, 0, false, filter,
		attributes, nil), func(e *ldap.Entry) { found = e }, func(dn, text string) {
		missing = fmt.Errorf("%.80q: %s", dn, text)
	})
	if errors.As(err, new(*missingError)) {
		return nil, nil //nolint:nilnil // as documented
	}
	return found, errors.Join(err, missing)
}

// missingError means that the server does not have the base of a search.
type missingError struct{ error }

func (s *Session) search(ctx context.Context, request *ldap.SearchRequest, use func(*ldap.Entry),
	report func(dn, text string),
) error {
	r := pages{Session: s, request: request, use: use, report: report}
	s.reference = r.referred
	paging := ldap.NewControlPaging(pageSize)
	request.Controls = []ldap.Control{paging}
	for empty := 0; ; {
		before := r.entries
		controls, err := r.page(ctx)
		if empty++; r.entries > before {
			empty = 0
		}
		if empty > maxEmptyPages {
			return fmt.Errorf("search %q: the server sends pages without entries and does not end", request.BaseDN)
		}
		if limit := limitOf(err); limit != "" && r.entries > 0 && !s.Whole {
			report("", fmt.Sprintf("the server stopped after %d entries: %s; the rest is missing. Raise the limit "+
				"for %s, or narrow base_dn and filter", r.entries, limit, s.bindName()))
			return nil
		}
		if err != nil {
			explained := fmt.Errorf("search %q: %w", request.BaseDN, s.explain(err, searching))
			if ldap.IsErrorWithCode(err, ldap.LDAPResultNoSuchObject) {
				return &missingError{explained}
			}
			return explained
		}
		s.watch.Reset()
		next, more := ldap.FindControl(controls, ldap.ControlTypePaging).(*ldap.ControlPaging)
		if !more || len(next.Cookie) == 0 {
			break
		}
		paging.SetCookie(next.Cookie)
	}
	r.reportReferences()
	return nil
}

// pages is a search of all pages.
type pages struct {
	*Session
	request *ldap.SearchRequest
	use     func(*ldap.Entry)
	report  func(dn, text string)

	entries    int
	references int
	elsewhere  []string      // references to other servers, the first maxListed
	held       []*ldap.Entry // of this page, from the first one with attributes in parts
}

// page reads one page. Entries are used as they come: a server without paging sends all of them at
// once.
func (r *pages) page(ctx context.Context) (controls []ldap.Control, err error) {
	controls, err = search(ctx, r.conn, r.request, r.entry, r.reference)
	r.release(func(e *ldap.Entry) error {
		if err != nil {
			return err
		}
		return r.fetchRanges(ctx, e)
	})
	return controls, err
}

// release uses the entries that were held back.
func (r *pages) release(complete func(*ldap.Entry) error) {
	for _, e := range r.held {
		if slices.ContainsFunc(e.Attributes, inParts) {
			if err := complete(e); err != nil {
				r.report(e.DN, fmt.Sprintf("some values were not read: %v", withoutPrefix(err)))
			}
		}
		r.use(e)
	}
	r.held = nil
}

var errHeld = fmt.Errorf("the server sent more than %d entries at once after it", pageSize)

func (r *pages) entry(e *ldap.Entry) error {
	r.entries++
	r.watch.Progress()
	switch {
	case len(r.held) > 0 || slices.ContainsFunc(e.Attributes, inParts):
		// the connection is busy with this page, and entries keep their order
		if r.held = append(r.held, e); len(r.held) > pageSize {
			r.release(func(*ldap.Entry) error { return errHeld })
		}
	default:
		r.use(e)
	}
	return nil
}

func (r *pages) referred(url string) error {
	r.watch.Progress()
	if r.references++; r.references > maxReferences {
		return fmt.Errorf("more than %d references to other servers: choose a base_dn without them", maxReferences)
	}
	if len(r.elsewhere) < maxListed && !slices.Contains(r.elsewhere, url) {
		r.elsewhere = append(r.elsewhere, url)
	}
	return nil
}

func (r *pages) reportReferences() {
	if len(r.elsewhere) == 0 {
		return
	}
	slices.Sort(r.elsewhere)
	r.report("", fmt.Sprintf("parts below base_dn are on other servers and are not read: %s; if entries are there, "+
		"add a directory with that url and base_dn, otherwise choose a base_dn without them",
		strings.Join(r.elsewhere, ", ")))
}

// search passes on entries and references as they arrive, and returns the controls of the result.
// It does not follow references: other servers need other credentials.
func search(ctx context.Context, conn *ldap.Conn, request *ldap.SearchRequest, entry func(*ldap.Entry) error,
	reference func(url string) error,
) (controls []ldap.Control, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	found := conn.SearchAsync(ctx, request, 1)
	for found.Next() {
		switch {
		case found.Entry() != nil:
			err = entry(found.Entry())
		case found.Referral() != "":
			err = reference(found.Referral())
		default:
			controls = found.Controls()
		}
		if err != nil {
			return nil, err
		}
	}
	switch broken := conn.GetLastError(); {
	case found.Err() != nil:
		return nil, found.Err()
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case broken != nil: // the library panics on invalid responses
		return nil, fmt.Errorf("invalid response of the server: %w", broken)
	case conn.IsClosing():
		return nil, ldap.NewError(ldap.ErrorNetwork, errors.New("connection closed"))
	}
	return controls, nil
}
