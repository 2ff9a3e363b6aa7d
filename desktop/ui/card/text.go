package card

import (
	"hash/fnv"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
)

// Texts are the texts in the agent's language.
type Texts interface {
	Say(key string) string
	SayWith(key string, places map[string]any) string
	Count(key string, n int) string
}

const ellipsis = "…"

func width(s string, size float32, bold bool) float32 {
	return fyne.MeasureText(s, size, fyne.TextStyle{Bold: bold}).Width
}

// maxText limits the bytes of a text that are laid out, far more than a card can show. Measuring
// megabytes from a PBX or a hub would take minutes and gigabytes.
const maxText = 4096

// truncate cuts a text to maxText.
func truncate(s string) string {
	if len(s) <= maxText {
		return s
	}
	return strings.ToValidUTF8(s[:maxText], "") + ellipsis
}

// fit shortens a line to a width, with an ellipsis.
func fit(s string, size float32, bold bool, room float32) string {
	if width(s, size, bold) <= room {
		return s
	}
	runes := []rune(s)
	low, high := 0, len(runes) // binary search for the longest prefix that fits
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

// wrap breaks a text into at most most lines, the last one with an ellipsis if necessary. Words
// wider than a line are broken.
func wrap(s string, size float32, bold bool, room float32, most int) []string {
	var lines []string
	for paragraph := range strings.Lines(truncate(s)) {
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

// breakWord returns the longest prefix of a word that fits, at least one character.
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

// oneLine truncates untrusted text and removes line breaks and control characters.
func oneLine(s string) string {
	return strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		// direction overrides could disguise a number
		if r < ' ' || r == 0x7f || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return ' '
		}
		return r
	}, truncate(s))), " ")
}
