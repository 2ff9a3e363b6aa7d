package directory

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"traybell/shared/protocol"

	"github.com/go-ldap/ldap/v3"
)

const (
	ldapPage = 500 // entries per page; the limit of Active Directory is 1,000

	// EveryPerson is the default filter. It matches inetOrgPerson, and users and contacts of Active
	// Directory.
	EveryPerson = "(objectClass=person)"
)

// LDAPOptions configure NewLDAP.
type LDAPOptions struct {
	Name     string
	URL      string // ldap://host:389 or ldaps://host:636; the ports are optional
	StartTLS bool   // encrypt an ldap:// connection
	CA       string // PEM file of the certificate authority; empty: those of the system
	BindDN   string // DN, or user@domain in Active Directory; empty: anonymous
	Password string
	BaseDN   string
	Scope    string // sub, one or base
	Filter   string // empty: EveryPerson
	// Map changes the attributes of customer fields. The keys are those of a CSV header (phone,
	// home phone) or of OTRS (UserPhone, UserHomePhone). A value is a comma-separated list of
	// attributes: all of them for numbers, otherwise the first that exists. An empty value removes
	// the field.
	Map map[string]string
}

// LDAP reads the entries of a directory server: Active Directory, OpenLDAP and others. Each read
// opens a connection.
type LDAP struct {
	o       LDAPOptions
	address string
	secure  *tls.Config // nil: not encrypted
	scope   int
	columns []mapped
	wanted  []string // attributes
	stall   time.Duration
}

// mapped is a field and its attributes.
type mapped struct {
	what       column
	attributes []string
}

// defaultMap fits Active Directory and inetOrgPerson.
func defaultMap() []mapped {
	return []mapped{
		{loginColumn, []string{"sAMAccountName", "uid"}},
		{nameColumn, []string{"displayName", "cn"}},
		{emailColumn, []string{"mail"}},
		{companyColumn, []string{"company", "o"}},
		{phoneColumn, []string{"telephoneNumber", "otherTelephone", "ipPhone"}},
		{mobileColumn, []string{"mobile", "otherMobile"}},
		{homeColumn, []string{"homePhone", "otherHomePhone"}},
		{faxColumn, []string{"facsimileTelephoneNumber"}},
		{streetColumn, []string{"streetAddress", "street"}},
		{zipColumn, []string{"postalCode"}},
		{cityColumn, []string{"l"}},
		{countryColumn, []string{"co"}},
		{officeColumn, []string{"physicalDeliveryOfficeName", "roomNumber"}},
	}
}

// NewLDAP returns a source, which connects in Read. The error is an *OptionError.
func NewLDAP(o LDAPOptions) (*LDAP, error) {
	if o.Filter = strings.TrimSpace(o.Filter); o.Filter == "" {
		o.Filter = EveryPerson
	}
	l := &LDAP{o: o, stall: stallAfter}
	u, err := url.Parse(o.URL)
	if err != nil || u.Scheme != "ldap" && u.Scheme != "ldaps" || u.Hostname() == "" {
		return nil, &OptionError{
			"url", errors.New("it must be ldap://host or ldaps://host, with a port if it is not 389 or 636"),
		}
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"ldap": "389", "ldaps": "636"}[u.Scheme]
	}
	l.address = net.JoinHostPort(u.Hostname(), port)
	var roots *x509.CertPool
	if o.CA != "" {
		if roots, err = readCA(o.CA); err != nil {
			return nil, &OptionError{"ca", err}
		}
	}
	switch {
	case u.Scheme == "ldaps" && o.StartTLS:
		return nil, &OptionError{
			"start_tls",
			errors.New("an ldaps:// connection is encrypted already; remove start_tls, or write ldap://"),
		}
	case u.Scheme == "ldaps" || o.StartTLS:
		l.secure = &tls.Config{RootCAs: roots, ServerName: u.Hostname(), MinVersion: tls.VersionTLS12}
	case o.CA != "":
		return nil, &OptionError{
			"ca",
			errors.New("an ldap:// connection without start_tls has no certificate; write ldaps:// or start_tls: true"),
		}
	}
	scopes := map[string]int{
		"": ldap.ScopeWholeSubtree, "sub": ldap.ScopeWholeSubtree, "one": ldap.ScopeSingleLevel,
		"base": ldap.ScopeBaseObject,
	}
	var ok bool
	if l.scope, ok = scopes[o.Scope]; !ok {
		return nil, &OptionError{"scope", fmt.Errorf("%q is not known; write sub, one or base", o.Scope)}
	}
	if _, err := ldap.ParseDN(o.BaseDN); err != nil {
		return nil, &OptionError{
			"base_dn", errors.New("it is not a distinguished name such as ou=Users,dc=example,dc=com"),
		}
	}
	if _, err := ldap.CompileFilter(o.Filter); err != nil {
		return nil, &OptionError{
			"filter",
			fmt.Errorf("%w; write it as in RFC 4515, such as (&(objectClass=person)(telephoneNumber=*)), in quotes",
				plainLDAP(err)),
		}
	}
	if err := l.setMap(o.Map); err != nil {
		return nil, &OptionError{"map", err}
	}
	return l, nil
}

func (l *LDAP) setMap(changes map[string]string) error {
	l.columns = defaultMap()
	names := columnNames()
	seen := map[column]string{}
	for key, value := range changes {
		what := columnOf(names, key)
		if what == otherColumn {
			return fmt.Errorf("%q is not a customer field; known are %s, also with the prefix User", key,
				knownColumns)
		}
		if other, twice := seen[what]; twice {
			return fmt.Errorf("%q and %q are the same field", min(key, other), max(key, other))
		}
		seen[what] = key
		var attributes []string
		for attribute := range strings.SplitSeq(value, ",") {
			attribute = strings.TrimSpace(attribute)
			if strings.ContainsFunc(attribute, notInAttribute) {
				return fmt.Errorf("%q is not an attribute name; write it as on the server, such as "+
					"telephoneNumber",
					attribute)
			}
			if attribute != "" {
				attributes = append(attributes, attribute)
			}
		}
		at := slices.IndexFunc(l.columns, func(m mapped) bool { return m.what == what })
		if at < 0 {
			l.columns = append(l.columns, mapped{what: what})
			at = len(l.columns) - 1
		}
		l.columns[at].attributes = attributes
	}
	// Mapping first or last name replaces the full name, unless that is mapped, too.
	if _, whole := seen[nameColumn]; !whole && (seen[firstColumn] != "" || seen[lastColumn] != "") {
		l.columns = slices.DeleteFunc(l.columns, func(m mapped) bool { return m.what == nameColumn })
	}
	for _, m := range l.columns {
		for _, a := range m.attributes {
			if !slices.ContainsFunc(l.wanted, func(have string) bool { return strings.EqualFold(have, a) }) {
				l.wanted = append(l.wanted, a)
			}
		}
	}
	h := l.head()
	if !h.has(phoneColumn, mobileColumn, homeColumn, faxColumn) || !h.has(loginColumn, nameColumn, firstColumn,
		lastColumn, emailColumn, companyColumn) {
		return errors.New("no attribute is left that has a number, or that identifies the customer")
	}
	return nil
}

// notInAttribute reports whether a character is invalid in an attribute name: letters, digits and
// hyphens, or dotted numbers, with ;options (RFC 4512, 2.5).
func notInAttribute(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '.' && r != ';' &&
		r != '_'
}

// head returns the columns that have attributes, in the order of record.
func (l *LDAP) head() head {
	var h head
	for _, m := range l.columns {
		if len(m.attributes) > 0 {
			h.columns = append(h.columns, m.what)
		}
	}
	return h
}

// Name implements Source.
func (l *LDAP) Name() string { return l.o.Name }

// Read implements Source. It reads all entries by pages. If the server stops at a limit, the
// entries read so far are used, and the limit is a problem.
func (l *LDAP) Read(ctx context.Context, add func(protocol.Customer), problem func(Problem)) error {
	watch, ctx := watchStall(ctx, l.stall)
	defer watch.stop()
	err := l.read(ctx, watch, add, problem)
	if stalled := watch.stalled(); stalled != nil {
		return stalled
	}
	if err != nil && ctx.Err() != nil {
		return ctx.Err() // not the error of the closed connection
	}
	return err
}

func (l *LDAP) read(ctx context.Context, watch *stallWatch, add func(protocol.Customer), problem func(Problem)) error {
	conn, line, err := l.connect(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	// The library has no contexts: closing the connection ends its calls.
	defer context.AfterFunc(ctx, func() { _ = line.Close() })()
	if err := l.signIn(conn); err != nil {
		return err
	}

	h := l.head()
	paging := ldap.NewControlPaging(ldapPage)
	for entries := 0; ; {
		found, err := search(conn, ldap.NewSearchRequest(
			l.o.BaseDN, l.scope, ldap.NeverDerefAliases, 0, 0, false, l.o.Filter, l.wanted, []ldap.Control{paging}))
		if found != nil {
			for _, e := range found.Entries {
				entries++
				c, reason := h.customer(l.record(e))
				if reason != "" {
					problem(Problem{Text: fmt.Sprintf("%.80q: %s", e.DN, reason)})
					continue
				}
				for _, text := range noNumbers(c) {
					problem(Problem{Text: fmt.Sprintf("%.80q: %s", e.DN, text)})
				}
				add(c)
			}
		}
		if limit := limitOf(err); limit != "" && entries > 0 {
			problem(Problem{
				Text: fmt.Sprintf("the server stopped after %d entries: %s; the rest is missing. Raise the limit "+
					"for %s, or narrow base_dn and filter",
					entries, limit, l.bindName()),
			})
			return nil
		}
		if err != nil {
			return fmt.Errorf("search %q: %w", l.o.BaseDN, l.explain(err))
		}
		watch.progress()
		watch.timer.Reset(l.stall)
		next, more := ldap.FindControl(found.Controls, ldap.ControlTypePaging).(*ldap.ControlPaging)
		if !more || len(next.Cookie) == 0 {
			return nil
		}
		paging.SetCookie(next.Cookie)
	}
}

// search reads one page. It does not follow referrals: other servers need other credentials.
func search(conn *ldap.Conn, request *ldap.SearchRequest) (found *ldap.SearchResult, err error) {
	defer func() {
		// The library panics on invalid responses.
		if broken := recover(); broken != nil {
			err = fmt.Errorf("invalid response of the server: %v", broken)
		}
	}()
	return conn.Search(request)
}

// record returns the fields of an entry in the order of head.
func (l *LDAP) record(e *ldap.Entry) []string {
	var record []string
	for _, m := range l.columns {
		if len(m.attributes) == 0 {
			continue
		}
		var values []string
		for _, a := range m.attributes {
			for _, v := range e.GetEqualFoldAttributeValues(a) {
				if v = strings.TrimSpace(v); v != "" && utf8.ValidString(v) && !slices.Contains(values, v) {
					values = append(values, v)
				}
			}
		}
		switch m.what {
		case phoneColumn, mobileColumn, homeColumn, faxColumn:
			record = append(record, strings.Join(values, "; "))
		default:
			// RFC 4517: $ separates the lines of an address
			record = append(record, strings.ReplaceAll(firstOf(values), "$", ", "))
		}
	}
	return record
}

func firstOf(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}

func (l *LDAP) connect(ctx context.Context) (*ldap.Conn, net.Conn, error) {
	fail := func(err error) (*ldap.Conn, net.Conn, error) {
		if remedy := connectRemedy(err); remedy != "" {
			return nil, nil, fmt.Errorf("connect to %s: %w; %s", l.address, err, remedy)
		}
		return nil, nil, fmt.Errorf("connect to %s: %w", l.address, err)
	}
	ctx, cancel := context.WithTimeout(ctx, connectWithin)
	defer cancel()
	line, err := (&net.Dialer{}).DialContext(ctx, "tcp", l.address)
	if err != nil {
		return fail(err)
	}
	if l.secure != nil && !l.o.StartTLS {
		encrypted := tls.Client(line, l.secure)
		if err := encrypted.HandshakeContext(ctx); err != nil {
			_ = line.Close()
			return fail(err)
		}
		line = encrypted
	}
	conn := ldap.NewConn(line, l.secure != nil && !l.o.StartTLS)
	conn.Start()
	if l.o.StartTLS {
		stop := context.AfterFunc(ctx, func() { _ = line.Close() })
		err := conn.StartTLS(l.secure)
		if !stop() && err == nil {
			err = ctx.Err()
		}
		if err != nil {
			_ = conn.Close()
			if strings.Contains(err.Error(), "x509: ") { // the library does not wrap the error
				return nil, nil, fmt.Errorf("StartTLS with %s: %w; %s", l.address, plainLDAP(err), fixCertificate)
			}
			return nil, nil, fmt.Errorf("StartTLS with %s: %w", l.address, l.explain(err))
		}
	}
	return conn, line, nil
}

func (l *LDAP) signIn(conn *ldap.Conn) error {
	if l.o.BindDN == "" {
		return nil
	}
	if err := conn.Bind(l.o.BindDN, l.o.Password); err != nil {
		return fmt.Errorf("sign in as %s: %w", l.o.BindDN, l.explain(err))
	}
	return nil
}

func (l *LDAP) bindName() string {
	if l.o.BindDN == "" {
		return "anonymous users"
	}
	return l.o.BindDN
}
