//go:build e2e

package pages

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"traybell/shared/release"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// release puts desktops into the hub's folder and returns the key that signed them.
func (h *testHub) release() []ed25519.PublicKey {
	h.t.Helper()
	public, private, err := ed25519.GenerateKey(nil)
	must(h.t, err)
	folder := filepath.Join(h.dir, "desktops")
	must(h.t, os.Mkdir(folder, 0o700))
	var sums strings.Builder
	for name, size := range map[string]int64{
		"traybell_1.4.0_windows_amd64_setup.exe": 12_400_000, "traybell_1.4.0_windows_amd64.msi": 12_900_000,
		"traybell_1.4.0_amd64.deb": 11_800_000, "traybell_1.4.0_arm64.deb": 11_100_000,
		"traybell-1.4.0-1.x86_64.rpm": 11_900_000, "traybell_1.4.0_linux_amd64": 31_200_000,
		"traybell_1.4.0_macos_universal.zip": 24_600_000,
	} {
		f, err := os.Create(filepath.Join(folder, name))
		must(h.t, err)
		_, err = f.WriteString(name)
		must(h.t, err)
		must(h.t, f.Truncate(size)) // takes no space
		_, err = f.Seek(0, io.SeekStart)
		must(h.t, err)
		sum := sha256.New()
		_, err = io.Copy(sum, f)
		must(h.t, err)
		must(h.t, f.Close())
		sums.WriteString(hex.EncodeToString(sum.Sum(nil)) + "  " + name + "\n")
	}
	must(h.t, os.WriteFile(filepath.Join(folder, release.Sums), []byte(sums.String()), 0o600))
	signature := ed25519.Sign(private, []byte(sums.String()))
	must(h.t, os.WriteFile(filepath.Join(folder, release.Signature), signature, 0o600))
	return []ed25519.PublicKey{public}
}

// An agent finds the program for the computer, and the link that sets it up, and downloads it.
func TestAgentGetsTheDesktopFromTheHub(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	h := newHub(ctx, t)
	b := newBrowser(ctx, t, h.Addr(), "ru")
	b.open("/sign-in")
	value[int](b, `(document.querySelector('a[href="/get"]').click(), 0)`)
	b.sees("Для Linux")
	b.sees("Войдите здесь")
	b.signIn("101")
	b.open("/get")
	link := value[string](b, `[...document.querySelectorAll("a")].find(a => a.href.startsWith("traybell:")).href`)
	host, port, _ := strings.Cut(h.Addr(), ":")
	for _, part := range []string{
		"traybell://join?", "server=" + host, "port=" + port, "extension=101", "fingerprint=",
	} {
		if !strings.Contains(link, part) {
			t.Errorf("the link %s lacks %s", link, part)
		}
	}
	// What Chromium says of its computer chooses the file, which comes whole and in parts.
	best := value[string](b, `document.querySelector(".get a.main").getAttribute("href")`)
	if best != "/get/traybell_1.4.0_amd64.deb" && best != "/get/traybell_1.4.0_arm64.deb" {
		t.Errorf("it offers %s", best)
	}
	got := value[string](b, `(async () => {
		const whole = await (await fetch("`+best+`")).arrayBuffer();
		const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", whole));
		const part = await fetch("`+best+`", {headers: {Range: "bytes=9-13"}});
		const hex = [...digest].map(b => b.toString(16).padStart(2, "0")).join("");
		return hex + " " + part.status + " " + await part.text();
	})()`)
	if want := value[string](b, `document.querySelector(".get .sum code").innerText`) + " 206 1.4.0"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	value[int](b, `(document.querySelector('a[href="/get/guide"]').click(), 0)`)
	b.sees("First start")

	b = newBrowser(ctx, t, h.Addr(), "en")
	_, err := chromedp.Call(b, emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{
		UserAgent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/150.0.0.0 Safari/537.36",
		UserAgentMetadata: &emulation.UserAgentMetadata{
			Platform: "Windows", PlatformVersion: "15.0.0", Architecture: "x86", Bitness: "64",
		},
	})
	must(t, err)
	b.screen(1280, "light")
	b.signIn("101")
	b.open("/get")
	b.sees("For Windows")
	b.check("get")
	b.picture("get", "light", 1280, "en")
}
