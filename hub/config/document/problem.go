package document

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Problem is an error in a file, its position and remedy. It contains no secrets.
type Problem struct { //nolint:errname // administrators call it a problem
	File    string
	Line    int    // from 1; 0: unknown
	Column  int    // in characters, from 1
	Key     string // such as pbx[0].address; empty for the file itself
	Text    string
	Excerpt string // the line, the one before and a marker, without secrets
}

func (p Problem) Error() string {
	where := p.File
	if p.Line > 0 {
		where = fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
	}
	if p.Excerpt == "" {
		return where + ": " + p.Text
	}
	return where + ": " + p.Text + "\n" + p.Excerpt
}

// Problems are in the order of the file.
type Problems []Problem //nolint:errname // as Problem

func (p Problems) Error() string {
	texts := make([]string, len(p))
	for i := range p {
		texts[i] = p[i].Error()
	}
	return strings.Join(texts, "\n")
}

func (p Problems) sort() {
	slices.SortStableFunc(p, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Key, b.Key))
	})
}

// suggest returns the only known word that begins with a word, or the most similar one; "" if none
// is similar.
func suggest(word string, known []string) string {
	var longer []string
	for _, k := range known {
		if len(word) > 2 && strings.HasPrefix(strings.ToLower(k), strings.ToLower(word)) {
			longer = append(longer, k)
		}
	}
	if len(longer) == 1 {
		return longer[0]
	}
	best, least := "", max(2, len(word)/3)+1
	if len(word) <= 3 {
		least = 2
	}
	for _, k := range known {
		if d := distance(strings.ToLower(word), strings.ToLower(k)); d < least {
			best, least = k, d
		}
	}
	return best
}

// distance is the Levenshtein distance in bytes.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// DidYouMean returns the end of a sentence about an unknown word: the most similar word, or all.
func DidYouMean(word string, known []string) string {
	if s := suggest(word, known); s != "" {
		return "; did you mean `" + s + "`?"
	}
	if len(known) == 0 {
		return ""
	}
	return "; known: " + strings.Join(known, ", ")
}

// OrAdd is DidYouMean with the section to which an unknown name may be added.
func OrAdd(word string, known []string, section string) string {
	if suggest(word, known) != "" {
		return DidYouMean(word, known)
	}
	return DidYouMean(word, known) + "; add it to `" + section + "`"
}

// short limits the length of a text from the file and hides secrets in it.
func short(text string) string {
	text = hideText(strings.Map(func(r rune) rune {
		if strconv.IsPrint(r) {
			return r
		}
		return ' '
	}, text))
	if r := []rune(text); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return text
}

// Quote quotes a text from the file, shortened and without secrets.
func Quote(text string) string { return `"` + short(text) + `"` }

// ProblemsOf returns the problems of the file; nil for any other error.
func ProblemsOf(err error) Problems {
	var problems Problems
	var one Problem
	switch {
	case errors.As(err, &problems):
		return problems
	case errors.As(err, &one):
		return Problems{one}
	}
	return nil
}
