package setup

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"traybell/hub/config"
	"traybell/hub/config/check"
	"traybell/hub/config/document"
	"traybell/hub/roster"
	"traybell/hub/signin"
	"traybell/shared/bounded"
)

// Problem is an answer that cannot be used.
type Problem struct { //nolint:errname // as document.Problem
	Key   string // of the file of answers, such as pbx.address; empty: hub.yml cannot be changed
	Agent int    // the index, if Key is agents
	Text  string
}

func (p Problem) Error() string { return p.Text }

// Problems returns the answers that cannot be used, as far as nothing needs to be asked for it. What
// is not answered is no problem.
func (c Current) Problems(a Answers) (list []Problem) {
	complain := func(key, text string) {
		if text != "" {
			list = append(list, Problem{Key: key, Text: text})
		}
	}
	complain("server", hostProblem(a.Server))
	if host, _, err := net.SplitHostPort(a.PBX.Address); err != nil || host != "" {
		complain("pbx.address", hostProblem(a.PBX.Address))
	}
	complain("admin.login", check.LoginProblem(a.Admin.Login))
	if secret := a.Admin.Password; !secret.Empty() {
		if err := signin.CheckNew(secret.Reveal()); err != nil {
			complain("admin.password_file", err.Error())
		}
	}
	complain("help_desk.name", c.deskNameProblem(a.HelpDesk))
	cfg, problems, err := c.with(a)
	if err != nil {
		complain("", err.Error())
		return list
	}
	for _, p := range problems {
		key := c.keyOf(p.Key, a)
		if slices.ContainsFunc(list, func(p Problem) bool { return p.Key == key }) {
			continue
		}
		if a.Has(key) || key == "pbx.password_file" && !a.PBX.Password.Empty() {
			complain(key, p.Text)
		}
	}
	for i, agent := range a.Agents {
		if text := a.agentProblem(i, c.Config); text != "" {
			list = append(list, Problem{"agents", i, agent.Login + ": " + text})
		}
	}
	if cfg == nil {
		cfg = cmp.Or(c.Config, &config.Config{})
	}
	if err := sheetProblem(cfg, a.AgentsFile); err != nil {
		complain("agents_file", err.Error())
	}
	return list
}

// with returns hub.yml with the answers, without the people, and what is wrong with it.
func (c Current) with(a Answers) (*config.Config, document.Problems, error) {
	a.Admin.Password = document.Secret{} // its hash would take long
	text, err := c.Edit(a, Inline)
	if err != nil {
		return nil, nil, err
	}
	cfg, err := config.Parse(c.Path, text)
	problems := document.ProblemsOf(err)
	if err != nil && problems == nil {
		return nil, nil, err
	}
	return cfg, problems, nil
}

// keyOf is the answer that a key of hub.yml comes from.
func (c Current) keyOf(key string, a Answers) string {
	switch section, rest, _ := strings.Cut(key, "."); {
	case key == "public_url":
		return "server"
	case key == "region", key == "listen":
		return key
	case strings.HasPrefix(section, "pbx["), section == "help_desk", strings.HasPrefix(section, "help_desks["):
		if i := a.pbx(c.Config); strings.HasPrefix(section, "pbx") && i >= 0 && section != fmt.Sprintf("pbx[%d]", i) {
			return ""
		}
		section, _, _ = strings.Cut(section, "[")
		if rest == "password" || rest == "token" {
			rest = "password_file"
		}
		return strings.TrimSuffix(section, "s") + "." + rest
	case strings.HasPrefix(key, "ticket_templates.") && strings.HasSuffix(key, ".queue"):
		return "help_desk.queue"
	case strings.HasPrefix(section, "admins["):
		return "admin." + rest
	}
	return ""
}

// text is the answer to a key; nil if it is not a text.
func (a *Answers) text(key string) *string {
	return map[string]*string{
		"server": &a.Server, "listen": &a.Listen, "region": &a.Region,
		"pbx.id": &a.PBX.ID, "pbx.address": &a.PBX.Address, "pbx.username": &a.PBX.Username,
		"pbx.password_file": &a.PBX.PasswordFile,
		"help_desk.type":    &a.HelpDesk.Type, "help_desk.name": &a.HelpDesk.Name, "help_desk.url": &a.HelpDesk.URL,
		"help_desk.username": &a.HelpDesk.Username, "help_desk.queue": &a.HelpDesk.Queue,
		"help_desk.unknown_customer": &a.HelpDesk.UnknownCustomer, "help_desk.password_file": &a.HelpDesk.PasswordFile,
		"admin.login": &a.Admin.Login, "admin.password_file": &a.Admin.PasswordFile, "agents_file": &a.AgentsFile,
	}[key]
}

// Has reports whether there is an answer to a key.
func (a Answers) Has(key string) bool {
	text := a.text(key)
	return text != nil && *text != ""
}

var dnsName = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?\.?$`)

// hostProblem returns why a text is not a host, with a port or without; empty if it is one.
func hostProblem(text string) string {
	if text == "" {
		return ""
	}
	if _, rest, found := strings.Cut(text, "://"); found {
		return fmt.Sprintf("%s is a URL; use the name alone, such as %s", document.Quote(text),
			document.Quote(strings.TrimRight(rest, "/")))
	}
	host, port, err := net.SplitHostPort(text)
	if err != nil {
		host, port = strings.Trim(text, "[]"), "1"
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return document.Quote(port) + " is not a port; use 1 to 65535"
	}
	if net.ParseIP(host) == nil && !dnsName.MatchString(host) {
		return document.Quote(host) + " is not a host; use its name in DNS or its address, such as hub.example.com"
	}
	return ""
}

// deskNameProblem returns why the answers' help desk cannot be a second one.
func (c Current) deskNameProblem(h HelpDesk) string {
	switch {
	case h.Name == "":
		return ""
	case c.Config == nil:
		return "there is no other help desk yet; a name is for a second one"
	case h.Type == "":
		return "the second help desk needs a type"
	}
	if _, taken := c.Config.Desk(h.Name); taken {
		return fmt.Sprintf("hub.yml has a help desk %s already; change it there, or use another name",
			document.Quote(h.Name))
	}
	if _, taken := c.Config.TicketTemplates[h.Name]; taken {
		return fmt.Sprintf("hub.yml has a ticket template %s already; use another name", document.Quote(h.Name))
	}
	return ""
}

// agentProblem returns what is wrong with an agent.
func (a Answers) agentProblem(i int, cfg *config.Config) string {
	one, others := a.Agents[i], a.Agents[:i]
	if problem := loginProblem(one.Login, others); problem != "" {
		return problem
	}
	if problem := nameProblem(one.Name); problem != "" {
		return problem
	}
	if problem := extensionsProblem(one.Extensions); problem != "" {
		return problem
	}
	for _, e := range one.Extensions {
		if n := len(sharers(e, one.Login, others, cfg)); n >= config.Sharing {
			return fmt.Sprintf("extension %s has %d agents already, which is the maximum", e, n)
		}
	}
	return passwordProblem(one, others, cfg)
}

func loginProblem(login string, others []Agent) string {
	switch {
	case login == "":
		return "no login"
	case slices.ContainsFunc(others, func(o Agent) bool { return o.Login == login }):
		return document.Quote(login) + " is already the login of an agent in this list; use another one"
	}
	return check.LoginProblem(login)
}

func nameProblem(name string) string {
	if strings.ContainsFunc(name, func(r rune) bool { return r == utf8.RuneError || unicode.IsControl(r) }) {
		return fmt.Sprintf("the name %q contains a character that is none, or not visible; type it again", name)
	}
	return ""
}

func extensionsProblem(list []string) string {
	if len(list) == 0 {
		return "no extension; add the agent's phones, such as 101"
	}
	for i, e := range list {
		if problem := config.ExtensionProblem(e); problem != "" {
			return problem
		}
		if slices.Contains(list[:i], e) {
			return fmt.Sprintf("extension %s is in this list twice", e)
		}
	}
	return ""
}

// sharers are the logins of the others who have an extension.
func sharers(extension, login string, others []Agent, cfg *config.Config) (logins []string) {
	for _, o := range others {
		if o.Login != login && slices.Contains(o.Extensions, extension) {
			logins = append(logins, o.Login)
		}
	}
	if cfg == nil {
		return logins
	}
	for _, o := range cfg.At(extension) {
		named := func(a Agent) bool { return a.Login == o.Login }
		if o.Login != login && !slices.ContainsFunc(others, named) {
			logins = append(logins, o.Login)
		}
	}
	return logins
}

// passwordProblem compares a typed password with those of the others who have an extension: it tells
// who signs in.
func passwordProblem(one Agent, others []Agent, cfg *config.Config) string {
	if one.password == "" {
		return ""
	}
	for _, e := range one.Extensions {
		for _, login := range sharers(e, one.Login, others, cfg) {
			same := slices.ContainsFunc(others, func(o Agent) bool {
				return o.Login == login && o.password == one.password
			}) || cfg != nil && slices.ContainsFunc(cfg.Agents, func(o config.Agent) bool {
				return o.Login == login && signin.Fits(one.password, o.Password.Reveal())
			})
			if same {
				return fmt.Sprintf("%s, who also has extension %s, has the same password; it must differ, because it "+
					"tells who signs in", login, e)
			}
		}
	}
	return ""
}

// sheetProblem reports what is wrong with a CSV file of agents.
func sheetProblem(cfg *config.Config, path string) error {
	if path == "" {
		return nil
	}
	raw, err := bounded.ReadFile(path, maxSheet)
	if err != nil {
		return err
	}
	sheet, err := roster.ReadSheet(path, raw, "auto")
	if err != nil {
		return err
	}
	_, err = roster.NewPlan(cfg, sheet)
	return err
}

// problemOf is the first problem of an answer.
func problemOf(problems []Problem, key string) error {
	for _, p := range problems {
		if p.Key == key {
			return errors.New(p.Text)
		}
	}
	return nil
}
