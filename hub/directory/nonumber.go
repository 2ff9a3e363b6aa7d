package directory

import (
	"fmt"

	"traybell/shared/phone"
	"traybell/shared/protocol"
)

// noNumbers tells which of a customer's fields for numbers have something in them that is none. The
// customer is used all the same.
func noNumbers(c protocol.Customer) (told []string) {
	for _, field := range []struct{ name, text string }{
		{"phone", c.Phone}, {"mobile", c.Mobile}, {"home phone", c.HomePhone}, {"fax", c.Fax},
	} {
		if !phone.Dialable(field.text) {
			told = append(told,
				fmt.Sprintf("%s %.40q is no number that can be dialled: calls do not find this customer by it",
					field.name, field.text))
		}
	}
	return told
}
