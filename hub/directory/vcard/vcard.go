// Package vcard reads customers from vCards of the versions 2.1, 3.0 (RFC 2426) and 4.0 (RFC 6350),
// of files and of CardDAV. Libraries lack version 2.1, with which phones and Outlook export, and do
// not say where in a file they skip something.
package vcard

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"mime/quotedprintable"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"traybell/hub/charset"
	"traybell/hub/directory"
	"traybell/hub/directory/contact"
	"traybell/shared/protocol"
)

const (
	maxLine = 1 << 20  // bytes of a physical line
	maxCard = 16 << 20 // bytes of a property with its continuations: photos are large
	maxUsed = 1 << 20  // bytes of a card's properties that are used
)

// Properties are the properties that Read uses, for servers that can leave out the others.
func Properties() []string {
	return []string{"VERSION", "UID", "KIND", "FN", "N", "NICKNAME", "ORG", "EMAIL", "TEL", "ADR"}
}

// Read is the directory.Format of files with vCards.
func Read(ctx context.Context, text io.Reader, add func(protocol.Customer), problem func(directory.Problem)) error {
	lines := bufio.NewScanner(text)
	lines.Buffer(make([]byte, 0, 64<<10), maxLine)
	r := reader{lines: lines, problem: problem}
	cards := 0
	for {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		c, err := r.card()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		cards++
		customer, problems, used := c.customer()
		for _, text := range problems {
			problem(directory.Problem{Line: c.line, Text: text})
		}
		if used {
			add(customer)
		}
	}
	if cards == 0 {
		return errors.New("the file has no vCard (BEGIN:VCARD … END:VCARD)")
	}
	return nil
}

// card has the properties of a vCard.
type card struct {
	line       int
	properties []property
}

// property is a line such as item1.TEL;TYPE=cell:+7 916 123-45-67.
type property struct {
	name   string              // upper case, without the group
	params map[string][]string // upper case names, lower case values; TYPE also has those without a name
	value  string
}

func (p property) is(kind string) bool { return slices.Contains(p.params["TYPE"], kind) }

// reader splits text into cards.
type reader struct {
	lines   *bufio.Scanner
	number  int     // of the last line
	next    *string // the line after, already read
	problem func(directory.Problem)
}

// line returns the next physical line.
func (r *reader) line() (string, bool) {
	if r.next != nil {
		text := *r.next
		r.next = nil
		r.number++
		return text, true
	}
	if !r.lines.Scan() {
		return "", false
	}
	r.number++
	return r.lines.Text(), true
}

func (r *reader) peek() (string, bool) {
	if r.next == nil {
		if !r.lines.Scan() {
			return "", false
		}
		text := r.lines.Text()
		r.next = &text
	}
	return *r.next, true
}

// logical returns the next line with its continuations: lines that begin with a blank, and, of a
// quoted-printable value, the line after a = at the end.
func (r *reader) logical() (text string, line int, err error) {
	text, ok := r.line()
	line = r.number
	if !ok {
		if err := r.lines.Err(); err != nil {
			return "", line, fmt.Errorf("line %d: %w: this is not a vCard file", r.number+1, err)
		}
		return "", line, io.EOF
	}
	var out strings.Builder
	out.WriteString(text)
	head, _, _ := strings.Cut(strings.ToUpper(text), ":")
	soft := strings.Contains(head, "QUOTED-PRINTABLE")
	last := text
	for out.Len() < maxCard {
		more, ok := r.peek()
		if !ok {
			break
		}
		switch {
		case soft && strings.HasSuffix(last, "="):
			out.WriteString("\r\n" + more)
		case more != "" && (more[0] == ' ' || more[0] == '\t'):
			out.WriteString(more[1:])
		default:
			return out.String(), line, nil
		}
		last, _ = r.line()
	}
	return out.String(), line, nil
}

// card returns the next card, io.EOF after the last one. Text between cards, and cards within cards
// (AGENT), are ignored.
func (r *reader) card() (*card, error) {
	var c *card
	depth, used := 0, 0
	binary := false // the property before is base64, whose lines some phones do not indent
	for {
		text, line, err := r.logical()
		if errors.Is(err, io.EOF) && c != nil {
			r.problem(directory.Problem{Line: c.line, Text: "the vCard has no END:VCARD; is the file complete?"})
			return c, nil
		}
		if err != nil {
			return nil, err
		}
		switch key := strings.ToUpper(strings.ReplaceAll(text, " ", "")); {
		case key == "BEGIN:VCARD" && c == nil:
			c = &card{line: line}
		case key == "BEGIN:VCARD":
			depth++
		case c == nil:
		case key == "END:VCARD" && depth == 0:
			return c, nil
		case key == "END:VCARD":
			depth--
		case depth > 0 || strings.TrimSpace(text) == "":
		default:
			p, ok := parse(text)
			if !ok {
				if !binary {
					r.problem(directory.Problem{
						Line: line, Text: fmt.Sprintf("%.40q is not a property (NAME:value) and is not used", text),
					})
				}
				continue
			}
			binary = slices.Contains(p.params["ENCODING"], "base64") || slices.Contains(p.params["ENCODING"], "b")
			if slices.Contains(Properties(), p.name) {
				if used += len(text); used > maxUsed {
					return nil, fmt.Errorf("line %d: the vCard from line %d does not end within %d bytes of names, "+
						"numbers and addresses; is an END:VCARD missing?", line, c.line, maxUsed)
				}
				c.properties = append(c.properties, p)
			}
		}
	}
}

// parse reads a logical line.
func parse(text string) (p property, ok bool) {
	head, value, ok := cut(text, ':')
	if !ok {
		return p, false
	}
	p.params = map[string][]string{}
	for i := 0; ; i++ {
		part, rest, more := cut(head, ';')
		name, values, named := strings.Cut(part, "=")
		name = strings.ToUpper(strings.TrimSpace(name))
		switch {
		case i == 0:
			p.name = name[strings.LastIndexByte(name, '.')+1:]
		case !named && slices.Contains([]string{"QUOTED-PRINTABLE", "BASE64", "8BIT", "7BIT"}, name): // 2.1
			p.params["ENCODING"] = []string{strings.ToLower(name)}
		case !named: // 2.1
			p.params["TYPE"] = append(p.params["TYPE"], strings.ToLower(name))
		default:
			for v := range strings.SplitSeq(strings.Trim(strings.ToLower(values), `"`), ",") {
				p.params[name] = append(p.params[name], strings.Trim(v, ` "`))
			}
		}
		if !more {
			break
		}
		head = rest
	}
	p.value = value
	if slices.Contains(p.params["ENCODING"], "quoted-printable") {
		p.value = printable(value, cmp.Or(append(p.params["CHARSET"], "")...))
	}
	return p, p.name != ""
}

// printable decodes a quoted-printable value. What is invalid stays as it is.
func printable(value, encoding string) string {
	raw, err := io.ReadAll(quotedprintable.NewReader(strings.NewReader(value)))
	if err != nil && len(raw) == 0 {
		return value
	}
	if charset.Known(encoding) != nil {
		encoding = charset.Auto
	}
	text, _, err := charset.Decode(raw, encoding)
	if err != nil {
		return value
	}
	return text
}

// cut cuts text at a character outside of quotes.
func cut(text string, at rune) (before, after string, found bool) {
	quoted := false
	for i, c := range text {
		switch {
		case c == '"':
			quoted = !quoted
		case c == at && !quoted:
			return text[:i], text[i+1:], true
		}
	}
	if i := strings.IndexRune(text, at); quoted && i >= 0 { // an odd quote
		return text[:i], text[i+1:], true
	}
	return text, "", false
}

// parts splits a structured value and removes the escapes (RFC 6350, 3.4).
func parts(value string) (out []string) {
	var part strings.Builder
	escaped := false
	for _, c := range value {
		switch {
		case escaped && (c == 'n' || c == 'N'):
			part.WriteByte('\n')
		case escaped:
			part.WriteRune(c)
		case c == '\\':
			escaped = true
			continue
		case c == ';':
			out = append(out, strings.TrimSpace(part.String()))
			part.Reset()
		default:
			part.WriteRune(c)
		}
		escaped = false
	}
	return append(out, strings.TrimSpace(part.String()))
}

// plain returns a value without structure and escapes.
func plain(value string) string { return strings.TrimSpace(strings.Join(parts(value), ";")) }

// part returns a part of a structured value; empty if there are fewer.
func part(list []string, i int) string {
	if i < len(list) {
		return list[i]
	}
	return ""
}

// customer returns the customer of a card and what cannot be used of it. used is false for a group
// and for a card without a name.
func (c *card) customer() (who protocol.Customer, problems []string, used bool) {
	preferred := slices.Clone(c.properties)
	slices.SortStableFunc(preferred, func(a, b property) int { return cmp.Compare(a.rank(), b.rank()) })
	var name, nick, zip, country string
	for _, p := range preferred {
		list := parts(p.value)
		switch p.name {
		case "KIND":
			if strings.EqualFold(list[0], "group") {
				return who, nil, false
			}
		case "FN":
			who.Name = cmp.Or(who.Name, plain(p.value))
		case "N": // family; given; additional
			name = cmp.Or(name, contact.Join(" ", part(list, 1), part(list, 2), part(list, 0)))
		case "NICKNAME":
			nick = cmp.Or(nick, plain(p.value))
		case "ORG":
			who.Company = cmp.Or(who.Company, list[0])
		case "EMAIL":
			who.Email = cmp.Or(who.Email, strings.TrimPrefix(plain(p.value), "mailto:"))
		case "TEL":
			contact.AddNumber(&who, p.number(), dial(plain(p.value)))
		case "ADR": // box; extended; street; city; region; code; country
			if who.Street == "" && who.City == "" {
				who.Street, who.City = oneLine(part(list, 2)), part(list, 3)
				zip, country = part(list, 5), part(list, 6)
			}
		}
	}
	who.Name = cmp.Or(who.Name, name)
	if who.Name == "" && who.Company == "" {
		who.Name = nick
	}
	who, reason := contact.Complete(who, zip, country)
	if reason != "" {
		return who, []string{"the vCard has neither a name (FN, N) nor a company (ORG) nor an e-mail address"}, false
	}
	return who, contact.NoNumbers(who), true
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// rank orders properties by preference: PREF=1 to 100, those without it last.
func (p property) rank() int {
	if p.is("pref") { // 3.0
		return 1
	}
	if list := p.params["PREF"]; len(list) > 0 {
		if n, err := strconv.Atoi(list[0]); err == nil {
			return n
		}
	}
	return 101
}

// number returns the kind of a telephone number.
func (p property) number() contact.Column {
	switch {
	case p.is("pager") || p.is("textphone"):
		return contact.Unused
	case p.is("fax"):
		return contact.Fax
	case p.is("cell") || p.is("iphone") || p.is("mobile"):
		return contact.Mobile
	case p.is("home"):
		return contact.Home
	}
	return contact.Phone
}

// dial returns the number of a tel: URI (RFC 3966), other values as they are.
func dial(value string) string {
	if len(value) < 4 || !strings.EqualFold(value[:4], "tel:") {
		return value
	}
	text, err := url.PathUnescape(value[4:])
	if err != nil {
		text = value[4:]
	}
	number, params, _ := strings.Cut(text, ";")
	extension := ""
	for param := range strings.SplitSeq(params, ";") {
		key, v, _ := strings.Cut(param, "=")
		switch strings.ToLower(key) {
		case "ext":
			extension = " ext. " + v
		case "phone-context":
			if strings.HasPrefix(v, "+") {
				number = v + number
			}
		}
	}
	return number + extension
}
