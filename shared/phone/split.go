package phone

import (
	"html"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/nyaruka/phonenumbers"
)

// minStored is the least number of digits of a number among others in a field.
const minStored = 3

// Limits of the parsed text of a field with several numbers, in bytes: of all of it, and of a part
// without separators. Parsing a part takes time by the square of its length.
const (
	maxField = 64 << 10
	maxPart  = 1 << 10
)

// Numbers parses a directory's field that may contain several numbers, as people write them:
// "030/1234567, 0171 1234567", "8-495-123-45-67/68/69", "моб. +7 916 765-43-21 доб. 12". CallerID
// rules are not applied, and Display is empty.
func (r *Reader) Numbers(field string) []Number {
	numbers, _ := r.Split(field)
	return numbers
}

// Split parses a field like Numbers and also returns the parts of its text that are no number:
// dates, times, numbers that a spreadsheet has rounded, text without a number. Words next to a
// number are no such part.
func (r *Reader) Split(field string) (numbers []Number, unused []string) {
	plainReader := *r.Plain()
	plainReader.terse = true
	s := splitter{r: &plainReader}
	if plain(field) && strings.LastIndexByte(field, '+') <= 1 {
		if n := s.r.Read(strings.TrimFunc(field, blank)); n.E164 != "" {
			return []Number{n}, nil
		}
	}
	if len(field) > maxField {
		s.unused = append(s.unused, field[maxField:])
		field = strings.ToValidUTF8(field[:maxField], "")
	}
	for _, part := range s.parts(unquote(digits(html.UnescapeString(field)))) {
		if len(part) > maxPart {
			s.unused = append(s.unused, part)
			continue
		}
		s.part(part)
	}
	return s.numbers, s.unused
}

// Unused returns the parts of a field that Split of any region does not use.
func Unused(field string) []string {
	if plain(field) && !dated(field) {
		return nil
	}
	var anywhere Reader // no region: only the digits count
	_, unused := anywhere.Split(field)
	return unused
}

// splitter collects the numbers of a field.
type splitter struct {
	r       *Reader
	numbers []Number
	unused  []string
	outside bool // a number is no extension
}

// unquote removes the quotes and the signs by which spreadsheets mark text: '0301234567,
// ="0301234567".
func unquote(text string) string {
	text = strings.TrimPrefix(strings.TrimFunc(text, blank), "=")
	if !strings.ContainsAny(text, "<@") {
		text = strings.TrimFunc(text, func(c rune) bool { return blank(c) || strings.ContainsRune(`"'“”„«»`, c) })
	}
	return text
}

// parts splits a field at the characters that are part of no number. Extensions and parameters of
// URIs stay with their number.
func (s *splitter) parts(text string) (parts []string) {
	for line := range strings.FieldsFuncSeq(strings.ReplaceAll(text, ":::", "\n"), func(c rune) bool {
		return strings.ContainsRune("\r\n\t|", c)
	}) {
		if _, ok := spreadsheet(line); ok { // before its comma is taken for a separator
			parts = append(parts, line)
			continue
		}
		first := len(parts)
		line = pause.ReplaceAllString(line, "$1;ext=$2")
		if (strings.HasPrefix(line, "1.") || strings.HasPrefix(line, "1)")) && s.r.Read(line).E164 == "" {
			line = listed.ReplaceAllString(line, ",$2")
		}
		for part := range strings.FieldsFuncSeq(line, func(c rune) bool { return c == ';' || c == ',' }) {
			part = strings.TrimFunc(part, blank)
			switch {
			case part == "":
			case len(parts) > first && (extensionFirst.MatchString(part) || parameter.MatchString(part)):
				parts[len(parts)-1] += ";" + part
			default:
				parts = append(parts, part)
			}
		}
	}
	return parts
}

// part parses text without hard separators.
func (s *splitter) part(text string) {
	text = strings.TrimFunc(text, blank)
	switch exact, ok := spreadsheet(text); {
	case address(text):
		s.add(text, false)
		return
	case strings.Contains(text, "@"): // an e-mail address next to a number
		var others []string
		for _, token := range strings.FieldsFunc(text, blank) {
			if strings.Contains(token, "@") {
				s.unused = append(s.unused, token)
			} else {
				others = append(others, token)
			}
		}
		if text = strings.Join(others, " "); countDigits(text) == 0 {
			return
		}
	case exact != "":
		s.add(exact, false)
		return
	case ok:
		s.unused = append(s.unused, text)
		return
	}
	if spelled := vanity(text); spelled != "" && (s.r.region == "" || s.r.Read(spelled).E164 != "") {
		s.add(spelled, false)
		return
	}
	items := scan(text)
	if name(text, items) {
		s.add(text, false)
		return
	}
	numbers, unused := len(s.numbers), len(s.unused)
	labelled := labels(items)
	for i := range items {
		s.item(items, i, labelled)
	}
	if hasSubstance(text) && !strings.ContainsFunc(text, unicode.IsDigit) && !labelled &&
		len(s.numbers) == numbers && len(s.unused) == unused {
		s.unused = append(s.unused, text)
	}
}

// address reports whether text is one URI, an address of a phone, or a number in angle brackets.
func address(text string) bool {
	scheme, rest, ok := strings.Cut(text, ":")
	if ok && schemes[strings.ToLower(scheme)] && rest != "" && !strings.ContainsFunc(rest[:1], blank) {
		return true
	}
	return strings.Contains(text, "<") || strings.Contains(text, "@") && !strings.ContainsFunc(text, blank)
}

// name reports whether a part is the name of a phone, or one word without a number: alice101.
func name(text string, items []item) bool {
	if len(items) == 0 || items[0].kind != word || strings.ContainsFunc(text, unicode.IsSpace) {
		return false
	}
	return len(items) == 1 || isAccount(text) && countDigits(text) <= maxInternal &&
		(items[0].means() == anyWord || utf8.RuneCountInString(items[0].text) == 1 && items[0].means() == extensionWord)
}

// item uses one item of a part. labelled is what labels returns for the part.
func (s *splitter) item(items []item, i int, labelled bool) {
	it := items[i]
	if it.kind == junk {
		s.unused = append(s.unused, it.text)
	}
	if it.kind != run {
		return
	}
	count := countDigits(it.text)
	var before, after item
	if i > 0 {
		before = items[i-1]
	}
	if i+1 < len(items) {
		after = items[i+1]
	}
	switch {
	case before.kind == word && before.means() == extensionWord && count <= 8 && s.extend(it.text):
	case before.joined && before.kind == word && before.means() == anyWord && count <= maxInternal,
		it.joined && after.kind == word && after.means() != extensionWord &&
			(after.means() == anyWord && count < minForeign || utf8.RuneCountInString(after.text) == 1):
		s.unused = append(s.unused, joined(before, it, after)) // part of a name, or mistyped
	case count < minStored && !strings.ContainsAny(it.text, "*#") && (len(items) > 1 || s.outside):
		s.unused = append(s.unused, it.text)
	case count <= maxInternal && !labelled:
		s.unused = append(s.unused, it.text) // room 305
	default:
		s.run(it.text)
	}
}

// extend makes digits the extension of the last number.
func (s *splitter) extend(text string) bool {
	if len(s.numbers) == 0 {
		return false
	}
	last := &s.numbers[len(s.numbers)-1]
	if last.Extension != "" || last.Kind == Internal {
		return false
	}
	*last = s.r.Read(last.Raw + ";ext=" + phonenumbers.NormalizeDigitsOnly(text))
	return true
}

// add adds a number. With others, one that is not valid alone may have the area code of the line
// before it.
func (s *splitter) add(text string, others bool) {
	n := s.r.Read(text)
	if n.Kind == Withheld {
		return
	}
	if others && n.E164 == "" && digitsOnly(n.Local) && len(n.Local) > maxInternal && s.afterLine() {
		if sibling := s.sibling(n.Local); sibling.E164 != "" {
			n = sibling
		}
	}
	if others && len(n.Local) < minStored && s.outside {
		s.unused = append(s.unused, text)
		return
	}
	s.numbers = append(s.numbers, n)
	s.outside = s.outside || n.Kind != Internal
}

// afterLine reports whether the last number is that of a line, which has an area code.
func (s *splitter) afterLine() bool {
	if len(s.numbers) == 0 {
		return false
	}
	last := valid(s.numbers[len(s.numbers)-1].E164, s.r.region)
	return last != nil && phonenumbers.GetNumberType(last) != phonenumbers.MOBILE
}

// sibling returns the last number with other digits at its end.
func (s *splitter) sibling(end string) Number {
	last := s.numbers[len(s.numbers)-1].Local
	if digits := strings.TrimPrefix(last, "+"); !digitsOnly(digits) || len(end) >= len(digits)-1 {
		return Number{}
	}
	return s.r.Read(last[:len(last)-len(end)] + end)
}

// run parses text of digits and grouping, which may be several numbers.
func (s *splitter) run(text string) {
	text = strings.TrimFunc(text, func(c rune) bool { return blank(c) || strings.ContainsRune("-/.~–—", c) })
	if at := strings.LastIndexByte(text, '+'); at > 1 {
		s.run(strings.TrimRight(text[:at], "( "))
		s.run(text[at:])
		return
	}
	// The extensions of a switchboard: 12345-0 / -12.
	direct := strings.Contains(strings.Join(strings.Fields(text), ""), "/-")
	at := strings.LastIndexByte(text, '-')
	switch {
	case !direct && s.r.Read(text).E164 != "" && !s.several(text, "/"):
		s.add(text, false)
	case strings.Contains(text, "/"):
		s.slashes(strings.Split(text, "/"))
	case s.several(text, " - "), s.several(text, " – "):
		for part := range strings.SplitSeq(strings.ReplaceAll(text, "–", "-"), " - ") {
			s.add(part, false)
		}
	case at > 0 && countDigits(text[at:]) <= maxInternal && s.r.Read(text[:at]).E164 != "":
		s.add(text[:at]+";ext="+phonenumbers.NormalizeDigitsOnly(text[at:]), false)
	default:
		s.blanks(strings.FieldsFunc(strings.ReplaceAll(text, "(", " ("), blank))
	}
}

// several reports whether text is several valid numbers between separators.
func (s *splitter) several(text, separator string) bool {
	parts := strings.Split(text, separator)
	for _, part := range parts {
		if s.r.Read(part).E164 == "" {
			return false
		}
	}
	return len(parts) > 1
}

// slashes parses text with slashes, which stand between an area code and a number, between numbers,
// and before the last digits of a further number.
func (s *splitter) slashes(parts []string) {
	number := parts[0]
	for _, next := range parts[1:] {
		end, dash := strings.TrimFunc(next, blank), strings.LastIndexByte(number, '-')
		if strings.HasPrefix(end, "-") && dash > 0 { // 12345-0/-12
			s.run(number)
			number = number[:dash] + end
			continue
		}
		joined := number + "/" + next
		complete := s.r.Read(number).E164 != ""
		if complete || countDigits(number) > maxInternal && s.r.Read(joined).E164 == "" {
			s.run(number)
			if end := phonenumbers.NormalizeDigitsOnly(next); len(s.numbers) > 0 && s.r.Read(next).E164 == "" &&
				len(end) < countDigits(number) {
				if sibling := s.sibling(end); sibling.E164 != "" || len(end) <= 4 && sibling.Local != "" {
					next = sibling.Local
				}
			}
			number = next
			continue
		}
		number = joined
	}
	if s.r.Read(number).E164 != "" || !strings.Contains(number, "/") {
		s.blanks(strings.FieldsFunc(number, blank))
		return
	}
	s.add(number, true)
}

// blanks parses groups of digits between blanks: one number, or several valid ones.
func (s *splitter) blanks(groups []string) {
	all := strings.Join(groups, " ")
	if len(groups) > 1 && len(groups) <= 24 && s.r.Read(all).E164 == "" {
		starts := []int{0}
		for i, group := range groups[1:] {
			if bare := strings.Trim(group, "()"); s.r.trunked(bare) || strings.HasPrefix(bare, "00") {
				starts = append(starts, i+1)
			}
		}
		var numbers []string
		for i, from := range starts {
			to := len(groups)
			if i+1 < len(starts) {
				to = starts[i+1]
			}
			numbers = append(numbers, strings.Join(groups[from:to], " "))
		}
		long := true
		for _, group := range groups {
			long = long && countDigits(group) > maxInternal
		}
		switch segments := s.segments(groups); {
		case len(numbers) > 1 && s.several(strings.Join(numbers, "|"), "|"):
		case len(segments) > 1:
			numbers = segments
		case long:
			numbers = groups
		default:
			numbers = []string{all}
		}
		for _, number := range numbers {
			s.add(number, true)
		}
		return
	}
	s.add(all, true)
}

// segments divides groups into valid numbers; nil: it cannot be done.
func (s *splitter) segments(groups []string) []string {
	failed := make([]bool, len(groups)+1)
	var from func(start int) []string
	from = func(start int) []string {
		if start == len(groups) {
			return []string{}
		}
		if failed[start] {
			return nil
		}
		for end := start + 1; end <= len(groups); end++ {
			number := strings.Join(groups[start:end], " ")
			if countDigits(number) <= maxInternal || s.r.Read(number).E164 == "" {
				continue
			}
			if rest := from(end); rest != nil {
				return append([]string{number}, rest...)
			}
		}
		failed[start] = true
		return nil
	}
	return from(0)
}
