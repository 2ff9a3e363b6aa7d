package config

import (
	"fmt"
	"strings"
	"unicode"

	"traybell/hub/config/document"
)

// Blocking limits what agents may block.
type Blocking struct {
	Protected []string `yaml:"protected" jsonschema_description:"Never blocked: numbers in any form, patterns such as _2XXXXX, and customers' logins."`
}

func (k checker) blocking() {
	for i, entry := range k.c.Blocking.Protected {
		at := fmt.Sprintf("blocking.protected[%d]", i)
		switch {
		case !k.Given(at, entry):
		case entry == "*":
			k.Complain(at,
				"\"*\" would protect all numbers; to turn blocking off, remove the right block from all agents")
		case strings.HasPrefix(entry, "_"):
			k.Called(at, entry)
		case strings.ContainsFunc(entry, unicode.IsControl):
			k.Complain(at, "%s is neither a number nor a customer's login", document.Quote(entry))
		}
	}
}
