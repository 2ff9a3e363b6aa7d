// Package passwords keeps the passwords that agents choose where their hashes are: in hub.yml, or in
// the file that it names.
//
// A Keeper writes one password at a time. Any goroutine may use it.
package passwords

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"traybell/hub/access"
	"traybell/hub/audit"
	"traybell/hub/config"
	"traybell/hub/fail"
	"traybell/hub/hubfile"
	"traybell/hub/roster"
	"traybell/shared/bounded"
	"traybell/shared/protocol"
)

// Options configure a Keeper. All are required.
type Options struct {
	File  string                              // hub.yml; empty: there is none
	Check config.Check                        // finds what is wrong with hub.yml besides
	Apply func() error                        // reads hub.yml and applies it
	Audit interface{ Add(entry audit.Entry) } // must not block
	Now   func() time.Time
}

// Keeper keeps passwords. Make it with New.
type Keeper struct {
	o  Options
	mu sync.Mutex
}

// New returns a keeper.
func New(o Options) *Keeper { return &Keeper{o: o} }

// Places returns a function that says where the password of an agent is changed. cfg is hub.yml,
// without the people of the company's directory.
func (k *Keeper) Places(cfg *config.Config) func(login string) protocol.PasswordAt {
	byFile := map[string]protocol.PasswordAt{}
	return func(login string) protocol.PasswordAt {
		i := indexOf(cfg, login)
		if i < 0 {
			return protocol.PasswordDirectory
		}
		path := k.fileOf(cfg, i)
		at, known := byFile[path]
		if !known {
			at = protocol.PasswordFixed
			if path != "" && hubfile.Writable(path) == nil {
				at = protocol.PasswordHub
			}
			byFile[path] = at
		}
		return at
	}
}

func indexOf(cfg *config.Config, login string) int {
	return slices.IndexFunc(cfg.Agents, func(a config.Agent) bool { return a.Login == login })
}

// fileOf returns the file to write the hash of an agent to: hub.yml, also if several agents name one
// file for theirs.
func (k *Keeper) fileOf(cfg *config.Config, i int) string {
	path := cfg.Agents[i].PasswordFile
	for j, other := range cfg.Agents {
		if j != i && other.PasswordFile == path {
			return k.o.File
		}
	}
	if path == "" || slices.ContainsFunc(cfg.Admins, func(a config.Admin) bool { return a.PasswordFile == path }) {
		return k.o.File
	}
	return path
}

// SetPassword implements agents.Passwords. Errors are *fail.Error. After an error the old password
// counts.
func (k *Keeper) SetPassword(_ context.Context, by access.Principal, hash string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	backup, err := k.set(by.Name, hash)
	e := audit.Entry{
		At: k.o.Now().UTC(), Kind: string(by.Kind), Who: by.Name, From: by.From,
		Action: "password.set", Object: by.Name,
	}
	if err == nil {
		e.Detail = "old file: " + backup
	} else {
		e.Error = fail.Of(err).Error()
	}
	k.o.Audit.Add(e)
	return err
}

// set writes the hash of an agent's password and applies it.
func (k *Keeper) set(login, hash string) (backup string, err error) {
	text, err := bounded.ReadFile(k.o.File, config.MaxFile)
	if err != nil {
		return "", unwritten(err)
	}
	cfg, err := config.Parse(k.o.File, text, k.o.Check)
	if err != nil { // it is being edited
		return "", unwritten(err)
	}
	i := indexOf(cfg, login)
	if i < 0 {
		return "", fail.New(protocol.AccountRemoved, "")
	}
	path := k.fileOf(cfg, i)
	was, next := text, []byte(hash+"\n")
	if path == k.o.File {
		next, err = roster.WithPassword(cfg, path, text, login, hash)
	} else {
		was, err = bounded.ReadFile(path, config.MaxFile)
	}
	if err != nil {
		return "", unwritten(err)
	}
	backup, err = hubfile.Replace(path, was, next, k.o.Now())
	switch {
	case errors.Is(err, hubfile.ErrChanged):
		return "", fail.New(protocol.HubBusy, "").Because(err)
	case err != nil:
		return "", unwritten(err)
	}
	if err := k.o.Apply(); err != nil {
		_, undone := hubfile.Replace(path, next, was, k.o.Now())
		return "", fail.New(protocol.HubFailed, "").Because(errors.Join(err, undone))
	}
	return backup, nil
}

func unwritten(err error) error { return fail.New(protocol.PasswordUnwritten, "").Because(err) }
