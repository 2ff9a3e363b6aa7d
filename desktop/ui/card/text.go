package card

import (
	"hash/fnv"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
)

// Texts says the sentences of a card in the agent's language.
type Texts interface {
	Say(key string) string
	SayWith(key string, places map[string]any) string
	Count(key string, n int) string
}

const ellipsis = "…"

func width(s string, size float32, bold bool) float32 {
	return fyne.MeasureText(s, size, fyne.TextStyle{Bold: bold}).Width
}

// mostMeasured is how much of a text is looked at, in bytes: many times what a card has room for.
// To measure what a PBX or a hub may send, megabytes, would take minutes and gigabytes.
const mostMeasured = 4096

// beginning is what is looked at of a text.
func beginning(s string) string {
	if len(s) <= mostMeasured {
		return s
	}
	return strings.ToValidUTF8(s[:mostMeasured], "") + ellipsis
}

// fit cuts a line so that it is not wider than room, with an ellipsis at its end.
func fit(s string, size float32, bold bool, room float32) string {
	if width(s, size, bold) <= room {
		return s
	}
	runes := []rune(s)
	low, high := 0, len(runes) // the longest beginning that fits lies between
	for low < high {
		mid := (low + high + 1) / 2
		if width(string(runes[:mid])+ellipsis, size, bold) <= room {
			low = mid
		} else {
			high = mid - 1
		}
	}
	return strings.TrimRight(string(runes[:low]), " ,.;:-—–") + ellipsis
}

// wrap breaks a text into at most so many lines; what does not fit ends in an ellipsis. A word
// wider than a line is broken.
func wrap(s string, size float32, bold bool, room float32, most int) []string {
	var lines []string
	for paragraph := range strings.Lines(beginning(s)) {
		words := strings.Fields(oneLine(paragraph))
		line := ""
		for i := 0; i < len(words); i++ {
			next := words[i]
			if line != "" {
				next = line + " " + words[i]
			}
			if width(next, size, bold) <= room {
				line = next
				continue
			}
			if line != "" {
				lines = append(lines, line)
				line = ""
				i--
			} else {
				head := breakWord(words[i], size, bold, room)
				lines = append(lines, head)
				if words[i] = words[i][len(head):]; words[i] != "" {
					i--
				}
			}
			if len(lines) > most {
				break
			}
		}
		if line != "" {
			lines = append(lines, line)
		}
		if len(lines) > most {
			lines = lines[:most]
			lines[most-1] = fit(lines[most-1]+ellipsis, size, bold, room)
			return lines
		}
	}
	return lines
}

// breakWord returns the longest beginning of a word that fits, at least one character.
func breakWord(word string, size float32, bold bool, room float32) string {
	end := 0
	for i, r := range word {
		next := i + len(string(r))
		if end > 0 && width(word[:next], size, bold) > room {
			break
		}
		end = next
	}
	return word[:end]
}

func digest(s string) string {
	h := fnv.New64a()
	_, _ = h.Write([]byte(s))
	return strconv.FormatUint(h.Sum64(), 36)
}

// oneLine takes line breaks and control characters out of what others have written, and is no
// longer than what is looked at.
func oneLine(s string) string {
	return strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		// direction overrides could disguise a number
		if r < ' ' || r == 0x7f || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return ' '
		}
		return r
	}, beginning(s))), " ")
}
