package app

import (
	"errors"
	"reflect"
	"slices"

	"traybell/hub/compile"
	"traybell/hub/computer"
	"traybell/hub/config"
	"traybell/hub/helpdesk/desks"
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

// Reload applies a configuration. On an error, document.Problems if hub.yml is wrong, nothing
// changes. Parts without changes keep running: PBX connections, sessions, directories, the help
// desk. Call it between Start and Stop, from any goroutine.
func (a *App) Reload(cfg *config.Config) (Reloaded, error) {
	a.reloading.Lock()
	defer a.reloading.Unlock()
	return a.reload(cfg)
}

// reload is Reload with the lock held.
func (a *App) reload(loaded *config.Config) (Reloaded, error) {
	if a.run == nil || a.run.Err() != nil {
		return Reloaded{}, errNotRunning
	}
	running := a.cfg.Load()
	directory := a.company.next(loaded, a.peopleChanged, a.log)
	cfg := joined(loaded, directory, a.log)
	next, waiting := cfg.After(running)
	done := Reloaded{Changed: config.Changed(running, next), Waiting: waiting}

	p, err := compile.Hub(next)
	if err != nil {
		return Reloaded{}, err
	}
	p.PlacePasswords(a.passwords.Places(loaded))
	rules := a.deskRules(next, p)
	if err := rules.Check(); err != nil {
		return Reloaded{}, err
	}
	var newDesks *desks.Set // nil: keep the current ones and their sessions
	if !reflect.DeepEqual(running.Desks(), next.Desks()) || running.PublicURL != next.PublicURL ||
		!reflect.DeepEqual(running.Directories, next.Directories) {
		if newDesks, err = a.newHelpDesks(next); err != nil {
			return Reloaded{}, err
		}
	}
	shown, err := computer.RenewedCertificate(cfg, running, a.certificate.Load())
	if err != nil {
		return Reloaded{}, err
	}
	if err := a.hidden.Read(a.run, rules); err != nil {
		return Reloaded{}, err
	}
	applyLog := func() {}
	if a.options.PrepareLog != nil { // the last check, since it creates a file
		if applyLog, err = a.options.PrepareLog(next); err != nil {
			return Reloaded{}, err
		}
	}

	// from here on only a stopping hub fails
	applyLog()
	if newDesks != nil {
		a.helpDesks.current.Store(newDesks)
	}
	if shown != nil && shown.Fingerprint != a.Fingerprint() {
		done.Changed = append(done.Changed, "tls")
		a.log.Info("certificate replaced", "certificate", shown.Fingerprint)
		a.certificate.Store(shown)
		computer.LogDoubts(a.log, next, shown)
	}
	if a.directories.update(running, next, a.parts, p, a.log) && !slices.Contains(done.Changed, "directories") {
		done.Changed = append(done.Changed, "directories")
	}
	changed := a.pbxs.removeDisabled(a.run, a.parts.Connections, p.Connections)
	if err := a.desk.Reload(a.run, rules, func() error {
		return a.agents.SetAgents(p.Accounts)
	}); err != nil {
		return Reloaded{}, err
	}
	a.duty.SetRules(compile.Duty(next, p))
	a.mobileRules.Store(&p.Mobile)
	a.mobile.Reload()
	a.queues.Set(p.Queues, p.Staff)
	a.queues.Follow(a.duty.All())
	a.colleagues.Changed()
	for _, users := range a.pbxs.users { // agents may have other extensions
		users.Refresh()
	}
	if err := a.pages.SetPeople(pagePeople(next, p.Accounts)); err != nil {
		return Reloaded{}, err
	}
	if err := a.api.SetTokens(apiTokens(next)); err != nil {
		return Reloaded{}, err
	}
	if a.pbxs.update(a.run, a.parts.Connections, p.Connections, changed) && !slices.Contains(done.Changed, "pbx") {
		done.Changed = append(done.Changed, "pbx")
	}
	a.hooks.Set(p.Hooks)
	a.announced.Set(p.Announcements)
	a.recordings.Set(recordingRules(next, p, a.Addr()))
	if err := a.callerLog.Set(callerLogs(next)); err != nil { // the help desk has the same URL
		return Reloaded{}, err
	}
	a.cfg.Store(next)
	if err := a.provider.use(next, a.pages, a.log); err != nil { // Compile has tried it
		return Reloaded{}, err
	}
	a.loaded, a.parts = loaded, p
	a.company.follow(a.run, next, directory, &a.work)
	return done, a.admin.Hub.ApplyLimit(a.run)
}
