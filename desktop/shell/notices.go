package shell

import (
	"errors"
	"time"

	"traybell/desktop/model"
	"traybell/desktop/settings"
)

// notice shows a warning of the program's own.
func (s *shell) notice(id, title, text string) {
	now := ownNotice(id, title, text)
	for i := range s.notices {
		if s.notices[i].ID == now.ID {
			s.notices[i] = now
			s.refresh()
			return
		}
	}
	s.notices = append(s.notices, now)
	s.refresh()
}

func ownNotice(id, title, text string) model.Card {
	return model.Card{ID: "warning:own:" + id, Kind: model.Warn, Title: title, Text: text, Since: time.Now()}
}

// drop takes notices away at once.
func (s *shell) drop(ids ...string) {
	kept := s.notices[:0:0]
	for _, n := range s.notices {
		keep := true
		for _, id := range ids {
			keep = keep && n.ID != id
		}
		if keep {
			kept = append(kept, n)
		}
	}
	s.notices = kept
}

// gone forgets a card that has left the screen.
func (s *shell) gone(id string) {
	for i, n := range s.notices {
		if n.ID == id {
			s.notices = append(s.notices[:i:i], s.notices[i+1:]...)
			s.refresh()
			return
		}
	}
	s.screen.Forget(id, time.Now())
	s.refresh()
}

// settingsBroken tells that the settings begin anew. It is called before the shell's goroutine runs.
func (s *shell) settingsBroken(err error) {
	s.log.Error("settings", "error", err)
	var broken *settings.Broken
	if errors.As(err, &broken) {
		s.notices = append(s.notices, model.Card{
			ID: "warning:own:settings", Kind: model.Warn, Title: "notice.settings_broken", Since: time.Now(), Sticky: true,
			Text: s.texts.SayWith("notice.settings_broken_why", map[string]any{"Aside": broken.Aside}),
		})
	}
}

// computerBroken tells that the file does not count. It is called before the shell's goroutine runs.
func (s *shell) computerBroken(err error) {
	var file *computerFileError
	if !errors.As(err, &file) {
		return
	}
	reason := file.err.Error()
	var wrong *settings.WrongFile
	if errors.As(err, &wrong) {
		reason = s.wrongFile(wrong)
	}
	s.notices = append(s.notices, model.Card{
		ID: "warning:own:computer", Kind: model.Warn, Title: "notice.computer", Since: time.Now(), Sticky: true,
		Text: s.texts.SayWith("settings.file_of", map[string]any{"File": file.path, "Reason": reason}),
	})
}
