package staff

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// names are the agents' names.
type names struct {
	byWord map[string][][]string // by their first word, each as its words
	glued  map[string]bool       // without anything between the words, in both directions
}

func newNames(agents []Agent) names {
	n := names{map[string][][]string{}, map[string]bool{}}
	for _, a := range agents {
		if words := nameWords(a.Name, capitals); len(words) > 0 {
			n.byWord[words[0]] = append(n.byWord[words[0]], words)
			n.glued[strings.Join(words, "")] = true
			backwards := slices.Clone(words)
			slices.Reverse(backwards)
			n.glued[strings.Join(backwards, "")] = true
		}
	}
	return n
}

// Named reports whether a name is that of an agent, or contains it: in any case, order, punctuation
// and in letters that look alike. A name of one word must be the whole name, but for an extension.
func (s *Staff) Named(name string) bool {
	return s.names.has(nameWords(name, capitals)) || s.names.has(nameWords(name, small))
}

func (n names) has(presented []string) bool {
	for _, first := range presented {
		for _, words := range n.byWord[first] {
			if len(words) == 1 && slices.ContainsFunc(presented, func(w string) bool {
				return w != first && strings.Trim(w, "0123456789") != ""
			}) {
				continue
			}
			if !slices.ContainsFunc(words, func(w string) bool { return !slices.Contains(presented, w) }) {
				return true
			}
		}
	}
	return n.glued[strings.Join(presented, "")]
}

// lookalikes are letters that look like Latin ones, after NFKD and in lower case: the most common
// of Unicode's confusables (UTS #39).
type lookalikes map[rune]rune

func newLookalikes(pairs ...string) lookalikes {
	m := lookalikes{}
	for i := 0; i < len(pairs); i += 2 {
		latin := []rune(pairs[i+1])
		for k, r := range []rune(pairs[i]) {
			m[unicode.ToLower(r)] = latin[k]
		}
	}
	return m
}

var (
	everywhere = []string{
		"авекмнорстухіѕјһԁԛԝӏүѵзбч|", "abekmhopctyxisjhdqwlyv364l", // Cyrillic
		"ıłøđħŧɑɡɩʟᴀʙᴄᴅᴇɢɪᴊᴋᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "ilodhtagilabcdegijkmnoprstuvwyz", // Latin
		"օոսհցզԼ", "onuhgql", // Armenian
		"ᎪᏴᏟᎠᎬᏀᎻᎫᏦᏞᎷᏢᏚᎢᏙᎳᏃ", "abcdeghjklmpstvwz", // Cherokee
	}
	// Greek letters look like other ones if they are small. The digits that look like letters are
	// among letters only.
	capitals = newLookalikes(append(everywhere, "αβεζηικμνορςτυχ", "abezhikmnopσtyx")...)
	small    = newLookalikes(append(everywhere, "αβγεικνηοπρσςτυχω", "abyeikvnonpootuxw")...)
	strokes  = strings.NewReplacer("0", "o", "1", "l", "i", "l", "m", "rn", "w", "vv")
)

// nameWords returns the words of a name as they look: without case, accents and characters that are
// not visible.
func nameWords(name string, alike lookalikes) []string {
	plain := strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point) {
			return -1
		}
		r = unicode.ToLower(r)
		if latin, ok := alike[r]; ok {
			return latin
		}
		return r
	}, norm.NFKD.String(name))
	words := strings.FieldsFunc(plain, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	for i, word := range words {
		if strings.Trim(word, "0123456789") != "" {
			words[i] = strokes.Replace(word)
		}
	}
	return words
}

// Called returns the agents to whom a name belongs: those with exactly that name or login, or else
// those whose name has words that begin with each word of it, in any order and case.
func (s *Staff) Called(name string) (some []Agent) {
	words := strings.Fields(strings.ToLower(name))
	if len(words) == 0 {
		return nil
	}
	full := strings.Join(words, " ")
	var exactly []Agent
	for _, a := range s.agents {
		own := strings.Fields(strings.ToLower(a.Name))
		if strings.Join(own, " ") == full || strings.ToLower(a.Login) == full {
			exactly = append(exactly, a)
		}
		if !slices.ContainsFunc(words, func(word string) bool {
			return !slices.ContainsFunc(own, func(has string) bool { return strings.HasPrefix(has, word) })
		}) {
			some = append(some, a)
		}
	}
	if len(exactly) > 0 {
		return exactly
	}
	return some
}
