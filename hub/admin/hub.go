package admin

import (
	"context"
	"fmt"
	"time"

	"traybell/hub/access"
	"traybell/hub/freetext"
	"traybell/shared/protocol"
)

// Overview is the state of the hub.
type Overview struct {
	Version       string                       `json:"version"`
	Started       time.Time                    `json:"started"`
	Address       string                       `json:"address" doc:"that it listens on"`
	Fingerprint   string                       `json:"fingerprint,omitempty" doc:"of its certificate; absent without TLS"`
	Mode          Mode                         `json:"mode"`
	Terminals     int                          `json:"terminals" doc:"signed in"`
	Limit         int                          `json:"limit" doc:"of terminals"`
	Agents        int                          `json:"agents" doc:"with a terminal that is signed in"`
	Calls         map[protocol.State]int       `json:"calls" doc:"live calls by state"`
	Told          uint64                       `json:"told" doc:"calls sent to agents since the start, counted for each agent"`
	Shown         uint64                       `json:"shown" doc:"popups that were on a screen since the start"`
	Tickets       uint64                       `json:"tickets" doc:"made since the start"`
	Waiting       int                          `json:"waiting" doc:"ticket requests that wait for the help desk"`
	PBXs          map[string]protocol.PBXState `json:"pbxs" doc:"state of each enabled PBX: working, connecting or stopped"`
	Directories   int                          `json:"directories_failing" doc:"directories whose last read failed"`
	Notices       []Notice                     `json:"notices" nullable:"false" doc:"what an administrator has to do"`
	Configuration time.Time                    `json:"configuration" doc:"when the configuration in use was applied"`
}

// Notice is something that an administrator has to know.
type Notice struct {
	Title string    `json:"title"`
	Text  string    `json:"text"`
	At    time.Time `json:"at"`
}

// Configuration is the configuration in use.
type Configuration struct {
	File     string    `json:"file"`
	Applied  time.Time `json:"applied"`
	Values   any       `json:"values" doc:"hub.yml with its defaults; secrets are ***"`
	Restart  []string  `json:"restart" nullable:"false" doc:"keys that take effect after a restart"`
	Failed   time.Time `json:"failed,omitzero" doc:"when the last reload failed; absent if it did not"`
	Error    string    `json:"error,omitempty" doc:"of the last reload"`
	Problems []Problem `json:"problems" nullable:"false" doc:"of the rejected file, line by line"`
	Warnings []Problem `json:"warnings" nullable:"false"`
}

// Problem is an error in hub.yml, or a warning about it.
type Problem struct {
	Line    int    `json:"line,omitempty"`
	Column  int    `json:"column,omitempty"`
	Key     string `json:"key,omitempty"`
	Text    string `json:"text"`
	Excerpt string `json:"excerpt,omitempty" doc:"the line with a mark below it"`
}

// HubParts are the parts of the hub that report its state.
type HubParts interface {
	Overview(ctx context.Context) (Overview, error) // without Mode and Limit
	Configuration() (Configuration, error)
	// Reload reads hub.yml now. The error says what is wrong with it.
	Reload(ctx context.Context) error
	// Limit is that of hub.yml.
	Limit() int
}

// Admission decides which terminals may sign in.
type Admission interface {
	SetClients(most int)
	// Suspend refuses new terminals until a time; zero: until Resume.
	Suspend(until time.Time, text string)
	Resume()
}

// Settings are what administrators change while the hub runs. They survive a restart.
type Settings interface {
	// Setting reads a setting into a pointer; ok is false if it was never set.
	Setting(ctx context.Context, name string, into any) (ok bool, err error)
	SetSetting(ctx context.Context, name string, value any) error
}

// Names of settings.
const (
	modeSetting  = "mode"
	limitSetting = "limit"
)

// ModeName is whether the hub admits terminals.
type ModeName string

// The modes.
const (
	Active      ModeName = "active"
	Maintenance ModeName = "maintenance" // terminals that are signed in stay, new ones are refused
)

// Mode is the mode of the hub, and who set it.
type Mode struct {
	Mode  ModeName  `json:"mode" enum:"active,maintenance"`
	Until time.Time `json:"until,omitzero" doc:"when the hub becomes active again by itself"`
	Text  string    `json:"text,omitempty" maxLength:"200" doc:"for the agents"`
	Since time.Time `json:"since,omitzero"`
	By    string    `json:"by,omitempty"`
}

// at is the mode at a time.
func (m Mode) at(now time.Time) Mode {
	if m.Mode == "" || m.Mode == Maintenance && !m.Until.IsZero() && !now.Before(m.Until) {
		return Mode{Mode: Active, Since: m.Until}
	}
	return m
}

// Hub are the commands for the hub itself. Restore applies what was set before a restart.
type Hub struct {
	Audited
	Parts     HubParts
	Settings  Settings
	Admission Admission
	Terminals TerminalServer
}

// limits of terminals.
const mostTerminals = 100_000

// Restore applies the settings of the hub before the restart.
func (h *Hub) Restore(ctx context.Context) error {
	mode, err := h.mode(ctx)
	if err != nil {
		return err
	}
	if mode.Mode == Maintenance {
		h.Admission.Suspend(mode.Until, mode.Text)
	}
	return h.ApplyLimit(ctx)
}

// ApplyLimit applies the limit of terminals: that which was set, or else that of hub.yml. It is
// called after each reload.
func (h *Hub) ApplyLimit(ctx context.Context) error {
	limit, err := h.limit(ctx)
	if err == nil {
		h.Admission.SetClients(limit.Limit)
	}
	return err
}

func (h *Hub) mode(ctx context.Context) (m Mode, err error) {
	_, err = h.Settings.Setting(ctx, modeSetting, &m)
	return m.at(h.Now()), err
}

// Overview returns the state of the hub.
func (h *Hub) Overview(ctx context.Context, p access.Principal) (o Overview, err error) {
	if err := need(p, access.View); err != nil {
		return o, err
	}
	if o, err = h.Parts.Overview(ctx); err != nil {
		return o, failure(err)
	}
	if o.Mode, err = h.mode(ctx); err != nil {
		return o, failure(err)
	}
	limit, err := h.limit(ctx)
	o.Limit = limit.Limit
	agents := map[string]bool{}
	for _, s := range h.Terminals.Sessions() {
		agents[s.Login] = true
		o.Terminals++
	}
	o.Agents = len(agents)
	return o, failure(err)
}

// Mode returns the mode.
func (h *Hub) Mode(ctx context.Context, p access.Principal) (Mode, error) {
	if err := need(p, access.View); err != nil {
		return Mode{}, err
	}
	m, err := h.mode(ctx)
	return m, failure(err)
}

// SetMode changes the mode, and warns the terminals that are signed in.
func (h *Hub) SetMode(ctx context.Context, p access.Principal, m Mode) (Mode, error) {
	detail := string(m.Mode)
	if !m.Until.IsZero() {
		detail += " until " + m.Until.UTC().Format(time.RFC3339)
	}
	err := h.change(p, access.Admin, "hub.mode", "", detail, func() (err error) {
		if err := dated(m.Until); err != nil {
			return err
		}
		now := h.Now().UTC().Truncate(time.Second)
		if m.Text, err = freetext.Clean("text", m.Text, MaxReason); err != nil {
			return err
		}
		m.Since, m.By, m.Until = now, p.Name, m.Until.UTC()
		switch m.Mode {
		case Active:
			m.Until, m.Text = time.Time{}, ""
		case Maintenance:
			if !m.Until.IsZero() && !m.Until.After(now) {
				return invalid("The time until which the maintenance lasts is in the past.")
			}
		default:
			return invalid("There is no mode %.40q: it is %s or %s.", m.Mode, Active, Maintenance)
		}
		if err := h.Settings.SetSetting(ctx, modeSetting, m); err != nil {
			return err
		}
		if m.Mode == Active {
			h.Admission.Resume()
			return nil
		}
		h.Admission.Suspend(m.Until, m.Text)
		warning, err := protocol.New(protocol.Warning, protocol.Maintenance, protocol.Announcement{
			Text: protocol.Text{Text: m.Text}, Until: m.Until,
		})
		if err == nil {
			h.Terminals.Message(warning, func(Session) bool { return true })
		}
		return err
	})
	return m, err
}

// TerminalLimit is the limit of terminals.
type TerminalLimit struct {
	Limit      int  `json:"limit" minimum:"1" maximum:"100000" doc:"of terminals that are signed in at once"`
	Configured int  `json:"configured" doc:"limits.clients of hub.yml"`
	Set        bool `json:"set" doc:"it was set here, and counts instead of hub.yml"`
}

func (h *Hub) limit(ctx context.Context) (l TerminalLimit, err error) {
	l.Configured = h.Parts.Limit()
	l.Limit = l.Configured
	var set int
	if _, err = h.Settings.Setting(ctx, limitSetting, &set); err == nil && set > 0 {
		l.Limit, l.Set = set, true
	}
	return l, err
}

// Limit returns the limit of terminals.
func (h *Hub) Limit(ctx context.Context, p access.Principal) (TerminalLimit, error) {
	if err := need(p, access.View); err != nil {
		return TerminalLimit{}, err
	}
	l, err := h.limit(ctx)
	return l, failure(err)
}

// SetLimit changes the limit at once; 0: to that of hub.yml. Terminals over it stay.
func (h *Hub) SetLimit(ctx context.Context, p access.Principal, most int) (l TerminalLimit, err error) {
	err = h.change(p, access.Admin, "hub.limit", "", fmt.Sprint(most), func() error {
		if most < 0 || most > mostTerminals {
			return invalid("The limit must be 1 to %d, or 0 for that of hub.yml.", mostTerminals)
		}
		if err := h.Settings.SetSetting(ctx, limitSetting, most); err != nil {
			return err
		}
		if l, err = h.limit(ctx); err == nil {
			h.Admission.SetClients(l.Limit)
		}
		return err
	})
	return l, err
}

// Configuration returns the configuration in use, and what is wrong with the file.
func (h *Hub) Configuration(_ context.Context, p access.Principal) (Configuration, error) {
	if err := need(p, access.View); err != nil {
		return Configuration{}, err
	}
	c, err := h.Parts.Configuration()
	return c, failure(err)
}

// Reload reads hub.yml now.
func (h *Hub) Reload(ctx context.Context, p access.Principal) (Configuration, error) {
	err := h.change(p, access.Admin, "hub.reload", "", "", func() error {
		if err := h.Parts.Reload(ctx); err != nil {
			return invalid("hub.yml was rejected, the previous configuration stays: %v", err)
		}
		return nil
	})
	if err != nil {
		return Configuration{}, err
	}
	c, err := h.Parts.Configuration()
	return c, failure(err)
}
