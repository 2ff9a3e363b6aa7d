package protocol

import (
	"errors"
	"unicode/utf8"
)

// Names of the messages about recorded announcements. They come from hubs whose hub.yml enables these.
const (
	AnnouncementSet    = "announcement.set"    // action
	AnnouncementDelete = "announcement.delete" // action
	AnnouncementRing   = "announcement.ring"   // action: the agent's phone rings, to record or to listen

	AnnouncementsEvent = "announcements" // event: all announcements of the agent
)

// Announcements is the data of the event announcements: what callers hear when the agent does not
// answer.
type Announcements struct {
	Code string                 `json:"code"` // the number that records one on the phone
	List []RecordedAnnouncement `json:"list"`
}

// RecordedAnnouncement is that of an extension on a PBX.
type RecordedAnnouncement struct {
	PBX       string `json:"pbx"`
	Extension string `json:"extension"`
	On        bool   `json:"on"`
	Recorded  bool   `json:"recorded"` // it has a sound; otherwise callers hear the default
	Default   bool   `json:"default"`  // the company has recorded one for all who have none
}

// SetAnnouncement is the data of announcement.set.
type SetAnnouncement struct {
	OneAnnouncement
	On bool `json:"on"`
}

// OneAnnouncement names an announcement. It is the data of announcement.delete.
type OneAnnouncement struct {
	PBX       string `json:"pbx"`
	Extension string `json:"extension"`
}

// RingAnnouncement is the data of announcement.ring.
type RingAnnouncement struct {
	OneAnnouncement
	Record bool `json:"record,omitempty"` // otherwise the phone plays the announcement
}

// Check reports whether the data can be used.
func (a OneAnnouncement) Check() error {
	for _, text := range []string{a.PBX, a.Extension} {
		if text == "" || len(text) > MaxID || !utf8.ValidString(text) {
			return errors.New("pbx and extension must name an announcement")
		}
	}
	return nil
}
