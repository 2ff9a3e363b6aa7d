package visibility_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"traybell/hub/compile"
	"traybell/hub/config"
	"traybell/hub/visibility"

	"github.com/alexedwards/argon2id"
)

func TestVisibility(t *testing.T) {
	var hashes [2]string // of the same password
	for i := range hashes {
		var err error
		if hashes[i], err = argon2id.CreateHash("x", &argon2id.Params{
			Memory: 8, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 16,
		}); err != nil {
			t.Fatal(err)
		}
	}
	hash, other := hashes[0], hashes[1]
	for name, c := range map[string]struct {
		tracking      string
		works, doubts string // parts of lines, separated by newlines
	}{
		"none": {"[]", "", ""},
		"all":  {`[{number: "1"}, {number: "*"}]`, "", ""},
		"no *": {
			`[{number: "1"}, {number: "_7495XXXXXXX"}]`, "",
			"every number but 1, _7495XXXXXXX are hidden from all agents",
		},
		"one number twice": {
			`[{number: "+74950000001"}, {number: "84950000001"}, {number: "74950000002"}, {number: "*"}]`, "",
			"+74950000001 and 84950000001 in tracking are the same number",
		},
		"teams": {
			`[{number: "1", name: Sales, teams: [sales]}, {number: "*"}]`,
			"1 (Sales): shown to boris, hidden from anna, clara", "",
		},
		"* for some": {
			`[{number: "1", teams: [sales]}, {number: "*", agents: [anna]}]`,
			"1: shown to boris, hidden from anna, clara\nall other numbers: shown to anna, hidden from boris, clara",
			"no incoming call is shown to clara",
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "hub.yml")
			if err := os.WriteFile(path, []byte(`pbx: [{id: main, address: "127.0.0.1:1", username: u, password: p}]
agents:
  - {login: anna, extensions: ["101"], password: "`+hash+`"}
  - {login: boris, extensions: ["102"], teams: [sales], password: "`+hash+`"}
  - {login: clara, extensions: ["103", "102"], password: "`+other+`"}
tracking: `+c.tracking+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			cfg, err := config.Load(path)
			if err != nil {
				t.Fatal(err)
			}
			p, err := compile.Hub(cfg)
			if err != nil {
				t.Fatal(err)
			}
			works, doubts := visibility.Of(p)
			for _, l := range []struct {
				got  []string
				want string
			}{{works, c.works}, {doubts, c.doubts}} {
				got := strings.Join(l.got, "\n")
				for want := range strings.SplitSeq(l.want, "\n") {
					if !strings.Contains(got, want) || l.want == "" && got != "" {
						t.Errorf("%q, want %q", got, want)
					}
				}
			}
			if shared := visibility.SharedExtensions(p); strings.Join(shared, " ") != "102" {
				t.Errorf("shared: %v", shared)
			}
		})
	}
}
