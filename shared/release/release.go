// Package release reads what makes files a release: SHA256SUMS, signed with ed25519. It has no
// state.
//
// The public keys are set when a program is built (packaging/release -key). Neither the hub's
// configuration nor a hub can add one. A program that was built without a key trusts no release.
package release

import (
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/mod/semver"
)

// The files of a folder with a release, in addition to its programs.
const (
	Sums      = "SHA256SUMS"
	Signature = Sums + ".sig" // 64 bytes
)

// MaxSums limits the size of SHA256SUMS, in bytes.
const MaxSums = 64 << 10

// trusted is set by the linker: public keys in hexadecimal digits, separated by commas.
var trusted string

// Keys returns the public keys that this program trusts; none if it was built without one.
func Keys() []ed25519.PublicKey { return parseKeys(trusted) }

func parseKeys(text string) (keys []ed25519.PublicKey) {
	for word := range strings.SplitSeq(text, ",") {
		if key, err := hex.DecodeString(strings.TrimSpace(word)); err == nil && len(key) == ed25519.PublicKeySize {
			keys = append(keys, key)
		}
	}
	return keys
}

// What is wrong with a release.
var (
	ErrNoKey    = errors.New("this program was built without the public key of releases")
	ErrUnsigned = errors.New(Signature + " is not a signature of " + Sums + " by a trusted key")
)

// File is a desktop of a release. Version, System and Arch are read from its name, which is signed.
type File struct {
	Name    string
	SHA256  string // 64 lower-case hexadecimal digits
	Version string // v1.2.3 or v1.2.3-rc1
	System  string // of Go: windows, linux, darwin
	Arch    string // of Go: amd64, arm64; empty: all
	Form    Form
}

// Form is how a file is installed.
type Form string

// The forms.
const (
	Program Form = "program" // runs as it is
	Setup   Form = "setup"
	MSI     Form = "msi"
	Deb     Form = "deb"
	RPM     Form = "rpm"
	App     Form = "app" // of macOS, packed
)

// Verify checks the signature of SHA256SUMS and returns the desktops that it names.
func Verify(keys []ed25519.PublicKey, sums, signature []byte) ([]File, error) {
	if len(keys) == 0 {
		return nil, ErrNoKey
	}
	if !slices.ContainsFunc(keys, func(k ed25519.PublicKey) bool { return ed25519.Verify(k, sums, signature) }) {
		return nil, ErrUnsigned
	}
	var files []File
	for line := range strings.Lines(string(sums)) {
		digest, name, ok := strings.Cut(strings.TrimRight(line, "\r\n"), "  ")
		if raw, err := hex.DecodeString(digest); !ok || err != nil || len(raw) != 32 {
			return nil, fmt.Errorf("%s has a line that is no checksum: %.80q", Sums, line)
		}
		if f, ok := describe(name); ok {
			f.SHA256 = strings.ToLower(digest)
			files = append(files, f)
		}
	}
	return files, nil
}

// named are the names of desktops: traybell_1.2.3~rc1_windows_amd64.exe, traybell_1.2.3_amd64.deb,
// traybell-1.2.3-1.x86_64.rpm.
var named = regexp.MustCompile(`^traybell[-_](\d+\.\d+\.\d+(?:~[0-9A-Za-z.]+)?)(?:-\d+)?[-_.]([0-9A-Za-z_.-]+)$`)

var architectures = map[string]string{
	"amd64": "amd64", "x86_64": "amd64", "x64": "amd64", "arm64": "arm64", "aarch64": "arm64",
	"universal": "",
}

// describe reads the name of a desktop; ok is false for other files, such as those of the hub.
func describe(name string) (f File, ok bool) {
	m := named.FindStringSubmatch(name)
	if m == nil {
		return File{}, false
	}
	f = File{Name: name, Version: "v" + strings.Replace(m[1], "~", "-", 1)}
	if !valid(f.Version) {
		return File{}, false
	}
	arch := ""
	switch rest := m[2]; {
	case strings.HasSuffix(rest, ".deb"):
		f.System, f.Form, arch = "linux", Deb, strings.TrimSuffix(rest, ".deb")
	case strings.HasSuffix(rest, ".rpm"):
		f.System, f.Form, arch = "linux", RPM, strings.TrimSuffix(rest, ".rpm")
	case strings.HasPrefix(rest, "linux_"):
		f.System, f.Form, arch = "linux", Program, strings.TrimPrefix(rest, "linux_")
	case strings.HasPrefix(rest, "macos_") && strings.HasSuffix(rest, ".zip"):
		f.System, f.Form, arch = "darwin", App, strings.TrimSuffix(strings.TrimPrefix(rest, "macos_"), ".zip")
	case strings.HasPrefix(rest, "windows_"):
		f.System = "windows"
		arch, rest = cutAny(strings.TrimPrefix(rest, "windows_"), "_setup.exe", ".exe", ".msi")
		f.Form = map[string]Form{"_setup.exe": Setup, ".exe": Program, ".msi": MSI}[rest]
	}
	of, known := architectures[arch]
	f.Arch = of
	return f, known && f.Form != ""
}

// cutAny removes the first suffix that a text has, and returns it.
func cutAny(text string, suffixes ...string) (before, suffix string) {
	for _, suffix := range suffixes {
		if before, ok := strings.CutSuffix(text, suffix); ok {
			return before, suffix
		}
	}
	return text, ""
}

// Newest returns the highest version of files; empty without files.
func Newest(files []File) (version string) {
	for _, f := range files {
		if Newer(f.Version, version) {
			version = f.Version
		}
	}
	return version
}

// tagged are the versions of releases. Between releases git names commits v1.2.3-4-gabcdef0.
var tagged = regexp.MustCompile(`^v\d+\.\d+\.\d+(-[0-9A-Za-z.]+)?$`)

func valid(version string) bool { return tagged.MatchString(version) && semver.IsValid(version) }

// Newer reports whether a version is higher than another one. A version that is not that of a
// release, such as a commit, is not newer than any; a release is newer than none ("").
func Newer(version, than string) bool {
	return valid(version) && (than == "" || valid(than) && semver.Compare(version, than) > 0)
}

// For returns the file of that form for a computer, of the highest version.
func For(files []File, system, arch string, form Form) (found File, ok bool) {
	for _, f := range files {
		if f.System == system && f.Form == form && (f.Arch == "" || f.Arch == arch) && Newer(f.Version, found.Version) {
			found, ok = f, true
		}
	}
	return found, ok
}
