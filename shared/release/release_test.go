package release

import (
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const digest = "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"

func TestOnlyWhatATrustedKeySignsIsARelease(t *testing.T) {
	public, private, _ := ed25519.GenerateKey(nil)
	other, stranger, _ := ed25519.GenerateKey(nil)
	sums := []byte(digest + "  traybell_1.2.3_amd64.deb\n" + digest + "  traybell-hub_1.2.3_amd64.deb\n")
	signature := ed25519.Sign(private, sums)
	files, err := Verify([]ed25519.PublicKey{other, public}, sums, signature)
	if err != nil || len(files) != 1 || files[0].SHA256 != digest {
		t.Errorf("%v, %v", files, err)
	}
	for name, err := range map[string]error{
		"another key":    second(Verify([]ed25519.PublicKey{public}, sums, ed25519.Sign(stranger, sums))),
		"a changed byte": second(Verify([]ed25519.PublicKey{public}, append([]byte("0"), sums[1:]...), signature)),
		"a line more":    second(Verify([]ed25519.PublicKey{public}, append(sums, sums...), signature)),
		"no signature":   second(Verify([]ed25519.PublicKey{public}, sums, nil)),
	} {
		if !errors.Is(err, ErrUnsigned) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Verify(nil, sums, signature); !errors.Is(err, ErrNoKey) {
		t.Errorf("without a key: %v", err)
	}
	wrong := []byte("12  traybell_1.2.3_amd64.deb\n")
	if _, err := Verify([]ed25519.PublicKey{public}, wrong, ed25519.Sign(private, wrong)); err == nil {
		t.Error("a line without a checksum is accepted")
	}
}

func second(_ []File, err error) error { return err }

func TestKeysAreReadFromHexadecimalDigits(t *testing.T) {
	public, _, _ := ed25519.GenerateKey(nil)
	word := hex.EncodeToString(public)
	if got := parseKeys(word + ", " + strings.ToUpper(word)); len(got) != 2 || !got[1].Equal(public) {
		t.Errorf("%v", got)
	}
	if got := parseKeys("" + ",x," + word[2:]); got != nil {
		t.Errorf("%v", got)
	}
}

func TestDesktopsAreRecognisedByTheirNames(t *testing.T) {
	for name, want := range map[string]File{
		"traybell_1.2.3_amd64.deb":               {Version: "v1.2.3", System: "linux", Arch: "amd64", Form: Deb},
		"traybell_1.2.3~rc1_arm64.deb":           {Version: "v1.2.3-rc1", System: "linux", Arch: "arm64", Form: Deb},
		"traybell-1.2.3-1.x86_64.rpm":            {Version: "v1.2.3", System: "linux", Arch: "amd64", Form: RPM},
		"traybell-1.2.3~rc.2-1.aarch64.rpm":      {Version: "v1.2.3-rc.2", System: "linux", Arch: "arm64", Form: RPM},
		"traybell_1.2.3_linux_amd64":             {Version: "v1.2.3", System: "linux", Arch: "amd64", Form: Program},
		"traybell_1.2.3_windows_amd64.exe":       {Version: "v1.2.3", System: "windows", Arch: "amd64", Form: Program},
		"traybell_1.2.3_windows_amd64_setup.exe": {Version: "v1.2.3", System: "windows", Arch: "amd64", Form: Setup},
		"traybell_1.2.3_windows_amd64.msi":       {Version: "v1.2.3", System: "windows", Arch: "amd64", Form: MSI},
		"traybell_1.2.3_macos_universal.zip":     {Version: "v1.2.3", System: "darwin", Form: App},
		"traybell_0.0.0~2026_amd64.deb":          {Version: "v0.0.0-2026", System: "linux", Arch: "amd64", Form: Deb},
	} {
		want.Name = name
		if got, ok := describe(name); !ok || got != want {
			t.Errorf("%s (-want +got):\n%s", name, cmp.Diff(want, got))
		}
	}
	for _, name := range []string{
		"traybell-hub_1.2.3_amd64.deb", "traybell_1.2.3_mips.deb", "traybell_1.2_amd64.deb", "desktop_1.2.3.cdx.json",
		"../traybell_1.2.3_amd64.deb", "traybell_1.2.3_../x.deb", "traybell_1.2.3_windows_amd64.bat", "",
	} {
		if got, ok := describe(name); ok {
			t.Errorf("%q is %+v", name, got)
		}
	}
}

func TestVersionsHaveAnOrder(t *testing.T) {
	rising := []string{"", "v0.0.0-20261129060000", "v1.2.3-rc1", "v1.2.3", "v1.2.10", "v1.10.0"}
	for i, version := range rising {
		for j, than := range rising {
			if got := Newer(version, than); got != (i > j) {
				t.Errorf("%q newer than %q: %v", version, than, got)
			}
		}
	}
	for _, commit := range []string{"dev", "abcdef0", "1.2.3", "v1.0.0-4-gabcdef0"} {
		if Newer(commit, "v1.0.0") || Newer("v1.1.0", commit) {
			t.Errorf("%q has a place among releases", commit)
		}
	}
}

func TestFileForAComputer(t *testing.T) {
	files := []File{
		{Name: "old", Version: "v1.9.0", System: "windows", Arch: "amd64", Form: Setup},
		{Name: "new", Version: "v1.10.0", System: "windows", Arch: "amd64", Form: Setup},
		{Name: "mac", Version: "v1.11.0", System: "darwin", Form: App},
	}
	if f, ok := For(files, "windows", "amd64", Setup); !ok || f.Name != "new" {
		t.Errorf("%v, %v", f, ok)
	}
	if f, ok := For(files, "darwin", "arm64", App); !ok || f.Name != "mac" {
		t.Errorf("%v, %v", f, ok)
	}
	if f, ok := For(files, "windows", "arm64", Setup); ok {
		t.Errorf("%v", f)
	}
	if got := Newest(files); got != "v1.11.0" {
		t.Error(got)
	}
}
