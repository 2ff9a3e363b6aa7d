//go:build !windows && !darwin

package frame

import (
	"bufio"
	"cmp"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/jezek/xgb/xproto"
)

// localeFolder has the Compose files of libX11.
const localeFolder = "/usr/share/X11/locale"

// composer joins dead keys, and what follows the Compose key, by the user's Compose file.
type composer struct {
	sequences map[string]string // text by keysyms; empty for the beginning of one
	pending   string
}

// add takes a keysym. It returns the text to type, and false if the key is not part of a sequence.
func (c *composer) add(sym xproto.Keysym) (text string, taken bool) {
	if c.pending == "" && !isCompose(sym) {
		return "", false
	}
	if c.sequences == nil {
		c.sequences = map[string]string{}
		c.load(userFile(), 0)
	}
	c.pending += element(sym)
	text, known := c.sequences[c.pending]
	if !known || text != "" {
		c.pending = ""
	}
	return text, true
}

// element is a keysym in a sequence: its character, so that all keysyms of one are equal.
func element(sym xproto.Keysym) string {
	const private = 0xf0000 // Unicode's private use area
	return string(cmp.Or(runeOf(sym), private+rune(sym)))
}

// reset forgets the beginning of a sequence.
func (c *composer) reset() { c.pending = "" }

// userFile is the user's Compose file, or else that of the locale.
func userFile() string {
	if file := os.Getenv("XCOMPOSEFILE"); file != "" {
		return file
	}
	home, _ := os.UserHomeDir()
	if file := filepath.Join(home, ".XCompose"); exists(file) {
		return file
	}
	return localeFile()
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

// localeFile is the Compose file of the locale, by default that of most.
func localeFile() string {
	locale := cmp.Or(os.Getenv("LC_ALL"), os.Getenv("LC_CTYPE"), os.Getenv("LANG"))
	if list, err := os.ReadFile(filepath.Join(localeFolder, "compose.dir")); err == nil {
		for line := range strings.Lines(string(list)) {
			f := strings.Fields(line)
			if len(f) == 2 && strings.Contains(f[0], "UTF-8") && sameLocale(f[1], locale) {
				return filepath.Join(localeFolder, strings.TrimSuffix(f[0], ":"))
			}
		}
	}
	return filepath.Join(localeFolder, "en_US.UTF-8", "Compose")
}

func sameLocale(a, b string) bool {
	plain := strings.NewReplacer("-", "", "_", "")
	return strings.EqualFold(plain.Replace(a), plain.Replace(b))
}

// load reads a file and those that it includes. Lines that it does not understand are skipped, as
// libX11 does.
func (c *composer) load(file string, depth int) {
	f, err := os.Open(file)
	if err != nil || depth > 8 {
		return
	}
	defer f.Close()
	home, _ := os.UserHomeDir()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		line := strings.TrimSpace(lines.Text())
		if included, ok := strings.CutPrefix(line, "include"); ok {
			included = strings.Trim(strings.TrimSpace(included), `"`)
			c.load(strings.NewReplacer("%L", localeFile(), "%H", home, "%S", localeFolder).Replace(included), depth+1)
			continue
		}
		keys, result, ok := strings.Cut(line, ":")
		if !ok || !strings.HasPrefix(keys, "<") {
			continue
		}
		if text, err := strconv.QuotedPrefix(strings.TrimSpace(result)); err == nil {
			c.define(keys, text)
		}
	}
}

// define adds a sequence, such as "<dead_acute> <e>".
func (c *composer) define(keys, quoted string) {
	text, err := strconv.Unquote(quoted)
	if err != nil {
		return
	}
	sequence := ""
	for _, key := range strings.Fields(keys) {
		sym := symNamed(strings.Trim(key, "<>"))
		if sym == 0 {
			return
		}
		if sequence != "" {
			if _, known := c.sequences[sequence]; !known {
				c.sequences[sequence] = ""
			}
		}
		sequence += element(sym)
	}
	c.sequences[sequence] = text
}
