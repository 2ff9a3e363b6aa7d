package architecture

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strconv"
	"testing"

	"traybell/assets/translations"
	"traybell/hub/fail"
	"traybell/shared/protocol"
)

// hub.yml accepts exactly the languages of the desktop.
func TestHubAcceptsTheDesktopsLanguages(t *testing.T) {
	text, err := os.ReadFile("../../packaging/hub.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var schema struct {
		Defs struct {
			Desktop struct {
				Properties struct {
					Language struct{ Enum []string }
				}
			}
		} `json:"$defs"`
	}
	if err := json.Unmarshal(text, &schema); err != nil {
		t.Fatal(err)
	}
	want := []string{""}
	for _, l := range translations.Languages() {
		want = append(want, l.Code)
	}
	if got := schema.Defs.Desktop.Properties.Language.Enum; !slices.Equal(got, want) {
		t.Errorf("hub.yml's desktop.language may be %q, the desktop speaks %q", got, want)
	}
}

// Every problem of the protocol has a short sentence in each language, and one for older desktops.
func TestProblemsAreSaidInEachLanguage(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "../../shared/protocol/problem.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var problems []string
	ast.Inspect(file, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			text, _ := strconv.Unquote(lit.Value)
			problems = append(problems, text)
		}
		return true
	})
	if len(problems) < 30 {
		t.Fatalf("%d problems", len(problems))
	}
	for _, problem := range problems {
		if fail.Text(protocol.Problem(problem), "") == "" {
			t.Errorf("%s has no sentence for older desktops", problem)
		}
		for _, l := range translations.Languages() {
			texts, err := translations.Load(l.Code)
			if err != nil {
				t.Fatal(err)
			}
			if text := texts.Hub(problem, "", ""); text == "" || len([]rune(text)) > 90 {
				t.Errorf("%s in %s: %q", problem, l.Code, text)
			}
		}
	}
}
