package ldapserver

import (
	"crypto/tls"
	"errors"
	"strings"
	"testing"

	"github.com/go-ldap/ldap/v3"
)

// The texts are those of Active Directory and OpenLDAP.
func TestResultCodes(t *testing.T) {
	plain, encrypted := &Server{}, &Server{o: Options{BindDN: "cn=hub"}, secure: &tls.Config{}}
	failed := func(code uint16, text, matched string) error {
		return &ldap.Error{ResultCode: code, Err: errors.New(text), MatchedDN: matched}
	}
	bind := func(data string) error {
		return failed(49,
			"80090308: LdapErr: DSID-0C09044E, comment: AcceptSecurityContext error, data "+data+", v2580", "")
	}
	for _, test := range []struct {
		server *Server
		during step
		err    error
		want   string
	}{
		{plain, signingIn, bind("775"), "the user's account is locked out"},
		{plain, signingIn, bind("52e"), "the password or bind_dn is wrong"},
		{plain, signingIn, bind("80090346"), "channel binding"},
		{plain, signingIn, failed(49, "", ""), "Invalid Credentials (49); check bind_dn and password"},
		{plain, signingIn, failed(32, "", ""), "check bind_dn"},
		{plain, signingIn, failed(34, "invalid DN", ""), "check bind_dn"},
		{plain, signingIn, failed(8, "00002028: LdapErr: DSID-0C090257, comment: The server requires binds to turn on "+
			"integrity checking if SSL\\TLS are not already active on the connection, data 0, v4563", ""), "ldaps://"},
		{plain, searching, failed(13, "confidentiality required", ""), "ldaps:// or start_tls: true"},
		{encrypted, signingIn, failed(8, "", ""), "although the connection is encrypted"},
		{plain, searching, failed(1, "000004DC: LdapErr: DSID-0C090A5C, comment: In order to perform this operation a "+
			"successful bind must be completed on the connection., data 0, v4563", ""), "set bind_dn and password"},
		{plain, searching, failed(32, "", "dc=acme,dc=lab"), `this server has "dc=acme,dc=lab"`},
		{plain, searching, failed(34, "", ""), "check base_dn"},
		{plain, searching, failed(50, "", ""), "a user who may read the entries"},
		{plain, searching, failed(4, "", ""), "its size limit: raise it for anonymous users"},
		{encrypted, searching, failed(3, "", ""), "its time limit: raise it for cn=hub"},
		{plain, searching, failed(51, "", ""), "the hub retries"},
		{plain, connecting, failed(52, "", ""), "the hub retries"},
		{plain, connecting, failed(2, "unsupported extended operation", ""), "no certificate for start_tls"},
	} {
		if err := test.server.explain(test.err, test.during); !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v\n  does not say %q", err, test.want)
		}
	}
}
