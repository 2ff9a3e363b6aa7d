package dialling

import (
	"testing"
	"time"

	"traybell/desktop/model"
	"traybell/shared/protocol"
)

// A hub says which PBXs agents with the right control may use; an older one does not know that they
// can ring phones for test calls.
func TestWhatTheHubAllows(t *testing.T) {
	control := []protocol.Right{protocol.RightTicket, protocol.RightControl}
	for name, of := range map[string]struct {
		rights    []protocol.Right
		pbx       protocol.PBX
		may, ring bool
	}{
		"all":         {control, protocol.PBX{ID: "main", Dial: true, Ring: true}, true, true},
		"older hub":   {control, protocol.PBX{ID: "main", Dial: true}, true, false},
		"no right":    {control[:1], protocol.PBX{ID: "main", Dial: true, Ring: true}, false, false},
		"PBX refuses": {control, protocol.PBX{ID: "main"}, false, false},
	} {
		terminal := model.New()
		terminal.Apply(model.SessionOpened{OpenedSession: protocol.OpenedSession{
			Agent: protocol.Agent{Rights: of.rights}, PBXs: []protocol.PBX{{ID: "branch"}, of.pbx},
		}}, time.Now())
		d := Dialling{Terminal: terminal}
		if d.May() != of.may || d.MayRing() != of.ring {
			t.Errorf("%s: dial %v, ring %v", name, d.May(), d.MayRing())
		}
	}
}
