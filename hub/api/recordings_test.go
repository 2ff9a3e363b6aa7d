package api

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"traybell/hub/access"
	"traybell/hub/admin"
	"traybell/hub/audit"
	"traybell/hub/cdr"
	"traybell/hub/recordings"
	"traybell/hub/recordings/convert"
	"traybell/hub/recordings/place"
)

// oneCallKept is the database of a hub that had one call.
type oneCallKept struct{ recordings.Store }

func (oneCallKept) CallRecord(context.Context, string) (cdr.Record, bool, error) {
	return cdr.Record{CallID: "main:1.1", PBX: "main", Ended: time.Unix(1_800_000_000, 0)}, true, nil
}

func (oneCallKept) RecordingsOf(context.Context, string) ([]recordings.Note, []string, error) {
	return []recordings.Note{{CallID: "main:1.1", Uniqueid: "1.1", Name: "a.wav"}}, nil, nil
}

// Add implements the audit.
func (oneCallKept) Add(audit.Entry) {}

// listener reads nothing until it goes.
type listener struct {
	*httptest.ResponseRecorder
	reads, goes chan struct{}
	once        sync.Once
}

func (l *listener) Write(p []byte) (int, error) {
	l.once.Do(func() { close(l.reads) })
	<-l.goes
	return l.ResponseRecorder.Write(p)
}

func TestSlowListenersLeaveTheirPlace(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "a.wav"), []byte("talk"), 0o600); err != nil {
		t.Fatal(err)
	}
	converter, err := convert.New(filepath.Join(t.TempDir(), "converted"))
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	recorded := recordings.New(recordings.Options{
		Store: oneCallKept{}, Audit: oneCallKept{}, Convert: converter, Log: log, Now: time.Now,
	})
	recorded.Set(recordings.Rules{Sources: []recordings.Source{{Place: place.Folder{Path: folder}}}})
	who := access.Principal{Kind: access.Administrator, Name: "boss", Roles: []access.Role{access.Recordings}}
	s, err := New(Options{
		Commands: &admin.Commands{Recordings: recorded}, Log: log,
		Visitor: func(http.ResponseWriter, *http.Request) (access.Principal, bool) { return who, true },
	})
	if err != nil {
		t.Fatal(err)
	}
	list, err := recorded.List(t.Context(), who, "main:1.1")
	if err != nil || len(list.Recordings) != 1 {
		t.Fatalf("%+v, %v", list, err)
	}
	l := &listener{
		ResponseRecorder: httptest.NewRecorder(), reads: make(chan struct{}), goes: make(chan struct{}),
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.ServeHTTP(l, httptest.NewRequestWithContext(t.Context(), http.MethodGet,
			Path+"/calls/main:1.1/recordings/"+list.Recordings[0].ID, nil))
	}()
	select {
	case <-l.reads:
	case <-done:
		t.Fatalf("%d %s", l.Code, l.Body)
	}
	s.places.mu.Lock()
	all := s.places.all
	s.places.mu.Unlock()
	if all != 0 {
		t.Errorf("it keeps %d places", all)
	}
	close(l.goes)
	<-done
	if l.Code != http.StatusOK || l.Body.String() != "talk" {
		t.Errorf("%d %q", l.Code, l.Body)
	}
	if s.places.all != 0 || len(s.places.of) != 0 {
		t.Errorf("after it: %d places, %v", s.places.all, s.places.of)
	}
}
