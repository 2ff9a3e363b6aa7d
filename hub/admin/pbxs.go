package admin

import (
	"context"
	"time"

	"traybell/hub/access"
	"traybell/shared/protocol"
)

// PBX is an Asterisk server of hub.yml, and its state.
type PBX struct {
	ID       string            `json:"id"`
	Address  string            `json:"address"`
	Username string            `json:"username"`
	TLS      bool              `json:"tls"`
	MD5      bool              `json:"md5"`
	Enabled  bool              `json:"enabled"`
	State    protocol.PBXState `json:"state" enum:"working,connecting,stopped"`
	Reason   string            `json:"reason,omitempty" doc:"why it does not work, or which right is missing"`
	Since    time.Time         `json:"since,omitzero" doc:"of the state; absent: never enabled"`
	Manager  string            `json:"manager,omitempty" doc:"version of the manager protocol"`
	Asterisk string            `json:"asterisk,omitempty" doc:"version; absent where the manager user may not ask"`
	Rights   []PBXRight        `json:"rights" nullable:"false"`
}

// PBXRight is one thing that the manager user needs.
type PBXRight struct {
	Right    string `json:"right" doc:"as in manager.conf"`
	Text     string `json:"text"`
	Verdict  string `json:"verdict" enum:"granted,missing,unknown"`
	Required bool   `json:"required" doc:"the hub cannot work without it; otherwise it does less"`
}

// PBXSource are the PBXs of hub.yml.
type PBXSource interface {
	PBXs() []PBX
	// Reconnect tries at once; false: no enabled PBX has that id.
	Reconnect(id string) bool
}

// PBXs are the commands for PBXs.
type PBXs struct {
	Audited
	Source PBXSource
}

// List returns the PBXs in the order of hub.yml.
func (x *PBXs) List(_ context.Context, p access.Principal) ([]PBX, error) {
	if err := need(p, access.View); err != nil {
		return nil, err
	}
	return append([]PBX{}, x.Source.PBXs()...), nil
}

// Reconnect tries to connect now to a PBX that is stopped or pauses between attempts.
func (x *PBXs) Reconnect(_ context.Context, p access.Principal, id string) error {
	return x.change(p, access.Admin, "pbx.reconnect", id, "", func() error {
		if !x.Source.Reconnect(id) {
			return missing("hub.yml has no enabled PBX %.80q.", id)
		}
		return nil
	})
}
