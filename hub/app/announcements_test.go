package app_test

import (
	"bytes"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
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
		rings.Message.Get("Channel"), rings.Message.Get("Context"), rings.Message.Get("Exten"),
		rings.Message.Get("Variable"),
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

// A reload tells the desktops who has announcements now.
func TestAnnouncementsAfterReload(t *testing.T) {
	s := announcing(t, "system")
	anna := s.signIn("101")
	var now protocol.Announcements
	for _, c := range []struct {
		before, after, code string
		announcements       int
	}{
		{`extensions: ["101"], folders`, `code: "*700", extensions: ["101"], folders`, "*700", 1},
		{"announcements: {enabled: true", "announcements: {enabled: false", "", 0},
		{"announcements: {enabled: false", "announcements: {enabled: true", "*700", 1},
	} {
		s.reloaded(func() { s.replaced(c.before, c.after) })
		if err := anna.await(protocol.AnnouncementsEvent).Decode(&now); err != nil || now.Code != c.code ||
			len(now.List) != c.announcements {
			t.Errorf("after %s: %+v, %v", c.after, now, err)
		}
	}
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
	for _, name := range []string{
		"101-1.wav", "101-1500.wav", "101-200000000000.wav", "101-1800000000.wav", "101-1795000000.wav",
		"101-1794999999999.wav", "101-1795000000001.wav", "1011-1.wav",
	} {
		if err := os.WriteFile(filepath.Join(folder, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s.pbx.Set("op_alert_file", "101", "/var/spool/asterisk/traybell/101-1795000000")
	s.pbx.Send(amitest.NewEvent("DeviceStateChange", "call", "Device", "Custom:op_alert101", "State", "NOT_INUSE"))
	anna.announcement(protocol.RecordedAnnouncement{Recorded: true})
	var left []string
	want := []string{"101-1795000000.wav", "101-1795000000001.wav", "101-1800000000.wav", "1011-1.wav"}
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

// The page shows what is on, takes a sound from a form, and plays it.
func TestPageOfAnnouncements(t *testing.T) {
	s := announcing(t, "system", "call")
	if page := s.page("/announcements/on", url.Values{"pbx": {"main"}, "extension": {"101"}}); !strings.Contains(page,
		`<span class="state">On</span>`) || strings.Contains(page, "Not known") {
		t.Errorf("it is not on:\n%s", page)
	}
	if s.pbx.Family("op_alert")["101"] != "1" {
		t.Errorf("%v", s.pbx.Family("op_alert"))
	}
	sound := append([]byte("RIFF\x24\x3f\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x40\x1f\x00\x00"+
		"\x80\x3e\x00\x00\x02\x00\x10\x00data\x00\x3f\x00\x00"), make([]byte, 0x3f00)...)
	for _, c := range []struct {
		sound  []byte
		status int
		want   string
	}{
		{sound, http.StatusOK, `src="/announcements/main/101"`},
		{[]byte("no sound"), http.StatusBadRequest, "no sound file"},
		{make([]byte, 11<<20), http.StatusBadRequest, "larger than 10 MiB"},
	} {
		if status, body := s.uploads("main 101", c.sound); status != c.status || !strings.Contains(body, c.want) {
			t.Errorf("%d bytes: %d, no %s in\n%s", len(c.sound), status, c.want, body)
		}
	}
	if got := s.page("/announcements/main/101", nil); got != string(sound) {
		t.Errorf("%d bytes came back", len(got))
	}
	s.page("/announcements/delete", url.Values{"pbx": {"main"}, "extension": {"101"}})
	if status, _ := s.answer("/announcements/main/101", nil); status != http.StatusNotFound {
		t.Errorf("a deleted sound: %d", status)
	}
}

// Without the right to look into the dialplan, it is not known whether callers hear an announcement.
func TestPageOfUnprovenAnnouncements(t *testing.T) {
	s := announcing(t, "system")
	page := s.page("/announcements/on", url.Values{"pbx": {"main"}, "extension": {"101"}})
	if s.pbx.Family("op_alert")["101"] != "1" {
		t.Errorf("%v", s.pbx.Family("op_alert"))
	}
	for _, want := range []string{
		`<span class="state closed">Not known</span>`, "Whether it plays the announcement is not known.", "Switch off",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q in\n%s", want, page)
		}
	}
}

// uploads sends the form with a file, and returns the page that follows.
func (s *story) uploads(announcement string, sound []byte) (status int, page string) {
	s.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	file, err := form.CreateFormFile("sound", "hello.wav")
	if err != nil {
		s.t.Fatal(err)
	}
	_, err = file.Write(sound)
	if err := errors.Join(err, form.WriteField("announcement", announcement), form.Close()); err != nil {
		s.t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost,
		"https://"+s.hub.Addr()+"/announcements/upload", &body)
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Content-Type", form.FormDataContentType())
	client := insecureClient()
	defer client.CloseIdleConnections()
	answer, err := client.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer.StatusCode, string(raw)
}
