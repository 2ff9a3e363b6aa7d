package compile

import (
	"testing"

	"traybell/hub/config"
	"traybell/hub/config/mobile"
)

// A PBX with a queue needs the dialplan of mobiles where hub.yml has any.
func TestMobilesNeedTheirDialplan(t *testing.T) {
	cfg := config.Default()
	cfg.PBX = []config.PBX{
		{ID: "main", Address: "127.0.0.1:5038", Enabled: true},
		{ID: "branch", Address: "127.0.0.1:5039", Enabled: true},
	}
	cfg.Agents = []config.Agent{{Login: "anna", Extensions: []string{"101"}}}
	cfg.Queues = []config.Queue{{Name: "500", PBX: "main", Agents: []string{"anna"}}}
	needs := func() (list []int) {
		t.Helper()
		p, err := Hub(cfg)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range p.Connections {
			list = append(list, len(c.Dialplan))
		}
		return list
	}
	if got := needs(); len(got) != 2 || got[0]+got[1] != 0 {
		t.Errorf("without mobiles: %v", got)
	}
	cfg.Mobile.Numbers = []mobile.Number{{Number: "+7 916 111-22-33", Agent: "anna"}}
	if got := needs(); len(got) != 2 || got[0] != 1 || got[1] != 0 {
		t.Errorf("with a mobile: %v", got)
	}
}
