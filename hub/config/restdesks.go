package config

import (
	"fmt"
	"strings"

	"traybell/hub/config/document"
)

// RTHelpDesk has the keys of Request Tracker alone: none.
type RTHelpDesk struct{}

// RedmineHelpDesk has the keys of Redmine.
type RedmineHelpDesk struct {
	CustomerField string   `yaml:"customer_field" jsonschema_description:"Custom field of issues for the customer's login, by which open issues are found; empty: none."`
	PhoneFields   []string `yaml:"phone_fields" jsonschema_description:"Custom fields of users that hold their numbers, for a directory of type help_desk. Default: Phone."`
	Activity      string   `yaml:"activity" jsonschema_description:"Activity of talk times. Default: Redmine's default activity, or the first."`
}

func (*RTHelpDesk) check(k deskChecker) { k.token() }

func (r *RedmineHelpDesk) check(k deskChecker) {
	k.token()
	if len(r.PhoneFields) == 0 {
		r.PhoneFields = []string{"Phone"}
	}
	for i, name := range r.PhoneFields {
		k.Given(fmt.Sprintf("%s.phone_fields[%d]", k.at, i), name)
	}
}

// token checks the keys of help desks with a token and custom fields.
func (k deskChecker) token() {
	k.needsToken()
	server := k.Server
	k.Given(k.at+".custom_fields.call", server.CustomFields.Call)
	for key, name := range map[string]string{"call": server.CustomFields.Call, "number": server.CustomFields.Number} {
		if strings.ContainsAny(name, "{}'\"\\") {
			k.Complain(k.at+".custom_fields."+key, "%s is not the name of a custom field; rename the field "+
				"without quotes and braces", document.Quote(name))
		}
	}
}
