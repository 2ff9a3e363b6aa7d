// Package updating is what the program does about a newer version that the hub hands out: an entry
// of the tray's menu, which leads to the hub's page or installs it. It belongs to the goroutine of
// its owner.
package updating

import (
	"context"
	"crypto/ed25519"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"traybell/assets/translations"
	"traybell/desktop/settings"
	"traybell/desktop/ui"
	"traybell/desktop/updates"
	"traybell/shared/protocol"
	"traybell/shared/release"
)

// Config configures an Updating.
type Config struct {
	Context  context.Context //nolint:containedctx // lifetime of the program
	Log      *slog.Logger
	Texts    *translations.Texts
	Version  string                          // of this program
	Keys     []ed25519.PublicKey             // of releases
	Post     func(func())                    // runs a function on the owner's goroutine
	Settings func() settings.Effective       // as they are now
	Hub      func() (*http.Client, *url.URL) // what fetches from the hub
	Browse   func(page string)               // opens a page
	Warn     func(name, title, text string)  // shows a card; title is a key of the translations
	Changed  func()                          // Menu has changed
	Restart  func()                          // ends the program, and starts it again
}

// Updating knows what the hub has.
type Updating struct {
	Config

	work    sync.WaitGroup
	offered string // version; empty: none
	program string // empty: it is not the agent's own
	busy    bool
}

// New returns an Updating to which nothing is offered.
func New(c Config) *Updating {
	u := &Updating{Config: c}
	if u.Keys == nil {
		u.Keys = release.Keys()
	}
	program, err := os.Executable()
	if err == nil {
		program, err = filepath.EvalSymlinks(program)
	}
	if err == nil && updates.Own(program) {
		u.program = program
		updates.Tidy(program)
	}
	return u
}

// Close waits for an installation, which ends with the context.
func (u *Updating) Close() { u.work.Wait() }

// Offer says which version the hub has; empty: none.
func (u *Updating) Offer(version string) { u.offered = version }

// Menu is the entry of the menu.
func (u *Updating) Menu() ui.Newer {
	if u.Settings().Updates == protocol.UpdatesOff || !release.Newer(u.offered, u.Version) {
		return ui.Newer{}
	}
	return ui.Newer{Version: strings.TrimPrefix(u.offered, "v"), Install: u.installs(), Busy: u.busy}
}

func (u *Updating) installs() bool {
	return u.Settings().Updates == protocol.UpdatesInstall && u.program != "" && len(u.Keys) > 0
}

// Press is a press of the entry.
func (u *Updating) Press() {
	client, hub := u.Hub()
	switch {
	case u.busy || u.Menu().Version == "":
		return
	case !u.installs():
		u.Browse(hub.JoinPath("get").String())
		return
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		u.failed(err)
		return
	}
	updater := updates.Updater{
		Client: client, Hub: hub, Keys: u.Keys, Version: u.Version, Program: u.program,
		Folder: filepath.Join(cache, "traybell", "updates"),
	}
	u.busy = true
	u.Log.Info("installing a newer version", "version", u.offered, "now", u.Version)
	u.Changed()
	u.work.Go(func() {
		err := updater.Install(u.Context)
		u.Post(func() {
			u.busy = false
			if err != nil {
				u.failed(err)
				u.Changed()
				return
			}
			u.Restart()
		})
	})
}

func (u *Updating) failed(err error) {
	if u.Context.Err() != nil {
		return
	}
	u.Log.Error("cannot install a newer version", "error", err)
	key := "update.failed_other"
	switch {
	case updates.DiskFull(err):
		key = "update.failed_disk"
	case errors.Is(err, release.ErrUnsigned), errors.Is(err, updates.ErrChanged):
		key = "update.failed_signature"
	case errors.Is(err, updates.ErrNotNewer), errors.Is(err, updates.ErrNoFile):
		key = "update.failed_none"
	case errors.Is(err, updates.ErrDoesntRun):
		key = "update.failed_run"
	}
	u.Warn("update", "update.failed", u.Texts.SayWith(key, map[string]any{"Reason": err.Error()}))
}

// Arguments returns those with which the program is started again: without links and windows to
// open.
func Arguments(args []string) (kept []string) {
	for i := 0; i < len(args); i++ {
		switch a := args[i]; {
		case a == "--":
			return kept
		case a == "--open":
			i++
		case strings.HasPrefix(a, "--open="):
		case !strings.HasPrefix(a, "-") && (i == 0 || !takesValue(args[i-1])):
		default:
			kept = append(kept, a)
		}
	}
	return kept
}

// takesValue reports whether an argument is an option whose value is the next argument.
func takesValue(arg string) bool {
	switch arg {
	case "--config", "--hub", "--extension", "--trust":
		return true
	}
	return false
}
