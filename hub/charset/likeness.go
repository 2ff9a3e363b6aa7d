package charset

import (
	"math"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// words counts the words of a text with bytes outside of ASCII: those of such bytes alone, at least
// two, and those that also have ASCII letters.
func words(s string) (pure, mixed int) {
	for word := range strings.FieldsFuncSeq(s, func(r rune) bool {
		return r < utf8.RuneSelf && !unicode.IsLetter(r)
	}) {
		high := 0
		for i := range len(word) {
			if word[i] >= utf8.RuneSelf {
				high++
			}
		}
		switch {
		case high > 0 && high < len(word):
			mixed++
		case high > 1:
			pure++
		}
	}
	return pure, mixed
}

// cyrillic decodes a text whose words have no ASCII letters, by the character set that makes it
// most like Russian or Ukrainian. ok is false if none does.
func cyrillic(s string) (text string, ok bool) {
	if pure, mixed := words(s); pure == 0 || mixed >= pure {
		return "", false
	}
	best := plausible
	for _, set := range []*charmap.Charmap{
		charmap.Windows1251, charmap.KOI8U, charmap.CodePage866,
	} {
		decoded, err := set.NewDecoder().String(s)
		if err != nil {
			continue
		}
		if score := likeness(decoded); score > best {
			text, best, ok = decoded, score, true
		}
	}
	return text, ok
}

// plausible is the likeness of a text above which it is one: names have 3 to 4.
const plausible = 2.4

// likeness is the mean logarithm of the frequencies of a text's Cyrillic letters, in thousandths of
// Russian texts. Signs and unusual capital letters lower it. It is minus infinity with other
// characters, or with hardly a vowel.
func likeness(s string) float64 {
	sum, letters, vowels, signs := 0.0, 0, 0, 0
	var first, last, before rune // of the word
	for _, r := range s {
		small := unicode.ToLower(r)
		frequency, letter := frequencies[small]
		switch {
		case letter:
			letters++
			sum += math.Log(frequency)
			if strings.ContainsRune("аеёиоуыэюяіїє", small) {
				vowels++
			}
			switch capital := r != small; {
			case capital && first != 0 && unicode.IsLower(first): // "иВАН"
				sum -= 4
			case capital && unicode.IsLower(last), !capital && unicode.IsUpper(last) && unicode.IsUpper(before):
				sum -= 2
			}
		case r < utf8.RuneSelf:
		case strings.ContainsRune("«»„“”‘’–—…№\u00a0", r):
			signs++
		default:
			return math.Inf(-1)
		}
		if !letter {
			first, last, before = 0, 0, 0
			continue
		}
		if first == 0 {
			first = r
		}
		last, before = r, last
	}
	if letters == 0 || vowels*6 < letters && letters > 4 {
		return math.Inf(-1)
	}
	return sum / float64(letters+signs)
}

// frequencies are those of letters in Russian texts, in thousandths; of those that only Ukrainian
// and Belarusian have, rough ones.
var frequencies = map[rune]float64{
	'о': 110, 'е': 85, 'а': 80, 'и': 74, 'н': 67, 'т': 63, 'с': 55, 'р': 47, 'в': 45, 'л': 44, 'к': 35, 'м': 32,
	'д': 30, 'п': 28, 'у': 26, 'я': 20, 'ы': 19, 'ь': 17, 'г': 17, 'з': 16, 'б': 16, 'ч': 14, 'й': 12, 'х': 10,
	'ж': 9, 'ш': 7, 'ю': 6, 'ц': 5, 'щ': 4, 'э': 3, 'ф': 3, 'ё': 2, 'ъ': 0.4,
	'і': 20, 'ї': 6, 'є': 5, 'ґ': 0.2, 'ў': 1,
}

// latin decodes a text of ASCII words with some letters of Windows-1252. A byte within a word that
// is not a letter there is from another character set: the word is lost.
func latin(s string) (text string, ok bool) {
	if _, mixed := words(s); mixed == 0 {
		return "", false
	}
	decoded, err := charmap.Windows1252.NewDecoder().String(s)
	if err != nil {
		return "", false
	}
	decoded = strings.Map(func(r rune) rune {
		if r < utf8.RuneSelf || unicode.IsLetter(r) || strings.ContainsRune("«»„“”‘’–—…°·&®™€\u00a0", r) {
			return r
		}
		return utf8.RuneError
	}, decoded)
	return decoded, true
}
