package directory

import (
	"errors"
	"fmt"
	"regexp"

	"github.com/go-ldap/ldap/v3"
)

// plainLDAP takes the library's dress off an error: "LDAP Result Code 49 …".
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

// say adds to a server's refusal how it is mended (result codes: RFC 4511, appendix A).
func (l *LDAP) say(err error) error {
	plain := plainLDAP(err)
	if mend := l.mend(err); mend != "" {
		return fmt.Errorf("%w; %s", plain, mend)
	}
	return plain
}

func (l *LDAP) mend(err error) string {
	var e *ldap.Error
	if !errors.As(err, &e) {
		return ""
	}
	switch e.ResultCode {
	case ldap.LDAPResultInvalidCredentials:
		if why := activeDirectoryReason(e.Err); why != "" {
			return why
		}
		return "look at bind_dn and password"
	case ldap.LDAPResultNoSuchObject, ldap.LDAPResultReferral:
		if e.MatchedDN != "" {
			return fmt.Sprintf("look at base_dn: this server has %q and nothing of that name below it", e.MatchedDN)
		}
		return "look at base_dn: this server has nothing of that name, or shows it to others only"
	case ldap.LDAPResultInvalidDNSyntax:
		return "look at base_dn and bind_dn: one of them is no distinguished name"
	case ldap.LDAPResultStrongAuthRequired, ldap.LDAPResultConfidentialityRequired:
		return "the server wants an encrypted connection: write ldaps:// or start_tls: true"
	case ldap.LDAPResultInappropriateAuthentication, ldap.LDAPResultInsufficientAccessRights:
		return "give a bind_dn and a password that may read the entries"
	case ldap.LDAPResultOperationsError:
		if l.o.BindDN == "" { // what Active Directory says to strangers
			return "give a bind_dn and a password"
		}
	case ldap.LDAPResultUnwillingToPerform, ldap.LDAPResultProtocolError:
		if l.o.StartTLS {
			return "perhaps the server has no certificate for start_tls"
		}
	case ldap.LDAPResultUnavailableCriticalExtension:
		return "the server lacks what the search asks for"
	case ldap.ErrorNetwork:
		return "the line was cut; the hub tries again"
	}
	return ""
}

var reasonCode = regexp.MustCompile(`AcceptSecurityContext error, data ([0-9a-f]+)`)

// activeDirectoryReason reads why Active Directory refused a sign-in; the codes are Windows' own
// (winerror.h), in hexadecimal.
func activeDirectoryReason(err error) string {
	if err == nil {
		return ""
	}
	found := reasonCode.FindStringSubmatch(err.Error())
	if found == nil {
		return ""
	}
	return map[string]string{
		"525": "Active Directory knows no such user: look at bind_dn (a DN, or user@domain)",
		"52e": "the password is wrong, or bind_dn: look at both",
		"530": "this user may not sign in at this time",
		"531": "this user may not sign in from the hub",
		"532": "the user's password has expired: set a new one, and that it never expires",
		"533": "the user's account is disabled",
		"701": "the user's account has expired",
		"773": "the user must change the password first",
		"775": "the user's account is locked out",
	}[found[1]]
}

// limitOf says which limit made a server stop, "" where none did.
func limitOf(err error) string {
	switch {
	case ldap.IsErrorWithCode(err, ldap.LDAPResultSizeLimitExceeded):
		return "its size limit"
	case ldap.IsErrorWithCode(err, ldap.LDAPResultTimeLimitExceeded):
		return "its time limit"
	case ldap.IsErrorWithCode(err, ldap.LDAPResultAdminLimitExceeded):
		return "a limit that its administrator has set"
	}
	return ""
}
