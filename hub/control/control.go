// Package control is the local way to a running hub, for its command line: HTTP over a socket in
// data_dir, which only the hub's user and root may open.
package control

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"traybell/hub/access"
	"traybell/hub/fail"
	"traybell/hub/recordings"
	"traybell/hub/testcall"
	"traybell/hub/why"
)

const (
	name    = "hub.sock"
	maxLine = 1 << 20 // bytes
)

// TestCalls places test calls for administrators.
type TestCalls interface {
	Place(ctx context.Context, p access.Principal, q testcall.Question, each func(testcall.Step),
	) (testcall.Report, error)
}

// Recordings are the recordings of calls.
type Recordings interface {
	Of(ctx context.Context, p access.Principal, number string) (recordings.Erased, error)
	Erase(ctx context.Context, p access.Principal, number string) (recordings.Erased, error)
}

// Commands are what the command line has the hub do.
type Commands struct {
	Tests      TestCalls
	Recordings Recordings
	// Reload reads hub.yml now. The error says what is wrong with it.
	Reload func(ctx context.Context, p access.Principal) error
}

// local is the principal of the command line: who opens the socket may read and write all files.
var local = access.Principal{Kind: access.Local, Name: "command line", Roles: []access.Role{access.Admin}}

// Listen opens the socket. The hub has locked the folder, so what is left there is of an earlier one.
func Listen(ctx context.Context, folder string) (net.Listener, error) {
	path := filepath.Join(folder, name)
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	l, err := new(net.ListenConfig).Listen(ctx, "unix", path)
	if err != nil {
		return nil, err
	}
	return l, os.Chmod(path, 0o600)
}

// line is one line of an answer.
type line struct {
	Step   *testcall.Step   `json:"step,omitempty"`
	Report *testcall.Report `json:"report,omitempty"`
	Lines  []string         `json:"lines,omitempty"` // of Report, for people
	Error  string           `json:"error,omitempty"`

	File   *recordings.FileFate `json:"file,omitempty"`
	Erased *recordings.Erased   `json:"erased,omitempty"` // without its files
}

// recordingsOf says of which number recordings are looked for, and whether they are deleted.
type recordingsOf struct {
	Number string `json:"number"`
	Delete bool   `json:"delete"`
}

// Server answers commands, as the principal of the command line.
func Server(c Commands) *http.Server {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /reload", func(w http.ResponseWriter, r *http.Request) {
		var l line
		if err := c.Reload(r.Context(), local); err != nil {
			l.Error = fail.Of(err).Error()
		}
		_ = json.NewEncoder(w).Encode(l)
	})
	mux.HandleFunc("POST /test-call", func(w http.ResponseWriter, r *http.Request) {
		to := json.NewEncoder(w)
		send := func(l line) {
			_ = to.Encode(l)
			_ = http.NewResponseController(w).Flush()
		}
		var q testcall.Question
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxLine)).Decode(&q); err != nil {
			send(line{Error: err.Error()})
			return
		}
		report, err := c.Tests.Place(r.Context(), local, q, func(s testcall.Step) { send(line{Step: &s}) })
		if err != nil {
			send(line{Error: fail.Of(err).Error()})
			return
		}
		send(line{Report: &report, Lines: report.Say(why.Reader{})})
	})
	mux.HandleFunc("POST /recordings", func(w http.ResponseWriter, r *http.Request) {
		to := json.NewEncoder(w)
		var of recordingsOf
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxLine)).Decode(&of); err != nil {
			_ = to.Encode(line{Error: err.Error()})
			return
		}
		do := c.Recordings.Of
		if of.Delete {
			do = c.Recordings.Erase
		}
		found, err := do(r.Context(), local, of.Number)
		if err != nil {
			_ = to.Encode(line{Error: fail.Of(err).Error()})
			return
		}
		for _, one := range found.Files {
			_ = to.Encode(line{File: &one})
		}
		found.Files = nil
		_ = to.Encode(line{Erased: &found})
	})
	return &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
}

// TestCall has the hub that runs with a folder place a test call. each gets the steps as they come;
// lines are the whole report for people.
func TestCall(ctx context.Context, folder string, q testcall.Question, each func(testcall.Step),
) (report testcall.Report, lines []string, err error) {
	err = do(ctx, folder, "test-call", q, func(l line) (last bool) {
		if l.Step != nil {
			each(*l.Step)
			return false
		}
		if l.Report != nil {
			report, lines = *l.Report, l.Lines
		}
		return l.Report != nil
	})
	return report, lines, err
}

// RecordingsOf has the hub that runs with a folder look for the recordings of a number, and delete them.
func RecordingsOf(ctx context.Context, folder, number string, remove bool) (found recordings.Erased, err error) {
	var files []recordings.FileFate
	err = do(ctx, folder, "recordings", recordingsOf{number, remove}, func(l line) (last bool) {
		if l.File != nil {
			files = append(files, *l.File)
			return false
		}
		if l.Erased != nil {
			found = *l.Erased
		}
		return l.Erased != nil
	})
	found.Files = files
	return found, err
}

// Reload has the hub that runs with a folder read hub.yml now. The error says what is wrong with it.
func Reload(ctx context.Context, folder string) error {
	return do(ctx, folder, "reload", struct{}{}, func(line) (last bool) { return true })
}

// do sends a command and reads the answer up to its last line.
func do(ctx context.Context, folder, command string, data any, read func(line) (last bool)) error {
	raw, err := json.Marshal(data)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://hub/"+command, bytes.NewReader(raw))
	if err != nil {
		return err
	}
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", filepath.Join(folder, name))
	}}
	defer transport.CloseIdleConnections()
	answer, err := (&http.Client{Transport: transport}).Do(r)
	if err != nil {
		return fmt.Errorf("no hub runs with the data_dir %s, or another user owns it: %w", folder, err)
	}
	defer func() { _ = answer.Body.Close() }()
	scan := bufio.NewScanner(answer.Body)
	scan.Buffer(nil, maxLine)
	for scan.Scan() {
		var l line
		switch err := json.Unmarshal(scan.Bytes(), &l); {
		case err != nil:
			return fmt.Errorf("read the hub's answer: %w", err)
		case l.Error != "":
			return errors.New(l.Error)
		case read(l):
			return nil
		}
	}
	return errors.Join(errors.New("the hub's answer is incomplete"), scan.Err())
}
