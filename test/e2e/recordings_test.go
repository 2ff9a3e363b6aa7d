//go:build e2e

package e2e

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"traybell/shared/protocol"
	"traybell/test/e2e/phones"
	"traybell/test/lab"

	"github.com/chromedp/chromedp"
)

// The address is always the same, as links in tickets outlast a restart.
const recordingYAML = `
listen: 127.0.1.250:11010
data_dir: .
region: RU
cdr: {grace: 0s}
pbx: [{id: main, address: "%[1]s", username: otrs, password: "%[2]s"}]
admins:
  - {login: admin, password: "%[3]s"}
  - {login: lead, password: "%[3]s", roles: [view, recordings]}
  - {login: viewer, password: "%[3]s", roles: [view]}
agents:
  - {login: anna, name: Anna Petrova, extensions: ["201"], password: "%[3]s", teams: [support],
     rights: [ticket, record, recordings]}
  - {login: boris, name: Boris, extensions: ["202"], password: "%[3]s", teams: [support], rights: [recordings_team]}
  - {login: clara, name: Clara, extensions: ["203"], password: "%[3]s", teams: [sales], rights: [recordings_team]}
  - {login: dmitri, name: Dmitri, extensions: ["204"], password: "%[3]s", teams: [support]}
help_desk: {type: builtin, talk_time: true}
recordings: %[4]s
`

// freePBXCalls is FreePBX's database of calls.
const freePBXCalls = `CREATE DATABASE asteriskcdrdb;
CREATE TABLE asteriskcdrdb.cdr (
 calldate datetime NOT NULL DEFAULT '1970-01-01 00:00:00', clid varchar(80) NOT NULL DEFAULT '',
 src varchar(80) NOT NULL DEFAULT '', dst varchar(80) NOT NULL DEFAULT '', dcontext varchar(80) NOT NULL DEFAULT '',
 channel varchar(80) NOT NULL DEFAULT '', dstchannel varchar(80) NOT NULL DEFAULT '',
 lastapp varchar(80) NOT NULL DEFAULT '', lastdata varchar(80) NOT NULL DEFAULT '',
 duration int(11) NOT NULL DEFAULT 0, billsec int(11) NOT NULL DEFAULT 0,
 disposition varchar(45) NOT NULL DEFAULT '', amaflags int(11) NOT NULL DEFAULT 0,
 accountcode varchar(20) NOT NULL DEFAULT '', uniqueid varchar(32) NOT NULL DEFAULT '',
 userfield varchar(255) NOT NULL DEFAULT '', did varchar(50) NOT NULL DEFAULT '',
 recordingfile varchar(255) NOT NULL DEFAULT '', cnum varchar(80) NOT NULL DEFAULT '',
 cnam varchar(80) NOT NULL DEFAULT '', outbound_cnum varchar(80) NOT NULL DEFAULT '',
 outbound_cnam varchar(80) NOT NULL DEFAULT '', dst_cnam varchar(80) NOT NULL DEFAULT '',
 linkedid varchar(32) NOT NULL DEFAULT '', peeraccount varchar(80) NOT NULL DEFAULT '',
 sequence int(11) NOT NULL DEFAULT 0,
 KEY calldate (calldate), KEY dst (dst), KEY uniqueid (uniqueid), KEY did (did),
 KEY recordingfile (recordingfile(191)));
GRANT SELECT ON asteriskcdrdb.cdr TO 'traybell'@'%'`

// TestRecordingsOfARealAsterisk has a real PBX record calls, and people find them, listen to them in
// Chromium and delete them.
func TestRecordingsOfARealAsterisk(t *testing.T) {
	for version := range strings.SplitSeq(cmp.Or(os.Getenv("TRAYBELL_E2E_ASTERISK"), "22,16"), ",") {
		t.Run("asterisk"+version, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 12*time.Minute)
			defer cancel()
			d := newPBXDesk(ctx, t, version, recordingYAML)
			folder := fmt.Sprintf("{sources: [{folder: %q, delete: true}]}", d.monitor)
			d.serve(folder)
			desk := d.signIn("201")

			whole := d.records(desk, "1", ivan, nil)
			desk.lists(whole)
			ticket := whole.ticket
			d.paused(desk)
			d.finds(whole)
			d.serve(folder)
			d.plays(whole)
			for format, line := range map[string]string{".gsm": "2", ".WAV": "3", ".alaw": "4"} {
				d.serve(folder)
				desk = d.signIn("201")
				converted := d.records(desk, line, "74957654321", nil)
				if filepath.Ext(converted.file) != format {
					t.Errorf("the PBX recorded %s, not %s", converted.file, format)
				}
				d.plays(converted)
			}
			d.mayListen(whole)
			d.follows(ticket, whole)
			d.erases(whole)
		})
	}
}

// lists checks that the earlier calls of the agent have the page with a recording.
func (x *desk) lists(r recorded) {
	x.Helper()
	var page protocol.History
	x.must(x.act(protocol.HistoryList, protocol.ListHistory{}).Decode(&page))
	if len(page.Calls) != 1 || page.Calls[0].Recordings != x.root()+"/calls/"+r.id+"#recordings" {
		x.Errorf("earlier calls: %+v", page.Calls)
	}
}

// recorded is a call that the PBX has recorded.
type recorded struct {
	id     string // of the call
	file   string // path
	ticket string // its number
	talked time.Duration
}

// oneSecond is how many packets with sound come in a second.
const oneSecond = 50

// records has somebody call, whom Anna answers and gives a ticket. Both speak for three seconds, before
// and after during.
func (d *pbxDesk) records(at *desk, line, number string, during func(call string, spoken func(seconds int64)),
) recorded {
	d.Helper()
	before := d.files()
	caller, err := d.trunk.Call(d.ctx, "7495000072"+line, number, "Ivan")
	d.must(err)
	ringing, err := d.anna.WaitRinging(d.ctx)
	d.must(err)
	d.must(ringing.Answer(d.ctx))
	d.must(caller.WaitHeard(d.ctx))
	phones.Speak(caller, true)
	phones.Speak(ringing, true)
	began := time.Now()
	c := at.sees(func(c protocol.Call) bool { return c.State == protocol.Answered })
	spoken := func(seconds int64) {
		d.Helper()
		from, back := phones.Loud(caller), phones.Loud(ringing)
		until(d.ctx, d.T, "both hear the other", func() bool {
			return phones.Loud(caller) >= from+seconds*oneSecond && phones.Loud(ringing) >= back+seconds*oneSecond
		})
	}
	spoken(3)
	if during != nil {
		during(c.ID, spoken)
		spoken(3)
	}
	var made protocol.CreatedTicket
	d.must(at.act(protocol.TicketCreate, protocol.CreateTicket{Call: c.ID}).Decode(&made))
	d.must(caller.HangUp(d.ctx))
	r := recorded{id: c.ID, ticket: made.Number, talked: time.Since(began)}
	at.sees(func(now protocol.Call) bool { return now.ID == c.ID && now.State == protocol.Ended })
	until(d.ctx, d.T, "the PBX has written the recording", func() bool {
		for name := range d.files() {
			if !before[name] && strings.HasSuffix(name, ".done") {
				r.file = strings.TrimSuffix(name, ".done")
			}
		}
		return r.file != ""
	})
	lead := d.visits("lead")
	until(d.ctx, d.T, "the hub has the call's end", func() bool { return len(lead.files(r.id)) > 0 })
	return r
}

// files returns the paths of all files of the PBX's recordings.
func (d *pbxDesk) files() map[string]bool {
	d.Helper()
	found, err := filepath.Glob(filepath.Join(d.monitor, "*/*/*/*"))
	d.must(err)
	all := map[string]bool{}
	for _, name := range found {
		all[name] = true
	}
	return all
}

// paused has Anna pause the recording of a call: the PBX writes silence, while the two talk on.
func (d *pbxDesk) paused(at *desk) {
	d.Helper()
	can := func(call string, control protocol.Control) {
		d.Helper()
		at.sees(func(c protocol.Call) bool { return c.ID == call && slices.Contains(c.Can, control) })
	}
	r := d.records(at, "1", "74957654321", func(call string, spoken func(seconds int64)) {
		can(call, protocol.ControlPauseRecording)
		at.act(protocol.RecordingPause, protocol.ControlCall{Call: call})
		can(call, protocol.ControlResumeRecording)
		spoken(3)
		at.act(protocol.RecordingResume, protocol.ControlCall{Call: call})
		can(call, protocol.ControlPauseRecording)
	})
	raw, err := os.ReadFile(r.file)
	d.must(err)
	before, gap, after := longestSilence(raw[44:])
	d.Logf("paused: %s of sound, %s of silence, %s of sound", before, gap, after)
	if before < 2*time.Second || gap < 2*time.Second || after < 2*time.Second {
		d.Errorf("%s of sound, %s of silence, %s of sound in %s", before, gap, after, r.file)
	}
}

// longestSilence returns how long the longest silence in a recording of 8 kHz is, and how much sound is
// before and after it.
func longestSilence(samples []byte) (before, silence, after time.Duration) {
	const window = 160 // samples of 20 ms
	var loud []bool
	for part := range slices.Chunk(samples, 2*window) {
		sum := 0
		for at := 0; at+1 < len(part); at += 2 {
			sum += max(int(int16(binary.LittleEndian.Uint16(part[at:]))), 0)
		}
		loud = append(loud, sum/window > 200)
	}
	begin, length, from := 0, 0, 0
	for i := range loud {
		if loud[i] {
			from = i + 1
		} else if i+1-from > length {
			begin, length = from, i+1-from
		}
	}
	sound := func(windows []bool) (d time.Duration) {
		for _, loud := range windows {
			if loud {
				d += 20 * time.Millisecond
			}
		}
		return d
	}
	return sound(loud[:begin]), time.Duration(length) * 20 * time.Millisecond, sound(loud[begin+length:])
}

// finds checks that each way to find a recording is enough.
func (d *pbxDesk) finds(r recorded) {
	d.Helper()
	base := lab.StartMariaDB(d.T)
	base.Exec(d.T, freePBXCalls)
	var ranges atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if name, secret, _ := req.BasicAuth(); name != "traybell" || secret != "monitor" {
			http.Error(w, "who are you?", http.StatusUnauthorized)
			return
		}
		if req.Header.Get("Range") != "" {
			ranges.Add(1)
		}
		http.FileServer(http.Dir(d.monitor)).ServeHTTP(w, req)
	}))
	defer server.Close()
	const noPattern, noPath = `pattern: "none/<linkedid>.wav"`, "pbx_folder: /elsewhere"
	table := fmt.Sprintf("cdr: {driver: mysql, dsn: %q}", strings.TrimSuffix(base.DSN, "/otrs")+"/asteriskcdrdb")
	for name, source := range map[string]string{
		"MixMonitor's events": fmt.Sprintf("{folder: %q, %s}", d.monitor, noPattern),
		"the pattern":         fmt.Sprintf("{folder: %q, %s}", d.monitor, noPath),
		"the CDR table":       fmt.Sprintf("{folder: %q, %s, %s, %s}", d.monitor, noPath, noPattern, table),
		"events, over HTTP": fmt.Sprintf("{url: %q, username: traybell, password: monitor, %s}", server.URL,
			"pbx_folder: /var/spool/asterisk/monitor"),
		"the CDR table, over HTTP": fmt.Sprintf("{url: %q, username: traybell, password: monitor, %s, %s}", server.URL,
			noPath, table),
	} {
		d.serve("{sources: [" + source + "]}")
		lead := d.visits("lead")
		if strings.HasPrefix(name, "the CDR table") {
			base.Exec(d.T, "DELETE FROM asteriskcdrdb.cdr")
			if files := lead.files(r.id); len(files) > 0 {
				d.Errorf("%s: without a row %v are found", name, files)
			}
			d.writes(base, r)
		}
		var found []string
		until(d.ctx, d.T, "found by "+name, func() bool { found = lead.files(r.id); return len(found) > 0 })
		if len(found) != 1 {
			d.Errorf("%s: %v are found", name, found)
		}
		want, err := os.ReadFile(r.file)
		d.must(err)
		if _, got := lead.get(found[0], ""); !bytes.Equal(got, want) {
			d.Errorf("%s: %d bytes are not the %d bytes of the file", name, len(got), len(want))
		}
		status, got := lead.get(found[0], "bytes=1000-1999")
		if status != http.StatusPartialContent || !bytes.Equal(got, want[1000:2000]) {
			d.Errorf("%s: a range: %d with %d bytes", name, status, len(got))
		}
	}
	if ranges.Load() < 2 {
		d.Error("the web server is not asked for ranges")
	}
}

// writes writes what Asterisk says of a call into FreePBX's table.
func (d *pbxDesk) writes(base *lab.Database, r recorded) {
	d.Helper()
	_, linkedid, _ := strings.Cut(r.id, ":")
	wrote := 0
	until(d.ctx, d.T, "the PBX has written the call's rows", func() bool {
		rows, err := d.pbx.RecordingRows(d.ctx)
		d.must(err)
		for _, row := range rows {
			if row[9] == linkedid && row[8] != "" {
				values := make([]any, len(row))
				for i, value := range row {
					values[i] = value
				}
				base.Exec(d.T, "INSERT INTO asteriskcdrdb.cdr (calldate, src, dst, channel, dstchannel, disposition, "+
					"uniqueid, did, recordingfile, linkedid, sequence) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
					values...)
				wrote++
			}
		}
		return wrote > 0
	})
}

var audioPath = regexp.MustCompile(`href="(/[^"]*/[0-9a-f]{20})\?original"`)

// files returns the paths of a call's recordings on its page.
func (v *visitor) files(call string) (paths []string) {
	v.Helper()
	_, page := v.get("/calls/"+url.PathEscape(call), "")
	for _, found := range audioPath.FindAllSubmatch(page, -1) {
		paths = append(paths, string(found[1]))
	}
	return paths
}

// heard is what Chromium says of the player of a page.
type heard struct {
	Duration, Began, Seeked, Continued, Loud float64
	Part                                     int
	Range                                    string
}

// listen has the page play its recording, seek to its second second, and decode all of it.
const listen = `(async () => {
	const audio = document.querySelector("audio");
	const at = (so) => new Promise((resolve) => {
		const look = () => so() ? resolve(audio.currentTime) : setTimeout(look, 20);
		look();
	});
	audio.muted = true;
	await audio.play();
	const r = { Duration: audio.duration };
	r.Began = await at(() => audio.currentTime > 0.3);
	audio.pause();
	audio.currentTime = 2;
	r.Seeked = await at(() => !audio.seeking);
	await audio.play();
	r.Continued = await at(() => audio.currentTime > 2.2);
	audio.pause();
	const part = await fetch(audio.src, { headers: { Range: "bytes=44-143" } });
	r.Part = part.status;
	r.Range = part.headers.get("Content-Range");
	const sound = await new OfflineAudioContext(1, 8000, 8000).decodeAudioData(
		await (await fetch(audio.src)).arrayBuffer());
	r.Loud = sound.getChannelData(0).filter((s) => Math.abs(s) > 0.02).length / sound.length;
	return JSON.stringify(r);
})()`

// plays has Chromium play a recording from the page of its call.
func (d *pbxDesk) plays(r recorded) {
	d.Helper()
	b := d.chromium("201", "/calls/"+url.PathEscape(r.id))
	b.sees(filepath.Base(r.file))
	d.hears(b, r)
	if dir := os.Getenv("TRAYBELL_SCREENSHOTS"); dir != "" && filepath.Ext(r.file) == ".gsm" {
		b.do(chromedp.EmulateViewport(1280, 800))
		picture, err := chromedp.Run(b, chromedp.CaptureScreenshot())
		d.must(err)
		d.must(os.WriteFile(filepath.Join(dir, "recording.png"), picture, 0o644))
	}
}

// hears checks what the player of the page plays.
func (d *pbxDesk) hears(b *browser, r recorded) {
	d.Helper()
	text, err := chromedp.Run(b, chromedp.Evaluate[string](listen, chromedp.EvalAwaitPromise))
	if err != nil {
		d.Fatalf("%s does not play: %v", r.file, err)
	}
	var h heard
	d.must(json.Unmarshal([]byte(text), &h))
	d.Logf("%s: %+v", filepath.Base(r.file), h)
	if h.Duration < 2.5 || h.Duration > r.talked.Seconds()+2 || h.Seeked < 1.9 || h.Seeked > 2.2 || h.Loud < 0.5 {
		d.Errorf("%s, of a talk of %s: %+v", filepath.Base(r.file), r.talked, h)
	}
	if h.Part != http.StatusPartialContent || !strings.HasPrefix(h.Range, "bytes 44-143/") {
		d.Errorf("%s: a range: %d %s", filepath.Base(r.file), h.Part, h.Range)
	}
}

// mayListen checks who may listen to a call of Anna's, and that the audit has it.
func (d *pbxDesk) mayListen(r recorded) {
	d.Helper()
	path := d.visits("lead").files(r.id)[0]
	for name, status := range map[string]int{
		"201": http.StatusOK, "202": http.StatusOK, "lead": http.StatusOK, "admin": http.StatusOK,
		"203": http.StatusForbidden, "204": http.StatusForbidden, "viewer": http.StatusForbidden,
		"": http.StatusSeeOther,
	} {
		v := d.visits(name)
		if got, _ := v.get(path, ""); got != status {
			d.Errorf("%q gets %d, want %d", name, got, status)
		}
		if files := v.files(r.id); len(files) > 0 != (status == http.StatusOK) {
			d.Errorf("%q sees the player: %v", name, files)
		}
	}
	admin := d.visits("admin")
	until(d.ctx, d.T, "the audit has who listened", func() bool {
		_, page := admin.get("/audit?text=recording.listen", "")
		return bytes.Contains(page, []byte("boris")) && bytes.Contains(page, []byte("clara")) &&
			bytes.Contains(page, []byte("You may not listen to this call.")) &&
			bytes.Contains(page, []byte(filepath.Base(r.file)))
	})
}

var linkInTicket = regexp.MustCompile(`Recording: (?:<a [^>]*>)?https://[^/]*(/recordings/[A-Za-z0-9_.-]+)`)

// follows listens by the link that the ticket got at hang-up.
func (d *pbxDesk) follows(ticket string, r recorded) {
	d.Helper()
	admin := d.visits("admin")
	var page []byte
	until(d.ctx, d.T, "the ticket has talk time and link", func() bool {
		_, page = admin.get("/tickets/"+ticket, "")
		return linkInTicket.Match(page)
	})
	if !bytes.Contains(page, []byte("The call lasted ")) {
		d.Errorf("the ticket has no talk time:\n%s", page)
	}
	link := string(linkInTicket.FindSubmatch(page)[1])
	b := d.chromium("admin", "/tickets/"+ticket)
	b.do(chromedp.WaitVisible(`.note a[href*="/recordings/"]`), chromedp.Click(`.note a[href*="/recordings/"]`))
	b.sees(filepath.Base(r.file))
	d.hears(b, r)
	b = d.chromium("201", link) // it comes back after the sign-in
	b.sees(filepath.Base(r.file))
	d.hears(b, r)
	if status, _ := d.visits("203").get(link, ""); status != http.StatusForbidden {
		d.Errorf("Clara follows the link: %d", status)
	}
	if status, _ := d.visits("").get(link, ""); status != http.StatusSeeOther {
		d.Errorf("a stranger follows the link: %d", status)
	}

	source := fmt.Sprintf("sources: [{folder: %q, delete: true}]", d.monitor)
	d.serve("{" + source + ", links: {sign_in: false}}")
	if status, page := d.visits("").get(link, ""); status != http.StatusOK || !audioPath.Match(page) {
		d.Errorf("a stranger follows a link that is enough: %d", status)
	}
	d.serve("{" + source + ", links: {valid: 1s, sign_in: false}}")
	_, page = d.visits("201").get("/calls/"+url.PathEscape(r.id), "")
	shown := regexp.MustCompile(`href="https://[^/]*(/recordings/[^"]+)"`).FindSubmatch(page)
	if shown == nil {
		d.Fatalf("the page of the call has no link:\n%s", page)
	}
	short := string(shown[1])
	until(d.ctx, d.T, "the link expires", func() bool {
		status, page := d.visits("").get(short, "")
		return status == http.StatusNotFound && !audioPath.Match(page)
	})
}

// erases deletes the recordings of a caller, and of no other one.
func (d *pbxDesk) erases(r recorded) {
	d.Helper()
	b := d.chromium("admin", "/recordings?number=%2B74951234567")
	b.sees(filepath.Base(r.file))
	b.do(chromedp.Click(`#found details summary`), chromedp.Click(`#found button.danger`))
	b.sees("Recordings deleted: 1 of 1")
	others := 0
	for name := range d.files() {
		switch {
		case strings.HasSuffix(name, ".done"):
		case strings.Contains(name, "-"+ivan+"-"):
			d.Errorf("%s is left", name)
		default:
			others++
		}
	}
	if others != 4 {
		d.Errorf("%d recordings of another caller are left, want 4", others)
	}
	if files := d.visits("lead").files(r.id); len(files) > 0 {
		d.Errorf("deleted recordings are shown: %v", files)
	}
}
