//go:build e2e

package e2e

import (
	"context"
	"errors"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"traybell/desktop/platform/xtest"
	"traybell/hub/ami"
	"traybell/hub/config"
	"traybell/hub/pbx"
	"traybell/hub/setup"
	"traybell/test/e2e/phones"
	"traybell/test/lab"
	"traybell/test/tray"
)

// TestFromNothingToAPopup goes a newcomer's way on a fresh Debian, with packages and setup alone: the
// hub's package, the questions of setup at a terminal, the desktop with the link that it prints, and
// a real call through Asterisk. The commands and their times go to the log.
func TestFromNothingToAPopup(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	lab.StartAsterisk(t, "22")
	m := lab.StartMachine(t)
	m.Inward(t, lab.AMI, lab.AMI)
	m.Outward(t, "127.0.0.1:11010", "127.0.0.1:11010")
	dist := filepath.Join(t.TempDir(), "dist")
	build := exec.CommandContext(ctx, "go", "run", "./packaging/release", "-version", "1.0.0", "-arch", runtime.GOARCH,
		"-formats", "deb", "-to", dist)
	build.Dir = "../.."
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, name := range []string{"traybell-hub", "traybell"} {
		raw, err := os.ReadFile(filepath.Join(dist, name+"_1.0.0_"+runtime.GOARCH+".deb"))
		if err == nil {
			err = os.WriteFile(filepath.Join(m.Root, "root", name+".deb"), raw, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}

	began := time.Now()
	does := func(command string) string {
		t.Helper()
		start := time.Now()
		out, err := m.Run(ctx, command)
		t.Logf("%4.1f s  %s", time.Since(start).Seconds(), command)
		if err != nil {
			log, _ := m.Run(ctx, "journalctl --no-pager -n 30 -u traybell-hub")
			t.Fatalf("%v\n%s\n%s", err, out, log)
		}
		return out
	}
	says := func(out string, wants ...string) {
		t.Helper()
		for _, want := range wants {
			if !regexp.MustCompile(want).MatchString(out) {
				t.Errorf("no %q in:\n%s", want, out)
			}
		}
	}
	says(does("apt-get install -y /root/traybell-hub.deb"), "traybell-hub setup")
	answers := strings.Join([]string{
		"127.0.0.1", "RU", // this computer, country
		"127.0.0.1", "otrs", lab.AMIPassword, // Asterisk
		"builtin",
		"admin", "admins secret", "admins secret",
		"anna", "Anna Petrova", "101", password, password,
		"",
	}, "\n")
	typed := strings.ReplaceAll(answers, "\n", `\n`) + `\n`
	out := does("printf '" + typed + "' | script -qec 'traybell-hub setup' /dev/null")
	says(out, `✓ signed in \(Asterisk 22`, `written: /etc/traybell/hub\.yml`,
		"The hub runs, and starts with the computer", `Pages: https://127\.0\.0\.1:11010`)
	link := regexp.MustCompile(`traybell://join\S+`).FindString(out)
	join, err := url.Parse(link)
	if err != nil || link == "" {
		t.Fatalf("%v\n%s", err, out)
	}
	says(does("stat -c '%n %U:%G %a' /etc/traybell/*; systemctl is-enabled traybell-hub"),
		`(?m)^/etc/traybell/hub\.yml traybell:traybell 640$`,
		`(?m)^/etc/traybell/pbx-main\.secret traybell:traybell 600$`, `(?m)^enabled$`)

	does("apt-get install -y /root/traybell.deb")
	r := &road{t: t, ctx: ctx, theme: "light", log: newLines(), desktop: newLines()}
	journal := m.Command(ctx, "exec journalctl --follow --lines=all --output=cat --unit=traybell-hub")
	journal.Stdout, journal.WaitDelay = r.log, time.Second // it ends with the machine
	r.must(journal.Start())
	t.Cleanup(func() { _ = journal.Process.Kill(); _ = journal.Wait() })
	r.said("state=working")
	r.display = xtest.Start(t, "1280x800x24")
	r.display.Openbox()
	r.display.Run("xsetroot", "-solid", "#3a5a78")
	bus, err := tray.Host(ctx)
	r.must(err)
	env := []string{"TRAYBELL_PASSWORD=" + password, "FYNE_THEME=light", "DBUS_SESSION_BUS_ADDRESS=" + bus}
	start(t, r.desktop, env, filepath.Join(m.Root, "usr/bin/traybell"), "--config",
		filepath.Join(t.TempDir(), "desktop"), "--hub", join.Query().Get("server"),
		"--extension", join.Query().Get("extension"), "--trust", join.Query().Get("fingerprint"))
	r.said("signed in")
	trunk, err := phones.ListenTrunk("127.0.1.50")
	r.must(err)
	defer trunk.Close()
	phone, err := phones.Listen("101", "127.0.1.101")
	r.must(err)
	defer phone.Close()
	call, err := trunk.Call(ctx, "74950000001", "84951234567", "Ivan")
	r.must(err)
	_, err = phone.WaitRinging(ctx)
	r.must(err)
	r.said("popup shown")
	t.Logf("%4.1f s  from nothing to the popup", time.Since(began).Seconds())
	r.picture("setup", false)
	r.must(call.HangUp(ctx))
	r.said("state=ended")

	// Again, with one more agent. The running hub reads it.
	says(does("traybell-hub setup --agent boris:102:Boris"), "new      boris", "The hub runs and has read it",
		`Boris \(102\): traybell://join`)
	yml := does("cat /etc/traybell/hub.yml")
	does("echo wrong >/root/wrong")
	if out, err := m.Run(ctx, "traybell-hub setup --pbx-password-file /root/wrong"); err == nil {
		t.Errorf("a wrong secret is accepted:\n%s", out)
	}
	if now := does("cat /etc/traybell/hub.yml"); now != yml {
		t.Errorf("hub.yml was\n%s\nand is\n%s", yml, now)
	}
	says(does("runuser -u traybell -- traybell-hub check"), `OK`)
	t.Log("hub.yml:\n" + yml)
}

// TestManagerSectionOfSetup gives the section of manager.conf that setup prints to real Asterisks: the
// user has all rights that the hub asks for, from the permitted address alone.
func TestManagerSectionOfSetup(t *testing.T) {
	for _, version := range []string{"22", "16"} {
		t.Run(version, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
			defer cancel()
			asterisk := lab.StartAsterisk(t, version)
			must := func(err error) {
				t.Helper()
				if err != nil {
					t.Fatal(err)
				}
			}
			const secret = "kz4mqv7tzq2y"
			server := config.PBX{ID: "main", Address: lab.AMI, Username: "printed"}
			away := config.PBX{ID: "away", Address: "[2001:db8::1]:5038", Username: "elsewhere"}
			sections := setup.ManagerSection(ctx, server, secret) + "\n" +
				regexp.MustCompile(`(?m)^permit = .*`).ReplaceAllString(setup.ManagerSection(ctx, away, secret),
					"permit = 2001:db8::1/ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")
			must(asterisk.Configure(ctx, "manager.conf", func(text []byte) []byte {
				whole := strings.Replace(string(text), "bindaddr = 127.0.0.1", "bindaddr = ::", 1)
				return []byte(whole + "\n" + sections)
			}))
			_, err := asterisk.CLI(ctx, "manager reload")
			must(err)
			check := func(address, user string) (pbx.Report, error) {
				return pbx.Check(ctx, pbx.Config{Config: ami.Config{
					Name: "main", Address: address, Username: user, Password: secret,
				}, Queues: []string{"400"}}, time.Second)
			}
			report, err := check(lab.AMI, "printed")
			must(err)
			for _, right := range report.Rights {
				if right.Verdict == pbx.Missing {
					t.Error(right.Text)
				}
			}
			var refused *ami.LoginError
			if _, err := check("[::1]:5038", "printed"); !errors.As(err, &refused) {
				t.Errorf("from another address, over IPv6: %v", err)
			}
			if _, err := check(lab.AMI, "elsewhere"); !errors.As(err, &refused) {
				t.Errorf("from another address: %v", err)
			}
		})
	}
}
