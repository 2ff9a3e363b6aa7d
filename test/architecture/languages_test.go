package architecture

import (
	"encoding/json"
	"os"
	"slices"
	"testing"

	"traybell/assets/translations"
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
