package setup

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"traybell/hub/config"
	"traybell/hub/config/rewrite"
	"traybell/hub/join"
	"traybell/hub/signin"
	"traybell/shared/protocol"
)

// First is the text that a new hub.yml begins with.
func First(dataDir string) []byte {
	return fmt.Appendf(nil, first, rewrite.Pair{Key: "data_dir", Value: rewrite.String(dataDir)})
}

const first = `# yaml-language-server: $schema=/usr/share/traybell-hub/hub.schema.json
#
# hub.yml, the configuration of traybell-hub. Written by traybell-hub setup, which changes it as well.
# All keys with their defaults: /usr/share/traybell-hub/hub.yml. Check it with: traybell-hub check

%s
`

const (
	firstPBX   = "main"
	amiPort    = "5038"
	ticketName = "default" // the template of lines without one
)

// DefaultUser is the manager user, and the hub's user in the help desk.
const DefaultUser = "traybell"

// PlaceSecret decides how hub.yml has a secret: the key and its value. name is that of its file.
type PlaceSecret func(name, key, secret string) (rewrite.Pair, error)

// Inline has secrets in hub.yml itself, to try the answers.
func Inline(_, key, secret string) (rewrite.Pair, error) {
	return rewrite.Pair{Key: key, Value: rewrite.String(secret)}, nil
}

// edit returns a text of hub.yml with the answers, without the agents. cfg is its configuration, nil
// for First.
func (a Answers) edit(cfg *config.Config, text []byte, place PlaceSecret) ([]byte, error) {
	t, err := rewrite.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("%w: change it in an editor", err)
	}
	e := change{a, cfg, t, place}
	e.hub()
	err = errors.Join(e.pbx(), e.helpDesk(), e.admin())
	if err != nil {
		return nil, err
	}
	out, err := t.Bytes()
	if errors.Is(err, rewrite.ErrUnsafe) {
		err = fmt.Errorf("%w: change it in an editor", err)
	}
	return out, err
}

type change struct {
	a     Answers
	cfg   *config.Config
	t     *rewrite.Text
	place PlaceSecret
}

// hub sets what belongs to this computer.
func (e change) hub() {
	if e.a.Region != "" && (e.cfg == nil || e.cfg.Region != e.a.Region) {
		e.t.Set("region", rewrite.String(strings.ToUpper(e.a.Region)))
	}
	if listen := e.a.Listen; listen != "" && (e.cfg == nil || e.cfg.Listen != listen) {
		e.t.Set("listen", rewrite.String(listen))
	}
	if e.a.Server != "" && (e.cfg == nil || e.cfg.PublicURL == "" || e.a.Server != serverOf(e.cfg)) {
		e.t.Set("public_url", rewrite.String(e.a.publicURL(e.cfg)))
	}
}

// publicURL is the address of the pages, which links to desktops are made of, too.
func (a Answers) publicURL(cfg *config.Config) string {
	host, port, err := net.SplitHostPort(a.Server)
	if err != nil {
		host, port = strings.Trim(a.Server, "[]"), a.port(cfg)
	}
	return (&url.URL{Scheme: "https", Host: net.JoinHostPort(host, port)}).String()
}

// listen is where the hub listens.
func (a Answers) listen(cfg *config.Config) string {
	if cfg == nil {
		cfg = config.Default()
	}
	return cmp.Or(a.Listen, cfg.Listen)
}

// port is that of listen.
func (a Answers) port(cfg *config.Config) string {
	_, port, err := net.SplitHostPort(a.listen(cfg))
	if err != nil || port == "0" {
		port = strconv.Itoa(protocol.DefaultPort)
	}
	return port
}

// serverOf is the answer that hub.yml was made with: where desktops reach the hub, with a port if it is
// not that of listen. cfg may be nil.
func serverOf(cfg *config.Config) string {
	if cfg == nil {
		cfg = config.Default()
	}
	host, port, err := join.Address(cfg, "")
	if err != nil {
		return ""
	}
	if port != (Answers{}).port(cfg) {
		return net.JoinHostPort(host, port)
	}
	return host
}

// pbx returns the index of the PBX in hub.yml; -1: a new one.
func (a Answers) pbx(cfg *config.Config) int {
	if cfg == nil || len(cfg.PBX) == 0 {
		return -1
	}
	if a.PBX.ID == "" {
		return 0
	}
	return slices.IndexFunc(cfg.PBX, func(x config.PBX) bool { return x.ID == a.PBX.ID })
}

// PBXOf returns what hub.yml and the answers say of the PBX that they are about.
func (a Answers) PBXOf(cfg *config.Config) config.PBX {
	x := config.PBX{ID: cmp.Or(a.PBX.ID, firstPBX), Username: DefaultUser}
	if i := a.pbx(cfg); i >= 0 {
		x = cfg.PBX[i]
	}
	x.Address = cmp.Or(withPort(a.PBX.Address, amiPort), x.Address)
	x.Username = cmp.Or(a.PBX.Username, x.Username)
	return x
}

func withPort(address, port string) string {
	if _, _, err := net.SplitHostPort(address); err == nil || address == "" {
		return address
	}
	return net.JoinHostPort(strings.Trim(address, "[]"), port)
}

func (e change) pbx() error {
	given, want := e.a.PBX, e.a.PBXOf(e.cfg)
	var pairs []rewrite.Pair
	i := e.a.pbx(e.cfg)
	if i < 0 && given.Address == "" {
		return nil // Missing says so
	}
	if i < 0 || e.cfg.PBX[i].Address != want.Address {
		pairs = append(pairs, rewrite.Pair{Key: "address", Value: rewrite.String(want.Address)})
	}
	if i < 0 || e.cfg.PBX[i].Username != want.Username {
		pairs = append(pairs, rewrite.Pair{Key: "username", Value: rewrite.String(want.Username)})
	}
	section := e.t.List("pbx")
	if i < 0 {
		secret, err := e.place("pbx-"+want.ID, "password", given.Password.Reveal())
		if err != nil {
			return err
		}
		pairs = append([]rewrite.Pair{{Key: "id", Value: rewrite.String(want.ID)}}, pairs...)
		section.Add("", append(pairs, secret))
		return nil
	}
	for _, p := range pairs {
		section.Set(i, p.Key, p.Value)
	}
	if given.Password.Empty() || given.Password.Equal(e.cfg.PBX[i].Password) {
		return nil
	}
	secret, err := e.place("pbx-"+want.ID, "password", given.Password.Reveal())
	if err != nil {
		return err
	}
	was := "password"
	if section.Has(i, "password_file") {
		was = "password_file"
	}
	section.Replace(i, was, secret.Key, secret.Value)
	return nil
}

// helpDesk sets the section as a whole if the kind changes: keys of another kind are errors.
func (e change) helpDesk() error {
	given, other := e.a.HelpDesk, e.a.HelpDesk.other(e.cfg)
	var now config.HelpDesk
	if e.cfg != nil {
		now = e.cfg.HelpDesk
	}
	kind := cmp.Or(given.Type, now.Type)
	wants, queue, hasKeys := config.HelpDeskNeeds(kind)
	var pairs []rewrite.Pair
	set := func(key, value, was string) {
		if value != "" && (other || value != was) {
			pairs = append(pairs, rewrite.Pair{Key: key, Value: rewrite.String(value)})
		}
	}
	set("type", given.Type, now.Type)
	set("url", given.URL, now.Server.URL)
	set("username", given.Username, now.Server.Username)
	set("unknown_customer", given.UnknownCustomer, now.Server.UnknownCustomer)
	if s := given.Password; !s.Empty() {
		key, was := "password", now.Server.Password
		if slices.Contains(wants, "token") {
			key, was = "token", now.Server.Token
		}
		if other || !s.Equal(was) {
			pair, err := e.place(strings.TrimSuffix("help-desk-"+given.Name, "-"), key, s.Reveal())
			if err != nil {
				return err
			}
			if other || !e.t.ReplaceIn("help_desk", key, pair) && !e.t.ReplaceIn("help_desk", key+"_file", pair) {
				pairs = append(pairs, pair)
			}
		}
	}
	switch {
	case len(pairs) == 0:
	case given.Name != "":
		e.second(pairs)
		return nil
	case !other:
		e.t.SetIn("help_desk", pairs)
	default:
		e.t.Put("help_desk", pairs)
	}
	if hasKeys && queue && given.Queue != "" {
		e.queue(given.Queue)
	}
	return nil
}

// second adds a help desk, and a ticket template by its name.
func (e change) second(pairs []rewrite.Pair) {
	name := rewrite.Pair{Key: "name", Value: rewrite.String(e.a.HelpDesk.Name)}
	e.t.List("help_desks").Add("", append([]rewrite.Pair{name}, pairs...))
	template := []rewrite.Pair{{Key: "help_desk", Value: name.Value}, firstTitle}
	if queue := e.a.HelpDesk.Queue; queue != "" {
		template = append(template, rewrite.Pair{Key: "queue", Value: rewrite.String(queue)})
	}
	e.t.Named("ticket_templates").Add(e.a.HelpDesk.Name, template)
}

var firstTitle = rewrite.Pair{Key: "title", Value: rewrite.String("Call from {{.Caller.Name}}")}

// queue sets the queue of tickets of lines without another template.
func (e change) queue(name string) {
	section := e.t.Named("ticket_templates")
	for i := range section.Len() {
		if section.Name(i) == ticketName {
			if e.cfg == nil || e.cfg.TicketTemplates[ticketName].Queue != name {
				section.Set(i, "queue", rewrite.String(name))
			}
			return
		}
	}
	section.Add(ticketName, []rewrite.Pair{{Key: "queue", Value: rewrite.String(name)}, firstTitle})
}

func hasAdmin(cfg *config.Config, login string) bool {
	return slices.ContainsFunc(cfg.Admins, func(a config.Admin) bool { return a.Login == login })
}

func (e change) admin() error {
	given := e.a.Admin
	if given.Login == "" || given.Password.Empty() {
		return nil
	}
	section := e.t.List("admins")
	i := -1
	if e.cfg != nil {
		i = slices.IndexFunc(e.cfg.Admins, func(a config.Admin) bool { return a.Login == given.Login })
		if i >= 0 && signin.Fits(given.Password.Reveal(), e.cfg.Admins[i].Password.Reveal()) {
			return nil
		}
	}
	if err := signin.CheckNew(given.Password.Reveal()); err != nil {
		return fmt.Errorf("the administrator's password: %w", err)
	}
	hash, err := signin.Hash(given.Password.Reveal())
	if err != nil {
		return err
	}
	if i >= 0 {
		was := "password"
		if section.Has(i, "password_file") {
			was = "password_file"
		}
		section.Replace(i, was, "password", rewrite.String(hash))
		return nil
	}
	section.Add("", []rewrite.Pair{
		{Key: "login", Value: rewrite.String(given.Login)}, {Key: "password", Value: rewrite.String(hash)},
	})
	return nil
}
