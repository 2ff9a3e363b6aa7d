//go:build e2e

package e2e

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"traybell/hub/app"
	"traybell/hub/config"
	"traybell/hub/signin"
	"traybell/shared/protocol"
	"traybell/test/e2e/phones"
	"traybell/test/lab"
	"traybell/test/terminal"
)

const blockYAML = `
listen: 127.0.0.1:0
data_dir: .
pbx: [{id: main, address: "%s", username: otrs, password: "%s"}]
agents: [{login: anna, name: Anna Petrova, extensions: ["101"], password: "%s", rights: [block]}]
blocking: {protected: ["74951234568"]}
`

// TestBlockedCallerIsRefused blocks a number at a real hub, then calls from it: Asterisk 22 and 16
// refuse the call, in each form that the trunk presents, until the number is unblocked. The hub has
// only the rights that its guide asks for.
func TestBlockedCallerIsRefused(t *testing.T) {
	for version := range strings.SplitSeq(cmp.Or(os.Getenv("TRAYBELL_E2E_ASTERISK"), "22,16"), ",") {
		t.Run("asterisk"+version, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
			defer cancel()
			b := newBlocking(ctx, t, version)

			b.rings("84957654321")
			answer := b.press(protocol.CallerBlock, "8 495 765-43-21")
			if answer.Name != protocol.CallerBlocked {
				t.Fatalf("%s %s", answer.Name, answer.Data)
			}
			t.Logf("the blacklist of asterisk %s:\n%s", version, b.blacklist())
			for _, form := range []string{"84957654321", "+74957654321", "74957654321", "4957654321", "0074957654321"} {
				if status := b.refused(form); status < 400 {
					t.Errorf("%s is not refused: %d", form, status)
				} else {
					t.Logf("%s is refused: %d", form, status)
				}
				if !strings.Contains(b.blacklist(), "/blacklist/"+form+" ") {
					t.Errorf("%s is not on the blacklist", form)
				}
			}
			b.rings("84957654322") // not blocked
			for _, never := range []string{
				"101", "+7 495 123-45-68", "dest", "7495\r\nAction: Command\r\nCommand: core stop now",
			} {
				if answer := b.press(protocol.CallerBlock, never); answer.Type != protocol.Error {
					t.Errorf("%q: %s %s", never, answer.Name, answer.Data)
				}
			}

			if answer := b.press(protocol.CallerUnblock, "+74957654321"); answer.Name != protocol.CallerBlocked {
				t.Fatalf("%s %s", answer.Name, answer.Data)
			}
			if left := b.blacklist(); strings.Contains(left, "4957654321") ||
				!strings.Contains(left, "/blacklist/dest ") || !strings.Contains(left, "/blacklist/blocked ") {
				t.Errorf("afterwards:\n%s", left)
			}
			b.rings("84957654321")
		})
	}
}

// blocking is a real PBX with phones, a hub in this process, and an agent's terminal.
type blocking struct {
	t        *testing.T
	ctx      context.Context
	pbx      *lab.Asterisk
	trunk    *phones.Trunk
	phone    *phones.Phone
	terminal *terminal.Terminal
}

func newBlocking(ctx context.Context, t *testing.T, version string) *blocking {
	t.Helper()
	b := &blocking{t: t, ctx: ctx, pbx: lab.StartAsterisk(t, version)}
	clean := func() {
		_, err := b.pbx.CLI(context.WithoutCancel(ctx), "database deltree blacklist")
		b.must(err)
	}
	clean()
	t.Cleanup(clean)
	for _, key := range []string{"dest app-blackhole,hangup,1", "blocked 0"} { // entries of FreePBX
		_, err := b.pbx.CLI(ctx, "database put blacklist "+key)
		b.must(err)
	}
	var err error
	b.trunk, err = phones.ListenTrunk("127.0.1.50")
	b.must(err)
	t.Cleanup(func() { _ = b.trunk.Close() })
	b.phone, err = phones.Listen("101", "127.0.1.101")
	b.must(err)
	t.Cleanup(func() { _ = b.phone.Close() })

	hash, err := signin.Hash(password)
	b.must(err)
	path := filepath.Join(t.TempDir(), "hub.yml")
	b.must(os.WriteFile(path, fmt.Appendf(nil, blockYAML, lab.AMI, lab.AMIPassword, hash), 0o600))
	cfg, err := config.Load(path)
	b.must(err)
	hub, err := app.New(ctx, app.Options{
		Config: cfg, Version: "test", Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
	})
	b.must(err)
	b.must(hub.Start(ctx))
	t.Cleanup(func() { b.must(hub.Stop()) })

	var opened protocol.OpenedSession
	b.terminal, opened, err = terminal.SignIn(ctx, hub.Addr(), "101", password)
	b.must(err)
	t.Cleanup(func() { _ = b.terminal.CloseNow() })
	for pbx := opened.PBXs[0]; pbx.State != protocol.PBXWorking; {
		m, err := b.terminal.Await(ctx, protocol.PBXEvent)
		b.must(err)
		b.must(m.Decode(&pbx))
	}
	return b
}

func (b *blocking) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *blocking) blacklist() string {
	b.t.Helper()
	out, err := b.pbx.CLI(b.ctx, "database show blacklist")
	b.must(err)
	return out
}

// rings calls from a number, waits until the phone rings, and hangs up.
func (b *blocking) rings(number string) {
	b.t.Helper()
	caller, err := b.trunk.Call(b.ctx, "74950000001", number, "")
	b.must(err)
	_, err = b.phone.WaitRinging(b.ctx)
	b.must(err)
	b.must(caller.HangUp(b.ctx))
	b.must(caller.WaitEnded(b.ctx))
}

// refused lets a number call and returns the status with which the PBX refuses it.
func (b *blocking) refused(number string) int {
	b.t.Helper()
	caller, err := b.trunk.Call(b.ctx, "74950000001", number, "")
	b.must(err)
	wait, cancel := context.WithTimeout(b.ctx, 5*time.Second)
	defer cancel()
	if caller.WaitEnded(wait) != nil {
		b.must(caller.HangUp(b.ctx))
		return 180
	}
	return caller.Status()
}

// press sends an action and returns its answer.
func (b *blocking) press(name, number string) protocol.Message {
	b.t.Helper()
	id, err := b.terminal.Send(b.ctx, name, protocol.BlockCaller{Number: number, Reason: "Sells <carpets>"})
	b.must(err)
	for {
		m, err := b.terminal.Next(b.ctx)
		b.must(err)
		if m.Re == id {
			return m
		}
	}
}
