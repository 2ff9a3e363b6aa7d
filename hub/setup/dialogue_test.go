package setup

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"traybell/hub/config"
	"traybell/hub/signin"
)

// person answers questions that contain a text; others with Enter.
type person struct {
	*testing.T
	answers []string // question, answer, …
	said    strings.Builder
}

func (p *person) Ask(_ context.Context, question, otherwise string) (string, error) {
	p.said.WriteString(question + " [" + otherwise + "]\n")
	if strings.Count(p.said.String(), "\n") > 1000 {
		return "", errors.New("asked without an end")
	}
	if len(p.answers) > 0 && strings.Contains(question, p.answers[0]) {
		answer := p.answers[1]
		p.answers = p.answers[2:]
		return answer, nil
	}
	return otherwise, nil
}

func (p *person) Secret(ctx context.Context, question string) (string, error) {
	return p.Ask(ctx, question, "")
}

func (p *person) Say(text string) { p.said.WriteString(text + "\n") }

func works(context.Context, Answers) Outcome { return Works }

// complete has a person answer, and returns hub.yml with the answers.
func (p *person) complete(d Dialogue, given Answers) (Answers, *config.Config) {
	p.Helper()
	d.Terminal, d.TryPBX, d.Current.DataDir = p, works, "/var/lib/traybell"
	if d.TryHelpDesk == nil {
		d.TryHelpDesk = works
	}
	a, err := d.Complete(p.Context(), given)
	if err != nil {
		p.Fatalf("%v\n%s", err, p.said.String())
	}
	if len(p.answers) > 0 {
		p.Errorf("not asked: %q\n%s", p.answers[0], p.said.String())
	}
	text, err := d.Current.Edit(a, Inline)
	if err != nil {
		p.Fatal(err)
	}
	cfg, err := config.Parse("hub.yml", text)
	if err != nil {
		p.Fatalf("%v\n%s", err, text)
	}
	return a, cfg
}

// A wrong answer is asked again, with the reason, before the next question.
func TestEachAnswerIsCheckedAtOnce(t *testing.T) {
	hash, err := signin.Hash("boris secret")
	if err != nil {
		t.Fatal(err)
	}
	text := []byte(`data_dir: .
listen: 0.0.0.0:12000
pbx: [{id: main, address: "pbx:5038", username: hub, password: secret}]
help_desk: {type: rt, url: "https://rt.example.com", token: secret}
help_desks: [{name: it, type: builtin}]
ticket_templates: {default: {queue: General, title: Call}}
agents: [{login: boris, name: Boris Ivanov, extensions: ["102"], password: "` + hash + `"}]
`)
	cfg, err := config.Parse("hub.yml", text)
	if err != nil {
		t.Fatal(err)
	}
	people := func(text string) string {
		t.Helper()
		file := filepath.Join(t.TempDir(), "people.csv")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	broken, right := people("login;extensions\nvera;1/03\n"), people("login;extensions\nvera;103\n")
	p := &person{T: t, answers: []string{
		"Name or address", "https://hub.example.com/", "Name or address", "hub example", "Name or address", "хаб",
		"Name or address", "hub:99999", "Name or address", "hub.example.com:443",
		"listens on", "12000", "listens on", "0.0.0.0:12000",
		"Country", "Germany", "Country", "XX", "Country", "de",
		"Address of its manager", "http://pbx:5038", "Address of its manager", "pbx:0", "Address of its manager", "pbx",
		"Kind", "jira", "Kind", "zammad", "second one", "a b", "second one", "it", "second one", "sales",
		"Its address", "desk.example.com", "Its address", "https://desk.example.com",
		"token", "", "token", "secret", "Queue", "Users",
		"Customer of", "", "Password (empty: no admin", "short", "Password (empty: no admin", "",
		"Login, or a CSV", "an na", "Login, or a CSV", "an\x01na", "Login, or a CSV", "an\xffna",
		"Login, or a CSV", "gone.csv", "Login, or a CSV", broken, "Login, or a CSV", right,
		"Login, or a CSV", "anna", "Name", "An\x07na", "Name", "An\xcfna", "Name", "Anna",
		"Extensions", "1/01", "Extensions", "101 101", "Extensions", "102", "they share", "n", "Extensions", "102",
		"they share", "y", "Password", "short", "Password", "boris secret", "Password", "anna secret",
		"Repeat", "another", "Password", "anna secret", "Repeat", "anna secret",
		"Login, or a CSV", "anna", "Login, or a CSV", "boris", "Name", "Boris Ivanov", "Extensions", "104",
	}}
	a, now := p.complete(Dialogue{Current: Current{Path: "hub.yml", Text: text, Config: cfg}}, Answers{})
	desk, _ := now.Desk("sales")
	if now.PublicURL != "https://hub.example.com:443" || now.Listen != "0.0.0.0:12000" || now.Region != "DE" ||
		now.HelpDesk.Type != "rt" || desk.HelpDesk == nil || desk.Type != "zammad" ||
		now.TicketTemplates["sales"].HelpDesk != "sales" || now.TicketTemplates["default"].Queue != "General" ||
		now.PBX[0].Address != "pbx:5038" || a.AgentsFile != right || len(a.Agents) != 2 || a.Agents[0].Name != "Anna" ||
		strings.Join(a.Agents[1].Extensions, " ") != "104" || a.Agents[1].Name != "Boris Ivanov" {
		t.Errorf("%+v\n%+v", a, now)
	}
	for _, want := range []string{
		`"https://hub.example.com/" is a URL; use the name alone, such as "hub.example.com"`,
		`"hub example" is not a host`, `"хаб" is not a host`, `"99999" is not a port`,
		"The hub may listen on another one", `"12000" is not an address; use host:port`,
		"two-letter country code", `"XX" is not a known region`, `such as "pbx:5038"`, `"0" is not a port`,
		`there is no kind "jira"`, "hub.yml has rt (https://rt.example.com)", `"a b" is not a name`,
		`hub.yml has a help desk "it" already`, "not a URL; use https://", "an answer is needed",
		"it contains a space", "not visible", "gone.csv", "1/03", "or not visible; type it again",
		`"1/01" is not an extension`, "extension 101 is in this list twice",
		"102 is the extension of boris already. y: they share the phone",
		"boris, who also has extension 102, has the same",
		"The passwords are not the same", `"anna" is already the login of an agent`,
		"boris is in hub.yml and will be changed",
	} {
		if !strings.Contains(p.said.String(), want) {
			t.Errorf("no %q in\n%s", want, p.said.String())
		}
	}
}

func TestHelpDeskIsAskedUntilItWorks(t *testing.T) {
	p := &person{T: t, answers: []string{
		"Country", "RU", "secret", "ring the bell", "Kind", "naumen", "Kind", "znuny", "Its address", "",
		"Its address", "https://desk.example.com", "The hub's user", "hub", "password", "wrong", "Queue", "Raw",
		"Customer of unknown", "unknown", "change the answers", "c", "password", "right",
	}}
	tried := 0
	_, cfg := p.complete(Dialogue{TryHelpDesk: func(_ context.Context, a Answers) Outcome {
		tried++
		if a.HelpDesk.Password.Reveal() == "right" {
			return Works
		}
		return Fails
	}}, Answers{})
	server := cfg.HelpDesk.Server
	if tried != 2 || cfg.HelpDesk.Type != "znuny" || server.URL != "https://desk.example.com" ||
		server.Username != "hub" || server.Password.Reveal() != "right" || server.UnknownCustomer != "unknown" ||
		cfg.TicketTemplates["default"].Queue != "Raw" {
		t.Errorf("tried %d times, %+v\n%s", tried, cfg.HelpDesk, p.said.String())
	}
	for _, want := range []string{
		`there is no kind "naumen"`, "an answer is needed", "The user's password (empty: unchanged)",
	} {
		if !strings.Contains(p.said.String(), want) {
			t.Errorf("no %q in\n%s", want, p.said.String())
		}
	}
}

// Enter keeps what hub.yml has.
func TestEnterKeepsWhatIsThere(t *testing.T) {
	hash, err := signin.Hash("secret-1")
	if err != nil {
		t.Fatal(err)
	}
	text := []byte(`# ours
public_url: https://hub.example.com:11011
region: DE
pbx: [{id: office, address: "pbx:5038", username: hub, password: secret}]   # one
help_desk: {type: zammad, url: "https://desk.example.com", token: secret, unknown_customer: nobody@example.com}
ticket_templates: {default: {queue: Users, title: Call}}
admins: [{login: chief, password: "` + hash + `"}]
agents: [{login: anna, extensions: ["101"], password: "` + hash + `"}]
`)
	cfg, err := config.Parse("hub.yml", text)
	if err != nil {
		t.Fatal(err)
	}
	current := Current{Path: "hub.yml", Text: text, Config: cfg}
	p := &person{T: t}
	a, _ := p.complete(Dialogue{Current: current}, Answers{})
	if now, err := current.Edit(a, Inline); err != nil || string(now) != string(text) {
		t.Errorf("%v\n%s\n%s", err, now, p.said.String())
	}
	if strings.Contains(p.said.String(), "Administrator") {
		t.Errorf("another administrator is asked for:\n%s", p.said.String())
	}
}

// Where some answers are given, only the others are asked for.
func TestOnlyWhatIsMissingIsAskedFor(t *testing.T) {
	given := Answers{
		Region: "RU", PBX: PBX{Address: "pbx"}, HelpDesk: HelpDesk{Type: "rt", URL: "https://rt.example.com"},
	}
	missing := given.Missing(nil)
	if got := strings.Join(missing, " "); got != "pbx.password_file help_desk.password_file help_desk.queue" {
		t.Errorf("missing: %s", got)
	}
	p := &person{T: t, answers: []string{"secret", "ring the bell", "token", "rt-token", "Queue", "General"}}
	_, cfg := p.complete(Dialogue{Only: missing}, given)
	if cfg.PBX[0].Address != "pbx:5038" || cfg.HelpDesk.Server.Token.Reveal() != "rt-token" {
		t.Errorf("%+v", cfg)
	}
	if asked := strings.Count(p.said.String(), " ["); asked != 3 {
		t.Errorf("%d questions:\n%s", asked, p.said.String())
	}
}

func TestPersonQuits(t *testing.T) {
	p := &person{T: t, answers: []string{"Country", "RU", "secret", "x", "quit", "q"}}
	d := Dialogue{Terminal: p, TryPBX: func(context.Context, Answers) Outcome { return Refuses }}
	if _, err := d.Complete(t.Context(), Answers{}); !errors.Is(err, ErrQuit) {
		t.Error(err)
	}
	if !strings.Contains(p.said.String(), "read = system,call") {
		t.Errorf("the rights are not shown:\n%s", p.said.String())
	}
}

func TestCountryOfLocale(t *testing.T) {
	for locale, want := range map[string]string{
		"ru_RU.UTF-8": "RU", "de_AT": "AT", "en_us": "US", "C.UTF-8": "", "": "", "ca_ES@valencia": "",
		"ca_ES.UTF-8@valencia": "ES",
	} {
		if got := countryOf(func(string) string { return locale }); got != want {
			t.Errorf("%q: %q, want %q", locale, got, want)
		}
	}
}
