//go:build e2e

package e2e

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"traybell/hub/api"
	"traybell/hub/compile"
	"traybell/hub/pbx"
	"traybell/shared/protocol"
	"traybell/test/e2e/phones"
	"traybell/test/lab"
)

const announcementsYAML = `announcements:
  enabled: true
  extensions: ["_10[1-2]"]
  folders: [{folder: "%s"}]
api:
  tokens: [{name: program, hash: %s, scopes: [admin]}]
`

// toned is the least number of packets of the tone that show that a recorded one was played: half a
// second. The tests record or upload more.
const toned = 25

// TestAnnouncementsOfARealAsterisk records an announcement on a phone, switches it from a terminal,
// and replaces and deletes it by REST. A caller hears what is true then.
func TestAnnouncementsOfARealAsterisk(t *testing.T) {
	for version := range strings.SplitSeq(cmp.Or(os.Getenv("TRAYBELL_E2E_ASTERISK"), "22,16"), ",") {
		t.Run("asterisk"+version, func(t *testing.T) {
			asterisk := lab.StartAsterisk(t, version)
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
			defer cancel()
			s := newAnnouncementScene(ctx, t, asterisk)
			defer s.clear()
			s.byPhone()
			s.fromDesktop()
			s.byREST()
			s.refused()
			s.onFreePBX()
		})
	}
}

// TestCheckSeesTheDialplanOfARealAsterisk: the hub's check tells whether the dialplan is there.
func TestCheckSeesTheDialplanOfARealAsterisk(t *testing.T) {
	lab.StartAsterisk(t, "22")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	s := newAnnouncementScene(ctx, t, nil)
	parts, err := compile.Hub(s.config)
	s.must(err)
	there := parts.Connections[0]
	absent := there
	absent.Dialplan = []pbx.Extension{{Context: "traybell-announcement", Exten: "moon", Need: "the moon"}}
	for verdict, cfg := range map[pbx.Verdict]pbx.Config{pbx.Granted: there, pbx.Missing: absent} {
		report, err := pbx.Check(ctx, cfg, time.Millisecond)
		s.must(err)
		for _, e := range cfg.Dialplan {
			if r := report.Dialplan(e); r.Verdict != verdict {
				t.Errorf("%s: %+v", verdict, r)
			}
		}
	}
}

type announcementScene struct {
	*controlScene
	asterisk *lab.Asterisk
	folder   string
	token    string
}

func newAnnouncementScene(ctx context.Context, t *testing.T, asterisk *lab.Asterisk) *announcementScene {
	t.Helper()
	s := &announcementScene{asterisk: asterisk}
	if s.folder = t.TempDir(); asterisk != nil {
		monitor, err := asterisk.Monitor(ctx)
		if err != nil {
			t.Fatal(err)
		}
		s.folder = filepath.Join(filepath.Dir(monitor), "traybell")
		if err := errors.Join(os.RemoveAll(s.folder), os.MkdirAll(s.folder, 0o777),
			os.Chmod(s.folder, 0o777)); err != nil {
			t.Fatal(err)
		}
		for _, family := range []string{"op_alert", "op_alert_file", "traybell"} {
			_, _ = asterisk.CLI(ctx, "database deltree "+family) // it is an error if there is none
		}
	}
	var hash string
	s.token, hash = api.NewToken()
	s.controlScene = &controlScene{
		T: t, ctx: ctx, controlDesk: newControlDesk(t, "full", fmt.Sprintf(announcementsYAML, s.folder, hash)),
	}
	return s
}

// byPhone records an announcement by the code: it is on then.
func (s *announcementScene) byPhone() {
	s.Helper()
	s.as("101")
	s.record(s.phone["101"])
	s.announced(protocol.RecordedAnnouncement{PBX: "main", Extension: "101", On: true, Recorded: true})
	s.hears("the recorded one", true, true)
	s.dials101("*602")
	s.announced(protocol.RecordedAnnouncement{PBX: "main", Extension: "101", Recorded: true})
	s.hears("nothing after *602", false, false)
}

// record records the tone of a phone.
func (s *announcementScene) record(phone *phones.Phone) {
	s.Helper()
	call, err := phone.Dial(s.ctx, "*600")
	s.must(err)
	s.must(call.WaitAnswered(s.ctx))
	s.until("the beep", func() bool { return phones.Loud(call) > 0 })
	phones.Speak(call, true)
	s.until("speech", func() bool { return phones.Spoken(call) > 3*toned })
	phones.Speak(call, false)
	heard := phones.Loud(call)
	s.must(phones.Press(s.ctx, call, "#"))
	s.until("the menu", func() bool { return phones.Loud(call) > heard+toned })
	s.must(phones.Press(s.ctx, call, "1"))
	s.must(call.WaitEnded(s.ctx))
}

// fromDesktop switches, listens and deletes.
func (s *announcementScene) fromDesktop() {
	s.Helper()
	own := protocol.OneAnnouncement{PBX: "main", Extension: "101"}
	s.must(s.act(protocol.AnnouncementSet, protocol.SetAnnouncement{OneAnnouncement: own, On: true}))
	s.announced(protocol.RecordedAnnouncement{PBX: "main", Extension: "101", On: true, Recorded: true})
	s.hears("the recorded one again", true, true)

	s.must(s.act(protocol.AnnouncementRing, protocol.RingAnnouncement{OneAnnouncement: own}))
	listens := s.rings("101")
	s.must(listens.Answer(s.ctx))
	s.must(listens.WaitEnded(s.ctx))
	if n := phones.Tones(listens); n < toned {
		s.Errorf("listening, the phone heard %d packets", n)
	}

	s.must(s.act(protocol.AnnouncementDelete, own))
	s.announced(protocol.RecordedAnnouncement{PBX: "main", Extension: "101"})
	if names, err := filepath.Glob(filepath.Join(s.folder, "101-*")); err != nil || len(names) > 0 {
		s.Errorf("deleted, but there is %v, %v", names, err)
	}
	s.hears("nothing after deletion", false, false)
	s.must(s.act(protocol.AnnouncementSet, protocol.SetAnnouncement{OneAnnouncement: own, On: true}))
	s.hears("Asterisk's own text", true, false)
}

// byREST uploads the default and an own sound, and reads the latter.
func (s *announcementScene) byREST() {
	s.Helper()
	sound := waveOfTone()
	s.rest(http.MethodPut, "default/sound", "audio/wav", sound, http.StatusNoContent)
	s.announced(protocol.RecordedAnnouncement{PBX: "main", Extension: "101", On: true, Default: true})
	s.hears("the default", true, true)
	s.rest(http.MethodDelete, "default", "", nil, http.StatusNoContent)
	s.hears("Asterisk's own text again", true, false)
	s.rest(http.MethodPut, "101/sound", "audio/wav", sound, http.StatusNoContent)
	s.hears("the uploaded one", true, true)
	if got := s.rest(http.MethodGet, "101/sound", "", nil, http.StatusOK); !bytes.Equal(got, sound) {
		s.Errorf("%d bytes were uploaded, %d came back", len(sound), len(got))
	}
	refused := s.rest(http.MethodPut, "101/sound", "audio/wav", []byte("no sound"), http.StatusUnprocessableEntity)
	if !strings.Contains(string(refused), "no sound file") {
		s.Errorf("%s", refused)
	}
	s.hears("the uploaded one still", true, true)
	s.rest(http.MethodPut, "101", "application/json", []byte(`{"on":false}`), http.StatusNoContent)
	s.hears("nothing, it was switched off by REST", false, false)
}

// refused: 103 is not among announcements.extensions.
func (s *announcementScene) refused() {
	s.Helper()
	call, err := s.phone["103"].Dial(s.ctx, "*600")
	s.must(err)
	s.must(call.WaitEnded(s.ctx))
	if out, err := s.asterisk.CLI(s.ctx, "database show op_alert_file"); err != nil || strings.Contains(out, "/103 ") {
		s.Errorf("%s, %v", out, err)
	}
}

// onFreePBX does the same with the include for FreePBX, and one Custom Destination for all extensions.
func (s *announcementScene) onFreePBX() {
	s.Helper()
	s.must(s.asterisk.Configure(s.ctx, "extensions.conf", func(text []byte) []byte {
		return bytes.ReplaceAll(text, []byte("traybell/plain.conf"), []byte("traybell/freepbx.conf"))
	}))
	_, err := s.asterisk.CLI(s.ctx, "dialplan reload")
	s.must(err)
	_, _ = s.asterisk.CLI(s.ctx, "database del traybell announcements") // 203 is no agent's
	phone, err := phones.Listen("203", "127.0.1.203")
	s.must(err)
	defer func() { _ = phone.Close() }()
	trunk, err := phones.ListenTrunk("127.0.1.60")
	s.must(err)
	defer func() { _ = trunk.Close() }()
	s.until("the code is there", func() bool {
		out, err := s.asterisk.CLI(s.ctx, "dialplan show *600@from-internal-additional")
		return err == nil && strings.Contains(out, "traybell-announcement-phone")
	})
	for _, on := range []bool{true, false} {
		if on {
			s.record(phone)
		} else {
			call, err := phone.Dial(s.ctx, "*602")
			s.must(err)
			s.must(call.WaitEnded(s.ctx))
		}
		caller, err := trunk.Call(s.ctx, "74950000203", ivan, "Ivan")
		s.must(err)
		ringing, err := phone.WaitRinging(s.ctx)
		s.must(err)
		s.must(ringing.WaitEnded(s.ctx))
		s.must(caller.WaitEnded(s.ctx))
		if n := phones.Tones(caller); on != (n >= toned) {
			s.Errorf("on %v: the caller heard %d packets", on, n)
		}
	}
}

// hears has a customer call 101, who does not answer: something is heard or nothing, and it is the tone
// or not.
func (s *announcementScene) hears(what string, sound, tone bool) {
	s.Helper()
	caller, err := s.trunk.Call(s.ctx, did+"7", ivan, "Ivan")
	s.must(err)
	at101 := s.rings("101")
	s.must(at101.WaitEnded(s.ctx))
	s.must(caller.WaitEnded(s.ctx))
	loud, tones := phones.Loud(caller), phones.Tones(caller)
	if (loud >= toned) != sound || (tones >= toned) != tone {
		s.Errorf("%s: %d packets with sound, %d with the tone", what, loud, tones)
	}
}

func (s *announcementScene) dials101(code string) {
	s.Helper()
	call, err := s.phone["101"].Dial(s.ctx, code)
	s.must(err)
	s.must(call.WaitEnded(s.ctx))
}

// announced waits for an announcement at the terminal.
func (s *announcementScene) announced(want protocol.RecordedAnnouncement) {
	s.Helper()
	is := func() bool {
		now := s.recorded
		return now != nil && now.Code == "*600" && len(now.List) == 1 && now.List[0] == want
	}
	for !is() {
		_ = s.next()
	}
}

func (s *announcementScene) until(what string, is func() bool) {
	s.Helper()
	for !is() {
		if s.ctx.Err() != nil {
			s.Fatalf("%s: %v", what, s.ctx.Err())
		}
		pause(s.ctx, s.T)
	}
}

// rest sends a request about an announcement, and returns the body of the answer.
func (s *announcementScene) rest(method, path, kind string, body []byte, status int) []byte {
	s.Helper()
	req, err := http.NewRequestWithContext(s.ctx, method,
		"https://"+s.hub.Addr()+api.Path+"/announcements/main/"+path, bytes.NewReader(body))
	s.must(err)
	req.Header.Set("Authorization", "Bearer "+s.token)
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	res, err := insecureClient().Do(req)
	s.must(err)
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	s.must(err)
	if res.StatusCode != status {
		s.Fatalf("%s %s: %s\n%s", method, path, res.Status, text)
	}
	return text
}

// waveOfTone is a WAV file of two seconds with the tone of the phones.
func waveOfTone() []byte {
	const rate, samples = 8000, 16000
	file := append([]byte("RIFF"), binary.LittleEndian.AppendUint32(nil, 36+2*samples)...)
	file = append(file, "WAVEfmt "...)
	file = binary.LittleEndian.AppendUint32(file, 16)
	file = binary.LittleEndian.AppendUint16(file, 1)
	file = binary.LittleEndian.AppendUint16(file, 1)
	file = binary.LittleEndian.AppendUint32(file, rate)
	file = binary.LittleEndian.AppendUint32(file, 2*rate)
	file = binary.LittleEndian.AppendUint16(file, 2)
	file = binary.LittleEndian.AppendUint16(file, 16)
	file = append(file, "data"...)
	file = binary.LittleEndian.AppendUint32(file, 2*samples)
	for n := range samples {
		level := int16(15996) // 0x90 in mu-law
		if n%4 > 1 {
			level = -level
		}
		file = binary.LittleEndian.AppendUint16(file, uint16(level))
	}
	return file
}
