package app_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"traybell/hub/ami/amitest"
	"traybell/shared/protocol"
)

// The command recordings lists the recordings of a caller, deletes them where it may, and says what it
// has not deleted.
func TestRecordingsCommand(t *testing.T) {
	s := tell(t)
	if err := os.MkdirAll(filepath.Join(s.dir, "monitor"), 0o700); err != nil {
		t.Fatal(err)
	}
	const kept, free = `recordings: {sources: [{folder: monitor, pattern: "<linkedid>-*.wav"}]}` + "\n",
		`recordings: {sources: [{folder: monitor, pattern: "<linkedid>-*.wav", delete: true}]}` + "\n"
	usual := s.yaml
	s.yaml = usual + kept
	s.start()
	s.working()
	anna := s.signIn("101")
	file := map[string]string{}
	for _, number := range []string{"84951234567", "84957654321"} {
		call := s.pbx.Incoming(amitest.Incoming{Number: number, DID: "74950000001"})
		call.Ring("101")
		call.Answer("101")
		c := anna.sees("the answer", func(c protocol.Call) bool {
			return c.Number == number && c.State == protocol.Answered
		})
		call.Hangup()
		anna.sees("the end", func(now protocol.Call) bool { return now.ID == c.ID && now.State == protocol.Ended })
		_, linkedid, _ := strings.Cut(c.ID, ":")
		file[number] = filepath.Join(s.dir, "monitor", linkedid+"-1.wav")
		if err := os.WriteFile(file[number], []byte("RIFF"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	found := ""
	for late := time.Now().Add(patience); !strings.Contains(found, "Recordings: 1.") && time.Now().Before(late); {
		found, _ = s.command("recordings", "+7 495 123-45-67") // it fails until the call's end is in its record
	}
	if !strings.Contains(found, filepath.Base(file["84951234567"])) ||
		!strings.Contains(found, "Calls with this number: 1. Recordings: 1.") {
		t.Errorf("found:\n%s", found)
	}
	said, err := s.command("recordings", "--delete", "+74951234567")
	if err == nil || !strings.Contains(err.Error(), "not deleted: 1 of 1") || !strings.Contains(said, "delete: true") {
		t.Errorf("%v\n%s", err, said)
	}
	if err := s.hub.Stop(); err != nil {
		t.Fatal(err)
	}
	if said, err := s.command("recordings", "+74951234567"); err == nil ||
		!strings.Contains(err.Error(), "no hub runs") {
		t.Errorf("%v\n%s", err, said)
	}
	s.yaml = usual + free
	s.start()
	said = s.must("recordings", "--delete", "+74951234567")
	if !strings.Contains(said, "deleted: 1 of 1") {
		t.Error(said)
	}
	if _, err := os.Stat(file["84951234567"]); err == nil {
		t.Error("the recording is left")
	}
	if _, err := os.Stat(file["84957654321"]); err != nil {
		t.Errorf("the recording of another caller: %v", err)
	}
	said, err = s.command("recordings", "nobody")
	if err == nil || !strings.Contains(err.Error(), "not a telephone number") {
		t.Errorf("%v\n%s", err, said)
	}
	if said := s.must("audit"); !strings.Contains(said, "recording.delete") || !strings.Contains(said, "command line") {
		t.Errorf("the audit:\n%s", said)
	}
}
