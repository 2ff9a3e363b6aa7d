package ami_test

import (
	"cmp"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
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
	"traybell/hub/ami/wire"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const patience = 20 * time.Second

func configFor(p *amitest.PBX) ami.Config {
	return ami.Config{
		Name: "main", Address: p.Addr(), Username: amitest.Username, Password: amitest.Secret, Wanted: trackerEvents,
	}
}

// connect opens a session that ends with the test.
func connect(t *testing.T, cfg ami.Config) *ami.Session {
	t.Helper()
	s, err := ami.Connect(ctxOf(t), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close(errors.New("the test is over")) })
	return s
}

// refused connects and returns the error, which must be permanent.
func refused(t *testing.T, cfg ami.Config) error {
	t.Helper()
	s, err := ami.Connect(ctxOf(t), cfg)
	if err == nil {
		s.Close(errors.New("the test is over"))
		t.Fatal("connected")
	}
	if !ami.Permanent(err) {
		t.Errorf("not permanent: %v", err)
	}
	return err
}

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

// take receives from a channel, or fails the test.
func take[T any](t *testing.T, what string, from <-chan T) T {
	t.Helper()
	select {
	case v, ok := <-from:
		if !ok {
			t.Fatalf("no %s: closed", what)
		}
		return v
	case <-time.After(patience):
		t.Fatalf("timeout: no %s", what)
		panic("not reached")
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
			s := connect(t, cfg)
			if s.Version() != "11.0.0" {
				t.Errorf("version %q", s.Version())
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
					t.Errorf("requested events %q", mask)
				}
				if _, plain := a.Message.Lookup("Secret"); plain == md5 {
					t.Errorf("md5 is %v, password sent in plain text: %v", md5, plain)
				}
			}
		})
	}
}

func TestBytesAfterTheLoginReplyAreKept(t *testing.T) {
	p := newPBX(t, amitest.Options{})
	p.Lie(amitest.Lies{
		Glue: []byte("Event: Newchannel\r\nUniqueid: 1\r\n\r\nEvent: VarSet\r\n\r\nEvent: Hangup\r\nUniqueid: " +
			"1\r\n\r\nEvent: Newcha"),
	})
	s := connect(t, configFor(p))
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
			s := connect(t, configFor(p))
			p.Incoming(amitest.Incoming{Number: "79161234567", DID: "74950000001"})
			if m := take(t, "an event", s.Events()); m.Get("CallerIDNum") != "79161234567" {
				t.Errorf("got %v", m)
			}
			rows, err := s.List(ctxOf(t), wire.NewAction("Status"))
			if err != nil || len(rows) != 1 || rows[0].Get("DNID") != "74950000001" {
				t.Errorf("Status gives %v, %v", rows, err)
			}
		})
	}
}

// The OPC manual asks for exactly these rights. Only users with read=system get FullyBooted.
func TestNoWaitingForFullyBooted(t *testing.T) {
	p := newPBX(t, amitest.Options{Users: map[string]amitest.User{
		"otrs": {Secret: "x", Read: []string{"system", "call"}, Write: []string{"system"}},
		"call": {Secret: "x", Read: []string{"call"}},
	}})
	for _, user := range []string{"otrs", "call"} {
		cfg := configFor(p)
		cfg.Username, cfg.Password = user, "x"
		s := connect(t, cfg)
		p.Send(amitest.NewEvent("QueueCallerJoin", "agent"), amitest.NewEvent("Hangup", "call", "Uniqueid", user))
		if m := take(t, "an event", s.Events()); m.Event() != "Hangup" || m.Get("Uniqueid") != user {
			t.Errorf("%s: got %v", user, m)
		}
		_, err := s.List(ctxOf(t), wire.NewAction("Status"))
		var refused *ami.ResponseError
		if user == "otrs" && err != nil || user == "call" && (!errors.As(err, &refused) || !refused.Denied()) {
			t.Errorf("%s: Status gives %v", user, err)
		}
	}
}

func TestRepliesReachTheirCallers(t *testing.T) {
	p := newPBX(t, amitest.Options{})
	p.Lie(amitest.Lies{ListItems: 17})
	for i := range 50 {
		p.Set("blacklist", fmt.Sprint(i), fmt.Sprint("value ", i))
	}
	s := connect(t, configFor(p))
	ctx := ctxOf(t)
	var asking sync.WaitGroup
	for i := range 50 {
		asking.Go(func() {
			rows, err := s.List(ctx, wire.NewAction("DBGet").With("Family", "blacklist").With("Key", fmt.Sprint(i)))
			if err != nil || len(rows) != 1 || rows[0].Get("Val") != fmt.Sprint("value ", i) {
				t.Errorf("entry %d: got %v, %v", i, rows, err)
			}
		})
		asking.Go(func() {
			m, err := s.Do(ctx, wire.NewAction("Ping"))
			if err != nil || m.Get("Ping") != "Pong" {
				t.Errorf("Ping: got %v, %v", m, err)
			}
		})
		asking.Go(func() {
			_, err := s.List(ctx, wire.NewAction("DBGet").With("Family", "blacklist").With("Key", "none"))
			var refused *ami.ResponseError
			if !errors.As(err, &refused) || refused.Answer != "Database entry not found" || refused.Denied() {
				t.Errorf("a missing entry: %v", err)
			}
		})
	}
	asking.Wait()
	if _, err := s.Do(ctx, wire.NewAction("Frobnicate")); err == nil || !strings.Contains(err.Error(),
		"Invalid/unknown command: Frobnicate") {
		t.Errorf("an unknown action: %v", err)
	}
	if _, err := s.Do(ctx, wire.NewAction("DBPut").With("Family", "x\r\nAction: Command")); !errors.Is(err,
		wire.ErrAction) {
		t.Errorf("injection: %v", err)
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

func TestActionsEndOnCancelAndLoss(t *testing.T) {
	p := newPBX(t, amitest.Options{})
	s := connect(t, configFor(p))
	p.Lie(amitest.Lies{Mute: true})
	ctx, cancel := context.WithCancel(t.Context())
	asked := make(chan error, 2)
	go func() {
		_, err := s.Do(ctx, wire.NewAction("Ping"))
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
		_, err := s.List(t.Context(), wire.NewAction("Status"))
		asked <- err
	}()
	if _, err := p.WaitAction(ctxOf(t), "Status", 1); err != nil {
		t.Fatal(err)
	}
	p.Cut()
	if err := take(t, "the end of the wait", asked); !errors.Is(err, ami.ErrLost) {
		t.Errorf("connection lost: got %v", err)
	}
	if _, err := s.Do(t.Context(), wire.NewAction("Ping")); !errors.Is(err, ami.ErrLost) {
		t.Errorf("an action on an ended session: %v", err)
	}
}

// No event is dropped silently: the session ends with the reason, and the queue can still be read.
func TestOverflowDropsTheConnection(t *testing.T) {
	p := newPBX(t, amitest.Options{})
	cfg := configFor(p)
	cfg.Queue = 10
	s := connect(t, cfg)
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
}

func TestTLS(t *testing.T) {
	server, roots := certificate(t)
	p := newPBX(t, amitest.Options{TLS: server})
	cfg := configFor(p)
	cfg.TLS = &tls.Config{RootCAs: roots}
	s := connect(t, cfg)
	if _, err := s.Do(ctxOf(t), wire.NewAction("Ping")); err != nil {
		t.Error(err)
	}
	cfg.TLS = &tls.Config{RootCAs: x509.NewCertPool()}
	var unknown x509.UnknownAuthorityError
	if err := refused(t, cfg); !errors.As(err, &unknown) {
		t.Errorf("an unknown authority: %v", err)
	}
}

// certificate makes an authority and its server certificate for 127.0.0.1.
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

func TestAsteriskTooOld(t *testing.T) {
	for _, version := range []string{"1.1", "1.3"} {
		p := newPBX(t, amitest.Options{Banner: "Asterisk Call Manager/" + version})
		err := refused(t, configFor(p))
		var old *ami.UnsupportedError
		if !errors.As(err, &old) || old.Version != version ||
			!strings.Contains(err.Error(), "Asterisk 12 or newer is needed") {
			t.Errorf("%s: %v", version, err)
		}
		if got := p.Received(); len(got) != 0 {
			t.Errorf("%s: it got %v", version, got)
		}
	}
	for _, version := range []string{"2.0.0", "11.0.0", "99.1", "certified/18.9"} {
		p := newPBX(t, amitest.Options{Banner: "Asterisk Call Manager/" + version})
		if s := connect(t, configFor(p)); s.Version() != version {
			t.Errorf("got %q", s.Version())
		}
	}
}

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

func TestStalledPBX(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, cfg := unplugged(t, amitest.Options{WriteTimeout: time.Hour})
		first := connect(t, cfg)
		time.Sleep(10 * time.Minute)
		if err := first.Err(); err != nil {
			t.Fatalf("a quiet PBX was dropped: %v", err)
		}
		p.Stall()
		began := time.Now()
		<-first.Done()
		if took := time.Since(began); took > 40*time.Second || !errors.Is(first.Err(), ami.ErrStalled) {
			t.Errorf("ended after %s: %v", took, first.Err())
		}
		p.Resume()
	})
}

// A PBX that answers a Ping late has sent events late, too.
func TestDelayedPBX(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, cfg := unplugged(t, amitest.Options{WriteTimeout: time.Hour})
		s := connect(t, cfg)
		time.Sleep(time.Minute + 2*time.Second)
		if difference, ok := s.Clock(); !ok || difference.Abs() > time.Millisecond {
			t.Errorf("the clocks differ by %s, measured %t", difference, ok)
		}
		if since := s.Delayed(); !since.IsZero() {
			t.Errorf("delayed since %s ago", time.Since(since))
		}
		p.Stall()
		stalled := time.Now()
		time.Sleep(9 * time.Second)
		late := func() {
			t.Helper()
			since := s.Delayed()
			if since.After(stalled) || stalled.Sub(since) > cmp.Or(cfg.KeepAlive, 5*time.Second) {
				t.Errorf("stalled %s ago, delayed since %s ago", time.Since(stalled), time.Since(since))
			}
		}
		late()
		p.Resume()
		synctest.Wait()
		late()
		time.Sleep(2 * time.Second)
		if since := s.Delayed(); !since.IsZero() {
			t.Errorf("still delayed, since %s ago", time.Since(since))
		}
	})
}

func TestNoGreeting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, cfg := unplugged(t, amitest.Options{})
		p.Lie(amitest.Lies{Silent: true})
		if _, err := ami.Connect(t.Context(), cfg); !errors.Is(err, ami.ErrStalled) || ami.Permanent(err) {
			t.Errorf("got %v", err)
		}
	})
}

func TestActionTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, cfg := unplugged(t, amitest.Options{})
		s := connect(t, cfg)
		p.Lie(amitest.Lies{Mute: true})
		began := time.Now()
		_, err := s.List(t.Context(), wire.NewAction("Status"))
		if err == nil || !strings.Contains(err.Error(), "Status") || time.Since(began) != 15*time.Second {
			t.Errorf("got %v after %s", err, time.Since(began))
		}
	})
}

func TestCutInMidEvent(t *testing.T) {
	p := newPBX(t, amitest.Options{})
	s := connect(t, configFor(p))
	p.Send(amitest.NewEvent("Hangup", "call", "Uniqueid", "1"))
	p.Cut()
	if m := take(t, "the event before the cut", s.Events()); m.Get("Uniqueid") != "1" {
		t.Errorf("got %v", m)
	}
	if m, more := <-s.Events(); more {
		t.Errorf("half an event was delivered: %v", m)
	}
	if err := s.Err(); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("the reason is %v", err)
	}
}

// The end of a connection is no sign of life: it may come from what is between, much later.
func TestHeard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, cfg := unplugged(t, amitest.Options{})
		s := connect(t, cfg)
		time.Sleep(7 * time.Second)
		p.Send(amitest.NewEvent("Hangup", "call"))
		synctest.Wait()
		sent := time.Now()
		if heard := s.Heard(); !heard.Equal(sent) {
			t.Errorf("heard of %s ago", sent.Sub(heard))
		}
		time.Sleep(time.Second)
		p.Drop()
		<-s.Done()
		if heard := s.Heard(); !heard.Equal(sent) {
			t.Errorf("heard of %s after the last event", heard.Sub(sent))
		}
	})
}
