package ami_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"traybell/hub/ami"
	"traybell/hub/ami/amitest"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// newPBX starts a PBX that ends with the test.
func newPBX(t *testing.T, opts amitest.Options) *amitest.PBX {
	t.Helper()
	p, err := amitest.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

func configFor(p *amitest.PBX) ami.Config {
	return ami.Config{
		Name: "main", Address: p.Addr(), Username: amitest.Username, Password: amitest.Secret, Wanted: trackerEvents,
		RetryMin: time.Millisecond, RetryMax: 20 * time.Millisecond,
	}
}

// running is a client under test: its sessions and states in the order in which they come.
type running struct {
	*ami.Client
	sessions chan *ami.Session
	states   chan ami.Status
	stop     func()
}

// run starts a client whose consumer hands over every session and keeps it until it is lost.
func run(t *testing.T, cfg ami.Config) *running {
	t.Helper()
	r := &running{sessions: make(chan *ami.Session, 1000), states: make(chan ami.Status, 1000)}
	cfg.OnState = func(s ami.Status) { r.states <- s }
	r.Client = ami.NewClient(cfg)
	ctx, cancel := context.WithCancel(t.Context())
	var done sync.WaitGroup
	done.Go(func() {
		err := r.Run(ctx, func(ctx context.Context, s *ami.Session) error {
			r.sessions <- s
			<-ctx.Done()
			return context.Cause(ctx)
		})
		if err != nil {
			t.Errorf("the client ended with %v", err)
		}
	})
	r.stop = func() {
		cancel()
		done.Wait()
	}
	t.Cleanup(r.stop)
	return r
}

const patience = 20 * time.Second

// take receives from a channel, or fails the test.
func take[T any](t *testing.T, what string, from <-chan T) T {
	t.Helper()
	select {
	case v, ok := <-from:
		if !ok {
			t.Fatalf("waiting for %s: there will be none", what)
		}
		return v
	case <-time.After(patience):
		t.Fatalf("waited in vain for %s", what)
		panic("not reached")
	}
}

func (r *running) session(t *testing.T) *ami.Session {
	t.Helper()
	return take(t, "a session", r.sessions)
}

// state waits for the next status in the given state.
func (r *running) state(t *testing.T, want ami.State) ami.Status {
	t.Helper()
	for {
		if s := take(t, "state "+string(want), r.states); s.State == want {
			return s
		}
	}
}

func ctxOf(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

func TestEventsFlowAfterLogin(t *testing.T) {
	for _, md5 := range []bool{false, true} {
		t.Run(fmt.Sprintf("md5 %v", md5), func(t *testing.T) {
			p := newPBX(t, amitest.Options{})
			cfg := configFor(p)
			cfg.MD5 = md5
			r := run(t, cfg)
			s := r.session(t)
			working := r.state(t, ami.Working)
			if s.Version() != "11.0.0" || working.Version != "11.0.0" || working.Reason != "" ||
				working.Epoch != s.Epoch() {
				t.Errorf("version %q, state %+v", s.Version(), working)
			}
			call := p.Incoming(amitest.Incoming{Number: "79161234567", Name: "Иван", DID: "74950000001"})
			first := take(t, "Newchannel", s.Events())
			if first.Event() != "Newchannel" || first.Get("Exten") != "74950000001" ||
				first.Get("uniqueid") != call.Linkedid() {
				t.Errorf("got %v", first)
			}
			if second := take(t, "NewCallerid", s.Events()); second.Get("CallerIDName") != "Иван" {
				t.Errorf("got %v", second)
			}
			for _, a := range p.Received() {
				if a.Name() != "Login" {
					continue
				}
				if mask := a.Message.Get("Events"); mask != "call,agent" {
					t.Errorf("asked for events %q", mask)
				}
				if _, plain := a.Message.Lookup("Secret"); plain == md5 {
					t.Errorf("md5 is %v, password sent in the clear: %v", md5, plain)
				}
			}
		})
	}
}

func TestBytesBehindTheLoginReplyAreKept(t *testing.T) {
	p := newPBX(t, amitest.Options{})
	p.Lie(amitest.Lies{
		Glue: []byte("Event: Newchannel\r\nUniqueid: 1\r\n\r\nEvent: VarSet\r\n\r\nEvent: Hangup\r\nUniqueid: " +
			"1\r\n\r\nEvent: Newcha"),
	})
	s := run(t, configFor(p)).session(t)
	p.SendRaw([]byte("nnel\r\nUniqueid: 2\r\n\r\n"))
	for _, want := range []string{"Newchannel 1", "Hangup 1", "Newchannel 2"} {
		m := take(t, want, s.Events())
		if got := m.Event() + " " + m.Get("Uniqueid"); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestTornMessagesBareLFAndGarbage(t *testing.T) {
	for name, lies := range map[string]amitest.Lies{
		"torn": {Torn: true}, "bare LF": {BareLF: true}, "torn bare LF": {Torn: true, BareLF: true},
		"garbage": {Garbage: []byte("what is this\r\n\r\n\x00\xff: \r\n\r\n\r\n")},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPBX(t, amitest.Options{})
			p.Lie(lies)
			r := run(t, configFor(p))
			s := r.session(t)
			p.Incoming(amitest.Incoming{Number: "79161234567", DID: "74950000001"})
			if m := take(t, "an event", s.Events()); m.Get("CallerIDNum") != "79161234567" {
				t.Errorf("got %v", m)
			}
			rows, err := s.List(ctxOf(t), ami.NewAction("Status"))
			if err != nil || len(rows) != 1 || rows[0].Get("DNID") != "74950000001" {
				t.Errorf("Status gives %v, %v", rows, err)
			}
			if got := r.Stats().Connects; got != 1 {
				t.Errorf("it took %d connections", got)
			}
		})
	}
}

// The OPC manual asks for exactly these rights; FullyBooted is not told to those who do not ask for
// it.
func TestNoWaitingForFullyBooted(t *testing.T) {
	p := newPBX(t, amitest.Options{Users: map[string]amitest.User{
		"otrs": {Secret: "x", Read: []string{"system", "call"}, Write: []string{"system"}},
		"call": {Secret: "x", Read: []string{"call"}},
	}})
	for _, user := range []string{"otrs", "call"} {
		cfg := configFor(p)
		cfg.Username, cfg.Password = user, "x"
		r := run(t, cfg)
		s := r.session(t)
		p.Send(amitest.NewEvent("QueueCallerJoin", "agent"), amitest.NewEvent("Hangup", "call", "Uniqueid", user))
		if m := take(t, "an event", s.Events()); m.Event() != "Hangup" || m.Get("Uniqueid") != user {
			t.Errorf("%s: got %v", user, m)
		}
		_, err := s.List(ctxOf(t), ami.NewAction("Status"))
		var refused *ami.ResponseError
		if user == "otrs" && err != nil || user == "call" && (!errors.As(err, &refused) || !refused.Denied()) {
			t.Errorf("%s: Status gives %v", user, err)
		}
		r.stop()
	}
}

func TestAnswersFindTheirAskers(t *testing.T) {
	p := newPBX(t, amitest.Options{})
	p.Lie(amitest.Lies{ListItems: 17})
	for i := range 50 {
		p.Set("blacklist", fmt.Sprint(i), fmt.Sprint("value ", i))
	}
	s := run(t, configFor(p)).session(t)
	ctx := ctxOf(t)
	var asking sync.WaitGroup
	for i := range 50 {
		asking.Go(func() {
			rows, err := s.List(ctx, ami.NewAction("DBGet").With("Family", "blacklist").With("Key", fmt.Sprint(i)))
			if err != nil || len(rows) != 1 || rows[0].Get("Val") != fmt.Sprint("value ", i) {
				t.Errorf("entry %d: got %v, %v", i, rows, err)
			}
		})
		asking.Go(func() {
			m, err := s.Do(ctx, ami.NewAction("Ping"))
			if err != nil || m.Get("Ping") != "Pong" {
				t.Errorf("Ping: got %v, %v", m, err)
			}
		})
		asking.Go(func() {
			_, err := s.List(ctx, ami.NewAction("DBGet").With("Family", "blacklist").With("Key", "none"))
			var refused *ami.ResponseError
			if !errors.As(err, &refused) || refused.Answer != "Database entry not found" || refused.Denied() {
				t.Errorf("a missing entry: %v", err)
			}
		})
	}
	asking.Wait()
	if _, err := s.Do(ctx, ami.NewAction("Frobnicate")); err == nil || !strings.Contains(err.Error(),
		"Invalid/unknown command: Frobnicate") {
		t.Errorf("an unknown action: %v", err)
	}
	if _, err := s.Do(ctx, ami.NewAction("DBPut").With("Family", "x\r\nAction: Command")); !errors.Is(err, ami.ErrAction) {
		t.Errorf("smuggling: %v", err)
	}
	if slices.ContainsFunc(p.Received(), func(a amitest.Action) bool {
		return a.Name() == "Command" || a.Name() == "DBPut"
	}) {
		t.Error("a refused action was sent all the same")
	}
	if len(s.Events()) != 0 {
		t.Errorf("%d rows of lists went to the consumer", len(s.Events()))
	}
}

func TestNobodyWaitsForAnAnswerForEver(t *testing.T) {
	p := newPBX(t, amitest.Options{})
	s := run(t, configFor(p)).session(t)
	p.Lie(amitest.Lies{Mute: true})
	ctx, cancel := context.WithCancel(t.Context())
	asked := make(chan error, 2)
	go func() {
		_, err := s.Do(ctx, ami.NewAction("Ping"))
		asked <- err
	}()
	if _, err := p.WaitAction(ctxOf(t), "Ping", 1); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := take(t, "the end of the wait", asked); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: got %v", err)
	}
	go func() {
		_, err := s.List(t.Context(), ami.NewAction("Status"))
		asked <- err
	}()
	if _, err := p.WaitAction(ctxOf(t), "Status", 1); err != nil {
		t.Fatal(err)
	}
	p.Cut()
	if err := take(t, "the end of the wait", asked); !errors.Is(err, ami.ErrLost) {
		t.Errorf("connection lost: got %v", err)
	}
	if _, err := s.Do(t.Context(), ami.NewAction("Ping")); !errors.Is(err, ami.ErrLost) {
		t.Errorf("asking a session that is over: %v", err)
	}
}

func TestReconnectsAfterACutAndARestart(t *testing.T) {
	p := newPBX(t, amitest.Options{})
	r := run(t, configFor(p))
	first := r.session(t)
	r.state(t, ami.Working)
	p.Send(amitest.NewEvent("Hangup", "call", "Uniqueid", "1"))
	p.Cut()
	lost := r.state(t, ami.Connecting)
	if !strings.Contains(lost.Reason, "unexpected EOF") {
		t.Errorf("the reason of a cut is %q", lost.Reason)
	}
	if m := take(t, "the event before the cut", first.Events()); m.Get("Uniqueid") != "1" {
		t.Errorf("got %v", m)
	}
	if m, more := <-first.Events(); more {
		t.Errorf("half an event was delivered: %v", m)
	}
	second := r.session(t)
	if second.Epoch() <= first.Epoch() {
		t.Errorf("epochs %d, then %d", first.Epoch(), second.Epoch())
	}
	if err := p.Restart(); err != nil {
		t.Fatal(err)
	}
	third := r.session(t)
	p.Send(amitest.NewEvent("Hangup", "call", "Uniqueid", "3"))
	if m := take(t, "an event after the restart", third.Events()); m.Get("Uniqueid") != "3" {
		t.Errorf("got %v", m)
	}
	if err := p.Stop(); err != nil {
		t.Fatal(err)
	}
	for {
		if s := r.state(t, ami.Connecting); strings.Contains(s.Reason, "connecting to the PBX at "+p.Addr()) {
			break
		}
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	r.session(t)
	if got := r.Stats(); got.Connects != 4 || got.Losses != 3 {
		t.Errorf("counted %+v", got)
	}
	r.stop()
	r.state(t, ami.Stopped)
}

// Never a single event lost in silence: the connection goes, with the reason, and what was queued
// before can still be taken.
func TestOverflowDropsTheConnection(t *testing.T) {
	p := newPBX(t, amitest.Options{})
	cfg := configFor(p)
	cfg.Queue = 10
	r := run(t, cfg)
	s := r.session(t)
	for i := range 11 {
		p.Send(amitest.NewEvent("Hangup", "call", "Uniqueid", fmt.Sprint(i)))
	}
	select {
	case <-s.Done():
	case <-time.After(patience):
		t.Fatal("the session goes on")
	}
	if !errors.Is(s.Err(), ami.ErrOverflow) {
		t.Errorf("the reason is %v", s.Err())
	}
	for i := range 10 {
		if m := take(t, "a queued event", s.Events()); m.Get("Uniqueid") != fmt.Sprint(i) {
			t.Errorf("event %d is %v", i, m)
		}
	}
	if lost := r.state(t, ami.Connecting); lost.Err != nil {
		t.Errorf("the first state has a reason: %v", lost.Err)
	}
	if lost := r.state(t, ami.Connecting); !errors.Is(lost.Err, ami.ErrOverflow) {
		t.Errorf("the state says %v", lost.Err)
	}
	r.session(t)
	if got := r.Stats(); got.Overflows != 1 || got.Queue != 10 {
		t.Errorf("counted %+v", got)
	}
}

func TestTLS(t *testing.T) {
	server, roots := certificate(t)
	p := newPBX(t, amitest.Options{TLS: server})
	cfg := configFor(p)
	cfg.TLS = &tls.Config{RootCAs: roots}
	s := run(t, cfg).session(t)
	if _, err := s.Do(ctxOf(t), ami.NewAction("Ping")); err != nil {
		t.Error(err)
	}
	cfg.TLS = &tls.Config{RootCAs: x509.NewCertPool()}
	r := run(t, cfg)
	var unknown x509.UnknownAuthorityError
	if failed := r.state(t, ami.Refused); !errors.As(failed.Err, &unknown) {
		t.Errorf("an unknown authority: %v", failed.Err)
	}
}

// certificate makes an authority of its own and a server certificate for 127.0.0.1.
func certificate(t *testing.T) (*tls.Config, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "PBX"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore:   time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(cert)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}, roots
}

func TestAnAsteriskThatIsTooOld(t *testing.T) {
	for _, version := range []string{"1.1", "1.3"} {
		p := newPBX(t, amitest.Options{Banner: "Asterisk Call Manager/" + version})
		refused := run(t, configFor(p)).state(t, ami.Refused)
		var old *ami.UnsupportedError
		if !errors.As(refused.Err, &old) || old.Version != version || !strings.Contains(refused.Reason,
			"Asterisk 12 or newer is needed") {
			t.Errorf("%s: %+v", version, refused)
		}
		if got := p.Received(); len(got) != 0 {
			t.Errorf("%s: it was asked for %v", version, got)
		}
	}
	for _, version := range []string{"2.0.0", "11.0.0", "99.1", "certified/18.9"} {
		p := newPBX(t, amitest.Options{Banner: "Asterisk Call Manager/" + version})
		if s := run(t, configFor(p)).session(t); s.Version() != version {
			t.Errorf("got %q", s.Version())
		}
	}
}

func TestConsumerMayAskForAFreshStart(t *testing.T) {
	p := newPBX(t, amitest.Options{})
	enough := errors.New("the list of calls makes no sense")
	states := make(chan ami.Status, 100)
	cfg := configFor(p)
	cfg.OnState = func(s ami.Status) { states <- s }
	ctx, cancel := context.WithCancel(t.Context())
	sessions := 0
	err := ami.NewClient(cfg).Run(ctx, func(context.Context, *ami.Session) error {
		if sessions++; sessions == 3 {
			cancel()
			return nil
		}
		return enough
	})
	if err != nil || sessions != 3 {
		t.Errorf("ended with %v after %d sessions", err, sessions)
	}
	close(states)
	said := 0
	for s := range states {
		if errors.Is(s.Err, enough) {
			said++
		}
	}
	if said != 2 {
		t.Errorf("the reason was told %d times, want 2", said)
	}
}

// --- time: a made-up clock, connections in memory
// -------------------------------------------------------------------------

func unplugged(t *testing.T, opts amitest.Options) (*amitest.PBX, ami.Config) {
	t.Helper()
	p := amitest.NewUnplugged(opts)
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	cfg := ami.Config{
		Name: "main", Address: "pbx", Username: amitest.Username, Password: amitest.Secret, Wanted: trackerEvents,
		Dial: p.Pipe,
	}
	return p, cfg
}

func TestAStalledPeerIsNoticed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, cfg := unplugged(t, amitest.Options{WriteTimeout: time.Hour})
		r := run(t, cfg)
		first := r.session(t)
		time.Sleep(10 * time.Minute)
		if err := first.Err(); err != nil {
			t.Fatalf("a quiet but living PBX was given up: %v", err)
		}
		p.Stall()
		began := time.Now()
		<-first.Done()
		if took := time.Since(began); took > 40*time.Second || !errors.Is(first.Err(), ami.ErrStalled) {
			t.Errorf("noticed after %s: %v", took, first.Err())
		}
		p.Resume()
		r.session(t)
	})
}

func TestAPeerThatSaysNothingAtAllIsNoticed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, cfg := unplugged(t, amitest.Options{})
		p.Lie(amitest.Lies{Silent: true})
		r := run(t, cfg)
		r.state(t, ami.Connecting)
		if s := r.state(t, ami.Connecting); !errors.Is(s.Err, ami.ErrStalled) {
			t.Errorf("got %v", s.Err)
		}
	})
}

func TestAnActionThatIsNotAnsweredTimesOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, cfg := unplugged(t, amitest.Options{})
		s := run(t, cfg).session(t)
		p.Lie(amitest.Lies{Mute: true})
		began := time.Now()
		_, err := s.List(t.Context(), ami.NewAction("Status"))
		if err == nil || !strings.Contains(err.Error(), "Status") || time.Since(began) != 15*time.Second {
			t.Errorf("got %v after %s", err, time.Since(began))
		}
	})
}

func TestAttemptsGrowRarerAndDiffer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var attempts []time.Time
		cfg := ami.Config{
			Address: "pbx", Username: "x", Password: "y", Dial: func(context.Context, string) (net.Conn, error) {
				attempts = append(attempts, time.Now())
				return nil, errors.New("no route to host")
			},
		}
		var log bytes.Buffer
		cfg.Log = slog.New(slog.NewTextHandler(&log, nil))
		r := run(t, cfg)
		time.Sleep(time.Hour)
		r.stop()
		if n := len(attempts); n < 80 || n > 300 {
			t.Errorf("%d attempts in an hour", n)
		}
		if early := attempts[1].Sub(attempts[0]); early > time.Second {
			t.Errorf("the second attempt came after %s", early)
		}
		waits := map[time.Duration]bool{}
		for i := 20; i < len(attempts); i++ {
			wait := attempts[i].Sub(attempts[i-1])
			if wait < 10*time.Second || wait > 50*time.Second {
				t.Errorf("attempt %d came after %s", i, wait)
			}
			waits[wait] = true
		}
		if len(waits) < 10 {
			t.Errorf("only %d different waits", len(waits))
		}
		if lines := strings.Count(log.String(), "\n"); lines != 1 {
			t.Errorf("logged %d lines:\n%s", lines, log.String())
		}
	})
}

// --- the probe
// -----------------------------------------------------------------------------------------------------------

func TestProbeSaysWhichRightIsMissing(t *testing.T) {
	p := newPBX(t, amitest.Options{Users: map[string]amitest.User{
		"manual": {Secret: "x", Read: []string{"system", "call"}, Write: []string{"system"}},
		"poor":   {Secret: "x", Read: []string{"call"}},
		"deaf":   {Secret: "x", Write: []string{"call"}},
	}})
	p.Incoming(amitest.Incoming{Number: "79161234567", DID: "74950000001"})
	tests := map[string]struct {
		ok       bool
		channels int
		want     map[string]ami.Verdict
	}{
		"manual": {true, 1, map[string]ami.Verdict{
			"write = call, system or reporting": ami.Granted, "write = system": ami.Granted,
			"write = system or reporting": ami.Granted, "read = call": ami.Granted,
		}},
		"poor": {false, -1, map[string]ami.Verdict{
			"write = call, system or reporting": ami.Missing, "write = system": ami.Missing,
			"write = system or reporting": ami.Missing, "read = call": ami.Granted,
		}},
		"deaf": {true, 1, map[string]ami.Verdict{
			"write = call, system or reporting": ami.Granted, "write = system": ami.Missing,
			"write = system or reporting": ami.Missing, "read = call": ami.Unknown,
		}},
	}
	for user, test := range tests {
		t.Run(user, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			var telling sync.WaitGroup
			telling.Go(func() {
				// As soon as the probe has logged in there is something to hear.
				if p.WaitClients(ctx, 1) == nil {
					p.Send(amitest.NewEvent("DeviceStateChange", "call", "Device", "PJSIP/101"))
				}
			})
			cfg := configFor(p)
			cfg.Username, cfg.Password = user, "x"
			report, err := ami.Probe(ctxOf(t), cfg, 50*time.Millisecond)
			cancel()
			telling.Wait()
			if err != nil {
				t.Fatal(err)
			}
			if report.OK() != test.ok || report.Channels != test.channels || report.Version != "11.0.0" {
				t.Errorf("got %+v", report)
			}
			for _, f := range report.Findings {
				if f.Verdict != test.want[f.Right] {
					t.Errorf("%s: %s, want %s", f.Right, f.Verdict, test.want[f.Right])
				}
				if f.Verdict == ami.Missing && !strings.Contains(f.Says, f.Right) {
					t.Errorf("%q does not say what is missing", f.Says)
				}
			}
			if len(report.Findings) != len(test.want) {
				t.Errorf("%d findings, want %d", len(report.Findings), len(test.want))
			}
			if err := p.WaitClients(ctxOf(t), 0); err != nil {
				t.Error(err)
			}
		})
	}
	cfg := configFor(p)
	cfg.Username, cfg.Password = "manual", "wrong"
	var login *ami.LoginError
	if _, err := ami.Probe(ctxOf(t), cfg, 0); !errors.As(err, &login) {
		t.Errorf("a wrong password: %v", err)
	}
}
