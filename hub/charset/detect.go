package charset

import (
	"bytes"
	"slices"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

const (
	maxWords = 4000 // different words that are compared
	maxWord  = 40   // bytes
	// a file in UTF-8 may have one invalid byte in so many characters: a cut text in one field
	mostlyUTF8 = 20
)

// Detector recognises the encoding of the bytes that are written to it. Marks and zero bytes tell
// UTF-16, valid sequences UTF-8. Otherwise the words with bytes above 127 are read in every
// encoding; the one in which they look most like words of a language wins: its letters, upper case
// at the beginning or throughout, one script per word.
type Detector struct {
	head     []byte // the first bytes
	rest     []byte // an incomplete UTF-8 sequence at the end of a chunk
	total    int
	zeros    [2]int // at even and odd offsets
	multi    int    // valid sequences of several bytes
	invalid  int    // bytes that are not UTF-8
	word     []byte
	words    map[string]int
	overlong bool // the current word is too long
}

// Write adds bytes. It never fails.
func (d *Detector) Write(p []byte) (int, error) {
	if missing := 4 - len(d.head); missing > 0 {
		d.head = append(d.head, p[:min(missing, len(p))]...)
	}
	for i, b := range p {
		if b == 0 {
			d.zeros[(d.total+i)%2]++
		}
		d.addToWord(b)
	}
	d.total += len(p)

	text := slices.Concat(d.rest, p)
	cut := incomplete(text)
	d.rest = bytes.Clone(text[len(text)-cut:])
	for text = text[:len(text)-cut]; len(text) > 0; {
		r, size := utf8.DecodeRune(text)
		switch {
		case r == utf8.RuneError && size == 1:
			d.invalid++
		case size > 1:
			d.multi++
		}
		text = text[size:]
	}
	return len(p), nil
}

func (d *Detector) addToWord(b byte) {
	if b >= 0x80 || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' {
		if d.overlong = d.overlong || len(d.word) == maxWord; !d.overlong {
			d.word = append(d.word, b)
		}
		return
	}
	if len(d.word) > 0 && !d.overlong && bytes.ContainsFunc(d.word, func(r rune) bool { return r >= 0x80 }) {
		if d.words == nil {
			d.words = map[string]int{}
		}
		if _, known := d.words[string(d.word)]; known || len(d.words) < maxWords {
			d.words[string(d.word)]++
		}
	}
	d.word, d.overlong = d.word[:0], false
}

// Name returns the encoding of what was written.
func (d *Detector) Name() string {
	switch {
	case bytes.HasPrefix(d.head, []byte{0xff, 0xfe}):
		return "utf-16le"
	case bytes.HasPrefix(d.head, []byte{0xfe, 0xff}):
		return "utf-16be"
	case bytes.HasPrefix(d.head, []byte(mark)):
		return "utf-8"
	}
	// Separators, digits and line breaks have a zero byte in UTF-16, and only there.
	switch even, odd := d.zeros[0], d.zeros[1]; {
	case odd > d.total/20 && odd > 8*even:
		return "utf-16le"
	case even > d.total/20 && even > 8*odd:
		return "utf-16be"
	}
	if invalid := d.invalid + len(d.rest); invalid == 0 || d.multi > mostlyUTF8*invalid {
		return "utf-8"
	}
	d.addToWord(' ')
	best, most := "windows-1252", -1<<62
	for _, c := range candidates {
		sum := 0
		for word, times := range d.words {
			sum += c.score(word) * min(times, 3)
		}
		if sum > most {
			best, most = c.name, sum
		}
	}
	return best
}

// candidate is an encoding with the letters of a language, the most frequent ones first.
type candidate struct {
	name    string
	table   *charmap.Charmap
	letters map[rune]int // what a letter counts for
}

func newCandidate(name string, table *charmap.Charmap, letters string) candidate {
	c := candidate{name, table, map[rune]int{}}
	all := []rune(letters)
	for i, r := range all {
		worth := 10 - 7*i/len(all)
		c.letters[r], c.letters[unicode.ToUpper(r)] = worth, worth
	}
	return c
}

const cyrillicLetters = "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъёіїєґўјљњћђџ"

// candidates has the encodings and languages; the first of equally good ones wins.
var candidates = []candidate{
	newCandidate("windows-1251", charmap.Windows1251, cyrillicLetters),
	newCandidate("koi8-r", charmap.KOI8R, cyrillicLetters),
	newCandidate("koi8-u", charmap.KOI8U, cyrillicLetters),
	newCandidate("ibm866", charmap.CodePage866, cyrillicLetters),
	newCandidate("windows-1252", charmap.Windows1252, "äöüß"),
	newCandidate("windows-1252", charmap.Windows1252, "éèàçêëôîïâûùœüÿæ"),
	newCandidate("windows-1252", charmap.Windows1252, "ñáéíóúüºª"),
	newCandidate("windows-1252", charmap.Windows1252, "ãçáéíóõâêúôàºª"),
	newCandidate("windows-1252", charmap.Windows1252, "àòùèìé"),
	newCandidate("windows-1252", charmap.Windows1252, "øåæäöéü"),
	newCandidate("windows-1252", charmap.Windows1252, "áíéðóþæöúý"),
	newCandidate("windows-1250", charmap.Windows1250, "łąęóżśćńź"),
	newCandidate("windows-1250", charmap.Windows1250, "áíéěřšýčžůúťňóďö"),
	newCandidate("windows-1250", charmap.Windows1250, "áíéčšžýľúťňóôďäŕĺ"),
	newCandidate("windows-1250", charmap.Windows1250, "áéöóőüíúű"),
	newCandidate("windows-1250", charmap.Windows1250, "čšžćđ"),
	newCandidate("windows-1250", charmap.Windows1250, "ăţşîâ"),
	newCandidate("iso-8859-2", charmap.ISO8859_2, "łąęóżśćńź"),
	newCandidate("iso-8859-2", charmap.ISO8859_2, "áíéěřšýčžůúťňóďö"),
}

// score returns how much a word with the letters of the candidate looks like one of its language.
func (c candidate) score(word string) (sum int) {
	const odd = -12
	var before rune
	lower := false // a lower-case letter was before
	for i := range len(word) {
		r := c.table.DecodeByte(word[i])
		letter := unicode.IsLetter(r)
		switch worth, known := c.letters[r]; {
		case known:
			sum += worth
		case r < 0x80:
		case letter:
			sum -= 8
		case r == utf8.RuneError, unicode.IsControl(r), r >= 0x2500 && r < 0x25a0: // box drawing
			sum += 2 * odd
		case unicode.IsLetter(before):
			sum-- // quotes and № stand before or after a word
			if i < len(word)-1 && unicode.IsLetter(c.table.DecodeByte(word[i+1])) {
				sum += odd
			}
		}
		if letter && unicode.IsLetter(before) {
			if unicode.Is(unicode.Cyrillic, r) != unicode.Is(unicode.Cyrillic, before) {
				sum += odd
			}
			if unicode.IsUpper(r) && lower {
				sum += odd
			}
		}
		lower = letter && unicode.IsLower(r)
		before = r
	}
	return sum
}
