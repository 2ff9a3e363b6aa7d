// Package numberbook has the section number_book of hub.yml: its keys and checks.
package numberbook

import (
	"fmt"
	"regexp"

	"traybell/hub/config/check"
	"traybell/hub/config/document"
)

// Number is a number of the company's book.
type Number struct {
	Name   string `yaml:"name" jsonschema_description:"Whose number it is, such as Courier service."`
	Number string `yaml:"number" jsonschema_description:"The number as an agent would type it."`
	About  string `yaml:"about" jsonschema_description:"Shown below the name, such as: until 6 pm."`
}

const (
	mostNumbers = 2000
	longest     = 100 // characters of a text
)

// dialable is what an agent may type as a number.
var dialable = regexp.MustCompile(`^[+*#0-9][*#0-9 ().-]{0,40}$`)

// Check checks the section.
func Check(k check.Values, list []Number) {
	if n := len(list); n > mostNumbers {
		k.Complain("number_book", "%d numbers; use at most %d, or a directory", n, mostNumbers)
	}
	for i, n := range list {
		at := fmt.Sprintf("number_book[%d]", i)
		k.Given(at+".name", n.Name)
		if k.Given(at+".number", n.Number) && !dialable.MatchString(n.Number) {
			k.Complain(at+".number", "%s is not a number; use digits, such as +74951234567, 8 800 1234567 or *98",
				document.Quote(n.Number))
		}
		for key, text := range map[string]string{".name": n.Name, ".about": n.About} {
			if count := len([]rune(text)); count > longest {
				k.Complain(at+key, "%d characters; use at most %d", count, longest)
			}
		}
	}
}
