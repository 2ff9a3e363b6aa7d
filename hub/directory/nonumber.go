package directory

import (
	"fmt"

	"traybell/shared/phone"
	"traybell/shared/protocol"
)

// noNumbers returns a problem for each number field that has no valid number. The customer is used
// nevertheless.
func noNumbers(c protocol.Customer) (problems []string) {
	for _, field := range []struct{ name, text string }{
		{"phone", c.Phone}, {"mobile", c.Mobile}, {"home phone", c.HomePhone}, {"fax", c.Fax},
	} {
		if !phone.Dialable(field.text) {
			problems = append(problems,
				fmt.Sprintf("%s %.40q is not a phone number: calls do not find this customer by it",
					field.name, field.text))
		}
	}
	return problems
}
