package recordings_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"traybell/hub/access"
	"traybell/hub/ami/wire"
	"traybell/hub/audit"
	"traybell/hub/calls"
	"traybell/hub/cdr"
	"traybell/hub/fail"
	"traybell/hub/happened"
	"traybell/hub/recordings"
	"traybell/hub/recordings/convert"
	"traybell/hub/recordings/place"
	"traybell/hub/staff"
	"traybell/hub/store"
	"traybell/shared/phone"
	"traybell/shared/protocol"
)

// office is a hub's recordings with a database and a folder.
type office struct {
	*recordings.Service
	t      *testing.T
	store  *store.Store
	folder string
	now    time.Time

	mu    sync.Mutex
	audit []audit.Entry
}

func (o *office) Add(e audit.Entry) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.audit = append(o.audit, e)
}

// written returns the entries of the audit: action, who, object, detail and error.
func (o *office) written() (list []string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, e := range o.audit {
		list = append(
			list,
			strings.TrimSpace(strings.Join([]string{e.Action, e.Who, e.Object, e.Detail, e.Error}, " ")),
		)
	}
	o.audit = nil
	return list
}

// RecordedFiles implements recordings.Recorder.
func (o *office) RecordedFiles(context.Context, string) (map[string]string, error) {
	return map[string]string{"1.1": "/var/spool/asterisk/monitor/asked.wav"}, nil
}

const pattern = "<year>/<month>/<day>/*-<uniqueid>.*"

func open(t *testing.T) *office {
	t.Helper()
	dir := t.TempDir()
	s, err := store.Open(t.Context(), filepath.Join(dir, "db"))
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	numbers, err := phone.NewReader("RU", nil)
	must(t, err)
	c, err := convert.New(filepath.Join(dir, "converted"))
	must(t, err)
	o := &office{t: t, store: s, folder: filepath.Join(dir, "monitor"), now: time.Now()}
	must(t, os.Mkdir(o.folder, 0o700))
	people := staff.New([]staff.Agent{
		{Login: "anna", Extensions: []string{"101"}, Teams: []string{"support"}, Rights: []string{"recordings"}},
		{Login: "boris", Extensions: []string{"102"}, Teams: []string{"support"}, Rights: []string{"recordings_team"}},
		{Login: "clara", Extensions: []string{"103"}, Teams: []string{"sales"}, Rights: []string{"recordings_team"}},
		{Login: "dmitry", Extensions: []string{"104"}, Teams: []string{"support"}},
	})
	o.Service = recordings.New(recordings.Options{
		Store: s, PBX: func(string) (recordings.Recorder, bool) { return o, true },
		Staff: func() *staff.Staff { return people }, Numbers: func() *phone.Reader { return numbers }, Audit: o,
		Convert: c, LinkKey: []byte("key"), Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return o.now },
	})
	o.rules(func(*recordings.Rules) {})
	return o
}

func (o *office) rules(change func(*recordings.Rules)) {
	r := recordings.Rules{
		Sources: []recordings.Source{{
			Place: place.Folder{Path: o.folder, Delete: true}, Folder: "/var/spool/asterisk/monitor", Pattern: pattern,
		}},
		Links: recordings.Links{Valid: time.Hour, SignIn: true, Hub: "https://hub.example.com"},
	}
	change(&r)
	o.Set(r)
}

// call records a call of an agent.
func (o *office) call(id, agent, number string) cdr.Record {
	o.t.Helper()
	r := cdr.Record{
		CallID: "main:" + id, PBX: "main", State: cdr.Final, Direction: protocol.Incoming, Number: number, E164: number,
		CID: number, Agent: agent, Extension: "101", Started: o.now.Add(-time.Hour), Answered: o.now.Add(-time.Hour),
		Ended: o.now.Add(-time.Hour + time.Minute), Told: "anna\nboris\nclara\ndmitry\n",
	}
	must(o.t, o.store.Records(cdr.File{}).KeepRecords(o.t.Context(), []cdr.Record{r}, nil))
	return r
}

func (o *office) file(name, text string) {
	o.t.Helper()
	path := filepath.Join(o.folder, filepath.FromSlash(name))
	must(o.t, os.MkdirAll(filepath.Dir(path), 0o700))
	must(o.t, os.WriteFile(path, []byte(text), 0o600))
}

// day is the folder of the calls.
func (o *office) day() string { return o.now.Add(-time.Hour).Format("2006/01/02") }

func (o *office) note(id, name string) {
	o.t.Helper()
	must(o.t, o.store.KeepRecording(o.t.Context(), recordings.Note{
		CallID: "main:" + id, Uniqueid: id, Name: name, Began: o.now.Add(-time.Hour),
	}))
}

func (o *office) names(who access.Principal, id string) (names []string) {
	o.t.Helper()
	list, err := o.List(o.t.Context(), who, "main:"+id)
	must(o.t, err)
	for _, r := range list.Recordings {
		names = append(names, r.Name)
	}
	return names
}

func (o *office) read(who access.Principal, id, recording string) (string, error) {
	audio, err := o.Open(o.t.Context(), who, "main:"+id, recording, true)
	if err != nil {
		return "", err
	}
	defer func() { _ = audio.Close() }()
	text, err := io.ReadAll(audio)
	return string(text), err
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func agent(login string) access.Principal {
	return access.Principal{Kind: access.Agent, Name: login, From: "192.0.2.1"}
}

var (
	boss  = access.Principal{Kind: access.Administrator, Name: "boss", Roles: []access.Role{access.Recordings}}
	root  = access.Principal{Kind: access.Administrator, Name: "root", Roles: []access.Role{access.Admin}}
	clerk = access.Principal{Kind: access.Administrator, Name: "clerk", Roles: []access.Role{access.Notes}}
)

func TestWhereRecordingsAreFound(t *testing.T) {
	o := open(t)
	o.call("1.1", "anna", "+74951234567")
	if found := o.names(root, "1.1"); len(found) > 0 {
		t.Fatalf("nothing was recorded: %q", found)
	}
	o.file(o.day()+"/q-500-4951234567-1.1.wav", "late") // appears after the page was shown
	if found := o.names(root, "1.1"); !slices.Equal(found, []string{"q-500-4951234567-1.1.wav"}) {
		t.Errorf("by the pattern: %q", found)
	}
	o.note("1.1", "/var/spool/asterisk/monitor/other/leg.wav")
	o.file("other/leg.wav", "of a transfer")
	if found := o.names(root, "1.1"); !slices.Equal(found, []string{"leg.wav", "q-500-4951234567-1.1.wav"}) {
		t.Errorf("with what the PBX said: %q", found)
	}
	o.call("1.2", "anna", "+74951234567")
	o.note("1.2", "/var/spool/asterisk/monitor/converted.wav")
	o.file("converted.mp3", "by a script")
	if found := o.names(root, "1.2"); !slices.Equal(found, []string{"converted.mp3"}) {
		t.Errorf("converted by a script: %q", found)
	}
	o.call("1.3", "anna", "+74951234567")
	for _, name := range []string{
		"/etc/passwd", "/var/spool/asterisk/monitor/../../../../etc/hostname.wav", "../outside.wav", "a\\b.wav",
		"gone.wav",
	} {
		o.note("1.3", name)
	}
	must(t, os.WriteFile(filepath.Join(o.folder, "..", "outside.wav"), []byte("x"), 0o600))
	list, err := o.List(t.Context(), root, "main:1.3")
	must(t, err)
	if len(list.Recordings) > 0 || !slices.Contains(list.Missing, "gone.wav") {
		t.Errorf("hostile names: %+v", list)
	}
}

// An answer of another caller's number does not become part of a pattern.
func TestHostileNumbersInPatterns(t *testing.T) {
	o := open(t)
	o.rules(func(r *recordings.Rules) { r.Sources[0].Pattern = "<number>/*-<linkedid>.wav" })
	r := o.call("2.1", "anna", "+74951234567")
	for _, number := range []string{"*", "..", "../../x", "[a-z]", "a/b"} {
		r.CID = number
		must(t, o.store.Records(cdr.File{}).KeepRecords(t.Context(), []cdr.Record{r}, nil))
		o.file("secret/x-2.1.wav", "of others")
		if found := o.names(root, "2.1"); len(found) > 0 {
			t.Errorf("with the number %q: %q", number, found)
		}
	}
}

func TestWhoMayListen(t *testing.T) {
	o := open(t)
	o.call("1.1", "anna", "+74951234567")
	o.file(o.day()+"/in-1.1.wav", "talk")
	list, err := o.List(t.Context(), root, "main:1.1")
	must(t, err)
	id := list.Recordings[0].ID
	for _, c := range []struct {
		who  access.Principal
		may  bool
		some bool
	}{
		{agent("anna"), true, true},
		{agent("boris"), true, true}, // in the same team
		{agent("clara"), false, true},
		{agent("dmitry"), false, false},
		{agent("nobody"), false, false},
		{boss, true, true},
		{root, true, true},
		{clerk, false, false},
		{access.Principal{}, false, false},
	} {
		text, err := o.read(c.who, "1.1", id)
		if may := err == nil; may != c.may || may && text != "talk" {
			t.Errorf("%s: %q, %v", c.who.Name, text, err)
		}
		if err != nil && fail.Of(err).Code != fail.Forbidden {
			t.Errorf("%s: %v", c.who.Name, err)
		}
		if o.MayListen(c.who) != c.some {
			t.Errorf("%s: has a page %v", c.who.Name, !c.some)
		}
		if c.who.Kind == access.Agent {
			r, _, err := o.Store.CallRecord(t.Context(), "main:1.1")
			must(t, err)
			page := o.Page(t.Context(), c.who.Name, r)
			if page != "" != c.may || c.may && !strings.HasSuffix(page, "/calls/main:1.1#recordings") {
				t.Errorf("%s is offered %q", c.who.Name, page)
			}
			r.Ended = time.Time{}
			if page := o.Page(t.Context(), c.who.Name, r); page != "" {
				t.Errorf("%s is offered %q during the call", c.who.Name, page)
			}
		}
	}
	for range 3 { // the ranges of one listening
		_, err := o.read(agent("anna"), "1.1", id)
		must(t, err)
	}
	written := o.written()
	if len(written) != 9 || written[0] != "recording.listen anna main:1.1 in-1.1.wav" ||
		!strings.Contains(written[2], "You may not listen") {
		t.Errorf("audit:\n%s", strings.Join(written, "\n"))
	}
	o.now = o.now.Add(time.Hour)
	_, err = o.read(agent("anna"), "1.1", id)
	must(t, err)
	if written := o.written(); len(written) != 1 {
		t.Errorf("a later listening: %q", written)
	}
	// a recording of another call, which anna has no part in
	o.call("1.9", "clara", "+74950000000")
	o.file(o.day()+"/in-1.9.wav", "of clara")
	other, err := o.List(t.Context(), root, "main:1.9")
	must(t, err)
	if text, err := o.read(agent("anna"), "1.1", other.Recordings[0].ID); err == nil {
		t.Errorf("by the id of another call: %q", text)
	}
}

// Ids come from URLs: made-up ones neither fill the audit nor the memory.
func TestMadeUpIDsOfRecordings(t *testing.T) {
	o := open(t)
	o.call("1.1", "anna", "+74951234567")
	for _, who := range []access.Principal{agent("anna"), agent("clara")} {
		for n := range 30 {
			if _, err := o.read(who, "1.1", fmt.Sprintf("%020x", n)); err == nil {
				t.Fatalf("%s listens to what is not there", who.Name)
			}
		}
		if written := o.written(); len(written) != 1 {
			t.Errorf("audit of %s: %q", who.Name, written)
		}
	}
	long := strings.Repeat("1", 300)
	for call, id := range map[string]string{
		"1.1": "x", "1.2": long, "1.3": strings.Repeat("A", 20), long: fmt.Sprintf("%020x", 0),
	} {
		if _, err := o.read(root, call, id); fail.Of(err).Code != fail.NotFound {
			t.Errorf("%.10s, %.30s: %v", call, id, err)
		}
		if _, err := o.read(clerk, call, id); fail.Of(err).Code != fail.Forbidden {
			t.Errorf("%.10s, %.30s, without a right: %v", call, id, err)
		}
	}
	if written := o.written(); len(written) > 0 {
		t.Errorf("audit: %q", written)
	}
}

// Of several agents at an extension the record does not say who talked.
func TestACallOfOneOfSeveralAgentsIsNotAnOwnOne(t *testing.T) {
	o := open(t)
	o.call("1.1", "anna,dmitry", "+74951234567")
	o.call("1.2", "anna,clara", "+74951234567")
	for who, may := range map[string][2]bool{"anna": {}, "boris": {true, false}, "clara": {}} {
		for i, call := range []string{"main:1.1", "main:1.2"} {
			if _, err := o.List(t.Context(), agent(who), call); (err == nil) != may[i] {
				t.Errorf("%s, %s: %v", who, call, err)
			}
		}
	}
	must(t, o.store.KeepTalkers(t.Context(), "main:1.1", []string{"anna"}, o.now))
	if _, err := o.List(t.Context(), agent("anna"), "main:1.1"); err != nil {
		t.Errorf("anna talked: %v", err)
	}
}

// stuck is a folder that answers when it is let.
type stuck struct {
	place.Folder
	asked chan struct{}
	let   chan struct{}
}

func (p stuck) Find(ctx context.Context, pattern string) ([]string, error) {
	p.asked <- struct{}{}
	<-p.let
	return p.Folder.Find(ctx, pattern)
}

func TestSearchesAreBounded(t *testing.T) {
	const most = 16
	o := open(t)
	o.call("1.1", "anna", "+74951234567")
	o.note("1.1", "")
	o.file(o.day()+"/in-1.1.wav", "talk")
	slow := stuck{place.Folder{Path: o.folder}, make(chan struct{}, 100), make(chan struct{})}
	o.rules(func(r *recordings.Rules) { r.Sources[0].Place = slow })
	var group sync.WaitGroup
	for range most {
		group.Go(func() {
			if _, err := o.List(t.Context(), root, "main:1.1"); err != nil {
				t.Error(err)
			}
		})
	}
	for range most {
		<-slow.asked
	}
	if _, err := o.List(t.Context(), root, "main:1.1"); fail.Of(err).Code != fail.Busy || !fail.Of(err).Retry {
		t.Errorf("one more search: %v", err)
	}
	close(slow.let)
	group.Wait()
	if found := o.names(root, "1.1"); len(found) != 1 {
		t.Errorf("found later: %q", found)
	}
	for len(slow.asked) > 0 {
		<-slow.asked
	}
	for n := range 5 { // a search has just not found it
		if _, err := o.read(root, "1.1", fmt.Sprintf("%020x", n)); fail.Of(err).Code != fail.NotFound {
			t.Error(err)
		}
	}
	if n := len(slow.asked); n > 0 {
		t.Errorf("%d searches for what is not there", n)
	}
	o.now = o.now.Add(time.Minute)
	if _, err := o.read(root, "1.1", fmt.Sprintf("%020x", 9)); err == nil || len(slow.asked) != 1 {
		t.Errorf("it is not looked for again: %v", err)
	}
}

// Other rules of hub.yml may mean other folders.
func TestNewRulesForgetWhereRecordingsAre(t *testing.T) {
	o := open(t)
	o.call("1.1", "anna", "+74951234567")
	o.file(o.day()+"/in-1.1.wav", "talk")
	list, err := o.List(t.Context(), root, "main:1.1")
	must(t, err)
	id := list.Recordings[0].ID
	_, err = o.read(root, "1.1", id)
	must(t, err)
	o.rules(func(r *recordings.Rules) { r.Sources[0].Place = place.Folder{Path: t.TempDir()} })
	if text, err := o.read(root, "1.1", id); err == nil {
		t.Errorf("from the former folder: %q", text)
	}
}

// started is the event of a channel that is recorded.
func started(uniqueid, linkedid string, more ...wire.Field) wire.Message {
	return wire.NewMessage(append([]wire.Field{
		{Key: "Event", Value: "MixMonitorStart"},
		{Key: "Channel", Value: "PJSIP/103-1"},
		{Key: "Uniqueid", Value: uniqueid},
		{Key: "Linkedid", Value: linkedid},
	}, more...)...)
}

// Who talked after a transfer may listen as well: the record names the first one only.
func TestThoseWhoTalkedAfterATransfer(t *testing.T) {
	o := open(t)
	run, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); o.Run(run) }()
	o.call("1.1", "clara", "+74951234567")
	o.Happened(happened.Call{Step: happened.Ended, PBX: "main", Call: protocol.Call{
		ID: "main:1.1", Answered: o.now, Ended: o.now, Legs: []protocol.Leg{
			{Extension: "103", Answered: o.now}, {Extension: "101", Answered: o.now}, {Extension: "104"},
		},
	}})
	o.Call(
		calls.Call{ID: "main:1.1", PBX: "main", State: protocol.Answered, Channels: []calls.Channel{{Uniqueid: "1.7"}}},
	)
	o.Follow("main").Event(started("1.7", "1.6",
		wire.Field{Key: "ChanVariable", Value: "MIXMONITOR_FILENAME=/var/spool/asterisk/monitor/told.wav"}), o.now)
	o.Follow("main").Event(started("1.1", "1.1"), o.now)
	stop()
	<-done
	o.file("told.wav", "x")
	o.file("asked.wav", "x")
	if found := o.names(agent("anna"), "1.1"); !slices.Equal(found, []string{"asked.wav", "told.wav"}) {
		t.Errorf("anna talked, and sees %q", found)
	}
	if _, err := o.List(t.Context(), agent("dmitry"), "main:1.1"); err == nil {
		t.Error("dmitry may listen")
	}
}

func TestRecordingsThatChange(t *testing.T) {
	o := open(t)
	r := o.call("1.1", "anna", "+74951234567")
	o.file(o.day()+"/in-1.1.wav", "talk")
	list, err := o.List(t.Context(), root, "main:1.1")
	must(t, err)
	id := list.Recordings[0].ID
	audio, err := o.Open(t.Context(), root, "main:1.1", id, false)
	must(t, err)
	grown := "talk that goes on"
	o.file(o.day()+"/in-1.1.wav", grown) // while it is served
	w := httptest.NewRecorder()
	http.ServeContent(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil), "", time.Time{}, audio)
	must(t, audio.Close())
	if w.Code != http.StatusOK || w.Body.Len() == 0 || !strings.HasPrefix(grown, w.Body.String()) {
		t.Errorf("a growing file: %d %q", w.Code, w.Body)
	}
	must(t, os.Remove(filepath.Join(o.folder, o.day(), "in-1.1.wav")))
	if _, err := o.read(root, "1.1", id); err == nil || fail.Of(err).Code != fail.NotFound {
		t.Errorf("a deleted file: %v", err)
	}
	open := r
	open.CallID, open.State, open.Ended = "main:1.2", cdr.Open, time.Time{}
	must(t, o.store.Records(cdr.File{}).KeepRecords(t.Context(), []cdr.Record{open}, nil))
	if list, err := o.List(t.Context(), root, "main:1.2"); err != nil || !list.InProgress {
		t.Errorf("a call in progress: %+v, %v", list, err)
	}
	if _, err := o.read(root, "1.2", id); fail.Of(err).Code != fail.Conflict {
		t.Errorf("a call in progress: %v", err)
	}
}

// Ten gigabytes are served in ranges, without being read.
func TestAHugeFile(t *testing.T) {
	o := open(t)
	o.call("1.1", "anna", "+74951234567")
	o.file(o.day()+"/in-1.1.wav", "RIFF")
	must(t, os.Truncate(filepath.Join(o.folder, o.day(), "in-1.1.wav"), 10<<30))
	list, err := o.List(t.Context(), root, "main:1.1")
	must(t, err)
	audio, err := o.Open(t.Context(), root, "main:1.1", list.Recordings[0].ID, false)
	must(t, err)
	defer func() { _ = audio.Close() }()
	w, r := httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	r.Header.Set("Range", "bytes=9000000000-9000000009")
	http.ServeContent(w, r, "", time.Time{}, audio)
	if w.Code != http.StatusPartialContent || w.Body.Len() != 10 {
		t.Errorf("%d with %d bytes", w.Code, w.Body.Len())
	}
}

func TestLinksOfTickets(t *testing.T) {
	o := open(t)
	o.call("1.1", "anna", "+74951234567")
	link := o.Link("main:1.1")
	token, ok := strings.CutPrefix(link, "https://hub.example.com/recordings/")
	if !ok {
		t.Fatalf("link %q", link)
	}
	call, signIn, err := o.Linked(t.Context(), token)
	if err != nil || call != "main:1.1" || !signIn {
		t.Fatalf("%q, %v, %v", call, signIn, err)
	}
	text, sum, _ := strings.Cut(token, ".")
	other, _, _ := strings.Cut(strings.TrimPrefix(o.Link("main:1.2"), "https://hub.example.com/recordings/"), ".")
	for _, forged := range []string{"", ".", text, text + ".", other + "." + sum, text + "." + sum[1:], text + "x." +
		sum} {
		if call, _, err := o.Linked(t.Context(), forged); err == nil {
			t.Errorf("%q leads to %s", forged, call)
		}
	}
	if link := o.TicketLink(t.Context(), "main:1.1"); link != "" {
		t.Errorf("the ticket of a call that was not recorded has %q", link)
	}
	o.note("1.1", "x.wav")
	if ticket := o.TicketLink(t.Context(), "main:1.1"); !strings.HasPrefix(
		ticket,
		"https://hub.example.com/recordings/",
	) {
		t.Errorf("the ticket of a recorded call has %q", ticket)
	}
	began := o.now
	o.now = began.Add(time.Hour + time.Second)
	if _, _, err := o.Linked(t.Context(), token); err == nil || !strings.Contains(err.Error(), "expired") {
		t.Errorf("after an hour: %v", err)
	}
	o.now = began.Add(time.Minute)
	if err := o.Revoke(t.Context(), clerk, "main:1.1"); fail.Of(err).Code != fail.Forbidden {
		t.Errorf("revoked without the role: %v", err)
	}
	must(t, o.Revoke(t.Context(), boss, "main:1.1"))
	if _, _, err := o.Linked(t.Context(), token); err == nil || !strings.Contains(err.Error(), "revoked") {
		t.Errorf("a revoked link: %v", err)
	}
	o.now = began.Add(2 * time.Minute)
	if _, _, err := o.Linked(t.Context(), strings.TrimPrefix(o.Link("main:1.1"),
		"https://hub.example.com/recordings/")); err != nil {
		t.Errorf("a new link: %v", err)
	}
	o.rules(func(r *recordings.Rules) { r.Links.Valid = 0 })
	if link := o.Link("main:1.1"); link != "" {
		t.Errorf("without links: %q", link)
	}
}

func TestDeletionOnRequestOfAPerson(t *testing.T) {
	o := open(t)
	o.call("1.1", "anna", "+74951234567")
	o.call("1.2", "boris", "+74951234567")
	o.call("1.3", "anna", "+74959999999")
	for _, id := range []string{"1.1", "1.2", "1.3"} {
		o.file(o.day()+"/in-"+id+".wav", "talk")
	}
	if _, err := o.Of(t.Context(), boss, "84951234567"); fail.Of(err).Code != fail.Forbidden {
		t.Errorf("found without the role: %v", err)
	}
	if _, err := o.Erase(t.Context(), boss, "84951234567"); fail.Of(err).Code != fail.Forbidden {
		t.Errorf("deleted without the role: %v", err)
	}
	found, err := o.Of(t.Context(), root, "8 (495) 123-45-67")
	must(t, err)
	if files, deleted := found.Count(); files != 2 || deleted != 0 || found.Calls != 2 {
		t.Fatalf("%+v", found)
	}
	o.written()
	o.rules(func(r *recordings.Rules) { r.Sources[0].Place = place.Folder{Path: o.folder} })
	kept, err := o.Erase(t.Context(), root, "84951234567")
	must(t, err)
	if files, deleted := kept.Count(); files != 2 || deleted != 0 ||
		!strings.Contains(kept.Files[0].Kept, "delete: true") {
		t.Errorf("where the hub may not delete: %+v", kept)
	}
	o.rules(func(*recordings.Rules) {})
	gone, err := o.Erase(t.Context(), root, "84951234567")
	must(t, err)
	if files, deleted := gone.Count(); files != 2 || deleted != 2 || gone.Files[0].Place != o.folder {
		t.Errorf("%+v", gone)
	}
	if left, _ := filepath.Glob(filepath.Join(o.folder, "*/*/*/*")); len(left) != 1 ||
		!strings.HasSuffix(left[0], "1.3.wav") {
		t.Errorf("left %q", left)
	}
	want := []string{
		"recording.delete root 84951234567 0 recordings of 2 calls deleted, 2 kept",
		"recording.delete root 84951234567 2 recordings of 2 calls deleted",
	}
	if written := o.written(); !slices.Equal(written, want) {
		t.Errorf("audit %q", written)
	}
	if _, err := o.Erase(t.Context(), root, "nobody"); fail.Of(err).Code != fail.Invalid {
		t.Errorf("no number: %v", err)
	}
}

func TestTheAuditHasWhatWasLookedFor(t *testing.T) {
	o := open(t)
	o.call("1.1", "anna", "+74951234567")
	o.file(o.day()+"/in-1.1.wav", "talk")
	for range 3 { // a page is read again
		_, err := o.List(t.Context(), root, "main:1.1")
		must(t, err)
		if _, err := o.List(t.Context(), agent("clara"), "main:1.1"); fail.Of(err).Code != fail.Forbidden {
			t.Errorf("clara: %v", err)
		}
		if _, err := o.Of(t.Context(), boss, "84951234567"); fail.Of(err).Code != fail.Forbidden {
			t.Errorf("boss: %v", err)
		}
		_, err = o.Of(t.Context(), root, "84951234567")
		must(t, err)
	}
	if _, err := o.List(t.Context(), root, strings.Repeat("1", 300)); fail.Of(err).Code != fail.NotFound {
		t.Error(err)
	}
	want := []string{
		"recording.list clara main:1.1  You may not listen to this call.",
		"recording.find boss 84951234567  This needs the role admin.",
		"recording.find root 84951234567 1 recording of 1 call found",
	}
	if written := o.written(); !slices.Equal(written, want) {
		t.Errorf("audit %q", written)
	}
}

// A deletion says where there may be more.
func TestADeletionIsNotCompleteInSilence(t *testing.T) {
	o := open(t)
	running := o.call("1.1", "anna", "+74951234567")
	for n := range 51 {
		name := fmt.Sprintf("other/%02d.wav", n)
		o.note("1.1", "/var/spool/asterisk/monitor/"+name)
		o.file(name, "talk")
	}
	running.CallID, running.State, running.Ended = "main:1.2", cdr.Open, time.Time{}
	must(t, o.store.Records(cdr.File{}).KeepRecords(t.Context(), []cdr.Record{running}, nil))
	o.file(o.day()+"/in-1.2.wav", "talk")
	done, err := o.Erase(t.Context(), root, "84951234567")
	must(t, err)
	all := strings.Join(done.Faults, "\n")
	if _, deleted := done.Count(); deleted != 50 || !strings.Contains(all, "more than 50 recordings") ||
		!strings.Contains(all, "main:1.2 has not ended") {
		t.Errorf("%d deleted, %q", deleted, done.Faults)
	}
	if _, err := os.Stat(filepath.Join(o.folder, o.day(), "in-1.2.wav")); err != nil {
		t.Errorf("of a call in progress: %v", err)
	}
	done, err = o.Erase(t.Context(), root, "84951234567")
	must(t, err)
	if _, deleted := done.Count(); deleted != 1 || len(done.Faults) != 1 {
		t.Errorf("again: %d deleted, %q", deleted, done.Faults)
	}
}

// A name without an id may be of another call.
func TestWhatOnlyATimeHasFoundIsNotDeleted(t *testing.T) {
	o := open(t)
	r := o.call("1.1", "anna", "+74951234567")
	o.rules(func(r *recordings.Rules) { r.Sources[0].Pattern = "<extension>-<time>.wav" })
	name := "101-" + r.Started.In(time.Local).Format("150405") + ".wav"
	o.file(name, "talk")
	done, err := o.Erase(t.Context(), root, "84951234567")
	must(t, err)
	if len(done.Files) != 1 || done.Files[0].Deleted || !strings.Contains(done.Files[0].Kept, "no id") {
		t.Errorf("%+v", done)
	}
	o.note("1.1", "/var/spool/asterisk/monitor/"+name)
	done, err = o.Erase(t.Context(), root, "84951234567")
	must(t, err)
	if len(done.Files) != 1 || !done.Files[0].Deleted {
		t.Errorf("named by the PBX: %+v", done)
	}
}

func TestAPlaceThatIsAwayIsTold(t *testing.T) {
	o := open(t)
	o.call("1.1", "anna", "+74951234567")
	o.rules(func(r *recordings.Rules) { r.Sources[0].Place = place.Folder{Path: filepath.Join(o.folder, "mounted")} })
	o.note("1.1", "x.wav")
	for who, want := range map[*access.Principal]string{&root: "mounted", {
		Kind: access.Agent,
		Name: "anna",
	}: "Some recordings"} {
		list, err := o.List(t.Context(), *who, "main:1.1")
		must(t, err)
		if len(list.Faults) != 1 && len(list.Missing) == 0 ||
			len(list.Faults) > 0 && !strings.Contains(list.Faults[0], want) {
			t.Errorf("%s reads %+v", who.Name, list)
		}
	}
}
