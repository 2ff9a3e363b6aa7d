package config

import (
	"strings"
	"testing"

	"traybell/hub/config/document"
)

func TestSettingsThatNeedARestart(t *testing.T) {
	running, next := Default(), Default()
	next.Listen, next.TLS = "127.0.0.1:1", TLS{Mode: TLSFiles, Cert: "a", Key: "b"}
	next.Log.Format, next.Log.Folder = LogJSON, "/var/log"
	next.Agents = []Agent{{Login: "anna", Password: document.NewSecret("a")}}
	now, waiting := next.After(running)
	if got := strings.Join(waiting, " "); got != "listen tls.mode log.format" {
		t.Errorf("these wait: %s", got)
	}
	if now.Listen != running.Listen || now.TLS != running.TLS || now.Log.Format != LogText ||
		now.Log.Folder != "/var/log" || len(now.Agents) != 1 || next.Listen != "127.0.0.1:1" {
		t.Errorf("%+v", now)
	}
	if got := strings.Join(Changed(running, now), " "); got != "log.folder agents" {
		t.Errorf("these changed: %s", got)
	}
	again := *next
	again.Agents = []Agent{{Login: "anna", Password: document.NewSecret("b")}}
	if got := strings.Join(Changed(next, &again), " "); got != "agents" {
		t.Errorf("a password: %s", got)
	}
	if got := Changed(next, next); got != nil {
		t.Errorf("nothing: %s", got)
	}
}
