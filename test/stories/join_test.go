package stories

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"traybell/desktop/settings"
	"traybell/hub/certificate"
	"traybell/hub/cmd"
)

// A desktop accepts the link that the hub prints for an extension, with the hub's fingerprint.
func TestJoinLink(t *testing.T) {
	dir := t.TempDir()
	joinLink := func(listen, more, extension, server string) (string, error) {
		t.Helper()
		path := filepath.Join(dir, "hub.yml")
		text := "listen: " + listen +
			"\ndata_dir: .\nregion: RU\npbx: [{id: main, address: \"127.0.0.1:5038\", username: otrs, password: " +
			"secret}]\n" +
			"agents: [{login: anna, extensions: [\"101\", \"201\"], password: \"" + hash(t, "anna's") + "\"}]\n" + more
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		args := []string{"join-link", "-c", path, extension}
		if server != "" {
			args = append(args, "--server", server)
		}
		var out strings.Builder
		err := cmd.Run(t.Context(), "test", args, &out, io.Discard)
		return strings.TrimSpace(out.String()), err
	}
	if _, err := joinLink("0.0.0.0:11010", "", "101", "hub.example.com"); err == nil ||
		!strings.Contains(err.Error(), "start the hub once") {
		t.Errorf("before the first start: %v", err)
	}
	own, err := certificate.Own(dir)
	if err != nil {
		t.Fatal(err)
	}
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		listen, more, server, extension string
		want                            settings.Join
	}{
		{"0.0.0.0:11010", "", "hub.example.com", "101", settings.Join{Server: "hub.example.com", Port: 11010}},
		{"0.0.0.0:11020", "", "", "201", settings.Join{Server: host, Port: 11020}},
		{"10.0.0.5:11010", "", "", "101", settings.Join{Server: "10.0.0.5", Port: 11010}},
		{"10.0.0.5:11010", "", "hub:443", "101", settings.Join{Server: "hub", Port: 443}},
		{
			"10.0.0.5:11010", "public_url: https://calls.example.com\n", "", "101",
			settings.Join{Server: "calls.example.com", Port: 443},
		},
	} {
		link, err := joinLink(test.listen, test.more, test.extension, test.server)
		if err != nil {
			t.Fatal(err)
		}
		got, wrong := settings.ParseJoin(link)
		test.want.Extension, test.want.Fingerprint = test.extension, own.Fingerprint
		if wrong != nil || got != test.want {
			t.Errorf("%s: got %+v, %+v, want %+v", link, got, wrong, test.want)
		}
		if strings.Contains(strings.ToLower(link), "password") {
			t.Errorf("%s contains a password", link)
		}
	}
	if _, err := joinLink("0.0.0.0:11010", "", "999", ""); err == nil ||
		!strings.Contains(err.Error(), "999") {
		t.Errorf("unknown extension: %v", err)
	}
}
