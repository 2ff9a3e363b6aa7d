//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"traybell/desktop/platform/xtest"
	"traybell/test/e2e/phones"
	"traybell/test/lab"
	"traybell/test/tray"
)

// road is everything between a caller's phone and the ticket.
type road struct {
	t       *testing.T
	ctx     context.Context
	theme   string // light or dark
	znuny   lab.Znuny
	display *xtest.Display
	trunk   *phones.Trunk
	phone   map[string]*phones.Phone
	log     *lines // the hub's
	desktop *lines // the desktop's
	heard   int    // length of the hub's log that was read
}

const password = "tray bell"

const hubYAML = `
listen: %s
data_dir: .
pbx: [{id: main, address: "%s", username: otrs, password: "%s"}]
agents:
  - {login: agent1, name: Anna Petrova, extensions: ["101"], password: "%[4]s", teams: [support], rights: [ticket]}
  - {login: agent2, name: Boris Ivanov, extensions: ["102"], password: "%[4]s", teams: [support], rights: [ticket]}
tracking:
  - number: "74950000001"
    name: Support
    comment: "“Acme support, good morning.” Ask for the contract number."
    ticket: support
  - {number: "74950000002", name: Sales, comment: "Offer a call back before lunch."}
  - {number: "*"}
ticket_templates:
  support: {queue: Raw, priority: 3 normal, state: new, title: "{{.Line.Name}}: {{.Caller.Name}}"}
  default: {queue: Raw, priority: 3 normal, state: new, title: "Call from {{.Caller.Name}}"}
directories: [{name: customers, type: csv, path: customers.csv}]
help_desk: {type: znuny, url: "%[5]s", username: "%[6]s", password: "%[7]s", unknown_customer: unknown@znuny.lab}
desktop:
  language: en
  popups:
    answer: {enabled: true, appear: 0, show: 0, disappear: 0}
    incoming: {enabled: true, appear: 0, show: 0, disappear: 0}
  links:
    ticket: "%[5]s/index.pl?Action=AgentTicketPhone;Subaction=StoreNew;ExpandCustomerName=2;\
      CustomerUser=<PIM_CUSTOMER_UserLogin>"
`

const customersCSV = `login,name,e-mail,company,phone,mobile,location
ivanov,Ivan Ivanov,ivanov@znuny.lab,ACME,+7 (495) 123-45-67,8 916 765-43-21,"Moscow, Tverskaya 7"
petrova,Olga Petrova,petrova@znuny.lab,ACME,8 495 123-45-68,,"Moscow, Arbat 1"
`

func newRoad(t *testing.T, theme string, znuny lab.Znuny) *road {
	t.Helper()
	r := &road{
		t: t, ctx: t.Context(), theme: theme, znuny: znuny, phone: map[string]*phones.Phone{}, log: newLines(),
		desktop: newLines(),
	}
	bin := os.Getenv("TRAYBELL_BIN")
	if bin == "" {
		bin = filepath.Join("..", "..", "bin")
	}
	hub, desktop := absolute(t, filepath.Join(bin, "traybell-hub")), absolute(t, filepath.Join(bin, "traybell"))

	trunk, err := phones.ListenTrunk("127.0.1.50")
	r.must(err)
	r.trunk = trunk
	t.Cleanup(func() { _ = trunk.Close() })
	for _, extension := range []string{"101", "102", "103"} {
		p, err := phones.Listen(extension, "127.0.1."+extension)
		r.must(err)
		r.phone[extension] = p
		t.Cleanup(func() { _ = p.Close() })
	}

	dir := t.TempDir()
	hash := run(t, strings.NewReader(password+"\n"), hub, "passwd")
	address := freeAddress(t)
	yaml := fmt.Sprintf(hubYAML, address, lab.AMI, lab.AMIPassword, strings.TrimSpace(hash), znuny.URL, znuny.User,
		znuny.Password)
	r.must(os.WriteFile(filepath.Join(dir, "hub.yml"), []byte(yaml), 0o600))
	r.must(os.WriteFile(filepath.Join(dir, "customers.csv"), []byte(customersCSV), 0o600))
	t.Logf("traybell-hub check says:\n%s", run(t, nil, hub, "check", "--config", filepath.Join(dir, "hub.yml")))
	start(t, r.log, nil, hub, "serve", "--config", filepath.Join(dir, "hub.yml"))
	r.said("state=working")
	fingerprint := regexp.MustCompile(`certificate=([0-9A-F:]+)`).FindStringSubmatch(r.log.String())
	if fingerprint == nil {
		t.Fatal("the hub prints no fingerprint:\n" + r.log.String())
	}

	r.display = xtest.Start(t, "1280x800x24")
	r.display.Openbox()
	r.display.Run("xsetroot", "-solid", "#3a5a78")
	r.display.Spawn("xterm", "-T", "terminal", "-geometry", "80x24+40+40", "-e", "cat > "+filepath.Join(dir, "typed"))
	xtest.Until(t, "the terminal has the focus", func() bool {
		out, err := exec.Command("xdotool", "getwindowfocus", "getwindowname").Output()
		return err == nil && strings.TrimSpace(string(out)) == "terminal"
	})
	t.Setenv("TRAYBELL_TYPED", filepath.Join(dir, "typed"))
	bus, err := tray.Host(t.Context())
	r.must(err)
	start(t, r.desktop, []string{
		"TRAYBELL_PASSWORD=" + password, "FYNE_THEME=" + theme, "DBUS_SESSION_BUS_ADDRESS=" + bus,
	}, desktop,
		"--config", filepath.Join(dir, "desktop"), "--hub", address, "--extension", "101", "--trust", fingerprint[1])
	r.said("signed in")
	return r
}

func (r *road) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatalf("%v\nhub:\n%s\ndesktop:\n%s", err, tail(r.log.String()), tail(r.desktop.String()))
	}
}

// said waits for text in the hub's log after the last match.
func (r *road) said(text string) {
	r.t.Helper()
	late := time.After(30 * time.Second)
	for {
		whole, more := r.log.wait()
		if i := strings.Index(whole[r.heard:], text); i >= 0 {
			r.heard += i + len(text)
			return
		}
		select {
		case <-more:
		case <-late:
			r.must(fmt.Errorf("the hub did not log %q", text))
		}
	}
}

// ticket waits for the ticket number in the hub's log.
func (r *road) ticket() string {
	r.t.Helper()
	r.said("ticket made")
	rest := r.log.String()[r.heard:]
	m := regexp.MustCompile(`ticket=(\d+)`).FindStringSubmatch(rest)
	if m == nil {
		r.must(fmt.Errorf("no number in %q", rest))
	}
	r.settle()
	return m[1]
}

// settle waits until the screen has not changed for half a second.
func (r *road) settle() {
	r.t.Helper()
	for last, since := r.screen(), time.Now(); time.Since(since) < 500*time.Millisecond; {
		now := r.screen()
		if !bytes.Equal(last.Pix, now.Pix) {
			last, since = now, time.Now()
		}
	}
}

// screen returns a screenshot.
func (r *road) screen() *image.NRGBA {
	r.t.Helper()
	const width, height = 1280, 800
	raw, err := exec.CommandContext(r.ctx, "import", "-window", "root", "-depth", "8", "rgba:-").Output()
	if err == nil && len(raw) != 4*width*height {
		err = fmt.Errorf("a picture of %d bytes", len(raw))
	}
	r.must(err)
	return &image.NRGBA{Pix: raw, Stride: 4 * width, Rect: image.Rect(0, 0, width, height)}
}

// picture saves a screenshot of the corner with the cards, or of the whole screen.
func (r *road) picture(name string, whole bool) {
	r.t.Helper()
	dir := os.Getenv("TRAYBELL_SCREENSHOTS")
	if dir == "" {
		return
	}
	r.settle()
	r.must(os.MkdirAll(dir, 0o755))
	var out bytes.Buffer
	seen := r.screen()
	if !whole {
		seen = seen.SubImage(image.Rect(860, 360, 1280, 800)).(*image.NRGBA)
	}
	r.must(png.Encode(&out, seen))
	r.must(os.WriteFile(filepath.Join(dir, name+"-"+r.theme+".png"), out.Bytes(), 0o644))
}

// helpDesk opens the ticket's page in a full-screen browser, as an agent has it. Without Chromium
// the screen stays as it is.
func (r *road) helpDesk(number string) {
	r.t.Helper()
	browser, err := exec.LookPath("chromium")
	if err != nil {
		r.t.Log("chromium is not installed: the pictures have no help desk behind the popups")
		return
	}
	page := r.znuny.URL + "/index.pl?Action=Login;User=agent1;Password=agentpw1;RequestedURL=" +
		url.QueryEscape("Action=AgentTicketZoom;TicketNumber="+number)
	out := newLines()
	start(r.t, out, nil, browser, "--no-sandbox", "--test-type", "--disable-gpu", "--disable-quic", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync",
		"--user-data-dir="+r.t.TempDir(), "--window-position=0,0", "--window-size=1280,800", "--app="+page)
	before := r.screen()
	xtest.Until(r.t, "the help desk's page", func() bool {
		now, changed := r.screen(), 0
		for i := range now.Pix {
			if now.Pix[i] != before.Pix[i] {
				changed++
			}
		}
		return changed > len(now.Pix)/2
	})
	r.settle()
}

// pressOK finds the filled button of a card by its colour and clicks it.
func (r *road) pressOK() {
	r.t.Helper()
	filled := []color.NRGBA{
		{0x0f, 0x62, 0xc4, 0xff}, {0x18, 0x77, 0x4a, 0xff}, {0x6c, 0xb0, 0xff, 0xff}, {0x5f, 0xd3, 0x9a, 0xff},
	}
	r.settle() // cards that still move take the button along
	var at image.Point
	xtest.Until(r.t, "the button OK", func() bool {
		at = image.Point{}
		picture := r.screen()
		longest := 60 // shorter runs are icons and lines
		for _, c := range filled {
			for y := range picture.Rect.Dy() {
				for x, n := 0, 0; x < picture.Rect.Dx(); x++ {
					if picture.NRGBAAt(x, y) != c {
						n = 0
						continue
					}
					if n++; n > longest {
						longest, at = n, image.Pt(x-n/2, y+3)
					}
				}
			}
		}
		return at != image.Point{}
	})
	r.display.Run("xdotool", "mousemove", strconv.Itoa(at.X), strconv.Itoa(at.Y), "click", "1")
	r.display.Run("xdotool", "mousemove", "5", "790")
}

// clear closes the cards of earlier calls with the cross at their upper right.
func (r *road) clear() {
	r.t.Helper()
	xtest.Until(r.t, "the cards of earlier calls are closed", func() bool {
		out, err := exec.CommandContext(r.ctx, "xdotool", "search", "--onlyvisible", "--name", "^traybell$").Output()
		cards := strings.Fields(string(out))
		if err != nil || len(cards) == 0 {
			return true // xdotool fails if it finds nothing
		}
		corner := exec.CommandContext(r.ctx, "xdotool", "getwindowgeometry", "--shell", cards[0])
		out, err = corner.Output()
		var x, y, width int
		if _, scanErr := fmt.Sscanf(strings.Join(strings.Fields(string(out)), " "),
			"WINDOW="+cards[0]+" X=%d Y=%d WIDTH=%d", &x, &y, &width); err != nil || scanErr != nil {
			return false // closed meanwhile
		}
		r.display.Run("xdotool", "mousemove", strconv.Itoa(x+width-24), strconv.Itoa(y+24), "click", "1", "mousemove",
			"5", "790")
		return false
	})
}

// focus returns the window with the focus.
func (r *road) focus() string {
	r.t.Helper()
	return r.display.Run("xdotool", "getwindowfocus")
}

// typed types a word and checks that the terminal below the popups gets it.
func (r *road) typed() {
	r.t.Helper()
	word := fmt.Sprintf("typed%d", time.Now().UnixNano())
	r.display.Run("xdotool", "type", "--delay", "5", word)
	r.display.Run("xdotool", "key", "Return")
	xtest.Until(r.t, "the terminal gets the typed text", func() bool {
		text, _ := os.ReadFile(os.Getenv("TRAYBELL_TYPED"))
		return strings.Contains(string(text), word)
	})
}

// ask sends a request to Znuny's web service as the hub's user.
func (r *road) ask(method, path string, body map[string]any, into any) {
	r.t.Helper()
	body["UserLogin"], body["Password"] = r.znuny.User, r.znuny.Password
	raw, err := json.Marshal(body)
	r.must(err)
	req, err := http.NewRequestWithContext(r.ctx, method,
		r.znuny.URL+"/nph-genericinterface.pl/Webservice/Traybell"+path, bytes.NewReader(raw))
	r.must(err)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	r.must(err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	r.must(err)
	if err := json.Unmarshal(text, into); err != nil {
		r.must(fmt.Errorf("%s: %w", text, err))
	}
}

// openTickets closes what other tests left open and opens tickets of ivanov with these titles.
func (r *road) openTickets(titles ...string) {
	r.t.Helper()
	_, err := r.znuny.SQL(r.ctx, "update ticket set ticket_state_id = "+
		"(select id from ticket_state where name = 'closed successful') "+
		"where customer_user_id in ('ivanov', 'petrova')")
	r.must(err)
	_, err = r.znuny.Console(r.ctx, "Maint::Cache::Delete")
	r.must(err)
	for _, title := range titles {
		var made struct{ TicketNumber string }
		r.ask("POST", "/Ticket", map[string]any{
			"Ticket": map[string]any{
				"Title": title, "Queue": "Raw", "State": "open", "Priority": "3 normal", "CustomerUser": "ivanov",
			},
			"Article": map[string]any{
				"CommunicationChannel": "Phone", "SenderType": "customer", "Subject": title, "Body": title,
				"ContentType": "text/plain; charset=utf-8",
			},
		}, &made)
		if made.TicketNumber == "" {
			r.t.Fatalf("Znuny created no ticket %q", title)
		}
	}
}

// inZnuny compares the ticket in Znuny.
func (r *road) inZnuny(number, customer, title string) {
	r.t.Helper()
	var session struct{ SessionID string }
	r.ask("POST", "/Session", map[string]any{}, &session)
	var found struct{ TicketID any }
	r.ask("POST", "/TicketSearch", map[string]any{"TicketNumber": number}, &found)
	id := strings.Trim(fmt.Sprint(found.TicketID), "[]")
	var got struct {
		Ticket []struct {
			Title, CustomerUserID, TicketNumber string
			DynamicField                        []struct {
				Name  string
				Value any
			}
		}
	}
	r.ask("GET", "/Ticket/"+id+"?DynamicFields=1&SessionID="+session.SessionID, map[string]any{}, &got)
	if len(got.Ticket) != 1 {
		r.must(fmt.Errorf("ticket %s (id %q) is not in Znuny", number, id))
	}
	ticket := got.Ticket[0]
	if ticket.TicketNumber != number || ticket.CustomerUserID != customer || ticket.Title != title {
		r.t.Errorf("Znuny has %+v, want %s of %s with the title %q", ticket, number, customer, title)
	}
	for _, f := range ticket.DynamicField {
		if f.Name == "CallUniqueID" && strings.HasPrefix(fmt.Sprint(f.Value), "main:") {
			r.t.Logf("Znuny: ticket %s of %s, %q, call %s", number, customer, title, f.Value)
			return
		}
	}
	r.t.Errorf("ticket %s does not contain the call's id: %+v", number, ticket.DynamicField)
}
