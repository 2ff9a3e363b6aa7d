package cmd

import (
	"context"
	"fmt"

	"traybell/hub/config"
	"traybell/hub/pbx"
	"traybell/shared/printable"
)

// checkPBXs signs in to each enabled PBX and reports missing rights with their position in hub.yml.
func checkPBXs(ctx context.Context, cfg *config.Config, connections []pbx.Config, print, fail func(string, ...any)) {
	for i, x := range cfg.PBX {
		if !x.Enabled {
			print("pbx %s: not enabled, skipped", x.ID)
			continue
		}
		for _, c := range connections {
			if c.Name == x.ID {
				print("pbx %s (%s):", x.ID, c.Address)
				checkPBX(ctx, c, print, func(key, text string) {
					fail("%v", shown(cfg.Problem(fmt.Sprintf("pbx[%d].%s", i, key), printable.Line(text, 2000))))
				})
			}
		}
	}
}

func checkPBX(ctx context.Context, connection pbx.Config, print func(string, ...any), fail func(key, text string)) {
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	report, err := pbx.Check(ctx, connection, checkListen)
	if err != nil {
		fail(pbx.Setting(err), err.Error())
		return
	}
	version := "manager protocol " + report.Manager
	if report.Asterisk != "" {
		version = "Asterisk " + report.Asterisk + ", " + version
	}
	print("  ✓ signed in (%s), %s now", version, count(report.Channels, "channel", "channels"))
	for _, f := range report.Rights {
		switch {
		case f.Verdict == pbx.Missing && f.Required:
			fail("username", f.Text)
		case f.Verdict == pbx.Granted:
			print("  ✓ %s (%s)", f.Need, f.Setting)
		default:
			print("  ! %s", f.Text)
		}
	}
}
