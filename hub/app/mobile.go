package app

import (
	"context"
	"time"

	"traybell/hub/agentstate"
	"traybell/hub/mobile"
	"traybell/hub/store"
	"traybell/shared/protocol"
)

// newMobile creates what has agents take calls on their mobiles, before the queues, which ask it.
func newMobile(a *App) (*mobile.Service, error) {
	a.mobileRules.Store(&a.parts.Mobile)
	return mobile.New(context.Background(), mobile.Options{
		Rules: func() mobile.Rules { return *a.mobileRules.Load() }, PBXs: &a.pbxs.Set, Shifts: shifts{a},
		Places: func() mobile.Places { return a.queues.Places },
		Phones: func(login string) []string { return a.agents.Phones(login) },
		Send:   func(logins []string, m protocol.Message) { a.agents.Send(logins, m) },
		Store:  mobiles{a.store}, Go: a.work.Go, Log: a.log.With("part", "mobile"), Now: time.Now,
	})
}

// shifts begin and end with what agents do on the PBX.
type shifts struct{ *App }

func (a shifts) Begin(login string) {
	rules := a.duty.Rules()
	if now, ok := a.duty.Now(login); ok && now.State == protocol.AgentOff && len(rules.Modes) > 0 {
		a.set(login, protocol.SetAgent{Mode: rules.Modes[0]})
	}
}

func (a shifts) End(login string) {
	if now, ok := a.duty.Now(login); ok && now.State != protocol.AgentOff {
		a.set(login, protocol.SetAgent{State: protocol.AgentOff})
	}
}

func (a shifts) set(login string, want protocol.SetAgent) {
	if err := a.duty.Set(a.run, login, want, agentstate.ByAgent); err != nil {
		a.log.Warn("cannot follow an agent who has joined or left with a mobile", "agent", login, "error", err)
	}
}

// mobileSetting is the name under which the white list of mobiles is stored, and who uses them.
const mobileSetting = "mobiles"

// mobiles keeps the white list of mobiles in the database.
type mobiles struct{ store *store.Store }

func (m mobiles) Load(ctx context.Context) (k mobile.Kept, err error) {
	_, err = m.store.Setting(ctx, mobileSetting, &k)
	return k, err
}

func (m mobiles) Keep(ctx context.Context, k mobile.Kept) error {
	return m.store.SetSetting(ctx, mobileSetting, k)
}
