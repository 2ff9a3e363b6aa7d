package app

import (
	"traybell/hub/staff"
	"traybell/hub/testcall"
)

func newTester(a *App) *testcall.Tester {
	return testcall.New(testcall.Options{
		Change: a.desk.Change, Follow: a.desk.FollowTrace, Why: a.why.Explain, Ring: a.pbxs.ring,
		PBXs: a.pbxs.mayRing, Log: a.log.With("part", "testcall"),
		Phone: func(agent staff.Agent) (extension, pbx string, err error) {
			extension, p, err := a.control.Phone(agent, "")
			if err != nil {
				return "", "", err
			}
			return extension, p.Status().ID, nil
		},
		Rules: func() testcall.Rules {
			rules := a.desk.Rules()
			return testcall.Rules{Staff: rules.Staff, Lines: rules.Lines}
		},
	})
}
