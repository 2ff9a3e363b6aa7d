package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"traybell/hub/ami/amitest"
	"traybell/hub/signin"
	"traybell/shared/protocol"
	"traybell/test/terminal"

	"github.com/cenkalti/backoff/v5"
)

const (
	fewAtOnce     = 32                     // of those with a cheap hash
	strangers     = 200                    // agents who sign in meanwhile
	strangerEvery = 250 * time.Millisecond // one of them
)

// back measures how long all desktops take to come back after the hub was killed, and how long an
// agent meanwhile waits who signs in for the first time. The reference is the first sign-in of some
// of them, whose passwords have the usual hash; the others have a cheap one, which saves minutes:
// with a token none is verified, as the hub's metric shows. The hub is a separate process.
func back(ctx context.Context, desktops, passwords int, profile string) error {
	passwords = min(passwords, desktops)
	if err := roomFor(desktops + strangers); err != nil {
		return err
	}
	pbx, err := amitest.New(amitest.Options{})
	if err != nil {
		return err
	}
	defer pbx.Close()
	dir, err := os.MkdirTemp("", "traybell-measure-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	address, err := freePort(ctx)
	if err != nil {
		return err
	}
	usual, err := signin.Hash(password)
	if err != nil {
		return err
	}
	cheap, err := cheapHash()
	if err != nil {
		return err
	}
	config, err := writeHub(dir, address, pbx.Addr(), desktops+strangers, func(n int) string {
		if n < passwords || n >= desktops {
			return usual
		}
		return cheap
	})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	h := &herd{address: address, states: make(chan bool, desktops)}
	var work sync.WaitGroup
	defer work.Wait()
	defer cancel()
	hub, err := startChild(ctx, "child-hub", "-config", config)
	if err != nil {
		return err
	}
	signIn := func(from, to int) (time.Duration, error) {
		begun := time.Now()
		for i := from; i < to; i++ {
			work.Go(func() { h.desktop(ctx, firstExtension+i) })
		}
		err := h.await(ctx, to-from)
		return time.Since(begun), err
	}
	first, err := signIn(0, passwords)
	if err != nil {
		return err
	}
	for n := passwords; n < desktops; n += fewAtOnce {
		if _, err := signIn(n, min(n+fewAtOnce, desktops)); err != nil {
			return err
		}
	}

	begun := time.Now()
	if err := hub.cmd.Process.Kill(); err != nil {
		return err
	}
	_ = hub.cmd.Wait() // killed
	if err := h.await(ctx, -desktops); err != nil {
		return err
	}
	if hub, err = startChild(ctx, "child-hub", "-config", config, "-profile", profile); err != nil {
		return err
	}
	if _, err := hub.ask("profile"); err != nil {
		return err
	}
	defer func() { cancel(); _ = hub.cmd.Wait() }()
	mine, err := cpuTime(os.Getpid())
	if err != nil {
		return err
	}
	h.failed.Store(0)
	newcomers, stop := context.WithCancel(ctx)
	waits := make(chan []time.Duration, 1)
	go func() { waits <- h.strangers(newcomers, firstExtension+desktops) }()
	err = h.await(ctx, desktops)
	again := time.Since(begun)
	mineAfter, wrong := cpuTime(os.Getpid())
	stop()
	waited := result{times: <-waits}
	if err = errors.Join(err, wrong); err != nil {
		return err
	}
	slices.Sort(waited.times)
	verified, err := passwordsVerified(ctx, address)
	if err != nil {
		return err
	}
	cpu, err := cpuTime(hub.pid())
	if err != nil {
		return err
	}
	if _, err := hub.ask("write"); err != nil {
		return err
	}

	fmt.Printf("%d desktops over TLS in one process, the hub in another; load %s\n\n", desktops, loadAverage())
	fmt.Printf("first sign-in of %d, each password verified: %.1f s; of all at this rate: %.0f s\n", passwords,
		first.Seconds(), first.Seconds()*float64(desktops)/float64(passwords))
	fmt.Printf("all back after a kill, with tokens: %.1f s, %d attempts failed, %d passwords verified\n",
		again.Seconds(), h.failed.Load(), verified)
	fmt.Printf("CPU time: %.1f s of the hub with its start, %.1f s of the desktops\n", cpu.Seconds(),
		(mineAfter - mine).Seconds())
	fmt.Printf("meanwhile %d agents signed in for the first time: p50 %s, worst %s\n", len(waited.times),
		waited.at(0.5), waited.at(1))
	return ctx.Err()
}

func freePort(ctx context.Context) (address string, err error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// passwordsVerified reads the metric of that name.
func passwordsVerified(ctx context.Context, address string) (n int, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+address+"/metrics", http.NoBody)
	if err != nil {
		return 0, err
	}
	web := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	defer web.CloseIdleConnections()
	response, err := web.Do(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	for lines := bufio.NewScanner(response.Body); lines.Scan(); {
		if value, ok := strings.CutPrefix(lines.Text(), "traybell_passwords_verified_total "); ok {
			return strconv.Atoi(value)
		}
	}
	return 0, errors.New("/metrics has no traybell_passwords_verified_total")
}

// herd are desktops that keep a connection.
type herd struct {
	address string
	states  chan bool    // a desktop signed in, or lost its connection
	failed  atomic.Int64 // attempts to sign in
}

// await waits until that many desktops have signed in, or with a negative number are gone.
func (h *herd) await(ctx context.Context, change int) error {
	for n := 0; n != change; {
		select {
		case in := <-h.states:
			if in {
				n++
			} else {
				n--
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// desktop signs in, with the last token if there is one, and reconnects as the desktop program does.
func (h *herd) desktop(ctx context.Context, extension int) {
	open := openFor(extension)
	pauses := &backoff.ExponentialBackOff{
		InitialInterval: 500 * time.Millisecond, RandomizationFactor: 0.5, Multiplier: 2, MaxInterval: 20 * time.Second,
	}
	pauses.Reset()
	for ctx.Err() == nil {
		t, opened, err := h.open(ctx, open)
		if err != nil {
			h.failed.Add(1)
			pause := pauses.NextBackOff()
			if closed := new(terminal.ClosedError); errors.As(err, &closed) {
				pause += time.Duration(closed.Wait) * time.Second
			}
			select {
			case <-time.After(pause):
			case <-ctx.Done():
			}
			continue
		}
		pauses.Reset()
		open.Token = opened.Token
		h.states <- true
		for err == nil {
			_, err = t.Next(ctx)
		}
		_ = t.CloseNow()
		h.states <- false
	}
}

// open signs in as patiently as the desktop program.
func (h *herd) open(ctx context.Context, open protocol.OpenSession) (
	*terminal.Terminal, protocol.OpenedSession, error,
) {
	ctx, cancel := context.WithTimeout(ctx, 40*time.Second)
	defer cancel()
	return terminal.Open(ctx, h.address, terminal.Options{}, open)
}

// strangers signs in agents one after the other, from another address and without a token, until
// ctx ends. It returns how long each waited.
func (h *herd) strangers(ctx context.Context, first int) (waits []time.Duration) {
	tick := time.NewTicker(strangerEvery)
	defer tick.Stop()
	options := terminal.Options{Local: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}}
	for i := range strangers {
		begun := time.Now()
		for ctx.Err() == nil {
			t, _, err := terminal.Open(ctx, h.address, options, openFor(first+i))
			if err == nil {
				waits = append(waits, time.Since(begun))
				_ = t.CloseNow()
				break
			}
			time.Sleep(100 * time.Millisecond)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return waits
		}
	}
	return waits
}

func openFor(extension int) protocol.OpenSession {
	number := strconv.Itoa(extension)
	return protocol.OpenSession{
		Protocol: protocol.Version, Extension: number, Password: password, Client: protocol.Client{Desktop: number},
	}
}
