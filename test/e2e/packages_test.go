//go:build e2e

package e2e

import (
	"context"
	"database/sql"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"traybell/hub/signin"
	"traybell/packaging/build"
	"traybell/test/lab"
)

// TestPackages installs, upgrades, downgrades, removes and purges the packages of a release under a
// real systemd. The versions differ in their numbers only.
func TestPackages(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	m := lab.StartMachine(t)
	must := func(command string) string {
		t.Helper()
		out, err := m.Run(ctx, command)
		if err != nil {
			status, _ := m.Run(ctx, "systemctl status --no-pager traybell-hub; "+
				"journalctl --no-pager -n 30 -u traybell-hub")
			t.Fatalf("%s: %v\n%s\n%s", command, err, out, status)
		}
		return out
	}
	says := func(out, want string) {
		t.Helper()
		if !regexp.MustCompile(want).MatchString(out) {
			t.Errorf("no %q in:\n%s", want, out)
		}
	}
	here := func(program string, args ...string) {
		t.Helper()
		cmd := exec.CommandContext(ctx, program, args...)
		cmd.Dir = "../.."
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", cmd, err, out)
		}
	}
	folder := t.TempDir()
	built := one(t, released(ctx, t), "traybell-hub_*.deb")
	here("lintian", "--allow-root", "--fail-on", "error", "--display-level", "error", built)
	unpacked := filepath.Join(folder, "unpacked")
	here("dpkg-deb", "--raw-extract", built, unpacked)
	version := func(number string) string {
		t.Helper()
		here("sed", "-i", "s/^Version: .*/Version: "+number+"/", filepath.Join(unpacked, "DEBIAN", "control"))
		to := "/root/traybell-hub_" + number + ".deb"
		here("dpkg-deb", "-Znone", "--build", unpacked, filepath.Join(m.Root, to))
		return to
	}
	first, candidate, second := version("1.0.0"), version("1.1.0~rc1"), version("1.1.0")

	says(must("dpkg -i "+first), `traybell-hub setup`)
	says(must("stat -c '%U %a' /etc/traybell /etc/traybell/hub.yml"), "traybell 750\ntraybell 640\n")
	says(must("systemctl is-active traybell-hub || true"), "^inactive")

	hash, err := signin.Hash("secret-1")
	if err != nil {
		t.Fatal(err)
	}
	config := "listen: 127.0.0.1:11010\ndata_dir: /var/lib/traybell\n" +
		"pbx: [{id: main, address: \"127.0.0.1:1\", username: traybell, password: secret}]\n" +
		"agents: [{login: anna, name: Anna, extensions: [\"101\"], password: \"" + hash + "\"}]\n"
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(m.Root, "etc/traybell/hub.yml"), []byte(text), 0o640); err != nil {
			t.Fatal(err)
		}
	}
	write(config)
	must("systemctl enable --now traybell-hub")
	says(must("systemctl show -p StatusText traybell-hub"), "0 of 1 PBX connected")
	must("systemctl reload traybell-hub")
	write(config + "nonsense: 1\n")
	if out, err := m.Run(ctx, "systemctl reload traybell-hub"); err == nil {
		t.Errorf("a reload with a wrong hub.yml succeeds: %s", out)
	}
	says(must("journalctl --no-pager -u traybell-hub"), "nonsense")
	write(config)

	says(must("dpkg -i "+candidate), `copied to /var/lib/traybell/backups/traybell-\w+\.db`)
	says(must("dpkg -i "+second), `Unpacking traybell-hub \(1\.1\.0\) over \(1\.1\.0~rc1\)`)
	says(must("systemctl show -p ActiveState,NRestarts traybell-hub"), "ActiveState=active")
	if now, err := os.ReadFile(filepath.Join(m.Root, "etc/traybell/hub.yml")); err != nil || string(now) != config {
		t.Errorf("the upgrade changes hub.yml: %v\n%s", err, now)
	}

	// As if the newer version had migrated the database.
	must("systemctl stop traybell-hub")
	newer(t, filepath.Join(m.Root, "var/lib/traybell/traybell.db"))
	out, _ := m.Run(ctx, "dpkg -i "+first)
	says(out, "1.0.0 is older than 1.1.0")
	if out, err := m.Run(ctx, "systemctl start traybell-hub"); err == nil {
		t.Errorf("the older hub starts with the newer database: %s", out)
	}
	says(must("journalctl --no-pager -u traybell-hub"), "newer traybell-hub")
	must("systemctl stop traybell-hub; systemctl reset-failed traybell-hub")
	must("rm -f /var/lib/traybell/traybell.db-*")
	must("cd /var/lib/traybell/backups && install -o traybell -g traybell -m 600 " +
		"$(ls | head -1) /var/lib/traybell/traybell.db")
	must("systemctl start traybell-hub")

	must("dpkg -r traybell-hub")
	says(must("systemctl is-active traybell-hub || true"), "^inactive")
	must("test -e /var/lib/traybell/traybell.db && test -e /etc/traybell/hub.yml")
	must("dpkg -i " + second)
	must("systemctl enable --now traybell-hub")
	must("dpkg -P traybell-hub")
	left := must("ls -d /etc/traybell /var/lib/traybell /var/log/traybell /usr/share/traybell-hub 2>/dev/null; " +
		"systemctl list-unit-files | grep traybell || true")
	if strings.TrimSpace(left) != "" {
		t.Errorf("a purge leaves %s", left)
	}
}

// newer gives a database the version of a later program.
func newer(t *testing.T, path string) {
	t.Helper()
	copied := filepath.Join(t.TempDir(), "traybell.db") // SQLite resolves the path, which leads out of the machine
	raw, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(copied, raw, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", copied)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(),
		"INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)"); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if raw, err = os.ReadFile(copied); err == nil {
		err = os.WriteFile(path, raw, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestRPM installs, upgrades, downgrades and removes the rpm of the hub by rpm itself, under a real
// systemd. The machine is a Debian with rpm's own database: mirrors of rpm systems are not needed.
func TestRPM(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	built := one(t, released(ctx, t), "traybell-hub-[0-9]*.rpm")
	m := lab.StartMachine(t)
	must := func(command string) string {
		t.Helper()
		out, err := m.Run(ctx, command)
		if err != nil {
			t.Fatalf("%s: %v\n%s", command, err, out)
		}
		return out
	}
	second := packRPM(ctx, t, "9.0.0")
	for name, from := range map[string]string{"first.rpm": built, "second.rpm": second} {
		content, err := os.ReadFile(from)
		if err == nil {
			err = os.WriteFile(filepath.Join(m.Root, "root", name), content, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	const rpm = "rpm --nodeps " // what it needs is here, but as packages of Debian
	if needs := must("rpm -qp --requires /root/first.rpm"); !strings.Contains(needs, "shadow-utils") {
		t.Errorf("the package requires %s", needs)
	}
	says := func(out, want string) {
		t.Helper()
		if !regexp.MustCompile(want).MatchString(out) {
			t.Errorf("no %q in:\n%s", want, out)
		}
	}
	says(must(rpm+"-i /root/first.rpm"), `traybell-hub setup`)
	says(must("stat -c '%U %a' /etc/traybell /etc/traybell/hub.yml"), "traybell 750\ntraybell 640\n")
	says(must("rpm -V --nodeps traybell-hub && echo verified"), "verified")
	hash, err := signin.Hash("secret-1")
	if err != nil {
		t.Fatal(err)
	}
	config := "listen: 127.0.0.1:11010\npbx: [{id: main, address: \"127.0.0.1:1\", username: t, password: t}]\n" +
		"agents: [{login: anna, name: Anna, extensions: [\"101\"], password: \"" + hash + "\"}]\n"
	if err := os.WriteFile(filepath.Join(m.Root, "etc/traybell/hub.yml"), []byte(config), 0o640); err != nil {
		t.Fatal(err)
	}
	must("systemctl enable --now traybell-hub")
	says(must("traybell-hub health"), "ok")
	for _, change := range []string{"-U /root/second.rpm", "-U --oldpackage /root/first.rpm"} {
		says(must(rpm+change), `copied to /var/lib/traybell/backups/traybell-\w+\.db`)
		says(must("systemctl is-active traybell-hub"), "^active")
		says(must("traybell-hub health"), "ok")
		if now, err := os.ReadFile(filepath.Join(m.Root, "etc/traybell/hub.yml")); err != nil || string(now) != config {
			t.Errorf("%s changes hub.yml: %v\n%s", change, err, now)
		}
	}
	must("rpm -e traybell-hub")
	says(must("systemctl is-active traybell-hub || true"), "^inactive")
	must("test -e /var/lib/traybell/traybell.db && test -e /etc/traybell/hub.yml && test ! -e /usr/bin/traybell-hub")
}

// packRPM makes another version of the hub's rpm of the files of the release.
func packRPM(ctx context.Context, t *testing.T, version string) string {
	t.Helper()
	folder := t.TempDir()
	for _, step := range [][]string{
		{"dpkg-deb", "--extract", one(t, released(ctx, t), "traybell-hub_*.deb"), folder},
		{"cp", folder + "/usr/bin/traybell-hub", folder + "/usr/lib/systemd/system/traybell-hub.service", folder},
		{
			"env", "VERSION=" + version, "ARCH=" + runtime.GOARCH, "STAGE=" + folder, "MAINTAINER=t <t@example.com>",
			"go", "run", build.NFPM, "package", "--config", "packaging/linux/hub.yaml", "--packager", "rpm",
			"--target", folder,
		},
	} {
		if err := command(ctx, "../..", step[0], step[1:]...); err != nil {
			t.Fatal(err)
		}
	}
	return one(t, folder, "*.rpm")
}
