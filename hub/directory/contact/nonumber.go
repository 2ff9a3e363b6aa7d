package contact

import (
	"fmt"

	"traybell/shared/phone"
	"traybell/shared/protocol"
)

// NoNumbers returns a problem for each number field that has no valid number, and for each part of
// a field that is not used. The customer is used nevertheless.
func NoNumbers(c protocol.Customer) (problems []string) {
	for _, field := range []struct{ name, text string }{
		{"phone", c.Phone}, {"mobile", c.Mobile}, {"home phone", c.HomePhone}, {"fax", c.Fax},
	} {
		if !phone.Dialable(field.text) {
			problems = append(problems,
				fmt.Sprintf("%s %.40q is not a phone number: calls do not find this customer by it%s",
					field.name, field.text, advice(field.text)))
			continue
		}
		for _, part := range phone.Unused(field.text) {
			problems = append(problems, fmt.Sprintf("%s %.80q: %.40q is not a phone number and is not used%s",
				field.name, field.text, part, advice(part)))
		}
	}
	return problems
}

func advice(text string) string {
	if phone.Rounded(text) {
		return "; a spreadsheet has rounded it, enter it again in a column formatted as text"
	}
	return ""
}
