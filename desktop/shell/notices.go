package shell

import (
	"errors"
	"slices"
	"time"

	"traybell/desktop/model"
	"traybell/desktop/settings"
)

// What the program itself has to say stands among the cards, in s.notices; test popups do, too.
// They belong to the shell's goroutine.

// notice shows a warning of the program's own, in place of the one of that name.
func (s *shell) notice(name, title, text string) {
	now := ownNotice(name, title, text)
	if i := slices.IndexFunc(s.notices, func(n model.Card) bool { return n.ID == now.ID }); i >= 0 {
		s.notices[i] = now
	} else {
		s.notices = append(s.notices, now)
	}
	s.refresh()
}

// noticeID is the card's of the program's own warning of that name.
func noticeID(name string) string { return "warning:own:" + name }

// ownNotice is the card of such a warning; title is a key of the translations.
func ownNotice(name, title, text string) model.Card {
	return model.Card{ID: noticeID(name), Kind: model.Warn, Title: title, Text: text, Since: time.Now()}
}

// drop takes cards of the program's own away, and tells whether there was one. They leave the
// screen with the next refresh.
func (s *shell) drop(ids ...string) bool {
	before := len(s.notices)
	s.notices = slices.DeleteFunc(s.notices, func(n model.Card) bool { return slices.Contains(ids, n.ID) })
	return len(s.notices) < before
}

// gone forgets a card that has left the screen.
func (s *shell) gone(id string) {
	if !s.drop(id) {
		s.terminal.Forget(id, time.Now())
	}
	s.refresh()
}

// settingsBroken tells that the settings begin anew. It is called before the shell's goroutine
// runs.
func (s *shell) settingsBroken(err error) {
	s.log.Error("settings", "error", err)
	var broken *settings.Broken
	if errors.As(err, &broken) {
		s.sticky("settings", "notice.settings_broken",
			s.texts.SayWith("notice.settings_broken_why", map[string]any{"Aside": broken.Aside}))
	}
}

// computerBroken tells that the file does not count. It is called before the shell's goroutine
// runs.
func (s *shell) computerBroken(err error) {
	var file *computerFileError
	if !errors.As(err, &file) {
		return
	}
	reason := file.err.Error()
	var wrong *settings.FileError
	if errors.As(err, &wrong) {
		reason = s.wrongFile(wrong)
	}
	s.sticky("computer", "notice.computer",
		s.texts.SayWith("settings.file_of", map[string]any{"File": file.path, "Reason": reason}))
}

// sticky leaves a warning that stays until it is closed. It is called before the shell's goroutine
// runs.
func (s *shell) sticky(name, title, text string) {
	n := ownNotice(name, title, text)
	n.Sticky = true
	s.notices = append(s.notices, n)
}
