// Package settings stores the agent's settings on this desktop and merges them with the
// administrator's defaults.
//
// Own is what the agent has set; unset fields follow the administrator. It is stored in a JSON
// file, without the password. Effective is Own merged with the hub's settings, where keys locked by
// the administrator win. All types are values. Only File accesses the disk; its owner is the only
// writer.
package settings

import (
	"slices"
	"strings"
	"time"

	"traybell/shared/protocol"
)

// DefaultPort is the hub's default port.
const DefaultPort = protocol.DefaultPort

// Own is what the agent has set. A nil pointer or an empty string follows the administrator's
// default.
type Own struct {
	Server    string `json:"server,omitempty"`
	Port      int    `json:"port,omitempty"`
	Extension string `json:"extension,omitempty"`

	Incoming Kind `json:"incoming,omitzero"`
	Answer   Kind `json:"answer,omitzero"`
	Warning  Kind `json:"warning,omitzero"`

	// HideInternal: no popups for calls of colleagues. Nil: false.
	HideInternal *bool `json:"hide_internal,omitempty"`

	Autostart *bool `json:"autostart,omitempty"` // start at sign-in; nil: as the administrator says

	Updates  string  `json:"updates,omitempty"`  // protocol.Updates; empty: the administrator's
	Language string  `json:"language,omitempty"` // "en", "ru"; empty: the administrator's, then the system's
	Corner   string  `json:"corner,omitempty"`   // "bottom-right" …; empty: the system's default
	Monitor  string  `json:"monitor,omitempty"`  // name; empty: the monitor with the pointer
	Scale    float32 `json:"scale,omitempty"`    // of windows and cards; 0: the system's
	// AsNotifications; empty: cards, if the system supports them
	ShowAs string `json:"show_as,omitempty"`

	TextScale int     `json:"text_scale,omitempty"` // percent, of all text and of cards; 0: 100
	Theme     string  `json:"theme,omitempty"`      // Light or Dark; empty: the system's
	Contrast  string  `json:"contrast,omitempty"`   // HighContrast; empty: the system's
	Hotkey    *string `json:"hotkey,omitempty"`     // focuses the newest popup; nil: hotkey.Usual, "": none

	Hotkeys CallKeys `json:"hotkeys,omitzero"`
	// AskDial: phone links and the hotkey open the window with the number. Nil: false, they call.
	AskDial *bool `json:"ask_dial,omitempty"`

	WebPath string `json:"web_path,omitempty"` // the help desk's address, prepended to relative links
	Ticket  string `json:"ticket_link,omitempty"`
	CID     string `json:"cid_link,omitempty"`
	Map     string `json:"map_link,omitempty"`

	Pin     string `json:"pin,omitempty"`     // fingerprint of the trusted certificate of the hub
	Desktop string `json:"desktop,omitempty"` // random ID of this installation, generated once

	Quiet Quiet `json:"quiet,omitzero"`
	// start of the newest missed call that the agent has seen, by the hub's clock
	Seen time.Time `json:"calls_seen,omitzero"`

	ToldNoTray bool `json:"told_no_tray,omitempty"` // the hint for desktops without a tray was shown
}

// AsNotifications shows popups as desktop notifications.
const AsNotifications = "notifications"

// Kind are the settings of one kind of popup. Delays are in milliseconds.
type Kind struct {
	Enabled   *bool `json:"enabled,omitempty"`
	Appear    *int  `json:"appear,omitempty"`
	Show      *int  `json:"show,omitempty"`
	Disappear *int  `json:"disappear,omitempty"`
}

// Effective are the merged settings.
type Effective struct {
	Server    string
	Port      int
	Extension string

	Popups protocol.Popups

	Language  string
	Autostart *bool // nil: as it is
	Updates   protocol.Updates
	Corner    string
	Monitor   string
	Scale     float32

	WebPath      string
	HideInternal bool

	// Templates of the three links. If empty, the link of the call is used.
	Ticket, CID, Map string

	Pin     string
	Desktop string

	locked []string
}

// Default returns the administrator's settings until the hub has sent its own.
func Default() protocol.Settings {
	kind := func(show int) protocol.PopupKind {
		return protocol.PopupKind{Enabled: true, Appear: 400, Show: show, Disappear: 400}
	}
	return protocol.Settings{Popups: protocol.Popups{Incoming: kind(10000), Answer: kind(0), Warning: kind(8000)}}
}

// Over merges the agent's settings with the administrator's. system is the system's language.
func (o Own) Over(hub protocol.Settings, system string) Effective {
	f := Effective{
		Server: o.Server, Port: o.Port, Extension: o.Extension,
		Popups:   hub.Popups,
		Language: hub.Language, Autostart: hub.Autostart, Corner: o.Corner, Monitor: o.Monitor, Scale: o.Scale,
		WebPath: o.WebPath, Pin: o.Pin, Desktop: o.Desktop,
		locked: slices.Clone(hub.Locked),
	}
	f.HideInternal = o.HideInternal != nil && *o.HideInternal
	if f.Port == 0 {
		f.Port = DefaultPort
	}
	override := func(on *string, key, own string) {
		if own != "" && !f.Locked(key) {
			*on = own
		}
	}
	override(&f.Language, KeyLanguage, o.Language)
	if f.Language == "" {
		f.Language = system
	}
	if f.Updates = hub.Updates; o.Updates != "" && !f.Locked(KeyUpdates) {
		f.Updates = protocol.Updates(o.Updates)
	}
	if o.Autostart != nil && !f.Locked(KeyAutostart) {
		f.Autostart = o.Autostart
	}
	override(&f.Ticket, KeyTicket, o.Ticket)
	override(&f.CID, KeyCID, o.CID)
	override(&f.Map, KeyMap, o.Map)
	f.overrideKind(&f.Popups.Incoming, KeyIncoming, o.Incoming)
	f.overrideKind(&f.Popups.Answer, KeyAnswer, o.Answer)
	f.overrideKind(&f.Popups.Warning, KeyWarning, o.Warning)
	return f
}

func (f Effective) overrideKind(on *protocol.PopupKind, key string, own Kind) {
	if own.Enabled != nil && !f.Locked(key+".enabled") {
		on.Enabled = *own.Enabled
	}
	for part, delay := range map[string]struct{ on, own *int }{
		".appear": {&on.Appear, own.Appear}, ".show": {&on.Show, own.Show},
		".disappear": {&on.Disappear, own.Disappear},
	} {
		if delay.own != nil && !f.Locked(key+part) {
			*delay.on = *delay.own
		}
	}
}

// Keys that an administrator can lock, as in desktop.locked of hub.yml. A key locks all keys below
// it.
const (
	KeyLanguage  = "language"
	KeyAutostart = "autostart"
	KeyUpdates   = "updates"
	KeyIncoming  = "popups.incoming"
	KeyAnswer    = "popups.answer"
	KeyWarning   = "popups.warning"
	KeyTicket    = "links.ticket"
	KeyCID       = "links.cid"
	KeyMap       = "links.map"
)

// Locked reports whether the administrator has locked a key or one of its parents.
func (f Effective) Locked(key string) bool {
	return slices.ContainsFunc(f.locked, func(l string) bool {
		return l != "" && (key == l || strings.HasPrefix(key, l+"."))
	})
}
