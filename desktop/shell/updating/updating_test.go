package updating

import (
	"crypto/ed25519"
	"log/slog"
	"net/http"
	"net/url"
	"testing"

	"traybell/desktop/settings"
	"traybell/desktop/ui"
	"traybell/desktop/ui/uitest"
	"traybell/shared/protocol"

	"github.com/google/go-cmp/cmp"
)

func TestMenuMentionsANewerVersion(t *testing.T) {
	policy := protocol.UpdatesNotify
	var opened []string
	u := New(Config{
		Context: t.Context(), Log: slog.New(slog.DiscardHandler), Texts: uitest.English(t), Version: "v1.2.0",
		Keys: []ed25519.PublicKey{make([]byte, 32)}, Post: func(f func()) { f() },
		Settings: func() settings.Effective { return settings.Effective{Updates: policy} },
		Hub: func() (*http.Client, *url.URL) {
			return http.DefaultClient, &url.URL{Scheme: "https", Host: "hub:11010"}
		},
		Browse: func(page string) { opened = append(opened, page) },
	})
	u.program = "" // as if an administrator had installed it
	for _, c := range []struct {
		offered string
		policy  protocol.Updates
		own     bool
		want    ui.Newer
	}{
		{"", protocol.UpdatesNotify, true, ui.Newer{}},
		{"v1.2.0", protocol.UpdatesNotify, true, ui.Newer{}},
		{"v1.1.9", protocol.UpdatesInstall, true, ui.Newer{}},
		{"v1.3.0", protocol.UpdatesOff, true, ui.Newer{}},
		{"v1.3.0", protocol.UpdatesNotify, true, ui.Newer{Version: "1.3.0"}},
		{"v1.3.0", protocol.UpdatesInstall, true, ui.Newer{Version: "1.3.0", Install: true}},
		{"v1.3.0", protocol.UpdatesInstall, false, ui.Newer{Version: "1.3.0"}},
		{"v1.3.0", "", true, ui.Newer{Version: "1.3.0"}},
	} {
		policy, u.program = c.policy, ""
		if c.own {
			u.program = "/home/anna/traybell"
		}
		u.Offer(c.offered)
		if got := u.Menu(); got != c.want {
			t.Errorf("%+v: %+v", c, got)
		}
	}
	policy, u.program = protocol.UpdatesInstall, ""
	u.Press()
	policy = protocol.UpdatesOff
	u.Press()
	if d := cmp.Diff([]string{"https://hub:11010/get"}, opened); d != "" {
		t.Error(d)
	}
}

func TestProgramStartsAgainWithoutLinks(t *testing.T) {
	got := Arguments([]string{
		"--config", "/home/anna/x", "--open", "calls", "--verbose", "--open=about", "--hub=h:1", "traybell://join?x",
	})
	if d := cmp.Diff([]string{"--config", "/home/anna/x", "--verbose", "--hub=h:1"}, got); d != "" {
		t.Error(d)
	}
	if got := Arguments([]string{"--plain", "--", "tel:112"}); len(got) != 1 {
		t.Error(got)
	}
}
