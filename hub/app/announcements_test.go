package app_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"traybell/hub/ami/amitest"
	"traybell/shared/protocol"

	"github.com/google/go-cmp/cmp"
)

// announcing is a story whose hub has announcements for Anna's extension.
func announcing(t *testing.T, write ...string) *story {
	t.Helper()
	s := tell(t)
	s.usePBX(amitest.Options{Users: map[string]amitest.User{amitest.Username: {
		Secret: amitest.Secret, Read: []string{"system", "call"}, Write: write,
	}}})
	if err := os.Mkdir(filepath.Join(s.dir, "sounds"), 0o700); err != nil {
		t.Fatal(err)
	}
	s.yaml += "announcements: {enabled: true, extensions: [\"101\"], folders: [{folder: sounds}]}\n"
	s.start()
	s.working()
	return s
}

// announcements waits until the agent's announcement is as wanted.
func (x *testTerminal) announcement(want protocol.RecordedAnnouncement) {
	x.t.Helper()
	want.PBX, want.Extension = "main", "101"
	var now protocol.Announcements
	for late := time.Now().Add(patience); time.Now().Before(late); {
		if err := x.await(protocol.AnnouncementsEvent).Decode(&now); err != nil {
			x.t.Fatal(err)
		}
		if len(now.List) == 1 && now.List[0] == want {
			return
		}
	}
	x.t.Fatalf("last %+v, want %+v", now, want)
}

// failed sends an action and returns the code of its error.
func (x *testTerminal) failed(name string, data any) protocol.ErrorCode {
	x.t.Helper()
	var f protocol.Failure
	m := x.says(name, data)
	if m.Type != protocol.Error || m.Decode(&f) != nil {
		x.t.Fatalf("%s: %+v", name, m)
	}
	return f.Code
}

func TestAnnouncementByPhoneAndDesktop(t *testing.T) {
	s := announcing(t, "system", "call", "originate")
	own := protocol.OneAnnouncement{PBX: "main", Extension: "101"}
	anna := s.signIn("101")
	s.pbx.Set("op_alert_file", "101", "/var/spool/asterisk/traybell/101-1") // as the dialplan does
	s.pbx.Set("op_alert", "101", "1")
	s.pbx.Send(amitest.NewEvent("DeviceStateChange", "call", "Device", "Custom:op_alert101", "State", "INUSE"))
	anna.announcement(protocol.RecordedAnnouncement{On: true, Recorded: true})

	anna.do(protocol.AnnouncementSet, protocol.SetAnnouncement{OneAnnouncement: own})
	anna.announcement(protocol.RecordedAnnouncement{Recorded: true})
	if _, on := s.pbx.Family("op_alert")["101"]; on {
		t.Error("the PBX has it on")
	}
	anna.do(protocol.AnnouncementRing, protocol.RingAnnouncement{OneAnnouncement: own, Record: true})
	rings, err := s.pbx.WaitAction(t.Context(), "Originate", 1)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"PJSIP/101", "traybell-announcement-phone", "record", "TB_OWNER=101"}, []string{
		rings.Message.Get("Channel"), rings.Message.Get("Context"), rings.Message.Get("Exten"), rings.Message.Get("Variable"),
	}); diff != "" {
		t.Errorf("Originate (-want +got):\n%s", diff)
	}
	anna.do(protocol.AnnouncementDelete, own)
	anna.announcement(protocol.RecordedAnnouncement{})
	if _, file := s.pbx.Family("op_alert_file")["101"]; file {
		t.Error("the PBX has the file")
	}
	if p := anna.failed(protocol.AnnouncementSet, protocol.SetAnnouncement{
		OneAnnouncement: protocol.OneAnnouncement{PBX: "main", Extension: "102"}, On: true,
	}); p != protocol.Forbidden {
		t.Errorf("an agent switched another's announcement: %s", p)
	}
}

// What changed while the PBX was away is read at the next connection.
func TestAnnouncementAfterReconnect(t *testing.T) {
	s := announcing(t, "system")
	anna := s.signIn("101")
	s.pbx.Set("op_alert", "101", "1")
	if err := s.pbx.Restart(); err != nil {
		t.Fatal(err)
	}
	anna.announcement(protocol.RecordedAnnouncement{On: true})
}

// Without write=system nothing changes, and the agent is told so.
func TestAnnouncementWithoutTheRight(t *testing.T) {
	s := announcing(t, "call")
	anna := s.signIn("101")
	if p := anna.failed(protocol.AnnouncementSet, protocol.SetAnnouncement{
		OneAnnouncement: protocol.OneAnnouncement{PBX: "main", Extension: "101"}, On: true,
	}); p != protocol.Forbidden {
		t.Errorf("%s", p)
	}
}

// An older recording goes when another replaces it; the one that is being recorded stays.
func TestReplacedRecordingIsDeleted(t *testing.T) {
	s := announcing(t, "system", "call")
	anna := s.signIn("101")
	folder := filepath.Join(s.dir, "sounds")
	for _, name := range []string{"101-1.wav", "101-2.wav", "101-3.wav", "1011-1.wav"} {
		if err := os.WriteFile(filepath.Join(folder, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s.pbx.Set("op_alert_file", "101", "/var/spool/asterisk/traybell/101-2")
	s.pbx.Send(amitest.NewEvent("DeviceStateChange", "call", "Device", "Custom:op_alert101", "State", "NOT_INUSE"))
	anna.announcement(protocol.RecordedAnnouncement{Recorded: true})
	var left []string
	want := []string{"101-2.wav", "101-3.wav", "1011-1.wav"}
	for late := time.Now().Add(patience); !cmp.Equal(left, want); {
		if time.Now().After(late) {
			t.Fatalf("left: %v", left)
		}
		left = nil
		files, err := os.ReadDir(folder)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			left = append(left, f.Name())
		}
	}
}
