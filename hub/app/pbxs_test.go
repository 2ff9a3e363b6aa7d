package app_test

import (
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"traybell/hub/ami/amitest"
	"traybell/hub/certificate"
	"traybell/shared/protocol"
)

// boot is the first half of Uniqueids, for PBXs with equal call ids.
const boot = 1_795_319_561

func newPBX(t *testing.T, o amitest.Options) *amitest.PBX {
	t.Helper()
	p, err := amitest.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	return p
}

// pbxYAML is an entry of hub.yml with more keys.
func pbxYAML(id, address, more string) string {
	return fmt.Sprintf("{id: %s, address: \"%s\", username: %s, password: \"%s\"%s}", id, address, amitest.Username,
		amitest.Secret, more)
}

// on replaces the PBXs of hub.yml.
func (s *story) on(entries ...string) {
	s.t.Helper()
	before, rest, _ := strings.Cut(s.yaml, "pbx: [")
	_, after, ok := strings.Cut(rest, "}]\n")
	if !ok {
		s.t.Fatal("hub.yml has changed")
	}
	s.yaml = before + "pbx: [" + strings.Join(entries, ", ") + "]\n" + after
}

// becomes waits for a state of a PBX.
func (x *testTerminal) becomes(id string, state protocol.PBXState) protocol.PBX {
	x.t.Helper()
	for {
		var p protocol.PBX
		if err := x.await(protocol.PBXEvent).Decode(&p); err != nil {
			x.t.Fatal(err)
		}
		if p.ID == id && p.State == state {
			return p
		}
	}
}

// page reads a page of the hub, or posts a form.
func (s *story) page(path string, form url.Values) string {
	s.t.Helper()
	status, body := s.answer(path, form)
	if status != http.StatusOK {
		s.t.Fatalf("%s: %d\n%s", path, status, body)
	}
	return body
}

func (s *story) answer(path string, form url.Values) (status int, body string) {
	s.t.Helper()
	client := insecureClient()
	defer client.CloseIdleConnections()
	method := http.MethodGet
	if form != nil {
		method = http.MethodPost
	}
	r, err := http.NewRequestWithContext(s.t.Context(), method, "https://"+s.hub.Addr()+path,
		strings.NewReader(form.Encode()))
	if err != nil {
		s.t.Fatal(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	answer, err := client.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer.StatusCode, string(raw)
}

func TestSeveralPBXsEachForItself(t *testing.T) {
	s := tell(t)
	main, branch := newPBX(t, amitest.Options{Boot: boot}), newPBX(t, amitest.Options{Boot: boot})
	refusing, off := newPBX(t, amitest.Options{}), newPBX(t, amitest.Options{})
	refusing.Lie(amitest.Lies{Refuse: true})
	own, err := certificate.Own(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	secure := newPBX(t, amitest.Options{
		TLS: &tls.Config{Certificates: []tls.Certificate{own.Certificate}, MinVersion: tls.VersionTLS12},
	})
	_, err = certificate.Own(s.dir) // of another hub, not trusted here
	if err != nil {
		t.Fatal(err)
	}
	s.on(
		pbxYAML("main", main.Addr(), ""), pbxYAML("branch", branch.Addr(), ", md5: false"), pbxYAML("refusing",
			refusing.Addr(), ""),
		pbxYAML("secure", secure.Addr(), ", tls: true, ca: hub.pem"), pbxYAML("off", off.Addr(), ", enabled: false"),
	)
	s.pbx = main
	s.start()
	s.bothWorking(branch)
	anna := s.signIn("101")
	if len(anna.opened.PBXs) != 4 {
		t.Errorf("a desktop got %+v", anna.opened.PBXs)
	}

	// two calls with the same Linkedid
	here := main.Incoming(amitest.Incoming{Number: "84951234567", DID: "74950000001"})
	there := branch.Incoming(amitest.Incoming{Number: "89167654321", DID: "74950000001"})
	if here.Linkedid() != there.Linkedid() {
		t.Fatalf("the Linkedids are %s and %s", here.Linkedid(), there.Linkedid())
	}
	here.Ring("101")
	there.Ring("101")
	for rest := map[string]string{
		"main:" + here.Linkedid(): "+74951234567", "branch:" + there.Linkedid(): "+79167654321",
	}; len(rest) > 0; {
		c := anna.sees("a ring", known)
		if want, expected := rest[c.ID]; expected && c.E164 != want {
			t.Errorf("%s is from %s", c.ID, c.E164)
		}
		delete(rest, c.ID)
	}

	// one fails, the other keeps working
	if err := branch.Stop(); err != nil {
		t.Fatal(err)
	}
	if p := anna.becomes("branch", protocol.PBXConnecting); p.Reason == "" {
		t.Error("no reason for branch")
	}
	here.Answer("101")
	anna.sees("the answer on the other", func(c protocol.Call) bool {
		return c.ID == "main:"+here.Linkedid() && c.State == protocol.Answered
	})
	var down protocol.PBX
	for down.ID != "branch" {
		if err := anna.await(protocol.PBXDown).Decode(&down); err != nil {
			t.Fatal(err)
		}
	}
	there.Answer("101")
	if err := branch.Start(); err != nil {
		t.Fatal(err)
	}
	anna.sees("what was missed meanwhile", func(c protocol.Call) bool {
		return c.ID == "branch:"+there.Linkedid() && c.State == protocol.Answered
	})
	back := anna.await(protocol.PBXBack)
	if err := back.Decode(&down); err != nil || down.ID != "branch" {
		t.Errorf("%+v is back (%v)", down, err)
	}

	// after a refused login only the button reconnects
	page := s.page("/pbx", nil)
	for _, want := range []string{
		">working<", ">stopped<", ">not enabled<", "refuses to log in the manager user", "is not trusted",
		"Asterisk 22.0.0, AMI 11.0.0", "write = system", "Try again", ", TLS", `href="/directories"`,
		`<span class="state closed">missing</span> <span><code>timestampevents = yes</code>: `, // works without
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q:\n%s", want, page)
		}
	}
	logins := 0
	for _, a := range refusing.Received() {
		if a.Name() == "Login" {
			logins++
		}
	}
	if logins != 1 {
		t.Errorf("%d logins to the refusing PBX", logins)
	}
	refusing.Lie(amitest.Lies{})
	s.page("/pbx", url.Values{"id": {"refusing"}})
	anna.becomes("refusing", protocol.PBXWorking)
	if status, body := s.answer("/pbx", url.Values{"id": {"off"}}); status != http.StatusNotFound ||
		len(off.Received()) != 0 {
		t.Errorf("a disabled PBX: %d\n%s", status, body)
	}
	for began := time.Now(); !strings.Contains(s.must("audit"), "  pbx.reconnect refusing\n"); {
		if time.Since(began) > 10*time.Second {
			t.Fatalf("the audit has %s", s.must("audit"))
		}
		time.Sleep(50 * time.Millisecond)
	}
	if n := strings.Count(s.log.String(), "refuses to log in"); n > 3 {
		t.Errorf("%d log messages about the refused login", n)
	}
}
