package phone

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/nyaruka/phonenumbers"
)

// itemKind is the kind of an item in a stored field.
type itemKind int

const (
	word itemKind = iota // letters
	run                  // digits and grouping
	junk                 // a date, a time
)

// item is a piece of a field.
type item struct {
	kind   itemKind
	text   string
	joined bool // nothing stands between it and the next item
}

// meaning is what a word says about the number next to it.
type meaning int

const (
	anyWord meaning = iota
	labelWord
	extensionWord
)

// extensionWords announce an extension, in the languages of Europe and East Asia.
const extensionWords = `;ext=|extension|extn|ext|xtn|добавочный|добав|доб|внутренний|внутр|вн|доп|durchwahl|dw|` +
	`nebenstelle|nst|interno|int|poste|anexo|ramal|toestel|tst|wewnętrzny|wewn|wew|linka|klapka|mellék|dahili|` +
	`anknytning|alanumero|lokal|дод|内線|分机|转|轉|내선|x|х`

// labelWords name the kind of a number.
var labelWords = func() map[string]bool {
	words := map[string]bool{}
	for text := range strings.FieldsSeq(`tel telefon telephone phone ph t m f mob mobil mobile cell cellular home work
		office business main fax direct private privat gesch geschäftlich dienstlich büro zentrale handy other
		pager and or oder und u y e et ou o od
		т тел телефон телефоны тф ф факс моб мобильный мобила раб рабочий дом домашний гор городской сот сотовый
		секретарь приемная приёмная и или c с до`) {
		words[text] = true
	}
	return words
}()

func (it item) means() meaning {
	text := strings.ToLower(strings.Trim(it.text, ".;:=-#№/() "))
	switch {
	case wholeExtension.MatchString(text):
		return extensionWord
	case text == "" && strings.ContainsAny(it.text, "#№"):
		return extensionWord
	}
	for part := range strings.FieldsFuncSeq(text, func(c rune) bool { return c == '/' || c == '.' || c == '-' }) {
		if !labelWords[part] {
			return anyWord
		}
	}
	return labelWord
}

// labels reports whether all words of a part say that its numbers are phone numbers.
func labels(items []item) bool {
	for _, it := range items {
		if it.kind == word && it.means() == anyWord {
			return false
		}
	}
	return true
}

// joined returns a run with the words that touch it.
func joined(before, it, after item) string {
	text := it.text
	if before.joined && before.kind == word {
		text = before.text + text
	}
	if it.joined && after.kind == word {
		text += after.text
	}
	return text
}

var (
	wholeExtension = regexp.MustCompile(`^(?i:` + extensionWords + `)$`)
	// extensionFirst matches a part that is only an extension.
	extensionFirst = regexp.MustCompile(`(?i)^[\s\p{Zs}(]*(?:` + extensionWords +
		`|#)\pL*[.:=#\s\p{Zs}]*\(?[0-9]{1,8}\)?[\s\p{Zs}]*$`)
	parameter = regexp.MustCompile(`^[a-z-]+=`) // of a URI
	// pause matches a pause in dialling and the extension after it.
	pause = regexp.MustCompile(`(?:,,+[\s\p{Zs}]*|([0-9])[PpWw])([0-9]{1,8})#?[\s\p{Zs}]*$`)
	// listed matches the number of an item in a list that begins with "1." or "1)".
	listed = regexp.MustCompile(`(^|\s)[1-9][.)]\s+([+(0-9])`)

	schemes = map[string]bool{"sip": true, "sips": true, "tel": true, "callto": true}

	dateOrTime = regexp.MustCompile(`^(?:(?:0?[1-9]|[12][0-9]|3[01])([./-])(?:0?[1-9]|1[0-2])[./-](?:19|20)[0-9]{2}` +
		`|(?:19|20)[0-9]{2}[./-](?:0[1-9]|1[0-2])[./-](?:0[1-9]|[12][0-9]|3[01])` +
		`|[0-2]?[0-9]:[0-5][0-9](?::[0-5][0-9])?(?:[-–—][0-2]?[0-9]:[0-5][0-9])?(?:[ap]m)?)$`)

	exponent = regexp.MustCompile(`^\+?([0-9])(?:[.,]([0-9]*))?[eE]\+?([0-9]{1,2})$`)
	decimal  = regexp.MustCompile(`^(\+?[0-9]{6,15})[.,]0+$`)
	letters  = regexp.MustCompile(`^\+?[0-9(][-0-9 ().]*[-. ][A-Z]{3,}[-A-Z0-9 ]*$`)
)

// minExact is the least digits after the point in the exponential form of a number that was not
// rounded. Spreadsheets round to five.
const minExact = 8

// spreadsheet returns the number in a cell that a spreadsheet took for a quantity: 74951234567.0,
// 7.4951234567E+10. It is empty if digits were lost; ok is false for other text.
func spreadsheet(text string) (number string, ok bool) {
	text = strings.TrimFunc(text, blank)
	if found := decimal.FindStringSubmatch(text); found != nil {
		return found[1], true
	}
	found := exponent.FindStringSubmatch(text)
	if found == nil {
		return "", false
	}
	zeros, err := strconv.Atoi(found[3])
	if zeros -= len(found[2]); err != nil || zeros < 0 || len(found[2]) < minExact {
		return "", true
	}
	return found[1] + found[2] + strings.Repeat("0", zeros), true
}

// Rounded reports whether text is a number in exponential form whose last digits are lost.
func Rounded(text string) bool {
	number, ok := spreadsheet(text)
	return ok && number == ""
}

// vanity returns the digits of a number with letters on its keys: 1-800-FLOWERS. It is empty for
// other text.
func vanity(text string) string {
	if !letters.MatchString(text) {
		return ""
	}
	number := phonenumbers.NormalizeDigitsOnly(phonenumbers.ConvertAlphaCharactersInNumber(text))
	if len(number) < 10 || len(number) > 15 {
		return ""
	}
	if strings.HasPrefix(text, "+") {
		number = "+" + number
	}
	return number
}

// scan divides a part of a field into words, runs of digits, and dates and times.
func scan(text string) (items []item) {
	for at := 0; at < len(text); {
		c, width := utf8.DecodeRuneInString(text[at:])
		var it item
		switch length := dateAt(text[at:]); {
		case length > 0 && (at == 0 || strings.ContainsRune(" (", rune(text[at-1]))):
			it = item{kind: junk, text: text[at : at+length]}
		case unicode.IsLetter(c) || c == '№' || c == ';':
			it = item{kind: word, text: text[at : at+wordLength(text[at:])]}
		case startsRun(text[at:]):
			it = item{kind: run, text: text[at : at+runLength(text[at:])]}
		}
		if it.text == "" {
			at += width
			continue
		}
		at += len(it.text)
		next, _ := utf8.DecodeRuneInString(text[at:])
		it.joined = unicode.IsLetter(next) || unicode.IsDigit(next)
		items = append(items, it)
	}
	return items
}

// dateAt returns the length of a date or a time at the start of text.
func dateAt(text string) int {
	if text[0] < '0' || text[0] > '9' {
		return 0
	}
	end := strings.IndexFunc(text, func(c rune) bool { return blank(c) || strings.ContainsRune(",;()", c) })
	if end < 0 {
		end = len(text)
	}
	if !dateOrTime.MatchString(text[:end]) {
		return 0
	}
	return end
}

// dated reports whether a field of digits and grouping has a date.
func dated(field string) bool {
	for token := range strings.FieldsSeq(field) {
		if len(token) == len("2024-03-12") && dateAt(token) > 0 {
			return true
		}
	}
	return false
}

// wordLength returns the length of the word at the start of text, with the punctuation in it and
// after it.
func wordLength(text string) int {
	for at, c := range text {
		if at > 0 && !unicode.IsLetter(c) && !unicode.Is(unicode.Mn, c) && !strings.ContainsRune(`./-'’&=_`, c) {
			return at
		}
	}
	return len(text)
}

// startsRun reports whether text begins with a digit, perhaps after a plus and parentheses.
func startsRun(text string) bool {
	rest := strings.TrimLeft(text, "+([*# ")
	return rest != "" && rest[0] >= '0' && rest[0] <= '9' && (text[0] != ' ')
}

// runLength returns the length of digits and grouping at the start of text. It ends with a digit, a
// parenthesis or a sign of a service code, and before a date.
func runLength(text string) (length int) {
	for at := 0; at < len(text); {
		c, width := utf8.DecodeRuneInString(text[at:])
		switch {
		case c >= '0' && c <= '9':
			if at > 0 && strings.ContainsRune(" (", rune(text[at-1])) && dateAt(text[at:]) > 0 {
				return length
			}
			length = at + 1
		case c == '*' || c == '#' || c == ')' && length > 0:
			length = at + 1
		case at > 0 && withoutCarrier(text[at-1:min(at+2, len(text))]) == "0":
			width = 2
		case c != '+' && !groups(c):
			return length
		}
		at += width
	}
	return length
}
