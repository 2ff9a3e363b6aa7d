package translations

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

func read(t *testing.T, file string) map[string]any {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var keys map[string]any
	if err := json.Unmarshal(text, &keys); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return keys
}

// forms returns the plural forms of whole numbers in a language (Unicode CLDR).
func forms(code string) []string {
	names := map[plural.Form]string{
		plural.Zero: "zero", plural.One: "one", plural.Two: "two", plural.Few: "few", plural.Many: "many",
		plural.Other: "other",
	}
	found := map[string]bool{"other": true}
	for n := range 200 {
		found[names[plural.Cardinal.MatchPlural(language.Make(code), n, 0, 0, 0, 0)]] = true
	}
	return slices.Sorted(maps.Keys(found))
}

func TestKeysPlacesAndPlurals(t *testing.T) {
	for _, folder := range []string{".", "pages"} {
		english := read(t, filepath.Join(folder, "en.json"))
		for _, l := range Languages() {
			compare(t, english, filepath.Join(folder, l.Code+".json"), l.Code)
		}
	}
}

// compare compares a file with the English one.
func compare(t *testing.T, english map[string]any, file, code string) {
	t.Helper()
	other := read(t, file)
	for _, key := range slices.Sorted(maps.Keys(english)) {
		sentence, ok := other[key]
		if !ok {
			t.Errorf("%s has no %q", file, key)
			continue
		}
		if got, want := places(sentence), places(english[key]); !slices.Equal(got, want) {
			t.Errorf("%s %q has the placeholders %v, en.json %v", file, key, got, want)
		}
		_, counts := english[key].(map[string]any)
		had, isPlural := sentence.(map[string]any)
		if counts != isPlural {
			t.Errorf("%s %q: plural forms in one language only", file, key)
		}
		if got := slices.Sorted(maps.Keys(had)); isPlural && !slices.Equal(got, forms(code)) {
			t.Errorf("%s %q has the plural forms %v, the language %v", file, key, got, forms(code))
		}
	}
	for key := range other {
		if _, ok := english[key]; !ok {
			t.Errorf("%s has %q, en.json has not", file, key)
		}
	}
}

var place = regexp.MustCompile(`{{\.(\w+)}}`)

func places(sentence any) []string {
	text := ""
	switch s := sentence.(type) {
	case string:
		text = s
	case map[string]any:
		text, _ = s["other"].(string)
	}
	found := map[string]bool{}
	for _, m := range place.FindAllStringSubmatch(text, -1) {
		found[m[1]] = true
	}
	return slices.Sorted(maps.Keys(found))
}

// otherWords are Russian words for what the texts call by another one.
var otherWords = map[string]*regexp.Regexp{
	"сервер":             regexp.MustCompile(`(?i)хаб`),
	"система заявок":     regexp.MustCompile(`(?i)служб\p{L}* заявок`),
	"тестовый звонок":    regexp.MustCompile(`(?i)проверочн`),
	"заметка":            regexp.MustCompile(`(?i)примечани`),
	"номер не определён": regexp.MustCompile(`(?i)номер\p{L}*( абонента)? скрыт|скрыл номер`),
	"рабочий телефон":    regexp.MustCompile(`(?i)(?:на|вызовы на) телефоне?$`),
}

// One thing has one name in all Russian texts.
func TestRussianWords(t *testing.T) {
	for _, file := range []string{"ru.json", "pages/ru.json"} {
		for key, sentence := range read(t, file) {
			text := fmt.Sprint(sentence)
			for word, other := range otherWords {
				if other.MatchString(text) {
					t.Errorf("%s %q: %q; use %q", file, key, text, word)
				}
			}
		}
	}
}

// Every key is used in the program's source, and every string that looks like a key exists.
func TestKeysMatchSource(t *testing.T) {
	keys := read(t, "en.json")
	windows := map[string]bool{}
	for key := range keys {
		window, _, _ := strings.Cut(key, ".")
		windows[window] = true
	}
	looksLikeKey := regexp.MustCompile(`^[a-z]+(\.[a-z0-9_]+)+$`)
	used := map[string]bool{nameKey: true}
	for problem, where := range literals(t, "../../shared/protocol") { // see Hub
		if strings.Contains(where, "problem.go:") {
			used["hub."+problem] = true
			if _, ok := keys["hub."+problem]; !ok {
				t.Errorf("%s: %q is missing in en.json", where, "hub."+problem)
			}
		}
	}
	for literal, where := range literals(t, "../../desktop") {
		if !looksLikeKey.MatchString(literal) {
			continue
		}
		window, _, _ := strings.Cut(literal, ".")
		if _, ok := keys[literal]; ok {
			used[literal] = true
		} else if windows[window] && !strings.HasSuffix(literal, ".json") {
			t.Errorf("%s: %q is missing in en.json", where, literal)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		if !used[key] {
			t.Errorf("%q is not used", key)
		}
	}
}

// Every text of the pages is used by a template or by the source of pages and traces, and every text that a
// template asks for exists. Keys may be composed of a beginning and a name; the tests of the pages
// show each of those texts.
func TestKeysMatchPages(t *testing.T) {
	keys := read(t, filepath.Join("pages", "en.json"))
	used := map[string]bool{nameKey: true}
	var beginnings []string
	beginning := regexp.MustCompile(`^[a-z]+\.(\w+_)?$`)
	for _, folder := range []string{"../../hub/web", "../../hub/trace", "../../hub/endpoint", "../../shared/phone"} {
		for literal := range literals(t, folder) {
			if used[literal] = true; beginning.MatchString(literal) {
				beginnings = append(beginnings, literal)
			}
		}
	}
	templates, err := filepath.Glob("../../hub/web/pages/*.html")
	if err != nil || len(templates) == 0 {
		t.Fatalf("%d templates, %v", len(templates), err)
	}
	asked := regexp.MustCompile(`\b(?:t|tn|tw) "([^"]+)"`)
	composed := regexp.MustCompile(`\bt \(print "([^"]+)"`)
	for _, file := range templates {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range asked.FindAllStringSubmatch(string(text), -1) {
			used[m[1]] = true
			if _, ok := keys[m[1]]; !ok {
				t.Errorf("%s: %q is missing in en.json", filepath.Base(file), m[1])
			}
		}
		for _, m := range composed.FindAllStringSubmatch(string(text), -1) {
			beginnings = append(beginnings, m[1])
		}
	}
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		did, is := strings.CutPrefix(key, "done.")
		if !used[key] && (!is || !used[did]) && !slices.ContainsFunc(beginnings, func(beginning string) bool {
			return strings.HasPrefix(key, beginning)
		}) {
			t.Errorf("%q is not used", key)
		}
	}
}

// literals returns all string literals of the Go files below a folder, without tests, each with a
// position.
func literals(t *testing.T, below string) map[string]string {
	t.Helper()
	found := map[string]string{}
	set := token.NewFileSet()
	err := filepath.WalkDir(below, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				if s, err := strconv.Unquote(lit.Value); err == nil {
					found[s] = set.Position(lit.Pos()).String()
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestUseAtRunTime(t *testing.T) {
	texts, err := Load("ru_RU.UTF-8")
	if err != nil {
		t.Fatal(err)
	}
	if got := texts.Say("tray.exit"); got != "Выход" {
		t.Errorf("Exit in Russian: %q", got)
	}
	for n, want := range map[int]string{
		1: "1 пропущенный звонок", 3: "3 пропущенных звонка", 5: "5 пропущенных звонков", 21: "21 пропущенный звонок",
	} {
		if got := texts.Count("state.missed", n); got != want {
			t.Errorf("%d calls in Russian: %q, want %q", n, got, want)
		}
	}
	texts.Use("de")
	if got := texts.Language() + " " + texts.Say("tray.exit"); got != "en Exit" {
		t.Errorf("unsupported language: %q", got)
	}
	if got := texts.Count("state.missed", 2); got != "2 missed calls" {
		t.Errorf("two calls in English: %q", got)
	}
	got := texts.SayWith("state.lost", map[string]any{"Server": "hub & <co>"})
	if got != "No connection to hub & <co>" {
		t.Errorf("filled placeholder: %q", got)
	}
	if got := texts.Say("no.such_key"); got != "no.such_key" {
		t.Errorf("missing key: %q", got)
	}
}

func TestLanguages(t *testing.T) {
	want := []Language{{"en", "English"}, {"ru", "Русский"}}
	if got := Languages(); !slices.Equal(got, want) {
		t.Errorf("languages %v, want %v", got, want)
	}
}
