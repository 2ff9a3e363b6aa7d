package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"strings"
	"sync"
	"time"

	"traybell/hub/ami/amitest"
	"traybell/hub/app"
	"traybell/hub/certificate"
	"traybell/hub/config"
	"traybell/shared/protocol"

	"github.com/alexedwards/argon2id"
	"github.com/coder/websocket"
)

const password = "measure"

// newChildHub is a childHub with one agent per desktop.
func newChildHub(ctx context.Context, pbx string, desktops int, profile string) error {
	dir, err := os.MkdirTemp("", "traybell-measure-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	hash, err := cheapHash()
	if err != nil {
		return err
	}
	path, err := writeHub(dir, "127.0.0.1:0", pbx, desktops, func(int) string { return hash })
	if err != nil {
		return err
	}
	return childHub(ctx, path, profile)
}

// cheapHash is a hash for measurements without the time of sign-ins.
func cheapHash() (string, error) {
	return argon2id.CreateHash(password,
		&argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32})
}

// childHub is a complete hub with the hub.yml at path.
func childHub(ctx context.Context, path, profile string) error {
	cfg, err := config.Load(path)
	if err != nil {
		return err
	}
	reload := make(chan os.Signal, 1)
	hub, err := app.New(ctx, app.Options{
		Config: cfg, Version: "measure", Log: slog.New(slog.DiscardHandler), File: path, ReloadNow: reload,
	})
	if err != nil {
		return err
	}
	if err := hub.Start(ctx); err != nil {
		return err
	}
	fmt.Println(hub.Addr())
	go obey(profile, func(urls []string) error {
		defer func() { reload <- os.Interrupt }()
		return setWebhooks(path, urls)
	})
	<-ctx.Done()
	return hub.Stop() //nolint:contextcheck // ctx is over: stopping has its own time
}

// obey carries out the commands of the parent, a line each, and answers each by a line: "memory" by
// the bytes and objects allocated since the start and the collections; "profile" begins profiles,
// "write" writes them to files whose names begin with prefix, which may be empty: no profiles;
// "webhooks" with URLs has the hub send its events there.
func obey(prefix string, setWebhooks func(urls []string) error) {
	var cpu *os.File
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		var err error
		switch command := lines.Text(); {
		case strings.HasPrefix(command, "webhooks"):
			err = setWebhooks(strings.Fields(command)[1:])
		case command == "memory":
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			fmt.Println(m.TotalAlloc, m.Mallocs, m.NumGC)
			continue
		case prefix == "":
		case command == "profile":
			runtime.MemProfileRate = 64 << 10
			if cpu, err = os.Create(prefix + ".cpu"); err == nil {
				err = pprof.StartCPUProfile(cpu)
			}
		case command == "write":
			pprof.StopCPUProfile()
			err = errors.Join(cpu.Close(), writeAllocations(prefix+".allocs"))
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "measure:", err)
		}
		fmt.Println()
	}
}

func writeAllocations(path string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return pprof.Lookup("allocs").WriteTo(f, 0)
}

// writeHub writes a hub.yml with one agent per desktop and returns its path. hash returns the hash
// of the nth password.
func writeHub(dir, listen, pbx string, desktops int, hash func(n int) string) (string, error) {
	data := filepath.Join(dir, "data") // apart, as on a server: what is written there is no change of hub.yml
	if err := os.MkdirAll(data, 0o700); err != nil {
		return "", err
	}
	var text strings.Builder
	fmt.Fprintf(&text, "listen: %s\ndata_dir: %s\nlimits: {clients: %d}\n", listen, data, desktops+10)
	fmt.Fprintf(&text, "pbx:\n  - {id: main, address: %q, username: %q, password: %q}\nagents:\n", pbx,
		amitest.Username, amitest.Secret)
	for i := range desktops {
		fmt.Fprintf(&text,
			"  - {login: agent%d, name: Agent %d, extensions: [\"%d\"], rights: [ticket], password: %q}\n", i, i,
			firstExtension+i, hash(i))
	}
	path := filepath.Join(dir, "hub.yml")
	return path, os.WriteFile(path, []byte(text.String()), 0o600)
}

// setWebhooks replaces the webhooks of a hub.yml of writeHub.
func setWebhooks(path string, urls []string) error {
	const section = "webhooks:\n"
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, _, _ := strings.Cut(string(text), section)
	if len(urls) > 0 {
		before += section
	}
	for i, url := range urls {
		before += fmt.Sprintf("  - {name: receiver%d, url: %q, secret: %s}\n", i, url,
			"whsec_c2l4dGVlbiBieXRlcyBvciBtb3JlIG9mIG5vaXNl")
	}
	return os.WriteFile(path, []byte(before), 0o600)
}

// childRelay forwards each DialBegin to the WebSocket of the dialled extension, and does nothing
// else.
func childRelay(ctx context.Context, pbx string) error {
	dir, err := os.MkdirTemp("", "traybell-measure-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	own, err := certificate.Own(dir)
	if err != nil {
		return err
	}
	l, err := tls.Listen("tcp", "127.0.0.1:0",
		&tls.Config{Certificates: []tls.Certificate{own.Certificate}, MinVersion: tls.VersionTLS12})
	if err != nil {
		return err
	}
	r := &relay{conns: map[string]*websocket.Conn{}}
	server := &http.Server{Handler: r, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(l) }()
	defer server.Close()
	fmt.Println(l.Addr())
	go obey("", nil)
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
