//go:build e2e

package pages

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// browser is Chromium with one page.
type browser struct {
	context.Context //nolint:containedctx // chromedp's way to name a page
	t               *testing.T
	root            string

	mu         sync.Mutex
	complaints []string // exceptions, and violations of the page's policy
}

func newBrowser(ctx context.Context, t *testing.T, address, language string) *browser {
	t.Helper()
	ctx, cancel := chromedp.NewContext(ctx, chromedp.WithAllocatorOptions(chromedp.NoSandbox, chromedp.Headless,
		chromedp.IgnoreCertErrors, chromedp.Flag("lang", language), chromedp.Flag("accept-lang", language),
		chromedp.Flag("hide-scrollbars", true), chromedp.UserDataDir(t.TempDir())))
	t.Cleanup(cancel)
	b := &browser{Context: ctx, t: t, root: "https://" + address}
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
	t.Cleanup(func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		if len(b.complaints) > 0 {
			t.Errorf("the pages report %q", b.complaints)
		}
	})
	return b
}

func (b *browser) do(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b, actions...); err != nil {
		b.t.Fatal(err)
	}
}

// value evaluates an expression of JavaScript.
func value[T any](b *browser, expression string) T {
	b.t.Helper()
	v, err := chromedp.Run(b, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("%.200s: %v", expression, err)
	}
	return v
}

func (b *browser) open(path string) {
	b.t.Helper()
	b.do(chromedp.Navigate(b.root + path))
}

// size and theme of the screen.
func (b *browser) screen(width int64, theme string) {
	b.t.Helper()
	b.do(chromedp.EmulateViewport(width, 800))
	_, err := chromedp.Call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: theme}},
	})
	must(b.t, err)
}

func (b *browser) press(keys ...string) {
	b.t.Helper()
	for _, key := range keys {
		b.do(chromedp.KeyEvent(key))
	}
}

func (b *browser) signIn(name string) {
	b.t.Helper()
	b.open("/sign-in")
	b.do(chromedp.SendKeys(`input[name=name]`, name), chromedp.SendKeys(`input[name=password]`, password+"\r"))
	b.sees("traybell")
	b.until("signed in", `!!document.querySelector(".me")`)
}

// until waits until an expression is true.
func (b *browser) until(what, expression string) {
	b.t.Helper()
	for late := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		if is, err := chromedp.Run(b, chromedp.Evaluate[bool](expression)); err == nil && is {
			return
		}
		if time.Now().After(late) {
			b.t.Fatalf("%s: not within 20 s:\n%s", what, value[string](b, `document.body.innerText`))
		}
	}
}

// sees waits until the page has a text.
func (b *browser) sees(text string) {
	b.t.Helper()
	b.until(fmt.Sprintf("the text %q", text), fmt.Sprintf(`document.body.innerText.includes(%q)`, text))
}

// axe is the script of axe-core 4.14.1 (MPL 2.0), which run.sh fetches from npm.
var axe = sync.OnceValues(func() (string, error) {
	lab := os.Getenv("LAB_ROOT")
	if lab == "" {
		lab = "/var/tmp/traybell-lab"
	}
	script, err := os.ReadFile(filepath.Join(lab, "axe-core", "axe.min.js"))
	if err != nil {
		return "", err
	}
	const want = "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c"
	if sum := sha256.Sum256(script); hex.EncodeToString(sum[:]) != want {
		return "", fmt.Errorf("axe.min.js has the SHA-256 %x", sum)
	}
	return string(script), nil
})

// violation is what axe found.
type violation struct {
	ID, Impact, Help string
	Nodes            []struct {
		HTML           string
		FailureSummary string
	}
}

// check reports what axe-core finds on the page, and what is wider than the screen.
func (b *browser) check(where string) {
	b.t.Helper()
	script, err := axe()
	if err != nil {
		b.t.Fatalf("axe-core: %v; run.sh fetches it", err)
	}
	b.do(chromedp.Evaluate[chromedp.Void](script + ";0"))
	text := value[string](b, `axe.run(document, {resultTypes: ["violations"]}).then(r => JSON.stringify(r.violations))`)
	var list []violation
	must(b.t, json.Unmarshal([]byte(text), &list))
	for _, v := range list {
		var nodes []string
		for _, n := range v.Nodes {
			nodes = append(nodes, fmt.Sprintf("  %.200s\n    %s", n.HTML, n.FailureSummary))
		}
		b.t.Errorf("%s: %s, %s: %s\n%s", where, v.Impact, v.ID, v.Help, strings.Join(nodes, "\n"))
	}
	if wide := value[string](b, `(() => {
		const most = document.documentElement.clientWidth;
		const wide = [...document.querySelectorAll("body *")].filter(e => {
			const box = e.getBoundingClientRect();
			return box.width && (box.right > most + 1 || box.left < -1) &&
				!e.closest("pre, .skip, .unseen, thead, svg");
		});
		if (document.documentElement.scrollWidth <= most) return "";
		return "the page, by " + wide.map(e => e.outerHTML.slice(0, 150)).join("\n");
	})()`); wide != "" {
		b.t.Errorf("%s is wider than the screen: %s", where, wide)
	}
	joined := value[string](b, `[...document.querySelectorAll("pre")].filter(e =>
		!getComputedStyle(e).whiteSpace.startsWith("pre")).map(e => e.outerHTML.slice(0, 150)).join("\n")`)
	if joined != "" {
		b.t.Errorf("%s has all lines of a text in one: %s", where, joined)
	}
	uneven := value[string](b, `[...document.querySelectorAll(".find, .edit.row")].map(form => [...new Set(
		[...form.querySelectorAll("input:not([type=checkbox],[type=hidden]), select, button, .button")].map(
			e => Math.round(e.getBoundingClientRect().height)))]).filter(heights => heights.length > 1).join("; ")`)
	if uneven != "" {
		b.t.Errorf("%s has fields of different heights in a row: %s", where, uneven)
	}
}
