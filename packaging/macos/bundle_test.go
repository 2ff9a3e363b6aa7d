package macos

import (
	"bytes"
	"encoding/binary"
	"encoding/xml"
	"errors"
	"image/png"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
)

// The folder that build.sh makes of a program, which is all of it that can be made elsewhere.
func TestBundle(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("build.sh needs bash")
	}
	dir := t.TempDir()
	program := filepath.Join(dir, "program")
	if err := os.WriteFile(program, []byte("program"), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 { // also over an earlier one
		if out, err := exec.CommandContext(t.Context(), "bash", "build.sh", "bundle", program, "1.2.3~rc1", dir).
			CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	contents := filepath.Join(dir, "traybell.app", "Contents")
	keys := plist(t, filepath.Join(contents, "Info.plist"))
	for key, want := range map[string]string{
		"CFBundleShortVersionString": "1.2.3", "CFBundleVersion": "1.2.3", "CFBundlePackageType": "APPL",
		"CFBundleIdentifier": "io.github.traybell", "LSMinimumSystemVersion": "12.0", "LSUIElement": "true",
		"NSHighResolutionCapable": "true",
	} {
		if keys[key] != want {
			t.Errorf("%s: %q, want %q", key, keys[key], want)
		}
	}
	text, err := os.ReadFile(filepath.Join(contents, "MacOS", keys["CFBundleExecutable"]))
	if err != nil || string(text) != "program" {
		t.Errorf("the program: %q, %v", text, err)
	}
	if info, err := os.Stat(filepath.Join(contents, "MacOS", "traybell")); err != nil || info.Mode().Perm() != 0o755 {
		t.Errorf("the program: %v, %v", info, err)
	}
	icon(t, filepath.Join(contents, "Resources", keys["CFBundleIconFile"]))
	if text, err := os.ReadFile(filepath.Join(contents, "PkgInfo")); err != nil || string(text) != "APPL????" {
		t.Errorf("PkgInfo: %q, %v", text, err)
	}
}

func TestBuildNeedsAMac(t *testing.T) {
	if runtime.GOOS == "darwin" || runtime.GOOS == "windows" {
		t.Skip("this is about other systems")
	}
	for _, args := range [][]string{{"1.2.3"}, {}, {"bundle", "program"}} {
		if err := exec.CommandContext(t.Context(), "bash", append([]string{"build.sh"}, args...)...).Run(); err == nil {
			t.Errorf("build.sh %v succeeds", args)
		}
	}
}

// plist reads the texts and the true ones of a property list.
func plist(t *testing.T, path string) map[string]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	keys, key, text := map[string]string{}, "", ""
	for d := xml.NewDecoder(f); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return keys
		}
		if err != nil {
			t.Fatal(err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			text = ""
		case xml.CharData:
			text += string(e)
		case xml.EndElement:
			switch e.Name.Local {
			case "key":
				key = text
			case "string":
				keys[key] = text
			case "true":
				keys[key] = "true"
			}
		}
	}
}

// icon reads an icon: pictures with their names and lengths.
func icon(t *testing.T, path string) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if len(raw) < 8 || string(raw[:4]) != "icns" || int(binary.BigEndian.Uint32(raw[4:])) != len(raw) {
		t.Fatalf("%s is no icon", path)
	}
	sizes := map[string]int{
		"ic07": 128, "ic08": 256, "ic09": 512, "ic10": 1024, "ic11": 32, "ic12": 64, "ic13": 256, "ic14": 512,
	}
	for raw = raw[8:]; len(raw) > 0; {
		name, length := string(raw[:4]), int(binary.BigEndian.Uint32(raw[4:]))
		picture, err := png.DecodeConfig(bytes.NewReader(raw[8:length]))
		if err != nil || picture.Width != sizes[name] || picture.Height != sizes[name] {
			t.Errorf("%s: %d × %d, %v", name, picture.Width, picture.Height, err)
		}
		delete(sizes, name)
		raw = raw[length:]
	}
	if len(sizes) > 0 {
		t.Errorf("sizes are missing: %v", sizes)
	}
}
