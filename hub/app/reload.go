package app

import (
	"errors"
	"reflect"
	"slices"

	"traybell/hub/config"
	"traybell/hub/helpdesk"
	"traybell/hub/pbx"
)

// Relog brings the log in line with a configuration. It fails where that cannot be done, and
// nothing has changed then; otherwise apply does it, and does not fail.
type Relog func(cfg *config.Config) (apply func(), err error)

// Reloaded says what a reload did.
type Reloaded struct {
	Changed []string // the keys whose new values are in force
	Waiting []string // the keys whose new values wait for a restart
}

var errNotRunning = errors.New("the hub does not run")

// Reload puts a configuration into force. All of it is checked before anything is touched: where
// there is an error, which is config.Problems as far as the file is to blame, everything stays as
// it was. What did not change is left alone: connections to PBXs, agents' sessions, directories,
// the help desk. It is called between Start and Stop, from any goroutine.
func (a *App) Reload(cfg *config.Config) (Reloaded, error) {
	a.reloading.Lock()
	defer a.reloading.Unlock()
	if a.run == nil || a.run.Err() != nil {
		return Reloaded{}, errNotRunning
	}
	running := a.cfg.Load()
	next, waiting := cfg.After(running)
	done := Reloaded{Changed: config.Changed(running, next), Waiting: waiting}

	p, err := Compile(next)
	if err != nil {
		return Reloaded{}, err
	}
	relog := func() {}
	if a.options.Relog != nil {
		if relog, err = a.options.Relog(next); err != nil {
			return Reloaded{}, err
		}
	}
	var newDesk helpdesk.HelpDesk // nil: the one there is stays, with its session
	if !reflect.DeepEqual(running.HelpDesk, next.HelpDesk) || running.PublicURL != next.PublicURL {
		if newDesk, err = newHelpDesk(next, a.store, a.Addr(), a.log); err != nil {
			return Reloaded{}, err
		}
	}
	shown := a.certificate.Load()
	if next.TLS.Mode == config.TLSFiles {
		if shown, err = newCertificate(next); err != nil {
			return Reloaded{}, err
		}
	}

	// From here on nothing fails but for a hub that is stopping.
	relog()
	if newDesk != nil {
		a.helpDesk.set(newDesk)
	}
	if shown != nil && shown.fingerprint != a.Fingerprint() {
		done.Changed = append(done.Changed, "tls")
		a.log.Info("another certificate is shown from now on", "certificate", shown.fingerprint)
		a.certificate.Store(shown)
	}
	if a.replaceDirectories(running, next, p) && !slices.Contains(done.Changed, "directories") {
		done.Changed = append(done.Changed, "directories")
	}
	changed := a.leavePBXs(p.Connections)
	if err := a.desk.Reload(a.run, a.deskRules(next, p), func() error { return a.agents.SetAgents(p.accounts) }); err != nil {
		return Reloaded{}, err
	}
	a.agents.SetClients(next.Limits.Clients)
	a.pages.SetNumbers(p.Numbers)
	if err := a.pages.SetAdmins(admins(next)); err != nil {
		return Reloaded{}, err
	}
	if a.followPBXs(p.Connections, changed) && !slices.Contains(done.Changed, "pbx") {
		done.Changed = append(done.Changed, "pbx")
	}
	a.cfg.Store(next)
	a.parts = p
	return done, nil
}

// replaceDirectories reads others where hub.yml, or a certificate that it names, says so; false:
// nothing of them has changed.
func (a *App) replaceDirectories(running, next *config.Config, p Parts) bool {
	sameRegion := running.Region == next.Region
	before := a.parts.authorities
	same := func(name string) bool {
		i := slices.IndexFunc(running.Directories, func(d config.Directory) bool { return d.Name == name })
		j := slices.IndexFunc(next.Directories, func(d config.Directory) bool { return d.Name == name })
		return i >= 0 && j >= 0 && reflect.DeepEqual(running.Directories[i], next.Directories[j]) &&
			before[next.Directories[j].CA] == p.authorities[next.Directories[j].CA]
	}
	if sameRegion && len(running.Directories) == len(next.Directories) {
		kept := true
		for i, d := range next.Directories {
			kept = kept && running.Directories[i].Name == d.Name && same(d.Name)
		}
		if kept {
			return false
		}
	}
	a.directories.replace(next, p, a.log, sameRegion, same)
	return true
}

// leavePBXs leaves those alone that are no longer enabled, and returns the ids of those that are to
// be connected to anew.
func (a *App) leavePBXs(enabled []pbx.Config) (changed []string) {
	for _, before := range a.parts.Connections {
		i := slices.IndexFunc(enabled, func(c pbx.Config) bool { return c.Name == before.Name })
		switch {
		case i < 0:
			a.pbxs.Remove(before.Name)
			_ = a.desk.Left(a.run, before.Name) // it refuses where the hub stops
		case !sameConnection(before, enabled[i]):
			changed = append(changed, before.Name)
		}
	}
	return changed
}

// followPBXs connects to the PBXs that are new, and anew to those that changed; false: there are
// none.
func (a *App) followPBXs(enabled []pbx.Config, changed []string) (any bool) {
	for _, c := range enabled {
		switch known := slices.ContainsFunc(a.parts.Connections, func(b pbx.Config) bool { return b.Name == c.Name }); {
		case !known:
			a.startPBX(c)
		case slices.Contains(changed, c.Name):
			a.pbxs.Renew(a.run, c)
		default:
			continue
		}
		any = true
	}
	return any
}

// sameConnection tells whether two lead to the same place in the same way.
func sameConnection(a, b pbx.Config) bool {
	roots := (a.TLS == nil) == (b.TLS == nil) && (a.TLS == nil || a.TLS.RootCAs.Equal(b.TLS.RootCAs))
	return roots && a.Address == b.Address && a.Username == b.Username && a.Password == b.Password && a.MD5 == b.MD5
}
