//go:build e2e

package e2e

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"traybell/desktop/platform/xtest"
	"traybell/shared/protocol"
	"traybell/test/e2e/phones"
	"traybell/test/lab"
	"traybell/test/terminal"
)

// A test call shows a card on a real desktop; with the right originate a real phone rings, too, and
// its card appears while it rings: by the command line, and for an agent who asks for it.
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
			// answers has the phone answer a test call once its card is shown.
			answers := func(place func() error) {
				t.Helper()
				rang, first := make(chan error, 1), len(w.hub.String())
				go func() {
					call, err := at101.WaitRinging(ctx)
					if err == nil && call.Number != "+74951234567" {
						t.Errorf("the phone shows %q", call.Number)
					}
					if err == nil {
						w.saidSince(first, w.hub, `popup shown.*main:traybell-test`)
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
				if err := place(); err != nil {
					t.Errorf("with a real phone: %v\n%s", err, tail(w.hub.String()))
				}
				if err := <-rang; err != nil {
					t.Errorf("the phone: %v\n%s", err, tail(w.hub.String()))
				}
				w.saidSince(first, w.hub, `main:traybell-test.*state=ended`)
			}
			answers(func() error {
				said, err := place("--pbx", "main")
				if err == nil && !strings.Contains(said, "is on the screen of anna.") {
					err = errors.New(said)
				}
				return err
			})

			// An agent with the right control asks for it without the command line.
			file := filepath.Join(w.dir, "hub.yml")
			yaml, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			yaml = bytes.Replace(yaml, []byte("rights: [ticket]"), []byte("rights: [ticket, control]"), 1)
			if err := os.WriteFile(file, yaml, 0o600); err != nil {
				t.Fatal(err)
			}
			run(t, nil, w.program("traybell-hub"), "reload", "-c", file)
			anna, opened, err := terminal.SignIn(ctx, w.address, "101", password)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = anna.CloseNow() }()
			if len(opened.PBXs) != 1 || !opened.PBXs[0].Ring {
				t.Errorf("the desktop cannot offer it: %+v", opened.PBXs)
			}
			answers(func() error {
				id, err := anna.Send(ctx, protocol.CallTry, protocol.TestCall{Phone: true})
				for err == nil {
					var m protocol.Message
					if m, err = anna.Next(ctx); err == nil && m.Re == id {
						var got protocol.TestedCall
						if err = m.Decode(&got); err == nil && got.Shown && strings.HasPrefix(got.Call, "main:") {
							return nil
						}
						return fmt.Errorf("the answer is %s %s", m.Name, m.Data)
					}
				}
				return err
			})
		})
	}
}
