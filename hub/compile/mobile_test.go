package compile

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"traybell/hub/config/document"
)

// Tests that what is wrong with a mobile is marked where it is.
func TestWrongMobiles(t *testing.T) {
	for _, c := range []struct{ number, want string }{
		{`{number: "+79161234567", agent: anna, pin: ⟦12}`, "the PIN must have 4 to 12 digits"},
		{`{number: ⟦"12", agent: anna, pin: 1234}`, `"12" is not a telephone number`},
		{
			`{number: "+79161234567", agent: anna, pin: 1234}, {number: ⟦"89161234567", agent: anna, pin: 1234}`,
			"it is the number of mobile.numbers[0]",
		},
	} {
		before, after, _ := strings.Cut("mobile: {numbers: ["+c.number+"]}\n", "⟦")
		path := filepath.Join(t.TempDir(), "hub.yml")
		if err := os.WriteFile(path, []byte(hubWith(before+after)), 0o600); err != nil {
			t.Fatal(err)
		}
		cfg, err := Load(path)
		if err != nil {
			t.Fatal(err)
		}
		_, err = Hub(cfg)
		problems := document.ProblemsOf(err)
		if len(problems) != 1 || problems[0].Column != 1+len(before) || !strings.Contains(problems[0].Text, c.want) {
			t.Errorf("want column %d, %s, got\n%v", 1+len(before), c.want, err)
		}
	}
}
