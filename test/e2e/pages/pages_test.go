//go:build e2e

package pages

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"traybell/hub/ami/amitest"
	"traybell/shared/protocol"
	"traybell/test/terminal"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// page is a page and its picture.
type page struct{ name, path string }

func allPages(b *browser) []page {
	b.t.Helper()
	b.open("/tickets")
	ticket := value[string](b, `document.querySelector("#list td a").getAttribute("href")`)
	b.open("/why")
	call := value[string](b, `[...document.querySelectorAll("#list td a")].at(-1).getAttribute("href")`)
	change := value[string](b, `fetch("/configuration/agents/edit", {method: "POST", body: new URLSearchParams({
		entry: "boris", login: "boris", name: "Boris Ivanov", extensions: "102\n107", teams: "sales\nsupport",
		rights: "ticket", how: "generate",
	})}).then(r => new URL(r.url).pathname)`)
	return []page{
		{"overview", "/"},
		{"board", "/board"},
		{"calls", "/calls"},
		{"missed", "/missed"},
		{"why", "/why"},
		{"call", call},
		{"terminals", "/terminals"},
		{"agents", "/agents"},
		{"times", "/work-times"},
		{"queues", "/queues"},
		{"mobiles", "/mobiles"},
		{"announcements", "/announcements"},
		{"recordings", "/recordings"},
		{"tickets", "/tickets"},
		{"ticket", ticket},
		{"categories", "/categories"},
		{"category", "/categories?number=%2B74951234567"},
		{"blocked", "/blocked"},
		{"directories", "/directories?q=petr"},
		{"pbx", "/pbx"},
		{"numbers", "/numbers"},
		{"webhooks", "/webhooks"},
		{"configuration", "/configuration"},
		{"entries", "/configuration/agents"},
		{"entry", "/configuration/agents/edit?entry=anna"},
		{"template", "/configuration/ticket_templates/edit"},
		{"rules", "/configuration/rules"},
		{"rule", "/configuration/rules/edit?entry=debtors"},
		{"caller-id-rules", "/configuration/caller_id.rules"},
		{"change", change},
		{"audit", "/audit"},
		{"download", "/get"},
		{"guide", "/get/guide"},
	}
}

// inGuide are the pictures that the guide shows. They go to TRAYBELL_SCREENSHOTS, as does a sheet of
// each page in light and dark, of 1,280 and 360 pixels; all pictures, also in Russian, go to
// TRAYBELL_PAGES.
var inGuide = []string{
	"overview-light-1280", "overview-light-360", "calls-light-1280", "calls-dark-360", "terminals-light-1280",
	"board-light-1280", "board-dark-360", "change-light-1280", "change-dark-360", "get-light-1280",
}

// Each page has no violation of axe-core and fits, in light and dark, narrow and wide, in English
// and Russian.
func TestEachPageAfterADay(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	h := newHub(ctx, t)
	block(ctx, t, h)
	sheets := map[string][][]byte{}
	for _, language := range []string{"en", "ru"} {
		b := newBrowser(ctx, t, h.Addr(), language)
		look := func(p page, theme string, width int64) {
			b.open(p.path)
			b.check(fmt.Sprintf("%s %s %s %d", language, p.name, theme, width))
			if picture := b.picture(p.name, theme, width, language); language == "en" {
				sheets[p.name] = append(sheets[p.name], picture)
			}
		}
		b.eachScreen(func(theme string, width int64) { look(page{"sign-in", "/sign-in"}, theme, width) })
		b.signIn("admin")
		b.eachScreen(func(theme string, width int64) {
			for _, p := range allPages(b) {
				look(p, theme, width)
			}
		})
	}
	if folder := os.Getenv("TRAYBELL_SCREENSHOTS"); folder != "" {
		folder = filepath.Join(folder, "pages")
		must(t, os.MkdirAll(folder, 0o755)) //nolint:gosec // of the guide
		for name, pictures := range sheets {
			text, err := sheet(pictures)
			must(t, err)
			must(t, os.WriteFile(filepath.Join(folder, name+".png"), text, 0o644)) //nolint:gosec // of the guide
		}
	}
}

// eachScreen calls f with screens of all kinds.
func (b *browser) eachScreen(f func(theme string, width int64)) {
	for _, theme := range []string{"light", "dark"} {
		for _, width := range []int64{1280, 360} {
			b.screen(width, theme)
			f(theme, width)
		}
	}
}

// block blocks a number as an agent does, so that the list has one with its entries.
func block(ctx context.Context, t *testing.T, h *testHub) {
	t.Helper()
	b := newBrowser(ctx, t, h.Addr(), "en")
	b.signIn("admin")
	b.open("/blocked?number=%2B79035550177")
	b.do(chromedp.SendKeys(`input[name=reason]`, "Sells carpets\r"))
	b.sees("Sells carpets")
}

// picture takes a picture of the whole page.
func (b *browser) picture(name, theme string, width int64, language string) []byte {
	b.t.Helper()
	if name != "webhooks" { // one page of the guide is enough for the webhook that accepts no events
		b.do(chromedp.Evaluate[chromedp.Void](`document.querySelector("#notices")?.setAttribute("hidden", "");0`))
	}
	// A menu that sticks to the window would lie over the header of a picture that is higher, and
	// have only the entries that the window has room for.
	// A frame later its place counts for the size of the page.
	value[bool](b, `document.querySelector("#menu")?.style.setProperty("max-height", "none");
		document.querySelector("#menu")?.style.setProperty("position", "static");
		new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(() => drawn(true))))`)
	png, err := chromedp.Run(b, chromedp.FullScreenshot(100))
	must(b.t, err)
	if len(png) < 5000 {
		b.t.Errorf("the picture of %s has %d bytes", name, len(png))
	}
	name = fmt.Sprintf("%s-%s-%d", name, theme, width)
	if folder := os.Getenv("TRAYBELL_PAGES"); folder != "" {
		must(b.t, os.WriteFile(filepath.Join(folder, fmt.Sprintf("hub-%s-%s.png", name, language)), png, 0o600))
	}
	if folder := os.Getenv("TRAYBELL_SCREENSHOTS"); folder != "" && language == "en" && slices.Contains(inGuide, name) {
		must(b.t, os.WriteFile(filepath.Join(folder, "hub-"+name+".png"), png, 0o644)) //nolint:gosec // of the guide
	}
	return png
}

// A person without a mouse signs in, finds calls, adds and changes a category, and signs out.
func TestPagesByKeyboard(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	h := newHub(ctx, t)
	for _, width := range []int64{1280, 360} {
		t.Run(fmt.Sprint(width), func(t *testing.T) {
			b := newBrowser(ctx, t, h.Addr(), "en")
			b.screen(width, "light")
			b.open("/calls?missed=1")
			b.until("the name has the focus", `document.activeElement.name === "name"`)
			b.press("admin", kb.Tab, "wrong", kb.Enter)
			b.sees("Wrong name or password.")
			b.until("the password has the focus", `document.activeElement.name === "password"`)
			b.press(password, kb.Enter)
			b.sees("missed only")
			if where := value[string](b, `location.pathname + location.search`); where != "/calls?missed=1" {
				t.Errorf("the sign-in leads to %s", where)
			}

			b.press(kb.Tab) // the first stop leads past the menu
			if first := b.focus(); !strings.Contains(first, "Skip to the content") {
				t.Errorf("the first stop is %s", first)
			}
			b.press(kb.Enter)
			b.reach("Number, name or ticket")
			b.press("petrova", kb.Enter)
			b.until(
				"only her calls",
				`location.search.includes("text=petrova") &&
				[...document.querySelectorAll("#past-calls tbody tr")].every(
					r => r.innerText.includes("Olga Petrova"))`,
			)

			if width == 360 { // the menu is closed
				b.reachTo("Menu")
				b.press(kb.Enter)
				b.until("the menu is open", `document.querySelector("#menu").matches(":popover-open")`)
				b.press(kb.Escape)
				b.until("the menu is closed", `!document.querySelector("#menu").matches(":popover-open")`)
				b.press(kb.Enter)
			}
			b.reachTo("Categories")
			b.press(kb.Enter)
			b.sees("Add a category")
			b.reachTo("Add a category")
			b.press(kb.Enter)
			b.press(kb.Tab, "84950001122", kb.Tab, kb.ArrowRight, kb.Tab, "Likes tea", kb.Tab, kb.Enter)
			b.sees("The category was saved.")
			b.sees("Likes tea")
			b.reachTo("Edit: +74950001122")
			b.press(kb.Enter)
			b.sees("Edit the category")
			b.reachTo("Comment")
			b.press(" and cake")
			b.reachTo("Save")
			b.press(kb.Enter)
			b.sees("The category was saved.")
			b.reachTo("Delete: +74950001122")
			b.press(kb.Enter)
			b.press(kb.Tab, kb.Enter)
			b.sees("The category was deleted.")
			b.until("it is gone", `!document.body.innerText.includes("Likes tea")`)
			b.reachTo("Sign out")
			b.press(kb.Enter)
			b.sees("Login or extension")
		})
	}
}

// An administrator without a mouse adds an agent to hub.yml, who signs in with the password that the
// page shows, and reads at its field what is wrong with a number.
func TestHubYMLByKeyboard(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	h := newHub(ctx, t)
	b := newBrowser(ctx, t, h.Addr(), "en")
	b.screen(360, "light")
	b.signIn("admin")
	b.open("/configuration/agents")
	b.reachTo("Add an agent")
	b.press(kb.Enter)
	b.sees("New agent")
	b.reach("Login")
	b.press("vera", kb.Tab, "Вера", kb.Tab, "1 6")
	b.reach("Check and show the change")
	b.press(kb.Enter)
	b.sees(`"1 6" is not an extension`)
	b.check("a wrong field")
	if wrong := value[string](b, `document.querySelector("[aria-invalid]").name`); wrong != "extensions" {
		t.Errorf("the wrong field is %s", wrong)
	}
	b.reach("Extensions")
	b.do(chromedp.Evaluate[chromedp.Void](`document.activeElement.select()`))
	b.press("106")
	b.reach("Check and show the change")
	b.press(kb.Enter)
	b.sees("Nothing has been written yet.")
	b.reach("Write hub.yml")
	b.press(kb.Enter)
	b.sees("The hub has read the new file and uses it.")
	b.check("the outcome")
	b.picture("outcome", "light", 360, "en")
	vera, _, err := terminal.Open(ctx, h.Addr(), terminal.Options{}, protocol.OpenSession{
		Protocol: protocol.Version, Extension: "106", Client: protocol.Client{Desktop: "vera"},
		Password: value[string](b, `document.querySelector(".secret").innerText`),
	})
	if err != nil {
		t.Fatalf("the new agent: %v", err)
	}
	_ = vera.CloseNow()
	text, err := os.ReadFile(filepath.Join(h.dir, "hub.yml"))
	if err != nil || !strings.Contains(string(text), "{login: vera, name: Вера, extensions: [\"106\"], password:") {
		t.Errorf("%v\n%s", err, text)
	}
}

// focus describes what has the focus.
func (b *browser) focus() string {
	b.t.Helper()
	return value[string](b, `(() => {
		const e = document.activeElement;
		if (e.matches("main, body")) return "";
		const label = e.labels?.length ? e.labels[0].innerText : "";
		return [e.getAttribute("aria-label") ?? "", label, e.innerText ?? "", e.textContent].join("|");
	})()`)
}

// reach presses Tab until something with a text has the focus, and checks that it can be seen.
func (b *browser) reach(text string) {
	b.t.Helper()
	var seen []string
	for range 250 {
		b.press(kb.Tab)
		at := b.focus()
		if strings.Contains(at, text) {
			b.until("the focus on "+text+" can be seen", `(() => {
				const style = getComputedStyle(document.activeElement);
				const box = document.activeElement.getBoundingClientRect();
				return style.outlineStyle !== "none" &&
					box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
			})()`)
			return
		}
		seen = append(seen, fmt.Sprintf("%.40q", at))
	}
	b.t.Fatalf("Tab does not reach %q, but %s", text, strings.Join(seen, ", "))
}

// reachTo is reach from the top of the page.
func (b *browser) reachTo(text string) {
	b.t.Helper()
	if !strings.Contains(b.focus(), text) {
		b.reach(text)
	}
}

// A call appears on open pages by themselves, and a field that is being filled in stays.
func TestPagesFollowCalls(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	h := newHub(ctx, t)
	overview := newBrowser(ctx, t, h.Addr(), "en")
	overview.signIn("admin")
	overview.until("three calls", `document.querySelector(".tile b").innerText === "3"`)
	calls := newBrowser(ctx, t, h.Addr(), "en")
	calls.signIn("viewer")
	calls.open("/calls")
	calls.do(chromedp.SendKeys(`input[name=text]`, "half a wo"))
	call := h.main.Incoming(amitest.Incoming{Number: "84950007788", Name: "NEW", DID: "74950000001"})
	call.Ring("101")
	calls.sees("NEW")
	overview.until("four calls", `document.querySelector(".tile b").innerText === "4"`)
	if typed := value[string](calls, `document.activeElement.value`); typed != "half a wo" {
		t.Errorf("the field has %q", typed)
	}
	call.Hangup()
	overview.until("three calls again", `document.querySelector(".tile b").innerText === "3"`)
	calls.until(
		"it is among the ended ones",
		`["+74950007788", "84950007788"].some(n =>
			document.querySelector("#past-calls tbody tr").innerText.includes(n))`,
	)
	forms := `a[href="/terminals?to=all"], form[action="/terminals/message"]`
	if value[bool](calls, "!!document.querySelector('"+forms+"')") {
		t.Error("a viewer has a form")
	}
}
