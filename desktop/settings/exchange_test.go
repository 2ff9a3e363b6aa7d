package settings

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"traybell/shared/protocol"

	"github.com/google/go-cmp/cmp"
)

func everything() Own {
	show, fade, off, yes, none, pause := 3000, 200, false, true, "", "Ctrl+Pause"
	return Own{
		Server: "hub.example.com", Port: 12000, Extension: "101", Incoming: Kind{Show: &show},
		Answer: Kind{Appear: &fade, Disappear: &fade}, Warning: Kind{Enabled: &off}, HideInternal: &yes,
		Language: "ru", Corner: "top-left", Monitor: "DP-1", Scale: 1.25, WebPath: "https://desk/otrs",
		Ticket: "/a?<PIM_CID>", CID: "https://c/<PIM_CID>", Map: "https://m/<PIM_CID>", Pin: fingerprint,
		ShowAs: AsNotifications, TextScale: 150, Contrast: HighContrast, Hotkey: &none,
		Theme: Dark, Autostart: &yes, Updates: string(protocol.UpdatesOff),
		Hotkeys: CallKeys{Answer: &none, Hold: &pause}, AskDial: &yes,
	}
}

// A new setting must be added to this test and to the guide.
func TestExampleHasEverySetting(t *testing.T) {
	guide, err := os.ReadFile("../../docs/agent-guide.md")
	if err != nil {
		t.Fatal(err)
	}
	all := reflect.ValueOf(everything())
	for i := range all.NumField() {
		name, _, _ := strings.Cut(all.Type().Field(i).Tag.Get("json"), ",")
		mine := slices.Contains([]string{"desktop", "quiet", "calls_seen", "told_no_tray"}, name)
		if mine == !all.Field(i).IsZero() {
			t.Errorf("%s: belongs to this installation: %v, exported: %v", name, mine, !mine)
		}
		if !strings.Contains(string(guide), "`"+name+"`") {
			t.Errorf("the guide does not mention %s", name)
		}
	}
}

func TestExportImport(t *testing.T) {
	own := everything()
	own.Desktop, own.ToldNoTray, own.Quiet, own.Seen = "me", true, Quiet{On: true}, time.Unix(1, 0)
	text, err := Export(own)
	if err != nil {
		t.Fatal(err)
	}
	got, wrong := Import(text)
	if wrong != nil {
		t.Fatal(wrong)
	}
	if d := cmp.Diff(everything(), got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if d := cmp.Diff([]Change{
		{"extension", "101", "102"}, {"incoming.show", "3000", ""}, {"cid_link", "https://c/<PIM_CID>", ""},
	},
		Changes(own, func() Own {
			o := own
			o.Extension, o.Incoming, o.CID = "102", Kind{}, ""
			return o
		}())); d != "" {
		t.Errorf("changes (-want +got):\n%s", d)
	}
}

func TestImportErrors(t *testing.T) {
	for text, want := range map[string]string{
		``:                                      "problem.file_json EOF",
		`{}`:                                    "problem.file_empty",
		`{"desktop": "other"}`:                  "problem.file_empty",
		`[1]`:                                   "problem.file_json cannot unmarshal",
		"{\n\"server\": \"hub\",\n}":            "problem.file_json 3",
		`{"server": "hub"} {}`:                  "problem.file_json after",
		`{"server": "hub", "sever": 1}`:         "problem.file_unknown sever",
		`{"password": "geheim"}`:                "problem.file_unknown password",
		`{"server": "a b"}`:                     "server problem.server_invalid",
		`{"server": "hub:5"}`:                   "server problem.server_invalid",
		`{"port": 70000}`:                       "port problem.port",
		`{"port": "x"}`:                         "port problem.file_json",
		`{"incoming": {"show": -1}}`:            "incoming.show problem.delay",
		`{"corner": "middle"}`:                  "corner problem.one_of",
		`{"language": "../x"}`:                  "language problem.language",
		`{"scale": 9}`:                          "scale problem.scale",
		`{"show_as": "posters"}`:                "show_as problem.one_of notifications",
		`{"text_scale": 50}`:                    "text_scale problem.scale",
		`{"contrast": "low"}`:                   "contrast problem.one_of high",
		`{"hotkey": "J"}`:                       "hotkey problem.hotkey",
		`{"web_path": "javascript:alert(1)"}`:   "web_path problem.web_path",
		`{"cid_link": "/x"}`:                    "cid_link problem.link_relative",
		`{"map_link": "javascript:alert(1)"}`:   "map_link problem.link",
		`{"pin": "AB:CD"}`:                      "pin problem.fingerprint",
		`"` + strings.Repeat("x", 70_000) + `"`: "problem.file_long",
	} {
		_, wrong := Import([]byte(text))
		if wrong == nil {
			t.Errorf("%.40s: imported", text)
			continue
		}
		said := strings.Join(append([]string{wrong.Field, wrong.Problem.Key}, values(wrong.Problem)...), " ")
		for _, word := range strings.Fields(want) {
			if !strings.Contains(said, word) {
				t.Errorf("%.40s: %q, want %q", text, said, want)
			}
		}
	}
}

func values(p *Problem) []string {
	var out []string
	for _, name := range []string{"Line", "Reason", "Field", "Values"} {
		if v, ok := p.Places[name]; ok {
			out = append(out, fmt.Sprint(v))
		}
	}
	return out
}

// The computer's file is overridden by the agent's settings. Settings that the agent did not change
// keep following it.
func TestComputerFile(t *testing.T) {
	dir := t.TempDir()
	second := filepath.Join(dir, "second.json")
	if _, path, err := LoadComputer([]string{filepath.Join(dir, "none.json"), second}); path != "" || err != nil {
		t.Fatalf("without a file: %q, %v", path, err)
	}
	write := func(text string) {
		if err := os.WriteFile(second, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("\xef\xbb\xbf" + `{"server": "hub", "pin": "` + strings.ToLower(fingerprint) +
		`", "corner": "top-left", "incoming": {"show": 5000}}`)
	computer, path, err := LoadComputer([]string{filepath.Join(dir, "none.json"), second})
	if err != nil || path != second {
		t.Fatal(path, err)
	}
	show := 7000
	own := Own{Extension: "101", Incoming: Kind{Show: &show}, Desktop: "me"}
	above := own.Inherit(computer)
	if above.Server != "hub" || above.Pin != fingerprint || above.Corner != "top-left" ||
		*above.Incoming.Show != 7000 ||
		above.Desktop != "me" {
		t.Errorf("merged: %+v", above)
	}
	if d := cmp.Diff(own, above.StripInherited(computer)); d != "" {
		t.Errorf("after Inherit and StripInherited (-want +got):\n%s", d)
	}
	elsewhere := Own{Server: "other", Extension: "101"}
	if got := elsewhere.Inherit(computer); got.Server != "other" || got.Pin != "" {
		t.Errorf("with the agent's hub: %+v", got)
	}
	pinned := Own{Extension: "101", Pin: strings.Replace(fingerprint, "AB", "00", 1)}
	if got := pinned.Inherit(computer).StripInherited(computer); got.Pin != pinned.Pin || got.Server != "" {
		t.Errorf("with the agent's certificate: %+v", got)
	}

	write(`{"servr": "hub"}`)
	var wrong *FileError
	if _, _, err := LoadComputer([]string{second}); !errors.As(err, &wrong) ||
		wrong.Problem.Key != "problem.file_unknown" {
		t.Errorf("invalid file: %v", err)
	}
	if _, _, err := LoadComputer([]string{dir}); err == nil || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("folder instead of a file: %v", err)
	}
}
