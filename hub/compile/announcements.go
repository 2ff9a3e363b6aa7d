package compile

import (
	"slices"

	"traybell/hub/announcements"
	"traybell/hub/config"
	section "traybell/hub/config/announcements"
	"traybell/hub/recordings/place"
)

// announcementRules converts the key announcements.
func announcementRules(cfg *config.Config) announcements.Rules {
	of := cfg.Announcements
	r := announcements.Rules{On: of.Enabled, Expression: section.Expression(of.Extensions), Code: of.Code}
	if !of.Enabled {
		return r
	}
	r.Dialplan = announcements.Dialplan(of.Code, cfg.Dial.Context)
	for _, p := range cfg.PBX {
		if p.Enabled && (len(of.PBX) == 0 || slices.Contains(of.PBX, p.ID)) {
			r.PBXs = append(r.PBXs, p.ID)
		}
	}
	for _, f := range of.Folders {
		r.Folders = append(r.Folders, announcements.Folder{
			PBXs: f.PBX, Place: place.Folder{Path: f.Folder, Delete: true}, OnPBX: f.PBXFolder,
		})
	}
	return r
}
