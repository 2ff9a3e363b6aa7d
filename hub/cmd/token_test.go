package cmd

import (
	"strings"
	"testing"
	"time"

	"traybell/hub/config"
)

// What the command prints admits the token for as long as --for says.
func TestTokensLastAsLongAsAsked(t *testing.T) {
	for asked, want := range map[string]time.Duration{
		"1h": time.Hour, "90m": 90 * time.Minute, "400d": 400 * 24 * time.Hour, "0": 0,
	} {
		began := time.Now().Truncate(time.Second)
		var token, lines strings.Builder
		args := []string{"token", "crm sync", "--scopes", "view,notes", "--for", asked}
		if err := Run(t.Context(), "test", args, &token, &lines); err != nil {
			t.Fatal(err)
		}
		_, api, _ := strings.Cut(lines.String(), "\n\n")
		cfg, err := config.Load(site(t, "pbx: ["+pbxYAML("main", "127.0.0.1:5038", "")+"]\n"+api))
		if err != nil {
			t.Fatalf("--for %s: %v", asked, err)
		}
		expires := cfg.API.Tokens[0].Expires
		if want == 0 {
			if !expires.IsZero() {
				t.Errorf("--for %s: the token expires at %s", asked, expires)
			}
			continue
		}
		if lasts := expires.Sub(began); lasts < want || lasts > want+time.Minute {
			t.Errorf("--for %s: the token lasts %s", asked, lasts)
		}
	}
	for wrong, args := range map[string][]string{
		"not a duration":    {"token", "x", "--for", "soon"},
		"0: forever":        {"token", "x", "--for=-1h"},
		"the name is empty": {"token", " "},
	} {
		if out, err := try(t, args...); err == nil || !strings.Contains(err.Error(), wrong) {
			t.Errorf("%q: %v\n%s", args, err, out)
		}
	}
}
