// Package words prepares texts and telephone numbers for searches: SQLite's LIKE and lower() fold
// ASCII only.
package words

import "strings"

const (
	longestSearch = 200 // bytes of a search
	mostTerms     = 8
)

// Fold ignores case and ё/е.
func Fold(text string) string { return strings.ReplaceAll(strings.ToLower(text), "ё", "е") }

// Like escapes a text for LIKE with the escape character \.
func Like(text string) string { return likeEscaper.Replace(text) }

var likeEscaper = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// Digits returns the digits of a text.
func Digits(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, text)
}

// Dialled returns the digits to search for if text is a telephone number, otherwise "". Of a long
// number the last ten count: the same line is written with +7, 8 or 00 in front.
func Dialled(text string) string {
	if strings.Trim(text, "0123456789 +-()./\u00a0\t") != "" {
		return ""
	}
	d := Digits(text)
	if len(d) < 3 {
		return ""
	}
	return d[max(0, len(d)-10):]
}

// Terms splits a search into terms that a folded text must all contain. A telephone number in
// any notation is one term. No terms match every text.
func Terms(text string) []string {
	text = strings.TrimSpace(strings.ToValidUTF8(text[:min(len(text), longestSearch)], ""))
	if number := Dialled(text); number != "" {
		return []string{number}
	}
	terms := strings.Fields(Fold(text))
	for i, term := range terms {
		if number := Dialled(term); number != "" {
			terms[i] = number
		}
	}
	return terms[:min(len(terms), mostTerms)]
}

// Match reports whether texts contain all terms of a search.
func Match(terms []string, texts ...string) bool {
	all := Fold(strings.Join(texts, "\n"))
	for _, term := range terms {
		if !strings.Contains(all, term) {
			return false
		}
	}
	return true
}
