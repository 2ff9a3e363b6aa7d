package config

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"traybell/hub/config/document"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

var update = flag.Bool("update", false, "write golden files")

// aHash is a cheap hash of "secret".
const aHash = "$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHRzYWx0$MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"

// folder creates a folder with private files.
func folder(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestShippedExample(t *testing.T) {
	text, err := os.ReadFile("hub.example.yml")
	if err != nil {
		t.Fatal(err)
	}
	dir := folder(t, map[string]string{
		"hub.yml": string(text), "pbx.secret": "SomePassword\n", "anna.hash": aHash, "admin.hash": aHash + "\n",
		"customers.csv": "login,phone\n",
	})
	c, err := Load(filepath.Join(dir, "hub.yml"))
	if err != nil {
		t.Fatal(err)
	}
	if w := c.Warnings(); len(w) > 0 {
		t.Errorf("it has warnings:\n%v", w)
	}
	if got := c.PBX[0].Password.Reveal(); got != "SomePassword" {
		t.Errorf("the PBX's password is %q", got)
	}
	if got, want := c.Directories[0].Path, filepath.Join(dir, "customers.csv"); got != want {
		t.Errorf("the directory's path is %q, want %q", got, want)
	}

	// without the lists the example has the defaults
	c.PBX, c.Agents, c.Tracking, c.TicketTemplates = nil, nil, nil, nil
	c.CallerID.Rules, c.Directories, c.Admins, c.Dial = nil, nil, nil, Default().Dial
	c.States = Default().States
	if diff := cmp.Diff(Default(), c, cmpopts.IgnoreUnexported(Config{}), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("the example differs from the defaults (-default +example):\n%s", diff)
	}

	// and all keys
	for key := range document.AllKeys(reflect.TypeFor[Config]()) {
		if !regexp.MustCompile(`(^|[\s{(#])` + key + `:`).Match(text) {
			t.Errorf("the example does not show the key %s", key)
		}
	}
}

func TestAllSections(t *testing.T) {
	dir := folder(t, map[string]string{"pbx.secret": "S", "desk.secret": "T", "hub.yml": `
listen: 127.0.0.1:11010
tls: {mode: off}
database: {}
pbx:
  - {id: main, address: 127.0.0.1:5038, username: otrs, password_file: pbx.secret}
  - {id: second, address: "pbx.example.com:5038", username: otrs, password: 12345, md5: false, enabled: false}
agents:
  - {login: anna, extensions: [101, "0201"], password: "` + aHash + `", teams: [support], rights: [ticket]}
tracking:
  - {number: 74950000001, teams: [support], ticket: support}
  - {number: "_7495000XX[2-4]."}
  - {number: "*"}
ticket_templates:
  support:
    queue: Raw
    title: "Call from {{.Caller.Name}}"
    body: |-
      One
      Two
help_desk: {type: znuny, url: "https://desk.example.com/otrs", username: traybell, 
  password_file: desk.secret, timeout: 5s}
desktop:
  language: ru
  autostart: true
  popups: {answer: {show: 7}}
  locked: [links.ticket, popups.incoming]
`})
	c, err := Load(filepath.Join(dir, "hub.yml"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]PBX{
		{
			ID: "main", Address: "127.0.0.1:5038", Username: "otrs", Password: document.NewSecret("S"),
			PasswordFile: filepath.Join(dir, "pbx.secret"), MD5: true, Enabled: true,
		},
		{ID: "second", Address: "pbx.example.com:5038", Username: "otrs", Password: document.NewSecret("12345")},
	}, c.PBX); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(Agent{
		Login: "anna", Name: "anna", Extensions: []string{"101", "0201"}, Password: document.NewSecret(aHash),
		Teams: []string{"support"}, Rights: []string{"ticket"},
	}, c.Agents[0]); diff != "" {
		t.Error(diff)
	}
	if got := c.Tracking[0]; got.Number != "74950000001" || got.Show != ShowRinging {
		t.Errorf("the first line is %+v", got)
	}
	if c.Desktop.Autostart == nil || !*c.Desktop.Autostart {
		t.Errorf("autostart is %v", c.Desktop.Autostart)
	}
	if got := c.TicketTemplates["support"].Body; got != "One\nTwo" {
		t.Errorf("the body is %q", got)
	}
	if got := c.Desktop.Popups.Answer; got != (Popup{Enabled: true, Appear: 400, Show: 7, Disappear: 400}) {
		t.Errorf("one key of a popup was given, it became %+v", got)
	}
	if diff := cmp.Diff([]string{
		"links.ticket", "popups.incoming.enabled", "popups.incoming.appear", "popups.incoming.show",
		"popups.incoming.disappear",
	}, c.Desktop.Locked); diff != "" {
		t.Error(diff)
	}
}

// Windows editors add a byte order mark and CRLF.
func TestFilesFromWindows(t *testing.T) {
	text := "listen: 127.0.0.1:11010\r\npbx: [{id: main, address: 127.0.0.1:5038, username: otrs, password_file: " +
		"pbx.secret}]\r\n"
	c, err := Load(filepath.Join(folder(t, map[string]string{"hub.yml": "\ufeff" + text, "pbx.secret": "\ufeffS\r\n"}),
		"hub.yml"))
	if err != nil {
		t.Fatal(err)
	}
	if got := c.PBX[0].Password.Reveal(); c.Listen != "127.0.0.1:11010" || got != "S" {
		t.Errorf("listen is %q, the secret %q", c.Listen, got)
	}
}

// The parser miscounts lines of such files after comments.
func TestLinesOfFilesFromWindows(t *testing.T) {
	text := "# ours\r\n# and yours\r\npbx: [{id: main, address: 127.0.0.1:5038, username: otrs, password: " +
		"hunter2}]\r\n# x\r\nlisen: 1\r\n"
	_, err := Load(filepath.Join(folder(t, map[string]string{"hub.yml": text}), "hub.yml"))
	if err == nil || !strings.Contains(err.Error(), "hub.yml:5:1: unknown key `lisen`") {
		t.Error(err)
	}
}

// TestBadFiles compares the problems of each file in testdata/bad. All secrets contain "hunter".
func TestBadFiles(t *testing.T) {
	files, err := filepath.Glob("testdata/bad/*.yml")
	if err != nil || len(files) < 30 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yml"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			dir := folder(t, map[string]string{
				"hub.yml": string(text), "pbx.secret": "hunter-pbx", "empty.secret": "\n", "c.csv": "",
			})
			_, err = Load(filepath.Join(dir, "hub.yml"))
			var problems document.Problems
			if !errors.As(err, &problems) {
				t.Fatalf("it was not refused: %v", err)
			}
			got := strings.ReplaceAll(err.Error(), dir+string(filepath.Separator), "") + "\n"
			if strings.Contains(got, "hunter") || strings.Contains(got, "$argon2id$v") {
				t.Errorf("a secret is printed:\n%s", got)
			}
			golden := strings.TrimSuffix(file, ".yml") + ".golden"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("(-golden +got):\n%s", diff)
			}
		})
	}
}

func TestWarnings(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("file modes mean nothing here")
	}
	dir := folder(t, map[string]string{"pbx.secret": "hunter-pbx", "hub.yml": `pbx:
  - {id: main, address: 127.0.0.1:5038, username: otrs, password_file: pbx.secret}
  - {id: two, address: 127.0.0.1:5038, username: otrs, password: hunter2}
directories: [{name: a, type: csv, path: none.csv}]
`})
	for _, name := range []string{"pbx.secret", "hub.yml"} {
		if err := os.Chmod(filepath.Join(dir, name), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	c, err := Load(filepath.Join(dir, "hub.yml"))
	if err != nil {
		t.Fatal(err)
	}
	got := strings.ReplaceAll(c.Warnings().Error(), dir+"/", "") + "\n"
	want := `hub.yml: all users of this computer can read this file, which contains passwords; run: chmod 640 hub.yml
hub.yml: no agents: no desktop can sign in
hub.yml:2:72: all users of this computer can read pbx.secret; run: chmod 600 pbx.secret
  1 | pbx:
  2 |   - {id: main, address: 127.0.0.1:5038, username: otrs, password_file: pbx.secret}
    |                                                                        ^
hub.yml:4:42: stat none.csv: no such file or directory; its customers are unknown until it exists
  3 |   - {id: two, address: 127.0.0.1:5038, username: otrs, password: ***}
  4 | directories: [{name: a, type: csv, path: none.csv}]
    |                                          ^
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Tests the warnings of settings that have no effect without others.
func TestWarningsOfWhatIsMissing(t *testing.T) {
	dir := folder(t, map[string]string{
		"hub.yml": `pbx: [{id: main, address: 127.0.0.1:5038, username: otrs, password: hunter2}]
agents: [{login: anna, extensions: ["101"], password: "` + aHash + `", teams: [a], rights: [ticket, recordings]}]
mobile: {numbers: [{number: "+79161234567", agent: anna, pin: "1234"}]}
`,
	})
	warned := func(want ...string) {
		t.Helper()
		c, err := Load(filepath.Join(dir, "hub.yml"))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, w := range c.Warnings() {
			got = append(got, fmt.Sprintf("%d:%d %s", w.Line, w.Column, w.Text))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	add := func(text string) {
		t.Helper()
		file, err := os.OpenFile(filepath.Join(dir, "hub.yml"), os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		if _, err = file.WriteString(text); err != nil {
			t.Fatal(err)
		}
		if err = file.Close(); err != nil {
			t.Fatal(err)
		}
	}
	recordings := fmt.Sprintf("2:%d there are no recordings to listen to: add `recordings.sources`, or remove the "+
		"right",
		len(`agents: [{login: anna, extensions: ["101"], password: "`+aHash+`", teams: [a], rights: [ticket, `)+1)
	warned(recordings, "3:10 mobiles take calls of queues, and hub.yml has none: add `queues`")
	add("queues: [{name: \"500\"}]\n")
	warned(recordings, "4:10 no agent takes calls of this queue from the desktop; add `teams` or `agents`")
	add("recordings: {sources: [{folder: /tmp}]}\n")
	warned("4:10 no agent takes calls of this queue from the desktop; add `teams` or `agents`")
}

func TestProblemsOfOthers(t *testing.T) {
	dir := folder(t, map[string]string{
		"hub.yml": `pbx: [{id: main, address: 127.0.0.1:5038, username: otrs, password: hunter2}]
ticket_templates:
  support:
    title: "Call from {{.Caller.Nome}}"
`,
	})
	c, err := Load(filepath.Join(dir, "hub.yml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, each := range []struct{ key, want string }{
		{
			"ticket_templates.support.title",
			"hub.yml:4:12: ticket_templates.support.title: no such field\n  3 |   support:\n  4 |     title: \"Call " +
				"from {{.Caller.Nome}}\"\n    |            ^",
		},
		{
			"ticket_templates.support.body",
			"hub.yml:3:3: ticket_templates.support.body: no such field\n  2 | ticket_templates:\n  3 |   support:\n " +
				"   |   ^",
		},
		{
			"pbx[0].password",
			"hub.yml:1:69: pbx[0].password: no such field\n  1 | pbx: [{id: main, address: 127.0.0.1:5038, " +
				"username: otrs, password: ***}]\n    |                                                             " +
				"        ^",
		},
		{"desktop.links.cid", "hub.yml: desktop.links.cid: no such field"},
	} {
		if got := strings.ReplaceAll(c.Problem(each.key, "no such field").Error(), dir+"/", ""); got != each.want {
			t.Errorf("%s:\n%s\nwant:\n%s", each.key, got, each.want)
		}
	}
	if got := Default().Problem("listen", "in use").Error(); got != "hub.yml: listen: in use" {
		t.Errorf("without a file: %s", got)
	}
}

func TestMissingFile(t *testing.T) {
	_, err := Load(filepath.Join(t.TempDir(), "hub.yml"))
	if !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "hub.example.yml") {
		t.Errorf("got %v", err)
	}
}

func TestSchemaIsUpToDate(t *testing.T) {
	const file = "../../packaging/hub.schema.json"
	got := Schema()
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("stale, run go test ./hub/config -update (-file +types):\n%s", diff)
	}
	var schema struct {
		AdditionalProperties *bool
		Properties           map[string]any
	}
	if err := json.Unmarshal(got, &schema); err != nil {
		t.Fatal(err)
	}
	if len(schema.Properties) != len(document.Fields(reflect.TypeFor[Config]())) ||
		schema.AdditionalProperties == nil || *schema.AdditionalProperties {
		t.Errorf("%d keys at the top; unknown ones must be refused", len(schema.Properties))
	}
}

// Sections of different packages may have the same type name: each has the keys of its own type.
func TestSchemaHasTheKeysOfEachSection(t *testing.T) {
	type node struct {
		Ref                  string           `json:"$ref"`
		Items                *node            `json:"items"`
		AdditionalProperties json.RawMessage  `json:"additionalProperties"`
		Properties           map[string]*node `json:"properties"`
	}
	var schema struct {
		node
		Definitions map[string]*node `json:"$defs"`
	}
	if err := json.Unmarshal(Schema(), &schema); err != nil {
		t.Fatal(err)
	}
	sections := 0
	var compare func(at string, n *node, of reflect.Type)
	compare = func(at string, n *node, of reflect.Type) {
		switch of.Kind() {
		case reflect.Pointer:
			compare(at, n, of.Elem())
		case reflect.Slice:
			if n.Items != nil {
				compare(at+"[]", n.Items, of.Elem())
			}
		case reflect.Map:
			more := &node{}
			if json.Unmarshal(n.AdditionalProperties, more) == nil {
				compare(at+".*", more, of.Elem())
			}
		case reflect.Struct:
			if name, isRef := strings.CutPrefix(n.Ref, "#/$defs/"); isRef {
				n = schema.Definitions[name]
			}
			if n == nil || len(n.Properties) == 0 {
				return // a text
			}
			sections++
			fields := document.Fields(of)
			for key, i := range fields {
				if n.Properties[key] == nil {
					t.Errorf("%s has no key %s", at, key)
					continue
				}
				compare(at+"."+key, n.Properties[key], of.Field(i).Type)
			}
		}
	}
	compare("", &schema.node, reflect.TypeFor[Config]())
	if sections < 40 {
		t.Errorf("only %d sections", sections)
	}
}

// FuzzRead corrupts the file around secrets: no panic, and no secret in problems.
func FuzzRead(f *testing.F) {
	example, err := os.ReadFile("hub.example.yml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(example), "")
	f.Add("pbx:\n  - id: main\n", "    adr: 1\n")
	f.Add("listen: \"", "tls: {mode: [")
	f.Add("? a\n: b\n", "\t- x: *y\n--- |\n")
	f.Add("help_desk: {type: \"", "}")
	files, _ := filepath.Glob("testdata/bad/*.yml")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(strings.ReplaceAll(string(text), "hunter", "h"), "")
		f.Add("", strings.ReplaceAll(string(text), "hunter", "h"))
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, before, after string) {
		const secret = "Zx9-Q.w7_Kp"
		if strings.Contains(before+after, secret) {
			return
		}
		for _, form := range []string{
			"password: " + secret, "    pasword: \"" + secret + "\"", "- {id: a, password: '" + secret + "', x: 1}",
			"# dsn: " + secret,
		} {
			_, problems := read("hub.yml", dir, []byte(before+"\n"+form+"\n"+after))
			if strings.Contains(problems.Error(), secret) {
				t.Errorf("problems contain the secret:\n%s", problems.Error())
			}
		}
	})
}

func TestNumberBook(t *testing.T) {
	for text, want := range map[string]string{
		`[{name: Courier, number: "8 (495) 777-00-99", about: x}, {name: Mail, number: "*98"}]`: "",
		`[{number: "112"}]`:              "`name` is missing",
		`[{name: X}]`:                    "`number` is missing",
		`[{name: X, number: "call me"}]`: "is not a number",
		`[{name: X, number: "1\n2"}]`:    "is not a number",
		`[{name: "` + strings.Repeat("x", 101) + `", number: "112"}]`: "101 characters",
	} {
		dir := folder(t, map[string]string{"hub.yml": "number_book: " + text + "\n"})
		_, err := Load(filepath.Join(dir, "hub.yml"))
		if got := fmt.Sprint(err); want == "" && strings.Contains(got, "number_book") ||
			want != "" && !strings.Contains(got, want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}
