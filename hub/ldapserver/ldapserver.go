// Package ldapserver reads entries of directory servers, Active Directory, OpenLDAP and others, and
// tries passwords there. It is what directories of customers and the sign-in share.
package ldapserver

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"traybell/hub/advice"
	"traybell/hub/certificate"
	"traybell/hub/remote"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
)

const (
	pageSize = 500 // entries per page; the limit of Active Directory is 1,000
	// pages without entries in succession; a server that searches for long may send some
	maxEmptyPages = 1000
	maxReferences = 10_000 // to other servers, of which maxListed are listed
	maxListed     = 20
	maxValues     = 10_000  // of an attribute that comes in parts
	maxPacket     = 1 << 20 // bytes of an entry; the library's limit is 2 GB

	// EveryPerson is the default filter. It matches inetOrgPerson, and users and contacts of Active
	// Directory.
	EveryPerson = "(objectClass=person)"
)

func init() { ber.MaxPacketLengthBytes = maxPacket }

// Options configure New.
type Options struct {
	URL      string // ldap://host:389 or ldaps://host:636; the ports are optional
	StartTLS bool   // encrypt an ldap:// connection
	CA       string // PEM file of the certificate authority; empty: those of the system
	BindDN   string // DN, or user@domain in Active Directory; empty: anonymous
	Password string
	BaseDN   string
	Scope    string // sub, one or base
	Filter   string // empty: EveryPerson
}

// Server is a directory server. Any goroutine may use it; each call has a connection of its own.
type Server struct {
	// Stall is how long the server may send nothing before a session ends.
	Stall time.Duration

	o       Options
	address string
	secure  *tls.Config // nil: not encrypted
	scope   int
}

// New checks the options. It does not connect. The error is a *remote.OptionError.
func New(o Options) (*Server, error) {
	if o.Filter = strings.TrimSpace(o.Filter); o.Filter == "" {
		o.Filter = EveryPerson
	}
	s := &Server{o: o, Stall: remote.StallAfter}
	u, err := url.Parse(o.URL)
	if err != nil || u.Scheme != "ldap" && u.Scheme != "ldaps" || u.Hostname() == "" {
		return nil, &remote.OptionError{
			Key: "url", Err: errors.New("it must be ldap://host or ldaps://host, with a port if it is not 389 or 636"),
		}
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"ldap": "389", "ldaps": "636"}[u.Scheme]
	}
	s.address = net.JoinHostPort(u.Hostname(), port)
	var roots *x509.CertPool
	if o.CA != "" {
		if roots, err = certificate.Authorities(o.CA); err != nil {
			return nil, &remote.OptionError{Key: "ca", Err: err}
		}
	}
	switch {
	case u.Scheme == "ldaps" && o.StartTLS:
		return nil, &remote.OptionError{
			Key: "start_tls",
			Err: errors.New("an ldaps:// connection is encrypted already; remove start_tls, or write ldap://"),
		}
	case u.Scheme == "ldaps" || o.StartTLS:
		s.secure = &tls.Config{RootCAs: roots, ServerName: u.Hostname(), MinVersion: tls.VersionTLS12}
	case o.CA != "":
		return nil, &remote.OptionError{
			Key: "ca",
			Err: errors.New("an ldap:// connection without start_tls has no certificate; write ldaps:// or " +
				"start_tls: true"),
		}
	}
	scopes := map[string]int{
		"": ldap.ScopeWholeSubtree, "sub": ldap.ScopeWholeSubtree, "one": ldap.ScopeSingleLevel,
		"base": ldap.ScopeBaseObject,
	}
	var ok bool
	if s.scope, ok = scopes[o.Scope]; !ok {
		return nil, &remote.OptionError{
			Key: "scope", Err: fmt.Errorf("%q is not known; write sub, one or base", o.Scope),
		}
	}
	if _, err := ldap.ParseDN(o.BaseDN); err != nil {
		return nil, &remote.OptionError{
			Key: "base_dn", Err: errors.New("it is not a distinguished name such as ou=Users,dc=example,dc=com"),
		}
	}
	if _, err := ldap.CompileFilter(o.Filter); err != nil {
		return nil, &remote.OptionError{
			Key: "filter",
			Err: fmt.Errorf("%w; write it as in RFC 4515, such as (&(objectClass=person)(telephoneNumber=*)), in "+
				"quotes", withoutPrefix(err)),
		}
	}
	return s, nil
}

// Session is a connection that is signed in. It is for one goroutine.
type Session struct {
	*Server
	// Whole makes a limit at which the server stops an error, not a report.
	Whole bool

	conn      *ldap.Conn
	watch     *remote.Watch
	reference func(url string) error
}

// Do connects, signs in as BindDN and calls do. The connection ends when do returns, when ctx ends,
// or when the server stalls.
func (s *Server) Do(ctx context.Context, do func(context.Context, *Session) error) error {
	return s.watched(ctx, func(ctx context.Context, watch *remote.Watch) error {
		return s.connected(ctx, watch, func(conn *ldap.Conn) error {
			if s.o.BindDN != "" {
				if err := conn.Bind(s.o.BindDN, s.o.Password); err != nil {
					return fmt.Errorf("sign in as %s: %w", s.o.BindDN, s.explain(err, signingIn))
				}
			}
			return do(ctx, &Session{Server: s, conn: conn, watch: watch, reference: func(string) error { return nil }})
		})
	})
}

// WrongPasswordError means that the server knows the password to be wrong, or does not accept it:
// the account may be disabled, locked or expired.
type WrongPasswordError struct{ Why error }

func (e *WrongPasswordError) Error() string { return e.Why.Error() }

// Unwrap returns the server's answer.
func (e *WrongPasswordError) Unwrap() error { return e.Why }

// Try signs in as an entry. Errors are *WrongPasswordError, and all others if the server cannot
// answer. An empty password is wrong: servers take it as an anonymous sign-in, which succeeds.
func (s *Server) Try(ctx context.Context, dn, password string) error {
	if dn == "" || password == "" {
		return &WrongPasswordError{errors.New("no password")}
	}
	return s.watched(ctx, func(ctx context.Context, watch *remote.Watch) error {
		return s.connected(ctx, watch, func(conn *ldap.Conn) error {
			err := conn.Bind(dn, password)
			var e *ldap.Error
			if !errors.As(err, &e) {
				return err
			}
			switch e.ResultCode {
			case ldap.LDAPResultInvalidCredentials, ldap.LDAPResultNoSuchObject, ldap.LDAPResultInvalidDNSyntax,
				ldap.LDAPResultInappropriateAuthentication, ldap.LDAPResultUnwillingToPerform,
				ldap.LDAPResultInsufficientAccessRights, ldap.LDAPResultConstraintViolation:
				return &WrongPasswordError{s.explain(err, trying)}
			}
			return s.explain(err, trying)
		})
	})
}

// watched calls do with a watch over the server.
func (s *Server) watched(ctx context.Context, do func(context.Context, *remote.Watch) error) error {
	watch, ctx := remote.NewWatch(ctx, s.Stall)
	defer watch.Stop()
	err := do(ctx, watch)
	if stalled := watch.Stalled(); stalled != nil {
		return stalled
	}
	if err != nil && ctx.Err() != nil {
		return ctx.Err() // not the error of the closed connection
	}
	return err
}

func (s *Server) connected(ctx context.Context, watch *remote.Watch, do func(*ldap.Conn) error) error {
	conn, line, err := s.connect(ctx, watch)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	// The library's sign-in has no context: closing the connection ends it.
	defer context.AfterFunc(ctx, func() { _ = line.Close() })()
	return do(conn)
}

func (s *Server) connect(ctx context.Context, watch *remote.Watch) (*ldap.Conn, net.Conn, error) {
	fail := func(err error) (*ldap.Conn, net.Conn, error) {
		if remedy := advice.For(err); remedy != "" {
			return nil, nil, fmt.Errorf("connect to %s: %w; %s", s.address, err, remedy)
		}
		return nil, nil, fmt.Errorf("connect to %s: %w", s.address, err)
	}
	ctx, cancel := context.WithTimeout(ctx, remote.ConnectWithin)
	defer cancel()
	line, err := (&net.Dialer{}).DialContext(ctx, "tcp", s.address)
	if err != nil {
		return fail(err)
	}
	line = watch.Conn(line)
	if s.secure != nil && !s.o.StartTLS {
		encrypted := tls.Client(line, s.secure)
		if err := encrypted.HandshakeContext(ctx); err != nil {
			_ = line.Close()
			return fail(err)
		}
		line = encrypted
	}
	conn := ldap.NewConn(line, s.secure != nil && !s.o.StartTLS)
	conn.Start()
	if s.o.StartTLS {
		stop := context.AfterFunc(ctx, func() { _ = line.Close() })
		err := conn.StartTLS(s.secure)
		if !stop() && err == nil {
			err = ctx.Err()
		}
		if err != nil {
			_ = conn.Close()
			if strings.Contains(err.Error(), "x509: ") { // the library does not wrap the error
				return nil, nil, fmt.Errorf("StartTLS with %s: %w; set ca to the file of the certificate authority, "+
					"and use the server name of the certificate", s.address, withoutPrefix(err))
			}
			return nil, nil, fmt.Errorf("StartTLS with %s: %w", s.address, s.explain(err, connecting))
		}
	}
	return conn, line, nil
}

func (s *Server) bindName() string {
	if s.o.BindDN == "" {
		return "anonymous users"
	}
	return s.o.BindDN
}
