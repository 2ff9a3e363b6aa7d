package roster

import (
	"encoding/csv"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"traybell/hub/config"
	"traybell/hub/config/document"
	"traybell/hub/signin"

	"github.com/alexedwards/argon2id"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

var update = flag.Bool("update", false, "write golden files")

// hashes of "spring" and "autumn".
const (
	spring = "$argon2id$v=19$m=64,t=1,p=1$qSaAQoeBRU6fY1TP8HqGBA$ziLC0kGorRnxOcG5MfRDCpLovNHpmcLDUBhcxjGqnqU"
	autumn = "$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHRzYWx0$MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"
)

const pbx = "pbx:\n  - {id: main, address: 127.0.0.1:5038, username: otrs, password: hunter2}\n"

// inFolder writes hub.yml and other files.
func inFolder(t *testing.T, text string, files ...string) (path string) {
	t.Helper()
	dir := t.TempDir()
	for i := 0; i < len(files); i += 2 {
		if err := os.WriteFile(filepath.Join(dir, files[i]), []byte(files[i+1]), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	path = filepath.Join(dir, "hub.yml")
	if err := os.WriteFile(path, []byte(text), 0o640); err != nil {
		t.Fatal(err)
	}
	return path
}

// take runs an import without writing.
func take(t *testing.T, path, sheet string) (*Plan, string, error) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Parse(path, text)
	if err != nil {
		t.Fatal(err)
	}
	s, err := ReadSheet("people.csv", []byte(sheet), "auto")
	if err != nil {
		return nil, "", err
	}
	p, err := NewPlan(cfg, s)
	if err == nil {
		err = p.Hash(t.Context())
	}
	if err != nil {
		return nil, "", err
	}
	out, err := p.Apply(path, text)
	return p, string(out), err
}

// agents returns the agents in a hub.yml by login.
func agents(t *testing.T, path, text string) map[string]config.Agent {
	t.Helper()
	cfg, err := config.Parse(path, []byte(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	by := map[string]config.Agent{}
	for _, a := range cfg.Agents {
		by[a.Login] = a
	}
	return by
}

func opens(t *testing.T, a config.Agent, password string) {
	t.Helper()
	if fits, err := argon2id.ComparePasswordAndHash(password, a.Password.Reveal()); err != nil || !fits {
		t.Errorf("%q does not open %s's hash: %v", password, a.Login, err)
	}
}

// Comments, both styles of agents, a password file and CRLF: only lines with differences change.
func TestOnlyChangedLinesAreRewritten(t *testing.T) {
	before := "# ours\n" + pbx + `
agents:                          # by seniority
  # the boss
  - login: anna                  # since 2009
    name: Anna Petrova
    extensions: ["101"]          # hers alone # really
    password_file: anna.hash     # made in May
    # teams follow
    teams:
      - support
      - night
    rights: [ticket]
  - {login: boris, extensions: ["102"], password: "` + autumn + `", teams: [sales]}   # may leave
  # - {login: old, extensions: ["103"]}

  - name: Vera # first the name
    login: vera
    extensions: [104]
    password: "` + autumn + `"
# no one else

# the lines
tracking:
  - {number: "*", teams: [support]} # all
`
	const sheet = "Login;Name;Extensions;Teams;Rights;Password\n" +
		"anna;Anna Petrova-Lund;101, 201;support;ticket,block;\n" +
		"boris;;102;sales, night;;\n" +
		"vera;Vera;104;;category;winter-7\n" +
		"\"o'hara\";\"Pat \"\"O'Hara\"\" # yes: no\";0105;support;;its-own-1\n"
	for _, ending := range []string{"\n", "\r\n"} {
		path := inFolder(t, strings.ReplaceAll(before, "\n", ending), "anna.hash", spring)
		p, got, err := take(t, path, sheet)
		if err != nil {
			t.Fatal(err)
		}
		by := agents(t, path, got)
		opens(t, by["vera"], "winter-7")
		opens(t, by["o'hara"], "its-own-1")
		if by["o'hara"].Name != `Pat "O'Hara" # yes: no` || by["o'hara"].Extensions[0] != "0105" {
			t.Errorf("%+v", by["o'hara"])
		}
		for _, login := range []string{"vera", "o'hara"} {
			got = strings.ReplaceAll(got, by[login].Password.Reveal(), "HASH-OF-"+login)
		}
		want := "# ours\n" + pbx + `
agents:                          # by seniority
  # the boss
  - login: anna                  # since 2009
    name: Anna Petrova-Lund
    extensions: ["101", "201"]          # hers alone # really
    password_file: anna.hash     # made in May
    # teams follow
    teams:
      - support
    rights: [ticket, block]
  - {login: boris, extensions: ["102"], password: "` + autumn + `", teams: [sales, night]}   # may leave
  # - {login: old, extensions: ["103"]}

  - name: Vera # first the name
    login: vera
    extensions: [104]
    password: "HASH-OF-vera"
    rights: [category]
  - login: "o'hara"
    name: "Pat \"O'Hara\" # yes: no"
    extensions: ["0105"]
    password: "HASH-OF-o'hara"
    teams: [support]
# no one else

# the lines
tracking:
  - {number: "*", teams: [support]} # all
`
		if diff := cmp.Diff(strings.ReplaceAll(want, "\n", ending), got); diff != "" {
			t.Errorf("with %q (-want +got):\n%s", ending, diff)
		}
		report := p.Report()
		if !strings.Contains(report, "4 agents (utf-8, semicolons): 1 new, 3 changed, 0 unchanged") ||
			!strings.Contains(report, "changed  anna: name, extensions, teams, rights") {
			t.Error(report)
		}
	}
}

func TestImportOfTheSameAgentsChangesNothing(t *testing.T) {
	before := pbx + "agents:\n  - {login: anna, name: Anna, extensions: [\"101\"], password: \"" + spring +
		"\", teams: [a]}\n  - {login: boris, extensions: [\"102\"], password: \"" + autumn + "\"}\n"
	path := inFolder(t, before)
	// the hash is of this password
	p, got, err := take(t, path, "login,extensions,password\nanna,101,spring\n")
	if err != nil {
		t.Fatal(err)
	}
	if got != before || p.Changes() || !slices.Equal(p.Kept, []string{"boris"}) {
		t.Errorf("changes=%v kept=%v\n%s", p.Changes(), p.Kept, got)
	}
	want := "1 agent in hub.yml is not in the file and stays unchanged: boris\n"
	if got := p.Report(); !strings.HasSuffix(got, want) {
		t.Errorf("%q, want %q at the end", got, want)
	}
}

// hub.yml without agents, or with agents in brackets.
func TestAgentsAreAddedToAnyFormOfList(t *testing.T) {
	tail := "region: RU # ours\n"
	for name, before := range map[string]string{
		"no key":           pbx + tail,
		"no last line end": pbx + strings.TrimSuffix(tail, "\n"),
		"nothing behind":   pbx + "agents: # to come\n" + tail,
		"a comment behind": pbx + "agents:\n  # to come\n" + tail,
		"null":             pbx + "agents: null # none\n" + tail,
		"empty brackets":   pbx + "agents: []\n" + tail,
		"brackets": pbx +
			"agents: [{login: boris, extensions: [102], password_file: b.hash}, {login: vera, extensions: " +
			"[\"103\"],\n    password: \"" + autumn + "\"}]\n" + tail,
		"at the margin": pbx + "agents:\n- {login: boris, extensions: [\"102\"], password_file: b.hash}\n" + tail,
		"a dash alone": pbx +
			"agents:\n  -\n    login: boris\n    extensions: [\"102\"]\n    password_file: b.hash\n" + tail,
		"a byte order mark": "\ufeff" + pbx + tail,
		"at the end": pbx + tail +
			"agents:\n    - login: boris\n      extensions: [\"102\"]\n      password_file: b.hash\n",
	} {
		t.Run(name, func(t *testing.T) {
			path := inFolder(t, before, "b.hash", spring)
			old := agents(t, path, before)
			_, got, err := take(t, path, "login\textensions\tteams\nanna\t101\tsupport\nboris\t102 202\tsales\n")
			if err != nil {
				t.Fatal(err)
			}
			by := agents(t, path, got)
			if len(by["anna"].Extensions) != 1 || !slices.Equal(by["boris"].Extensions, []string{"102", "202"}) ||
				!slices.Equal(by["boris"].Teams, []string{"sales"}) {
				t.Errorf("%+v\n%s", by, got)
			}
			if o, there := old["boris"]; there && (by["boris"].PasswordFile != o.PasswordFile ||
				!by["boris"].Password.Equal(o.Password)) {
				t.Errorf("boris's password is not his any more:\n%s", got)
			}
			if _, there := old["vera"]; there && !by["vera"].Password.Equal(old["vera"].Password) {
				t.Errorf("vera's password is not hers any more:\n%s", got)
			}
			if !strings.Contains(got, "region: RU # ours") ||
				strings.HasPrefix(before, "\ufeff") != strings.HasPrefix(got,
					"\ufeff") {
				t.Errorf("the rest was touched:\n%s", got)
			}
			again := inFolder(t, got, "b.hash", spring)
			p, twice, err := take(t, again, "login\textensions\tteams\nanna\t101\tsupport\nboris\t102 202\tsales\n")
			if err != nil || p.Changes() || twice != got {
				t.Errorf("a second time changes it again: %v\n%s", err, twice)
			}
		})
	}
}

func TestFlowStyleListIsRefused(t *testing.T) {
	path := inFolder(t, "{pbx: [{id: main, address: \"127.0.0.1:5038\", username: otrs, password: hunter2}]}\n")
	if _, _, err := take(t, path, "login,extensions\nanna,101\n"); err == nil || !strings.Contains(err.Error(),
		"--print") {
		t.Error(err)
	}
}

func TestSpreadsheetFormats(t *testing.T) {
	const sheet = "ФИО;Логин;Внутренний номер;Группы;Права\r\nАнна " +
		"Петрова;anna;101, 201;поддержка;ticket, block\r\n;;;;\r\nЁжик;yozh;102;;\r\n"
	cp1251, err := charmap.Windows1251.NewEncoder().String(sheet)
	if err != nil {
		t.Fatal(err)
	}
	utf16, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(sheet)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ raw, encoding, was string }{
		"UTF-8":        {sheet, "auto", "utf-8"},
		"with a mark":  {"\ufeff" + sheet, "auto", "utf-8"},
		"Windows-1251": {cp1251, "auto", "windows-1251"},
		"told so":      {cp1251, "windows-1251", "windows-1251"},
		"UTF-16":       {utf16, "auto", "utf-16le"},
		"Excel's line": {"sep=;\r\n" + sheet, "auto", "utf-8"},
		"commas": {
			"login,name,extensions,teams,rights\nanna,Анна " +
				"Петрова,\"101,201\",поддержка,\"ticket,block\"\nyozh,Ёжик,102,,\n",
			"", "utf-8",
		},
		"tabs, no fields": {
			"login\tname\textensions\tteams\trights\nanna\tАнна Петрова\t101 " +
				"201\tподдержка\tticket|block\nyozh\tЁжик\t102\n",
			"utf-8", "utf-8",
		},
	} {
		s, err := ReadSheet("people.csv", []byte(c.raw), c.encoding)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if s.Encoding != c.was || len(s.Rows) != 2 {
			t.Errorf("%s: %s, %d rows", name, s.Encoding, len(s.Rows))
			continue
		}
		a := s.Rows[0]
		if a.Login != "anna" || a.Name != "Анна Петрова" || !slices.Equal(a.Extensions, []string{"101", "201"}) ||
			!slices.Equal(a.Teams, []string{"поддержка"}) || !slices.Equal(a.Rights, []string{"ticket", "block"}) ||
			s.Rows[1].Name != "Ёжик" {
			t.Errorf("%s: %+v", name, s.Rows)
		}
	}
}

// TestBadSheets compares the problems of each file in testdata/bad.
func TestBadSheets(t *testing.T) {
	files, err := filepath.Glob("testdata/bad/*.csv")
	if err != nil || len(files) < 8 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	hub := pbx + "agents:\n  - {login: anna, extensions: [\"101\"], password: \"" + spring +
		"\", teams: [support]}\n  - {login: nine, extensions: [\"200\"], password: \"" + autumn +
		"\"}\ntracking:\n  - {number: \"*\", teams: [support]}\n"
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".csv"), func(t *testing.T) {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			_, _, err = take(t, inFolder(t, hub), string(raw))
			var problems Problems
			if !errors.As(err, &problems) {
				t.Fatalf("it was not refused: %v", err)
			}
			got := err.Error() + "\n"
			if strings.Contains(got, "spring") || strings.Contains(got, "hunter") {
				t.Errorf("a password is printed:\n%s", got)
			}
			golden := strings.TrimSuffix(file, ".csv") + ".golden"
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

func TestTemplateIsAccepted(t *testing.T) {
	path := inFolder(t, pbx)
	p, got, err := take(t, path, Template)
	if err != nil {
		t.Fatal(err)
	}
	by := agents(t, path, got)
	opens(t, by["boris"], "a password of your own")
	if _, count := p.Generated(); count != 2 || len(by) != 3 {
		t.Errorf("%d passwords were made up for %d agents", count, len(by))
	}
	if text := p.Block(); len(agents(t, path, pbx+text)) != 3 {
		t.Errorf("the block is not what hub.yml wants:\n%s", text)
	}
}

// 100 agents, eight per phone, with real hashes: each password matches only its agent's hash.
func TestHundredAgents(t *testing.T) {
	var sheet strings.Builder
	sheet.WriteString("login;name;extensions;teams;rights;password\n")
	for i := range 100 {
		fmt.Fprintf(&sheet, "agent%02d;Агент № %d;%d,%d;team%d;ticket,category;\n", i, i, 100+i/8, 300+i, i%5)
	}
	path := inFolder(t, "# ours\n"+pbx+"agents:\n  - {login: boss, extensions: [\"99\"], password: \""+spring+"\"}\n")
	start := time.Now()
	p, got, err := take(t, path, sheet.String())
	if err != nil {
		t.Fatal(err)
	}
	took := time.Since(start)
	var mem runtime.MemStats
	runtime.ReadMemStats(&mem)
	t.Logf("100 agents, passwords and hashes, %s on %d processors; %d MiB of memory taken from the system",
		took.Round(10*time.Millisecond), runtime.GOMAXPROCS(0), mem.Sys>>20)
	if mem.Sys > 600<<20 {
		t.Errorf("%d MiB for %d hashes at once", mem.Sys>>20, hashesAtOnce)
	}
	by := agents(t, path, got)
	file, count := p.Generated()
	c := csv.NewReader(strings.NewReader(string(file)))
	c.Comma = ';'
	rows, err := c.ReadAll()
	if err != nil || count != 100 || len(by) != 101 || len(rows) != 101 {
		t.Fatalf("%d passwords, %d rows, %d agents, %v", count, len(rows), len(by), err)
	}
	seen := map[string]bool{}
	for _, row := range rows[1:] {
		if seen[row[3]] || len(row[3]) != 14 || strings.Contains(got, row[3]) {
			t.Errorf("%s's password %q is another's, short or in hub.yml", row[0], row[3])
		}
		seen[row[3]] = true
	}
	opens(t, by[rows[1][0]], rows[1][3])
	opens(t, by[rows[100][0]], rows[100][3])

	var accounts []signin.Account
	for _, login := range []string{"agent08", "agent09", "agent10"} { // who share 101
		accounts = append(accounts, signin.Account{
			Login: login, Hash: by[login].Password.Reveal(), Names: by[login].Extensions,
		})
	}
	g := signin.New(signin.Rules{
		Address: signin.Limit{Every: time.Second, Burst: 9}, Pair: signin.Limit{Every: time.Second, Burst: 9},
		Name: signin.Limit{Every: time.Second, Burst: 9}, AtOnce: 1,
	}, nil)
	if err := g.SetAccounts(accounts); err != nil {
		t.Fatal(err)
	}
	who, err := g.SignIn(t.Context(), signin.Attempt{Address: "192.0.2.1:1", Name: "101", Password: rows[10][3]})
	if err != nil || who.Account.Login != "agent09" {
		t.Errorf("at the shared phone the password of agent09 opens %q: %v", who.Account.Login, err)
	}
}

// FuzzApply corrupts hub.yml around a list: the result is as planned, or an error.
func FuzzApply(f *testing.F) {
	f.Add("agents:\n  - {login: boris, extensions: [\"102\"], password: \""+autumn+"\"}\n", "anna", "101")
	f.Add("agents: [\n{login: boris, extensions: [\"102\"], password: \""+autumn+"\"}\n]\n", "boris", "102 103")
	f.Add("agents:\n- login: boris # x\n  extensions:\n  - 102\n  password: '"+autumn+"'\n  name: |\n    A\n    # B\n",
		"boris", "1")
	f.Add("\"agents\":\n  - login: >-\n      boris\n    extensions: [a, b]\n    password: "+autumn+"\n", "boris", "7")
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, section, login, extensions string) {
		path, text := filepath.Join(dir, "hub.yml"), []byte(pbx+section)
		cfg, err := config.Parse(path, text)
		if err != nil {
			return
		}
		s := &Sheet{
			File: "people.csv", has: [columns]bool{columnLogin: true, columnExtensions: true},
			Rows: []Row{{Login: login, Extensions: strings.Fields(extensions)}},
		}
		p, err := NewPlan(cfg, s)
		if err != nil {
			return
		}
		for i := range p.agents {
			if p.agents[i].old < 0 {
				p.agents[i].want.Password = document.NewSecret(spring)
			}
		}
		out, err := p.Apply(path, text)
		if err == nil {
			_ = agents(t, path, string(out))
		}
	})
}

// Roles are not in the sheet: agents keep them, however hub.yml lists the agents.
func TestAgentsKeepTheirRoles(t *testing.T) {
	for name, list := range map[string]string{
		"a line per key": `agents:
  - login: anna
    extensions: ["101"]
    password: "` + autumn + `"
    roles: [view, notes]
`,
		"in brackets": `agents:
  - {login: anna, extensions: ["101"], password: "` + autumn + `", roles: [view, notes]}
`,
		"a list in brackets": `agents: [{login: anna, extensions: ["101"], password: "` + autumn +
			`", roles: [view, notes]}]
`,
	} {
		t.Run(name, func(t *testing.T) {
			path := inFolder(t, pbx+"\n"+list, "none", "")
			_, got, err := take(t, path, "Login;Name;Extensions;Password\nanna;Anna;101, 201;winter-7\n")
			if err != nil {
				t.Fatal(err)
			}
			anna := agents(t, path, got)["anna"]
			if !slices.Equal(anna.Roles, []string{"view", "notes"}) || anna.Name != "Anna" ||
				len(anna.Extensions) != 2 {
				t.Errorf("%+v\n%s", anna, got)
			}
			opens(t, anna, "winter-7")
		})
	}
}
