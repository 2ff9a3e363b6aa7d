package announcement_test

import (
	"testing"

	"traybell/desktop/shell/announcement"
	"traybell/desktop/ui/uitest"
	"traybell/shared/protocol"

	"github.com/google/go-cmp/cmp"
)

// desk is a desktop with a hub that answers at once.
type desk struct {
	*announcement.Announcement
	sent    []any
	failure string
	cards   []string
	changes int
}

func (d *desk) Request(action string, data any, done func(protocol.Message, string)) {
	d.sent = append(d.sent, action, data)
	done(protocol.Message{}, d.failure)
}

func open(t *testing.T) *desk {
	t.Helper()
	d := &desk{}
	d.Announcement = &announcement.Announcement{
		Session: d, Texts: uitest.English(t), Post: func(f func()) { f() },
		Warn:    func(_, _, text string) { d.cards = append(d.cards, text) },
		Changed: func() { d.changes++ },
	}
	return d
}

func (d *desk) takes(t *testing.T, name, re string, data any) bool {
	t.Helper()
	m, err := protocol.New(protocol.Event, name, data)
	if err != nil {
		t.Fatal(err)
	}
	m.Re = re
	return d.Take(m)
}

func (d *desk) entries() (lines []string) {
	menu := d.Menu()
	if menu == nil {
		return nil
	}
	lines = append(lines, menu.Title)
	for _, i := range menu.Items {
		mark := "  "
		if i.Checked {
			mark = "✓ "
		}
		lines = append(lines, mark+i.Title)
	}
	return lines
}

func TestMenuOfTheAnnouncement(t *testing.T) {
	d := open(t)
	if d.Menu() != nil {
		t.Error("a hub without announcements has a menu")
	}
	one := protocol.RecordedAnnouncement{PBX: "main", Extension: "101"}
	of := func(list ...protocol.RecordedAnnouncement) *protocol.Announcements {
		return &protocol.Announcements{Code: "*600", List: list}
	}
	if d.takes(t, protocol.SessionOpened, "1", protocol.OpenedSession{Announcements: of(one)}) {
		t.Error("others do not get the snapshot")
	}
	shows := func(want ...string) {
		t.Helper()
		if diff := cmp.Diff(want, d.entries()); diff != "" {
			t.Errorf("menu (-want +got):\n%s", diff)
		}
	}
	shows("Recorded announcement: off", "  Callers hear that no one is available",
		"  Record on my phone (or dial *600)", "  Listen on my phone")
	one.Default = true
	d.takes(t, protocol.AnnouncementsEvent, "", of(one))
	shows("Recorded announcement: off", "  Callers hear the company's announcement",
		"  Record on my phone (or dial *600)", "  Listen on my phone")
	one.On, one.Recorded, one.Default = true, true, false
	if !d.takes(t, protocol.AnnouncementsEvent, "", of(one)) || d.changes != 3 {
		t.Errorf("%d changes", d.changes)
	}
	shows("Recorded announcement: on", "✓ Callers hear my announcement", "  Record on my phone (or dial *600)",
		"  Listen on my phone", "  Delete my announcement")

	for _, i := range d.Menu().Items {
		i.Do()
	}
	name := protocol.OneAnnouncement{PBX: "main", Extension: "101"}
	if diff := cmp.Diff([]any{
		protocol.AnnouncementSet,
		protocol.SetAnnouncement{OneAnnouncement: name},
		protocol.AnnouncementRing,
		protocol.RingAnnouncement{OneAnnouncement: name, Record: true},
		protocol.AnnouncementRing,
		protocol.RingAnnouncement{OneAnnouncement: name},
		protocol.AnnouncementDelete, name,
	}, d.sent); diff != "" {
		t.Errorf("sent (-want +got):\n%s", diff)
	}
	d.failure = "The PBX main is not responding."
	d.Menu().Items[0].Do()
	if diff := cmp.Diff([]string{d.failure}, d.cards); diff != "" {
		t.Errorf("cards (-want +got):\n%s", diff)
	}

	other := one
	other.PBX, other.On = "branch", false
	d.takes(t, protocol.AnnouncementsEvent, "", of(one, other))
	if lines := d.entries(); lines[1] != "✓ 101 (main): Callers hear my announcement" ||
		lines[5] != "  101 (branch): Callers hear my announcement" {
		t.Errorf("%q", lines)
	}
	d.takes(t, protocol.AnnouncementsEvent, "", (*protocol.Announcements)(nil))
	if d.Menu() != nil {
		t.Error("the menu stays")
	}
}
