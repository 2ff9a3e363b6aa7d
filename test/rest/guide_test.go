package rest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"traybell/hub/access"
	"traybell/hub/ami/amitest"
	"traybell/shared/protocol"
)

// Each example of the guide works.
func TestGuide(t *testing.T) {
	for _, program := range []string{"bash", "curl", "sed"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skip(err)
		}
	}
	guide, err := os.ReadFile("../../docs/rest.md")
	if err != nil {
		t.Fatal(err)
	}
	o := open(t, "")
	call, _ := o.rings()
	call.Answer("101")
	call.Hangup()
	missed := o.signIn()
	second := o.pbx.Incoming(amitest.Incoming{Number: "84957654321", DID: "74950000001"})
	second.Ring("101")
	o.reads(missed, protocol.CallEvent)
	second.GiveUp()
	o.until("the calls are recorded", func() bool {
		_, body := o.do("GET", "/calls", o.tokens[access.View], nil, nil)
		return strings.Count(body, `"ended"`) == 2
	})
	if err := os.WriteFile(filepath.Join(o.dir, ".curlrc"), []byte("insecure\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	blocks := strings.Split(string(guide), "```sh\n")[1:]
	if len(blocks) < 7 {
		t.Fatalf("%d examples", len(blocks))
	}
	for _, block := range blocks {
		script, _, _ := strings.Cut(block, "```")
		run := exec.CommandContext(t.Context(), "bash", "-euo", "pipefail", "-c", script)
		run.Dir = o.dir
		run.Env = append(os.Environ(), "HUB="+o.url, "TOKEN="+o.tokens[access.Admin], "CURL_HOME="+o.dir)
		if out, err := run.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s\n%s", err, script, out)
		}
	}
	csv, err := os.ReadFile(filepath.Join(o.dir, "calls.csv"))
	if err != nil || strings.Count(string(csv), "\n") != 3 {
		t.Errorf("%s, %v", csv, err)
	}
}
