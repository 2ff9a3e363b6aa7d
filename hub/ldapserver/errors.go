package ldapserver

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"traybell/hub/advice"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
)

// withoutPrefix removes the library's prefix "LDAP Result Code 49 …" from an error.
func withoutPrefix(err error) error {
	var e *ldap.Error
	if !errors.As(err, &e) || e.Err == nil {
		return err
	}
	name := ldap.LDAPResultCodeMap[e.ResultCode]
	if text := e.Err.Error(); text != "" && name != "" && e.ResultCode < ldap.ErrorNetwork {
		return fmt.Errorf("%s (%d): %w", name, e.ResultCode, e.Err)
	} else if text != "" {
		return e.Err
	}
	return fmt.Errorf("%s (%d)", name, e.ResultCode)
}

// step is what the hub was doing.
type step int

const (
	connecting step = iota
	signingIn
	searching
	trying // a password
)

// explain adds a remedy to an error of the server (result codes: RFC 4511, appendix A).
func (s *Server) explain(err error, during step) error {
	plain := withoutPrefix(err)
	if remedy := s.remedy(err, during); remedy != "" {
		return fmt.Errorf("%w; %s", plain, remedy)
	}
	return plain
}

func (s *Server) remedy(err error, during step) string {
	var e *ldap.Error
	if !errors.As(err, &e) {
		return ""
	}
	if during == signingIn || during == trying {
		if why := activeDirectoryReason(e.Err); why != "" {
			return why
		}
	}
	if during == trying && e.ResultCode == ldap.LDAPResultInvalidCredentials {
		return ""
	}
	switch e.ResultCode {
	case ldap.LDAPResultInvalidCredentials:
		return "check bind_dn and password"
	case ldap.LDAPResultReferral:
		return s.referral(e)
	case ldap.LDAPResultNoSuchObject:
		switch {
		case during == signingIn:
			return "check bind_dn: this server does not have this user"
		case e.MatchedDN != "":
			return fmt.Sprintf("check base_dn: this server has %q, but not the name below it", e.MatchedDN)
		}
		return "check base_dn: this server does not have this name, or does not show it to this user"
	case ldap.LDAPResultInvalidDNSyntax:
		if during == signingIn {
			return "check bind_dn: it is not a distinguished name"
		}
		return "check base_dn: it is not a distinguished name"
	case ldap.LDAPResultAliasProblem, ldap.LDAPResultAliasDereferencingProblem:
		return "base_dn is or has an alias of an entry that does not exist: correct the alias, or choose another " +
			"base_dn"
	case ldap.LDAPResultStrongAuthRequired, ldap.LDAPResultConfidentialityRequired:
		if s.secure != nil {
			return "the server does not accept a password (simple bind), although the connection is encrypted: allow it"
		}
		return "the server requires encryption: write ldaps:// or start_tls: true"
	case ldap.LDAPResultAuthMethodNotSupported:
		return "the server does not accept a password (simple bind): allow it for this user"
	case ldap.LDAPResultInappropriateAuthentication, ldap.LDAPResultInsufficientAccessRights:
		return "set bind_dn and password of a user who may read the entries"
	case ldap.LDAPResultOperationsError:
		if s.o.BindDN == "" { // Active Directory does not allow anonymous searches
			return "set bind_dn and password"
		}
	case ldap.LDAPResultUnwillingToPerform, ldap.LDAPResultProtocolError:
		if during == connecting {
			return "perhaps the server has no certificate for start_tls"
		}
	case ldap.LDAPResultSizeLimitExceeded, ldap.LDAPResultTimeLimitExceeded, ldap.LDAPResultAdminLimitExceeded:
		return fmt.Sprintf("the server stopped at %s: raise it for %s, or narrow base_dn and filter", limitOf(err),
			s.bindName())
	case ldap.LDAPResultInappropriateMatching, ldap.LDAPResultUndefinedAttributeType,
		ldap.LDAPResultInvalidAttributeSyntax:
		return "check filter: the server cannot compare one of its attributes in this way"
	case ldap.LDAPResultUnavailableCriticalExtension:
		return "the server does not support paged searches"
	case ldap.LDAPResultBusy, ldap.LDAPResultUnavailable:
		return "the server is overloaded or stopping; the hub retries"
	case ldap.ErrorNetwork:
		return cmp.Or(advice.For(err), "the connection was lost; the hub retries")
	}
	return ""
}

// referral says where the server sends the hub, which does not follow: other servers need other
// credentials.
func (s *Server) referral(e *ldap.Error) string {
	where := "another server"
	if servers := referrals(e); len(servers) > 0 {
		where = strings.Join(servers, " or ")
	}
	return fmt.Sprintf("this server does not have base_dn and refers to %s: set url (and base_dn) to that, or base_dn "+
		"to a name on this server. In Active Directory, port 3268 (global catalog) has all domains of the forest",
		where)
}

// referrals returns the URLs in a response (RFC 4511, 4.1.10), which the library leaves out.
func referrals(e *ldap.Error) (urls []string) {
	const referral = 3
	if e.Packet == nil || len(e.Packet.Children) < 2 {
		return nil
	}
	for _, part := range e.Packet.Children[1].Children {
		if part.ClassType != ber.ClassContext || part.Tag != referral {
			continue
		}
		for _, url := range part.Children {
			if text, ok := url.Value.(string); ok {
				urls = append(urls, text)
			}
		}
	}
	return urls
}

var reasonCode = regexp.MustCompile(`AcceptSecurityContext error, data ([0-9a-f]+)`)

// activeDirectoryReason returns why Active Directory rejected a sign-in. The codes are hexadecimal
// Windows error codes (winerror.h).
func activeDirectoryReason(err error) string {
	if err == nil {
		return ""
	}
	found := reasonCode.FindStringSubmatch(err.Error())
	if found == nil {
		return ""
	}
	return map[string]string{
		"525": "Active Directory does not have this user: check bind_dn (a DN, or user@domain)",
		"52e": "the password or bind_dn is wrong: check both",
		"52f": "Active Directory restricts this user's sign-in: an empty password, or hours or computers",
		"530": "this user may not sign in at this time",
		"531": "this user may not sign in from the hub",
		"532": "the user's password has expired: set a new one that never expires",
		"533": "the user's account is disabled",
		"534": "this user may not sign in over the network",
		"568": "this user is in too many groups: use a user for the hub alone",
		"701": "the user's account has expired",
		"773": "the user must change the password first",
		"775": "the user's account is locked out",
		// SEC_E_BAD_BINDINGS
		"80090346": "Active Directory requires channel binding (LdapEnforceChannelBinding): allow LDAPS without it",
	}[found[1]]
}

// limitOf returns the limit at which a server stopped; "" for other errors.
func limitOf(err error) string {
	switch {
	case ldap.IsErrorWithCode(err, ldap.LDAPResultSizeLimitExceeded):
		return "its size limit"
	case ldap.IsErrorWithCode(err, ldap.LDAPResultTimeLimitExceeded):
		return "its time limit"
	case ldap.IsErrorWithCode(err, ldap.LDAPResultAdminLimitExceeded):
		return "an administrative limit"
	}
	return ""
}
