//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"traybell/hub/ami/amitest"
	"traybell/hub/app"
	"traybell/hub/compile"
	"traybell/hub/signin"
	"traybell/shared/protocol"
	"traybell/test/terminal"

	"github.com/chromedp/chromedp"
)

const scriptYAML = `
listen: %[1]s
data_dir: .
pbx: [{id: main, address: "%[2]s", username: %[3]s, password: "%[4]s"}]
agents: [{login: anna, name: Anna Petrova, extensions: ["101"], password: %[5]q, rights: [ticket]}]
tracking:
  - {number: "74950000001", name: Support, script: {url: "https://%[1]s/script?n=<PIM_CID>", open: answer}}
directories: [{name: customers, type: csv, path: customers.csv}]
`

// The example of a page of a call: opened by the hub with a token, it shows its call, makes the ticket
// and adds a note, and does so after it was loaded again.
func TestExamplePageOfACallInTheBrowser(t *testing.T) {
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
	free, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0") // the page's URL has the hub's address
	must(err)
	address := free.Addr().String()
	must(free.Close())
	file := filepath.Join(dir, "hub.yml")
	must(os.WriteFile(file, fmt.Appendf(nil, scriptYAML, address, pbx.Addr(), amitest.Username, amitest.Secret, hash),
		0o600))
	cfg, err := compile.Load(file)
	must(err)
	hub, err := app.New(ctx, app.Options{Config: cfg, Version: "test", Log: slog.New(slog.DiscardHandler)})
	must(err)
	must(hub.Start(ctx))
	defer func() { must(hub.Stop()) }()
	_, err = pbx.WaitAction(ctx, "Status", 1)
	must(err)
	anna, _, err := terminal.SignIn(ctx, address, "101", "secret-1")
	must(err)
	defer func() { _ = anna.CloseNow() }()

	call := pbx.Incoming(amitest.Incoming{
		Number: "84950000042", Name: `<img src=x onerror="document.title='broken'">`, DID: "74950000001",
	})
	call.Ring("101")
	call.Answer("101")
	var page protocol.OpenPage
	for page.URL == "" {
		m, err := anna.Next(ctx)
		must(err)
		if m.Name == protocol.PageOpen {
			must(m.Decode(&page))
		}
	}
	b := newBrowser(ctx, t)
	b.do(chromedp.Navigate(page.URL))
	b.sees(`<img src=x onerror="document.title='broken'">`)
	b.sees("Support · talking · Anna Petrova")
	if at := b.text("location.href"); at != "https://"+address+"/script?n=84950000042" {
		t.Errorf("the address still has the token: %s", at)
	}
	b.do(chromedp.SendKeys("#note", "The printer is out of paper"), chromedp.Click("#ask button"))
	b.sees("Ticket ")
	b.do(chromedp.Navigate("https://"+address+"/script"), chromedp.WaitVisible("#state a"))
	b.do(chromedp.SendKeys("#note", "There is paper again"), chromedp.Click("#ask button"))
	until(ctx, t, "the note is sent", func() bool { return b.text(`document.querySelector("#note").value`) == "" })
	link := b.text(`document.querySelector("#state a").href`)
	if !strings.HasPrefix(link, "https://"+address+"/tickets/") {
		t.Errorf("the ticket is at %q", link)
	}
	call.Hangup()
	b.sees("ended")
	if made := b.text("`${document.images.length} pictures, ${document.title}`"); made !=
		"0 pictures, The page of a call – traybell" {
		t.Errorf("a caller's name has become HTML: %s", made)
	}
	b.do(chromedp.Navigate("https://" + address + "/script#token=tbs_nothing"))
	b.do(chromedp.Reload())
	b.sees("This token is not valid any more")
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.complaints) > 0 {
		t.Errorf("the page reports %q", b.complaints)
	}
}
