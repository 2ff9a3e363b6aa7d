//go:build e2e

package e2e

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"traybell/hub/app"
	"traybell/hub/config"
	"traybell/test/e2e/phones"
	"traybell/test/lab"
)

// TestCDROfARealAsterisk checks the CDR file after an answered call, an abandoned call, a refused
// call, and a call that ends while the hub is stopped.
func TestCDROfARealAsterisk(t *testing.T) {
	for version := range strings.SplitSeq(cmp.Or(os.Getenv("TRAYBELL_E2E_ASTERISK"), "22,16"), ",") {
		t.Run("asterisk"+version, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
			defer cancel()
			lab.StartAsterisk(t, version)
			must := func(err error) {
				t.Helper()
				if err != nil {
					t.Fatal(err)
				}
			}
			trunk, err := phones.ListenTrunk("127.0.1.50")
			must(err)
			defer trunk.Close()
			phone, err := phones.Listen("101", "127.0.1.101")
			must(err)
			defer phone.Close()

			dir := t.TempDir()
			must(os.WriteFile(filepath.Join(dir, "hub.yml"),
				fmt.Appendf(nil,
					"listen: 127.0.0.1:0\ndata_dir: .\ncdr: {grace: 0s}\npbx: [{id: main, address: %q, username: "+
						"otrs, password: %q}]\n",
					lab.AMI, lab.AMIPassword),
				0o600))
			cfg, err := config.Load(filepath.Join(dir, "hub.yml"))
			must(err)
			log := &hubLog{}
			serve := func() *app.App {
				hub, err := app.New(ctx, app.Options{
					Config: cfg, Version: "test",
					Log: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})),
				})
				must(err)
				already := strings.Count(log.String(), "state=working")
				must(hub.Start(ctx))
				until(ctx, t, "the PBX works", func() bool {
					return strings.Count(log.String(), "state=working") > already
				})
				return hub
			}
			file := func() (fields [][]string) {
				files, err := filepath.Glob(filepath.Join(dir, "pim_cdr_*.log"))
				must(err)
				for _, path := range files {
					text, err := os.ReadFile(path)
					must(err)
					for line := range strings.Lines(string(text)) {
						fields = append(fields, strings.Split(strings.TrimSuffix(line, "\n"), "|"))
					}
				}
				return fields
			}
			// incoming places a call that rings at 101.
			incoming := func(number string) (caller, at101 *phones.Call) {
				caller, err := trunk.Call(ctx, "74950000001", number, "Ivan")
				must(err)
				at101, err = phone.WaitRinging(ctx)
				must(err)
				until(ctx, t, "the hub hears it ring", func() bool {
					return strings.Contains(log.String(), `msg="call routed`)
				})
				log.Reset()
				return caller, at101
			}

			hub := serve()
			caller, at101 := incoming("84951000001")
			must(at101.Answer(ctx))
			must(at101.WaitHeard(ctx))
			began := time.Now()
			until(ctx, t, "two seconds of talk", func() bool { return time.Since(began) > 2*time.Second })
			must(caller.HangUp(ctx))
			until(ctx, t, "the first call is in the file", func() bool { return len(file()) == 1 })

			caller, _ = incoming("84951000002")
			must(caller.HangUp(ctx))
			until(ctx, t, "the second call is in the file", func() bool { return len(file()) == 2 })

			caller, at101 = incoming("84951000003")
			must(at101.Busy())
			must(caller.WaitEnded(ctx))
			until(ctx, t, "the third call is in the file", func() bool { return len(file()) == 3 })

			caller, at101 = incoming("84951000004")
			must(at101.Answer(ctx))
			must(at101.WaitHeard(ctx))
			until(ctx, t, "the hub sees the answer", func() bool {
				return strings.Contains(log.String(), "state=answered")
			})
			must(hub.Stop())
			must(caller.HangUp(ctx))
			hub = serve()
			defer func() { must(hub.Stop()) }()
			until(ctx, t, "the fourth call is in the file", func() bool { return len(file()) == 4 })

			for i, want := range []string{
				"main|101|74950000001|84951000001||16||", "main||74950000001|84951000002|0|||",
				"main||74950000001|84951000003|0|17||", "main|101|74950000001|84951000004||||",
			} {
				f := file()[i]
				t.Log(strings.Join(f, "|"))
				if len(f) != 14 {
					t.Fatalf("%d fields", len(f))
				}
				talked, cause := f[10], f[11]
				switch i {
				case 0:
					if talked != "2" && talked != "3" {
						t.Errorf("talk time %s, want two seconds", talked)
					}
					talked = ""
				case 1: // no cause, 0 or 127, depending on the version of Asterisk
					cause = ""
				case 3:
					talked = ""
				}
				got := strings.Join([]string{f[0], f[6], f[7], f[8], talked, cause, f[12], f[13]}, "|")
				if got != want {
					t.Errorf("line %d: %s\nwant:   %s", i+1, got, want)
				}
				began, err := time.ParseInLocation("2006-01-02 15:04:05", f[5], time.Local)
				if err != nil || f[2] != strconv.FormatInt(began.Unix(), 10) || (f[3] == "") != (i == 1 || i == 2) ||
					f[4] == "" || !strings.Contains(f[1], ".") {
					t.Errorf("the times or the Uniqueid of line %d: %v", i+1, f[1:6])
				}
			}
		})
	}
}

// hubLog collects the log of a hub.
type hubLog struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *hubLog) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(line)
}

func (l *hubLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// Reset drops what was logged.
func (l *hubLog) Reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text.Reset()
}

// until polls until so returns true; the end of ctx fails the test.
func until(ctx context.Context, t *testing.T, what string, so func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !so() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("did not happen: %s", what)
		}
	}
}
