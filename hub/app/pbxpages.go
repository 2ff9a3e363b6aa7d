package app

import (
	"traybell/hub/ami"
	"traybell/hub/web"
)

// TryPBX lets a PBX be tried at once that is stopped because it refused, or waits for its next
// attempt; false: no PBX of that name is enabled.
func (a *App) TryPBX(id string) bool {
	ok := a.watchers.again(id)
	if ok {
		a.log.Info("the PBX is tried again at somebody's wish", "pbx", id)
	}
	return ok
}

// pbxPages shows the PBXs to the pages.
type pbxPages struct{ *App }

func (a pbxPages) PBXStatuses() []web.PBXStatus {
	list := []web.PBXStatus{}
	for _, p := range a.cfg.Load().PBX {
		now := a.watchers.standing(p.ID)
		s := web.PBXStatus{
			ID: p.ID, Address: p.Address, Username: p.Username, TLS: p.TLS, MD5: p.MD5, Enabled: p.Enabled,
			State: now.State, Reason: now.Reason, Since: now.Since, Manager: now.Manager, Asterisk: now.Asterisk,
		}
		for _, f := range now.Rights {
			s.Rights = append(s.Rights, web.PBXRight{
				Right: f.Right, Says: f.Says, Granted: f.Verdict == ami.Granted, Missing: f.Verdict == ami.Missing,
			})
		}
		list = append(list, s)
	}
	return list
}
