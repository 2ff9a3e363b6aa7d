//go:build e2e

package phones_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"traybell/test/e2e/phones"
	"traybell/test/lab"
)

// TestPhonesTalk tests the phones against a real PBX; the other tests depend on them.
func TestPhonesTalk(t *testing.T) {
	pbx := lab.StartAsterisk(t, "22")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	trunk, err := phones.ListenTrunk("127.0.1.50")
	if err != nil {
		t.Fatal(err)
	}
	defer closing(t, trunk.Phone)
	var desk []*phones.Phone
	for _, n := range []string{"101", "102", "103"} {
		p, err := phones.Listen(n, "127.0.1."+n)
		if err != nil {
			t.Fatal(err)
		}
		defer closing(t, p)
		desk = append(desk, p)
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}

	caller, err := trunk.Call(ctx, "74950000001", "74951234567", "Ivan")
	must(err)
	at101, err := desk[0].WaitRinging(ctx)
	must(err)
	if at101.Number != "74951234567" || at101.Name != "Ivan" {
		t.Errorf("101 shows %q %q", at101.Number, at101.Name)
	}
	must(at101.Answer(ctx))
	must(caller.WaitAnswered(ctx))
	must(at101.WaitHeard(ctx))
	must(at101.Hold(ctx))
	must(at101.Resume(ctx))

	// 101 consults 102 and connects the two.
	asking, err := desk[0].Dial(ctx, "102")
	must(err)
	at102, err := desk[1].Answer(ctx)
	must(err)
	must(asking.WaitHeard(ctx))
	must(at101.TransferTo(ctx, asking))
	must(at101.WaitEnded(ctx))
	must(asking.WaitEnded(ctx))
	if out, err := pbx.CLI(ctx, "core show channels concise"); err != nil || strings.Count(out, "!Up!") != 2 {
		t.Errorf("after the transfer %v:\n%s", err, out)
	}

	// 102 transfers the caller to 103, which is busy.
	must(at102.WaitHeard(ctx))
	must(at102.Transfer(ctx, "103"))
	at103, err := desk[2].WaitRinging(ctx)
	must(err)
	must(at103.Busy())
	must(caller.WaitEnded(ctx))
	must(at102.WaitEnded(ctx))

	// The caller hangs up while it rings.
	caller, err = trunk.Call(ctx, "74950000001", "74951234567", "")
	must(err)
	at101, err = desk[0].WaitRinging(ctx)
	must(err)
	must(caller.HangUp(ctx))
	must(at101.WaitEnded(ctx))
	if at101.Status() != 487 || caller.Status() != 487 {
		t.Errorf("given up: 101 ended with %d, the caller with %d", at101.Status(), caller.Status())
	}

	// 101 forwards to 103; 103 hangs up.
	caller, err = trunk.Call(ctx, "74950000001", "74951234567", "")
	must(err)
	at101, err = desk[0].WaitRinging(ctx)
	must(err)
	must(at101.Forward("103"))
	at103, err = desk[2].Answer(ctx)
	must(err)
	must(caller.WaitAnswered(ctx))
	must(at103.HangUp(ctx))
	must(caller.WaitEnded(ctx))

	// 101 rings, 102 picks up.
	caller, err = trunk.Call(ctx, "74950000001", "74951234567", "")
	must(err)
	at101, err = desk[0].WaitRinging(ctx)
	must(err)
	picked, err := desk[1].Dial(ctx, "*8")
	must(err)
	must(picked.WaitAnswered(ctx))
	must(caller.WaitAnswered(ctx))
	must(at101.WaitEnded(ctx))
	must(picked.HangUp(ctx))
	must(caller.WaitEnded(ctx))

	// 101 dials an outside number.
	out, err := desk[0].Dial(ctx, "974957654321")
	must(err)
	outside, err := trunk.Answer(ctx)
	must(err)
	must(out.WaitAnswered(ctx))
	must(outside.HangUp(ctx))
	must(out.WaitEnded(ctx))
	if left, err := pbx.CLI(ctx, "core show channels concise"); err != nil || strings.Contains(left, "PJSIP/") {
		t.Logf("%v, still there: %s", err, left)
	}
}

func closing(t *testing.T, p *phones.Phone) {
	if err := p.Close(); err != nil {
		t.Errorf("close %s: %v", p.Name(), err)
	}
}
