package compile

import (
	"errors"
	"fmt"
	"log/slog"

	"traybell/hub/config"
	"traybell/hub/config/document"
	"traybell/hub/directory"
	"traybell/hub/directory/accounts"
	"traybell/hub/directory/carddav"
	"traybell/hub/directory/csv"
	"traybell/hub/directory/jsonlist"
	"traybell/hub/directory/ldap"
	"traybell/hub/directory/sql"
	"traybell/hub/directory/vcard"
	"traybell/hub/helpdesk/kinds"
	"traybell/hub/ldapserver"
	"traybell/hub/remote"
)

// feeds creates the directories of hub.yml without reading them.
func feeds(cfg *config.Config) ([]directory.Feed, document.Problems) {
	var problems document.Problems
	list := make([]directory.Feed, 0, len(cfg.Directories))
	for i, d := range cfg.Directories {
		source, err := source(cfg, d)
		if err != nil {
			key := fmt.Sprintf("directories[%d]", i)
			var option *remote.OptionError
			if errors.As(err, &option) {
				key, err = key+"."+option.Key, option.Err
			}
			problems = append(problems, cfg.Problem(key, err.Error()))
			continue
		}
		list = append(list, directory.Feed{Source: source, Every: d.Refresh})
	}
	return list, problems
}

func source(cfg *config.Config, d config.Directory) (directory.Source, error) {
	switch d.Type {
	case config.FromHelpDesk:
		desk, ok := cfg.Desk(d.HelpDesk)
		if !ok {
			return nil, fmt.Errorf("there is no help desk %q", d.HelpDesk)
		}
		list, err := kinds.Customers(desk.HelpDesk, kinds.Hub{Region: cfg.Region, Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			return nil, err
		}
		return accounts.New(d.Name, list), nil
	case config.SQL:
		return sql.New(sql.Options{
			Name: d.Name, Driver: d.Driver, DSN: d.DSN.Reveal(), Query: d.Query, CA: d.CA,
		})
	case config.CardDAV:
		return carddav.New(carddav.Options{
			Name: d.Name, URL: d.URL, Username: d.Username, Password: d.Password.Reveal(), CA: d.CA,
		})
	case config.HTTP:
		return jsonlist.New(jsonlist.Options{
			Name: d.Name, URL: d.URL, Username: d.Username, Password: d.Password.Reveal(), Token: d.Token.Reveal(),
			Headers: d.Headers, CA: d.CA, List: d.List, Map: d.Map, Pages: jsonlist.Pages(d.Pages),
			Lookup: jsonlist.Lookup(d.Lookup),
		})
	case config.VCard:
		return directory.NewFile(d.Name, d.Path, d.Encoding, vcard.Read)
	case config.LDAP:
		return ldap.New(ldap.Options{
			Name: d.Name, Map: d.Map,
			Options: ldapserver.Options{
				URL: d.URL, StartTLS: d.StartTLS, CA: d.CA, BindDN: d.BindDN, Password: d.Password.Reveal(),
				BaseDN: d.BaseDN, Scope: d.Scope, Filter: d.Filter,
			},
		})
	}
	return directory.NewFile(d.Name, d.Path, d.Encoding, csv.Read)
}

// Directory returns the directories, not read yet.
func (p Parts) Directory(log *slog.Logger) *directory.Directory {
	return directory.New(p.Numbers, log.With("part", "directory"), p.feeds...)
}
