package app

import (
	"traybell/hub/pbx"
	"traybell/hub/web"
)

// TryPBX reconnects now to a PBX that is stopped or pauses between attempts; false: no such PBX is
// enabled.
func (a *App) TryPBX(id string) bool {
	p, ok := a.pbxs.PBX(id)
	if ok {
		a.log.Info("reconnect requested", "pbx", id)
		p.Reconnect()
	}
	return ok
}

// pbxPages shows the PBXs to the pages.
type pbxPages struct{ *App }

func (a pbxPages) PBXStatuses() []web.PBXStatus {
	list := []web.PBXStatus{}
	for _, p := range a.cfg.Load().PBX {
		now := a.pbxStatus(p.ID)
		s := web.PBXStatus{
			ID: p.ID, Address: p.Address, Username: p.Username, TLS: p.TLS, MD5: p.MD5, Enabled: p.Enabled,
			State: now.State, Reason: now.Reason, Since: now.Since, Manager: now.Manager, Asterisk: now.Asterisk,
		}
		for _, f := range now.Rights {
			s.Rights = append(s.Rights, web.PBXRight{
				Right: f.Setting, Says: f.Text, Granted: f.Verdict == pbx.Granted, Missing: f.Verdict == pbx.Missing,
			})
		}
		list = append(list, s)
	}
	return list
}
