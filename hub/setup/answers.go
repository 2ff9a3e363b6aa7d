// Package setup makes the first hub.yml from a few answers, or changes the one that is there. It
// changes only what is asked: everything else, comments included, stays. What it writes is in use
// all at once, with the last rename. It starts no goroutines.
package setup

import (
	"reflect"
	"strings"

	"traybell/hub/config"
	"traybell/hub/config/document"
	"traybell/shared/bounded"
)

// Answers are what setup needs to know. What is empty stays as it is.
type Answers struct {
	Server     string   `yaml:"server" help:"Name or address of this computer, as desktops reach it." placeholder:"HOST[:PORT]"`
	Listen     string   `yaml:"listen" help:"Address and port that the hub listens on. Default: 0.0.0.0:11010." placeholder:"HOST:PORT"`
	Region     string   `yaml:"region" help:"Country of national numbers: RU, DE, US." placeholder:"CODE"`
	PBX        PBX      `yaml:"pbx" embed:"" prefix:"pbx-"`
	HelpDesk   HelpDesk `yaml:"help_desk" embed:"" prefix:"help-desk-"`
	Admin      Admin    `yaml:"admin" embed:"" prefix:"admin-"`
	Agents     []Agent  `yaml:"agents" kong:"-"`
	AgentsFile string   `yaml:"agents_file" help:"CSV file of agents, as for agents import." type:"path" placeholder:"FILE"`
}

// PBX is an Asterisk server.
type PBX struct {
	ID           string          `yaml:"id" help:"Which PBX of hub.yml; another id adds one. Default: the first, or main." placeholder:"ID"`
	Address      string          `yaml:"address" help:"AMI address of Asterisk." placeholder:"HOST[:PORT]"`
	Username     string          `yaml:"username" help:"The manager user, as in manager.conf. Default: traybell." placeholder:"NAME"`
	Password     document.Secret `yaml:"password" kong:"-"`
	PasswordFile string          `yaml:"password_file" help:"File with the manager user's secret." type:"path" placeholder:"FILE"`
}

// HelpDesk is where tickets are created.
type HelpDesk struct {
	Type            string          `yaml:"type" help:"Kind of help desk: builtin, znuny, otrs, otobo, zammad, glpi, freescout, osticket, rt, redmine." placeholder:"TYPE"`
	Name            string          `yaml:"name" help:"Add a second help desk by this name, and a ticket template. Default: hub.yml's only one is changed." placeholder:"NAME"`
	URL             string          `yaml:"url" help:"Its address." placeholder:"URL"`
	Username        string          `yaml:"username" help:"The hub's user there." placeholder:"NAME"`
	Password        document.Secret `yaml:"password" kong:"-"`
	PasswordFile    string          `yaml:"password_file" help:"File with the password or token of the hub's user." type:"path" placeholder:"FILE"`
	Queue           string          `yaml:"queue" help:"Queue or group of new tickets." placeholder:"NAME"`
	UnknownCustomer string          `yaml:"unknown_customer" help:"Customer of tickets for unknown callers." placeholder:"LOGIN"`
}

// Admin opens the hub's pages.
type Admin struct {
	Login        string          `yaml:"login" help:"An administrator of the hub's pages." placeholder:"LOGIN"`
	Password     document.Secret `yaml:"password" kong:"-"`
	PasswordFile string          `yaml:"password_file" help:"File with the administrator's password." type:"path" placeholder:"FILE"`
}

// Agent is an agent. Teams and rights that are nil stay as they are, see Agent.keep. Passwords are
// generated, unless they are typed or in the CSV file.
type Agent struct {
	Login      string   `yaml:"login"`
	Name       string   `yaml:"name"`
	Extensions []string `yaml:"extensions"`
	Teams      []string `yaml:"teams"`
	Rights     []string `yaml:"rights"`
	password   string
}

// other reports whether the answers are about another help desk than the first one of hub.yml.
func (h HelpDesk) other(cfg *config.Config) bool {
	return cfg == nil || h.Name != "" || h.Type != "" && h.Type != cfg.HelpDesk.Type
}

// Template is an example of the file of answers.
const Template = `# Answers for: traybell-hub setup --answers FILE. All are optional where hub.yml has them.
server: hub.example.com          # this computer, as desktops reach it; with a port if it is not that of listen
# listen: 0.0.0.0:11010
region: RU
pbx:
  address: 192.0.2.5:5038
  username: traybell
  password_file: pbx.secret      # or password: …
help_desk:
  type: builtin                  # znuny, otrs, otobo, zammad, glpi, freescout, osticket, rt, redmine
  # url: https://desk.example.com/otrs
  # username: traybell
  # password_file: desk.secret   # or password: …; the token, where the help desk has one
  # queue: Raw
  # unknown_customer: unknown
admin:                           # of the hub's pages
  login: admin
  password_file: admin.secret    # or password: …
agents:                          # their passwords are generated; without rights: ticket, category
  - {login: anna, name: Anna Petrova, extensions: ["101"], rights: [ticket, category]}
# agents_file: people.csv        # as for agents import
`

// Read reads a file of answers. The error is document.Problems with all problems.
func Read(path, folder string, text []byte) (a Answers, warnings document.Problems, err error) {
	doc, problem := document.Read(path, folder, text, &a)
	if problem != nil {
		return a, nil, document.Problems{*problem}
	}
	if a.AgentsFile != "" {
		a.AgentsFile = doc.Absolute(a.AgentsFile)
	}
	problems, warnings := doc.Finish()
	if len(problems) > 0 {
		return a, nil, problems
	}
	return a, warnings, nil
}

// Over returns a with what is set in other answers, such as those of the command line.
func (a Answers) Over(other Answers) Answers {
	overlay(reflect.ValueOf(&a).Elem(), reflect.ValueOf(other))
	return a
}

func overlay(into, from reflect.Value) {
	for i := range into.NumField() {
		switch from := from.Field(i); {
		case from.Kind() == reflect.Struct && from.Type() != reflect.TypeFor[document.Secret]():
			overlay(into.Field(i), from)
		case !from.IsZero() && into.Field(i).CanSet():
			into.Field(i).Set(from)
		}
	}
}

const maxSecret = 64 << 10 // bytes

// ReadSecrets reads the files of secrets that are named on the command line. The error is Problem.
func (a *Answers) ReadSecrets() error {
	for _, s := range []struct {
		into      *document.Secret
		key, file string
	}{
		{&a.PBX.Password, "pbx.password_file", a.PBX.PasswordFile},
		{&a.HelpDesk.Password, "help_desk.password_file", a.HelpDesk.PasswordFile},
		{&a.Admin.Password, "admin.password_file", a.Admin.PasswordFile},
	} {
		if s.file == "" {
			continue
		}
		text, err := bounded.ReadFile(s.file, maxSecret)
		if err != nil {
			return Problem{Key: s.key, Text: err.Error()}
		}
		secret := strings.TrimRight(string(text), "\r\n")
		if secret == "" || strings.ContainsAny(secret, "\r\n") {
			return Problem{Key: s.key, Text: s.file + " must have the secret alone, in one line"}
		}
		*s.into = document.NewSecret(secret)
	}
	return nil
}

// Missing returns the answers that a hub needs and that neither a nor cfg has, as keys of the file
// of answers. cfg is nil without a hub.yml.
func (a Answers) Missing(cfg *config.Config) (keys []string) {
	need := func(key, answer string) {
		if answer == "" {
			keys = append(keys, key)
		}
	}
	if a.pbx(cfg) < 0 {
		need("pbx.address", a.PBX.Address)
		need("pbx.password_file", a.PBX.Password.Reveal())
	}
	if cfg == nil {
		need("region", a.Region)
	}
	if a.HelpDesk.other(cfg) && a.HelpDesk.Type != "" {
		wants, queue, ok := config.HelpDeskNeeds(a.HelpDesk.Type)
		if !ok {
			return keys
		}
		need("help_desk.url", a.HelpDesk.URL)
		for _, key := range wants {
			if key == "username" {
				need("help_desk.username", a.HelpDesk.Username)
			} else {
				need("help_desk.password_file", a.HelpDesk.Password.Reveal())
			}
		}
		if queue {
			need("help_desk.queue", a.HelpDesk.Queue)
		}
	}
	if a.Admin.Login != "" && (cfg == nil || !hasAdmin(cfg, a.Admin.Login)) {
		need("admin.password_file", a.Admin.Password.Reveal())
	}
	return keys
}
