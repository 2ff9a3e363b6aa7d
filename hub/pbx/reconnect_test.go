package pbx_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"traybell/hub/ami"
	"traybell/hub/ami/amitest"
	"traybell/hub/ami/wire"
	"traybell/hub/pbx"
	"traybell/shared/protocol"
)

func TestReconnectAfterACutAndARestart(t *testing.T) {
	p := newPBX(t, amitest.Options{})
	r := run(t, configFor(p))
	first := r.connected(t)
	r.state(t, protocol.PBXWorking)
	p.Cut()
	if lost := r.state(t, protocol.PBXConnecting); !strings.Contains(lost.Reason, "read from the PBX") {
		t.Errorf("the reason of a cut is %q", lost.Reason)
	}
	if second := r.connected(t); second <= first {
		t.Errorf("epochs %d, then %d", first, second)
	}
	r.state(t, protocol.PBXWorking)
	if err := p.Restart(); err != nil {
		t.Fatal(err)
	}
	r.connected(t)
	r.state(t, protocol.PBXWorking)
	p.Send(amitest.NewEvent("Hangup", "call", "Uniqueid", "3"))
	if m := take(t, "event after the restart", r.messages); m.Get("Uniqueid") != "3" {
		t.Errorf("got %v", m)
	}
	if err := p.Stop(); err != nil {
		t.Fatal(err)
	}
	for {
		if s := r.state(t, protocol.PBXConnecting); strings.Contains(s.Reason, "connect to the PBX at "+p.Addr()) {
			break
		}
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	r.connected(t)
	r.state(t, protocol.PBXWorking)
	if got := r.Stats(); got.Connects != 4 || got.Losses != 3 || got.Resyncs != 4 {
		t.Errorf("counted %+v", got)
	}
	r.stop()
	if s := r.state(t, protocol.PBXStopped); s.Reason != "" {
		t.Errorf("stopped with %+v", s)
	}
}

func TestOverflowReconnects(t *testing.T) {
	p := newPBX(t, amitest.Options{})
	cfg := configFor(p)
	cfg.Queue = 10
	r := run(t, cfg)
	r.messages = make(chan wire.Message) // the tracker blocks
	r.state(t, protocol.PBXWorking)
	for range 12 {
		p.Send(amitest.NewEvent("Hangup", "call"))
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := p.WaitClients(ctx, 0); err != nil { // before the tracker takes events
		t.Fatal(err)
	}
	go func() {
		for ctx.Err() == nil {
			select {
			case <-r.messages:
			case <-ctx.Done():
			}
		}
	}()
	if lost := r.state(t, protocol.PBXConnecting); !errors.Is(lost.Err, ami.ErrOverflow) {
		t.Errorf("the state says %v", lost.Err)
	}
	r.state(t, protocol.PBXWorking)
	if got := r.Stats(); got.Overflows != 1 || got.Queue != 10 {
		t.Errorf("counted %+v", got)
	}
}

func TestFailedSnapshotReconnects(t *testing.T) {
	p := newPBX(t, amitest.Options{})
	cfg := configFor(p)
	cfg.ActionTimeout, cfg.Resync = 50*time.Millisecond, 10*time.Millisecond
	r := run(t, cfg)
	r.connected(t)
	r.state(t, protocol.PBXWorking)
	p.Lie(amitest.Lies{Mute: true})
	if s := r.state(t, protocol.PBXConnecting); !strings.Contains(s.Reason, "take a snapshot") ||
		!strings.Contains(s.Reason, "Status") {
		t.Errorf("%+v", s)
	}
	p.Lie(amitest.Lies{})
	r.connected(t)
	r.state(t, protocol.PBXWorking)
}

func TestPausesGrowAndDiffer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var attempts []time.Time
		var log bytes.Buffer
		r := run(t, pbx.Config{Config: ami.Config{
			Address: "pbx", Username: "x", Password: "y", Log: slog.New(slog.NewTextHandler(&log, nil)),
			Dial: func(context.Context, string) (net.Conn, error) {
				attempts = append(attempts, time.Now())
				return nil, errors.New("no route to host")
			},
		}})
		time.Sleep(time.Hour)
		r.stop()
		if n := len(attempts); n < 120 || n > 400 {
			t.Errorf("%d attempts in an hour", n)
		}
		if early := attempts[1].Sub(attempts[0]); early > time.Second {
			t.Errorf("the second attempt came after %s", early)
		}
		pauses := map[time.Duration]bool{}
		for i := 20; i < len(attempts); i++ {
			pause := attempts[i].Sub(attempts[i-1])
			if pause < 5*time.Second || pause > 30*time.Second {
				t.Errorf("attempt %d came after %s", i, pause)
			}
			pauses[pause] = true
		}
		if len(pauses) < 10 {
			t.Errorf("only %d different pauses", len(pauses))
		}
		if lines := strings.Count(log.String(), "\n"); lines != 1 {
			t.Errorf("logged %d lines:\n%s", lines, log.String())
		}
	})
}

// The pauses begin again with each session that knows all calls, however short it is.
func TestCutsInARow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, cfg := unplugged(t, amitest.Options{})
		r := run(t, cfg)
		r.state(t, protocol.PBXWorking)
		for i := range 10 {
			time.Sleep(time.Second)
			p.Drop()
			r.state(t, protocol.PBXConnecting)
			began := time.Now()
			r.state(t, protocol.PBXWorking)
			if took := time.Since(began); took > time.Second {
				t.Errorf("after cut %d the hub was blind for %s", i+1, took)
			}
		}
	})
}

// While the PBX's machine answers, pauses have a lower ceiling.
func TestPausesWhileTheMachineAnswers(t *testing.T) {
	for name, answer := range map[string]func() (net.Conn, error){
		"Asterisk is down":  func() (net.Conn, error) { return nil, syscall.ECONNREFUSED },
		"it hangs up again": func() (net.Conn, error) { a, b := net.Pipe(); _ = b.Close(); return a, nil },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var attempts []time.Time
				r := run(t, pbx.Config{Config: ami.Config{
					Address: "pbx", Username: "x", Password: "y",
					Dial: func(context.Context, string) (net.Conn, error) {
						attempts = append(attempts, time.Now())
						return answer()
					},
				}})
				time.Sleep(time.Hour)
				r.stop()
				for i := 1; i < len(attempts); i++ {
					if pause := attempts[i].Sub(attempts[i-1]); pause > 5*time.Second {
						t.Errorf("attempt %d came after %s", i, pause)
					}
				}
				if n := len(attempts); n < 700 || n > 2000 {
					t.Errorf("%d attempts in an hour", n)
				}
			})
		})
	}
}

// What was read before the end of a connection is delivered, and the next one says until when the
// events are known.
func TestEventsBeforeACutAreDelivered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, cfg := unplugged(t, amitest.Options{})
		r := run(t, cfg)
		r.connected(t)
		r.state(t, protocol.PBXWorking)
		time.Sleep(time.Minute)
		r.messages = make(chan wire.Message) // the tracker blocks
		for range 100 {
			p.Send(amitest.NewEvent("Hangup", "call"))
		}
		cut := time.Now()
		p.Drop()
		take(t, "time before the first connection", r.heard)
		synctest.Wait()
		for i := range 100 {
			select {
			case <-r.messages:
			case <-time.After(patience):
				t.Fatalf("only %d events were delivered", i)
			}
			synctest.Wait()
		}
		r.connected(t)
		if heard := take(t, "time of the last sign of life", r.heard); !heard.Equal(cut) {
			t.Errorf("heard of until %s before the cut", cut.Sub(heard))
		}
	})
}

// A PBX that is silent was last heard of when it last answered a Ping.
func TestHeardOfBeforeItWasSilent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, cfg := unplugged(t, amitest.Options{WriteTimeout: time.Hour})
		r := run(t, cfg)
		if r.connected(t); !take(t, "time of the last sign of life", r.heard).IsZero() {
			t.Error("heard of before the first connection")
		}
		r.state(t, protocol.PBXWorking)
		time.Sleep(time.Minute + time.Second)
		p.Stall()
		stalled := time.Now()
		time.Sleep(30 * time.Second)
		r.state(t, protocol.PBXConnecting)
		p.Drop()
		p.Resume()
		r.connected(t)
		if ago := stalled.Sub(take(t, "time of the last sign of life", r.heard)); ago < 0 || ago > 5*time.Second {
			t.Errorf("heard of until %s before it was silent", ago)
		}
	})
}

func logins(p *amitest.PBX) (n int) {
	for _, a := range p.Received() {
		if a.Name() == "Login" {
			n++
		}
	}
	return n
}

func TestWrongPasswordIsRetriedOnlyOnRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, cfg := unplugged(t, amitest.Options{RefusalDelay: time.Second})
		p.Lie(amitest.Lies{Refuse: true})
		var log bytes.Buffer
		cfg.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelWarn}))
		r := run(t, cfg)
		refused := r.refused(t)
		var login *ami.LoginError
		if !errors.As(refused.Err, &login) || login.Answer != "Authentication failed" ||
			!strings.Contains(refused.Reason, `user "traybell"`) {
			t.Errorf("the state says %+v", refused)
		}
		time.Sleep(24 * time.Hour)
		synctest.Wait()
		if n := logins(p); n != 1 {
			t.Errorf("%d attempts in a day", n)
		}
		if n := len(r.states); n != 0 {
			t.Errorf("%d more states", n)
		}
		r.Reconnect()
		if s := r.state(t, protocol.PBXConnecting); !strings.Contains(s.Reason, "reconnecting; before: ") {
			t.Errorf("while it reconnects: %+v", s)
		}
		r.refused(t)
		if n := logins(p); n != 2 {
			t.Errorf("%d attempts after the request", n)
		}
		p.Lie(amitest.Lies{})
		r.Reconnect()
		r.connected(t)
		r.state(t, protocol.PBXWorking)
		r.stop()
		if lines := strings.Count(log.String(), "\n"); lines != 2 { // the first attempt and the request
			t.Errorf("logged %d lines:\n%s", lines, log.String())
		}
		if strings.Contains(log.String()+refused.Reason, amitest.Secret) {
			t.Error("the password was shown")
		}
	})
}

func TestPBXThatWorkedBeforeGetsMoreAttempts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, cfg := unplugged(t, amitest.Options{})
		r := run(t, cfg)
		r.connected(t)
		p.Lie(amitest.Lies{Refuse: true})
		p.Drop()
		time.Sleep(15 * time.Second)
		p.Lie(amitest.Lies{})
		r.connected(t)

		p.Lie(amitest.Lies{Refuse: true})
		before := logins(p)
		p.Drop()
		time.Sleep(time.Minute)
		r.refused(t)
		time.Sleep(24 * time.Hour)
		if n := logins(p) - before; n != 3 {
			t.Errorf("%d attempts", n)
		}
	})
}

func TestReconnectDoesNotDisturbASession(t *testing.T) {
	p := newPBX(t, amitest.Options{})
	r := run(t, configFor(p))
	r.state(t, protocol.PBXWorking)
	r.Reconnect()
	if err := r.DBPut(ctxOf(t), "x", "y", "z"); err != nil {
		t.Error(err)
	}
	if got := r.Status(); got.State != protocol.PBXWorking || r.Stats().Connects != 1 {
		t.Errorf("%+v, %+v", got, r.Stats())
	}
}

func TestAnotherServiceIsNotRetried(t *testing.T) {
	p := newPBX(t, amitest.Options{Banner: "SSH-2.0-OpenSSH_9.6"})
	if s := run(t, configFor(p)).refused(t); !strings.Contains(s.Reason, "an SSH server answers there") {
		t.Errorf("%+v", s)
	}
}
