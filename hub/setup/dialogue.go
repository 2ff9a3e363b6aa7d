package setup

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"

	"traybell/hub/config"
	"traybell/hub/config/document"
	"traybell/hub/signin"
)

// Terminal is where a person answers.
type Terminal interface {
	// Ask returns a line; an empty one is otherwise.
	Ask(ctx context.Context, question, otherwise string) (string, error)
	// Secret returns a line that is not shown.
	Secret(ctx context.Context, question string) (string, error)
	Say(text string)
}

// ErrQuit means that the person does not want to go on.
var ErrQuit = errors.New("stopped; nothing was written")

// Dialogue asks for the answers.
type Dialogue struct {
	Terminal
	Current Current
	Only    []string // ask only for these keys; nil: for all

	// TryPBX and TryHelpDesk try the answers so far and show what they find.
	TryPBX, TryHelpDesk func(ctx context.Context, a Answers) Outcome
}

// Outcome is what a server says to the answers.
type Outcome int

// The outcomes.
const (
	Works   Outcome = iota
	Fails           // it cannot be reached or used
	Refuses         // the account is not known or lacks a right
)

// Complete asks for what the answers lack.
func (d Dialogue) Complete(ctx context.Context, a Answers) (Answers, error) {
	for _, subject := range []func(context.Context, *Answers) error{
		d.computer, d.pbx, d.helpDesk, d.admin, d.agents,
	} {
		if err := subject(ctx, &a); err != nil {
			return a, err
		}
	}
	return a, nil
}

// all reports whether the whole dialogue takes place.
func (d Dialogue) all() bool { return d.Only == nil }

func (d Dialogue) asks(key string) bool { return d.all() || slices.Contains(d.Only, key) }

// ask asks for a key until its answer is fine.
func (d Dialogue) ask(ctx context.Context, a *Answers, key, question, otherwise string, required bool) error {
	if !d.asks(key) {
		return nil
	}
	return d.until(ctx, question, otherwise, func(answer string) error {
		if answer == "" && required {
			return errNeeded
		}
		next := *a
		*next.text(key) = answer
		if err := problemOf(d.Current.Problems(next), key); err != nil {
			return err
		}
		*a = next
		return nil
	})
}

// until asks until take accepts the answer.
func (d Dialogue) until(ctx context.Context, question, otherwise string, take func(answer string) error) error {
	for {
		answer, err := d.Ask(ctx, question, otherwise)
		if err != nil {
			return err
		}
		err = take(answer)
		if err == nil {
			return nil
		}
		d.Say(err.Error())
	}
}

var errNeeded = errors.New("an answer is needed; Ctrl-C stops")

func (d Dialogue) computer(ctx context.Context, a *Answers) error {
	cfg := d.Current.Config
	if err := d.ask(ctx, a, "server", "Name or address of this computer, as desktops reach it",
		cmp.Or(a.Server, serverOf(cfg)), true); err != nil {
		return err
	}
	if err := d.listen(ctx, a); err != nil {
		return err
	}
	region := a.Region
	if cfg != nil {
		region = cmp.Or(region, cfg.Region)
	}
	return d.ask(ctx, a, "region", "Country of your numbers, such as RU or DE", cmp.Or(region, countryOf(os.Getenv)),
		true)
}

// listen asks where the hub listens, if the port that desktops use is another one.
func (d Dialogue) listen(ctx context.Context, a *Answers) error {
	_, port, err := net.SplitHostPort(a.Server)
	if err != nil || !d.all() || port == a.port(d.Current.Config) || a.Server == serverOf(d.Current.Config) {
		return nil //nolint:nilerr // without a port it is that of listen
	}
	host, _, _ := net.SplitHostPort(a.listen(d.Current.Config)) // it is checked
	d.Say("Desktops will use port " + port + ". The hub may listen on another one, behind a proxy or a router.")
	return d.ask(ctx, a, "listen", "The hub listens on", net.JoinHostPort(host, port), true)
}

// countryOf is the country of the locale: RU of ru_RU.UTF-8.
func countryOf(env func(string) string) string {
	locale := cmp.Or(env("LC_ALL"), env("LC_TELEPHONE"), env("LANG"))
	_, country, _ := strings.Cut(locale, "_")
	if len(country) < 2 || len(country) > 2 && country[2] != '.' {
		return ""
	}
	return strings.ToUpper(country[:2])
}

// pbx asks for the PBX until it can be used.
func (d Dialogue) pbx(ctx context.Context, a *Answers) error {
	if !d.asks("pbx.address") && !d.asks("pbx.password_file") {
		return nil
	}
	for {
		known := a.PBXOf(d.Current.Config)
		d.Say("\nAsterisk")
		at := cmp.Or(known.Address, "127.0.0.1:"+amiPort)
		if err := d.ask(ctx, a, "pbx.address", "Address of its manager interface (AMI)", at, true); err != nil {
			return err
		}
		if d.asks("pbx.address") {
			all := d
			all.Only = nil
			if err := all.ask(ctx, a, "pbx.username", "Manager user", known.Username, true); err != nil {
				return err
			}
		}
		if err := d.managerSecret(ctx, a); err != nil {
			return err
		}
		again, err := d.tried(ctx, *a, d.TryPBX, func() {
			d.Say("The section of manager.conf (FreePBX: manager_custom.conf) has to be:\n\n" +
				ManagerSection(ctx, a.PBXOf(d.Current.Config), "") + "\nThen: asterisk -rx \"manager reload\"")
		})
		if err != nil || !again {
			return err
		}
	}
}

// managerSecret asks for the manager user's secret, or generates one and shows what to paste.
func (d Dialogue) managerSecret(ctx context.Context, a *Answers) error {
	known := !a.PBX.Password.Empty() || a.pbx(d.Current.Config) >= 0
	question := "Its secret (empty: generate one)"
	if known {
		question = "Its secret (empty: unchanged)"
	}
	secret, err := d.Secret(ctx, question)
	switch {
	case err != nil:
		return err
	case secret != "":
		a.PBX.Password = document.NewSecret(secret)
		return nil
	case known:
		return nil
	}
	secret = NewSecret()
	a.PBX.Password = document.NewSecret(secret)
	d.Say("Add this to manager.conf (FreePBX: manager_custom.conf), where enabled = yes is in [general]:\n\n" +
		ManagerSection(ctx, a.PBXOf(d.Current.Config), secret) +
		"\nThen run on the PBX: asterisk -rx \"manager reload\"")
	_, err = d.Ask(ctx, "Press Enter when it is done", "")
	return err
}

// tried tries the answers until they work or the person decides. again: ask once more.
func (d Dialogue) tried(ctx context.Context, a Answers, try func(context.Context, Answers) Outcome, refused func(),
) (again bool, err error) {
	for {
		outcome := try(ctx, a)
		if outcome == Works {
			return false, nil
		}
		if err := ctx.Err(); err != nil {
			return false, err
		}
		if outcome == Refuses && refused != nil {
			refused()
		}
		answer, err := d.Ask(ctx, "Enter: try again, c: change the answers, s: go on as it is, q: quit", "")
		if err != nil {
			return false, err
		}
		switch strings.ToLower(answer) {
		case "c":
			return true, nil
		case "s":
			return false, nil
		case "q":
			return false, ErrQuit
		}
	}
}

func (d Dialogue) helpDesk(ctx context.Context, a *Answers) error {
	now := config.Builtin
	if cfg := d.Current.Config; cfg != nil {
		now = cfg.HelpDesk.Type
	}
	for {
		if d.all() {
			d.Say("\nHelp desk")
		}
		kinds := slices.DeleteFunc(config.HelpDeskTypes(), func(kind string) bool { return kind == config.WebhookDesk })
		if d.all() {
			if err := d.until(ctx, "Kind ("+strings.Join(kinds, ", ")+")", cmp.Or(a.HelpDesk.Type, now),
				func(answer string) error {
					if !slices.Contains(kinds, answer) && answer != now {
						return fmt.Errorf("there is no kind %q; others are set in hub.yml", answer)
					}
					a.HelpDesk.Type, a.HelpDesk.Name = answer, ""
					return nil
				}); err != nil {
				return err
			}
			if was := d.Current.Replaced(*a); was != "" {
				d.Say("hub.yml has " + was + ". It can stay, with a second one for some lines.")
				if err := d.ask(ctx, a, "help_desk.name", "Name of "+a.HelpDesk.Type+" as a second one (empty: it "+
					"replaces "+d.Current.Config.HelpDesk.Type+")", "", false); err != nil {
					return err
				}
			}
		}
		keys, queue, ok := config.HelpDeskNeeds(a.HelpDesk.Type)
		if ofDesk := func(key string) bool { return strings.HasPrefix(key, "help_desk.") }; !ok ||
			!d.all() && !slices.ContainsFunc(d.Only, ofDesk) {
			return nil
		}
		if err := d.helpDeskAccount(ctx, a, keys, queue); err != nil {
			return err
		}
		again, err := d.tried(ctx, *a, d.TryHelpDesk, nil)
		if err != nil || !again {
			return err
		}
	}
}

func (d Dialogue) helpDeskAccount(ctx context.Context, a *Answers, keys []string, queue bool) error {
	var now config.HelpDesk
	template := config.TicketTemplate{}
	h := &a.HelpDesk
	if cfg := d.Current.Config; cfg != nil && !h.other(cfg) {
		now, template = cfg.HelpDesk, cfg.TicketTemplates[ticketName]
	}
	was := now.Server
	err := d.ask(ctx, a, "help_desk.url", "Its address, such as https://desk.example.com", cmp.Or(h.URL, was.URL), true)
	for _, key := range keys {
		switch {
		case err != nil:
		case key == "username":
			err = d.ask(ctx, a, "help_desk.username", "The hub's user there",
				cmp.Or(h.Username, was.Username, DefaultUser), true)
		case d.asks("help_desk.password_file"):
			err = d.deskSecret(ctx, h, key, now.Type != "")
		}
	}
	if err == nil && queue {
		err = d.ask(ctx, a, "help_desk.queue", "Queue or group of new tickets", cmp.Or(h.Queue, template.Queue), true)
	}
	if err == nil && d.all() {
		err = d.ask(ctx, a, "help_desk.unknown_customer", "Customer of unknown callers' tickets (may be empty)",
			cmp.Or(h.UnknownCustomer, was.UnknownCustomer), false)
	}
	return err
}

// deskSecret asks for a password or token. known: there is one.
func (d Dialogue) deskSecret(ctx context.Context, h *HelpDesk, key string, known bool) error {
	known = known || !h.Password.Empty()
	question := "The user's " + key
	if known {
		question += " (empty: unchanged)"
	}
	for {
		secret, err := d.Secret(ctx, question)
		switch {
		case err != nil:
			return err
		case secret != "":
			h.Password = document.NewSecret(secret)
			return nil
		case known:
			return nil
		}
		d.Say(errNeeded.Error())
	}
}

// admin asks for an administrator of the pages, unless there is one.
func (d Dialogue) admin(ctx context.Context, a *Answers) error {
	if cfg := d.Current.Config; d.all() && cfg != nil && len(cfg.Admins) > 0 {
		return nil
	}
	if !d.all() && !d.asks("admin.password_file") {
		return nil
	}
	if d.all() {
		d.Say("\nAdministrator of the hub's pages")
		if err := d.ask(ctx, a, "admin.login", "Login", cmp.Or(a.Admin.Login, "admin"), true); err != nil {
			return err
		}
	}
	secret, err := d.newPassword(ctx, "Password (empty: no administrator yet)", nil)
	a.Admin.Password = document.NewSecret(secret)
	return err
}

// newPassword asks for a password twice. An empty one is accepted. check may be nil.
func (d Dialogue) newPassword(ctx context.Context, question string, check func(string) error) (string, error) {
	for {
		secret, err := d.Secret(ctx, question)
		if err != nil || secret == "" {
			return "", err
		}
		err = signin.CheckNew(secret)
		if err == nil && check != nil {
			err = check(secret)
		}
		if err != nil {
			d.Say(err.Error())
			continue
		}
		repeated, err := d.Secret(ctx, "Repeat")
		switch {
		case err != nil:
			return "", err
		case repeated == secret:
			return secret, nil
		}
		d.Say("The passwords are not the same.")
	}
}

// agents asks for agents until a login is empty.
func (d Dialogue) agents(ctx context.Context, a *Answers) error {
	if !d.all() {
		return nil
	}
	d.Say("\nAgents, one after the other. Many come from a file: traybell-hub agents import --template")
	if cfg := d.Current.Config; cfg != nil && len(cfg.Agents) > 0 {
		d.Say(fmt.Sprintf("hub.yml has %d; they stay.", len(cfg.Agents)))
	}
	for {
		one, err := d.agent(ctx, a)
		if err != nil || one == nil {
			return err
		}
		a.Agents = append(a.Agents, *one)
	}
}

// agent asks for one agent; nil: no more.
func (d Dialogue) agent(ctx context.Context, a *Answers) (*Agent, error) {
	var one Agent
	for one.Login == "" {
		login := ""
		if err := d.until(ctx, "Login, or a CSV file (empty: no more)", "", func(answer string) error {
			login = answer
			switch {
			case answer == "":
				return nil
			case strings.HasSuffix(strings.ToLower(answer), ".csv"):
				next := *a
				next.AgentsFile = answer
				return problemOf(d.Current.Problems(next), "agents_file")
			}
			return asError(loginProblem(answer, a.Agents))
		}); err != nil || login == "" {
			return nil, err
		}
		if strings.HasSuffix(strings.ToLower(login), ".csv") {
			a.AgentsFile = login
			d.Say("Read. Other agents follow:")
			continue
		}
		one.Login = login
	}
	was := config.Agent{Name: one.Login}
	cfg := d.Current.Config
	if cfg != nil {
		if i := slices.IndexFunc(cfg.Agents, func(o config.Agent) bool { return o.Login == one.Login }); i >= 0 {
			was = cfg.Agents[i]
			d.Say(one.Login + " is in hub.yml and will be changed.")
		}
	}
	if err := d.until(ctx, "Name", was.Name, func(answer string) error {
		one.Name = answer
		return asError(nameProblem(answer))
	}); err != nil {
		return nil, err
	}
	for fine := false; !fine; {
		err := d.until(ctx, "Extensions", strings.Join(was.Extensions, ", "), func(answer string) error {
			one.Extensions = strings.FieldsFunc(answer, betweenExtensions)
			return asError(extensionsProblem(one.Extensions))
		})
		if err == nil {
			fine, err = d.mayShare(ctx, one, a.Agents)
		}
		if err != nil {
			return nil, err
		}
	}
	question := "Password (empty: generate one)"
	if !was.Password.Empty() {
		question = "Password (empty: unchanged)"
	}
	password, err := d.newPassword(ctx, question, func(answer string) error {
		try := one
		try.password = answer
		return asError(passwordProblem(try, a.Agents, cfg))
	})
	one.password = password
	return &one, err
}

// mayShare asks before an agent gets an extension that another one has.
func (d Dialogue) mayShare(ctx context.Context, one Agent, others []Agent) (bool, error) {
	for _, e := range one.Extensions {
		logins := sharers(e, one.Login, others, d.Current.Config)
		who := e + " is the extension of " + strings.Join(logins, ", ") + " already"
		switch {
		case len(logins) == 0:
			continue
		case len(logins) >= config.Sharing:
			d.Say(who + ", which is the maximum; use another one.")
			return false, nil
		}
		answer, err := d.Ask(ctx, who+". y: they share the phone, n: another extension", "n")
		if err != nil || !strings.HasPrefix(strings.ToLower(answer), "y") {
			return false, err
		}
	}
	return true, nil
}

func asError(problem string) error {
	if problem == "" {
		return nil
	}
	return errors.New(problem)
}

func betweenExtensions(r rune) bool { return r == ' ' || r == ',' || r == ';' }

// ParseAgent reads an agent of the command line: LOGIN:EXTENSION[,EXTENSION][:NAME].
func ParseAgent(text string) (Agent, error) {
	parts := strings.SplitN(text, ":", 3)
	if len(parts) < 2 || parts[0] == "" || parts[1] == "" {
		return Agent{}, fmt.Errorf("%q is no agent; use LOGIN:EXTENSION or LOGIN:EXTENSION:NAME, such as anna:101",
			text)
	}
	a := Agent{Login: parts[0], Extensions: strings.FieldsFunc(parts[1], betweenExtensions)}
	if len(parts) == 3 {
		a.Name = parts[2]
	}
	return a, nil
}
