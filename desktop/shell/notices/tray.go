package notices

import "strings"

// NoTrayWhy is the advice for a desktop, named as in XDG_CURRENT_DESKTOP ("ubuntu:GNOME").
func NoTrayWhy(desktop string) string {
	if strings.Contains(strings.ToUpper(desktop), "GNOME") {
		return "notice.no_tray_gnome"
	}
	return "notice.no_tray_why"
}
