package lab

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"testing"
	"time"
)

// Znuny is a running Znuny: where it is, and the hub's user there.
type Znuny struct {
	URL      string // up to and without index.pl
	User     string
	Password string
}

// StartZnuny starts the lab's Znuny and stops it when the test ends; one that runs already is used
// and left running. The web service of packaging/znuny is imported anew in any case.
func StartZnuny(t testing.TB) Znuny {
	t.Helper()
	ctx := t.Context()
	_, err := run(ctx, nil, "znuny.sh", "status")
	running := err == nil
	began := time.Now()
	if out, err := run(ctx, nil, "znuny.sh", "up"); err != nil {
		t.Fatalf("znuny: %v\n%s", err, out)
	}
	t.Logf("znuny came up in %v", time.Since(began).Round(100*time.Millisecond))
	if !running {
		t.Cleanup(func() {
			if out, err := run(context.Background(), nil, "znuny.sh", "stop"); err != nil {
				t.Errorf("stop znuny: %v\n%s", err, out)
			}
		})
	}
	return Znuny{
		URL: "http://127.0.0.1:" + cmp.Or(os.Getenv("HTTP"), "18080") + "/otrs", User: "traybell",
		Password: "traybellpw",
	}
}

// Alone keeps all other tests out of the laboratory until this one ends: for those that take its
// servers away.
func Alone(t testing.TB) {
	t.Helper()
	alone(t)
}

// Kill ends Znuny's web server at once, in the middle of whatever it does; Start brings it back.
func (Znuny) Kill(ctx context.Context) error { return znuny(ctx, "kill") }

// Start starts it again.
func (Znuny) Start(ctx context.Context) error { return znuny(ctx, "start") }

func znuny(ctx context.Context, command string) error {
	if out, err := run(ctx, nil, "znuny.sh", command); err != nil {
		return fmt.Errorf("znuny, %s: %w: %s", command, err, out)
	}
	return nil
}

// SQL asks Znuny's database and returns what it prints, a heading first, columns apart by tabs.
func (Znuny) SQL(ctx context.Context, query string) (string, error) {
	return run(ctx, nil, "znuny.sh", "sql", query)
}

// Console gives a command to Znuny's console and returns what it prints.
func (Znuny) Console(ctx context.Context, command string) (string, error) {
	return run(ctx, nil, "znuny.sh", "console", command)
}

// DSN is how Go's MySQL driver reaches its database, as Znuny's own user.
func (Znuny) DSN() string {
	return "otrs:znunydbpw@tcp(127.0.0.1:" + cmp.Or(os.Getenv("SQL"), "13306") + ")/otrs2"
}
