package charset

import (
	"io"
	"mime"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
)

// Text returns a short text of an unknown encoding as UTF-8: a caller's name, which a PBX passes on
// as the carrier sent it, or a value of an old database. It decodes Windows-1251, KOI8 and CP866
// (Cyrillic) and Windows-1252 (Latin), and repairs UTF-8 that was read as one of them. Letters that
// were cut, and words that cannot be decoded, are left out; the result never has U+FFFD.
func Text(s string) string {
	if isASCII(s) {
		return decodeWords(s)
	}
	if !utf8.ValidString(s) {
		s = decode(s)
	}
	for range 2 { // read wrongly twice
		repaired, ok := repair(s)
		if !ok {
			break
		}
		s = repaired
	}
	return dropDamaged(s)
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// decodeWords decodes the encoded words of RFC 2047, which some gateways copy from e-mail.
func decodeWords(s string) string {
	if !strings.Contains(s, "=?") {
		return s
	}
	words := mime.WordDecoder{CharsetReader: func(name string, in io.Reader) (io.Reader, error) {
		set, err := htmlindex.Get(name)
		if err != nil {
			return nil, err
		}
		return set.NewDecoder().Reader(in), nil
	}}
	decoded, err := words.DecodeHeader(s)
	if err != nil {
		return s
	}
	return dropDamaged(decoded)
}

// decode decodes a text that is not valid UTF-8. What is unknown becomes U+FFFD.
func decode(s string) string {
	if text, ok := cutUTF8(s); ok {
		return text
	}
	if text, ok := cyrillic(s); ok {
		return text
	}
	if text, ok := latin(s); ok {
		return text
	}
	return strings.Map(func(r rune) rune {
		if r >= utf8.RuneSelf {
			return utf8.RuneError
		}
		return r
	}, s)
}

// cutUTF8 recognises UTF-8 with letters that were cut: most of its other bytes are letters in
// UTF-8, which is improbable in any other character set.
func cutUTF8(s string) (text string, ok bool) {
	letters, broken := 0, 0
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			broken++
			for s[i] >= 0xc0 && i+n < len(s) && !utf8.RuneStart(s[i+n]) { // the rest of the letter
				n++
			}
		case n > 1:
			letters++
		}
		i += n
	}
	if letters > 0 {
		return replaceInvalid(s), broken <= letters
	}
	end := strings.IndexFunc(s, func(r rune) bool { return r == utf8.RuneError })
	cut := s[end:]
	if utf8.FullRuneInString(cut) {
		return "", false
	}
	// The only letter is cut: ASCII, then its first bytes. A single byte may also be a Latin
	// letter: a small one, or a capital one after another.
	capital := cut[0] < 0xdf && (end == 0 || !unicode.IsUpper(rune(s[end-1])))
	return strings.TrimSpace(s[:end]), len(cut) > 1 || capital && end > 0
}

// replaceInvalid replaces each byte that is not UTF-8 by U+FFFD.
func replaceInvalid(s string) string { return strings.Map(func(r rune) rune { return r }, s) }

// repair undoes a wrong reading: of UTF-8 as a character set of one byte per letter, and of
// Cyrillic as Latin.
func repair(s string) (text string, ok bool) {
	var space [128]byte
	for _, set := range []*charmap.Charmap{
		charmap.Windows1252, charmap.Windows1251, charmap.KOI8R, charmap.CodePage866,
	} {
		bytes, ok := encode(space[:0], set, s)
		if !ok || set != charmap.Windows1252 && !beginsAsUTF8(bytes) {
			continue
		}
		original := string(bytes)
		if text, letters := asUTF8(original); letters > 1 || letters == 1 && set == charmap.Windows1252 {
			return text, true
		}
		if set == charmap.Windows1252 {
			if text, ok := cyrillic(original); ok && len(original) >= 4 {
				return text, true
			}
		}
	}
	return "", false
}

// encode appends the bytes of a text. Bytes that the set does not define are those of Latin-1. ok
// is false if the set lacks a letter, or the text is ASCII.
func encode(to []byte, set *charmap.Charmap, s string) (bytes []byte, ok bool) {
	high := false
	for _, r := range s {
		b, ok := set.EncodeRune(r)
		if !ok && r >= 0x80 && r < 0xa0 {
			b, ok = byte(r), true
		}
		if !ok {
			return nil, false
		}
		high = high || b >= utf8.RuneSelf
		to = append(to, b)
	}
	return to, high
}

// beginsAsUTF8 reports whether the first byte that is not ASCII begins a letter in UTF-8. It spares
// asUTF8 a copy.
func beginsAsUTF8(text []byte) bool {
	i := slices.IndexFunc(text, func(b byte) bool { return b >= utf8.RuneSelf })
	if i < 0 {
		return false
	}
	r, n := utf8.DecodeRune(text[i:])
	return r != utf8.RuneError || n != 1
}

// asUTF8 returns a text without a cut letter at its end, and how many of its letters have several
// bytes; none if it is not UTF-8 that can be read.
func asUTF8(s string) (text string, letters int) {
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && letters > 1 && !utf8.FullRuneInString(s[i:]):
			return s[:i], letters
		case r == utf8.RuneError, r >= utf8.RuneSelf && !unicode.IsPrint(r) && r != '\u00a0':
			return "", 0
		case n > 1:
			letters++
		}
		i += n
	}
	return s, letters
}

// dropDamaged removes U+FFFD at the ends of words, and words that have it within.
func dropDamaged(s string) string {
	const lost = string(utf8.RuneError)
	if !strings.Contains(s, lost) {
		return s
	}
	var kept []string
	for word := range strings.FieldsSeq(s) {
		if word = strings.Trim(word, lost); word != "" && !strings.Contains(word, lost) {
			kept = append(kept, word)
		}
	}
	return strings.Join(kept, " ")
}
