package app

import (
	"time"

	"traybell/hub/callcontrol"
	"traybell/hub/callcontrol/offer"
	"traybell/hub/compile"
	"traybell/hub/desk"
	"traybell/hub/dialplan"
)

// newControl creates what does things with calls. The desk exists already.
func newControl(a *App) *callcontrol.Controller {
	seats := desk.SeatsOf(a.desk)
	return callcontrol.New(callcontrol.Options{
		Desk: seats, PBXs: &a.pbxs.Set, Plan: a.dialPlan,
		Phones: func(login string) []string { return a.agents.Phones(login) },
		Trace:  seats.Trace, Log: a.log.With("part", "callcontrol"), Now: time.Now, Background: a.work.Go,
	})
}

// facts is what the desk asks of the controller, which is created after it.
func (a *App) facts(pbx, call, extension string) offer.Facts {
	return a.control.Facts(pbx, call, extension)
}

// dialPlan is the key dial with the rules of the moment.
func (a *App) dialPlan() *dialplan.Plan {
	cfg, rules := a.cfg.Load(), a.desk.Rules()
	return &dialplan.Plan{
		Rules: compile.DialRules(cfg.Dial), Numbers: rules.Numbers,
		Inside: func(number string) bool {
			for _, endpoints := range rules.Endpoints {
				if endpoints.Extension(number) {
					return true
				}
			}
			return false
		},
		Colleagues: func(name string) (extensions []string) {
			for _, agent := range rules.Staff.Called(name) {
				phones := append(a.agents.Phones(agent.Login), agent.Extensions...)
				extensions = append(extensions, phones[:min(1, len(phones))]...)
			}
			return extensions
		},
	}
}
