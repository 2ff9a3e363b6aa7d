package cmd

import (
	"crypto/tls"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"testing"

	"traybell/hub/agents"
	"traybell/hub/ami/amitest"
)

func TestCheckFindsProblems(t *testing.T) {
	good := fmt.Sprintf(siteYAML, pbxYAML("main", newPBX(t, amitest.Options{}).Addr(), ""))
	for name, c := range map[string]struct{ old, new, want string }{
		"no problems":    {"", "", "OK"},
		"no such folder": {"data_dir: .", "data_dir: nowhere", "data_dir"},
		"bad template":   {"{{.Caller.Name}}", "{{.Caller.Nam}}", "Nam"},
		"wrong password": {amitest.Secret, "nonsense", "✗"},
		"no such file":   {"path: customers.csv", "path: clients.csv", "clients.csv"},
	} {
		t.Run(name, func(t *testing.T) {
			out, err := try(t, "check", "-c", site(t, strings.Replace(good, c.old, c.new, 1)))
			said := out + fmt.Sprint(err)
			if !strings.Contains(said, c.want) || (err == nil) != (name == "no problems") {
				t.Errorf("%s\nwant: %s", said, c.want)
			}
		})
	}
}

// A wrong PBX must not hide that tickets are impossible.
func TestCheckFindsLinesWithoutQueue(t *testing.T) {
	for templates, want := range map[string]bool{
		"support: {title: Call, queue: Raw}":                                     true,
		"support: {title: Call, queue: Raw}, default: {title: Call, queue: Raw}": false,
	} {
		out, err := try(t, "check", "-c", site(t, `data_dir: .
pbx: [`+pbxYAML("main", "127.0.0.1:1", "")+`]
tracking: [{number: "1", ticket: support}, {number: "*"}]
ticket_templates: {`+templates+`}
help_desk: {type: znuny, url: "http://127.0.0.1:1/otrs", username: traybell, password: hunter2}
`))
		if err == nil {
			t.Error("check accepts a PBX that is not there")
		}
		if said := strings.Contains(out, "✗ No tickets for tracking[1]: no queue is set."); said != want {
			t.Errorf("with %s: found %v\n%s", templates, said, out)
		}
	}
}

func TestCheckLocatesPBXProblems(t *testing.T) {
	main := newPBX(t, amitest.Options{})
	rights := newPBX(t, amitest.Options{
		Users: map[string]amitest.User{amitest.Username: {Secret: amitest.Secret, Read: []string{"call"}}},
	})
	old := newPBX(t, amitest.Options{Banner: "Asterisk Call Manager/1.1"})
	ssh := newPBX(t, amitest.Options{Banner: "SSH-2.0-OpenSSH_9.6"})
	refusing := newPBX(t, amitest.Options{})
	refusing.Lie(amitest.Lies{Refuse: true})
	folder := t.TempDir()
	cert, _, err := agents.OwnCertificate(folder)
	if err != nil {
		t.Fatal(err)
	}
	secure := newPBX(t, amitest.Options{
		TLS: &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12},
	})
	_, securePort, err := net.SplitHostPort(secure.Addr())
	if err != nil {
		t.Fatal(err)
	}
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := l.Addr().String()
	_ = l.Close()
	byName := "localhost:" + securePort // the name in the certificate
	for name, c := range map[string]struct{ entry, key, want string }{
		"closed port":    {pbxYAML("second", closed, ""), "address", "nothing listens there"},
		"wrong password": {pbxYAML("second", refusing.Addr(), ""), "username", "refuses to log in"},
		"no rights": {
			pbxYAML("second", rights.Addr(), ""), "username", `needs "write = call, system or reporting"`,
		},
		"too old": {pbxYAML("second", old.Addr(), ""), "address", "too old"},
		"SSH":     {pbxYAML("second", ssh.Addr(), ""), "address", "an SSH server answers there"},
		"name not in the certificate": {
			pbxYAML("second", secure.Addr(), ", tls: true"), "id", "use a name that is in the certificate",
		},
		"certificate not trusted": {pbxYAML("second", byName, ", tls: true"), "ca", "certificate"},
		"TLS": {
			pbxYAML("second", byName, ", tls: true, ca: "+filepath.Join(folder, "hub.pem")), "", "signed in",
		},
		"disabled": {pbxYAML("second", closed, ", enabled: false"), "", "not enabled"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := site(t, fmt.Sprintf(siteYAML, pbxYAML("main", main.Addr(), "")+",\n  "+c.entry))
			out, err := try(t, "check", "-c", path)
			if (err == nil) != (c.key == "") || !strings.Contains(out, c.want) {
				t.Errorf("%v\n%s\nwant: %s", err, out, c.want)
			}
			if c.key != "" && !strings.Contains(out, "hub.yml:4:") {
				t.Errorf("no line and column:\n%s", out)
			}
			if strings.Contains(out, amitest.Secret) {
				t.Errorf("the output contains the secret:\n%s", out)
			}
		})
	}
	t.Run("no such CA file", func(t *testing.T) {
		out, err := try(t, "check", "-c",
			site(t, fmt.Sprintf(siteYAML, pbxYAML("main", byName, ", tls: true, ca: none.pem"))))
		if err == nil || !strings.Contains(err.Error(), "none.pem") {
			t.Errorf("%v\n%s", err, out)
		}
	})
}
