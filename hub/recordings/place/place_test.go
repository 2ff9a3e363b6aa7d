package place

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, folder, name, text string) {
	t.Helper()
	path := filepath.Join(folder, filepath.FromSlash(name))
	must(t, os.MkdirAll(filepath.Dir(path), 0o700))
	must(t, os.WriteFile(path, []byte(text), 0o600))
}

// Names come from databases, PBXs and callers: none reaches a file outside, or one that is no recording.
func TestNothingOutsideTheFolderIsOpened(t *testing.T) {
	outside, folder := t.TempDir(), t.TempDir()
	write(t, outside, "secret.wav", "outside")
	write(t, folder, "2026/11/29/a.wav", "inside")
	write(t, folder, "hub.yml", "password")
	must(t, os.Symlink(filepath.Join(outside, "secret.wav"), filepath.Join(folder, "link.wav")))
	must(t, os.Symlink(outside, filepath.Join(folder, "folder")))
	must(t, os.Symlink("2026/11/29/a.wav", filepath.Join(folder, "within.wav")))
	must(t, os.Mkdir(filepath.Join(folder, "directory.wav"), 0o700))
	f := Folder{Path: folder, Delete: true}
	relative, err := filepath.Rel(folder, filepath.Join(outside, "secret.wav"))
	must(t, err)
	for _, name := range []string{
		relative, "../" + filepath.Base(outside) + "/secret.wav", filepath.Join(outside, "secret.wav"), "link.wav",
		"folder/secret.wav", "hub.yml", "directory.wav", "", ".", "2026/11/29/../../../../x.wav", "a\x00.wav",
		`..\x.wav`,
		"/etc/passwd", strings.Repeat("a", 2000) + ".wav",
	} {
		if file, err := f.Open(t.Context(), name); err == nil {
			text, _ := io.ReadAll(file)
			t.Errorf("%q is opened: %s", name, text)
		}
		if _, err := f.Stat(t.Context(), name); err == nil {
			t.Errorf("%q is described", name)
		}
		if err := f.Remove(t.Context(), name); err == nil {
			t.Errorf("%q is deleted", name)
		}
	}
	if _, err := os.Stat(filepath.Join(outside, "secret.wav")); err != nil {
		t.Errorf("a file outside is gone: %v", err)
	}
	for _, name := range []string{"2026/11/29/a.wav", "within.wav"} {
		file, err := f.Open(t.Context(), name)
		must(t, err)
		text, err := io.ReadAll(file)
		must(t, errors.Join(err, file.Close()))
		if string(text) != "inside" {
			t.Errorf("%s has %q", name, text)
		}
	}
}

func TestFindingByPattern(t *testing.T) {
	folder := t.TempDir()
	for _, name := range []string{
		"2026/11/29/in-101-7495-20261129-101112-1795872352.78.wav",
		"2026/11/29/q-500-7495-20261129-101112-1795872352.78.WAV",
		"2026/11/29/other-1795872352.79.wav", "2026/11/29/x-1795872352.78.txt",
	} {
		write(t, folder, name, "x")
	}
	found, err := Folder{Path: folder}.Find(t.Context(), "2026/11/29/*-1795872352.78.*")
	must(t, err)
	if len(found) != 2 || !strings.HasSuffix(found[0], "78.wav") || !strings.HasSuffix(found[1], "78.WAV") {
		t.Errorf("found %q", found)
	}
	if found, err := (Folder{Path: folder}).Find(t.Context(), "2026/12/01/*-1.*"); err != nil || len(found) > 0 {
		t.Errorf("in a folder that is not there: %q, %v", found, err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := (Folder{Path: folder}).Find(ended, "*/*/*/*"); err == nil {
		t.Error("a search goes on after its request")
	}
}

func TestOnlyWhereTheHubMayDelete(t *testing.T) {
	folder := t.TempDir()
	write(t, folder, "a.wav", "x")
	if err := (Folder{Path: folder}).Remove(t.Context(), "a.wav"); !errors.Is(err, ErrReadOnly) {
		t.Errorf("without delete: %v", err)
	}
	must(t, Folder{Path: folder, Delete: true}.Remove(t.Context(), "a.wav"))
	if err := (Folder{Path: folder, Delete: true}).Remove(t.Context(), "a.wav"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("twice: %v", err)
	}
}

// The file that a link leads to would be left, and its place forgotten.
func TestLinksAreNotDeleted(t *testing.T) {
	folder := t.TempDir()
	write(t, folder, "a.wav", "x")
	must(t, os.Symlink("a.wav", filepath.Join(folder, "link.wav")))
	if err := (Folder{Path: folder, Delete: true}).Remove(t.Context(), "link.wav"); !errors.Is(err, ErrLink) {
		t.Errorf("%v", err)
	}
	if _, err := os.Lstat(filepath.Join(folder, "link.wav")); err != nil {
		t.Error(err)
	}
}

func TestAPatternOfTooManyFilesIsReported(t *testing.T) {
	folder := t.TempDir()
	for n := range mostFound + 1 {
		write(t, folder, fmt.Sprintf("1.1-%02d.wav", n), "x")
	}
	found, err := Folder{Path: folder}.Find(t.Context(), "1.1-*.wav")
	if many := new(TooManyError); !errors.As(err, &many) || len(found) != mostFound {
		t.Errorf("%d, %v", len(found), err)
	}
	must(t, os.Remove(filepath.Join(folder, "1.1-00.wav")))
	if found, err := (Folder{Path: folder}).Find(t.Context(), "1.1-*.wav"); err != nil || len(found) != mostFound {
		t.Errorf("%d, %v", len(found), err)
	}
}

func TestOldRecordings(t *testing.T) {
	folder := t.TempDir()
	now := time.Now()
	for _, name := range []string{"2026/old.wav", "2026/new.wav", "2026/old.txt"} {
		write(t, folder, name, "x")
		age := map[bool]time.Duration{true: 48 * time.Hour}[strings.Contains(name, "old")]
		must(t, os.Chtimes(filepath.Join(folder, name), now.Add(-age), now.Add(-age)))
	}
	var old []string
	must(
		t,
		Folder{Path: folder}.Older(t.Context(), now.Add(-24*time.Hour), func(name string) { old = append(old, name) }),
	)
	if !slices.Equal(old, []string{"2026/old.wav"}) {
		t.Errorf("%q", old)
	}
}

// web is a web server with recordings behind a password.
type web struct {
	*httptest.Server
	mu     sync.Mutex
	ranges []string
	plain  bool // it knows no ranges
}

func serve(t *testing.T, folder string) *web {
	s := &web{}
	files := http.FileServer(http.Dir(folder))
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, password, _ := r.BasicAuth(); user != "hub" || password != "secret" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		s.mu.Lock()
		s.ranges = append(s.ranges, r.Header.Get("Range"))
		plain := s.plain
		s.mu.Unlock()
		if plain {
			r.Header.Del("Range")
		}
		files.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

func TestRangesReachTheServer(t *testing.T) {
	folder := t.TempDir()
	write(t, folder, "monitor/2026/a b.wav", "0123456789")
	for _, plain := range []bool{false, true} {
		t.Run(fmt.Sprint("without ranges ", plain), func(t *testing.T) {
			s := serve(t, folder)
			s.plain = plain
			p, err := NewServer(ServerOptions{URL: s.URL + "/monitor", Username: "hub", Password: "secret"})
			must(t, err)
			file, err := p.Open(t.Context(), "2026/a b.wav")
			must(t, err)
			defer func() { must(t, file.Close()) }()
			if file.Info().Size != 10 || file.Info().Modified.IsZero() {
				t.Errorf("%+v", file.Info())
			}
			_, err = file.Seek(7, io.SeekStart)
			must(t, err)
			rest, err := io.ReadAll(file)
			must(t, err)
			if string(rest) != "789" {
				t.Errorf("from 7 it has %q", rest)
			}
			s.mu.Lock()
			defer s.mu.Unlock()
			if !slices.Contains(s.ranges, "bytes=7-") {
				t.Errorf("ranges %q", s.ranges)
			}
		})
	}
}

func TestServersThatRefuse(t *testing.T) {
	folder := t.TempDir()
	write(t, folder, "a.wav", "0123456789")
	s := serve(t, folder)
	wrong, err := NewServer(ServerOptions{URL: s.URL, Username: "hub", Password: "wrong"})
	must(t, err)
	if err := wrong.Check(t.Context()); err == nil || !strings.Contains(err.Error(), "check username, password") ||
		strings.Contains(err.Error(), "wrong") {
		t.Errorf("a wrong password: %v", err)
	}
	p, err := NewServer(ServerOptions{URL: s.URL, Username: "hub", Password: "secret"})
	must(t, err)
	must(t, p.Check(t.Context()))
	if _, err := p.Open(t.Context(), "none.wav"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	if _, err := p.Open(t.Context(), "../a.wav"); !errors.Is(err, fs.ErrInvalid) {
		t.Errorf("a path outside: %v", err)
	}
	if err := p.Remove(t.Context(), "a.wav"); !errors.Is(err, ErrReadOnly) {
		t.Errorf("deleted by HTTP: %v", err)
	}
	redirects := httptest.NewServer(http.RedirectHandler(s.URL+"/a.wav", http.StatusFound))
	defer redirects.Close()
	p, err = NewServer(ServerOptions{URL: redirects.URL, Token: "hunter2"})
	must(t, err)
	if _, err := p.Open(t.Context(), "a.wav"); err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("a redirect: %v", err)
	}
}

// A program that converts a recording may end while the server does not answer.
func TestClosingEndsAReadThatWaitsForTheServer(t *testing.T) {
	stalls := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Range", "bytes 0-0/10")
		w.WriteHeader(http.StatusPartialContent)
		_, _ = w.Write([]byte("0"))
		if r.Header.Get("Range") == "bytes=0-0" {
			return
		}
		_ = http.NewResponseController(w).Flush()
		select {
		case <-r.Context().Done():
		case <-stalls:
		}
	}))
	defer s.Close()
	defer close(stalls)
	p, err := NewServer(ServerOptions{URL: s.URL})
	must(t, err)
	file, err := p.Open(t.Context(), "a.wav")
	must(t, err)
	_, err = io.ReadFull(file, make([]byte, 1))
	must(t, err)
	read := make(chan error)
	go func() {
		_, err := file.Read(make([]byte, 5))
		read <- err
	}()
	time.Sleep(20 * time.Millisecond) // the test is of use if the read has begun, and right if not
	must(t, file.Close())
	if err := <-read; err == nil {
		t.Error("it goes on after Close")
	}
	if _, err := file.Read(make([]byte, 5)); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}
