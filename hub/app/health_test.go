package app_test

import (
	"context"
	"database/sql"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"traybell/hub/app"
	"traybell/hub/config"
)

func TestReadyzOfAHub(t *testing.T) {
	s := tell(t)
	s.start()
	s.working()
	ready := func(want string) {
		t.Helper()
		for late := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+s.hub.Addr()+"/readyz", nil)
			if err != nil {
				t.Fatal(err)
			}
			resp, err := insecureClient().Do(r)
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(resp.Body)
			_ = resp.Body.Close()
			ok := resp.StatusCode == http.StatusOK
			if string(got) == want && err == nil && ok == strings.HasPrefix(want, "ready") {
				return
			}
			if time.Now().After(late) {
				t.Fatalf("/readyz is %q, want %q\n%s", got, want, s.log)
			}
		}
	}
	ready("ready\n")
	if got := s.page("/healthz", nil); got != "ok\n" {
		t.Errorf("/healthz is %q", got)
	}
	// Another program holds the database.
	db, err := sql.Open("sqlite", "file:"+filepath.Join(s.dir, "traybell.db")+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if _, err := db.ExecContext(t.Context(), "BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	ready("not ready: database\n")
	if _, err := db.ExecContext(t.Context(), "ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	ready("ready\n")
	_ = s.pbx.Close()
	ready("ready\nPBX main: connecting\n")
}

// A service manager learns of the start, of each reload and of the end.
func TestServiceManagerFollowsTheHub(t *testing.T) {
	s := tell(t)
	socket := filepath.Join(t.TempDir(), "notify")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	t.Setenv("NOTIFY_SOCKET", socket)
	path := filepath.Join(s.dir, "hub.yml")
	if err := os.WriteFile(path, []byte(s.yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	reload := make(chan os.Signal, 1)
	ended := make(chan error, 1)
	go func() {
		ended <- app.Serve(ctx, app.Options{
			Config: cfg, Version: "test", Log: slog.New(slog.NewTextHandler(s.log, nil)), File: path, ReloadNow: reload,
		})
	}()
	await := func(parts ...string) {
		t.Helper()
		buf := make([]byte, 4096)
		_ = conn.SetReadDeadline(time.Now().Add(patience))
		for {
			n, err := conn.Read(buf)
			if err != nil {
				t.Fatalf("no %q: %v\n%s", parts, err, s.log)
			}
			has := true
			for _, part := range parts {
				has = has && strings.Contains(string(buf[:n]), part)
			}
			if has {
				return
			}
		}
	}
	await("READY=1", "STATUS=")
	await("STATUS=1 of 1 PBX connected, 0 terminals, at 127.0.0.1:")
	reload <- os.Interrupt
	await("RELOADING=1\nMONOTONIC_USEC=")
	await("READY=1", "STATUS=1 of 1 PBX")
	if err := os.WriteFile(path, []byte(s.yaml+"nonsense: 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	reload <- os.Interrupt
	await("READY=1", "hub.yml rejected, 1 problems")
	stop()
	await("STOPPING=1")
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
