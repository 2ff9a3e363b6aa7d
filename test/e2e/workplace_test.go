//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"traybell/hub/ami/amitest"
)

// workplace is a hub on a simulated PBX with the built-in help desk, to test the desktop.
type workplace struct {
	t           *testing.T
	dir         string
	pbx         *amitest.PBX
	address     string
	fingerprint string
	hub         *lines
	at          *lines // of the desktop started last
}

const workplaceYAML = `
listen: %s
data_dir: .
pbx: [{id: main, address: "%s", username: "%s", password: "%s"}]
agents: [{login: anna, name: Anna Petrova, extensions: ["101"], password: "%s", rights: [ticket]}]
tracking: [{number: "*", name: Support, comment: "Answer: Acme support"}]
help_desk: {type: builtin}
directories: [{name: customers, type: csv, path: customers.csv}]
desktop: {language: en}
`

// The customer's name is hostile: it must be shown as text.
const workplaceCustomers = `login,name,e-mail,company,phone
ivanov,"Ivan <b>Ivanov</b> & Söhne <img src=x>",ivanov@example.com,<i>ACME</i>,+7 (495) 123-45-67
`

func newWorkplace(t *testing.T) *workplace {
	t.Helper()
	pbx, err := amitest.New(amitest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pbx.Close() })
	w := &workplace{t: t, pbx: pbx}
	w.serve(pbx.Addr(), amitest.Username, amitest.Secret)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if err := pbx.WaitClients(ctx, 1); err != nil {
		t.Fatal(err)
	}
	return w
}

// serve starts the hub on a PBX.
func (w *workplace) serve(pbx, user, secret string) {
	t := w.t
	t.Helper()
	w.dir, w.address, w.hub = t.TempDir(), freeAddress(t), newLines()
	hub := w.program("traybell-hub")
	hash := strings.TrimSpace(run(t, strings.NewReader(password+"\n"), hub, "passwd"))
	for name, text := range map[string]string{
		"hub.yml":       fmt.Sprintf(workplaceYAML, w.address, pbx, user, secret, hash),
		"customers.csv": workplaceCustomers,
	} {
		if err := os.WriteFile(filepath.Join(w.dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	start(t, w.hub, nil, hub, "serve", "--config", filepath.Join(w.dir, "hub.yml"))
	w.fingerprint = strings.TrimPrefix(w.said(w.hub, `certificate=[0-9A-F:]+`), "certificate=")
}

func (w *workplace) program(name string) string {
	bin := os.Getenv("TRAYBELL_BIN")
	if bin == "" {
		bin = filepath.Join("..", "..", "bin")
	}
	return absolute(w.t, filepath.Join(bin, name))
}

// desktop starts Anna's desktop and waits until it is signed in. Env is added to its environment.
func (w *workplace) desktop(env ...string) *lines {
	w.t.Helper()
	out, before := newLines(), len(w.hub.String())
	start(w.t, out, append([]string{"TRAYBELL_PASSWORD=" + password}, env...), w.program("traybell"),
		w.arguments(w.dir)...)
	w.at = out
	w.saidSince(before, w.hub, "signed in")
	return out
}

// arguments are those of Anna's desktop, with settings below dir.
func (w *workplace) arguments(dir string) []string {
	return []string{
		"--config", filepath.Join(dir, "desktop"), "--hub", w.address, "--extension", "101", "--trust", w.fingerprint,
	}
}

// call rings Anna's phone.
func (w *workplace) call() *amitest.Call {
	c := w.pbx.Incoming(amitest.Incoming{Number: "84951234567", Name: "Ivan", DID: "74950000001"})
	c.Ring("101")
	return c
}

// said waits for a match in a program's output and returns it.
func (w *workplace) said(out *lines, pattern string) string {
	w.t.Helper()
	return w.saidSince(0, out, pattern)
}

// saidSince is said for the output after the first bytes.
func (w *workplace) saidSince(first int, out *lines, pattern string) string {
	w.t.Helper()
	re := regexp.MustCompile(pattern)
	late := time.After(30 * time.Second)
	for {
		text, more := out.wait()
		if found := re.FindString(text[min(first, len(text)):]); found != "" {
			return found
		}
		select {
		case <-more:
		case <-late:
			desktop := ""
			if w.at != nil {
				desktop = tail(w.at.String())
			}
			w.t.Fatalf("no output matches %q\nhub:\n%s\ndesktop:\n%s", pattern, tail(w.hub.String()), desktop)
		}
	}
}

// ticket waits for the ticket number in the hub's log.
func (w *workplace) ticket() string {
	w.t.Helper()
	line := w.said(w.hub, `ticket made.*`)
	number := regexp.MustCompile(`ticket=(\S+)`).FindStringSubmatch(line)
	if number == nil {
		w.t.Fatalf("no number in %q", line)
	}
	return number[1]
}
