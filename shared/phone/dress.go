package phone

import (
	"net/url"
	"regexp"
	"strings"
	"unicode"

	"github.com/nyaruka/phonenumbers"
)

// undress removes what surrounds a number: "Name" <…>, a SIP or tel URI (RFC 3261 19.1, RFC 3966).
// Grouping and an extension remain.
func undress(raw string) string {
	text := strings.TrimFunc(digits(raw), blank)
	if open := strings.LastIndexByte(text, '<'); open >= 0 {
		if end := strings.IndexByte(text[open:], '>'); end > 0 {
			text = strings.TrimFunc(text[open+1:open+end], blank)
		}
	}
	scheme := ""
	if name, rest, ok := strings.Cut(text, ":"); ok {
		switch name = strings.ToLower(name); name {
		case "sip", "sips", "tel", "callto":
			scheme, text = name, strings.TrimPrefix(rest, "//")
		}
	}
	// The host starts at the first @: the user part cannot contain an unescaped one.
	if at := strings.IndexByte(text, '@'); at >= 0 {
		text = text[:at]
		if user, _, ok := strings.Cut(text, ":"); ok && scheme != "" {
			text = user // remove a password
		}
		if scheme == "" {
			scheme = "sip"
		}
	}
	if scheme == "" {
		return text
	}
	text, parameters, _ := strings.Cut(text, ";")
	if plain, err := url.PathUnescape(text); err == nil {
		text = plain
	}
	text = strings.TrimFunc(text, blank)
	for parameter := range strings.SplitSeq(parameters, ";") {
		name, value, _ := strings.Cut(parameter, "=")
		switch strings.ToLower(name) {
		case "phone-context":
			if strings.HasPrefix(value, "+") && !strings.HasPrefix(text, "+") && internal(compact(text)) == "" {
				text = value + text
			}
		case "ext":
			text += ";ext=" + value
		}
	}
	return text
}

// extensionSuffix matches an extension at the end of a number. The words are English, Russian,
// German and Italian; # and x are signs for an extension, and two commas are a dialling pause.
var extensionSuffix = regexp.MustCompile(`(?i)[\s\p{Zs},;.(]*(?:` +
	`(?:;ext=|extension|extn|ext|добавочный|доб|внутренний|внутр|вн|доп|durchwahl|dw|nebenstelle|nst|` +
	`interno|int|x|х|#|\*)[.:]*[\s\p{Zs}]*[#№]?` +
	`|,,+)[\s\p{Zs}]*\(?([0-9]{1,8})\)?[\s\p{Zs}#]*$`)

// cutExtension cuts the extension off a number that is long enough to have one: #12 and x12 alone
// are something else.
func cutExtension(text string) (number, extension string) {
	if !strings.ContainsFunc(text, func(c rune) bool {
		return c == '#' || c == '*' || c == ';' || c == ',' || unicode.IsLetter(c)
	}) {
		return text, ""
	}
	found := extensionSuffix.FindStringSubmatchIndex(text)
	if found == nil || countDigits(text[:found[0]]) <= maxInternal || strings.ContainsFunc(text[:found[0]],
		unicode.IsLetter) {
		return text, ""
	}
	return text[:found[0]], text[found[2]:found[3]]
}

// switchboard reports whether a number ends in "-0".
func switchboard(text string) bool {
	text, zero := strings.CutSuffix(text, "0")
	text = strings.TrimRight(text, " ")
	return zero && (strings.HasSuffix(text, "-") || strings.HasSuffix(text, "–"))
}

// withoutCarrier removes what stands for a carrier's code in Brazil: (0xx11) 3234-5678.
func withoutCarrier(text string) string {
	if at := strings.IndexAny(text, "xX"); at > 0 && text[at-1] == '0' && len(text) > at+1 && text[at] == text[at+1] {
		return text[:at] + text[at+2:]
	}
	return text
}

// compact removes grouping characters from a number. Text with other characters is a name and is
// returned as it is.
func compact(text string) string {
	dialled := withoutCarrier(text)
	// "+49 (0)30 123456": this zero is for domestic calls only. Italian zeros belong to the number.
	if strings.HasPrefix(text, "+") && !strings.HasPrefix(text, "+39") {
		dialled = strings.Replace(dialled, "(0)", "", 1)
	}
	var out strings.Builder
	for _, c := range dialled {
		switch {
		case c >= '0' && c <= '9' || c == '+' || c == '*' || c == '#':
			out.WriteRune(c)
		case !groups(c):
			return text
		}
	}
	if number := strings.TrimRight(out.String(), "#"); number != "" { // a final # ends dialling
		return number
	}
	return out.String()
}

// digits converts full-width and Arabic digits and the full-width plus to ASCII. Invalid UTF-8
// becomes U+FFFD.
func digits(text string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c < 128:
			return c
		case c == '\uFF0B':
			return '+'
		case unicode.IsDigit(c):
			if plain := phonenumbers.NormalizeDigitsOnly(string(c)); len(plain) == 1 {
				return rune(plain[0])
			}
		}
		return c
	}, text)
}

// groups reports whether a character is used between digits, or gets copied along with a number
// from a page.
func groups(c rune) bool {
	switch c {
	case '(', ')', '[', ']', '.', '/', '_', '~', '\'', '`', '·', '\u2212':
		return true
	}
	return unicode.Is(unicode.Pd, c) || blank(c)
}

// blank reports whether a character is a space or has no width: direction marks, soft hyphens,
// zero-width spaces.
func blank(c rune) bool { return unicode.IsSpace(c) || unicode.Is(unicode.Cf, c) }

// hasSubstance reports whether text has a letter or a digit. A single hyphen is no number.
func hasSubstance(text string) bool {
	return strings.ContainsFunc(text, func(c rune) bool {
		return unicode.IsLetter(c) || unicode.IsDigit(c) || c == '*' || c == '#'
	})
}

func digitsOnly(text string) bool { return text != "" && strings.Trim(text, "0123456789") == "" }

func countDigits(text string) int {
	count := 0
	for _, c := range text {
		if c >= '0' && c <= '9' {
			count++
		}
	}
	return count
}
