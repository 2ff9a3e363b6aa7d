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
	ldapPage = 500 // entries asked for at once; Active Directory gives 1,000 at most

	// EveryPerson is the filter where hub.yml has none. It fits inetOrgPerson, and users and
	// contacts of Active Directory.
	EveryPerson = "(objectClass=person)"
)

// LDAPOptions say where the customers are.
type LDAPOptions struct {
	Name     string
	URL      string // ldap://host:389 or ldaps://host:636; the ports may be left out
	StartTLS bool   // encrypt an ldap:// connection before anything is sent
	CA       string // PEM file of who vouches for the server's certificate; empty: those that this computer trusts
	BindDN   string // who reads: a DN, or in Active Directory user@domain; empty: nobody signs in
	Password string
	BaseDN   string
	Scope    string // sub, one or base
	Filter   string // empty: EveryPerson
	// Map changes which attributes fill a customer's fields. The keys are those of a CSV head
	// (phone, home phone) or OTRS's names (UserPhone, UserHomePhone); a value is one attribute or
	// several with commas between: of numbers all are used, of the others the first that is there.
	// An empty value takes the field away.
	Map map[string]string
}

// LDAP is the entries of a directory server: Active Directory, OpenLDAP and others. Each reading
// has a connection of its own.
type LDAP struct {
	o       LDAPOptions
	address string
	secure  *tls.Config // nil: not encrypted
	scope   int
	columns []mapped
	asked   []string // the attributes
	stall   time.Duration
}

// mapped is a field and the attributes that fill it.
type mapped struct {
	what       column
	attributes []string
}

// defaultMap is for Active Directory and for inetOrgPerson.
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

// NewLDAP makes the source; it connects in Read only. The error is an *OptionError.
func NewLDAP(o LDAPOptions) (*LDAP, error) {
	if o.Filter = strings.TrimSpace(o.Filter); o.Filter == "" {
		o.Filter = EveryPerson
	}
	l := &LDAP{o: o, stall: stallAfter}
	u, err := url.Parse(o.URL)
	if err != nil || u.Scheme != "ldap" && u.Scheme != "ldaps" || u.Hostname() == "" {
		return nil, &OptionError{
			"url", errors.New("it must be ldap://host or ldaps://host, with a port where that is not 389 or 636"),
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
			errors.New("an ldaps:// connection is encrypted from its beginning; remove start_tls, or write ldap://"),
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
			"base_dn", errors.New("it is no distinguished name, such as ou=Users,dc=example,dc=com"),
		}
	}
	if _, err := ldap.CompileFilter(o.Filter); err != nil {
		return nil, &OptionError{
			"filter",
			fmt.Errorf("%w; write it as RFC 4515 has it, such as (&(objectClass=person)(telephoneNumber=*)), in quotes",
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
			return fmt.Errorf("%q is no field of a customer; known are %s, also with User before them", key,
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
				return fmt.Errorf("%q cannot be an attribute; write its name as the server has it, such as "+
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
	// A name made of its parts is asked for by mapping the parts; the whole one then gives way,
	// unless it was mapped too.
	if _, whole := seen[nameColumn]; !whole && (seen[firstColumn] != "" || seen[lastColumn] != "") {
		l.columns = slices.DeleteFunc(l.columns, func(m mapped) bool { return m.what == nameColumn })
	}
	for _, m := range l.columns {
		for _, a := range m.attributes {
			if !slices.ContainsFunc(l.asked, func(have string) bool { return strings.EqualFold(have, a) }) {
				l.asked = append(l.asked, a)
			}
		}
	}
	h := l.head()
	if !h.has(phoneColumn, mobileColumn, homeColumn, faxColumn) || !h.has(loginColumn, nameColumn, firstColumn,
		lastColumn, emailColumn, companyColumn) {
		return errors.New("nothing is left that has a number, or that says who the customer is")
	}
	return nil
}

// notInAttribute: names are letters, digits and hyphens, or dotted numbers, with ;options (RFC 4512
// 2.5).
func notInAttribute(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '.' && r != ';' &&
		r != '_'
}

// head has the columns that have attributes, in the order of record.
func (l *LDAP) head() head {
	var h head
	for _, m := range l.columns {
		if len(m.attributes) > 0 {
			h.columns = append(h.columns, m.what)
		}
	}
	return h
}

// Name is the directory's name.
func (l *LDAP) Name() string { return l.o.Name }

// Read asks for all entries page by page. Where the server stops at a limit of its own, the entries
// so far are used and the limit is told.
func (l *LDAP) Read(ctx context.Context, add func(protocol.Customer), problem func(Problem)) error {
	watch, ctx := watchStall(ctx, l.stall)
	defer watch.stop()
	err := l.read(ctx, watch, add, problem)
	if stalled := watch.stalled(); stalled != nil {
		return stalled
	}
	if err != nil && ctx.Err() != nil {
		return ctx.Err() // not what closing the connection has led to
	}
	return err
}

func (l *LDAP) read(ctx context.Context, watch *stallWatch, add func(protocol.Customer), problem func(Problem)) error {
	conn, line, err := l.connect(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	// The library's calls know no context; they return when their line is closed.
	defer context.AfterFunc(ctx, func() { _ = line.Close() })()
	if err := l.signIn(conn); err != nil {
		return err
	}

	h := l.head()
	paging := ldap.NewControlPaging(ldapPage)
	for entries := 0; ; {
		found, err := search(conn, ldap.NewSearchRequest(
			l.o.BaseDN, l.scope, ldap.NeverDerefAliases, 0, 0, false, l.o.Filter, l.asked, []ldap.Control{paging}))
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
				Text: fmt.Sprintf("the server stopped after %d entries: %s; the rest is unknown. Raise the limit "+
					"for %s, or narrow base_dn and filter",
					entries, limit, l.who()),
			})
			return nil
		}
		if err != nil {
			return fmt.Errorf("searching %q: %w", l.o.BaseDN, l.say(err))
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

// search asks for one page. Referrals are left where they point: they lead to other servers, with
// other sign-ins.
func search(conn *ldap.Conn, request *ldap.SearchRequest) (found *ldap.SearchResult, err error) {
	defer func() {
		// The library trusts the server to send what RFC 4511 says.
		if broken := recover(); broken != nil {
			err = fmt.Errorf("the server's answer cannot be read: %v", broken)
		}
	}()
	return conn.Search(request)
}

// record has the fields of an entry in the order of head.
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
			// RFC 4517: $ parts the lines of an address
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
		if mend := lineWords(err); mend != "" {
			return nil, nil, fmt.Errorf("connecting to %s: %w; %s", l.address, err, mend)
		}
		return nil, nil, fmt.Errorf("connecting to %s: %w", l.address, err)
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
			if strings.Contains(err.Error(), "x509: ") { // the library hands on the words only
				return nil, nil, fmt.Errorf("StartTLS with %s: %w; %s", l.address, plainLDAP(err), mendCertificate)
			}
			return nil, nil, fmt.Errorf("StartTLS with %s: %w", l.address, l.say(err))
		}
	}
	return conn, line, nil
}

func (l *LDAP) signIn(conn *ldap.Conn) error {
	if l.o.BindDN == "" {
		return nil
	}
	if err := conn.Bind(l.o.BindDN, l.o.Password); err != nil {
		return fmt.Errorf("signing in as %s: %w", l.o.BindDN, l.say(err))
	}
	return nil
}

func (l *LDAP) who() string {
	if l.o.BindDN == "" {
		return "those who do not sign in"
	}
	return l.o.BindDN
}
