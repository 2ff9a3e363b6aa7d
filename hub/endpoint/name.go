package endpoint

import "strings"

// Name is an endpoint as it is part of the names of its channels.
type Name struct {
	Technology string // "PJSIP"
	Endpoint   string // "101"
}

func (n Name) String() string { return n.Technology + "/" + n.Endpoint }

// internalTechnologies are those of channels that Asterisk creates internally.
var internalTechnologies = map[string]bool{
	"Local": true, "Surrogate": true, "AsyncGoto": true, "Message": true, "Snoop": true, "UnicastRTP": true,
	"Announcer": true, "Recorder": true,
	"Bridge": true, "CBAnn": true, "CBRec": true, "Parked": true, "MulticastRTP": true, "AudioSocket": true,
	"WebSocket": true, "Multicast": true,
}

// Of returns the endpoint in a channel's name. ok is false for internal channels, such as Local.
func Of(channel string) (n Name, ok bool) {
	technology, rest, ok := strings.Cut(channel, "/")
	if !ok || rest == "" || internalTechnologies[technology] {
		return Name{}, false
	}
	n = Name{Technology: technology, Endpoint: rest}
	switch technology {
	case "DAHDI", "Zap":
		if strings.HasPrefix(rest, "pseudo") { // of a conference
			return Name{}, false
		}
		fallthrough
	case "CAPI", "SS7": // "i1/79161234567-1": the number differs from call to call
		n.Endpoint, _, ok = strings.Cut(rest, "/")
		if ok {
			return n, true
		}
	}
	if i := strings.LastIndexByte(rest, '-'); i > 0 && i < len(rest)-1 && isSuffix(rest[i+1:]) {
		n.Endpoint = rest[:i]
	}
	return n, true
}

// longestSuffix is that of GSM modems: two digits and eight hexadecimal ones.
const longestSuffix = 10

// isSuffix reports whether s is the number at the end of a channel's name: eight hexadecimal digits
// for SIP, whose names may contain "-", fewer for IAX2 and DAHDI, "u12" for mISDN.
func isSuffix(s string) bool {
	if s[0] == 'u' && len(s) > 1 {
		return isDigits(s[1:])
	}
	if len(s) > longestSuffix || len(s) > 8 && !isDigits(s[:2]) {
		return false
	}
	for _, c := range []byte(s) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

func isDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// isNumber reports whether s is a telephone number, not a name.
func isNumber(s string) bool { return isDigits(strings.TrimPrefix(s, "+")) }

// shaped reports whether a name looks like an extension: two to six digits.
func shaped(name string) bool { return len(name) >= 2 && len(name) <= 6 && isDigits(name) }

// own reports whether a number is the endpoint's name, or a part of it: "101" of "101-tenant", but
// not of "trunk-101".
func own(endpoint, number string) (own bool) {
	if endpoint == number {
		return number != ""
	}
	if len(number) < 2 || !isDigits(number) || !strings.Contains(endpoint, number) {
		return false
	}
	for part := range strings.FieldsFuncSeq(endpoint, func(r rune) bool {
		return strings.ContainsRune("-_.@:", r)
	}) {
		if outside[part] || fromOutside[part] {
			return false
		}
		own = own || part == number
	}
	return own
}
