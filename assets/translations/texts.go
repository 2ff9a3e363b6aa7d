// Package translations holds all texts of the desktop in each language; package pages below it those
// of the hub's pages.
//
// Each language is one flat JSON file with its name in "language.name"; adding a file adds a
// language. The first segment of a key is the window that uses it ("settings.server"). A test
// compares the keys of all files with each other and with the program's source. Fyne's own
// translations are not used, as they follow the system's locale and cannot be changed at run time.
package translations

import (
	"cmp"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

//go:embed *.json
var files embed.FS

// nameKey is the key of a language's own name.
const nameKey = "language.name"

// Language is a supported language.
type Language struct {
	Code string // BCP 47: "en", "ru"
	Name string // in that language
}

// Languages lists the languages: English first, the others by code.
func Languages() []Language { return slices.Clone(languages()) }

var languages = sync.OnceValue(func() []Language {
	entries, _ := files.ReadDir(".") // embedded: cannot fail
	var all []Language
	for _, e := range entries {
		code, _, _ := strings.Cut(e.Name(), ".")
		l := Language{Code: code, Name: code}
		var messages map[string]any
		if text, err := files.ReadFile(e.Name()); err == nil && json.Unmarshal(text, &messages) == nil {
			if name, ok := messages[nameKey].(string); ok {
				l.Name = name
			}
		}
		all = append(all, l)
	}
	slices.SortFunc(all, func(a, b Language) int {
		return cmp.Or(cmp.Compare(first(b), first(a)), cmp.Compare(a.Code, b.Code))
	})
	return all
})

// first is 1 for English, the default.
func first(l Language) int {
	if l.Code == language.English.String() {
		return 1
	}
	return 0
}

// Texts returns texts in the current language. It is safe for concurrent use.
type Texts struct {
	bundle *i18n.Bundle

	mu   sync.RWMutex
	code string
	say  *i18n.Localizer
}

// Load loads the desktop's texts and selects a language, as Use does.
func Load(wanted string) (*Texts, error) { return LoadFrom(files, wanted) }

// LoadFrom loads the texts of another program in the same languages.
func LoadFrom(from fs.FS, wanted string) (*Texts, error) {
	bundle := i18n.NewBundle(language.English)
	bundle.RegisterUnmarshalFunc("json", json.Unmarshal)
	for _, l := range languages() {
		if _, err := bundle.LoadMessageFileFS(from, l.Code+".json"); err != nil {
			return nil, fmt.Errorf("translation %s: %w", l.Code, err)
		}
	}
	t := &Texts{bundle: bundle}
	t.Use(wanted)
	return t, nil
}

// Use selects a language. A regional form ("ru-RU", "ru_RU.UTF-8") selects its language, an unknown
// or empty one English.
func (t *Texts) Use(wanted string) {
	code := Match(wanted)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.code, t.say = code, i18n.NewLocalizer(t.bundle, code)
}

// Now returns the texts of the current language for good: what is built with them and survives a
// change of language stays in one language.
func (t *Texts) Now() *Texts {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return &Texts{bundle: t.bundle, code: t.code, say: t.say}
}

// Match returns the code of the supported language for wanted, or English.
func Match(wanted string) string {
	for i, r := range wanted {
		if r == '_' || r == '-' || r == '.' {
			wanted = wanted[:i]
			break
		}
	}
	for _, l := range languages() {
		if l.Code == wanted {
			return l.Code
		}
	}
	return languages()[0].Code
}

// Language is the code of the current language.
func (t *Texts) Language() string {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.code
}

// Say returns the text of a key. The text of an unknown key is the key.
func (t *Texts) Say(key string) string { return t.localize(key, nil, nil) }

// SayWith returns a text with its {{.Places}} filled in.
func (t *Texts) SayWith(key string, places map[string]any) string {
	return t.localize(key, places, nil)
}

// Hub returns what the hub reports: a protocol.Problem, and what it is about. otherwise is for
// problems that this version does not know.
func (t *Texts) Hub(problem, about, otherwise string) string {
	key := "hub." + problem
	if text := t.SayWith(key, map[string]any{"About": about}); text != key {
		return text
	}
	return otherwise
}

// Count returns a text in the plural form for n, which is {{.PluralCount}} in the text.
func (t *Texts) Count(key string, n int) string { return t.localize(key, nil, n) }

func (t *Texts) localize(key string, places map[string]any, count any) string {
	t.mu.RLock()
	say := t.say
	t.mu.RUnlock()
	config := &i18n.LocalizeConfig{MessageID: key, PluralCount: count}
	if places != nil {
		config.TemplateData = places
	}
	text, err := say.Localize(config)
	if text == "" && err != nil {
		return key
	}
	return text
}
