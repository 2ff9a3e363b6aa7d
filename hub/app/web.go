package app

import (
	"net"
	"net/url"
	"os"
	"slices"
	"strings"

	"traybell/hub/access"
	"traybell/hub/agents"
	"traybell/hub/config"
	"traybell/hub/signin"
	"traybell/hub/web"
)

// hosts are the hub's names for web.Options: nil with TLS, whose certificate no other name has.
func (a *App) hosts() func() []string {
	if a.cfg.Load().TLS.Mode != config.TLSOff {
		return nil
	}
	computer, _ := os.Hostname()
	return func() []string {
		cfg := a.cfg.Load()
		listen, _, _ := net.SplitHostPort(cfg.Listen)
		names := []string{computer, listen}
		if u, err := url.Parse(cfg.PublicURL); err == nil {
			names = append(names, u.Hostname())
		}
		return slices.DeleteFunc(names, func(name string) bool { return name == "" })
	}
}

// pagePeople are those who may sign in to the pages: administrators by their login, agents by their
// extensions.
func pagePeople(cfg *config.Config, accounts []agents.Account) []web.Person {
	list := make([]web.Person, 0, len(cfg.Admins)+len(accounts))
	for _, a := range cfg.Admins {
		list = append(list, web.Person{
			Kind: access.Administrator, Login: a.Login, Names: []string{a.Login}, Password: a.Password.Reveal(),
			Roles: roles(a.Roles),
		})
	}
	for i, a := range accounts { // in the order of hub.yml
		names := a.Extensions
		if signin.Asked(a.Password) && !slices.ContainsFunc(cfg.Admins, func(admin config.Admin) bool {
			return strings.EqualFold(admin.Login, a.Login)
		}) { // people of the company's directory know their login
			names = append(slices.Clip(names), a.Login)
		}
		list = append(list, web.Person{
			Kind: access.Agent, Login: a.Login, Name: a.Name, Names: names, Password: a.Password,
			Roles: roles(cfg.Agents[i].Roles),
		})
	}
	return list
}

func roles(names []string) []access.Role {
	list := make([]access.Role, len(names))
	for i, name := range names {
		list[i] = access.Role(name)
	}
	return list
}
