package app

import (
	"errors"
	"reflect"
	"slices"

	"traybell/hub/config"
	"traybell/hub/helpdesk"
	"traybell/hub/pbx"
)

// PrepareLog prepares the log for a configuration. apply switches over and does not fail. After an
// error nothing has changed.
type PrepareLog func(cfg *config.Config) (apply func(), err error)

// Reloaded is the result of a reload.
type Reloaded struct {
	Changed []string // keys with new values
	Waiting []string // keys that need a restart
}

var errNotRunning = errors.New("hub not running")

// Reload applies a configuration. On an error, config.Problems if hub.yml is wrong, nothing
// changes. Parts without changes keep running: PBX connections, sessions, directories, the help
// desk. Call it between Start and Stop, from any goroutine.
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
	applyLog := func() {}
	if a.options.PrepareLog != nil {
		if applyLog, err = a.options.PrepareLog(next); err != nil {
			return Reloaded{}, err
		}
	}
	var newDesk helpdesk.HelpDesk // nil: keep the current one and its session
	if !reflect.DeepEqual(running.HelpDesk, next.HelpDesk) || running.PublicURL != next.PublicURL {
		if newDesk, err = a.newHelpDesk(next); err != nil {
			return Reloaded{}, err
		}
	}
	shown := a.certificate.Load()
	if next.TLS.Mode == config.TLSFiles {
		if shown, err = newCertificate(next); err != nil {
			return Reloaded{}, err
		}
	}

	// from here on only a stopping hub fails
	applyLog()
	if newDesk != nil {
		a.helpDesk.set(newDesk)
	}
	if shown != nil && shown.fingerprint != a.Fingerprint() {
		done.Changed = append(done.Changed, "tls")
		a.log.Info("certificate replaced", "certificate", shown.fingerprint)
		a.certificate.Store(shown)
	}
	if a.replaceDirectories(running, next, p) && !slices.Contains(done.Changed, "directories") {
		done.Changed = append(done.Changed, "directories")
	}
	changed := a.removePBXs(p.Connections)
	if err := a.desk.Reload(a.run, a.deskRules(next, p), func() error {
		return a.agents.SetAgents(p.accounts)
	}); err != nil {
		return Reloaded{}, err
	}
	a.agents.SetClients(next.Limits.Clients)
	a.pages.SetNumbers(p.Numbers)
	if err := a.pages.SetAdmins(admins(next)); err != nil {
		return Reloaded{}, err
	}
	if a.updatePBXs(p.Connections, changed) && !slices.Contains(done.Changed, "pbx") {
		done.Changed = append(done.Changed, "pbx")
	}
	a.cfg.Store(next)
	a.parts = p
	return done, nil
}

// replaceDirectories replaces the directories if they, their certificates or the region changed. It
// reports whether they did.
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

// removePBXs disconnects the PBXs that are no longer enabled. It returns the ids of those with a
// changed connection.
func (a *App) removePBXs(enabled []pbx.Config) (changed []string) {
	for _, before := range a.parts.Connections {
		i := slices.IndexFunc(enabled, func(c pbx.Config) bool { return c.Name == before.Name })
		switch {
		case i < 0:
			a.pbxs.Remove(before.Name)
			_ = a.desk.Left(a.run, before.Name) // fails only when the hub stops
		case !sameConnection(before, enabled[i]):
			changed = append(changed, before.Name)
		}
	}
	return changed
}

// updatePBXs connects to new PBXs and reconnects to changed ones. It reports whether there are any.
func (a *App) updatePBXs(enabled []pbx.Config, changed []string) (any bool) {
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

// sameConnection compares what a connection depends on.
func sameConnection(a, b pbx.Config) bool {
	roots := (a.TLS == nil) == (b.TLS == nil) && (a.TLS == nil || a.TLS.RootCAs.Equal(b.TLS.RootCAs))
	return roots && a.Address == b.Address && a.Username == b.Username && a.Password == b.Password && a.MD5 == b.MD5
}
