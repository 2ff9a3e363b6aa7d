package pbx_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"traybell/hub/ami/amitest"
	"traybell/hub/pbx"
)

var (
	announcements = pbx.Extension{
		Context: "traybell-announcement", Exten: "s", Need: "recorded announcements",
		Remedy: "Install announcements.conf on the PBX",
	}
	mobiles = pbx.Extension{
		Context: "traybell-mobile", Exten: "1000", Need: "mobile members",
		Remedy: "Install mobile-members.conf on the PBX",
	}
)

func TestCheckSaysWhatTheDialplanLacks(t *testing.T) {
	p := newPBX(t, amitest.Options{Users: map[string]amitest.User{
		"full": {Secret: "x", Read: []string{"call"}, Write: []string{"system", "call"}},
		"poor": {Secret: "x", Read: []string{"call"}, Write: []string{"system"}},
	}})
	p.Unplug(nil, "1000")
	for user, want := range map[string]map[pbx.Extension]string{
		"full": {announcements: "there", mobiles: "not there. Install mobile-members.conf on the PBX"},
		"poor": {
			announcements: `unknown. To look, the manager user needs "write = call or reporting" in manager.conf`,
			mobiles:       `unknown. To look, the manager user needs "write = call or reporting" in manager.conf`,
		},
	} {
		cfg := configFor(p)
		cfg.Username, cfg.Password, cfg.Dialplan = user, "x", []pbx.Extension{announcements, mobiles}
		report, err := pbx.Check(ctxOf(t), cfg, time.Millisecond)
		if err != nil {
			t.Fatal(err)
		}
		for e, text := range want {
			says := e.Need + " in the dialplan, " + e.Context + "," + e.Exten + ": " + text
			if !slices.ContainsFunc(report.Rights, func(r pbx.Right) bool { return r.Text == says && !r.Required }) {
				t.Errorf("%s: no %q in %+v", user, says, report.Rights)
			}
			if (report.Dialplan(e).Verdict == pbx.Granted) != strings.HasSuffix(text, "there") {
				t.Errorf("%s: %s: %s", user, e.Need, report.Dialplan(e).Verdict)
			}
		}
	}
}

// A dialplan that is installed while the hub is connected is seen.
func TestInstalledDialplanIsSeenLater(t *testing.T) {
	p := newPBX(t, amitest.Options{Users: map[string]amitest.User{
		"full": {Secret: "x", Read: []string{"call"}, Write: []string{"system", "call"}},
	}})
	p.Unplug(nil, "1000")
	cfg := configFor(p)
	cfg.Username, cfg.Password = "full", "x"
	cfg.Dialplan, cfg.Resync, cfg.Trackers = []pbx.Extension{mobiles}, time.Millisecond, []pbx.Tracker{}
	rights := make(chan []pbx.Right, 1)
	cfg.OnRights = func(r []pbx.Right) {
		select {
		case rights <- r:
		case <-t.Context().Done():
		}
	}
	r := run(t, cfg)
	wait := func(want pbx.Verdict) {
		t.Helper()
		for {
			select {
			case known := <-rights:
				if slices.ContainsFunc(known, func(r pbx.Right) bool {
					return r.Verdict == want && strings.HasPrefix(r.Need, "mobile members")
				}) {
					return
				}
			case <-ctxOf(t).Done():
				t.Fatalf("never %s: %+v", want, r.Status().Rights)
			}
		}
	}
	wait(pbx.Missing)
	p.Unplug(nil) // it is installed
	wait(pbx.Granted)
}
