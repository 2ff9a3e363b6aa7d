package pbx_test

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"traybell/hub/ami"
	"traybell/hub/ami/amitest"
	"traybell/hub/pbx"
	"traybell/shared/protocol"
)

// ok reports whether no required right is missing.
func ok(r pbx.Report) bool {
	return !slices.ContainsFunc(r.Rights, func(f pbx.Right) bool { return f.Required && f.Verdict == pbx.Missing })
}

func TestCheckSaysWhichRightIsMissing(t *testing.T) {
	p := newPBX(t, amitest.Options{Users: map[string]amitest.User{
		"manual": {Secret: "x", Read: []string{"system", "call"}, Write: []string{"system"}},
		"poor":   {Secret: "x", Read: []string{"call"}},
		"deaf":   {Secret: "x", Write: []string{"call"}},
	}})
	p.Incoming(amitest.Incoming{Number: "79161234567", DID: "74950000001"})
	tests := map[string]struct {
		ok       bool
		channels int
		want     map[string]pbx.Verdict
	}{
		"manual": {true, 1, map[string]pbx.Verdict{
			"write = call, system or reporting": pbx.Granted, "write = system": pbx.Granted,
			"write = system or reporting": pbx.Granted, "read = call": pbx.Granted,
			"timestampevents = yes": pbx.Missing, pbx.RightOriginate: pbx.Missing,
			"write = system or call": pbx.Granted, "write = call": pbx.Missing,
			"write = call or reporting": pbx.Missing,
		}},
		"poor": {false, -1, map[string]pbx.Verdict{
			"write = call, system or reporting": pbx.Missing, "write = system": pbx.Missing,
			"write = system or reporting": pbx.Missing, "read = call": pbx.Granted,
			"timestampevents = yes": pbx.Missing, pbx.RightOriginate: pbx.Missing,
			"write = system or call": pbx.Missing, "write = call": pbx.Missing,
			"write = call or reporting": pbx.Missing,
		}},
		"deaf": {true, 1, map[string]pbx.Verdict{
			"write = call, system or reporting": pbx.Granted, "write = system": pbx.Missing,
			"write = system or reporting": pbx.Missing, "read = call": pbx.Unknown,
			"timestampevents = yes": pbx.Unknown, pbx.RightOriginate: pbx.Missing,
			"write = system or call": pbx.Granted, "write = call": pbx.Granted,
			"write = call or reporting": pbx.Granted,
		}},
	}
	for user, test := range tests {
		t.Run(user, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			var telling sync.WaitGroup
			telling.Go(func() {
				// As soon as the check has logged in there is an event.
				if p.WaitClients(ctx, 1) == nil {
					p.Send(amitest.NewEvent("DeviceStateChange", "call", "Device", "PJSIP/101"))
				}
			})
			cfg := configFor(p)
			cfg.Username, cfg.Password = user, "x"
			report, err := pbx.Check(ctxOf(t), cfg, 50*time.Millisecond)
			cancel()
			telling.Wait()
			if err != nil {
				t.Fatal(err)
			}
			if ok(report) != test.ok || report.Channels != test.channels || report.Manager != "11.0.0" {
				t.Errorf("got %+v", report)
			}
			found := map[string]bool{}
			for _, f := range report.Rights {
				found[f.Setting] = true
				if f.Verdict != test.want[f.Setting] {
					t.Errorf("%s: %s, want %s", f.Setting, f.Verdict, test.want[f.Setting])
				}
				if f.Verdict == pbx.Missing && !strings.Contains(f.Text, f.Setting) {
					t.Errorf("%q does not say what is missing", f.Text)
				}
			}
			if len(found) != len(test.want) {
				t.Errorf("findings %v, want %d", found, len(test.want))
			}
			if err := p.WaitClients(ctxOf(t), 0); err != nil {
				t.Error(err)
			}
		})
	}
	cfg := configFor(p)
	cfg.Username, cfg.Password = "manual", "wrong"
	var login *ami.LoginError
	if _, err := pbx.Check(ctxOf(t), cfg, 0); !errors.As(err, &login) {
		t.Errorf("a wrong password: %v", err)
	} else if got := pbx.Setting(err); got != "username" {
		t.Errorf("a wrong password is blamed on %s", got)
	}
}

// The status shows the same rights as Check, and the right to call events once one has come.
func TestStatusShowsTheRights(t *testing.T) {
	p := newPBX(t, amitest.Options{})
	r := run(t, configFor(p))
	r.state(t, protocol.PBXWorking)
	callEvents := func(want pbx.Verdict) {
		t.Helper()
		for began := time.Now(); ; time.Sleep(time.Millisecond) {
			s := r.Status()
			if n := len(s.Rights); n > 0 && s.Rights[n-1].Setting == "read = call" && s.Rights[n-1].Verdict == want {
				return
			}
			if time.Since(began) > patience {
				t.Fatalf("the right to call events is not %s: %+v", want, s)
			}
		}
	}
	callEvents(pbx.Unknown)
	if s := r.Status(); s.Manager != "11.0.0" || s.Asterisk == "" {
		t.Errorf("%+v", s)
	}
	p.Send(amitest.NewEvent("Hangup", "call"))
	callEvents(pbx.Granted)
}

// TestCheckRealAsterisk runs against the lab's Asterisk, whose address TRAYBELL_ASTERISK names.
// User otrs has the rights that the OPC manual asks for, user full more.
func TestCheckRealAsterisk(t *testing.T) {
	address := os.Getenv("TRAYBELL_ASTERISK")
	if address == "" {
		t.Skip("no real Asterisk: set TRAYBELL_ASTERISK to the host:port of the lab's manager")
	}
	for _, user := range []string{"otrs", "full"} {
		report, err := pbx.Check(ctxOf(t), pbx.Config{
			Config: ami.Config{Address: address, Username: user, Password: "SomePassword"},
		}, 500*time.Millisecond)
		if err != nil || !ok(report) || report.Channels < 0 {
			t.Errorf("%s: %+v, %v", user, report, err)
		}
		for _, f := range report.Rights {
			if strings.HasPrefix(f.Setting, "write") && f.Verdict != pbx.Granted {
				t.Errorf("%s: %s", user, f.Text)
			}
		}
	}
}
