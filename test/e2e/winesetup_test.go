//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io/fs"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"traybell/desktop/platform/xtest"
)

// TestWindowsSetupUnderWine installs, upgrades, downgrades and removes the desktop by its setup
// programs, silently, for all users and for one.
func TestWindowsSetupUnderWine(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	run(t, nil, "bash", filepath.Join(root, "packaging", "windows", "build.sh"), "1.2.0")
	w := newWine(t, root)
	s := &setups{wine: w, root: root, dir: t.TempDir()}
	began := time.Now()
	program := filepath.Join(s.dir, "any.exe") // is not run
	w.must(os.WriteFile(program, []byte("MZ"), 0o600))
	for _, version := range []string{"1.0.0", "1.1.0~rc1", "1.1.0"} {
		s.build(program, filepath.Join(s.dir, version), version)
	}
	again := t.TempDir()
	s.build(program, filepath.Join(again, "1.0.0"), "1.0.0")
	for _, suffix := range []string{"_setup.exe", ".msi", "_user.msi"} {
		first, err := os.ReadFile(filepath.Join(s.dir, "1.0.0"+suffix))
		w.must(err)
		second, err := os.ReadFile(filepath.Join(again, "1.0.0"+suffix))
		w.must(err)
		if !bytes.Equal(first, second) {
			t.Errorf("a second build of %s differs", suffix)
		}
	}
	t.Logf("four setups built in %.0f s", time.Since(began).Seconds())
	for _, c := range []scope{
		{"setup.exe for all users", "_setup.exe", "HKLM", `Program Files/traybell`, []string{"/S", "/ALLUSERS"}},
		{"setup.exe for one user", "_setup.exe", "HKCU", perUser, []string{"/S", "/CURRENTUSER"}},
		{"msi for all users", ".msi", "HKLM", `Program Files/traybell`, nil},
		{"msi for one user", "_user.msi", "HKCU", perUser, nil},
	} {
		t.Run(c.name, func(t *testing.T) { s.on(t).lifetime(c) })
	}
	t.Run("another program's links stay", func(t *testing.T) { s.on(t).foreign() })
	t.Run("one user gets no second one", func(t *testing.T) { s.on(t).second() })
	t.Run("signatures", func(t *testing.T) { s.on(t).signed(filepath.Join(root, "bin", "traybell.exe")) })
	t.Run("a running program", func(t *testing.T) { s.on(t).running() })
}

// TestUpdateUnderWineStartsTheProgram runs a setup as the program does for an update, after it has
// ended: the setup installs for the user and starts the new version.
func TestUpdateUnderWineStartsTheProgram(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	s := &setups{wine: newWine(t, root), root: root, dir: t.TempDir()}
	for _, version := range []string{"1.0.0", "1.1.0"} {
		program := filepath.Join(s.dir, version+".exe")
		s.once("x86_64-w64-mingw32-gcc", "-O1", "-s", "-mwindows", `-DVERSION="`+version+`"`, "-o", program,
			filepath.Join(root, "test", "lab", "wine", "started.c"))
		s.build(program, filepath.Join(s.dir, version), version)
	}
	started := filepath.Join(s.prefix, "drive_c", "started")
	s.install(scope{suffix: "_setup.exe", flags: []string{"/S", "/CURRENTUSER"}}, "1.0.0")
	if _, err := os.Stat(started); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without /START the program is started: %v", err)
	}
	s.install(scope{suffix: "_setup.exe", flags: []string{"/S", "/CURRENTUSER", "/START"}}, "1.1.0")
	xtest.Until(t, "the new version runs", func() bool {
		version, err := os.ReadFile(started)
		return err == nil && string(version) == "1.1.0"
	})
	s.has("HKCU"+appsKey, "DisplayVersion", "1.1.0")
}

// perUser is the folder of the program that is installed for one user.
const perUser = "users/*/AppData/Local/Programs/traybell"

// setups are the setup programs of some versions.
type setups struct {
	*wine
	root, dir string
}

// scope is a kind of setup program.
type scope struct {
	name, suffix, hive, folder string
	flags                      []string
}

func (s *setups) on(t *testing.T) *setups {
	s.t = t
	return s
}

func (s *setups) build(program, to, version string, env ...string) {
	s.t.Helper()
	script := filepath.Join(s.root, "packaging", "windows", "setup.sh")
	cmd := exec.CommandContext(s.t.Context(), "bash", script, program, version, to)
	cmd.Env = append(append(os.Environ(), "SOURCE_DATE_EPOCH=1700000000"), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		s.t.Fatalf("%v\n%s", err, out)
	}
}

// code runs a program and returns its exit code.
func (s *setups) code(program string, args ...string) int {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "wine", append([]string{program}, args...)...)
	cmd.Env = append(os.Environ(), s.env...)
	cmd.WaitDelay = 5 * time.Second
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) && !errors.Is(err, exec.ErrWaitDelay) {
		s.t.Fatalf("%s %v: %v", program, args, err)
	}
	return cmd.ProcessState.ExitCode()
}

// install runs the setup program of a version; options are such as HUB=hub.
func (s *setups) install(c scope, version string, options ...string) {
	s.t.Helper()
	file, args := filepath.Join(s.dir, version+c.suffix), append([]string{}, c.flags...)
	if strings.HasSuffix(c.suffix, "msi") {
		file, args = "msiexec", []string{"/i", file, "/qn"}
		args = append(args, options...)
	} else {
		for _, o := range options {
			args = append(args, "/"+o)
		}
	}
	if code := s.code(file, args...); code != 0 {
		s.t.Fatalf("%s %v: code %d", file, args, code)
	}
}

// registry returns a key with all below it; empty if it does not exist.
func (s *setups) registry(key string) string {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "wine", "reg", "query", key, "/s")
	cmd.Env = append(os.Environ(), s.env...)
	out, err := cmd.Output()
	if err != nil {
		return ""
	}
	return strings.ReplaceAll(string(out), "\r", "")
}

// has requires a value in the registry; an empty one is none.
func (s *setups) has(key, name, want string) {
	s.t.Helper()
	value := regexp.MustCompile(`(?m)^    ` + regexp.QuoteMeta(name) + ` +REG_SZ +(.*)$`)
	found := value.FindStringSubmatch(s.registry(key))
	got := ""
	if found != nil {
		got = found[1]
	}
	if got != want {
		s.t.Errorf(`%s, %s: %q, want %q`, key, name, got, want)
	}
}

const (
	ownKey   = `\Software\traybell`
	runKey   = `\Software\Microsoft\Windows\CurrentVersion\Run`
	appsKey  = `\Software\Microsoft\Windows\CurrentVersion\Uninstall`
	classKey = `\Software\Classes\`
)

func (s *setups) lifetime(c scope) {
	fingerprint := strings.TrimSuffix(strings.Repeat("AB:", 32), ":")
	s.install(c, "1.0.0", "HUB=hub.example.com:11011", "FINGERPRINT="+fingerprint, "AUTOSTART=1")
	programs, err := filepath.Glob(filepath.Join(s.prefix, "drive_c", c.folder, "traybell.exe"))
	if err != nil || len(programs) != 1 {
		s.t.Fatalf("%v, %v", programs, err)
	}
	inside, _ := filepath.Rel(filepath.Join(s.prefix, "drive_c"), programs[0])
	program := `C:\` + strings.ReplaceAll(inside, "/", `\`)
	command := `"` + program + `" -- "%1"`
	apps := c.hive
	if strings.HasSuffix(c.suffix, "msi") {
		apps = "HKLM" // in Wine for both
	}
	check := func(version, hub, autostart string) {
		s.t.Helper()
		s.has(apps+appsKey, "DisplayVersion", version)
		s.has(c.hive+ownKey, "Hub", hub)
		s.has(c.hive+ownKey, "Fingerprint", fingerprint)
		s.has(c.hive+runKey, "traybell", autostart)
		s.has(c.hive+classKey+`traybell\shell\open\command`, "(Default)", command)
		s.has(c.hive+classKey+`Traybell.Link\shell\open\command`, "(Default)", command)
		s.has(c.hive+ownKey+`\Capabilities\URLAssociations`, "tel", "Traybell.Link")
		s.has(c.hive+ownKey+`\Capabilities\URLAssociations`, "callto", "Traybell.Link")
		s.has(c.hive+`\Software\RegisteredApplications`, "traybell", `Software\traybell\Capabilities`)
	}
	shown := func(version string) string { // Windows Installer compares numbers alone
		if strings.HasSuffix(c.suffix, "msi") {
			version, _, _ = strings.Cut(version, "~")
		}
		return version
	}
	check("1.0.0", "hub.example.com:11011", `"`+program+`"`)
	s.install(c, "1.1.0~rc1") // keeps what it is not given
	check(shown("1.1.0~rc1"), "hub.example.com:11011", `"`+program+`"`)
	s.install(c, "1.1.0", "AUTOSTART=0", "HUB=other")
	check("1.1.0", "other", "")
	s.install(c, "1.0.0")
	check("1.0.0", "other", "")

	if strings.HasSuffix(c.suffix, "msi") {
		if code := s.code("msiexec", "/x", filepath.Join(s.dir, "1.0.0"+c.suffix), "/qn"); code != 0 {
			s.t.Errorf("uninstall: code %d", code)
		}
	} else {
		s.has(c.hive+appsKey, "QuietUninstallString",
			`"`+strings.TrimSuffix(program, "traybell.exe")+`uninstall.exe" /S`)
		s.uninstall(filepath.Join(filepath.Dir(programs[0]), "uninstall.exe"))
	}
	if _, err := os.Stat(filepath.Dir(programs[0])); !errors.Is(err, fs.ErrNotExist) {
		s.t.Errorf("the folder of the program is left: %v", err)
	}
	for _, key := range []string{ownKey, classKey + "Traybell.Link", classKey + "traybell", classKey + "tel"} {
		if left := s.registry(c.hive + key); left != "" {
			s.t.Errorf("an uninstall leaves\n%s", left)
		}
	}
	for _, key := range []string{apps + appsKey, c.hive + runKey, c.hive + `\Software\RegisteredApplications`} {
		if left := s.registry(key); strings.Contains(left, "traybell") {
			s.t.Errorf("an uninstall leaves\n%s", left)
		}
	}
}

// uninstall runs an uninstaller, which works in a copy of itself.
func (s *setups) uninstall(path string) {
	s.t.Helper()
	if code := s.code(path, "/S"); code != 0 {
		s.t.Errorf("uninstall: code %d", code)
	}
	xtest.Until(s.t, "the folder of the program is gone", func() bool {
		_, err := os.Stat(filepath.Dir(path))
		return errors.Is(err, fs.ErrNotExist)
	})
}

// foreign has another program for tel: links, which keeps them.
func (s *setups) foreign() {
	const other = `C:\phone.exe "%1"`
	tel := `HKCU` + classKey + `tel\shell\open\command`
	s.once("wine", "reg", "add", tel, "/ve", "/d", other, "/f")
	c := scope{"", "_setup.exe", "HKCU", "", []string{"/S", "/CURRENTUSER"}}
	s.install(c, "1.0.0")
	s.has(tel, "(Default)", other)
	s.has(`HKCU`+classKey+`callto\shell\open\command`, "(Default)", s.command("HKCU"))
	s.uninstall(s.uninstaller(perUser))
	s.has(tel, "(Default)", other)
	s.once("wine", "reg", "delete", `HKCU`+classKey+`tel`, "/f")
}

// command is the command of traybell: links.
func (s *setups) command(hive string) string {
	s.t.Helper()
	text := s.registry(hive + classKey + `traybell\shell\open\command`)
	found := regexp.MustCompile(`REG_SZ +(.*)`).FindStringSubmatch(text)
	if found == nil {
		s.t.Fatal("traybell: links are not registered")
	}
	return found[1]
}

func (s *setups) uninstaller(folder string) string {
	s.t.Helper()
	found, err := filepath.Glob(filepath.Join(s.prefix, "drive_c", folder, "uninstall.exe"))
	if err != nil || len(found) != 1 {
		s.t.Fatalf("%v, %v", found, err)
	}
	return found[0]
}

// second refuses an installation for one user where there is one for all.
func (s *setups) second() {
	s.install(scope{suffix: "_setup.exe", flags: []string{"/S", "/ALLUSERS"}}, "1.0.0")
	if code := s.code(filepath.Join(s.dir, "1.1.0_setup.exe"), "/S", "/CURRENTUSER"); code != 3 {
		s.t.Errorf("code %d, want 3", code)
	}
	s.has("HKLM"+appsKey, "DisplayVersion", "1.0.0")
	s.uninstall(s.uninstaller("Program Files/traybell"))
}

// signed signs with a certificate of its own. A byte that changes is noticed.
func (s *setups) signed(program string) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	s.must(err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "traybell test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true,
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning},
	}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	s.must(err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	s.must(err)
	write := func(name, kind string, der []byte) string {
		path := filepath.Join(s.dir, name)
		s.must(os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600))
		return path
	}
	cert, secret := write("sign.crt", "CERTIFICATE", certificate), write("sign.key", "PRIVATE KEY", private)
	s.build(program, filepath.Join(s.dir, "1.2.0"), "1.2.0",
		"SIGN="+filepath.Join(s.root, "packaging", "windows", "sign.sh"), "SIGN_CERT="+cert, "SIGN_KEY="+secret)
	verify := func(file string) error {
		return exec.CommandContext(s.t.Context(), "osslsigncode", "verify", "-CAfile", cert, "-in", file).Run()
	}
	for _, suffix := range []string{"_setup.exe", ".msi", "_user.msi"} {
		file := filepath.Join(s.dir, "1.2.0"+suffix)
		if err := verify(file); err != nil {
			s.t.Errorf("%s: %v", file, err)
		}
		raw, err := os.ReadFile(file)
		s.must(err)
		raw[len(raw)/2] ^= 1
		broken := filepath.Join(s.dir, "broken"+suffix)
		s.must(os.WriteFile(broken, raw, 0o600))
		if verify(broken) == nil {
			s.t.Errorf("%s: a changed byte is not noticed", suffix)
		}
	}
	s.install(scope{suffix: "_setup.exe", flags: []string{"/S", "/CURRENTUSER"}}, "1.2.0")
	uninstaller := s.uninstaller(perUser)
	for _, file := range []string{uninstaller, filepath.Join(filepath.Dir(uninstaller), "traybell.exe")} {
		if err := verify(file); err != nil {
			s.t.Errorf("%s: %v", file, err)
		}
	}
	s.uninstall(uninstaller)
}

// running installs the real program with its hub, and upgrades and removes it while it runs.
func (s *setups) running() {
	_, address, fingerprint := s.hub()
	c := scope{suffix: "_setup.exe", flags: []string{"/S", "/CURRENTUSER"}}
	s.install(c, "1.2.0", "HUB="+address, "FINGERPRINT="+fingerprint)
	exe := filepath.Join(filepath.Dir(s.uninstaller(perUser)), "traybell.exe")
	s.wine.wine(append([]string{"TRAYBELL_PASSWORD=" + password}, s.env...), exe, "--extension", "101")
	s.said("signed in") // at the hub that the setup was given
	before := programs()
	if len(before) == 0 {
		s.t.Fatal("the program does not run")
	}
	s.install(c, "1.2.0")
	xtest.Until(s.t, "the program has ended, and runs again", func() bool {
		now := programs()
		return len(now) > 0 && !slices.ContainsFunc(now, func(id string) bool { return slices.Contains(before, id) })
	})
	s.uninstall(s.uninstaller(perUser))
	xtest.Until(s.t, "the program has ended", func() bool { return len(programs()) == 0 })
}

// programs are the processes of the installed program.
func programs() (ids []string) {
	all, _ := filepath.Glob("/proc/[0-9]*/cmdline") // the pattern is valid
	for _, path := range all {
		line, err := os.ReadFile(path)
		program, _, _ := strings.Cut(string(line), "\x00")
		if err == nil && strings.HasSuffix(program, `\Programs\traybell\traybell.exe`) {
			ids = append(ids, filepath.Dir(path))
		}
	}
	return ids
}
