package cmd

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"traybell/hub/ami/amitest"
	"traybell/hub/certificate"
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

// A directory of which no number is used is a problem, whatever it has.
func TestCheckFindsUselessDirectories(t *testing.T) {
	good := fmt.Sprintf(siteYAML, pbxYAML("main", newPBX(t, amitest.Options{}).Addr(), ""))
	for text, want := range map[string]string{
		"":                   "✗ customers.csv: the file is empty; its first line must name the columns",
		"login;name;phone\n": "✗ it has no customers; add some, or remove the directory from hub.yml",
		"login;name;phone\n;;+7495\n": "✗ no customer can be used\n  ! line 2: login, name, email and company are " +
			"empty",
		"login;name;phone\nx;X;abc\n": "✗ no customer has a number that can be used: calls find none of them\n  ! " +
			"line 2:",
		"login;name;phone\nx;X;\ny;Y;\n": "✗ no customer has a number that can be used",
		"name;value\nx;1\n":              "names no column with numbers",
		"PK\x03\x04\x14\x00":             "this is a workbook (.xlsx, .ods) or a ZIP archive; save",
	} {
		path := site(t, good)
		write(t, filepath.Dir(path), "customers.csv", text)
		out, err := try(t, "check", "-c", path)
		if err == nil || !strings.Contains(strings.ReplaceAll(out, filepath.Dir(path)+"/", ""), want) {
			t.Errorf("%q: %v\n%s\nwant: %s", text, err, out, want)
		}
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

// check --send creates one ticket, which it finds again; check alone creates none.
func TestCheckSendsATestTicket(t *testing.T) {
	var created []string
	desk := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		body, _ := io.ReadAll(r.Body)
		if r.Method == http.MethodPost {
			created = append(created, string(body))
			fmt.Fprint(w, `{"id":7}`)
			return
		}
		_, call, _ := strings.Cut(r.URL.Path, "/find/")
		if !slices.ContainsFunc(created, func(body string) bool { return strings.Contains(body, call) }) {
			fmt.Fprint(w, `[]`)
			return
		}
		fmt.Fprintf(w, `[{"id":7,"call":%q}]`, call)
	}))
	defer desk.Close()
	path := site(t, `data_dir: .
pbx: [`+pbxYAML("main", "127.0.0.1:1", "")+`]
help_desk:
  type: webhook
  url: `+desk.URL+`
  requests:
    create: {path: /new, body: '{"call": {{json .CallID}}, "title": {{json .Title}}}', id: id}
    find: {path: "/find/{{url .CallID}}", id: id, call: call}
`)
	if out, _ := try(t, "check", "-c", path); len(created) > 0 || !strings.Contains(out, "find was sent: it works") {
		t.Errorf("check created %q\n%s", created, out)
	}
	out, _ := try(t, "check", "--send", "-c", path)
	if len(created) != 1 || !strings.Contains(created[0], "test, please close") ||
		!strings.Contains(
			out,
			"✓ Created the ticket 7 as a test",
		) || !strings.Contains(out, "✓ Found it by the call's id") {
		t.Errorf("check --send created %q\n%s", created, out)
	}
}

// Wrong places of a directory are shown with their lines, and what its customers have.
func TestCheckFindsWrongPlaces(t *testing.T) {
	crm := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"items": [{"name": "Ivan", "tel": "+74951234567"}, {"name": "Olga", "tel": ""}], `+
			`"links": {"next": "/list?page=2"}}`)
	}))
	defer crm.Close()
	path := site(t, `data_dir: .
pbx: [`+pbxYAML("main", newPBX(t, amitest.Options{}).Addr(), "")+`]
directories:
  - name: crm
    type: http
    url: `+crm.URL+`/list
    list: items
    map:
      UserFullname: name
      UserPhone: tel
      UserMobile: cell
    pages:
      by: next
      next: link.next
`)
	out, err := try(t, "check", "-c", path)
	for _, want := range []string{
		"hub.yml:11:19: directories[0].map.UserMobile: no entry has \"cell\"; the first one has the keys name, tel",
		"hub.yml:14:13: directories[0].pages.next: the first page has nothing at \"link.next\", so that it is the " +
			"last " +
			"one, but it has \"links.next\"",
		"✓ of them have a number: 1, a name: 2, an e-mail address: 0, a login: 0, a company: 0",
	} {
		if err != nil || !strings.Contains(out, want) {
			t.Errorf("lacks %q: %v\n%s", want, err, out)
		}
	}
}

// The built-in list needs no test ticket, and what a help desk cannot do is no success.
func TestCheckSaysWhatIsNotPossible(t *testing.T) {
	desk := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusCreated)
		fmt.Fprint(w, `{"key":"SUP-1"}`)
	}))
	defer desk.Close()
	good := fmt.Sprintf(siteYAML, pbxYAML("main", newPBX(t, amitest.Options{}).Addr(), ""))
	webhook := func(id string) string {
		return good + `
help_desk:
  type: webhook
  url: ` + desk.URL + `
  requests: {create: {path: /new, body: '{"title": {{json .Title}}}', id: ` + id + `}}
`
	}
	for name, c := range map[string]struct {
		text string
		ok   bool
		want []string
	}{
		"builtin": {good, true, []string{"✓ Nothing to send: the tickets are in the hub's own database."}},
		"no find": {webhook("key"), true, []string{
			"✓ Created the ticket SUP-1 as a test", "! It cannot be found by the call's id", "OK, with warnings",
			"! There is no help_desk.requests.note: notes and talk times are not added.",
		}},
		"a wrong place": {webhook("id"), false, []string{
			`✗ a ticket may exist now, "traybell: test, please close": please look, and close it: `,
			`the reply has nothing at "id"`,
		}},
	} {
		out, err := try(t, "check", "--send", "-c", site(t, c.text))
		if (err == nil) != c.ok {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
		for _, want := range c.want {
			if !strings.Contains(out, want) {
				t.Errorf("%s lacks %q:\n%s", name, want, out)
			}
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
	own, err := certificate.Own(folder)
	if err != nil {
		t.Fatal(err)
	}
	secure := newPBX(t, amitest.Options{
		TLS: &tls.Config{Certificates: []tls.Certificate{own.Certificate}, MinVersion: tls.VersionTLS12},
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
