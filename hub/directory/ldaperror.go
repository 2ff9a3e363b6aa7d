package directory

import (
	"errors"
	"fmt"
	"regexp"

	"github.com/go-ldap/ldap/v3"
)

// plainLDAP removes the library's prefix "LDAP Result Code 49 …" from an error.
func plainLDAP(err error) error {
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

// explain adds a remedy to an error of the server (result codes: RFC 4511, appendix A).
func (l *LDAP) explain(err error) error {
	plain := plainLDAP(err)
	if remedy := l.remedy(err); remedy != "" {
		return fmt.Errorf("%w; %s", plain, remedy)
	}
	return plain
}

func (l *LDAP) remedy(err error) string {
	var e *ldap.Error
	if !errors.As(err, &e) {
		return ""
	}
	switch e.ResultCode {
	case ldap.LDAPResultInvalidCredentials:
		if why := activeDirectoryReason(e.Err); why != "" {
			return why
		}
		return "check bind_dn and password"
	case ldap.LDAPResultNoSuchObject, ldap.LDAPResultReferral:
		if e.MatchedDN != "" {
			return fmt.Sprintf("check base_dn: this server has %q, but not the name below it", e.MatchedDN)
		}
		return "check base_dn: this server does not have this name, or does not show it to this user"
	case ldap.LDAPResultInvalidDNSyntax:
		return "check base_dn and bind_dn: one of them is not a distinguished name"
	case ldap.LDAPResultStrongAuthRequired, ldap.LDAPResultConfidentialityRequired:
		return "the server requires encryption: write ldaps:// or start_tls: true"
	case ldap.LDAPResultInappropriateAuthentication, ldap.LDAPResultInsufficientAccessRights:
		return "set bind_dn and password of a user who may read the entries"
	case ldap.LDAPResultOperationsError:
		if l.o.BindDN == "" { // Active Directory does not allow anonymous searches
			return "set bind_dn and password"
		}
	case ldap.LDAPResultUnwillingToPerform, ldap.LDAPResultProtocolError:
		if l.o.StartTLS {
			return "perhaps the server has no certificate for start_tls"
		}
	case ldap.LDAPResultUnavailableCriticalExtension:
		return "the server does not support paged searches"
	case ldap.ErrorNetwork:
		return "the connection was lost; the hub retries"
	}
	return ""
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
		"530": "this user may not sign in at this time",
		"531": "this user may not sign in from the hub",
		"532": "the user's password has expired: set a new one that never expires",
		"533": "the user's account is disabled",
		"701": "the user's account has expired",
		"773": "the user must change the password first",
		"775": "the user's account is locked out",
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
