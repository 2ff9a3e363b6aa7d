package lab

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"testing"
	"time"
)

// Znuny is a running Znuny and the hub's user in it.
type Znuny struct {
	URL      string // without index.pl
	User     string
	Password string
}

// StartZnuny starts Znuny and stops it when the test ends, unless it already runs. It always
// imports the web service of packaging/znuny.
func StartZnuny(t testing.TB) Znuny {
	t.Helper()
	ctx := t.Context()
	_, err := run(ctx, nil, "znuny.sh", "status")
	running := err == nil
	began := time.Now()
	if out, err := run(ctx, nil, "znuny.sh", "up"); err != nil {
		t.Fatalf("znuny: %v\n%s", err, out)
	}
	t.Logf("znuny started in %v", time.Since(began).Round(100*time.Millisecond))
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

// Alone locks the lab until the test ends, for tests that stop its servers.
func Alone(t testing.TB) {
	t.Helper()
	alone(t)
}

// Kill kills Znuny's web server.
func (Znuny) Kill(ctx context.Context) error { return znuny(ctx, "kill") }

// Start restarts it.
func (Znuny) Start(ctx context.Context) error { return znuny(ctx, "start") }

func znuny(ctx context.Context, command string) error {
	if out, err := run(ctx, nil, "znuny.sh", command); err != nil {
		return fmt.Errorf("znuny, %s: %w: %s", command, err, out)
	}
	return nil
}

// SQL queries Znuny's database and returns a header and rows, separated by tabs.
func (Znuny) SQL(ctx context.Context, query string) (string, error) {
	return run(ctx, nil, "znuny.sh", "sql", query)
}

// Console runs a command of Znuny's console and returns its output.
func (Znuny) Console(ctx context.Context, command string) (string, error) {
	return run(ctx, nil, "znuny.sh", "console", command)
}

// DSN is for Go's MySQL driver, with Znuny's user.
func (Znuny) DSN() string {
	return "otrs:znunydbpw@tcp(127.0.0.1:" + cmp.Or(os.Getenv("SQL"), "13306") + ")/otrs2"
}
