package model

import (
	"slices"
	"time"

	"traybell/shared/protocol"
)

// HubAway says that the connection to the hub is lost; reason is for people. What rings is unknown
// from now on: cards stay only as long as their delays say. The owner calls it when the loss lasts,
// not for a moment's gap.
func (s *Screen) HubAway(reason string, now time.Time) {
	s.tidy(now)
	s.away = true
	s.warn("hub", TitleHubAway, "", reason, protocol.Call{}, now)
}

func (s *Screen) pbx(p protocol.PBX, now time.Time) {
	i := slices.IndexFunc(s.pbxs, func(q protocol.PBX) bool { return q.ID == p.ID })
	if i < 0 {
		if len(s.pbxs) >= maxPBXs {
			return
		}
		s.pbxs = append(s.pbxs, p)
	} else {
		s.pbxs[i] = p
	}
	switch {
	case p.State == protocol.PBXWorking, p.State == protocol.PBXStopped && p.Reason == "":
		// the latter is left alone at somebody's wish
		s.unwarn("pbx.down:"+p.ID, now)
	case p.Reason != "": // the hub warns when it is more than a moment's; the words may change
		if slices.ContainsFunc(s.warnings, func(c Card) bool { return c.ID == "warning:pbx.down:"+p.ID }) {
			s.warn("pbx.down:"+p.ID, TitlePBXDown, p.ID, p.Reason, protocol.Call{}, now)
		}
	}
}

// warn shows a warning, once: the same again only changes its words, and one that went away a
// moment ago is not new.
func (s *Screen) warn(id, title, from, text string, about protocol.Call, now time.Time) {
	id = "warning:" + id
	for i := range s.warnings {
		if s.warnings[i].ID == id {
			if text != "" {
				s.warnings[i].Text = text
			}
			return
		}
	}
	if gone, ok := s.past[id]; ok && now.Sub(gone) < again {
		return
	}
	s.warnings = append(s.warnings, Card{
		ID: id, Kind: Warn, Title: title, From: from, Text: text, Call: about, Since: now,
	})
	if len(s.warnings) > maxWarnings {
		s.warnings = slices.Delete(s.warnings, 0, 1)
	}
}

// unwarn takes a warning back: what it warned of is over.
func (s *Screen) unwarn(id string, now time.Time) {
	id = "warning:" + id
	n := len(s.warnings)
	s.warnings = slices.DeleteFunc(s.warnings, func(c Card) bool { return c.ID == id })
	if len(s.warnings) < n {
		s.past[id] = now
	}
}

// The titles of the program's own words that tell of a success.
const (
	TitleCollected = "notice.support"
	TitleSaved     = "notice.saved"
)

// Good tells whether a title tells of a success: nothing is wrong then.
func Good(title string) bool { return title == TitleCollected || title == TitleSaved }

// lasting tells whether a warning is of a state, which ends by itself, and not of an event.
func lasting(title string) bool { return title == TitlePBXDown || title == TitleHubAway }

// tidy bounds what is remembered.
func (s *Screen) tidy(now time.Time) {
	for id, c := range s.calls {
		if c.now.State == protocol.Ended && c.press.State != Pressed && !c.now.Ended.IsZero() &&
			now.Sub(c.now.Ended) > keepEnded && now.Sub(c.card.Since) > keepEnded {
			delete(s.calls, id)
		}
	}
	for id, gone := range s.past {
		if now.Sub(gone) > again {
			delete(s.past, id)
		}
	}
}
