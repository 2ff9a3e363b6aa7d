package agents

import (
	"encoding/json"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"traybell/shared/protocol"
	"traybell/test/terminal"

	"github.com/coder/websocket"
)

func TestFirstMessageMustBeSessionOpen(t *testing.T) {
	p := start(t, Options{}, &fakeHub{})
	open := func(change func(*protocol.OpenSession)) string {
		o := annas
		change(&o)
		m, _ := protocol.New(protocol.Action, protocol.SessionOpen, o)
		m.ID = "1"
		raw, _ := json.Marshal(m)
		return string(raw)
	}
	for name, c := range map[string]struct{ frame, re, text string }{
		"no JSON":   {"GET / HTTP/1.1", "", "not ACP"},
		"no object": {`[1]`, "", "not ACP"},
		"no UTF-8":  {"{\"type\":\"\xff\"}", "", "UTF-8"},
		"no name":   {`{"type":"action"}`, "", "no name"},
		"no id":     {`{"type":"action","name":"session.open","data":{}}`, "", "no id"},
		"long id": {
			`{"type":"action","name":"session.open","id":"` + strings.Repeat("я", 100) + `","data":{}}`,
			strings.Repeat("я", 32), "longer",
		},
		"another action": {`{"type":"action","name":"ticket.create","id":"1","data":{}}`, "1", "first message"},
		"an event":       {`{"type":"event","name":"session.open","id":"1","data":{}}`, "1", "must send actions"},
		"no data":        {`{"type":"action","name":"session.open","id":"1"}`, "1", "session.open"},
		"wrong data": {
			`{"type":"action","name":"session.open","id":"1","data":{"protocol":"x"}}`, "1", "session.open",
		},
		"too new":      {open(func(o *protocol.OpenSession) { o.Protocol = 2 }), "1", "hub uses ACP 1"},
		"no extension": {open(func(o *protocol.OpenSession) { o.Extension = "" }), "1", "extension in session.open"},
		"too long":     {open(func(o *protocol.OpenSession) { o.Client.OS = strings.Repeat("x", 99) }), "1", "longer"},
		"too large": {open(func(o *protocol.OpenSession) {
			o.Password = strings.Repeat("x", 10_000)
		}), "", "at most"},
	} {
		t.Run(name, func(t *testing.T) {
			k := p.terminal()
			k.t = t
			k.raw(websocket.MessageText, c.frame)
			if f := k.failed(protocol.Invalid, c.re); !strings.Contains(f.Text, c.text) || f.Retry {
				t.Errorf("%+v", f)
			}
			k.closed(protocol.CloseInvalid)
		})
	}
	t.Run("binary", func(t *testing.T) {
		k := p.terminal()
		k.t = t
		k.raw(websocket.MessageBinary, open(func(*protocol.OpenSession) {}))
		k.failed(protocol.Invalid, "")
		k.closed(protocol.CloseInvalid)
	})
	if c := p.server.Counters(); c.Opened != 0 || c.Invalid != 15 {
		t.Errorf("%+v", c)
	}
}

func TestInvalidMessagesKeepTheSession(t *testing.T) {
	hub := &fakeHub{}
	p := start(t, Options{}, hub)
	k := p.terminal().in()
	k.raw(websocket.MessageText, "{")
	k.failed(protocol.Invalid, "")
	k.raw(websocket.MessageText, `{"type":"event","name":"call","id":"2","data":{}}`)
	k.failed(protocol.Invalid, "2")
	k.send(protocol.SessionOpen, "3", annas)
	k.failed(protocol.Invalid, "3")
	k.send(strings.Repeat("n", 60_000), "long", struct{}{})
	if f := k.failed(protocol.Invalid, "long"); len(f.Text) > 200 {
		t.Errorf("a huge name comes back in %d bytes", len(f.Text))
	}
	k.send(protocol.CallShown, "4", protocol.ShownCall{Call: "main:1"})
	if m := k.receive(); m.Name != protocol.Accepted || m.Re != "4" {
		t.Errorf("%+v", m)
	}
	want := []command{{protocol.CallShown, "anna", protocol.ShownCall{Call: "main:1"}}}
	if !reflect.DeepEqual(hub.commands, want) {
		t.Errorf("the hub got %+v", hub.commands)
	}
	k.send(protocol.CategorySet, "5", protocol.SetCategory{Comment: strings.Repeat("x", protocol.MaxMessage)})
	k.failed(protocol.Invalid, "")
	k.closed(protocol.CloseInvalid)
}

func TestSessionWithoutOpenTimesOut(t *testing.T) {
	p := start(t, Options{OpenWithin: 50 * time.Millisecond}, &fakeHub{})
	p.terminal().closed(protocol.CloseTimeout)
}

func TestUnansweredPingClosesTheSession(t *testing.T) {
	p := start(t, Options{
		PingAfter: 50 * time.Millisecond, PongWithin: 50 * time.Millisecond, CloseWithin: 50 * time.Millisecond,
	}, &fakeHub{})
	k := p.terminal().in() // stops reading, so it sends no pong
	for deadline := time.Now().Add(patience); p.server.Online("anna") > 0; <-time.After(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the session is still there")
		}
	}
	if c := p.server.Counters(); c.Silent != 1 {
		t.Errorf("%+v", c)
	}
	k.closed(protocol.CloseTimeout)
}

func TestAnsweredPingsKeepTheSession(t *testing.T) {
	p := start(t, Options{PingAfter: 20 * time.Millisecond, PongWithin: patience}, &fakeHub{})
	k := p.terminal().in()
	pings := make(chan struct{}, 1000)
	go func() { // reading answers pings
		for {
			if _, _, err := k.Read(k.ctx); err != nil {
				close(pings)
				return
			}
			pings <- struct{}{}
		}
	}()
	deadline := time.Now().Add(300 * time.Millisecond) // fifteen times PingAfter
	for time.Now().Before(deadline) {
		select {
		case <-pings:
			t.Fatal("the session ended or sent a message")
		case <-time.After(20 * time.Millisecond):
		}
	}
	if p.server.Online("anna") != 1 {
		t.Error("the session ended")
	}
}

func TestForeignOriginIsRefused(t *testing.T) {
	p := start(t, Options{}, &fakeHub{})
	for origin, status := range map[string]int{
		"https://evil.example.com": http.StatusForbidden,
		"null":                     http.StatusForbidden,
		"https://" + p.at:          http.StatusSwitchingProtocols,
	} {
		conn, handshake, err := p.dial(terminal.Options{Header: http.Header{"Origin": {origin}}})
		if handshake.Status != status {
			t.Errorf("%s: %v", origin, err)
		}
		if conn != nil {
			_ = conn.CloseNow()
		}
	}
}

func TestNoWebSocketExtensionIsNegotiated(t *testing.T) {
	p := start(t, Options{}, &fakeHub{})
	conn, handshake, err := p.dial(terminal.Options{Header: http.Header{
		"Sec-Websocket-Extensions": {"permessage-deflate"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	_ = conn.CloseNow()
	if x := handshake.Header.Get("Sec-WebSocket-Extensions"); x != "" {
		t.Error(x)
	}
}

func TestFloodOfActionsIsLimitedThenClosed(t *testing.T) {
	p := start(t, Options{}, &fakeHub{})
	k := p.terminal().in()
	go func() {
		raw := []byte(`{"type":"action","name":"call.shown","id":"x","data":{"call":"main:1"}}`)
		for {
			if k.Write(k.ctx, websocket.MessageText, raw) != nil {
				return
			}
		}
	}()
	limited := 0
	for {
		m := k.receive()
		switch {
		case m.Name == protocol.SessionClosed:
			var c protocol.ClosedSession
			if err := m.Decode(&c); err != nil || c.Code != protocol.CloseBusy || c.Wait == 0 {
				t.Errorf("%s", m.Data)
			}
			if limited < refusalsBurst/2 {
				t.Errorf("closed after %d", limited)
			}
			return
		case m.Type == protocol.Error:
			limited++
		}
	}
}
