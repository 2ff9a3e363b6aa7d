// Package translations holds every sentence the desktop shows, in each language it speaks, and says
// them.
//
// One flat JSON file a language, and nothing else: another file is another language, named by its
// "language.name". A key's first segment is the window it belongs to ("settings.server"). en.json
// is complete, the others have the same keys: a test compares them with each other and with the
// program's source. Fyne's own translations are not used, as they follow the system's locale and
// cannot be changed while the program runs.
package translations

import (
	"cmp"
	"embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

//go:embed *.json
var files embed.FS

// nameKey is what a language calls itself.
const nameKey = "language.name"

// Language is one the program speaks.
type Language struct {
	Code string // BCP 47: "en", "ru"
	Name string // as its speakers call it
}

// Languages lists them, the one for everybody else first and the others by their codes.
func Languages() []Language { return slices.Clone(languages()) }

var languages = sync.OnceValue(func() []Language {
	entries, _ := files.ReadDir(".") // embedded: it cannot fail
	var all []Language
	for _, e := range entries {
		code, _, _ := strings.Cut(e.Name(), ".")
		l := Language{Code: code, Name: code}
		var said map[string]any
		if text, err := files.ReadFile(e.Name()); err == nil && json.Unmarshal(text, &said) == nil {
			if name, ok := said[nameKey].(string); ok {
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

// first is 1 for the language for everybody else.
func first(l Language) int {
	if l.Code == language.English.String() {
		return 1
	}
	return 0
}

// Texts says sentences in the language that is set. It may be used by any goroutine.
type Texts struct {
	bundle *i18n.Bundle

	mu   sync.RWMutex
	code string
	say  *i18n.Localizer
}

// Load reads the embedded languages and sets one of them as Use does.
func Load(wanted string) (*Texts, error) {
	bundle := i18n.NewBundle(language.English)
	bundle.RegisterUnmarshalFunc("json", json.Unmarshal)
	for _, l := range languages() {
		if _, err := bundle.LoadMessageFileFS(files, l.Code+".json"); err != nil {
			return nil, fmt.Errorf("translation %s: %w", l.Code, err)
		}
	}
	t := &Texts{bundle: bundle}
	t.Use(wanted)
	return t, nil
}

// Use changes the language; a regional form ("ru-RU", "ru_RU.UTF-8") sets its language, an unknown
// or empty one English.
func (t *Texts) Use(wanted string) {
	code := Match(wanted)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.code, t.say = code, i18n.NewLocalizer(t.bundle, code)
}

// Match returns the code of the language the program speaks that is nearest to the wanted one,
// English when none is.
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

// Language is the code of the language in use.
func (t *Texts) Language() string {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.code
}

// Say returns the sentence of a key. A key that does not exist is its own sentence, so that nothing
// is ever silent.
func (t *Texts) Say(key string) string { return t.localize(key, nil, nil) }

// SayWith fills a sentence's {{.Places}}.
func (t *Texts) SayWith(key string, places map[string]any) string {
	return t.localize(key, places, nil)
}

// Count says a sentence in the plural form that n needs; the sentence writes n as {{.PluralCount}}.
func (t *Texts) Count(key string, n int) string { return t.localize(key, nil, n) }

func (t *Texts) localize(key string, places map[string]any, count any) string {
	t.mu.RLock()
	say := t.say
	t.mu.RUnlock()
	config := &i18n.LocalizeConfig{MessageID: key, PluralCount: count}
	if places != nil {
		config.TemplateData = places
	}
	sentence, err := say.Localize(config)
	if sentence == "" && err != nil {
		return key
	}
	return sentence
}
