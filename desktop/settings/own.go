// Package settings keeps what an agent has set on this desktop and works out what is in force,
// together with the administrator's defaults.
//
// Own is what the agent set, and only that: what is absent follows the administrator. It lives in a
// JSON file; the password never does. InForce is the result of laying Own over the hub's settings,
// where keys that the administrator has locked win. Everything here is values; only File touches
// the disk, and whoever holds it is its single writer.
package settings

import (
	"slices"
	"strings"
	"time"

	"traybell/shared/protocol"
)

// DefaultPort is the hub's port where none is set.
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

	// HideInternal: no popup when a colleague calls. Nil: there is one.
	HideInternal *bool `json:"hide_internal,omitempty"`

	Language string  `json:"language,omitempty"` // "en", "ru"; empty: the administrator's, else the system's
	Corner   string  `json:"corner,omitempty"`   // "bottom-right" …; empty: the system's custom
	Monitor  string  `json:"monitor,omitempty"`  // a monitor's name; empty: where the pointer is
	Scale    float32 `json:"scale,omitempty"`    // of windows and cards; 0: the system's
	// AsNotifications; empty: windows of our own, where the system has them
	ShowAs string `json:"show_as,omitempty"`

	TextScale int     `json:"text_scale,omitempty"` // per cent, of all text and of cards; 0: 100
	Contrast  string  `json:"contrast,omitempty"`   // HighContrast; empty: as the system has it
	Hotkey    *string `json:"hotkey,omitempty"`     // gives the newest popup the keyboard; nil: the usual one, "": none

	WebPath string `json:"web_path,omitempty"` // the help desk's address, before links that do not begin with one
	Ticket  string `json:"ticket_link,omitempty"`
	CID     string `json:"cid_link,omitempty"`
	Map     string `json:"map_link,omitempty"`

	Pin     string `json:"pin,omitempty"`     // the fingerprint of the hub's certificate that was trusted
	Desktop string `json:"desktop,omitempty"` // a random name of this installation, made once

	Quiet Quiet `json:"quiet,omitzero"` // do not disturb
	// when the newest missed call began that the agent has looked at, by the hub's clock
	Seen time.Time `json:"calls_seen,omitzero"`

	ToldNoTray bool `json:"told_no_tray,omitempty"` // the agent knows how to reach the program without a tray
}

// AsNotifications shows popups as the desktop's own notifications.
const AsNotifications = "notifications"

// Kind is what the agent set for one kind of popup. Delays are milliseconds.
type Kind struct {
	Enabled   *bool `json:"enabled,omitempty"`
	Appear    *int  `json:"appear,omitempty"`
	Show      *int  `json:"show,omitempty"`
	Disappear *int  `json:"disappear,omitempty"`
}

// InForce is what the program goes by.
type InForce struct {
	Server    string
	Port      int
	Extension string

	Popups protocol.Popups

	Language string
	Corner   string
	Monitor  string
	Scale    float32

	WebPath      string
	HideInternal bool

	// The templates of the three links. Empty ones leave the hub's link as it came with the call.
	Ticket, CID, Map string

	Pin     string
	Desktop string

	locked []string
}

// Default are the administrator's settings as long as no hub has told its own.
func Default() protocol.Settings {
	kind := func(show int) protocol.PopupKind {
		return protocol.PopupKind{Enabled: true, Appear: 400, Show: show, Disappear: 400}
	}
	return protocol.Settings{Popups: protocol.Popups{Incoming: kind(10000), Answer: kind(0), Warning: kind(8000)}}
}

// Over lays what the agent set over the administrator's settings. System is the system's language.
func (o Own) Over(hub protocol.Settings, system string) InForce {
	f := InForce{
		Server: o.Server, Port: o.Port, Extension: o.Extension,
		Popups:   hub.Popups,
		Language: hub.Language, Corner: o.Corner, Monitor: o.Monitor, Scale: o.Scale,
		WebPath: o.WebPath, Pin: o.Pin, Desktop: o.Desktop,
		locked: slices.Clone(hub.Locked),
	}
	f.HideInternal = o.HideInternal != nil && *o.HideInternal
	if f.Port == 0 {
		f.Port = DefaultPort
	}
	lay := func(on *string, key, own string) {
		if own != "" && !f.Locked(key) {
			*on = own
		}
	}
	lay(&f.Language, KeyLanguage, o.Language)
	if f.Language == "" {
		f.Language = system
	}
	lay(&f.Ticket, KeyTicket, o.Ticket)
	lay(&f.CID, KeyCID, o.CID)
	lay(&f.Map, KeyMap, o.Map)
	f.layKind(&f.Popups.Incoming, KeyIncoming, o.Incoming)
	f.layKind(&f.Popups.Answer, KeyAnswer, o.Answer)
	f.layKind(&f.Popups.Warning, KeyWarning, o.Warning)
	return f
}

func (f InForce) layKind(on *protocol.PopupKind, key string, own Kind) {
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

// The keys an administrator can lock, as hub.yml's desktop.locked writes them. One that is a whole
// branch locks all below it.
const (
	KeyLanguage = "language"
	KeyIncoming = "popups.incoming"
	KeyAnswer   = "popups.answer"
	KeyWarning  = "popups.warning"
	KeyTicket   = "links.ticket"
	KeyCID      = "links.cid"
	KeyMap      = "links.map"
)

// Locked tells whether the administrator has locked a key, or a branch that it belongs to.
func (f InForce) Locked(key string) bool {
	return slices.ContainsFunc(f.locked, func(l string) bool {
		return l != "" && (key == l || strings.HasPrefix(key, l+"."))
	})
}
