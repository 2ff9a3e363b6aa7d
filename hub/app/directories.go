package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"traybell/hub/config"
	"traybell/hub/directory"
	"traybell/hub/web"
	"traybell/shared/phone"
)

// feeds makes the directories of hub.yml; nothing is read yet. What only this finds wrong is returned as problems.
func feeds(cfg *config.Config) ([]directory.Feed, config.Problems) {
	var problems config.Problems
	list := make([]directory.Feed, 0, len(cfg.Directories))
	for i, d := range cfg.Directories {
		source, err := source(d)
		if err != nil {
			key := fmt.Sprintf("directories[%d]", i)
			var option *directory.OptionError
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

func source(d config.Directory) (directory.Source, error) {
	switch d.Type {
	case config.SQL:
		return directory.NewSQL(directory.SQLOptions{Name: d.Name, Driver: d.Driver, DSN: d.DSN.Reveal(), Query: d.Query, CA: d.CA})
	case config.LDAP:
		return directory.NewLDAP(directory.LDAPOptions{
			Name: d.Name, URL: d.URL, StartTLS: d.StartTLS, CA: d.CA, BindDN: d.BindDN, Password: d.Password.Reveal(),
			BaseDN: d.BaseDN, Scope: d.Scope, Filter: d.Filter, Map: d.Map,
		})
	}
	return directory.NewCSV(d.Name, d.Path), nil
}

func newDirectory(feeds []directory.Feed, numbers *phone.Reader, log *slog.Logger) *directory.Directory {
	return directory.New(numbers, log.With("part", "directory"), feeds...)
}

// checkDirectories reads all of them, each for as long as it takes.
func checkDirectories(ctx context.Context, d *directory.Directory, copies directory.Copies, say, fail func(string, ...any)) {
	_ = d.Refresh(ctx) // the statuses say it better
	for _, s := range d.Status() {
		say("directory %s:", s.Name)
		if s.LastError != "" {
			fail("%s", strings.TrimPrefix(s.LastError, "directory "+s.Name+": "))
			if read := copies.Age(s.Name); !read.IsZero() {
				say("  ! a hub that is started now goes on with the customers of %s, read %s ago", read.Format(time.DateTime), time.Since(read).Round(time.Second))
			}
			continue
		}
		say("  ✓ %s with %s, read in %s", count(s.Rows, "customer", "customers"), count(s.Numbers, "number", "numbers"), s.Took.Round(time.Millisecond))
		for _, problem := range s.Problems {
			say("  ! %s", problem)
		}
		if rest := s.Troubles - len(s.Problems); rest > 0 {
			say("  ! and %d more", rest)
		}
	}
}

// directoryPages shows directories to the pages.
type directoryPages struct{ *directories }

func (d directoryPages) ReadDirectory(name string) bool { return d.now().ReadSoon(name) }

func (d directoryPages) DirectoryStatuses() []web.DirectoryStatus {
	var out []web.DirectoryStatus
	for _, s := range d.now().Status() {
		status := web.DirectoryStatus{Name: s.Name, Customers: s.Rows, Numbers: s.Numbers, Read: s.Read, Age: s.Age(time.Now()), Error: s.LastError, More: s.Troubles - len(s.Problems)}
		for _, p := range s.Problems {
			status.Problems = append(status.Problems, p.String())
		}
		out = append(out, status)
	}
	return out
}
