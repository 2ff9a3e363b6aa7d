package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"traybell/hub/config/document"
)

var (
	endpoints       = regexp.MustCompile(`^[A-Za-z0-9._*?@:+#/-]+$`)
	dialplanPattern = regexp.MustCompile(`^_[0-9XxZzNn]+[.!]?$`)
)

// endpoints checks what a PBX says about its endpoints.
func (k checker) endpoints(at string, p PBX) {
	seen := map[string]string{} // key by entry
	for _, list := range []struct {
		key     string
		entries []string
	}{{"trunks", p.Trunks}, {"extensions", p.Extensions}} {
		for i, entry := range list.entries {
			each := fmt.Sprintf("%s.%s[%d]", at, list.key, i)
			if wrong := wrongEndpoint(entry); wrong != "" {
				k.Complain(each, "%s", wrong)
				continue
			}
			switch before := seen[entry]; before {
			case "":
			case list.key:
				k.Complain(each, "%s is in this list twice", document.Quote(entry))
			default:
				k.Complain(each, "%s is in %s, too; remove it from one of the lists", document.Quote(entry), before)
			}
			seen[entry] = list.key
			owner := slices.IndexFunc(k.c.Agents, func(a Agent) bool { return slices.Contains(a.Extensions, entry) })
			if list.key == "trunks" && owner >= 0 {
				k.Warn(each,
					"%s is also an extension of %s: on this PBX it counts as a trunk, and %s gets no popup for it",
					document.Quote(entry), document.Quote(k.c.Agents[owner].Login), k.c.Agents[owner].Login)
			}
		}
	}
}

// wrongEndpoint returns what is wrong with an entry of trunks or extensions, and how to fix it.
func wrongEndpoint(entry string) string {
	technology, name, ok := strings.Cut(entry, "/")
	switch {
	case entry == "":
		return "the entry is empty; write the endpoint's name, such as 701, or a pattern, such as \"trunk-*\""
	case dialplanPattern.MatchString(entry):
		return document.Quote(entry) +
			" is a dialplan pattern; write x for each digit, without the underscore, such as \"7xx\""
	case !endpoints.MatchString(entry):
		return document.Quote(entry) +
			" is neither a name nor a pattern of endpoints; use letters, digits and . _ - @ : + # /, " +
			"with * for any text, ? for one character, and x for each digit in a number such as \"7xx\""
	case ok && (technology == "" || name == ""):
		return document.Quote(entry) + " is incomplete; write technology/name, such as IAX2/provider, or the name alone"
	}
	return ""
}
