//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"traybell/hub/ami/amitest"
	"traybell/hub/app"
	"traybell/hub/compile"
	"traybell/hub/signin"

	"github.com/chromedp/chromedp"
)

const terminalYAML = `
listen: %s
data_dir: .
pbx: [{id: main, address: "%s", username: %s, password: "%s"}]
agents: [{login: anna, name: Anna Petrova, extensions: ["101"], password: %q, rights: [ticket]}]
tracking: [{number: "74950000001", name: Support, comment: "Say hello"}, {number: "*"}]
directories: [{name: customers, type: csv, path: customers.csv}]
`

const pagesCustomers = `login;name;email;company;phone
ivanov;Ivan Ivanov;ivan@acme.example;ACME;+7 (495) 123-45-67
petrova;Olga Petrova;olga@globex.example;Globex;+7 495 765-43-21
sidorov;Petr Sidorov;petr@initech.example;Initech;not a number
`

// browser is Chromium with one page.
type browser struct {
	context.Context //nolint:containedctx // chromedp's way to name a page
	t               *testing.T
	mu              sync.Mutex
	complaints      []string // exceptions, and violations of the page's Content-Security-Policy
}

func newBrowser(ctx context.Context, t *testing.T) *browser {
	t.Helper()
	ctx, cancel := chromedp.NewContext(ctx, chromedp.WithAllocatorOptions(chromedp.NoSandbox, chromedp.Headless,
		chromedp.IgnoreCertErrors, chromedp.Flag("lang", "en-US"), chromedp.UserDataDir(t.TempDir())))
	t.Cleanup(cancel)
	b := &browser{Context: ctx, t: t}
	b.do()
	go func() {
		for m, err := range chromedp.Console(ctx) {
			if err != nil {
				return
			}
			if m.Type == chromedp.ConsoleException || strings.Contains(m.Text, "Content Security Policy") {
				b.mu.Lock()
				b.complaints = append(b.complaints, m.Text)
				b.mu.Unlock()
			}
		}
	}()
	return b
}

func (b *browser) do(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b, actions...); err != nil {
		b.t.Fatal(err)
	}
}

// text evaluates an expression of JavaScript.
func (b *browser) text(expression string) string {
	b.t.Helper()
	text, err := chromedp.Run(b, chromedp.Evaluate[string](expression))
	if err != nil {
		b.t.Fatal(err)
	}
	return text
}

// sees waits until the text of the page has a part.
func (b *browser) sees(part string) {
	b.t.Helper()
	for late := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		text := b.text(`document.querySelector("main")?.innerText ?? ""`)
		if strings.Contains(text, part) {
			return
		}
		if time.Now().After(late) {
			b.t.Fatalf("no %q on the page:\n%s", part, text)
		}
	}
}

// The protocol's page is enough to write a terminal: the example of some sixty lines signs in, shows
// a call, makes its ticket, and is back after a restart of the hub.
func TestExampleTerminalInTheBrowser(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	pbx, err := amitest.New(amitest.Options{})
	must(err)
	defer pbx.Close()
	hash, err := signin.Hash("secret-1")
	must(err)
	dir := t.TempDir()
	must(os.WriteFile(filepath.Join(dir, "customers.csv"), []byte(pagesCustomers), 0o600))
	start := func(listen string) *app.App {
		t.Helper()
		file := filepath.Join(dir, "hub.yml")
		must(os.WriteFile(file, fmt.Appendf(nil, terminalYAML, listen, pbx.Addr(), amitest.Username, amitest.Secret,
			hash), 0o600))
		cfg, err := compile.Load(file)
		must(err)
		hub, err := app.New(ctx, app.Options{Config: cfg, Version: "test", Log: slog.New(slog.DiscardHandler)})
		must(err)
		must(hub.Start(ctx))
		return hub
	}
	hub := start("127.0.0.1:0")
	defer func() { must(hub.Stop()) }()
	_, err = pbx.WaitAction(ctx, "Status", 1)
	must(err)

	b := newBrowser(ctx, t)
	address := hub.Addr()
	b.do(chromedp.Navigate("https://"+address+"/terminal"),
		chromedp.SendKeys("#extension", "101"), chromedp.SendKeys("#password", "wrong\n"))
	b.sees("The extension or the password is wrong.")
	b.do(chromedp.WaitVisible("#sign-in"))
	b.text(`document.querySelector("#password").value = ""`)
	b.do(chromedp.SendKeys("#password", "secret-1\n"))
	b.sees("Anna Petrova")

	call := pbx.Incoming(amitest.Incoming{
		Number: "84950000042", Name: `<img src=x onerror="document.title='broken'">`, DID: "74950000001",
	})
	call.Ring("101")
	b.sees(`<img src=x onerror="document.title='broken'">`)
	b.sees("ringing · Support · Say hello")
	call.Answer("101")
	b.sees("talking · Support")
	b.do(chromedp.Click("#calls button"))
	b.sees("Ticket ")
	b.do(chromedp.WaitVisible("#calls a"))
	link := b.text(`document.querySelector("#calls a").href`)
	if !strings.HasPrefix(link, "https://"+address+"/tickets/") {
		t.Errorf("the ticket is at %q", link)
	}
	if made := b.text("`${document.images.length} pictures, ${document.title}`"); made !=
		"0 pictures, A terminal in the browser – traybell" {
		t.Errorf("a caller's name has become HTML: %s", made)
	}
	number := link[strings.LastIndex(link, "/")+1:]

	must(hub.Stop())
	b.sees("No connection to the hub, reconnecting…")
	hub = start(address)
	b.sees("Anna Petrova")
	b.sees("Ticket " + number) // in the snapshot
	call.Hangup()
	until(ctx, t, "the card of the ended call is gone", func() bool {
		return b.text("`${document.querySelectorAll('#calls article').length}`") == "0"
	})
	two := pbx.Incoming(amitest.Incoming{Number: "84957654321", DID: "74950000001"})
	two.Ring("101")
	b.sees("Olga Petrova")
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.complaints) > 0 {
		t.Errorf("the page reports %q", b.complaints)
	}

	// A page of another site cannot sign in.
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = fmt.Fprintf(w, `<main id="main"></main><script>
const s = new WebSocket("wss://%s/acp/1");
s.onopen = () => document.getElementById("main").textContent = "opened";
s.onerror = () => document.getElementById("main").textContent = "refused";
</script>`, address)
	}))
	defer other.Close()
	b.do(chromedp.Navigate(other.URL))
	b.sees("refused")
}
