//go:build e2e

package e2e

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"traybell/hub/app"
	"traybell/hub/compile"
	"traybell/hub/signin"
	"traybell/shared/protocol"
	"traybell/test/e2e/phones"
	"traybell/test/lab"
	"traybell/test/terminal"

	"github.com/chromedp/chromedp"
)

// pbxDesk is a hub on a real PBX with a dialplan in FreePBX's shape.
type pbxDesk struct {
	*testing.T
	ctx     context.Context
	pbx     *lab.Asterisk
	yaml    string // of hub.yml: a format with the address of AMI, its password, a hash and more
	monitor string // folder of the PBX's recordings
	dir     string
	hash    string
	hub     *app.App
	trunk   *phones.Trunk
	anna    *phones.Phone
}

func newPBXDesk(ctx context.Context, t *testing.T, version, yaml string) *pbxDesk {
	t.Helper()
	d := &pbxDesk{T: t, ctx: ctx, yaml: yaml, dir: t.TempDir(), pbx: lab.StartAsterisk(t, version)}
	var err error
	d.monitor, err = d.pbx.Monitor(ctx)
	d.must(err)
	d.must(os.RemoveAll(d.monitor)) // recordings of an earlier test
	d.trunk, err = phones.ListenTrunk("127.0.1.60")
	d.must(err)
	t.Cleanup(func() { _ = d.trunk.Close() })
	d.anna, err = phones.Listen("201", "127.0.1.201")
	d.must(err)
	t.Cleanup(func() { _ = d.anna.Close() })
	d.hash, err = signin.Hash(password)
	d.must(err)
	t.Cleanup(func() {
		if d.hub != nil {
			_ = d.hub.Stop()
		}
	})
	return d
}

func (d *pbxDesk) must(err error) {
	d.Helper()
	if err != nil {
		d.Fatal(err)
	}
}

// serve starts the hub, or restarts it, with more in hub.yml.
func (d *pbxDesk) serve(more ...any) {
	d.Helper()
	if d.hub != nil {
		d.must(d.hub.Stop())
	}
	file := filepath.Join(d.dir, "hub.yml")
	d.must(os.WriteFile(file,
		fmt.Appendf(nil, d.yaml, append([]any{lab.AMI, lab.AMIPassword, d.hash}, more...)...), 0o600))
	cfg, err := compile.Load(file)
	d.must(err)
	d.hub, err = app.New(d.ctx, app.Options{
		Config: cfg, Version: "test", Log: slog.New(slog.NewTextHandler(d.Output(), nil)),
	})
	d.must(err)
	d.must(d.hub.Start(d.ctx))
}

// desk is an agent's terminal.
type desk struct {
	*pbxDesk
	*terminal.Terminal
	calls   map[string]protocol.Call
	updates int // of calls
}

// signIn signs an agent in when the hub has the PBX.
func (d *pbxDesk) signIn(extension string) *desk {
	d.Helper()
	at, opened, err := terminal.SignIn(d.ctx, d.hub.Addr(), extension, password)
	d.must(err)
	d.Cleanup(func() { _ = at.CloseNow() })
	x := &desk{pbxDesk: d, Terminal: at, calls: map[string]protocol.Call{}}
	for _, c := range opened.Calls {
		x.calls[c.ID] = c
	}
	working := slices.ContainsFunc(opened.PBXs, func(p protocol.PBX) bool { return p.State == protocol.PBXWorking })
	for !working {
		m := x.next()
		var p protocol.PBX
		if m.Name == protocol.PBXEvent {
			d.must(m.Decode(&p))
			working = p.State == protocol.PBXWorking
		}
	}
	return x
}

func (x *desk) next() protocol.Message {
	x.Helper()
	m, err := x.Next(x.ctx)
	if err != nil {
		x.Fatalf("%v\ncalls: %+v", err, x.calls)
	}
	if m.Name == protocol.CallEvent {
		var c protocol.Call
		x.must(m.Decode(&c))
		x.calls[c.ID] = c
		x.updates++
	}
	return m
}

// sees waits for a call.
func (x *desk) sees(so func(c protocol.Call) bool) protocol.Call {
	x.Helper()
	for {
		for _, c := range x.calls {
			if so(c) {
				return c
			}
		}
		x.next()
	}
}

// act sends an action, and returns the answer.
func (x *desk) act(name string, data any) protocol.Message {
	x.Helper()
	id, err := x.Send(x.ctx, name, data)
	x.must(err)
	for {
		m := x.next()
		if m.Re != id {
			continue
		}
		if m.Type == protocol.Error {
			x.Fatalf("%s: %s", name, m.Data)
		}
		return m
	}
}

// visitor is somebody at the hub's pages.
type visitor struct {
	*pbxDesk
	client *http.Client
}

// visits signs somebody in; the empty name is a stranger.
func (d *pbxDesk) visits(name string) *visitor {
	d.Helper()
	jar, err := cookiejar.New(nil)
	d.must(err)
	v := &visitor{d, &http.Client{
		Jar: jar, Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	d.Cleanup(v.client.CloseIdleConnections)
	if name != "" {
		form := url.Values{"name": {name}, "password": {password}}.Encode()
		req, err := http.NewRequestWithContext(d.ctx, http.MethodPost, d.root()+"/sign-in", strings.NewReader(form))
		d.must(err)
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		resp, err := v.client.Do(req)
		d.must(err)
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusSeeOther {
			d.Fatalf("%s signs in: %s", name, resp.Status)
		}
	}
	return v
}

func (d *pbxDesk) root() string { return "https://" + d.hub.Addr() }

// get returns the status of a page, or of a part of a file, and its body.
func (v *visitor) get(path, part string) (status int, body []byte) {
	v.Helper()
	req, err := http.NewRequestWithContext(v.ctx, http.MethodGet, v.root()+path, nil)
	v.must(err)
	if part != "" {
		req.Header.Set("Range", part)
	}
	resp, err := v.client.Do(req)
	v.must(err)
	defer resp.Body.Close()
	body, err = io.ReadAll(resp.Body)
	v.must(err)
	return resp.StatusCode, body
}

// chromium opens a page in a browser, signed in as somebody.
func (d *pbxDesk) chromium(name, path string) *browser {
	d.Helper()
	b := newBrowser(d.ctx, d.T)
	b.do(chromedp.Navigate(d.root()+path), chromedp.WaitVisible(`input[name=name]`),
		chromedp.SendKeys(`input[name=name]`, name), chromedp.SendKeys(`input[name=password]`, password+"\r"))
	return b
}
