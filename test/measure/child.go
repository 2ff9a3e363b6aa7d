package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime/pprof"
	"strings"
	"sync"
	"time"

	"traybell/hub/agents"
	"traybell/hub/ami/amitest"
	"traybell/hub/app"
	"traybell/hub/config"
	"traybell/shared/protocol"

	"github.com/alexedwards/argon2id"
	"github.com/coder/websocket"
)

const password = "measure"

// childHub is a complete hub with one agent per desktop.
func childHub(ctx context.Context, pbx string, desktops int, profile string) error {
	if profile != "" {
		f, err := os.Create(profile)
		if err != nil {
			return err
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	dir, err := os.MkdirTemp("", "traybell-measure-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	path, err := writeHub(dir, pbx, desktops)
	if err != nil {
		return err
	}
	cfg, err := config.Load(path)
	if err != nil {
		return err
	}
	hub, err := app.New(ctx, app.Options{Config: cfg, Version: "measure", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	if err := hub.Start(ctx); err != nil {
		return err
	}
	fmt.Println(hub.Addr())
	<-ctx.Done()
	return hub.Stop() //nolint:contextcheck // ctx is over: stopping has its own time
}

// writeHub writes a hub.yml with one agent per desktop and returns its path.
func writeHub(dir, pbx string, desktops int) (string, error) {
	// The cheapest hash: the time of sign-ins is not measured.
	hash, err := argon2id.CreateHash(password,
		&argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32})
	if err != nil {
		return "", err
	}
	var text strings.Builder
	fmt.Fprintf(&text, "listen: 127.0.0.1:0\ndata_dir: %s\nlimits: {clients: %d}\n", dir, desktops+10)
	fmt.Fprintf(&text, "pbx:\n  - {id: main, address: %q, username: %q, password: %q}\nagents:\n", pbx,
		amitest.Username, amitest.Secret)
	for i := range desktops {
		fmt.Fprintf(&text,
			"  - {login: agent%d, name: Agent %d, extensions: [\"%d\"], rights: [ticket], password: %q}\n", i, i,
			firstExtension+i, hash)
	}
	path := filepath.Join(dir, "hub.yml")
	return path, os.WriteFile(path, []byte(text.String()), 0o600)
}

// childRelay forwards each DialBegin to the WebSocket of the dialled extension, and does nothing
// else.
func childRelay(ctx context.Context, pbx string) error {
	dir, err := os.MkdirTemp("", "traybell-measure-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	certificate, _, err := agents.OwnCertificate(dir)
	if err != nil {
		return err
	}
	l, err := tls.Listen("tcp", "127.0.0.1:0",
		&tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12})
	if err != nil {
		return err
	}
	r := &relay{conns: map[string]*websocket.Conn{}}
	server := &http.Server{Handler: r, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(l) }()
	defer server.Close()
	fmt.Println(l.Addr())
	return r.follow(ctx, pbx)
}

type relay struct {
	mu    sync.Mutex
	conns map[string]*websocket.Conn
}

func (r *relay) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	conn, err := websocket.Accept(w, q, nil)
	if err != nil {
		return
	}
	defer conn.CloseNow() //nolint:errcheck // the measurement is over
	_, raw, err := conn.Read(q.Context())
	if err != nil {
		return
	}
	m, err := protocol.Parse(raw)
	if err != nil {
		return
	}
	var open protocol.OpenSession
	if m.Decode(&open) != nil {
		return
	}
	r.mu.Lock()
	r.conns[open.Extension] = conn
	r.mu.Unlock()
	opened := []byte(`{"type":"event","name":"session.opened","data":{}}`)
	if conn.Write(q.Context(), websocket.MessageText, opened) != nil {
		return
	}
	for {
		if _, _, err := conn.Read(q.Context()); err != nil {
			return
		}
	}
}

// follow reads the PBX's lines and uses only the Linkedid and the channel of DialBegin. The frame
// is as long as the hub's.
func (r *relay) follow(ctx context.Context, pbx string) error {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", pbx)
	if err != nil {
		return err
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	if _, err := fmt.Fprintf(conn, "Action: Login\r\nUsername: %s\r\nSecret: %s\r\nEvents: call\r\n\r\n",
		amitest.Username, amitest.Secret); err != nil {
		return err
	}
	padding := strings.Repeat(" ", 600)
	dial, linkedid, channel := false, "", ""
	for lines := bufio.NewScanner(conn); lines.Scan(); {
		key, value, _ := strings.Cut(lines.Text(), ": ")
		switch {
		case key == "Event":
			dial = value == "DialBegin"
		case key == "Linkedid":
			linkedid = value
		case key == "DestChannel":
			channel = value
		case key == "" && dial:
			dial = false
			extension := strings.TrimPrefix(channel[:strings.LastIndexByte(channel, '-')], "PJSIP/")
			r.mu.Lock()
			to := r.conns[extension]
			r.mu.Unlock()
			if to != nil {
				_ = to.Write(ctx, websocket.MessageText,
					[]byte(`{"type":"event","name":"call","data":{"id":"main:`+linkedid+`"}}`+padding))
			}
		}
	}
	return nil
}
