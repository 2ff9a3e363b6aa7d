//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"traybell/desktop/platform/xtest"
	"traybell/hub/ami/amitest"

	"github.com/chromedp/chromedp"
)

const helpDesksYAML = `
listen: %s
data_dir: .
pbx: [{id: main, address: "%s", username: "%s", password: "%s"}]
agents: [{login: anna, name: Anna Petrova, extensions: ["101"], password: "%s", rights: [ticket]}]
tracking: [{number: "*", name: Support}]
directories: [{name: desk, type: help_desk}]
desktop:
  language: en
  popups:
    answer: {enabled: true, appear: 0, show: 0, disappear: 0}
    incoming: {enabled: true, appear: 0, show: 0, disappear: 0}
help_desk: {url: "%s", token_file: desk.secret, as_agent: true, %s}
ticket_templates: {default: {queue: %s, title: "{{.Line.Name}}: {{.Caller.Name}}"}}
`

// TestPressCreatesTicketsOfOtherHelpDesks finds the caller among the help desk's own customers, presses
// the button of a real desktop and looks at the ticket in a browser, as the agent.
func TestPressCreatesTicketsOfOtherHelpDesks(t *testing.T) {
	for _, desk := range []struct {
		name, url, token string // variables
		keys, queue      string // of hub.yml
		signIn           string // JavaScript on the start page
		page             string // of a ticket
		number, who      string // the caller
	}{
		{
			"rt", "TRAYBELL_RT", "TRAYBELL_RT_TOKEN", "type: rt", "Support",
			`document.querySelector("input[name=user]").value = "anna";
			document.querySelector("input[name=pass]").value = "annapw123"; document.querySelector("form").submit()`,
			"/Ticket/Display.html?id=", "89167654321", "Ivan Ivanov",
		},
		{
			"redmine", "TRAYBELL_REDMINE", "TRAYBELL_REDMINE_KEY", "type: redmine, customer_field: Customer", "support",
			`document.querySelector("#username").value = "anna";
			document.querySelector("#password").value = "annapw1234";
			document.querySelector("#login-form form").submit()`, "/issues/",
			"84951234568", "Olga Petrova",
		},
	} {
		t.Run(desk.name, func(t *testing.T) {
			base := os.Getenv(desk.url)
			if base == "" {
				t.Skip(desk.url + " is not set")
			}
			pbx, err := amitest.New(amitest.Options{})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = pbx.Close() })
			w := &workplace{t: t, pbx: pbx, dir: t.TempDir(), address: freeAddress(t), hub: newLines()}
			hub := w.program("traybell-hub")
			hash := strings.TrimSpace(run(t, strings.NewReader(password+"\n"), hub, "passwd"))
			yml := filepath.Join(w.dir, "hub.yml")
			for path, text := range map[string]string{
				yml: fmt.Sprintf(helpDesksYAML, w.address, pbx.Addr(), amitest.Username, amitest.Secret, hash, base,
					desk.keys, desk.queue),
				filepath.Join(w.dir, "desk.secret"): os.Getenv(desk.token),
			} {
				if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			t.Logf("traybell-hub check says:\n%s", run(t, nil, hub, "check", "--config", yml))
			start(t, w.hub, nil, hub, "serve", "--config", yml)
			w.fingerprint = strings.TrimPrefix(w.said(w.hub, `certificate=[0-9A-F:]+`), "certificate=")
			display := xtest.Start(t, "1280x800x24")
			display.Openbox()
			w.desktop("DISPLAY="+display.Name, "FYNE_THEME=light")

			call := pbx.Incoming(amitest.Incoming{Number: desk.number, DID: "74950000001"})
			call.Ring("101")
			w.said(w.hub, "popup shown")
			call.Answer("101")
			w.said(w.hub, "state=answered")
			r := &road{t: t, ctx: t.Context(), theme: "light", display: display, log: w.hub, desktop: w.at}
			r.pressOK()
			number := r.ticket()
			r.picture("ticket-"+desk.name, false)

			b := newBrowser(t.Context(), t)
			b.do(chromedp.EmulateViewport(1280, 800), chromedp.Navigate(base+desk.page+number))
			b.text("(() => { " + desk.signIn + "; return '' })()")
			xtest.Until(t, "the page of the ticket", func() bool {
				text, err := chromedp.Run(b, chromedp.Evaluate[string]("document.body.innerText"))
				return err == nil && strings.Contains(text, "Support: "+desk.who) &&
					strings.Contains(text, "CallUniqueID")
			})
			if text := b.text("document.body.innerText"); !regexp.MustCompile(`main:\S+`).MatchString(text) ||
				!strings.Contains(text, "Anna") {
				t.Errorf("the page lacks the call's id or the agent:\n%s", text)
			}
			if dir := os.Getenv("TRAYBELL_SCREENSHOTS"); dir != "" {
				png, err := chromedp.Run(b, chromedp.FullScreenshot(100))
				if err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(dir, "help-desk-"+desk.name+".png"), png, 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}
