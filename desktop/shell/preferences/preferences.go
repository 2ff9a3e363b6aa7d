// Package preferences merges the settings of the agent, the computer and the command line, and
// stores the agent's.
package preferences

import (
	"errors"
	"log/slog"
	"runtime"

	"traybell/desktop/hotkey"
	"traybell/desktop/popup"
	"traybell/desktop/settings"
	"traybell/shared/protocol"

	"github.com/jeandeaual/go-locale"
)

// Preferences belong to one goroutine.
type Preferences struct {
	log      *slog.Logger
	file     settings.File
	own      settings.Own // the agent's, from the file
	computer settings.Own // the administrator's for this computer, below the agent's
	flags    Flags
}

// ComputerError is an invalid file of computer settings.
type ComputerError struct {
	Path string
	Err  error
}

func (c *ComputerError) Error() string { return c.Path + ": " + c.Err.Error() }

func (c *ComputerError) Unwrap() error { return c.Err }

// Load reads both files. The preferences are usable even with an error, which is or joins a
// *settings.Broken or a *ComputerError.
func Load(file settings.File, flags Flags, log *slog.Logger) (*Preferences, error) {
	p := &Preferences{log: log, file: file, flags: flags}
	var err, computerErr error
	if p.own, err = file.Load(); err != nil {
		log.Error("cannot load settings", "error", err)
	}
	var path string
	if p.computer, path, computerErr = settings.LoadComputer(settings.ComputerFiles()); path == "" {
		p.computer, path, computerErr = settings.Installed()
	}
	switch {
	case computerErr != nil:
		log.Error("computer settings ignored", "file", path, "error", computerErr)
		computerErr = &ComputerError{path, computerErr}
	case path != "":
		log.Info("computer settings loaded", "file", path)
	}
	return p, errors.Join(err, computerErr)
}

// Path is the file of the agent's settings.
func (p *Preferences) Path() string { return p.file.Path() }

// Own are the agent's settings alone.
func (p *Preferences) Own() settings.Own { return p.own }

// Kept are the agent's settings over the computer's, without flags.
func (p *Preferences) Kept() settings.Own { return p.own.Inherit(p.computer) }

// Shown is flags over Kept, for the settings window.
func (p *Preferences) Shown() settings.Own { return p.flags.over(p.Kept()) }

// Merged is the current settings over the administrator's.
func (p *Preferences) Merged(hub protocol.Settings) settings.Effective { return Merge(p.Shown(), hub) }

// Merge returns settings over the administrator's, with the language of this session.
func Merge(own settings.Own, hub protocol.Settings) settings.Effective {
	language, err := locale.GetLanguage()
	if err != nil {
		language = ""
	}
	return own.Over(hub, language)
}

// Adopt stores settings that were edited from Shown.
func (p *Preferences) Adopt(edited settings.Own) error {
	flags := p.flags
	own := flags.keep(p.Kept(), edited).StripInherited(p.computer)
	if err := p.file.Save(own); err != nil {
		return err
	}
	p.own, p.flags = own, flags
	return nil
}

// Trust stores the fingerprint of the hub's certificate.
func (p *Preferences) Trust(fingerprint string) {
	trusted := p.flags.trusted(p.Kept(), fingerprint).StripInherited(p.computer)
	p.Update(func(own *settings.Own) { *own = trusted })
}

// Update changes the agent's settings. It logs if they cannot be saved.
func (p *Preferences) Update(change func(own *settings.Own)) {
	own := p.own
	if change(&own); own == p.own {
		return
	}
	p.own = own
	if err := p.file.Save(own); err != nil {
		p.log.Error("cannot save settings", "error", err)
	}
}

// Corner is the corner for popups. On macOS notifications are at the top.
func (p *Preferences) Corner() popup.Corner {
	if c := popup.Corner(p.Kept().Corner); c.Valid() {
		return c
	}
	if runtime.GOOS == "darwin" {
		return popup.TopRight
	}
	return popup.BottomRight
}

// Hotkey is the combination that gives the newest popup the keyboard; empty for none.
func (p *Preferences) Hotkey() string {
	if own := p.Kept().Hotkey; own != nil {
		return *own
	}
	return hotkey.Usual
}

// Native reports whether the agent chose the desktop's notifications.
func (p *Preferences) Native() bool { return p.Kept().ShowAs == settings.AsNotifications }
