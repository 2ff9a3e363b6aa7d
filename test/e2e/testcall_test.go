//go:build e2e

package e2e

import (
	"cmp"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"traybell/desktop/platform/xtest"
	"traybell/test/e2e/phones"
	"traybell/test/lab"
)

// A test call shows a card on a real desktop; with the right originate a real phone rings, too, and
// its card appears while it rings.
func TestTestCallOfARealAsterisk(t *testing.T) {
	for version := range strings.SplitSeq(cmp.Or(os.Getenv("TRAYBELL_E2E_ASTERISK"), "22,16"), ",") {
		t.Run("asterisk"+version, func(t *testing.T) {
			lab.StartAsterisk(t, version)
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
			defer cancel()
			at101, err := phones.Listen("101", "127.0.1.101")
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = at101.Close() }()
			w := &workplace{t: t}
			w.serve(lab.AMI, "full", lab.AMIPassword)
			w.said(w.hub, "state=working")
			display := xtest.Start(t, "1280x800x24")
			w.desktop("DISPLAY=" + display.Name)
			place := func(more ...string) (said string, err error) {
				args := append([]string{"test-call", "-c", filepath.Join(w.dir, "hub.yml"), "--agent", "101"}, more...)
				out, err := exec.CommandContext(ctx, w.program("traybell-hub"), args...).CombinedOutput()
				return string(out), err
			}
			if said, err := place("--number", "84951234567"); err != nil ||
				!strings.Contains(said, "Ivan <b>Ivanov</b>") || !strings.Contains(said, "is on the screen of anna.") {
				t.Fatalf("%v\n%s\n%s", err, said, tail(w.hub.String()))
			}
			rang := make(chan error, 1)
			go func() {
				call, err := at101.WaitRinging(ctx)
				if err == nil && call.Number != "+74951234567" {
					t.Errorf("the phone shows %q", call.Number)
				}
				if err == nil {
					w.said(w.hub, `popup shown.*main:traybell-test`)
					err = call.Answer(ctx)
				}
				if err == nil {
					err = call.WaitHeard(ctx)
				}
				if err == nil {
					err = call.HangUp(ctx)
				}
				rang <- err
			}()
			said, err := place("--pbx", "main")
			if err != nil || !strings.Contains(said, "is on the screen of anna.") {
				t.Errorf("with a real phone: %v\n%s\n%s", err, said, tail(w.hub.String()))
			}
			if err := <-rang; err != nil {
				t.Errorf("the phone: %v\n%s\n%s", err, said, tail(w.hub.String()))
			}
			w.said(w.hub, `main:traybell-test.*state=ended`)
		})
	}
}
