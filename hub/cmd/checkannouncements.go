package cmd

import (
	"context"

	"traybell/hub/announcements"
	"traybell/hub/compile"
)

// checkAnnouncements says whether the hub gets at the sounds of announcements. Whether the dialplan is
// there checkPBXs has said.
func checkAnnouncements(ctx context.Context, p compile.Parts, r *report) {
	if !p.Announcements.On {
		return
	}
	r.print("announcements:")
	works, doubts := announcements.Trial(ctx, p.Announcements)
	r.results(works, doubts, nil)
}
