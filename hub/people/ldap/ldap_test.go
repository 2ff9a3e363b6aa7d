package ldap

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"traybell/hub/ldapserver"
	"traybell/hub/ldapserver/ldaptest"
	"traybell/hub/people"
	"traybell/hub/remote"
	"traybell/hub/remote/remotetest"

	"github.com/go-ldap/ldap/v3"
	"github.com/google/go-cmp/cmp"
)

const (
	support = "CN=Support,DC=x"
	leads   = "CN=Leads,DC=x"
)

func options(url string) Options {
	return Options{
		Options: ldapserver.Options{URL: url, BaseDN: "DC=x"},
		Login:   "sAMAccountName, uid", Name: "displayName, cn", Extension: "ipPhone, otherTelephone",
		Groups: []Group{
			{DN: support, Teams: []string{"support"}, Rights: []string{"ticket"}},
			{DN: leads, Teams: []string{"leads", "support"}, Roles: []string{"supervise"}},
		},
		NoExtension: func(text string) string {
			if strings.Contains(text, " ") {
				return text + " is not an extension"
			}
			return ""
		},
	}
}

func read(t *testing.T, o Options) (found []people.Person, problems []string, err error) {
	t.Helper()
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	err = s.Read(t.Context(), func(p people.Person) { found = append(found, p) },
		func(text string) { problems = append(problems, text) })
	return found, problems, err
}

type attributes = map[string][]string

// office answers as OpenLDAP: groups name their members. Its groups contain each other.
func office(r ldaptest.Request) ldaptest.Answer {
	one := func(a attributes) ldaptest.Answer {
		return ldaptest.Answer{Entries: []ldaptest.Entry{{DN: r.Base, Attributes: a}}}
	}
	switch r.Base {
	case "":
		return one(attributes{"supportedLDAPVersion": {"3"}})
	case support:
		return one(attributes{"member": {"cn=olga,dc=X", "CN=Inner,DC=x", "CN=Nobody,DC=x", "CN=Off,DC=x"}})
	case "CN=Inner,DC=x":
		return one(attributes{"uniqueMember": {"CN=Piotr,DC=x", support}, "memberUid": {"WALKER"}})
	case leads:
		return one(attributes{"member": {"CN=Olga,DC=x", "CN=Boss,DC=x"}})
	case "DC=x":
		return ldaptest.Answer{Entries: []ldaptest.Entry{
			{DN: "CN=Olga,DC=x", Attributes: attributes{
				"sAMAccountName": {"olga"}, "displayName": {"Olga"}, "ipPhone": {"101, 201"}, "pwdLastSet": {"133"},
				"userAccountControl": {"512"},
			}},
			{DN: "CN=Piotr,DC=x", Attributes: attributes{
				"uid": {"piotr"}, "cn": {"Piotr"}, "otherTelephone": {"102", "+7 495 1"}, "pwdChangedTime": {"2026Z"},
			}},
			{DN: "CN=Walker,DC=x", Attributes: attributes{"uid": {"walker"}}},
			{DN: "CN=Boss,DC=x", Attributes: attributes{"uid": {"boss"}}},
			{DN: "CN=Stranger,DC=x", Attributes: attributes{"uid": {"stranger"}, "ipPhone": {"103"}}},
			{DN: "CN=Off,DC=x", Attributes: attributes{"uid": {"off"}, "userAccountControl": {"514"}}},
			{DN: "CN=Nameless,DC=x", Attributes: attributes{"cn": {"Nameless"}}},
			{DN: "CN=Odd,DC=x", Attributes: attributes{"uid": {"two words"}}},
		}}
	}
	return ldaptest.Answer{Code: ldap.LDAPResultNoSuchObject}
}

func TestGroupsDecide(t *testing.T) {
	found, problems, err := read(t, options(ldaptest.Serve(t, office)))
	if err != nil {
		t.Fatal(err)
	}
	want := []people.Person{
		{
			Login: "olga", Name: "Olga", Extensions: []string{"101", "201"}, Teams: []string{"support", "leads"},
			Rights: []string{"ticket"}, Roles: []string{"supervise"}, ID: "CN=Olga,DC=x", Stamp: "133",
		},
		{
			Login: "piotr", Name: "Piotr", Extensions: []string{"102"}, Teams: []string{"support"},
			Rights: []string{"ticket"}, ID: "CN=Piotr,DC=x", Stamp: "2026Z",
		},
		{
			Login: "walker", Name: "walker", Teams: []string{"support"}, Rights: []string{"ticket"},
			ID: "CN=Walker,DC=x",
		},
		{
			Login: "boss", Name: "boss", Teams: []string{"leads", "support"}, Roles: []string{"supervise"},
			ID: "CN=Boss,DC=x",
		},
	}
	if diff := cmp.Diff(want, found); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	all := strings.Join(problems, "\n")
	for _, part := range []string{"+7 495 1 is not an extension", "no login: none of", `the login "two words"`} {
		if !strings.Contains(all, part) {
			t.Errorf("problems do not say %q:\n%s", part, all)
		}
	}
	everybody := options(ldaptest.Serve(t, office))
	everybody.Groups = []Group{{DN: Everybody}}
	if found, _, err := read(t, everybody); err != nil || len(found) != 5 {
		t.Errorf("everybody: %d people, %v", len(found), err)
	}
}

// Active Directory finds the members of groups in groups itself.
func TestActiveDirectory(t *testing.T) {
	asked := 0
	found, _, err := read(t, options(ldaptest.Serve(t, func(r ldaptest.Request) ldaptest.Answer {
		switch {
		case r.Base == "":
			return ldaptest.Answer{Entries: []ldaptest.Entry{{
				Attributes: attributes{"supportedCapabilities": {"1.2.840.113556.1.4.1670", activeDirectory}},
			}}}
		case slices.Contains(r.Attributes, "1.1"):
			asked++
			return ldaptest.Answer{Entries: []ldaptest.Entry{{DN: "cn=OLGA,dc=x"}}}
		}
		return office(r)
	})))
	if err != nil || len(found) != 1 || found[0].Login != "olga" || asked != 2 {
		t.Errorf("%+v, asked %d times, %v", found, asked, err)
	}
}

func TestReadFails(t *testing.T) {
	for name, c := range map[string]struct {
		answer func(ldaptest.Request) ldaptest.Answer
		want   string
	}{
		"a group is gone": {func(r ldaptest.Request) ldaptest.Answer {
			if r.Base == leads {
				return ldaptest.Answer{Code: ldap.LDAPResultNoSuchObject}
			}
			return office(r)
		}, `groups[1]: the server has no group "CN=Leads,DC=x"`},
		"a limit": {func(r ldaptest.Request) ldaptest.Answer {
			a := office(r)
			if r.Base == "DC=x" {
				a.Code = ldap.LDAPResultSizeLimitExceeded
			}
			return a
		}, "its size limit"},
		"a referral": {func(ldaptest.Request) ldaptest.Answer {
			return ldaptest.Answer{Code: ldap.LDAPResultReferral, Referral: []string{"ldap://dc2/DC=x"}}
		}, "refers to ldap://dc2/DC=x"},
	} {
		if found, _, err := read(t, options(ldaptest.Serve(t, c.answer))); err == nil || len(found) > 0 ||
			!strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, %v", name, found, err)
		}
	}
}

// A group with strangers without end, and one that contains itself a million times over.
func TestEndlessGroups(t *testing.T) {
	lookups := 0
	found, problems, err := read(t, options(ldaptest.Serve(t, func(r ldaptest.Request) ldaptest.Answer {
		if strings.HasPrefix(r.Base, "CN=g") || r.Base == support {
			lookups++
			a := attributes{}
			for i := range 100 {
				a["member"] = append(a["member"], "CN=g"+strings.Repeat("g", i)+r.Base)
			}
			return ldaptest.Answer{Entries: []ldaptest.Entry{{DN: r.Base, Attributes: a}}}
		}
		return office(r)
	})))
	if err != nil || len(found) != 2 || lookups > mostNested+10 {
		t.Errorf("%d people, %d look-ups, %v", len(found), lookups, err)
	}
	if !slices.ContainsFunc(problems, func(p string) bool { return strings.Contains(p, "more than 2000 members") }) {
		t.Errorf("problems: %q", problems)
	}
}

func TestTry(t *testing.T) {
	url := ldaptest.Server{Search: office, Bind: func(dn, password string) ldaptest.Answer {
		switch {
		case dn == "CN=Busy,DC=x":
			return ldaptest.Answer{Code: ldap.LDAPResultBusy}
		case dn == "CN=Olga,DC=x" && password == "olga's", password == "":
			return ldaptest.Answer{} // an empty password is an anonymous sign-in, which succeeds
		}
		return ldaptest.Answer{
			Code: ldap.LDAPResultInvalidCredentials, Text: "AcceptSecurityContext error, data 775, v4563",
		}
	}}.Start(t)
	s, err := New(options(url))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		dn, password string
		ok, wrong    bool
		words        string
	}{
		{"CN=Olga,DC=x", "olga's", true, false, ""},
		{"CN=Olga,DC=x", "guess", false, true, "locked out"},
		{"CN=Olga,DC=x", "", false, true, ""},
		{"", "olga's", false, true, ""},
		{"CN=Busy,DC=x", "olga's", false, false, "overloaded"},
	} {
		err := s.Try(t.Context(), c.dn, c.password)
		if (err == nil) != c.ok || errors.Is(err, people.ErrWrong) != c.wrong ||
			err != nil && !strings.Contains(err.Error(), c.words) {
			t.Errorf("%q with %q: %v", c.dn, c.password, err)
		}
	}
	s, err = New(options("ldap://" + remotetest.Mute(t)))
	if err != nil {
		t.Fatal(err)
	}
	s.server.Stall = 50 * time.Millisecond
	var stalled *remote.StallError
	if err := s.Try(t.Context(), "CN=Olga,DC=x", "olga's"); !errors.As(err, &stalled) {
		t.Errorf("a server that sends nothing: %v", err)
	}
}

func TestInvalidOptions(t *testing.T) {
	for key, change := range map[string]func(o *Options){
		"url":             func(o *Options) { o.URL = "https://dc" },
		"login":           func(o *Options) { o.Login = "(x=y)" },
		"extension":       func(o *Options) { o.Extension = "a b" },
		"groups[1].group": func(o *Options) { o.Groups[1].DN = "Support" },
	} {
		o := options("ldaps://dc")
		change(&o)
		_, err := New(o)
		var option *remote.OptionError
		if !errors.As(err, &option) || option.Key != key {
			t.Errorf("%s: %v", key, err)
		}
	}
}

func TestDisabledAccounts(t *testing.T) {
	now := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		attribute, value string
		want             bool
	}{
		"enabled in Active Directory":  {"userAccountControl", "66048", false},
		"disabled in Active Directory": {"userAccountControl", "66050", true},
		"never expires":                {"accountExpires", "9223372036854775807", false},
		"never expires, too":           {"accountExpires", "0", false},
		"expired in 2020":              {"accountExpires", "132223104000000000", true},
		"expires in 2030":              {"accountExpires", "135379296000000000", false},
		"locked for good":              {"pwdAccountLockedTime", "000001010000Z", true},
		"locked for a while":           {"pwdAccountLockedTime", "20261129115900Z", false},
		"locked in FreeIPA":            {"nsAccountLock", "TRUE", true},
	} {
		e := ldap.NewEntry("cn=x", attributes{c.attribute: {c.value}})
		if got := disabled(e, now); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestDNsAreComparedAsServersDo(t *testing.T) {
	for _, same := range [][2]string{
		{"CN=Olga,DC=x", "cn=olga, dc=X"},
		{`CN=Petrova\, Olga,DC=x`, `cn=petrova\2c Olga,dc=x`},
		{"CN=Ольга,DC=x", `cn=\d0\9e\d0\bb\d1\8c\d0\b3\d0\b0,dc=x`},
		{"CN=a+UID=b,DC=x", "uid=b+cn=a,dc=x"},
	} {
		if keyOf(same[0]) != keyOf(same[1]) {
			t.Errorf("%s is not %s", same[0], same[1])
		}
	}
	for _, other := range [][2]string{
		{"CN=Olga,DC=x", "CN=Olga,DC=y"}, {`CN=a\,DC=b`, "CN=a,DC=b"}, {"CN=a,CN=b", `CN=a\,CN\=b`},
	} {
		if keyOf(other[0]) == keyOf(other[1]) {
			t.Errorf("%s is %s", other[0], other[1])
		}
	}
}
