package cmd

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"traybell/hub/ami/amitest"
	"traybell/hub/config"
	"traybell/hub/signin"
)

// office is a folder without a hub.yml, and a PBX.
type office struct {
	*testing.T
	dir string
	pbx *amitest.PBX
}

func newOffice(t *testing.T, o amitest.Options) *office {
	t.Parallel()
	f := &office{t, t.TempDir(), newPBX(t, o)}
	f.file("pbx.txt", amitest.Secret+"\n")
	return f
}

func (f *office) file(name, text string) string {
	f.Helper()
	write(f.T, f.dir, name, text)
	return filepath.Join(f.dir, name)
}

// setup runs setup, without a terminal, and returns what it prints.
func (f *office) setup(args ...string) (string, error) {
	f.Helper()
	var out, errs strings.Builder
	err := Run(f.Context(), "test", append([]string{
		"setup", "--config", filepath.Join(f.dir, "hub.yml"), "--data-dir", f.dir,
	}, args...), &out, &errs)
	return out.String() + errs.String(), err
}

// account are the flags of a PBX that works.
func (f *office) account() []string {
	return []string{"--pbx-address", f.pbx.Addr(), "--pbx-password-file", filepath.Join(f.dir, "pbx.txt")}
}

func (f *office) must(args ...string) string {
	f.Helper()
	out, err := f.setup(args...)
	if err != nil {
		f.Fatalf("%v\n%s", err, out)
	}
	return out
}

// refused requires an error, and that nothing was written.
func (f *office) refused(want string, args ...string) {
	f.Helper()
	before := f.content()
	out, err := f.setup(args...)
	if err == nil || !strings.Contains(out+err.Error(), want) {
		f.Errorf("%v, want %q\n%s", err, want, out)
	}
	if after := f.content(); after != before {
		f.Errorf("the folder had\n%s\nand has\n%s", before, after)
	}
}

// content is all files of the folder.
func (f *office) content() string {
	f.Helper()
	all, err := os.ReadDir(f.dir)
	if err != nil {
		f.Fatal(err)
	}
	var b strings.Builder
	for _, each := range all {
		text, err := os.ReadFile(filepath.Join(f.dir, each.Name()))
		fmt.Fprintf(&b, "%s: %q %v\n", each.Name(), text, err)
	}
	return b.String()
}

func (f *office) load() *config.Config {
	f.Helper()
	cfg, err := config.Load(filepath.Join(f.dir, "hub.yml"))
	if err != nil {
		f.Fatal(err)
	}
	return cfg
}

func TestSetupWritesAFirstHubYML(t *testing.T) {
	f := newOffice(t, amitest.Options{})
	f.file("admin.txt", "secret-admin")
	answers := f.file("answers.yml", `region: de
server: hub.example.com
pbx: {address: "`+f.pbx.Addr()+`", password_file: pbx.txt}
admin: {login: chief, password_file: admin.txt}
agents:
  - {login: anna, name: Anna Petrova, extensions: ["101", "201"], teams: [support], rights: [ticket]}
agents_file: people.csv
`)
	f.file("people.csv", "логин;номера;пароль\nvera;103;vera-secret\n")
	out := f.must("--answers", answers, "--agent", "boris:102:Boris Ivanov")
	for _, want := range []string{"✓ signed in", "traybell-hub serve", "new      anna (Anna Petrova) at 101, 201"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	cfg := f.load()
	x := cfg.PBX[0]
	if cfg.Region != "DE" || cfg.PublicURL != "https://hub.example.com:11010" || x.ID != "main" ||
		x.Username != "traybell" || x.Password.Reveal() != amitest.Secret ||
		x.PasswordFile != filepath.Join(f.dir, "pbx-main.secret") || len(cfg.Agents) != 3 ||
		!signin.Fits("secret-admin", cfg.Admins[0].Password.Reveal()) ||
		!signin.Fits("vera-secret", cfg.Agents[2].Password.Reveal()) {
		t.Errorf("%+v\n%s", cfg, f.content())
	}
	passwords := files(t, f.dir, "agents-passwords-*.csv")
	if len(passwords) != 1 {
		t.Fatal(f.content())
	}
	text, err := os.ReadFile(passwords[0])
	fields := strings.Split(strings.TrimSpace(string(text)), "\n")
	if err != nil || len(fields) != 3 || !signin.Fits(fields[1][strings.LastIndex(fields[1], ";")+1:],
		cfg.Agents[0].Password.Reveal()) {
		t.Errorf("%v\n%s", err, text)
	}
	for file, mode := range map[string]os.FileMode{"hub.yml": 0o640, "pbx-main.secret": 0o600} {
		if info, err := os.Stat(filepath.Join(f.dir, file)); err != nil ||
			runtime.GOOS != "windows" && info.Mode().Perm() != mode {
			t.Errorf("%s: %v, %v", file, info.Mode(), err)
		}
	}
	if out, err := try(t, "check", "--offline", "-c", filepath.Join(f.dir, "hub.yml")); err != nil {
		t.Errorf("check: %v\n%s", err, out)
	}
	was := f.content()
	if out := f.must("--answers", answers); !strings.Contains(out, "needs no change") || f.content() != was {
		t.Errorf("a second run changes the folder\n%s\n%s", out, f.content())
	}
}

// What is not asked for stays, to the byte.
func TestSetupChangesWhatIsAskedFor(t *testing.T) {
	f := newOffice(t, amitest.Options{})
	hash, err := signin.Hash("secret-1")
	if err != nil {
		t.Fatal(err)
	}
	const before = `# ours
data_dir: .   # here
region: RU
pbx:
  # the old one
  - {id: office, address: "192.0.2.1:5038", username: otrs, password: old, tls: false}
help_desk:
  type: rt   # since 2020
  url: https://rt.example.com
  token: old-token
agents:
  - {login: anna, extensions: ["101"], password: "HASH", teams: [boss], rights: [block]}   # the boss
ticket_templates:
  default: {queue: General, title: "{{.Caller.Name}}"}
# the end
`
	f.file("hub.yml", strings.ReplaceAll(before, "HASH", hash))
	f.file("token.txt", "new-token")
	out := f.must(append(f.account(), "--pbx-username", amitest.Username, "--untried", "--help-desk-password-file",
		filepath.Join(f.dir, "token.txt"), "--help-desk-queue", "Support")...)
	want := strings.NewReplacer(
		`address: "192.0.2.1:5038", username: otrs, password: old`,
		`address: "`+f.pbx.Addr()+`", username: `+amitest.Username+`, password_file: pbx-office.secret`,
		"token: old-token", "token_file: help-desk.secret", "queue: General", "queue: Support", "HASH", hash,
	).Replace(before)
	text, err := os.ReadFile(filepath.Join(f.dir, "hub.yml"))
	if err != nil || string(text) != want {
		t.Errorf("%v\n%s\nwant\n%s\n%s", err, text, want, out)
	}
	if backups := files(t, f.dir, "hub.yml.*.bak"); len(backups) != 1 {
		t.Error(f.content())
	}
	f.must("--agent", "anna:101,201", "--agent", "boris:102")
	agents := f.load().Agents
	anna, boris := agents[0], agents[1]
	if strings.Join(anna.Extensions, " ") != "101 201" || anna.Teams[0] != "boss" ||
		strings.Join(anna.Rights, " ") != "block" || strings.Join(boris.Rights, " ") != "ticket category" {
		t.Errorf("%+v", agents)
	}
	f.file("desk.txt", "secret")
	f.must("--untried", "--help-desk-type", "znuny", "--help-desk-url", "https://desk.example.com/otrs",
		"--help-desk-username", "hub", "--help-desk-password-file", filepath.Join(f.dir, "desk.txt"),
		"--help-desk-queue", "Raw")
	if desk := f.load().HelpDesk; desk.Type != "znuny" || desk.Server.Username != "hub" ||
		desk.Server.Password.Reveal() != "secret" || !desk.Server.Token.Empty() {
		t.Errorf("%+v\n%s", desk, f.content())
	}
	// a new secret gets a new file: the running hub has the old one until hub.yml names the new one
	f.file("pbx.txt", "another one")
	f.must(append(f.account(), "--untried")...)
	if x := f.load().PBX[0]; x.Password.Reveal() != "another one" ||
		x.PasswordFile != filepath.Join(f.dir, "pbx-office-2.secret") {
		t.Errorf("%+v", x)
	}
}

// What is wrong is found before anything is tried, and the error names the flag, or the place in the file.
func TestSetupNamesTheAnswerThatIsWrong(t *testing.T) {
	f := newOffice(t, amitest.Options{})
	f.file("short.txt", "short")
	f.file("two.txt", "two\nlines\n")
	f.file("people.csv", "login;extensions\nvera;1/03\n")
	in := func(name string) string { return filepath.Join(f.dir, name) }
	for _, c := range []struct{ want, flags string }{
		{`--region: "XX" is not a known region`, "--region=XX"},
		{`--server: "https://hub" is a URL; use the name alone`, "--server=https://hub"},
		{`--server: "hub/" is not a host`, "--server=hub/"},
		{`--listen: "12000" is not an address`, "--listen=12000"},
		{`--help-desk-type: unknown value "jira"`, "--help-desk-type=jira"},
		{"--help-desk-url: not a URL", "--help-desk-type=rt --help-desk-url=desk"},
		{"--help-desk-name: there is no other help desk yet", "--help-desk-type=rt --help-desk-name=it"},
		{`--pbx-address: "99999" is not a port`, "--pbx-address=127.0.0.1:99999"},
		{`--pbx-id: "A b" is not a valid id`, "--pbx-id=A b"},
		{"--admin-password-file: a password needs", "--admin-login=root --admin-password-file=" + in("short.txt")},
		{"--admin-password-file: " + in("two.txt") + " must have", "--admin-password-file=" + in("two.txt")},
		{"--pbx-password-file: ", "--pbx-password-file=" + in("gone.txt")},
		{`--admin-login: "ro ot" is not a valid login`, "--admin-login=ro\tot --admin-password-file=" + in("pbx.txt")},
		{`--agent: anna: "1/01" is not an extension`, "--agent=anna:1/01"},
		{`"an na" is not a valid login`, "--agent=an\x01na:101"},
		{"--agent: anna: the name", "--agent=anna:101:An\x07na"},
		{`--agent: anna: "anna" is already the login`, "--agent=anna:101 --agent=anna:102"},
		{"--agents-file: " + in("people.csv") + ":2:6: ", "--agents-file=" + in("people.csv")},
		{"--agents-file: ", "--agents-file=" + in("gone.csv")},
	} {
		args := append(f.account(), "--region", "RU")
		for i, flag := range strings.Split(" "+c.flags, " --") {
			if i > 0 {
				args = append(args, "--"+flag)
			}
		}
		before := f.content()
		out, err := f.setup(args...)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error()+out, "--untried") ||
			strings.Contains(out, "signed in") {
			t.Errorf("%s: %v, want %q\n%s", c.flags, err, c.want, out)
		}
		if after := f.content(); after != before {
			t.Errorf("%s: the folder had\n%s\nand has\n%s", c.flags, before, after)
		}
	}
	answers := f.file("answers.yml", "region: RU\nserver: 'http://hub'\npbx: {address: "+
		`"`+f.pbx.Addr()+`", password_file: pbx.txt}`+"\nagents: [{login: anna, extensions: [a/b]}]\n")
	f.refused(answers+`: server: "http://hub" is a URL`, "--answers", answers)
	f.refused(answers+`: agents[0]: anna: "a/b"`, "--answers", answers)
	f.refused("--server: ", "--answers", answers, "--server", "ftp://hub")
}

// Links and pages have the port and the address of listen.
func TestSetupKnowsWhereTheHubListens(t *testing.T) {
	f := newOffice(t, amitest.Options{})
	for name, c := range map[string]struct{ listen, url, server, want string }{
		"another port":        {"0.0.0.0:12000", "", "hub.example.com", "https://hub.example.com:12000"},
		"an address":          {"192.0.2.9:11010", "", "192.0.2.9", "https://192.0.2.9:11010"},
		"a proxy's port":      {"127.0.0.1:11010", "", "hub.example.com:443", "https://hub.example.com:443"},
		"the same again":      {"127.0.0.1:11010", "https://hub/x", "hub:443", "https://hub/x"},
		"IPv6":                {"[::]:11010", "", "2001:db8::1", "https://[2001:db8::1]:11010"},
		"another than before": {"0.0.0.0:11010", "https://hub:11010", "hub2", "https://hub2:11010"},
	} {
		text := "data_dir: .\nlisten: \"" + c.listen + "\"\n" +
			`pbx: [{id: main, address: "` + f.pbx.Addr() + `", username: traybell, password: ` + amitest.Secret + "}]\n"
		if c.url != "" {
			text += "public_url: " + c.url + "\n"
		}
		f.file("hub.yml", text)
		f.must("--server", c.server)
		if got := f.load().PublicURL; got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
	f.must(
		"--new",
		"--pbx-address",
		f.pbx.Addr(),
		"--pbx-password-file",
		filepath.Join(f.dir, "pbx.txt"),
		"--region",
		"RU",
		"--listen",
		"0.0.0.0:12000",
		"--server",
		"hub",
	)
	if cfg := f.load(); cfg.PublicURL != "https://hub:12000" || cfg.Listen != "0.0.0.0:12000" {
		t.Errorf("%s, %s", cfg.PublicURL, cfg.Listen)
	}
}

func TestSetupAddsASecondHelpDesk(t *testing.T) {
	f := newOffice(t, amitest.Options{})
	f.file("token.txt", "token")
	f.file("hub.yml", "data_dir: .\n"+
		`pbx: [{id: main, address: "`+f.pbx.Addr()+`", username: traybell, password: `+amitest.Secret+"}]\n"+
		"help_desk: {type: rt, url: \"https://rt.example.com\", token: old}   # ours\n"+
		"ticket_templates: {default: {queue: General, title: Call}}\n")
	desk := []string{
		"--untried", "--help-desk-type", "redmine", "--help-desk-url", "https://r.example.com",
		"--help-desk-queue", "raw",
		"--help-desk-password-file", filepath.Join(f.dir, "token.txt"),
	}
	if out := f.must(append(desk, "--help-desk-name", "it")...); strings.Contains(out, "replaces") {
		t.Error(out)
	}
	cfg := f.load()
	second, ok := cfg.Desk("it")
	if !ok || second.Type != "redmine" || second.Server.Token.Reveal() != "token" || cfg.HelpDesk.Type != "rt" ||
		cfg.TicketTemplates["it"].HelpDesk != "it" || cfg.TicketTemplates["it"].Queue != "raw" ||
		cfg.TicketTemplates["default"].Queue != "General" {
		t.Errorf("%+v\n%s", cfg, f.content())
	}
	f.refused(`--help-desk-name: hub.yml has a help desk "it" already`, append(desk, "--help-desk-name", "it")...)
	if out := f.must(desk...); !strings.Contains(out, "redmine replaces rt (https://rt.example.com)") {
		t.Errorf("a help desk is replaced without a word:\n%s", out)
	}
}

// Without a package nothing has made data_dir.
func TestSetupMakesDataDir(t *testing.T) {
	f := newOffice(t, amitest.Options{})
	data := filepath.Join(f.dir, "var", "traybell")
	out := f.must(append(f.account(), "--region", "RU", "--data-dir", data)...)
	info, err := os.Stat(data)
	if err != nil || !info.IsDir() || runtime.GOOS != "windows" && info.Mode().Perm() != 0o700 {
		t.Errorf("%v, %v\n%s", info, err, out)
	}
	f.refused("--data-dir", append(f.account(), "--region", "RU", "--new", "--data-dir", f.file("file", ""))...)
}

func TestSetupRefusesWhatDoesNotWork(t *testing.T) {
	f := newOffice(t, amitest.Options{Users: map[string]amitest.User{
		"traybell": {Secret: amitest.Secret, Read: []string{"system", "call"}, Write: []string{"verbose"}},
	}})
	f.refused("not given: --pbx-address, --pbx-password-file, --region", "--agent", "anna:101")
	f.refused("write = call, system or reporting", append(f.account(), "--region", "RU")...)
	f.refused("--untried", append(f.account(), "--region", "RU", "--pbx-username", "nobody")...)
	f.refused("XX", append(f.account(), "--region", "XX")...)
	f.refused("use LOGIN:EXTENSION", append(f.account(), "--region", "RU", "--agent", "anna")...)
	f.refused("servr", "--answers", f.file("answers.yml", "servr: hub\n"))
	f.file("hub.yml", "pbx: [\n")
	f.refused("--new", f.account()...)
	f.must(append(f.account(), "--region", "RU", "--untried", "--new")...)
	if backups := files(t, f.dir, "hub.yml.*.bak"); len(backups) != 1 || f.load().Region != "RU" {
		t.Error(f.content())
	}
}
