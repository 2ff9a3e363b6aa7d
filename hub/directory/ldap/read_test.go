package ldap

import (
	"fmt"
	"strings"
	"testing"

	"traybell/hub/directory"
	"traybell/hub/ldapserver"
	"traybell/hub/ldapserver/ldaptest"
	"traybell/shared/protocol"

	"github.com/go-ldap/ldap/v3"
)

func read(t *testing.T, o Options) (customers []protocol.Customer, problems []string, err error) {
	t.Helper()
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	err = s.Read(t.Context(), func(c protocol.Customer) { customers = append(customers, c) },
		func(p directory.Problem) { problems = append(problems, p.Text) })
	return customers, problems, err
}

// one returns an entry with one attribute.
func one(dn, attribute string, values ...string) ldaptest.Answer {
	return ldaptest.Answer{Entries: []ldaptest.Entry{{DN: dn, Attributes: map[string][]string{attribute: values}}}}
}

func numbers(from, to int) (list []string) {
	for i := from; i <= to; i++ {
		list = append(list, fmt.Sprintf("+7495%07d", i))
	}
	return list
}

// Attributes with options, in parts, and with values that are not text.
func TestAttributes(t *testing.T) {
	url := ldaptest.Serve(t, func(r ldaptest.Request) ldaptest.Answer {
		if strings.HasPrefix(r.Base, "CN=Many") {
			switch r.Attributes[0] {
			case "otherTelephone;range=1500-*":
				return one(r.Base, "otherTelephone;range=1500-2999", numbers(1500, 2999)...)
			case "otherTelephone;range=3000-*":
				return one(r.Base, "otherTelephone;Range=3000-*", numbers(3000, 3009)...)
			}
			return ldaptest.Answer{Code: ldap.LDAPResultNoSuchAttribute}
		}
		return ldaptest.Answer{Entries: []ldaptest.Entry{
			{DN: `CN=Many\, Numbers,DC=x`, Attributes: map[string][]string{
				"displayName": {"Many, Numbers"}, "otherTelephone": {}, "otherTelephone;range=0-1499": numbers(0, 1499),
			}},
			{DN: "CN=Tagged,DC=x", Attributes: map[string][]string{
				"cn": {"Sokolova"}, "DisplayName;lang-ru": {"Соколова"},
				"telephonenumber;lang-en;x-work": {"+7 903 111-22-33"},
				"telephoneNumber":                {"+7 903 111-22-34"},
				"facsimileTelephoneNumber":       {"+7 903 111-22-35$fineResolution"},
			}},
			{DN: "CN=Binary,DC=x", Attributes: map[string][]string{
				"cn": {"M\xfcller"}, "telephoneNumber;binary": {"\x13\x0c\x00\xff\x01"}, "mobile": {"+7 903 111-22-36"},
			}},
		}}
	})
	customers, problems, err := read(t, Options{Options: ldapserver.Options{URL: url, BaseDN: "DC=x"}})
	if err != nil || len(customers) != 3 {
		t.Fatalf("%+v, %v", customers, err)
	}
	many := strings.Split(customers[0].Phone, "; ")
	if len(many) != 3010 || many[3009] != "+74950003009" || many[1500] != "+74950001500" {
		t.Errorf("%d numbers of an attribute in parts", len(many))
	}
	if c := customers[1]; c.Name != "Соколова" || c.Phone != "+7 903 111-22-34; +7 903 111-22-33" ||
		c.Fax != "+7 903 111-22-35" {
		t.Errorf("options: %+v", c)
	}
	if c := customers[2]; c.Name != "Müller" || c.Phone != "" || c.Mobile != "+7 903 111-22-36" {
		t.Errorf("binary: %+v", c)
	}
	if want := `"CN=Binary,DC=x": attribute telephoneNumber;binary has a binary value`; len(problems) != 1 ||
		!strings.HasPrefix(problems[0], want) {
		t.Errorf("problems %q, want %q", problems, want)
	}
	// An attribute with an option in map is that one alone.
	customers, _, err = read(t, Options{
		Options: ldapserver.Options{URL: url, BaseDN: "DC=x"},
		Map:     map[string]string{"UserPhone": "telephoneNumber;lang-en", "UserMobile": ""},
	})
	if err != nil || customers[1].Phone != "+7 903 111-22-33" {
		t.Errorf("a mapped option: %+v, %v", customers, err)
	}
}

func TestReferrals(t *testing.T) {
	const forest = "ldap://ForestDnsZones.acme.lab/DC=ForestDnsZones,DC=acme,DC=lab"
	url := ldaptest.Serve(t, func(r ldaptest.Request) ldaptest.Answer {
		switch r.Base {
		case "DC=acme,DC=lab":
			a := one("CN=A", "mobile", "+79031112233")
			a.Entries[0].Attributes["cn"], a.Elsewhere = []string{"A"}, []string{forest}
			return a
		case "DC=empty":
			return ldaptest.Answer{Code: ldap.LDAPResultNoSuchObject, Matched: "DC=lab"}
		case "DC=large":
			return ldaptest.Answer{Code: ldap.LDAPResultSizeLimitExceeded}
		}
		return ldaptest.Answer{
			Code:     ldap.LDAPResultReferral,
			Text:     "0000202B: RefErr: DSID-0310082F, data 0, 1 access points\n\tref 1: 'acme.lab'\n",
			Referral: []string{"ldap://acme.lab/DC=other", "ldap://dc2.acme.lab/DC=other"},
		}
	})
	customers, problems, err := read(t, Options{Options: ldapserver.Options{URL: url, BaseDN: "DC=acme,DC=lab"}})
	if err != nil || len(customers) != 1 || len(problems) != 1 || !strings.Contains(problems[0], forest) {
		t.Errorf("a continuation: %+v, %q, %v", customers, problems, err)
	}
	for base, want := range map[string]string{
		"DC=other": "refers to ldap://acme.lab/DC=other or ldap://dc2.acme.lab/DC=other: set url",
		"DC=empty": `this server has "DC=lab", but not the name below it`,
		"DC=large": "its size limit: raise it for anonymous users",
	} {
		_, _, err := read(t, Options{Options: ldapserver.Options{URL: url, BaseDN: base}})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", base, err, want)
		}
	}
}

// An attribute of map that no entry has is a problem of its key.
func TestAttributesThatNoEntryHas(t *testing.T) {
	url := ldaptest.Serve(t, func(ldaptest.Request) ldaptest.Answer {
		return ldaptest.Answer{Entries: []ldaptest.Entry{{DN: "CN=Ivan,DC=x", Attributes: map[string][]string{
			"cn": {"Ivan"}, "telephoneNumber": {"+74951234567"}, "Pager": {"+74951234568"},
		}}}}
	})
	s, err := New(Options{
		Options: ldapserver.Options{URL: url, BaseDN: "DC=x"},
		Map:     map[string]string{"UserPhone": "telephoneNumber, pager", "UserMobile": "mobil"},
	})
	if err != nil {
		t.Fatal(err)
	}
	var found []directory.Problem
	err = s.Read(t.Context(), func(protocol.Customer) {}, func(p directory.Problem) { found = append(found, p) })
	if err != nil || len(found) != 1 || found[0].Key != "map.UserMobile" ||
		!strings.Contains(found[0].Text, `"mobil"`) {
		t.Errorf("%+v, %v", found, err)
	}
}
