package web_test

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"traybell/hub/handout"
	"traybell/hub/web"
	"traybell/shared/release"
)

const (
	setup = "traybell_1.3.0_windows_amd64_setup.exe"
	deb   = "traybell_1.3.0_amd64.deb"
	armed = "traybell_1.3.0_arm64.deb"
	rpm   = "traybell-1.3.0-1.x86_64.rpm"
	mac   = "traybell_1.3.0_macos_universal.zip"
)

// withRelease has the site hand out a release; without files its folder is empty.
func withRelease(t *testing.T, files ...string) func(o *web.Options, h *hub) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write := func(name string, content []byte) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var sums []byte
	for _, name := range files {
		content := []byte("content of " + name)
		write(name, content)
		sums = append(sums, sum(name)+"  "+name+"\n"...)
	}
	if files != nil {
		write(release.Sums, sums)
		write(release.Signature, ed25519.Sign(private, sums))
	}
	write("secret", []byte("x"))
	return func(o *web.Options, _ *hub) {
		keys := []ed25519.PublicKey{public}
		o.Desktops = handout.New(func() string { return dir }, keys, slog.New(slog.DiscardHandler))
		o.Join = func(host, extension string) string {
			return "traybell://join?extension=" + extension + "&server=" + host
		}
	}
}

func sum(name string) string {
	digest := sha256.Sum256([]byte("content of " + name))
	return hex.EncodeToString(digest[:])
}

func header(pairs ...string) func(r *http.Request) {
	return func(r *http.Request) {
		for i := 0; i < len(pairs); i += 2 {
			r.Header.Set(pairs[i], pairs[i+1])
		}
	}
}

func TestPageKnowsTheVisitorsComputer(t *testing.T) {
	s := newSite(t, withRelease(t, setup, deb, armed, rpm, mac))
	for name, c := range map[string]struct {
		with func(r *http.Request)
		best string // empty: none
	}{
		"Windows": {header("User-Agent", "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Firefox/140.0"), setup},
		"Chromium on Windows": {
			header("User-Agent", "Mozilla/5.0 (X11; Linux x86_64)", "Sec-CH-UA-Platform", `"Windows"`),
			setup,
		},
		"Mac":    {header("User-Agent", "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Safari/605.1.15"), mac},
		"Debian": {header("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0"), deb},
		"Fedora": {header("User-Agent", "Mozilla/5.0 (X11; Fedora; Linux x86_64; rv:140.0) Firefox/140.0"), rpm},
		"ARM":    {header("User-Agent", "Mozilla/5.0 (X11; Ubuntu; Linux aarch64; rv:140.0) Firefox/140.0"), armed},
		"ARM by hints": {header("User-Agent", "(X11; Linux x86_64) Chrome/150", "Sec-CH-UA-Platform", `"Linux"`,
			"Sec-CH-UA-Arch", `"arm"`, "Sec-CH-UA-Bitness", `"64"`), armed},
		"telephone": {header("User-Agent", "Mozilla/5.0 (Linux; Android 16) Mobile Firefox/140.0"), ""},
		"Windows on ARM": {header("Sec-CH-UA-Platform", `"Windows"`, "Sec-CH-UA-Arch", `"arm"`,
			"Sec-CH-UA-Bitness", `"64"`), ""},
		"script": {header("User-Agent", "curl/8.0"), ""},
	} {
		resp, body := s.do("GET", "/get", nil, c.with)
		wantPage(t, resp, body, 200, "SHA256SUMS.sig")
		best, _, found := strings.Cut(body, "<h2>Other files</h2>")
		if !found {
			t.Errorf("%s: no other files:\n%s", name, body)
		}
		if c.best == "" && strings.Contains(best, "Download version") ||
			c.best != "" && !strings.Contains(best, `href="/get/`+c.best+`">Download version 1.3.0</a>`) {
			t.Errorf("%s: want %q:\n%s", name, c.best, best)
		}
		if c.best != "" && !strings.Contains(best, sum(c.best)) {
			t.Errorf("%s: no checksum:\n%s", name, best)
		}
		if !strings.Contains(resp.Header.Get("Accept-CH"), "Sec-CH-UA-Arch") {
			t.Errorf("asks for no hints: %v", resp.Header)
		}
	}
}

func TestAgentGetsTheLinkThatSetsTheDesktopUp(t *testing.T) {
	give := withRelease(t, setup)
	s := newSite(t, func(o *web.Options, h *hub) {
		give(o, h)
		o.People = []web.Person{agent("anna", hash(t, "secret")), person("root", hash(t, "secret"))}
	})
	windows := header("User-Agent", "Windows NT")
	resp, body := s.do("GET", "/get", nil, windows)
	wantPage(t, resp, body, 200, `href="/sign-in?to=/get"`, `href="/get/guide"`)
	if strings.Contains(body, "traybell://") {
		t.Error("a stranger gets a link")
	}
	resp, body = s.do("GET", "/get", nil, windows, s.signIn("101", "secret"))
	wantPage(t, resp, body, 200,
		`href="traybell://join?extension=101&amp;server=`+strings.TrimPrefix(s.URL, "http://")+`"`)
	resp, body = s.do("GET", "/get", nil, windows, s.signIn("root", "secret"))
	wantPage(t, resp, body, 200, "that your administrator sent you")
	resp, body = s.do("GET", "/get", nil, windows, header("Accept-Language", "ru"))
	wantPage(t, resp, body, 200, "Скачать версию 1.3.0", "установщик")
	resp, body = s.do("GET", "/get/guide", nil)
	wantPage(t, resp, body, 200, `<h2 id="first-start">First start</h2>`, "<table>", "<td>talking</td>")
	if strings.Contains(body, "../assets") || strings.Contains(body, "admin-guide.md") {
		t.Error("the guide leads to what the hub does not have")
	}
}

func TestFilesAreSentInParts(t *testing.T) {
	s := newSite(t, withRelease(t, setup, deb))
	content := "content of " + setup
	resp, body := s.do("GET", "/get/"+setup, nil)
	if wantPage(t, resp, body, 200); body != content ||
		resp.Header.Get("Content-Disposition") != "attachment; filename="+setup ||
		resp.Header.Get("ETag") != `"`+sum(setup)+`"` || resp.Header.Get("Accept-Ranges") != "bytes" {
		t.Errorf("%q, %v", body, resp.Header)
	}
	resp, body = s.do("GET", "/get/"+setup, nil, header("Range", "bytes=11-", "If-Range", `"`+sum(setup)+`"`))
	if wantPage(t, resp, body, 206); body != setup {
		t.Errorf("%q", body)
	}
	resp, body = s.do("GET", "/get/"+setup, nil, header("Range", "bytes=11-", "If-Range", `"of another version"`))
	if wantPage(t, resp, body, 200); body != content {
		t.Errorf("%q", body)
	}
	resp, body = s.do("GET", "/get/"+setup, nil, header("Range", "bytes=999-"))
	if resp.StatusCode != http.StatusRequestedRangeNotSatisfiable {
		t.Errorf("%s %q", resp.Status, body)
	}
	resp, body = s.do("GET", "/get/SHA256SUMS", nil)
	wantPage(t, resp, body, 200, sum(setup)+"  "+setup+"\n")
	resp, _ = s.do("GET", "/get/linux.deb", nil)
	if resp.StatusCode != http.StatusFound || resp.Header.Get("Location") != "/get/"+deb {
		t.Errorf("%s, %v", resp.Status, resp.Header)
	}
	for _, path := range []string{"/get/secret", "/get/..%2fsecret", "/get/%2e%2e", "/get/" + rpm, "/get/x/" + deb} {
		if resp, body := s.do("GET", path, nil); resp.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %s %q", path, resp.Status, body)
		}
	}
}

func TestHubWithoutDesktops(t *testing.T) {
	s := newSite(t, withRelease(t))
	resp, body := s.do("GET", "/get", nil)
	wantPage(t, resp, body, 200, "no desktop program", "downloads.folder")
	if resp, _ := s.do("GET", "/get/SHA256SUMS", nil); resp.StatusCode != http.StatusNotFound {
		t.Error(resp.Status)
	}
	broken := withRelease(t, setup)
	s = newSite(t, func(o *web.Options, h *hub) {
		broken(o, h)
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, release.Sums), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		o.Desktops = handout.New(func() string { return dir }, nil, slog.New(slog.DiscardHandler))
	})
	resp, body = s.do("GET", "/get", nil)
	wantPage(t, resp, body, 200, "not a release that this hub trusts")
	if resp, _ := s.do("GET", "/get/"+setup, nil); resp.StatusCode != http.StatusServiceUnavailable {
		t.Error(resp.Status)
	}
}
