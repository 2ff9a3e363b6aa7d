package shell

import (
	"runtime"

	"traybell/desktop/popup"
)

// corner is the one that was set, or the system's custom: macOS shows what is new at the top.
func (s *shell) corner() popup.Corner {
	if c := popup.Corner(s.kept().Corner); c.Valid() {
		return c
	}
	if runtime.GOOS == "darwin" {
		return popup.TopRight
	}
	return popup.BottomRight
}

// resetPosition brings popups back to where they come by themselves: the system's custom corner,
// and the monitor with the pointer. Popups that are up move there at once, and one more shows where
// that is.
func (s *shell) resetPosition() {
	own := s.own
	own.Corner, own.Monitor = "", ""
	if own != s.own {
		if err := s.file.Save(own); err != nil {
			s.log.Error("settings", "error", err)
		}
		s.own = own
	}
	s.popups.SetPlace(s.corner(), "")
	s.drop(noticeID("place"))
	s.notice("place", "notice.place", s.texts.Say("notice.place_why"))
}

// monitorNames are the monitors as they are now.
func (s *shell) monitorNames() []string {
	if s.host == nil {
		return nil
	}
	var names []string
	for _, m := range s.host.Monitors() {
		names = append(names, m.Name)
	}
	return names
}
