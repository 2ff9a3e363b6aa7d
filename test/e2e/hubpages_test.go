//go:build e2e

package e2e

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"traybell/hub/ami/amitest"
	"traybell/hub/app"
	"traybell/hub/signin"
	"traybell/shared/protocol"
	"traybell/test/terminal"
)

const pagesYAML = `
listen: 127.0.0.1:0
data_dir: .
pbx:
  - {id: main, address: "%[1]s", username: "%[3]s", password: "%[4]s"}
  - {id: branch, address: "%[2]s", username: "%[3]s", password: "%[4]s"}
  - {id: warehouse, address: "127.0.0.1:1", username: traybell, password: "%[4]s"}
agents:
  - login: anna
    name: Anna Petrova
    extensions: ["101"]
    password: "%[5]s"
    teams: [support]
    rights: [ticket, category, block]
  - {login: boris, name: Boris Ivanov, extensions: ["102"], password: "%[5]s", teams: [sales], rights: [ticket]}
tracking:
  - {number: "74950000001", name: Support, comment: "Answer: Acme support", teams: [support], ticket: support}
  - {number: "74950000002", name: Sales, teams: [sales]}
ticket_templates:
  support:
    queue: Support
    priority: 3 normal
    state: new
    title: "Call from {{.Caller.Name}}"
    body: "{{.Caller.Name}} called {{.Line.Name}}."
directories:
  - {name: customers, type: csv, path: customers.csv}
  - {name: crm, type: sql, driver: mysql, dsn: "traybell:readonly@tcp(127.0.0.1:1)/crm"}
`

const pagesCustomers = `login;name;email;company;phone
ivanov;Ivan Ivanov;ivan@acme.example;ACME;+7 (495) 123-45-67
petrova;Olga Petrova;olga@globex.example;Globex;+7 495 765-43-21
sidorov;Petr Sidorov;petr@initech.example;Initech;not a number
`

// TestPicturesOfTheHubsPages takes the administrator's guide's pictures of the hub's pages with
// Chromium. They go to TRAYBELL_SCREENSHOTS.
func TestPicturesOfTheHubsPages(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	browser, err := exec.LookPath("chromium")
	must(err)
	folder := cmp.Or(os.Getenv("TRAYBELL_SCREENSHOTS"), t.TempDir())

	main, err := amitest.New(amitest.Options{})
	must(err)
	defer main.Close()
	branch, err := amitest.New(amitest.Options{})
	must(err)
	defer branch.Close()
	hash, err := signin.Hash("secret-1")
	must(err)
	dir := t.TempDir()
	must(os.WriteFile(filepath.Join(dir, "customers.csv"), []byte(pagesCustomers), 0o600))
	must(os.WriteFile(filepath.Join(dir, "hub.yml"),
		fmt.Appendf(nil, pagesYAML, main.Addr(), branch.Addr(), amitest.Username, amitest.Secret, hash), 0o600))
	cfg, err := app.Load(filepath.Join(dir, "hub.yml"))
	must(err)
	log := &hubLog{}
	hub, err := app.New(ctx, app.Options{Config: cfg, Version: "test", Log: slog.New(slog.NewTextHandler(log, nil))})
	must(err)
	must(hub.Start(ctx))
	defer func() { must(hub.Stop()) }()
	for _, pbx := range []*amitest.PBX{main, branch} {
		_, err := pbx.WaitAction(ctx, "Status", 1)
		must(err)
	}

	anna, _, err := terminal.SignIn(ctx, hub.Addr(), "101", "secret-1")
	must(err)
	defer anna.CloseNow() //nolint:errcheck // the hub may have closed it
	for i, caller := range []struct{ number, name string }{
		{"84951234567", "IVANOV"}, {"84957654321", ""}, {"89161112233", "Mobile"},
	} {
		call := main.Incoming(amitest.Incoming{Number: caller.number, Name: caller.name, DID: "74950000001"})
		call.Ring("101")
		call.Answer("101")
		until(ctx, t, "the call is answered", func() bool { return strings.Count(log.String(), "state=answered") > i })
		_, err := anna.Send(ctx, protocol.TicketCreate, protocol.CreateTicket{Call: "main:" + call.Linkedid()})
		must(err)
		_, err = anna.Await(ctx, protocol.TicketCreated)
		must(err)
		call.Hangup()
	}
	missed := main.Incoming(amitest.Incoming{Number: "84951234567", Name: "IVANOV", DID: "74950000001"})
	missed.Ring("101")
	missed.GiveUp()
	for i := range 3 { // on an untracked number
		lost := branch.Incoming(amitest.Incoming{Number: fmt.Sprint("7916000000", i), DID: "74950000099"})
		lost.Ring("102")
		lost.GiveUp()
	}
	for range 2 {
		lost := branch.Incoming(amitest.Incoming{DID: "78005550143"})
		lost.Ring("101")
		lost.GiveUp()
	}

	client := insecureClient()
	get := func(path string) string {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+hub.Addr()+path, nil)
		must(err)
		answer, err := client.Do(r)
		must(err)
		defer answer.Body.Close()
		body, err := io.ReadAll(answer.Body)
		must(err)
		if answer.StatusCode != http.StatusOK {
			t.Fatalf("%s: %s\n%s", path, answer.Status, body)
		}
		return string(body)
	}
	until(ctx, t, "the page of numbers shows the untracked ones", func() bool {
		return strings.Contains(get("/numbers"), "78005550143")
	})
	until(ctx, t, "the page of calls shows the missed one", func() bool {
		return strings.Contains(get("/calls"), "74950000099")
	})
	ticket := "/tickets/" + between(get("/tickets"), `href="/tickets/`, `"`)
	call := "/calls/" + between(get("/calls?number=84957654321"), `href="/calls/`, `"`)
	for name, path := range map[string]string{
		"tickets": "/tickets", "ticket": ticket, "directories": "/directories", "pbx": "/pbx", "numbers": "/numbers",
		"calls": "/calls", "call": call,
	} {
		get(path)
		out := filepath.Join(folder, "hub-"+name+".png")
		c := exec.CommandContext(ctx, browser, "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run",
			"--disable-background-networking", "--hide-scrollbars",
			"--ignore-certificate-errors", "--user-data-dir="+t.TempDir(), "--window-size=1100,720", "--screenshot="+
				out, (&url.URL{Scheme: "https", Host: hub.Addr(), Path: path}).String())
		if said, err := c.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", path, err, said)
		}
		shows(t, out)
	}
}

// shows fails for an empty picture.
func shows(t *testing.T, file string) {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	picture, err := png.Decode(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	colors := map[color.Color]int{}
	size := picture.Bounds()
	for y := range size.Dy() {
		for x := range size.Dx() {
			colors[picture.At(x, y)]++
		}
	}
	if size.Size() == (image.Point{}) || len(colors) < 20 {
		t.Errorf("%s has %d colours", filepath.Base(file), len(colors))
	}
}

// between returns the first text between from and to.
func between(text, from, to string) string {
	_, text, _ = strings.Cut(text, from)
	text, _, _ = strings.Cut(text, to)
	return text
}
